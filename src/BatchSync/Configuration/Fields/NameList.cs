using FuzzySharp;

namespace BatchSync.Configuration.Fields;

/// <summary>Lists of names in messages.</summary>
internal static class NameList
{
    // The fields of a mapping are to be listed whole: nobody knows the name of a field that is new.
    private const int Few = 24;
    private const int Nearest = 5;

    // Below this a near name is a guess that confuses; 'roundng' and 'round' have 83 of 100.
    private const int LeastLikeness = 65;

    /// <summary>The name that was probably meant; null where none is near.</summary>
    public static string? Near(string written, IEnumerable<string> names) => NearestOf(Ranked(written, names));

    /// <summary><c>Fields allowed here: a, b.</c>, or of many names the nearest; and the name that was probably meant.</summary>
    public static (string Sentence, string? Near) Of(string title, IReadOnlyCollection<string> names, string written)
    {
        if (names.Count == 0) return ("", null);
        var ranked = Ranked(written, names);
        if (names.Count <= Few) return ($"{title}: {string.Join(", ", names.Select(Shown))}.", NearestOf(ranked));
        var nearest = ranked.Take(Nearest).Select(n => Shown(n.Name));
        return (FormattableString.Invariant($"{title}: {names.Count} in all; the nearest are {string.Join(", ", nearest)}."), NearestOf(ranked));
    }

    private static string? NearestOf(List<(string Name, int Likeness)> ranked) => ranked is [var first, ..] && first.Likeness >= LeastLikeness ? first.Name : null;

    private static string Shown(string name) => name.Length == 0 ? "''" : name;

    private static List<(string Name, int Likeness)> Ranked(string written, IEnumerable<string> names)
    {
        var mine = written.ToUpperInvariant();
        return
        [
            .. names.Select(name => (Name: name, Likeness: Likeness(mine, name.ToUpperInvariant())))
                .OrderByDescending(n => n.Likeness).ThenBy(n => n.Name, StringComparer.Ordinal),
        ];
    }

    // Names of very different length cannot reach the least likeness; skipping them keeps thousands of candidates cheap.
    private static int Likeness(string a, string b) =>
        a.Length == 0 || a.Length > 3 * b.Length || b.Length > 3 * a.Length ? 0 : Fuzz.Ratio(a, b);
}
