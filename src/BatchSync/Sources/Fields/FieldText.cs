namespace BatchSync.Sources.Fields;

/// <summary>What stands at a place in a row: nothing, a text, or something that is no text (a list, an object, broken characters).</summary>
/// <param name="Text">Null where there is nothing; the raw text where it is unreadable.</param>
internal readonly record struct FieldText(string? Text, bool IsUnreadable)
{
    /// <summary>A fault shows this many characters of a value.</summary>
    public const int ShownCharacters = 200;

    public static FieldText Absent => default;

    public static FieldText Of(string text) => new(text, false);
    public static FieldText Unreadable(string raw) => new(raw, true);

    /// <summary>What a fault shows of a value.</summary>
    public static string Shown(string text) => Cut(text, ShownCharacters);

    /// <summary>The first characters of a text, never half of a surrogate pair.</summary>
    public static string Cut(string text, int length)
    {
        if (text.Length <= length) return text;
        return text[..(length > 0 && char.IsHighSurrogate(text[length - 1]) ? length - 1 : length)];
    }
}
