using System.Text;

namespace BatchSync.Http;

/// <summary>A glimpse of a body for messages.</summary>
internal static class BodyText
{
    /// <summary>Characters of a body that a message shows.</summary>
    public const int ShownCharacters = 200;

    /// <summary>The first 200 characters on one line; empty for an empty body.</summary>
    public static string Excerpt(ReadOnlyMemory<byte> body)
    {
        var text = Encoding.UTF8.GetString(body.Span[..Math.Min(body.Length, ShownCharacters * 4)]);
        var words = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        var line = new string([.. string.Join(' ', words).Where(c => !char.IsControl(c))]);
        return line.Length <= ShownCharacters ? line : line[..ShownCharacters] + "...";
    }

    /// <summary>Whether the body is a page for people, as proxies and login pages send it, with any status.</summary>
    public static bool IsHtml(ReadOnlyMemory<byte> body) => FirstByte(body) == '<';

    /// <summary>Whether the body looks like the API's own words rather than nothing or a proxy's page.</summary>
    public static bool IsJson(ReadOnlyMemory<byte> body) => FirstByte(body) is '{' or '[';

    private static int FirstByte(ReadOnlyMemory<byte> body)
    {
        var span = body.Span;
        if (span.StartsWith(Encoding.UTF8.Preamble)) span = span[3..];
        var first = span.IndexOfAnyExcept(" \t\r\n"u8);
        return first < 0 ? -1 : span[first];
    }
}
