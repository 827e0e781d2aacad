using System.Text;
using BatchSync.Core.Diagnostics;

namespace BatchSync.Configuration.Yaml;

/// <summary>The text of one configuration file, with the places of its lines.</summary>
internal sealed class SourceText
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private readonly List<int> _lineStarts = [0];

    public SourceText(string path, string text)
    {
        Path = path;
        Text = text;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\n' || (text[i] == '\r' && (i + 1 == text.Length || text[i + 1] != '\n'))) _lineStarts.Add(i + 1);
        }
    }

    /// <summary>As the user knows the file, with <c>/</c>.</summary>
    public string Path { get; }

    /// <summary>Without a byte order mark.</summary>
    public string Text { get; }

    /// <summary>The text of the bytes, or null and an error where they are no UTF-8.</summary>
    public static SourceText? Decode(string path, ReadOnlySpan<byte> bytes, ICollection<ConfigurationError> errors)
    {
        var content = bytes.StartsWith(Encoding.UTF8.Preamble) ? bytes[Encoding.UTF8.Preamble.Length..] : bytes;
        try
        {
            return new SourceText(path, Strict.GetString(content));
        }
        catch (DecoderFallbackException fault)
        {
            errors.Add(NotUtf8(path, content, fault.Index));
            return null;
        }
    }

    /// <summary>The place of a span, with the line it stands in.</summary>
    public TextPlace PlaceOf(Span span) => new(Path, span.Line, span.Column, Math.Max(1, span.Length), Line(span.Line));

    /// <summary>The first tab among the blanks that begin a line, from a line on; null where there is none.</summary>
    public Span? IndentingTab(int fromLine)
    {
        for (var number = Math.Max(1, fromLine); number <= _lineStarts.Count; number++)
        {
            var line = Line(number);
            var tab = line.IndexOf('\t', StringComparison.Ordinal);
            if (tab >= 0 && line.AsSpan(0, tab).Trim(' ').IsEmpty) return new Span(number, tab + 1, 1);
        }

        return null;
    }

    private static ConfigurationError NotUtf8(string path, ReadOnlySpan<byte> bytes, int index)
    {
        var before = bytes[..Math.Clamp(index, 0, bytes.Length)];
        var line = before.Count((byte)'\n') + 1;
        var utf16 = bytes.StartsWith(Encoding.Unicode.Preamble) || bytes.StartsWith(Encoding.BigEndianUnicode.Preamble);
        var message = utf16 ? "the file is UTF-16, not UTF-8" : FormattableString.Invariant($"the file is not UTF-8: byte {index + 1}, in line {line}, begins no character");
        return new ConfigurationError(ErrorCodes.NotUtf8, TextPlace.WholeFile(path), message) { NextStep = "Save the file as UTF-8." };
    }

    /// <summary>How many characters stand before a place. A place behind the text is its end.</summary>
    public int OffsetOf(int line, int column) => line > _lineStarts.Count ? Text.Length : Math.Min(_lineStarts[line - 1] + column - 1, Text.Length);

    /// <summary>A line without its end, by its number from 1; empty where there is no such line.</summary>
    public string Line(int number)
    {
        if (number < 1 || number > _lineStarts.Count) return "";
        var start = _lineStarts[number - 1];
        var end = number < _lineStarts.Count ? _lineStarts[number] : Text.Length;
        return Text[start..end].TrimEnd('\r', '\n');
    }
}
