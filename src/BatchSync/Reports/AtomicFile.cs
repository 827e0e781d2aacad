using BatchSync.Http;

namespace BatchSync.Reports;

/// <summary>Writes a file so that under its name there is the old one or the whole new one, never a part.</summary>
internal static class AtomicFile
{
    private const int BufferBytes = 64 * 1024;

    /// <summary>Makes the folder where it is missing, fills a temporary file beside the final one, and renames it when it is safely on disk.</summary>
    /// <param name="again">What makes the file again, for the message; null: the report of its run.</param>
    /// <exception cref="OutsideException">The folder or the file cannot be written.</exception>
    public static async Task WriteAsync(string path, Func<Stream, Task> fill, string? again = null)
    {
        // Not ending in the final extension: a mail server that watches the folder takes whole files only.
        var temporary = path + ".part";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            await FillAsync(temporary, fill);
            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception e)
        {
            DeleteQuietly(temporary);
            if (e is not (IOException or UnauthorizedAccessException)) throw;
            throw new OutsideException(
                OutsideFault.Permanent,
                $"'{path}' cannot be written: {e.Message} Make the folder writable or free space on the disk, then have it made again with {again ?? "'batchsync report RUN'"}.",
                e);
        }
    }

    private static async Task FillAsync(string path, Func<Stream, Task> fill)
    {
        await using var stream = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, BufferBytes);
        await fill(stream);
        stream.Flush(flushToDisk: true);
    }

    // The fault that brought us here is the one to tell of.
    private static void DeleteQuietly(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }
    }
}
