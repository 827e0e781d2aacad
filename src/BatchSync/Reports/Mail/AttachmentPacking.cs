using System.Globalization;
using System.IO.Compression;

namespace BatchSync.Reports.Mail;

/// <summary>An attachment in memory.</summary>
internal sealed record MailPart(string FileName, string ContentType, byte[] Content);

/// <summary>What goes along, and what the body says of the rest.</summary>
/// <param name="Note">Empty where the files are attached as they are.</param>
internal sealed record PackedAttachments(IReadOnlyList<MailPart> Parts, string Note);

/// <summary>Makes attachments fit: as they are, else in one zip, else not at all and named by their paths.</summary>
internal static class AttachmentPacking
{
    private const int CopyBytes = 64 * 1024;

    /// <param name="mostBytes">Of all attachments together as they travel, which is 37 % more than on disk.</param>
    /// <param name="stamp">The time that a zip gives its entries.</param>
    public static async Task<PackedAttachments> PackAsync(
        IReadOnlyList<ReportAttachment> files, string title, long mostBytes, DateTimeOffset stamp, CancellationToken cancel)
    {
        var sizes = files.Select(f => new FileInfo(f.Path).Length).ToList();
        if (sizes.Sum(TravelBytes) <= mostBytes) return new(await ReadAsync(files, cancel), "");
        var size = Megabytes(sizes.Sum());
        if (await ZipAsync(files, mostBytes, stamp, cancel) is { } zip)
            return new([new($"{title}.zip", "application/zip", zip)], $"The files ({size}) are attached in one zip.");
        var paths = string.Join('\n', files.Select(f => f.Path));
        return new([], $"The files ({size}) are too large to attach, also zipped; the limit is {Megabytes(mostBytes)} (report.email.maxSize). They are here:\n{paths}");
    }

    /// <summary>The size in base64 with its line ends.</summary>
    public static long TravelBytes(long bytes)
    {
        var letters = (bytes + 2) / 3 * 4;
        return letters + (letters + 75) / 76 * 2;
    }

    private static async Task<IReadOnlyList<MailPart>> ReadAsync(IReadOnlyList<ReportAttachment> files, CancellationToken cancel)
    {
        var parts = new List<MailPart>();
        foreach (var file in files) parts.Add(new(MailFileName.Of(file.Name), "text/csv; charset=utf-8", await File.ReadAllBytesAsync(file.Path, cancel)));
        return parts;
    }

    // Gives up as soon as it is too large, so that memory stays within the limit.
    private static async Task<byte[]?> ZipAsync(IReadOnlyList<ReportAttachment> files, long mostBytes, DateTimeOffset stamp, CancellationToken cancel)
    {
        using var memory = new MemoryStream();
        using (var zip = new ZipArchive(memory, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var file in files)
            {
                var entry = zip.CreateEntry(MailFileName.Of(file.Name), CompressionLevel.Optimal);
                entry.LastWriteTime = stamp;
                await using var source = File.OpenRead(file.Path);
                await using var target = await entry.OpenAsync(cancel);
                if (!await CopyWithinAsync(source, target, memory, mostBytes, cancel)) return null;
            }
        }

        return TravelBytes(memory.Length) <= mostBytes ? memory.ToArray() : null;
    }

    private static async Task<bool> CopyWithinAsync(Stream source, Stream target, MemoryStream zipped, long mostBytes, CancellationToken cancel)
    {
        var block = new byte[CopyBytes];
        while (await source.ReadAsync(block, cancel) is var read and > 0)
        {
            await target.WriteAsync(block.AsMemory(0, read), cancel);
            if (TravelBytes(zipped.Length) > mostBytes) return false;
        }

        return true;
    }

    private static string Megabytes(long bytes) => (bytes / 1_000_000m).ToString("0.0", CultureInfo.InvariantCulture) + " MB";
}
