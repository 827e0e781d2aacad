namespace BatchSync.Core.Matching;

/// <summary>
/// Legal forms, which one system writes behind a company's name and another does not. The list has those of the countries that firms
/// bill most; a form that is missing only makes two spellings look less alike.
/// </summary>
public static class LegalForms
{
    /// <summary>As capital letters without accents and dots; forms of several words are told apart by blanks.</summary>
    private static readonly string[][] Endings =
    [
        .. new[]
        {
            // English
            "INC", "INCORPORATED", "CORP", "CORPORATION", "CO", "COMPANY", "LLC", "LLP", "LP", "PLC", "LTD", "LIMITED", "PTY", "PTE", "PVT", "PRIVATE", "SDN", "BHD",
            // German
            "GMBH", "MBH", "AG", "KG", "KGAA", "OHG", "UG", "EG", "EV", "GBR", "EK", "SE",
            // French, Spanish, Italian, Portuguese
            "SA", "SAS", "SASU", "SARL", "SA RL", "EURL", "SNC", "SL", "SLU", "SRL", "SPA", "SA DE CV", "LTDA", "EIRELI",
            // Dutch, Nordic, Baltic
            "BV", "NV", "VOF", "AB", "AS", "ASA", "APS", "OY", "OYJ", "OU", "UAB", "SIA",
            // Polish, Czech, Hungarian, Balkan
            "SP Z OO", "SP ZOO", "SRO", "AS", "KFT", "ZRT", "DOO",
            // Japanese
            "KK", "GK", "YK",
        }.Select(form => form.Split(' ')).OrderByDescending(words => words.Length),
    ];

    /// <summary>Written before or behind the name without a blank.</summary>
    private static readonly string[] Attached = ["株式会社", "有限会社", "合同会社"];

    /// <summary>The words of a name without the legal forms at its end, and the forms. At least one word stays.</summary>
    /// <param name="words">In capital letters, without accents.</param>
    public static (IReadOnlyList<string> Name, IReadOnlyList<string> Forms) Split(IReadOnlyList<string> words)
    {
        var forms = new List<string>();
        var name = words.SelectMany(word => Detached(word, forms)).ToList();
        while (Endings.FirstOrDefault(form => name.Count > form.Length && name.TakeLast(form.Length).SequenceEqual(form)) is { } ending)
        {
            name.RemoveRange(name.Count - ending.Length, ending.Length);
            forms.Insert(0, string.Concat(ending));
        }

        return (name, forms);
    }

    private static IEnumerable<string> Detached(string word, List<string> forms)
    {
        var form = Attached.FirstOrDefault(f => word.StartsWith(f, StringComparison.Ordinal) || word.EndsWith(f, StringComparison.Ordinal));
        if (form is null || word == form)
        {
            yield return word;
            yield break;
        }

        forms.Add(form);
        yield return word.StartsWith(form, StringComparison.Ordinal) ? word[form.Length..] : word[..^form.Length];
    }
}
