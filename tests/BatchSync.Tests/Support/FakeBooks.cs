using System.Globalization;
using BatchSync.Core.Amounts;
using BatchSync.Core.Billing;
using BatchSync.Core.Posting;
using BatchSync.Destinations;
using BatchSync.Http;

namespace BatchSync.Tests.Support;

/// <summary>A document as the fake books hold it.</summary>
/// <param name="Content">As it was sent; null for one that somebody else made.</param>
internal sealed record BookedEntry(DestinationDocument Shown, Document? Content);

/// <summary>A call that creates, on its way. Nothing is booked before <see cref="CarryOut"/>.</summary>
internal sealed class CreateCall(FakeBooks books, int number, CreateBatch batch)
{
    /// <summary>From 1.</summary>
    public int Number => number;

    public CreateBatch Batch => batch;

    /// <summary>The call is refused as a whole, and nobody says for which of its documents.</summary>
    public DestinationAnswer RefuseAll(string code = "bad_item", string message = "An item is bad.") =>
        new([.. batch.Documents.Select(d => new PostingOutcome.RefusedTogether(d.Reference, code, message))], "request", "response");

    public DestinationAnswer CarryOut(Func<Document, PostingOutcome?>? refuse = null) => books.Book(batch, refuse ?? (_ => null));

    /// <summary>No answer came, and nobody knows whether the call was carried out.</summary>
    public static OutsideException NoAnswer => new(OutsideFault.Unknown, "POST /invoices gave no full answer within 10 s.");
}

/// <summary>
/// Books in memory that take a reference as often as it is sent and know no idempotency keys: whoever posts twice is found out.
/// </summary>
internal sealed class FakeBooks : IDestination
{
    private int _creates;
    private int _booked;

    public DestinationTraits Traits { get; set; } = new(BatchSize: 2, ReferenceLength: 32, QuantityDecimals: 4, HasDrafts: true, Settle: TimeSpan.FromSeconds(2), CallTimeout: TimeSpan.FromSeconds(10)) { LookUpSize = 3, DeletesDrafts = true };
    public DestinationTenant Tenant { get; set; } = new("company-1", "test");

    /// <summary>What a call that creates does; null: it is carried out.</summary>
    public Func<CreateCall, DestinationAnswer>? OnCreate { get; set; }

    public Func<FinalizeBatch, DestinationAnswer>? OnFinalize { get; set; }

    public Func<FinalizeBatch, DestinationAnswer>? OnWithdraw { get; set; }

    public Action? OnLookUp { get; set; }

    public Action? OnProbe { get; set; }

    /// <summary>What the turn of a call takes; null: it has come.</summary>
    public Func<CancellationToken, Task>? OnReady { get; set; }

    /// <summary>In the order of their creation.</summary>
    public List<BookedEntry> Documents { get; } = [];

    public List<CreateBatch> Batches { get; } = [];

    /// <summary>One text a document, in ordinal order: what counts of the books, without the ids that depend on the order of calls.</summary>
    public IReadOnlyList<string> Shown => [.. Documents.Select(ShownOf).Order(StringComparer.Ordinal)];

    public async Task<CallSlot> ReadyAsync(CancellationToken cancel)
    {
        if (OnReady is not null) await OnReady(cancel);
        return CallSlot.Free;
    }

    public Task<DestinationTenant> ProbeAsync(CancellationToken cancel)
    {
        OnProbe?.Invoke();
        return Task.FromResult(Tenant);
    }

    public Task<IReadOnlyList<DestinationDocument>> LookUpAsync(IReadOnlyList<string> references, CancellationToken cancel)
    {
        OnLookUp?.Invoke();
        return Task.FromResult<IReadOnlyList<DestinationDocument>>([.. Documents.Select(d => d.Shown).Where(d => references.Contains(d.Reference, StringComparer.Ordinal))]);
    }

    public Task<DestinationAnswer> CreateAsync(CreateBatch batch, CancellationToken cancel)
    {
        Batches.Add(batch);
        var call = new CreateCall(this, ++_creates, batch);
        return Task.FromResult(OnCreate?.Invoke(call) ?? call.CarryOut());
    }

    public Task<DestinationAnswer> FinalizeAsync(FinalizeBatch batch, CancellationToken cancel) => Task.FromResult(OnFinalize?.Invoke(batch) ?? MakeFinal(batch));

    public Task<DestinationAnswer> WithdrawAsync(FinalizeBatch batch, CancellationToken cancel) => Task.FromResult(OnWithdraw?.Invoke(batch) ?? Withdraw(batch));

    public DestinationAnswer Withdraw(FinalizeBatch batch)
    {
        PostingOutcome Outcome((string Reference, string DestinationId) item) => Documents.Find(d => d.Shown.DestinationId == item.DestinationId) switch
        {
            { Shown.IsDraft: false } final => new PostingOutcome.Rejected(item.Reference, "final", $"{final.Shown.DestinationId} is no draft"),
            _ => new PostingOutcome.Posted(item.Reference, item.DestinationId),
        };
        var outcomes = batch.Items.Select(Outcome).ToList();
        Documents.RemoveAll(d => d.Shown.IsDraft && batch.Items.Any(i => i.DestinationId == d.Shown.DestinationId));
        return new(outcomes, "request", "response");
    }

    public DestinationAnswer Book(CreateBatch batch, Func<Document, PostingOutcome?> refuse) =>
        new([.. batch.Documents.Select(d => refuse(d) ?? Book(d, batch.AsDraft))], "request", "response");

    public DestinationAnswer MakeFinal(FinalizeBatch batch)
    {
        foreach (var (_, id) in batch.Items) Change(id, d => d with { Standing = DocumentStanding.Final });
        return new([.. batch.Items.Select(i => new PostingOutcome.Posted(i.Reference, i.DestinationId))], "request", "response");
    }

    /// <summary>Somebody changes a document by hand.</summary>
    public void Change(string id, Func<DestinationDocument, DestinationDocument> change)
    {
        var at = Documents.FindIndex(d => d.Shown.DestinationId == id);
        Documents[at] = Documents[at] with { Shown = change(Documents[at].Shown) };
    }

    /// <summary>What a client owes in a currency: invoices less credit notes.</summary>
    public decimal Owed(string client, string currency = "USD") =>
        Documents.Select(d => d.Shown).Where(d => d.Client == client && d.Total.Currency.Code == currency).Sum(d => d.Type == DocumentType.CreditNote ? -d.Total.Amount : d.Total.Amount);

    private PostingOutcome.Posted Book(Document document, bool asDraft)
    {
        _booked = Math.Max(_booked, Documents.Count) + 1;
        var id = string.Create(CultureInfo.InvariantCulture, $"doc-{_booked}");
        var shown = new DestinationDocument(document.Reference, id, document.DestinationClient, document.Type, document.Net, document.Tax, document.Total, asDraft ? DocumentStanding.Draft : DocumentStanding.Final);
        Documents.Add(new BookedEntry(shown, document));
        return new PostingOutcome.Posted(document.Reference, id);
    }

    private static string ShownOf(BookedEntry entry)
    {
        var d = entry.Shown;
        var lines = entry.Content?.Lines.Select(l => $"{l.Quantity} x {l.UnitPrice} = {l.Net}") ?? [];
        return $"{d.Reference} {d.Client} {d.Type} {d.Net} + {d.Tax} = {d.Total}{(d.IsDraft ? " draft" : "")} {entry.Content?.Date:yyyy-MM-dd} [{string.Join("; ", lines)}]";
    }
}
