using System.Globalization;
using System.Text;

namespace BatchSync.Destinations.Journal;

/// <summary>
/// Names and texts as they may stand in a ledger file. What tells two clients apart (accounts, ids) is written so that
/// two different texts stay different and can be read back: a sign that ledger or hledger would read as syntax becomes
/// <c>%3A</c>, the hexadecimal bytes of its UTF-8 form. What is only read by people is simplified instead.
/// </summary>
internal static class JournalText
{
    private const string AccountSigns = "%:;|";
    private const string TagSigns = "%;|,[]";
    private static readonly UTF8Encoding Lenient = new(encoderShouldEmitUTF8Identifier: false);

    /// <summary>One part of an account name: <c>Acme: East</c> is <c>Acme%3A East</c>.</summary>
    public static string AccountPart(string name) => Escape(name, AccountSigns, guardStart: true);

    /// <summary>An account name with its colons kept as levels: <c>Income:Consulting</c>; empty levels are left out.</summary>
    public static string AccountPath(string path) =>
        string.Join(':', path.Split(':', StringSplitOptions.RemoveEmptyEntries).Select(AccountPart));

    /// <summary>Whether the text is an account as the two above write it.</summary>
    public static bool IsAccount(string path) =>
        path.Split(':').All(part => part.Length > 0 && Unescape(part) is { } name && AccountPart(name) == part);

    /// <summary>The value of a tag that is read back; hledger ends a value at a comma, and reads a date in square brackets.</summary>
    public static string TagValue(string value) => Escape(value, TagSigns, guardStart: false);

    /// <summary>The text that <see cref="TagValue"/> was made from; null where it was not made by it.</summary>
    public static string? FromTagValue(string value) => Unescape(value) is { } text && TagValue(text) == value ? text : null;

    /// <summary>Whom a transaction names: one line, no note sign, nothing in front that would be read as a mark or code.</summary>
    public static string Payee(string name)
    {
        var text = OneLine(name).Replace(';', ',').Replace('|', '/').TrimStart(' ', '*', '!', '(', '=');
        return text.Length == 0 ? "-" : text;
    }

    /// <summary>A text in a comment: one line, and neither a comma (hledger would look for another tag) nor a bracketed date in it.</summary>
    public static string Comment(string text) => OneLine(text).Replace(',', ';').Replace('[', '(').Replace(']', ')');

    private static string Escape(string text, string signs, bool guardStart)
    {
        var escaped = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsSurrogatePair(text, i))
            {
                escaped.Append(text, i++, 2);
            }
            else if (IsPlain(text, i, signs, guardStart))
            {
                escaped.Append(text[i]);
            }
            else
            {
                AppendEscaped(escaped, text[i]);
            }
        }

        return escaped.ToString();
    }

    private static bool IsPlain(string text, int index, string signs, bool guardStart)
    {
        var c = text[index];
        if (c == ' ') return index > 0 && index < text.Length - 1 && text[index - 1] != ' ';
        if (char.IsWhiteSpace(c) || char.IsControl(c) || char.IsSurrogate(c) || c == '\uFEFF' || signs.Contains(c, StringComparison.Ordinal)) return false;
        return index > 0 || !guardStart || c > 127 || char.IsAsciiLetterOrDigit(c);
    }

    // Half a surrogate pair has no UTF-8 form; it is written by its own number, so that it too can be read back.
    private static void AppendEscaped(StringBuilder text, char c)
    {
        if (char.IsSurrogate(c))
        {
            text.Append("%u").Append(((int)c).ToString("X4", CultureInfo.InvariantCulture));
            return;
        }

        foreach (var unit in Encoding.UTF8.GetBytes([c])) text.Append('%').Append(unit.ToString("X2", CultureInfo.InvariantCulture));
    }

    private static string? Unescape(string value)
    {
        var text = new StringBuilder(value.Length);
        for (var i = 0; i < value.Length; i++)
        {
            if (value[i] != '%')
            {
                text.Append(value[i]);
            }
            else if (!TryUnescape(value, ref i, text))
            {
                return null;
            }
        }

        return text.ToString();
    }

    // Moves the index to the last character of the escape that starts at it.
    private static bool TryUnescape(string value, ref int index, StringBuilder text)
    {
        if (value.AsSpan(index + 1) is ['u', ..])
        {
            if (!TryHex(value, index + 2, 4, out var unit)) return false;
            text.Append((char)unit);
            index += 5;
            return true;
        }

        Span<byte> bytes = stackalloc byte[3];
        if (!TryHex(value, index + 1, 2, out var first)) return false;
        var count = first < 0x80 ? 1 : first < 0xE0 ? 2 : 3;
        for (var i = 0; i < count; i++)
        {
            if (index + (3 * i) >= value.Length || value[index + (3 * i)] != '%' || !TryHex(value, index + (3 * i) + 1, 2, out var next)) return false;
            bytes[i] = (byte)next;
        }

        text.Append(Lenient.GetString(bytes[..count]));
        index += (3 * count) - 1;
        return true;
    }

    private static bool TryHex(string value, int start, int length, out int number)
    {
        number = 0;
        return start + length <= value.Length
            && int.TryParse(value.AsSpan(start, length), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number);
    }

    private static string OneLine(string text)
    {
        var line = new StringBuilder(text.Length);
        foreach (var c in Lenient.GetString(Lenient.GetBytes(text)))
        {
            var isSpace = char.IsWhiteSpace(c) || char.IsControl(c) || c == '\uFEFF';
            if (!isSpace) line.Append(c);
            else if (line.Length > 0 && line[^1] != ' ') line.Append(' ');
        }

        return line.ToString().TrimEnd();
    }
}
