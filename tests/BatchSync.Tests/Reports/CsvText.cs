using System.Text;
using NUnit.Framework;

namespace BatchSync.Tests.Reports;

/// <summary>A strict reader of RFC 4180 that shares nothing with the writer: any departure from the grammar fails.</summary>
internal static class CsvText
{
    private enum State
    {
        FieldStart,
        Plain,
        Quoted,
        QuoteInQuoted,
    }

    /// <summary>The records, the header first. Every record ends with CRLF, also the last.</summary>
    public static List<string[]> Parse(string text, char delimiter)
    {
        var records = new List<string[]>();
        var fields = new List<string>();
        var field = new StringBuilder();
        var state = State.FieldStart;
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (state == State.Quoted)
            {
                if (c == '"') state = State.QuoteInQuoted;
                else field.Append(c);
            }
            else if (c == '"' && state != State.Plain)
            {
                if (state == State.QuoteInQuoted) field.Append('"');
                state = State.Quoted;
            }
            else if (c == delimiter || c == '\r')
            {
                fields.Add(field.ToString());
                field.Clear();
                state = State.FieldStart;
                if (c == delimiter) continue;
                Assert.That(i + 1 < text.Length && text[i + 1] == '\n', Is.True, $"a bare CR at {i}");
                i++;
                records.Add([.. fields]);
                fields.Clear();
            }
            else
            {
                Assert.That(c is '"' or '\n' || state == State.QuoteInQuoted, Is.False, $"'{c}' at {i} must be quoted");
                field.Append(c);
                state = State.Plain;
            }
        }

        Assert.That((state, fields.Count), Is.EqualTo((State.FieldStart, 0)), "the last record does not end with CRLF");
        return records;
    }

    /// <summary>Reads a file that must start with a byte order mark.</summary>
    public static List<string[]> ParseFile(string path, char delimiter = ',')
    {
        var bytes = File.ReadAllBytes(path);
        Assert.That(bytes.Take(3), Is.EqualTo(new byte[] { 0xEF, 0xBB, 0xBF }));
        return Parse(Encoding.UTF8.GetString(bytes.AsSpan(3)), delimiter);
    }

    /// <summary>The cells of one column, by its name.</summary>
    public static List<string> Column(List<string[]> records, string name)
    {
        var index = Array.IndexOf(records[0], name);
        Assert.That(index, Is.GreaterThanOrEqualTo(0), name);
        return [.. records.Skip(1).Select(r => r[index])];
    }
}
