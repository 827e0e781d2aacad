using BatchSync.Core.Mapping;

namespace BatchSync.Core.Matching;

/// <summary>An entry of the mapping that may be what a source names.</summary>
public sealed record Candidate(string Code, string Name, NameMatch Match);

/// <summary>An unknown thing with the entries that it may be, the likeliest first; none: it is probably new.</summary>
public sealed record Suggestion(UnknownThing Thing, IReadOnlyList<Candidate> Candidates);

/// <summary>Two things that may be one. Nobody but a person makes them one.</summary>
/// <param name="InMapping">Whether both are entries of the mapping; else both are things of the source that it does not know.</param>
/// <param name="First">Code of an entry, or id (where there is none, name) of the source's thing.</param>
public sealed record PossibleDuplicate(MappingList List, bool InMapping, string First, string FirstName, string Second, string SecondName, NameMatch Match);

/// <summary>Compares what a mapping does not know with what it knows, and each of both with its like.</summary>
/// <param name="likeness">Compares spellings.</param>
/// <param name="minScore">Candidates of a lower score are not named, 0 to 100.</param>
public sealed class SuggestionFinder(MappingRules mapping, UnknownThings unknown, Likeness likeness, int minScore)
{
    /// <summary>Two things of a lower score are not called duplicates, however low candidates may be.</summary>
    public const int LeastOfDuplicates = 85;

    private const int MostCandidates = 3;

    /// <summary>The unknown things of a list with their candidates.</summary>
    public IReadOnlyList<Suggestion> Of(MappingList list)
    {
        var comparison = ComparisonOf(list);
        var entries = EntriesOf(list);
        return [.. unknown.Of(list).Select(thing => new Suggestion(thing, CandidatesOf(thing, entries, comparison)))];
    }

    /// <summary>Pairs of a list that look like one, the likeliest first. Only pairs with a word that begins alike are compared, so that thousands of names take seconds.</summary>
    public IReadOnlyList<PossibleDuplicate> Duplicates(MappingList list)
    {
        var source = unknown.Of(list).Select(t => (Key: t.Id.Length > 0 ? t.Id : t.Name, t.Name, Forms: FormsOf(t))).ToList();
        var entries = EntriesOf(list).Select(e => (Key: e.Thing.Code, e.Thing.Name, e.Forms)).ToList();
        return [.. Pairs(list, entries, inMapping: true).Concat(Pairs(list, source, inMapping: false))
            .OrderByDescending(d => d.InMapping).ThenByDescending(d => d.Match.Score).ThenBy(d => d.First, StringComparer.Ordinal).ThenBy(d => d.Second, StringComparer.Ordinal)];
    }

    private IEnumerable<PossibleDuplicate> Pairs(MappingList list, List<(string Key, string Name, Comparable Forms)> things, bool inMapping)
    {
        var comparison = ComparisonOf(list);
        return Near(things)
            .Select(pair => (A: things[pair.A], B: things[pair.B]))
            .Select(pair => string.CompareOrdinal(pair.A.Key, pair.B.Key) <= 0 ? pair : (A: pair.B, B: pair.A))
            .Select(pair => new PossibleDuplicate(list, inMapping, pair.A.Key, pair.A.Name, pair.B.Key, pair.B.Name, comparison.Compare(pair.A.Forms, pair.B.Forms)))
            .Where(d => d.Match.Score >= Math.Max(minScore, LeastOfDuplicates));
    }

    private static IEnumerable<(int A, int B)> Near(List<(string Key, string Name, Comparable Forms)> things)
    {
        var starts = things.SelectMany((t, i) => Starts(t.Forms).Distinct(StringComparer.Ordinal).Select(start => (start, i))).ToLookup(s => s.start, s => s.i);
        return starts.SelectMany(same => same.SelectMany(a => same.Where(b => a < b).Select(b => (a, b)))).Distinct();
    }

    private static IEnumerable<string> Starts(Comparable forms) =>
        forms.Names.SelectMany(n => n.Words).Select(w => w.Length > 3 ? w[..3] : w).Concat(forms.Mails).Concat(forms.Codes.Select(c => "code " + c.ToUpperInvariant()));

    private IReadOnlyList<Candidate> CandidatesOf(UnknownThing thing, IReadOnlyList<(ListedThing Thing, Comparable Forms)> entries, NameComparison comparison)
    {
        var forms = FormsOf(thing);
        return [.. entries.Select(e => new Candidate(e.Thing.Code, e.Thing.Name, comparison.Compare(forms, e.Forms)))
            .Where(c => c.Match.Score >= minScore && c.Match.Score > 0)
            .OrderByDescending(c => c.Match.Score).ThenBy(c => c.Code, StringComparer.Ordinal)
            .Take(MostCandidates)];
    }

    // What the source calls an entry's other ids is as good a name of it as the mapping's own.
    private IReadOnlyList<(ListedThing Thing, Comparable Forms)> EntriesOf(MappingList list)
    {
        var names = unknown.NamesByCode(list);
        return [.. ListedThing.Of(mapping, list).Select(e => (e, Comparable.Of([e.Code], [e.Name, .. e.Source.Names, .. names[e.Code]])))];
    }

    // An id of the source counts as a code only where it is none of a sequence: '58' is no reason for anything.
    private static Comparable FormsOf(UnknownThing thing) =>
        Comparable.Of([thing.SourceCode, thing.Id.All(char.IsAsciiDigit) ? "" : thing.Id], [.. thing.Names, .. thing.Names.Count == 0 ? [thing.SourceCode] : Array.Empty<string>()]);

    private NameComparison ComparisonOf(MappingList list) => new(likeness, byDomain: list == MappingList.Clients);
}
