using System.Runtime.CompilerServices;
using BatchSync.Configuration;
using BatchSync.Core.Retry;
using BatchSync.Core.Sources;
using BatchSync.Http;
using Serilog;

namespace BatchSync.Sources.Rest;

/// <summary>
/// Reads an API page by page as its connector says. A cursor to resume from that the API no longer takes starts the set from its first page:
/// reading rows again does no harm.
/// </summary>
internal sealed class RestSource : ISource, IDisposable
{
    private readonly SourceConnector _connector;
    private readonly SettingValues _settings;
    private readonly ApiDefinition _api;
    private readonly ApiClient _client;
    private readonly int _pagesPerSet;
    private readonly Dictionary<StreamDefinition, PageReader> _readers;
    private readonly JsonPath? _probeField;
    private readonly ILogger _log;

    /// <param name="connector">One with an API.</param>
    /// <param name="limits">Its note length and pages per set are kept.</param>
    /// <param name="handler">Null: the network.</param>
    /// <param name="gate">Null: one of its own, which is not kept.</param>
    /// <exception cref="SettingException">The connector has no API or a path that cannot be read.</exception>
    public RestSource(SourceConnector connector, SettingValues settings, Limits limits, HttpMessageHandler? handler, FindGate? gate, TimeProvider time, ILogger log)
    {
        (_connector, _settings, _pagesPerSet, _log) = (connector, settings, limits.PagesPerSet, log.ForContext<RestSource>());
        _api = connector.Api ?? throw new SettingException($"The connector '{connector.Name}' names no API. Give it a baseUrl.");
        _readers = connector.Streams.Values.Concat(connector.Streams.Values.Select(s => s.Deletions).OfType<StreamDefinition>())
            .ToDictionary(s => s, s => new PageReader(s, limits.NoteLength));
        _probeField = connector.ProbeField is { } field ? JsonPath.Of(field) : null;
        _client = new ApiClient(_api, settings, handler, gate, time, log);
    }

    public StreamTraits TraitsOf(StreamKind stream)
    {
        var definition = StreamOf(stream);
        return new StreamTraits(definition.ModifiedSince is not null)
        {
            ShowsAll = definition.Where is null && (definition.StatedTotal is not null || definition.ById is not null),
            FindsById = definition.ById is not null,
            TellsDeletions = definition.Deletions is not null,
        };
    }

    public async Task ProbeAsync(CancellationToken cancel)
    {
        var purpose = $"The probe of {_connector.Name}";
        var path = _connector.ProbePath ?? throw new SettingException($"The connector '{_connector.Name}' names no probe. Without one an empty extract is no proof of no data: give it probe: {{ path: ... }}.");
        var answer = await _client.SendAsync(ApiRequest.Get(path), cancel);
        if (!answer.IsSuccess) throw _client.FaultOf(answer, purpose);
        if (_probeField is null || HasProbeField(answer, purpose)) return;
        throw new OutsideException(
            OutsideFault.Permanent,
            $"{purpose}: {answer.Location} answered {answer.Status} without '{_probeField}', so the source does not know us, and an empty extract is no proof of no data. "
            + "Check the credentials and the account that the settings name.");
    }

    public async IAsyncEnumerable<SourcePage> ReadAsync(PageSetRequest request, [EnumeratorCancellation] CancellationToken cancel)
    {
        var stream = request.OfDeletions ? DeletionsOf(request.Stream) : StreamOf(request.Stream);
        var guards = new PageGuards(stream, _pagesPerSet);
        var place = Paginator.Begin(stream.Pagination, request.ResumeCursor);
        for (var number = 1; ; number++)
        {
            var url = UrlOf(stream, request, place);
            var answer = await _client.SendAsync(ApiRequest.Get(url.AbsoluteUri), cancel);
            if (number == 1 && IsExpired(answer, place, stream))
            {
                _log.Information("The saved place in {Stream} is no longer known at the source; reading the set from its first page", stream.Stream.Name());
                (place, number) = (Paginator.Begin(stream.Pagination, null), 0);
                continue;
            }

            if (!answer.IsSuccess) throw _client.FaultOf(answer, Purpose(stream, number));
            var (page, next) = Take(stream, guards, place, url, answer, number);
            var resume = next is null ? null : Paginator.ResumeText(stream.Pagination, next);
            yield return new SourcePage(number, answer.Location, answer.Body, page.Records, resume, next is null, page.StatedTotal, page.LeftOut);
            if (next is null) yield break;
            place = next;
        }
    }

    public async Task<bool> HasAsync(StreamKind stream, string id, CancellationToken cancel)
    {
        var purpose = $"Asking {_connector.Name} for one of {stream.Name()} by its id";
        var path = StreamOf(stream).ById ?? throw new SettingException($"The stream '{stream.Name()}' of the connector '{_connector.Name}' has no 'byId'.");
        var answer = await _client.SendAsync(ApiRequest.Get(path.Replace(StreamDefinition.IdPlace, Uri.EscapeDataString(id), StringComparison.Ordinal)), cancel);
        if (answer.Status is 404 or 410) return false;
        if (!answer.IsSuccess) throw _client.FaultOf(answer, purpose);
        return BodyText.IsJson(answer.Body) ? true : throw new OutsideException(OutsideFault.Permanent, $"{purpose}: {answer.Location} answered {answer.Status} with no JSON. Check 'byId' of the connector.");
    }

    public void Dispose() => _client.Dispose();

    private bool IsExpired(ApiAnswer answer, PagePlace place, StreamDefinition stream) =>
        _client.KindOf(answer.Status) is HttpStatusKind.BadContent or HttpStatusKind.Refused && place != Paginator.Begin(stream.Pagination, null);

    private (ParsedPage Page, PagePlace? Next) Take(StreamDefinition stream, PageGuards guards, PagePlace place, Uri url, ApiAnswer answer, int number)
    {
        try
        {
            var page = _readers[stream].Read(answer.Body);
            guards.Check(answer.Body, page);
            var next = Paginator.Next(stream, place, page, url, answer.Header("Link"));
            if (next is not null) guards.Check(next);
            return (page, next);
        }
        catch (UnreadablePageException error)
        {
            throw new OutsideException(OutsideFault.Permanent, $"{Purpose(stream, number)}: {answer.Location}: {_settings.Redact(error.Message)}.", error);
        }
    }

    private bool HasProbeField(ApiAnswer answer, string purpose)
    {
        try
        {
            using var page = PageReader.Parse(answer.Body);
            return _probeField!.Find(page.Root) is { IsFalse: false };
        }
        catch (UnreadablePageException error)
        {
            throw new OutsideException(OutsideFault.Permanent, $"{purpose}: {answer.Location}: {_settings.Redact(error.Message)}.", error);
        }
    }

    private Uri UrlOf(StreamDefinition stream, PageSetRequest request, PagePlace place)
    {
        var baseUrl = _settings.Resolve(_api.BaseUrl);
        return stream.Pagination is Pagination.Link && place.Cursor is { } link
            ? ApiAddress.Follow(ApiAddress.Of(baseUrl, "/"), link)
            : ApiAddress.Of(baseUrl, PageQuery.Of(stream, _settings, request, place));
    }

    private StreamDefinition StreamOf(StreamKind kind) => _connector.Streams.TryGetValue(kind, out var stream) ? stream
        : throw new SettingException($"The connector '{_connector.Name}' has no stream '{kind.Name()}'; it has {string.Join(", ", _connector.Streams.Keys.Select(k => k.Name()))}.");

    private StreamDefinition DeletionsOf(StreamKind kind) => StreamOf(kind).Deletions
        ?? throw new SettingException($"The stream '{kind.Name()}' of the connector '{_connector.Name}' has no 'deletions'.");

    private string Purpose(StreamDefinition stream, int number) => $"Reading {(ReferenceEquals(stream, _connector.Streams[stream.Stream]) ? "" : "the deletions of ")}{stream.Stream.Name()} from {_connector.Name}, page {number}";
}
