using System.Text.Json;

namespace BatchSync.Sandbox;

/// <summary>What became of one item of a call.</summary>
/// <param name="Reference">Of a create; empty where the item had none, and of a finalize.</param>
/// <param name="Id">Null where nothing was made.</param>
/// <param name="Status"><c>created</c>, <c>duplicate</c>, <c>final</c> or <c>rejected</c>.</param>
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

    /// <summary>The entry as JSON on one line, without its line feed.</summary>
    public ReadOnlyMemory<byte> ToJson() => SandboxAnswer.JsonBody(writer =>
    {
        writer.WriteStartObject();
        if (this is Create create) WriteCreate(writer, create);
        else WriteFinalize(writer, (Finalize)this);
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
                var op => throw new FormatException($"'{op}' is no entry; known are create and finalize."),
            };
        }
        catch (Exception failure) when (failure is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new FormatException("not an entry of a sandbox's state file.", failure);
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

    private static void WriteFinalize(Utf8JsonWriter writer, Finalize finalize)
    {
        writer.WriteString("op", "finalize");
        writer.WriteStartArray("ids");
        foreach (var id in finalize.Ids) writer.WriteStringValue(id);
        writer.WriteEndArray();
    }

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
        return new(element.GetProperty("id").GetString()!, invoice, !invoice.IsDraft);
    }

    private static ItemOutcome ReadOutcome(JsonElement element) => new(
        element.GetProperty("reference").GetString()!,
        element.GetProperty("id").GetString(),
        element.GetProperty("status").GetString()!,
        element.TryGetProperty("code", out var code) ? new ItemError(code.GetString()!, element.GetProperty("message").GetString()!) : null);
}
