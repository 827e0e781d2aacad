using BatchSync.Configuration;
using BatchSync.Core.Billing;
using BatchSync.Core.Posting;
using BatchSync.Destinations;
using BatchSync.Destinations.Rest;
using BatchSync.Tests.Http;

namespace BatchSync.Tests.Destinations;

/// <summary>A connector to an accounting API of the sandbox's shape, with nested fields, and destinations that use it.</summary>
internal static class Books
{
    public static readonly RestDestinationDefinition Definition = new(
        new CompanyCall("/company", "company.id", "company.environment"),
        new CreateCall(
            "/invoices/bulk", "invoices", BatchSize: 8, DraftField: "status", DraftValue: "draft", FinalValue: "final",
            "results", "reference", "id", "status", ["created"], ["duplicate"], "error.code", "error.message"),
        new LookUpCall(
            "/invoices", "references", ",", BatchSize: 2, "invoices",
            new Dictionary<string, string>
            {
                ["reference"] = "reference", ["id"] = "id", ["client"] = "customer.id", ["type"] = "type", ["currency"] = "currency",
                ["net"] = "net", ["tax"] = "tax", ["total"] = "total", ["status"] = "status",
            },
            new StatusValues(["draft"], ["part_paid"], ["paid"], ["void", "deleted"])),
        new FinalizeCall("/invoices/finalize", "ids", "results", "id", "status", ["final"], "error.code", "error.message"),
        IdempotencyHeader: "Idempotency-Key",
        new Dictionary<string, string>
        {
            ["reference"] = "reference", ["type"] = "type", ["customer.id"] = "client", ["customer.name"] = "clientName", ["date"] = "date", ["due_date"] = "due",
            ["currency"] = "currency", ["net"] = "net", ["tax"] = "tax", ["total"] = "total",
        },
        LinesField: "lines",
        new Dictionary<string, string>
        {
            ["n"] = "number", ["description"] = "description", ["quantity"] = "quantity", ["unit_price"] = "unitPrice", ["account"] = "account", ["item.ref"] = "item",
            ["tax_code"] = "taxCode", ["amount"] = "net", ["tax"] = "tax", ["gross"] = "total",
        },
        TaxesField: "taxes",
        new Dictionary<string, string> { ["tax_code"] = "taxCode", ["component"] = "component", ["rate"] = "rate", ["amount"] = "amount" },
        "invoice", "credit_note", ReferenceLength: 26, QuantityDecimals: 4, TimeSpan.FromSeconds(60))
    {
        Withdraw = new WithdrawCall("/invoices/delete", "ids", "results", "id", "status", ["deleted"], ["gone"], "error.code", "error.message"),
    };

    public static RestDestination At(HttpMessageHandler? handler, RestDestinationDefinition? definition = null, ApiDefinition? api = null, TimeProvider? time = null) => new(
        new DestinationConnector.Rest("books", api ?? Api.Definition(), definition ?? Definition), Api.Settings(), handler, null, time ?? TimeProvider.System, Serilog.Core.Logger.None);

    public static CreateBatch Batch(params Document[] documents) => new(IdempotencyKey.Of(documents.Select(d => d.Reference), null), documents, AsDraft: true);

    /// <summary>Documents in the order of their references.</summary>
    public static Document[] Documents(int count) =>
        [.. Enumerable.Range(1, count).Select(i => SomeDocument.Of(revision: i)).OrderBy(d => d.Reference, StringComparer.Ordinal)];

    /// <summary>One outcome a word: <c>Posted 7</c>, <c>Rejected code</c>, <c>NotTaken</c>, <c>Unknown</c>.</summary>
    public static string Shown(PostingOutcome outcome) => outcome.Match(
        posted => "Posted " + posted.DestinationId, already => "AlreadyPosted " + already.DestinationId, rejected => "Rejected " + rejected.Code, together => "RefusedTogether " + together.Code, _ => "NotTaken", _ => "Unknown");
}
