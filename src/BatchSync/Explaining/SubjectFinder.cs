using System.Globalization;
using BatchSync.Configuration.Fields;
using BatchSync.Core.Sources;
using BatchSync.Storage;

namespace BatchSync.Explaining;

/// <summary>What may be explained.</summary>
internal abstract record Subject
{
    private Subject()
    {
    }

    /// <param name="Line">Null: all of it. It may be a line that the document does not have.</param>
    internal sealed record Document(DocumentRow Row, int? Line) : Subject;

    internal sealed record Record(RecordOfSeries Found) : Subject;

    public string Series => this switch
    {
        Document document => document.Row.Series,
        Record record => record.Found.Series,
        _ => throw new InvalidOperationException("A subject outside the family."),
    };

    /// <summary>How a user names it and nothing else, within its series.</summary>
    public string Name => this switch
    {
        Document { Line: { } line } document => $"{document.Row.Reference}/{Shown.Number(line)}",
        Document document => document.Row.Reference,
        Record record => record.Found.Name.ToString(),
        _ => throw new InvalidOperationException("A subject outside the family."),
    };
}

/// <summary>Finds what a user names: a document by our reference or by its destination's id, a line of one, a record by its stream and id or by its id alone.</summary>
internal sealed class SubjectFinder(IStore store)
{
    private const int Few = 5;

    /// <summary>All that the text may mean; one where it is clear.</summary>
    public async Task<IReadOnlyList<Subject>> FindAsync(string text, CancellationToken cancel)
    {
        var found = new List<Subject>();
        found.AddRange((await store.FindDocumentsAsync(text, cancel)).Select(d => new Subject.Document(d, null)));
        if (LineOf(text) is var (document, line)) found.AddRange((await store.FindDocumentsAsync(document, cancel)).Select(d => new Subject.Document(d, line)));
        var (stream, id) = RecordOf(text);
        found.AddRange((await store.FindRecordsAsync(stream, id, cancel)).Select(r => new Subject.Record(r)));
        return found;
    }

    /// <summary>A few names that are near to one that means nothing.</summary>
    public async Task<IReadOnlyList<string>> NearAsync(string text, CancellationToken cancel)
    {
        var documents = await store.ListDocumentNamesAsync(cancel);
        var wanted = LineOf(text)?.Document ?? text;
        var near = documents.Where(d => d.StartsWith(wanted, StringComparison.OrdinalIgnoreCase)).Take(Few).ToList();
        if (NameList.Near(wanted, documents) is { } likely) near.Add(likely);
        var (stream, id) = RecordOf(text);
        near.AddRange((await store.FindRecordsLikeAsync(stream, id, Few, cancel)).Select(r => r.Name.ToString()));
        return [.. near.Distinct(StringComparer.Ordinal)];
    }

    private static (string Document, int Line)? LineOf(string text)
    {
        var slash = text.LastIndexOf('/');
        return slash > 0 && int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var line) ? (text[..slash], line) : null;
    }

    // A record's own id may hold slashes: only the name of a stream before the first one says that it is a record.
    private static (StreamKind? Stream, string Id) RecordOf(string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        return slash > 0 && StreamNames.All.Contains(text[..slash]) ? (StreamNames.Parse(text[..slash]), text[(slash + 1)..]) : (null, text);
    }
}
