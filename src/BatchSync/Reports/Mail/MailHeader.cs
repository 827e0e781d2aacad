using System.Globalization;
using System.Net.Mail;
using System.Text;

namespace BatchSync.Reports.Mail;

/// <summary>
/// Header fields in ASCII, folded, without the closing CRLF. No value can end its field: control characters become spaces.
/// Sources: RFC 5322 (lines of at most 78 characters), RFC 2047 (encoded words, at most 76 a line), RFC 2231 (parameters), read 2026-11-22.
/// </summary>
internal static class MailHeader
{
    private const int LineLength = 78;
    private const int EncodedLineLength = 76;
    private const string EncodedStart = "=?utf-8?B?";
    private const string EncodedEnd = "?=";

    /// <summary>A field of free text, such as the subject.</summary>
    public static string Text(string name, string value)
    {
        var words = Printable(value).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var text = string.Join(' ', words);
        var isPlain = Ascii.IsValid(text) && !text.Contains("=?", StringComparison.Ordinal) && words.All(w => w.Length < LineLength - name.Length - 2);
        return isPlain ? Folded($"{name}:", words) : $"{name}: " + Encoded(text, name.Length + 2);
    }

    /// <summary>A field of mailboxes, one a line.</summary>
    public static string Addresses(string name, IEnumerable<MailAddress> addresses) => $"{name}: " + string.Join(",\r\n ", addresses.Select(a => Mailbox(a, name.Length + 2)));

    /// <summary>The field that names an attachment, in the plain form where the name allows and else in that of RFC 2231.</summary>
    public static string Attachment(string fileName)
    {
        const string Start = "Content-Disposition: attachment;\r\n ";
        var isPlain = fileName.Length <= 60 && fileName.All(c => c is >= ' ' and <= '~' and not ('"' or '\\'));
        return Start + (isPlain ? $"filename=\"{fileName}\"" : string.Join(";\r\n ", Continued("filename", Printable(fileName))));
    }

    /// <summary><c>Tue, 03 Nov 2026 06:30:00 +0000</c>.</summary>
    public static string Date(DateTimeOffset instant) => "Date: " + instant.UtcDateTime.ToString("ddd, dd MMM yyyy HH:mm:ss", CultureInfo.InvariantCulture) + " +0000";

    private static string Mailbox(MailAddress mailbox, int column)
    {
        var address = $"{mailbox.User}@{MailEnvelope.AsciiHost(mailbox)}";
        var display = Printable(Unescaped(mailbox.DisplayName)).Trim();
        if (display.Length == 0) return address;
        var isPlain = Ascii.IsValid(display) && display.Length < LineLength - column - 2 && !display.Contains("=?", StringComparison.Ordinal);
        var phrase = isPlain ? '"' + display.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + '"' : Encoded(display, column);
        var isShort = isPlain && column + phrase.Length + 1 + address.Length + 3 <= LineLength;
        return $"{phrase}{(isShort ? " " : "\r\n ")}<{address}>";
    }

    // MailAddress leaves the backslashes of a quoted name in: \" is ".
    private static string Unescaped(string quoted)
    {
        var text = new StringBuilder();
        for (var i = 0; i < quoted.Length; i++) text.Append(quoted[i] == '\\' && i < quoted.Length - 1 ? quoted[++i] : quoted[i]);
        return text.ToString();
    }

    // A fold goes before a word, so that unfolding gives the text back.
    private static string Folded(string start, IEnumerable<string> words)
    {
        var field = new StringBuilder(start);
        var column = start.Length;
        foreach (var word in words)
        {
            if (column + 1 + word.Length > LineLength)
            {
                field.Append("\r\n");
                column = 0;
            }

            field.Append(' ').Append(word);
            column += 1 + word.Length;
        }

        return field.ToString();
    }

    // Whole characters go into one encoded word: each must be readable by itself. Readers drop the white space between two.
    private static string Encoded(string text, int column)
    {
        var field = new StringBuilder();
        var bytes = new List<byte>();
        Span<byte> buffer = stackalloc byte[4];
        foreach (var rune in text.EnumerateRunes())
        {
            var size = rune.EncodeToUtf8(buffer);
            if (bytes.Count + size > Room(column))
            {
                AppendWord();
                field.Append("\r\n ");
                column = 1;
            }

            bytes.AddRange(buffer[..size]);
        }

        AppendWord();
        return field.ToString();

        void AppendWord()
        {
            field.Append(EncodedStart).Append(Convert.ToBase64String([.. bytes])).Append(EncodedEnd);
            bytes.Clear();
        }
    }

    private static int Room(int column) => (EncodedLineLength - column - EncodedStart.Length - EncodedEnd.Length) / 4 * 3;

    // filename*0*=utf-8''..., filename*1*=...: a piece ends before a percent sign, never inside an escape.
    private static List<string> Continued(string parameter, string value)
    {
        var pieces = new List<string>();
        var piece = new StringBuilder("utf-8''");
        foreach (var unit in EscapedUnits(value))
        {
            if (piece.Length + unit.Length > LineLength - parameter.Length - 8)
            {
                pieces.Add(piece.ToString());
                piece.Clear();
            }

            piece.Append(unit);
        }

        pieces.Add(piece.ToString());
        if (pieces.Count == 1) return [$"{parameter}*={pieces[0]}"];
        return [.. pieces.Select((text, i) => string.Create(CultureInfo.InvariantCulture, $"{parameter}*{i}*={text}"))];
    }

    private static IEnumerable<string> EscapedUnits(string value)
    {
        foreach (var b in Encoding.UTF8.GetBytes(value))
        {
            var c = (char)b;
            yield return char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_' ? c.ToString() : $"%{b:X2}";
        }
    }

    private static string Printable(string text) => string.Create(text.Length, text, static (span, source) =>
    {
        for (var i = 0; i < span.Length; i++) span[i] = char.IsControl(source[i]) || source[i] is '\u2028' or '\u2029' ? ' ' : source[i];
    });
}
