using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using NUnit.Framework;

namespace BatchSync.Tests.Reports.Mail;

/// <summary>A small reader of mail messages that shares nothing with the writer.</summary>
internal static partial class MailText
{
    /// <summary>The fields of a header block by name, unfolded.</summary>
    public static Dictionary<string, string> Fields(string headers)
    {
        var unfolded = headers.Replace("\r\n ", " ", StringComparison.Ordinal);
        return unfolded.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Select(f => f.Split(':', 2)).ToDictionary(f => f[0], f => f[1].Trim());
    }

    /// <summary>RFC 2047: the white space between two encoded words is not part of the text.</summary>
    public static string DecodedWords(string value)
    {
        var joined = BetweenWords().Replace(value, "");
        return EncodedWord().Replace(joined, m => Encoding.UTF8.GetString(Convert.FromBase64String(m.Groups[1].Value)));
    }

    /// <summary>RFC 2231: the file name of a Content-Disposition, from its plain, encoded or continued form.</summary>
    public static string FileName(string disposition)
    {
        var parameters = disposition.Split(';').Skip(1).Select(p => p.Trim().Split('=', 2)).ToDictionary(p => p[0], p => p[1]);
        if (parameters.TryGetValue("filename", out var plain)) return plain.Trim('"');
        var encoded = parameters.TryGetValue("filename*", out var whole)
            ? whole
            : string.Concat(Enumerable.Range(0, parameters.Count).Select(i => parameters[$"filename*{i}*"]));
        Assert.That(encoded, Does.StartWith("utf-8''"));
        return Uri.UnescapeDataString(encoded["utf-8''".Length..]);
    }

    /// <summary>The parts of a multipart message: their fields and their decoded content.</summary>
    public static List<(Dictionary<string, string> Fields, byte[] Content)> Parts(string message)
    {
        var boundary = Boundary().Match(message).Groups[1].Value;
        var pieces = message.Split($"--{boundary}");
        Assert.That(pieces[^1], Is.EqualTo("--\r\n"));
        return [.. pieces[1..^1].Select(Part)];
    }

    private static (Dictionary<string, string> Fields, byte[] Content) Part(string piece)
    {
        var end = piece.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        var fields = Fields(piece[..end].TrimStart());
        var content = piece[(end + 4)..^2];
        return (fields, fields["Content-Transfer-Encoding"] == "base64" ? Convert.FromBase64String(content) : QuotedPrintable(content));
    }

    public static byte[] QuotedPrintable(string text)
    {
        var joined = text.Replace("=\r\n", "", StringComparison.Ordinal);
        var bytes = new List<byte>();
        for (var i = 0; i < joined.Length; i++)
        {
            if (joined[i] != '=')
            {
                bytes.Add((byte)joined[i]);
                continue;
            }

            bytes.Add(byte.Parse(joined.AsSpan(i + 1, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
            i += 2;
        }

        return [.. bytes];
    }

    [GeneratedRegex(@"(?<=\?=)\s+(?==\?)")]
    private static partial Regex BetweenWords();

    [GeneratedRegex(@"=\?utf-8\?B\?([A-Za-z0-9+/=]*)\?=")]
    private static partial Regex EncodedWord();

    [GeneratedRegex("boundary=\"([^\"]+)\"")]
    private static partial Regex Boundary();
}
