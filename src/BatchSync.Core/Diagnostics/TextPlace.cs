namespace BatchSync.Core.Diagnostics;

/// <summary>A place in a text file that a message points at.</summary>
/// <param name="File">The path as the user knows it, with <c>/</c>.</param>
/// <param name="Line">From 1; 0 where the message is about the file as a whole.</param>
/// <param name="Column">From 1, in UTF-16 code units; 0 where the message is about the file as a whole.</param>
/// <param name="Length">How many code units of the line are meant, 1 and up.</param>
/// <param name="Excerpt">The whole line as it stands in the file, without its end of line.</param>
public sealed record TextPlace(string File, int Line, int Column, int Length, string Excerpt)
{
    /// <summary>This place with the characters of another place of the same line replaced by asterisks.</summary>
    public TextPlace Mask(TextPlace secret)
    {
        var from = Math.Clamp(secret.Column - 1, 0, Excerpt.Length);
        var count = Math.Min(secret.Length, Excerpt.Length - from);
        return this with { Excerpt = string.Concat(Excerpt.AsSpan(0, from), new string('*', count), Excerpt.AsSpan(from + count)) };
    }

    /// <summary>The file as a whole.</summary>
    public static TextPlace WholeFile(string file) => new(file, 0, 0, 0, "");
}
