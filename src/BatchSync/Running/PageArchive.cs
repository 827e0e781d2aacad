using BatchSync.Configuration;
using BatchSync.Core.Sources;
using BatchSync.Explaining;
using BatchSync.Http;
using BatchSync.Sources;
using BatchSync.Sources.Csv;
using BatchSync.Sources.Rest;
using BatchSync.Storage;

namespace BatchSync.Running;

/// <summary>By which configuration a stored page is read again.</summary>
internal enum PageRules
{
    /// <summary>That of the run which began to read its page set.</summary>
    Then,

    /// <summary>The job's connector as it is configured now.</summary>
    Now,
}

/// <summary>Makes records of stored pages, as the source's own reader did when they came.</summary>
/// <param name="now">The job's connector as it is configured now; also taken where the store has no configuration of then.</param>
/// <param name="noteLength">The job's limit as it is configured now.</param>
internal sealed class PageArchive(IStore store, SourceConnector now, int noteLength, PageRules rules)
{
    private sealed record Reading(SourceConnector Connector, int NoteLength, bool IsOfThen);

    private readonly Dictionary<long, Reading> _byRun = [];
    private readonly Dictionary<(SourceConnector Connector, int NoteLength, StreamKind Stream, bool OfDeletions), Func<StoredPage, ParsedPage>> _readers = [];

    /// <summary>Runs whose configuration of then is not in the store or cannot be read by this version: their pages were read by that of now.</summary>
    public IEnumerable<long> RunsReadByNow => rules == PageRules.Now ? [] : _byRun.Where(r => !r.Value.IsOfThen).Select(r => r.Key).Order();

    /// <exception cref="UnreadablePageException">The connector does not fit the page.</exception>
    public async Task<ParsedPage> ReadAsync(StoredPage page, CancellationToken cancel)
    {
        var reading = await ReadingOfAsync(page.Start.RunNo, cancel);
        var key = (reading.Connector, reading.NoteLength, page.Start.Stream, OfDeletions: page.Start.Purpose == PageSetPurpose.Deletions);
        if (!_readers.TryGetValue(key, out var reader)) _readers.Add(key, reader = ReaderOf(reading, page.Start.Stream, key.OfDeletions));
        return reader(page);
    }

    private async Task<Reading> ReadingOfAsync(long runNo, CancellationToken cancel)
    {
        if (_byRun.TryGetValue(runNo, out var known)) return known;
        var reading = rules == PageRules.Now ? null : await OfThenAsync(runNo, cancel);
        _byRun.Add(runNo, reading ??= new Reading(now, noteLength, IsOfThen: false));
        return reading;
    }

    private async Task<Reading?> OfThenAsync(long runNo, CancellationToken cancel)
    {
        var catalog = RuleArchive.Catalog(await store.ListRunFilesAsync(runNo, cancel));
        if (await store.FindRunAsync(runNo, cancel) is not { } run || catalog.Find(DocumentKind.Job, run.Job) is not { } job) return null;
        var name = job.Section.Get(JobFields.Source).Get(SourceFields.Connector);
        return catalog.Find(DocumentKind.Connector, name) is { Variant.IsSource: true } connector
            ? new Reading(ConnectorBuilder.Source(connector), job.Section.Get(JobFields.Limits).Get(LimitFields.NoteLength), IsOfThen: true)
            : null;
    }

    private static Func<StoredPage, ParsedPage> ReaderOf(Reading reading, StreamKind stream, bool ofDeletions)
    {
        var known = reading.Connector.Streams.GetValueOrDefault(stream);
        if ((ofDeletions ? known?.Deletions : known) is not { } definition) return _ => throw new UnreadablePageException($"the connector '{reading.Connector.Name}' has no {(ofDeletions ? "deletions of " : "")}stream '{stream.Name()}'");
        if (reading.Connector.Csv is { } csv)
        {
            var ofFiles = new CsvPageReader(csv, definition, reading.NoteLength);
            return page => ofFiles.Read(page.Body!, page.Location);
        }

        var ofApi = new PageReader(definition, reading.NoteLength);
        return page => ofApi.Read(page.Body!);
    }
}
