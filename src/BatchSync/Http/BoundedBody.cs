namespace BatchSync.Http;

/// <summary>Reads a body into memory, up to a limit that counts the bytes after decompression.</summary>
internal static class BoundedBody
{
    private const int ChunkBytes = 64 * 1024;

    /// <summary>The body, or null where it is longer than the limit.</summary>
    public static async Task<ReadOnlyMemory<byte>?> ReadAsync(HttpContent content, int limit, CancellationToken cancel)
    {
        var stated = content.Headers.ContentLength;
        if (stated > limit) return null;
        await using var stream = await content.ReadAsStreamAsync(cancel);
        using var body = new MemoryStream((int)(stated ?? ChunkBytes));
        var chunk = new byte[ChunkBytes];
        int read;
        while ((read = await stream.ReadAsync(chunk, cancel)) > 0)
        {
            if (body.Length + read > limit) return null;
            body.Write(chunk, 0, read);
        }

        return body.GetBuffer().AsMemory(0, (int)body.Length);
    }
}
