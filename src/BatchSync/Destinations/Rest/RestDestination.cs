using System.Globalization;
using System.Text.Json;
using BatchSync.Configuration;
using BatchSync.Core.Billing;
using BatchSync.Core.Diagnostics;
using BatchSync.Core.Posting;
using BatchSync.Http;
using Serilog;

namespace BatchSync.Destinations.Rest;

/// <summary>An accounting API as a connector file describes it.</summary>
internal sealed class RestDestination : IDestination, IDisposable
{
    /// <summary>The most references that are looked up together.</summary>
    private const int LookedUpTogether = 500;

    private readonly string _name;
    private readonly RestDestinationDefinition _definition;
    private readonly SettingValues _settings;
    private readonly TimeProvider _time;
    private readonly ApiClient _client;
    private readonly DocumentWriter _writer;
    private readonly LookUpReader _lookUps;

    /// <param name="handler">Null: the network.</param>
    /// <param name="gate">Null: one of its own, which is not kept.</param>
    /// <exception cref="SettingException">The connector contradicts itself, or a setting is missing.</exception>
    public RestDestination(DestinationConnector.Rest connector, SettingValues settings, HttpMessageHandler? handler, FindGate? gate, TimeProvider time, ILogger log)
    {
        (_name, _definition, _settings, _time) = (connector.Name, connector.Documents, settings, time);
        _writer = new DocumentWriter(_definition, _name);
        _lookUps = new LookUpReader(_definition, _name);
        _client = new ApiClient(connector.Api, settings, handler, gate, time, log);
        Traits = new DestinationTraits(
            _definition.Create.BatchSize, _definition.ReferenceLength, _definition.QuantityDecimals,
            HasDrafts: _definition is { Finalize: not null, HasDrafts: true }, _definition.Settle, LongestCall(connector.Api))
        {
            LookUpSize = LookUpSize(_definition.LookUp.BatchSize, connector.Api.AtOnce),
            CallsPerBatch = CallsPerBatch(_definition),
            CallsAtOnce = connector.Api.AtOnce,
            ReferencesPerLookUp = _definition.LookUp.BatchSize,
            DeletesDrafts = _definition is { Withdraw: not null, HasDrafts: true },
            RateDecimals = _definition.RateDecimals,
            Deductions = _definition.Deductions,
        };
    }

    public DestinationTraits Traits { get; }

    public async Task<DestinationTenant> ProbeAsync(CancellationToken cancel)
    {
        var company = _definition.Company;
        var answer = await _client.SendAsync(ApiRequest.Get(company.Path), cancel);
        if (!answer.IsSuccess) throw _client.FaultOf(answer, $"The probe of {_name}");
        using var body = AnswerField.Parse(answer.Body);
        return new DestinationTenant(Field(company.TenantField), company.EnvironmentField is { } environment ? Field(environment) : "production")
        {
            LockedThrough = company.LockedThroughField is { } locked && body is not null && AnswerField.Text(body.RootElement, locked) is { Length: > 0 } text ? LockedThrough(text, locked) : null,
        };

        // An instant is cut to its date. A lock that cannot be read is never "no lock": documents would be dated into closed books.
        DateOnly LockedThrough(string text, string path) =>
            DateOnly.TryParseExact(text.Length > 10 && text[10] == 'T' ? text[..10] : text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date) ? date
            : throw new OutsideException(OutsideFault.Permanent,
                $"The probe of {_name}: {answer.Location} answered with '{text}' at '{path}', which is no date such as 2026-09-30. Check company.lockedThroughField of the connector.");

        string Field(string path) => body is not null && AnswerField.Text(body.RootElement, path) is { Length: > 0 } text ? text
            : throw new OutsideException(OutsideFault.Permanent,
                $"The probe of {_name}: {answer.Location} answered {answer.Status} without a value at '{path}', so it does not say whose books these are. "
                + $"Check company of the connector. The answer began: {BodyText.Excerpt(answer.Body)}");
    }

    public async Task<IReadOnlyList<DestinationDocument>> LookUpAsync(IReadOnlyList<string> references, CancellationToken cancel)
    {
        var chunks = references.Distinct(StringComparer.Ordinal).Chunk(_definition.LookUp.BatchSize).ToList();
        var found = new IReadOnlyList<DestinationDocument>[chunks.Count];
        await UnderWay.EachAsync(Enumerable.Range(0, chunks.Count).ToAsyncEnumerable(), Traits.CallsAtOnce, async i => found[i] = await LookUpAtOnceAsync(chunks[i], cancel));
        return [.. found.SelectMany(some => some)];
    }

    private async Task<IReadOnlyList<DestinationDocument>> LookUpAtOnceAsync(string[] references, CancellationToken cancel)
    {
        var answer = await _client.SendAsync(ApiRequest.Get(LookUpPath(references)), cancel);
        if (!answer.IsSuccess) throw _client.FaultOf(answer, $"The look-up at {_name}");
        return [.. _lookUps.Read(answer, references)];
    }

    public Task<CallSlot> ReadyAsync(CancellationToken cancel) => _client.ReadyAsync(cancel);

    public async Task<DestinationAnswer> CreateAsync(CreateBatch batch, CancellationToken cancel)
    {
        Invariant.Holds(batch.Documents.Count <= Traits.BatchSize, $"A batch of {batch.Documents.Count} documents; {_name} takes {Traits.BatchSize}.");
        if (batch.AsDraft && !_definition.HasDrafts)
            throw new OutsideException(OutsideFault.Permanent, $"{_name} has no drafts: its connector names no create.draftField. Set posting.as of the job to final.");
        var refused = batch.Documents.Select(RateFault).OfType<PostingOutcome>().ToList();
        var sent = batch.Documents.Where(d => RateFault(d) is null).Select(d => new BulkItem(d.Reference, d.Reference, _writer.Write(d, batch.AsDraft))).ToList();
        if (sent.Count == 0) return new DestinationAnswer(refused, "", "");
        var answer = await SendAsync(BulkCall.Of(_definition.Create), sent, batch.IdempotencyKey, batch.Slot, cancel);
        return answer with { Outcomes = [.. refused, .. answer.Outcomes] };
    }

    public async Task<DestinationAnswer> WithdrawAsync(FinalizeBatch batch, CancellationToken cancel) =>
        await SendByIdAsync(BulkCall.Of(_definition.Withdraw ?? throw new InvariantException($"{_name} cannot delete drafts.")), batch, cancel);

    public async Task<DestinationAnswer> FinalizeAsync(FinalizeBatch batch, CancellationToken cancel) =>
        await SendByIdAsync(BulkCall.Of(_definition.Finalize ?? throw new InvariantException($"{_name} has no drafts to finalize.")), batch, cancel);

    public void Dispose() => _client.Dispose();

    private static int CallsPerBatch(RestDestinationDefinition definition)
    {
        var readBack = (definition.Create.BatchSize + definition.LookUp.BatchSize - 1) / definition.LookUp.BatchSize;
        return definition is { Finalize: not null, HasDrafts: true } ? 1 + readBack + 1 : 1;
    }

    // Whole calls, as many as go out side by side, as long as what they find is not too much to hold.
    private static int LookUpSize(int perCall, int atOnce) => Math.Min(LookedUpTogether, perCall * Math.Clamp(LookedUpTogether / perCall, 1, atOnce));

    /// <summary>
    /// How long a call with all its repeats may take; it is ended then. There is time for every wait before another try, and for two tries
    /// that time out.
    /// </summary>
    private static TimeSpan LongestCall(ApiDefinition api) => (2 * api.Timeout) + ((api.Attempts - 1) * api.Patience);

    private PostingOutcome.Rejected? RateFault(Document document) =>
        document.Valuation is { } valuation && _definition.RateDecimals is { } decimals && SentRate.Of(valuation.Rate, decimals) is null
            ? new PostingOutcome.Rejected(
                document.Reference, "rate-too-small",
                $"The exchange rate {valuation.Rate.Rate} from {valuation.Rate.From} to {valuation.Rate.To} is 0 with the {decimals} decimals that {_name} stores. Raise rateDecimals of the connector if the API takes more, or bill the client in another currency.")
            : null;

    private Task<DestinationAnswer> SendByIdAsync(BulkCall call, FinalizeBatch batch, CancellationToken cancel)
    {
        Invariant.Holds(batch.Items.Count <= Traits.BatchSize, $"{batch.Items.Count} documents in a call to {call.Path}; {_name} takes {Traits.BatchSize}.");
        var items = batch.Items.Select(i => new BulkItem(i.Reference, i.DestinationId, JsonSerializer.SerializeToUtf8Bytes(i.DestinationId)));
        return SendAsync(call, items, batch.IdempotencyKey, batch.Slot, cancel);
    }

    private async Task<DestinationAnswer> SendAsync(BulkCall call, IEnumerable<BulkItem> items, string key, CallSlot? slot, CancellationToken cancel)
    {
        var sorted = items.OrderBy(i => i.Reference, StringComparer.Ordinal).ToList();
        using var deadline = new CancellationTokenSource(Traits.CallTimeout, _time);
        var answer = await new BulkExchange(_client, call, sorted, _definition.IdempotencyHeader, key, deadline.Token).SendAsync(slot, cancel);
        return answer with { Request = _settings.Redact(answer.Request), Response = _settings.Redact(answer.Response) };
    }

    private string LookUpPath(string[] references)
    {
        var call = _definition.LookUp;
        var value = string.Join(Uri.EscapeDataString(call.Separator), references.Select(Uri.EscapeDataString));
        return $"{call.Path}{(call.Path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}{Uri.EscapeDataString(call.Parameter)}={value}";
    }
}
