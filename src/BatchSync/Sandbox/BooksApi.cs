using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;

namespace BatchSync.Sandbox;

/// <summary>The accounting API, <c>/books/v1</c>: a company, bulk create with an outcome for each item inside HTTP 200, look-up, finalize, delete of drafts, ledger.</summary>
internal sealed class BooksApi(SandboxBooks books)
{
    public const string Root = "/books/v1/";
    public const string KeyHeader = "Idempotency-Key";
    public const string ReplayedHeader = "Idempotent-Replayed";
    public const int LargestCall = 100;
    public const int KeyLength = 255;

    public SandboxAnswer Answer(SandboxRequest request) => (request.Method, request.Path[Root.Length..]) switch
    {
        ("GET", "company") => Company(),
        ("POST", "invoices/bulk") => Create(request),
        ("GET", "invoices") => LookUp(request),
        ("POST", "invoices/finalize") => ById(request, books.Finalize),
        ("POST", "invoices/delete") => ById(request, books.Delete),
        ("GET", "ledger") => SandboxAnswer.Json(200, writer => LedgerJson.Write(writer, books.Ledger())),
        (_, "company" or "invoices/bulk" or "invoices" or "invoices/finalize" or "invoices/delete" or "ledger") =>
            SandboxAnswer.Error(405, "method_not_allowed", $"{request.Path} does not take {request.Method}."),
        _ => SandboxAnswer.Error(404, "unknown_path", $"There is no {request.Path}. Paths: company, invoices/bulk, invoices, invoices/finalize, invoices/delete, ledger under {Root}."),
    };

    private SandboxAnswer Company() => SandboxAnswer.Json(200, writer =>
    {
        writer.WriteStartObject();
        writer.WriteStartObject("company");
        writer.WriteString("id", books.Company.Id);
        writer.WriteString("name", books.Company.Name);
        writer.WriteString("environment", "sandbox");
        writer.WriteString("base_currency", books.Company.BaseCurrency?.Code);
        writer.WriteString("locked_through", books.LockedThrough?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        writer.WriteEndObject();
        writer.WriteEndObject();
    });

    private SandboxAnswer Create(SandboxRequest request)
    {
        var key = request.Header(KeyHeader);
        if (key?.Length is 0 or > KeyLength) return SandboxAnswer.Error(422, "invalid_key", $"{KeyHeader} has {key.Length} characters; allowed are 1 to {KeyLength}.");
        using var body = ReadList(request, "invoices", out var items, out var refusal);
        if (items is null) return refusal!;
        return Carried(() =>
        {
            var answer = books.Create(items, key, Convert.ToHexStringLower(SHA256.HashData(request.Body.Span)), request.RefusedItems);
            if (answer.Result == CreateResult.KeyConflict) return SandboxAnswer.Error(409, "key_conflict", $"{KeyHeader} '{key}' came before with another body. Send the same body, or another key.");
            var results = Results(answer.Outcomes, hasReference: true);
            return answer.Result == CreateResult.Replayed ? results with { Headers = [(ReplayedHeader, "true")] } : results;
        });
    }

    private static SandboxAnswer ById(SandboxRequest request, Func<IReadOnlyList<string>, IReadOnlySet<int>, IReadOnlyList<ItemOutcome>> call)
    {
        using var body = ReadList(request, "ids", out var items, out var refusal);
        if (items is null) return refusal!;
        if (items.Any(i => i.ValueKind != JsonValueKind.String)) return SandboxAnswer.Error(422, "invalid_ids", "ids are texts, as the create answered them.");
        return Carried(() => Results(call([.. items.Select(i => i.GetString()!)], request.RefusedItems), hasReference: false));
    }

    private SandboxAnswer LookUp(SandboxRequest request)
    {
        var references = request.TryQuery("references", out var text) ? text.Split(',', StringSplitOptions.RemoveEmptyEntries) : [];
        if (references.Length is 0 or > LargestCall) return TooMany("references", references.Length);
        var found = books.Find(references);
        return SandboxAnswer.Json(200, writer =>
        {
            writer.WriteStartObject();
            writer.WriteStartArray("invoices");
            foreach (var document in found) LedgerJson.Write(writer, document);
            writer.WriteEndArray();
            writer.WriteEndObject();
        });
    }

    private static JsonDocument? ReadList(SandboxRequest request, string name, out IReadOnlyList<JsonElement>? items, out SandboxAnswer? refusal)
    {
        (items, refusal) = (null, null);
        if (!TryParse(request.Body, out var body))
        {
            refusal = SandboxAnswer.Error(400, "invalid_json", "The body is no JSON.");
            return null;
        }

        if (body.RootElement.ValueKind != JsonValueKind.Object || !body.RootElement.TryGetProperty(name, out var list) || list.ValueKind != JsonValueKind.Array)
        {
            refusal = SandboxAnswer.Error(422, "invalid_body", $"The body has no list '{name}'.");
        }
        else if (list.GetArrayLength() is 0 or > LargestCall)
        {
            refusal = TooMany(name, list.GetArrayLength());
        }
        else
        {
            items = [.. list.EnumerateArray()];
        }

        return body;
    }

    private static bool TryParse(ReadOnlyMemory<byte> json, [NotNullWhen(true)] out JsonDocument? body)
    {
        try
        {
            body = JsonDocument.Parse(json);
            return true;
        }
        catch (JsonException)
        {
            body = null;
            return false;
        }
    }

    private static SandboxAnswer TooMany(string name, int count) => SandboxAnswer.Error(422, "invalid_count", $"{name} has {count} items; allowed are 1 to {LargestCall} in a call.");

    private static SandboxAnswer Carried(Func<SandboxAnswer> call)
    {
        try
        {
            return call();
        }
        catch (IOException failure)
        {
            return SandboxAnswer.Error(500, "state_file", $"The state file could not be written, nothing was booked: {failure.Message}");
        }
    }

    private static SandboxAnswer Results(IReadOnlyList<ItemOutcome> outcomes, bool hasReference) => SandboxAnswer.Json(200, writer =>
    {
        writer.WriteStartObject();
        writer.WriteStartArray("results");
        foreach (var outcome in outcomes)
        {
            writer.WriteStartObject();
            if (hasReference) writer.WriteString("reference", outcome.Reference);
            writer.WriteString("id", outcome.Id);
            writer.WriteString("status", outcome.Status);
            WriteError(writer, outcome.Error);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    });

    private static void WriteError(Utf8JsonWriter writer, ItemError? error)
    {
        if (error is null)
        {
            writer.WriteNull("error");
            return;
        }

        writer.WriteStartObject("error");
        writer.WriteString("code", error.Code);
        writer.WriteString("message", error.Message);
        writer.WriteEndObject();
    }
}
