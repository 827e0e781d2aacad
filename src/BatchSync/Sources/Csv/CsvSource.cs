using System.Runtime.CompilerServices;
using BatchSync.Configuration;
using BatchSync.Core.Sources;
using BatchSync.Http;

namespace BatchSync.Sources.Csv;

/// <summary>
/// Reads a folder of exports: the files of a stream's pattern in ordinal order, each in pages of rows. It always reads all: files have no
/// changed-since, no cursor and state no total.
/// </summary>
internal sealed class CsvSource : ISource
{
    /// <summary>Rows on a page.</summary>
    public const int RowsPerPage = 5000;

    private readonly SourceConnector _connector;
    private readonly CsvDefinition _csv;
    private readonly SettingValues _settings;
    private readonly Dictionary<StreamKind, CsvPageReader> _readers;

    /// <param name="limits">Its note length is kept.</param>
    /// <exception cref="SettingException">The culture, delimiter or a field cannot be used.</exception>
    public CsvSource(SourceConnector connector, CsvDefinition csv, SettingValues settings, Limits limits)
    {
        (_connector, _csv, _settings) = (connector, csv, settings);
        _readers = connector.Streams.ToDictionary(s => s.Key, s => new CsvPageReader(csv, s.Value, limits.NoteLength));
    }

    // Every file is read every time; one that is not there any more was archived, and its rows are not gone.
    public StreamTraits TraitsOf(StreamKind stream) => new(ReadsOnlyChanges: false);

    public Task ProbeAsync(CancellationToken cancel)
    {
        if (!_connector.Streams.Values.Any(s => FilesOf(s).Count > 0)) throw NoFiles([.. _connector.Streams.Values]);
        return Task.CompletedTask;
    }

    public async IAsyncEnumerable<SourcePage> ReadAsync(PageSetRequest request, [EnumeratorCancellation] CancellationToken cancel)
    {
        var stream = _connector.Streams.TryGetValue(request.Stream, out var found) ? found
            : throw new SettingException($"The connector '{_connector.Name}' has no stream '{request.Stream.Name()}'; it has {string.Join(", ", _connector.Streams.Keys.Select(k => k.Name()))}.");
        var number = 0;
        SourcePage? held = null;
        await foreach (var page in PagesAsync(stream, cancel))
        {
            // A page is given out when the next one is there, since only the last one says that it is the last.
            if (held is not null) yield return held;
            held = page with { Number = ++number };
        }

        yield return held! with { IsLast = true };
    }

    public Task<bool> HasAsync(StreamKind stream, string id, CancellationToken cancel) => throw new InvalidOperationException("A folder of exports cannot be asked for one record.");

    private async IAsyncEnumerable<SourcePage> PagesAsync(StreamDefinition stream, [EnumeratorCancellation] CancellationToken cancel)
    {
        var files = FilesOf(stream);
        if (files.Count == 0) throw NoFiles([stream]);
        foreach (var file in files)
        {
            await using var content = Open(file);
            var slices = CsvSlices.ReadAsync(content, Path.GetFileName(file), _csv, RowsPerPage, cancel).GetAsyncEnumerator(cancel);
            await using (slices)
            {
                while (await ReadNextAsync(stream, file, slices) is { } page) yield return page;
            }
        }
    }

    private async Task<SourcePage?> ReadNextAsync(StreamDefinition stream, string file, IAsyncEnumerator<(string Location, ReadOnlyMemory<byte> Body)> slices)
    {
        try
        {
            if (!await slices.MoveNextAsync()) return null;
            var (location, body) = slices.Current;
            var page = _readers[stream.Stream].Read(body, location);
            return new SourcePage(0, location, body, page.Records, null, false, null, page.LeftOut);
        }
        catch (UnreadablePageException error)
        {
            throw new OutsideException(OutsideFault.Permanent, $"Reading {stream.Stream.Name()} from {file}: {error.Message}.", error);
        }
        catch (IOException error)
        {
            throw Unreadable(file, error);
        }
    }

    private static FileStream Open(string file)
    {
        try
        {
            return new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, 128 * 1024, FileOptions.Asynchronous | FileOptions.SequentialScan);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(file, error);
        }
    }

    private static OutsideException Unreadable(string file, Exception error) =>
        new(OutsideFault.Transient, $"The file {file} cannot be read: {error.Message} Close what holds it or give the right to read it, then run again.", error);

    private List<string> FilesOf(StreamDefinition stream)
    {
        var folder = _settings.ResolvePath(_csv.Folder);
        if (!Directory.Exists(folder))
            throw new OutsideException(OutsideFault.Permanent, $"The folder {folder} of the connector '{_connector.Name}' does not exist. Create it or correct the folder in the settings.");
        var options = new EnumerationOptions { MatchCasing = MatchCasing.CaseInsensitive, MatchType = MatchType.Simple };
        return [.. Directory.EnumerateFiles(folder, stream.Path, options).Order(StringComparer.Ordinal)];
    }

    private OutsideException NoFiles(IReadOnlyList<StreamDefinition> streams) => new(
        OutsideFault.Permanent,
        $"No file in {_settings.ResolvePath(_csv.Folder)} matches {string.Join(" or ", streams.Select(s => $"'{s.Path}'"))} ({string.Join(", ", streams.Select(s => s.Stream.Name()))}). "
        + "That is no proof of no data: put an export there, one with only its header row where there is nothing.");
}
