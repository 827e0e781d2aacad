using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;

namespace BatchSync.Fx;

/// <summary>What is wrong in a file of rates.</summary>
/// <param name="Line">From 1; 0: the file as a whole.</param>
/// <param name="Column">From 1; 0: the line as a whole.</param>
/// <param name="Heading">The column's heading; empty where it has none.</param>
/// <param name="Message">The value, and what would be right.</param>
internal sealed record FxFault(int Line, int Column, string Heading, string Message)
{
    /// <summary><c>hist.csv:14: column 3 (USD): '1,36' is no rate: ...</c></summary>
    public string In(string file)
    {
        var line = Line > 0 ? FormattableString.Invariant($":{Line}") : "";
        var column = Column > 0 ? FormattableString.Invariant($" column {Column}{(Heading.Length > 0 ? $" ({Heading})" : "")}:") : "";
        return $"{file}{line}:{column} {Message}";
    }
}

/// <summary>A file of rates as text: a CSV, or a zip archive with one CSV in it.</summary>
/// <param name="Hash">SHA-256 of the file's own bytes, hexadecimal.</param>
internal sealed record FxFile(string Name, string Hash, string Text)
{
    /// <summary>Bytes of text that are read at most: thirty times the whole history of the European Central Bank.</summary>
    public const int Limit = 64 * 1024 * 1024;

    private const string TooLarge = "the file holds more than 64 MB of text, which no list of rates does: see that it is the right one";

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads the file; null with a fault where it cannot be read.</summary>
    public static async Task<(FxFile? File, FxFault? Fault)> ReadAsync(string path, CancellationToken cancel)
    {
        try
        {
            if (new FileInfo(path) is { Exists: true, Length: > Limit }) return (null, Whole(TooLarge));
            var bytes = await File.ReadAllBytesAsync(path, cancel);
            var (content, fault) = IsZip(bytes) ? Unzipped(bytes) : (bytes, null);
            if (fault is not null) return (null, fault);
            return (new FxFile(Path.GetFileName(path), Convert.ToHexStringLower(SHA256.HashData(bytes)), Decoded(content)), null);
        }
        catch (DecoderFallbackException)
        {
            return (null, Whole("the text is not UTF-8: save it as UTF-8"));
        }
        catch (InvalidDataException)
        {
            return (null, Whole("the archive is damaged: retrieve it again"));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return (null, Whole("there is no such file: give the path of a CSV file, or of a zip archive with one in it"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return (null, Whole($"the file cannot be read: {e.Message}"));
        }
    }

    private static bool IsZip(byte[] bytes) => bytes.AsSpan().StartsWith("PK\u0003\u0004"u8) || bytes.AsSpan().StartsWith("PK\u0005\u0006"u8);

    private static string Decoded(byte[] content)
    {
        var mark = Encoding.UTF8.Preamble;
        return Strict.GetString(content.AsSpan().StartsWith(mark) ? content.AsSpan(mark.Length) : content);
    }

    private static (byte[] Content, FxFault? Fault) Unzipped(byte[] bytes)
    {
        using var archive = new ZipArchive(new MemoryStream(bytes), ZipArchiveMode.Read);
        var files = archive.Entries.Where(e => e.Name.EndsWith(".csv", StringComparison.OrdinalIgnoreCase)).ToList();
        if (files is not [var only])
            return ([], Whole(FormattableString.Invariant($"the archive holds {files.Count} CSV files ({string.Join(", ", archive.Entries.Take(10).Select(e => $"'{e.FullName}'"))}): give one that holds exactly one, or the CSV file itself")));
        using var content = only.Open();
        using var copy = new MemoryStream();
        return CopiedWithin(content, copy, Limit) ? (copy.ToArray(), null) : ([], Whole(TooLarge));
    }

    // What an archive says of its size may be untrue, so what comes out is counted.
    private static bool CopiedWithin(Stream from, MemoryStream to, int limit)
    {
        var buffer = new byte[81920];
        while (from.Read(buffer) is var read and > 0)
        {
            if (to.Length + read > limit) return false;
            to.Write(buffer, 0, read);
        }

        return true;
    }

    private static FxFault Whole(string message) => new(0, 0, "", message);
}
