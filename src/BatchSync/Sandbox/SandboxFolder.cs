using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.RegularExpressions;
using BatchSync.Core.Amounts;

namespace BatchSync.Sandbox;

/// <summary>A row of a file; a removed one takes away what stands under its id.</summary>
/// <param name="DeletedAt">With a removed row: when, where the row says it.</param>
internal sealed record FolderRow(string Stream, SandboxRow Row, bool IsDeleted, DateTimeOffset? DeletedAt);

/// <summary>
/// What the files of a folder say. Each <c>*.json</c> directly in it is an object with one list of rows a stream, any shape, each row with an
/// <c>id</c>: <c>{"time_entries":[{"id":5,"hours":1.25}, {"id":6,"_deleted":true}]}</c>; other properties (<c>total_count</c>) are passed over.
/// Files are read in ordinal order, a later row of an id replaces the earlier one. <c>_deleted</c> takes a row out of the pages; a source that only marks what it
/// deleted has a row with a mark of its own (<c>"is_deleted":true</c>). Two files are different: <c>customers.json</c>, <c>{"customers":["58"]}</c>, lists the customers
/// that the books know, and <c>companies.json</c>, <c>{"companies":[{"id":"de","name":"Kontor GmbH","base_currency":"EUR","locked_through":"2026-09-30"}]}</c>, companies
/// beside the default one (<c>sandbox-co</c>, which may be listed too): all but <c>id</c> may be left out, <c>"locked_through":null</c> takes the lock away.
/// </summary>
/// <param name="Customers">Null where the folder has no <c>customers.json</c>.</param>
internal sealed partial record SandboxFolder(IReadOnlyList<FolderRow> Rows, IReadOnlyList<string>? Customers, IReadOnlyList<CompanyRow> Companies)
{
    private const string CustomersFile = "customers.json";
    private const string CompaniesFile = "companies.json";
    private static readonly string[] DateFields = ["spent_date", "spent_on", "date"];
    private static readonly string[] ReservedStreams = ["account", "deletions"];

    /// <summary>Reads the whole folder.</summary>
    /// <exception cref="SandboxSetupException">The folder is missing or files cannot be used; all of them are listed.</exception>
    public static SandboxFolder Read(string folder)
    {
        if (!Directory.Exists(folder)) throw new SandboxSetupException($"The folder '{folder}' of the sandbox's rows does not exist. Make it, or name another.");
        var rows = new List<FolderRow>();
        var problems = new List<string>();
        List<string>? customers = null;
        var companies = new List<CompanyRow>();
        foreach (var path in Directory.EnumerateFiles(folder, "*.json").Order(StringComparer.Ordinal))
        {
            using var document = ReadJson(path, problems);
            if (document is null) continue;
            if (Path.GetFileName(path) == CustomersFile) customers = ReadCustomers(path, document.RootElement, problems);
            else if (Path.GetFileName(path) == CompaniesFile) ReadCompanies(path, document.RootElement, companies, problems);
            else ReadRows(path, document.RootElement, rows, problems);
        }

        return problems.Count == 0 ? new(rows, customers, companies) : throw new SandboxSetupException(problems);
    }

    private static JsonDocument? ReadJson(string path, List<string> problems)
    {
        try
        {
            var bytes = File.ReadAllBytes(path).AsMemory();
            if (bytes.Span.StartsWith("\uFEFF"u8)) bytes = bytes[3..];
            return JsonDocument.Parse(bytes);
        }
        catch (JsonException failure)
        {
            problems.Add($"{path}:{failure.LineNumber + 1}:{failure.BytePositionInLine + 1}: no JSON. A file of rows is an object with one list a stream.");
            return null;
        }
    }

    private static List<string> ReadCustomers(string path, JsonElement root, List<string> problems)
    {
        if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("customers", out var list) && list.ValueKind == JsonValueKind.Array
            && list.EnumerateArray().All(c => IdOf(c) is not null))
        {
            return [.. list.EnumerateArray().Select(c => IdOf(c)!)];
        }

        problems.Add($"{path}: not a list of customers. Write {{\"customers\":[\"58\"]}}, ids as texts or numbers.");
        return [];
    }

    private static void ReadCompanies(string path, JsonElement root, List<CompanyRow> companies, List<string> problems)
    {
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("companies", out var list) || list.ValueKind != JsonValueKind.Array)
        {
            problems.Add($"{path}: not a list of companies. Write {{\"companies\":[{{\"id\":\"de\",\"base_currency\":\"EUR\"}}]}}.");
            return;
        }

        foreach (var (row, index) in list.EnumerateArray().Select((row, index) => (row, index)))
        {
            if (ReadCompany(row) is { } company) companies.Add(company);
            else problems.Add($"{path}: company {index + 1} cannot be read. It needs an id of lower-case letters, digits and hyphens; base_currency is an ISO 4217 code, locked_through a date such as 2026-09-30 or null.");
        }
    }

    private static CompanyRow? ReadCompany(JsonElement row)
    {
        if (row.ValueKind != JsonValueKind.Object || TextOf(row, "id") is not { } id || !CompanyId().IsMatch(id)) return null;
        Currency? baseCurrency = null;
        if (row.TryGetProperty("base_currency", out _))
        {
            if (!Currency.TryOf(TextOf(row, "base_currency") ?? "", out var currency)) return null;
            baseCurrency = currency;
        }

        var company = new Company(id, TextOf(row, "name") ?? (id == Company.Default.Id ? Company.Default.Name : id), baseCurrency);
        if (!row.TryGetProperty("locked_through", out var locked) || locked.ValueKind == JsonValueKind.Null) return new(company, row.TryGetProperty("locked_through", out _), null);
        return SandboxRequest.TryDate(TextOf(row, "locked_through"), out var day) ? new(company, true, day) : null;
    }

    [GeneratedRegex(@"^[a-z0-9][a-z0-9-]{0,31}\z")]
    private static partial Regex CompanyId();

    private static void ReadRows(string path, JsonElement root, List<FolderRow> rows, List<string> problems)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            problems.Add($"{path}: holds {Kind(root)}. A file of rows is an object with one list a stream, such as {{\"time_entries\":[...]}}.");
            return;
        }

        foreach (var stream in root.EnumerateObject().Where(p => p.Value.ValueKind == JsonValueKind.Array))
        {
            if (ReservedStreams.Contains(stream.Name)) problems.Add($"{path}: '{stream.Name}' is the name of a call and cannot be a stream. Name the list otherwise.");
            else ReadStream(path, stream, rows, problems);
        }
    }

    private static void ReadStream(string path, JsonProperty stream, List<FolderRow> rows, List<string> problems)
    {
        var position = 0;
        foreach (var row in stream.Value.EnumerateArray())
        {
            position++;
            var id = row.ValueKind == JsonValueKind.Object && row.TryGetProperty("id", out var value) ? IdOf(value) : null;
            if (id is null) problems.Add($"{path}: row {position} of '{stream.Name}' is {Kind(row)} without an id. Give every row an 'id', a text or a number.");
            else rows.Add(RowOf(stream.Name, new RowId(id), row));
        }
    }

    private static FolderRow RowOf(string stream, RowId id, JsonElement row)
    {
        var date = DateFields.Select(f => TextOf(row, f)).FirstOrDefault(t => t is not null);
        var read = new SandboxRow(id, JsonMarshal.GetRawUtf8Value(row).ToArray(), InstantOf(row, "updated_at"), DateOf(date));
        var isDeleted = row.TryGetProperty("_deleted", out var deleted) && deleted.ValueKind == JsonValueKind.True;
        return new(stream, read, isDeleted, InstantOf(row, "deleted_at") ?? read.UpdatedAt);
    }

    // A row may name an instant as its date; its first ten characters are the date that the source means.
    private static DateOnly? DateOf(string? text) => SandboxRequest.TryDate(text?.Length > 10 ? text[..10] : text, out var date) ? date : null;

    private static DateTimeOffset? InstantOf(JsonElement row, string field) => SandboxRequest.TryInstant(TextOf(row, field), out var instant) ? instant : null;

    private static string? TextOf(JsonElement row, string field) =>
        row.TryGetProperty(field, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static string? IdOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number => value.GetRawText(),
        JsonValueKind.String when value.GetString() is { Length: > 0 } text => text,
        _ => null,
    };

    private static string Kind(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.String => "a text",
        JsonValueKind.Number => "a number",
        _ => element.GetRawText(),
    };
}
