using System.Text;

namespace BatchSync.Reports.Mail;

/// <summary>Text in lines of at most 76 printable ASCII characters, whatever it holds. Source: RFC 2045 section 6.7, read 2026-11-22.</summary>
internal static class QuotedPrintable
{
    private const int LineLength = 76;

    /// <summary>The text, whose lines end with LF, as UTF-8 in lines that end with CRLF.</summary>
    public static string Encode(string text)
    {
        var encoded = new StringBuilder();
        foreach (var line in text.Split('\n')) EncodeLine(encoded, Encoding.UTF8.GetBytes(line));
        encoded.Length -= 2;
        return encoded.ToString();
    }

    private static void EncodeLine(StringBuilder encoded, byte[] line)
    {
        var column = 0;
        for (var i = 0; i < line.Length; i++)
        {
            var unit = UnitOf(line, i, column);

            // One place is kept for the sign of a soft line break, needed on every line but the last.
            if (column + unit.Length > LineLength - (i == line.Length - 1 ? 0 : 1))
            {
                encoded.Append("=\r\n");
                column = 0;
                unit = UnitOf(line, i, column);
            }

            encoded.Append(unit);
            column += unit.Length;
        }

        encoded.Append("\r\n");
    }

    // White space at a line's end is lost on the way, and a dot at its start means something to a mail server.
    private static string UnitOf(byte[] line, int at, int column)
    {
        var c = (char)line[at];
        var isPlain = c is >= '!' and <= '~' and not '=' && !(c == '.' && column == 0);
        var isInnerSpace = c is ' ' or '\t' && at < line.Length - 1;
        return isPlain || isInnerSpace ? c.ToString() : $"={line[at]:X2}";
    }
}
