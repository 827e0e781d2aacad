using System.Globalization;
using System.Text.Json;
using BatchSync.Core.Amounts;

namespace BatchSync.Sandbox;

/// <summary>What became of one item of a call.</summary>
/// <param name="Reference">Of a create; empty where the item had none, and of other calls.</param>
/// <param name="Id">Null where nothing was made.</param>
/// <param name="Status"><c>created</c>, <c>duplicate</c>, <c>final</c>, <c>deleted</c>, <c>gone</c> or <c>rejected</c>.</param>
internal sealed record ItemOutcome(string Reference, string? Id, string Status, ItemError? Error);

/// <summary>
/// One accepted change to the books: one line of the state file, so that documents and the answer that an idempotency key replays are kept
/// together or not at all.
/// </summary>
internal abstract record BooksEntry
{
    private BooksEntry() { }

    /// <summary>
    /// <c>{"op":"create","key":"k1","body":"9f..","created":[{"id":"doc-1","invoice":{...}}],"results":[{"reference":"A","id":"doc-1","status":"created"}]}</c>
    /// </summary>
    /// <param name="Key">The idempotency key; null where the call had none.</param>
    /// <param name="BodyHash">SHA-256 of the call's body, in lower-case hex.</param>
    internal sealed record Create(string? Key, string BodyHash, IReadOnlyList<BookedDocument> Created, IReadOnlyList<ItemOutcome> Outcomes) : BooksEntry;

    /// <summary><c>{"op":"finalize","ids":["doc-1"]}</c></summary>
    internal sealed record Finalize(IReadOnlyList<string> Ids) : BooksEntry;

    /// <summary><c>{"op":"delete","ids":["doc-1"]}</c>: drafts that the API deleted.</summary>
    internal sealed record Delete(IReadOnlyList<string> Ids) : BooksEntry;

    /// <summary><c>{"op":"set","id":"doc-1","status":"part_paid","paid":50.00,"net":100.00,"tax":8.00}</c>: what a person made of a document.</summary>
    internal sealed record Set(string Id, BookStatus Status, decimal Paid, decimal Net, decimal Tax) : BooksEntry
    {
        public static Set Of(BookedDocument document) => new(document.Id, document.Status, document.Paid.Amount, document.Invoice.Net.Amount, document.Invoice.Tax.Amount);

        /// <summary>The document as the person left it.</summary>
        public BookedDocument Apply(BookedDocument document)
        {
            Money Of(decimal amount) => Money.Round(amount, document.Invoice.Currency, RoundingMode.Down);
            return document with { Status = Status, Paid = Of(Paid), Invoice = document.Invoice.WithAmounts(Of(Net), Of(Tax)) };
        }
    }

    /// <summary><c>{"op":"lock","through":"2026-10-31"}</c>, or null where the lock was taken away.</summary>
    internal sealed record LockThrough(DateOnly? Day) : BooksEntry;

    /// <summary>The entry as JSON on one line, without its line feed.</summary>
    public ReadOnlyMemory<byte> ToJson() => SandboxAnswer.JsonBody(writer =>
    {
        writer.WriteStartObject();
        Write(writer);
        writer.WriteEndObject();
    });

    /// <summary>Reads a line of a state file.</summary>
    /// <exception cref="FormatException">The line is no entry.</exception>
    public static BooksEntry Parse(ReadOnlyMemory<byte> line)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            var root = document.RootElement;
            return root.GetProperty("op").GetString() switch
            {
                "create" => ReadCreate(root),
                "finalize" => new Finalize([.. root.GetProperty("ids").EnumerateArray().Select(i => i.GetString()!)]),
                "delete" => new Delete([.. root.GetProperty("ids").EnumerateArray().Select(i => i.GetString()!)]),
                "set" => new Set(
                    root.GetProperty("id").GetString()!, StatusOf(root.GetProperty("status").GetString()!),
                    root.GetProperty("paid").GetDecimal(), root.GetProperty("net").GetDecimal(), root.GetProperty("tax").GetDecimal()),
                "lock" => new LockThrough(root.GetProperty("through").GetString() is { } day ? DateOnly.ParseExact(day, "yyyy-MM-dd", CultureInfo.InvariantCulture) : null),
                var op => throw new FormatException($"'{op}' is no entry; known are create, finalize, delete, set and lock."),
            };
        }
        catch (Exception failure) when (failure is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new FormatException("not an entry of a sandbox's state file.", failure);
        }
    }

    private void Write(Utf8JsonWriter writer)
    {
        switch (this)
        {
            case Create create:
                WriteCreate(writer, create);
                break;
            case Finalize finalize:
                WriteIds(writer, "finalize", finalize.Ids);
                break;
            case Delete delete:
                WriteIds(writer, "delete", delete.Ids);
                break;
            case Set set:
                WriteSet(writer, set);
                break;
            case LockThrough @lock:
                writer.WriteString("op", "lock");
                writer.WriteString("through", @lock.Day?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
                break;
            default:
                throw new InvalidOperationException("An entry outside the family.");
        }
    }

    private static void WriteCreate(Utf8JsonWriter writer, Create create)
    {
        writer.WriteString("op", "create");
        writer.WriteString("key", create.Key);
        writer.WriteString("body", create.BodyHash);
        writer.WriteStartArray("created");
        foreach (var document in create.Created)
        {
            writer.WriteStartObject();
            writer.WriteString("id", document.Id);
            writer.WritePropertyName("invoice");
            writer.WriteRawValue(document.Invoice.Json.Span, skipInputValidation: true);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteStartArray("results");
        foreach (var outcome in create.Outcomes) WriteOutcome(writer, outcome);
        writer.WriteEndArray();
    }

    private static void WriteIds(Utf8JsonWriter writer, string op, IReadOnlyList<string> ids)
    {
        writer.WriteString("op", op);
        writer.WriteStartArray("ids");
        foreach (var id in ids) writer.WriteStringValue(id);
        writer.WriteEndArray();
    }

    private static void WriteSet(Utf8JsonWriter writer, Set set)
    {
        writer.WriteString("op", "set");
        writer.WriteString("id", set.Id);
        writer.WriteString("status", BookedDocument.NameOf(set.Status));
        writer.WriteNumber("paid", set.Paid);
        writer.WriteNumber("net", set.Net);
        writer.WriteNumber("tax", set.Tax);
    }

    private static BookStatus StatusOf(string name) =>
        Enum.GetValues<BookStatus>().Where(s => BookedDocument.NameOf(s) == name).Cast<BookStatus?>().FirstOrDefault() ?? throw new FormatException($"'{name}' is no status of a document.");

    private static void WriteOutcome(Utf8JsonWriter writer, ItemOutcome outcome)
    {
        writer.WriteStartObject();
        writer.WriteString("reference", outcome.Reference);
        writer.WriteString("id", outcome.Id);
        writer.WriteString("status", outcome.Status);
        if (outcome.Error is { } error)
        {
            writer.WriteString("code", error.Code);
            writer.WriteString("message", error.Message);
        }

        writer.WriteEndObject();
    }

    private static Create ReadCreate(JsonElement root) => new(
        root.GetProperty("key").GetString(),
        root.GetProperty("body").GetString()!,
        [.. root.GetProperty("created").EnumerateArray().Select(ReadDocument)],
        [.. root.GetProperty("results").EnumerateArray().Select(ReadOutcome)]);

    private static BookedDocument ReadDocument(JsonElement element)
    {
        var (invoice, error) = InvoiceReader.Read(element.GetProperty("invoice"));
        if (invoice is null) throw new FormatException($"a document that these books would refuse: {error!.Message}");
        return new(element.GetProperty("id").GetString()!, invoice, invoice.IsDraft ? BookStatus.Draft : BookStatus.Final, Money.Zero(invoice.Currency));
    }

    private static ItemOutcome ReadOutcome(JsonElement element) => new(
        element.GetProperty("reference").GetString()!,
        element.GetProperty("id").GetString(),
        element.GetProperty("status").GetString()!,
        element.TryGetProperty("code", out var code) ? new ItemError(code.GetString()!, element.GetProperty("message").GetString()!) : null);
}
