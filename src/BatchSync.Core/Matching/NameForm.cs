using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace BatchSync.Core.Matching;

/// <summary>A name in the forms in which names are compared. <c>Müller &amp; Söhne, G.m.b.H.</c> has the words <c>MULLER SOHNE</c> and the legal form <c>GMBH</c>.</summary>
public sealed partial record NameForm
{
    private static readonly string[] Joining = ["AND", "UND", "ET"];

    private NameForm(string text, IReadOnlyList<string> words, IReadOnlyList<string> forms)
    {
        Text = text;
        Words = words;
        Forms = forms;
        Name = string.Join(' ', words);
        Sorted = string.Join(' ', words.Order(StringComparer.Ordinal));
    }

    /// <summary>As it is written.</summary>
    public string Text { get; }

    /// <summary>In capital letters, without accents, punctuation, joining words and legal forms; none where the text has neither letters nor digits.</summary>
    public IReadOnlyList<string> Words { get; }

    /// <summary>The legal forms that were taken off, in capital letters.</summary>
    public IReadOnlyList<string> Forms { get; }

    /// <summary>The words joined by blanks.</summary>
    public string Name { get; }

    /// <summary>The words in ordinal order, joined by blanks.</summary>
    public string Sorted { get; }

    /// <summary>The forms of a text. An e-mail address in it is left out, where it is all there is but for its domain: that is compared by itself.</summary>
    public static NameForm Of(string text)
    {
        var withoutMail = Mail().Replace(text, "");
        var named = withoutMail.Any(char.IsLetterOrDigit) ? withoutMail : Mail().Replace(text, mail => mail.Value[..mail.Value.IndexOf('@', StringComparison.Ordinal)]);
        var joined = Dotted().Replace(named, match => match.Value.Replace(".", "", StringComparison.Ordinal)).Replace("'", "", StringComparison.Ordinal).Replace("’", "", StringComparison.Ordinal);
        var words = Word().Matches(Folded(joined)).Select(m => m.Value).Where(w => !Joining.Contains(w)).ToList();
        var (name, forms) = LegalForms.Split(words);
        return new NameForm(text, name, forms);
    }

    /// <summary>The e-mail address in a text, in small letters; empty where there is none.</summary>
    public static string MailIn(string text) => Mail().Match(text).Value.ToLowerInvariant();

    // Only the accents of European scripts are taken off: to a Japanese syllable its mark is part of the letter.
    private static string Folded(string text)
    {
        var folded = new StringBuilder(text.Length);
        foreach (var c in text.Normalize(NormalizationForm.FormKD))
        {
            if (c is >= '\u0300' and <= '\u036f') continue;
            folded.Append(c switch { 'ß' => "SS", 'æ' or 'Æ' => "AE", 'ø' or 'Ø' => "O", 'œ' or 'Œ' => "OE", 'ł' or 'Ł' => "L", 'đ' or 'Đ' => "D", _ => char.ToUpper(c, CultureInfo.InvariantCulture).ToString() });
        }

        return folded.ToString().Normalize(NormalizationForm.FormC);
    }

    [GeneratedRegex(@"(?<![\p{L}\p{N}])(?:\p{L}\.)+\p{L}?(?![\p{L}\p{N}])")]
    private static partial Regex Dotted();

    [GeneratedRegex(@"[\p{L}\p{N}\p{M}]+")]
    private static partial Regex Word();

    [GeneratedRegex(@"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")]
    private static partial Regex Mail();
}
