using BatchSync.Storage;

namespace BatchSync.Running;

/// <summary>
/// Documents that are sent together or not at all: those of one key, and those of which one waits for the other. An invoice without the credit that it
/// follows would bill twice.
/// </summary>
internal static class HangingTogether
{
    /// <summary>The numbers of some documents and of all that hang together with them.</summary>
    public static HashSet<long> With(IReadOnlyCollection<DocumentRow> documents, Func<DocumentRow, bool> which)
    {
        var found = documents.Where(which).Select(d => d.DocumentNo).ToHashSet();
        for (var before = -1; before != found.Count;)
        {
            before = found.Count;
            var keys = documents.Where(d => found.Contains(d.DocumentNo)).Select(d => d.Key).ToHashSet();
            found.UnionWith(documents.Where(d => keys.Contains(d.Key) || (d.After is { } after && found.Contains(after))).Select(d => d.DocumentNo));
            var followed = documents.Where(d => found.Contains(d.DocumentNo)).Select(d => d.After).OfType<long>().ToHashSet();
            found.UnionWith(documents.Where(d => followed.Contains(d.DocumentNo)).Select(d => d.DocumentNo));
        }

        return found;
    }
}
