namespace BatchSync.Core.Texts;

/// <summary>Texts that come again and again, such as the clients of a hundred thousand documents, each kept once. Not for use by several threads.</summary>
public sealed class TextPool
{
    private readonly HashSet<string> _texts = new(StringComparer.Ordinal);

    /// <returns>The text that came first of those that are equal to this one.</returns>
    public string Of(string text)
    {
        if (_texts.TryGetValue(text, out var known)) return known;
        _texts.Add(text);
        return text;
    }
}
