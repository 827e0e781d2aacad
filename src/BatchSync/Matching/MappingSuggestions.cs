using System.Text;
using BatchSync.Configuration;
using BatchSync.Configuration.Yaml;
using BatchSync.Core.Mapping;
using BatchSync.Core.Matching;
using BatchSync.Storage;

namespace BatchSync.Matching;

/// <summary>What a mapping does not know of the records of a job, what may be meant, and how the mapping's file would read with it.</summary>
/// <param name="File">The mapping's file as messages name it.</param>
/// <param name="Changes">Of the file, in order; empty where there is nothing to propose.</param>
internal sealed record MappingSuggestions(string File, IReadOnlyList<Proposal> Proposals, IReadOnlyList<PossibleDuplicate> Duplicates, IReadOnlyList<LineChange> Changes)
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    /// <summary>Looks at what is stored; nothing is read from a source.</summary>
    /// <param name="only">The one list that is wanted; null: clients, and of the others those that the mapping keeps or whose gaps hold records up.</param>
    public static async Task<MappingSuggestions> FindAsync(
        IStore store, string series, MappingRules mapping, IReadOnlyList<ConfigurationFile> files, MappingList? only, int minScore, CancellationToken cancel)
    {
        var unknown = new UnknownThings(mapping, await store.GroupRecordsByNamesAsync(series, cancel), await store.ListNamingRecordsAsync(series, cancel));
        var finder = new SuggestionFinder(mapping, unknown, FuzzyLikeness.Of, minScore);
        var lists = only is { } one ? [one] : Enum.GetValues<MappingList>().Where(l => IsKept(mapping, l) || unknown.Of(l).Any(t => t.Stake.Rejected > 0)).ToArray();
        var proposals = MappingPaste.Propose(mapping, [.. lists.SelectMany(finder.Of)]);
        var file = files.First(f => f.ContentHash == mapping.ContentHash);
        var text = Utf8.GetString(file.Content).TrimStart('\ufeff');
        return new(file.Path, proposals, [.. lists.SelectMany(finder.Duplicates)], LineDiff.Between(text, MappingPaste.Apply(text, proposals)));
    }

    // Where a mapping has no list of projects, tasks, categories or people, the source's own words do, and nothing is missing.
    private static bool IsKept(MappingRules mapping, MappingList list) => list == MappingList.Clients || ListedThing.Of(mapping, list).Count > 0;
}
