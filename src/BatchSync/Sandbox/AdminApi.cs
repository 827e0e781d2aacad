using System.Globalization;
using System.Text;
using System.Text.Json;
using BatchSync.Core.Amounts;

namespace BatchSync.Sandbox;

/// <summary>
/// The sandbox's own calls, <c>/_sandbox</c>: another fault script, more rows, what was asked, what the books hold, and what a person does at the
/// accounting system: pay, void, edit or delete a document, and lock the books. No fault befalls them and they are not counted.
/// </summary>
/// <param name="server">What is steered.</param>
internal sealed class AdminApi(SandboxServer server)
{
    public const string Root = "/_sandbox/";

    public SandboxAnswer Answer(SandboxRequest request) => (request.Method, request.Path[Root.Length..]) switch
    {
        ("POST", "faults") => Setup(() => Count("faults", server.UseFaults(Encoding.UTF8.GetString(request.Body.Span), "request"))),
        ("POST", "load") when request.TryQuery("folder", out var folder) => Setup(() => Count("rows", server.Load(folder))),
        ("POST", "load") => SandboxAnswer.Error(422, "invalid_parameter", "folder is empty; allowed is a folder, absolute or below the data folder."),
        ("POST", "expire-access") => Count("expired", server.ExpireAccess()),
        ("GET", "requests") => Requests(),
        ("GET", "companies") => Companies(),
        (_, "books" or "books/documents" or "books/pay" or "books/void" or "books/edit" or "books/delete" or "books/lock") => OfBooks(request),
        _ => Unknown(request),
    };

    private static SandboxAnswer Unknown(SandboxRequest request) => SandboxAnswer.Error(
        404, "unknown_path",
        $"There is no {request.Method} {request.Path}. Calls: POST faults, POST load?folder=, POST expire-access, GET requests, GET companies, GET books, GET books/documents, POST books/pay?document=[&amount=], "
        + $"books/void?document=, books/edit?document=[&net=][&tax=], books/delete?document=, books/lock?through=DATE|none under {Root}; those of books with &company=ID for another company.");

    private SandboxAnswer OfBooks(SandboxRequest request)
    {
        if (!server.Companies.TryGet(request.TryQuery("company", out var id) ? id : server.Books.Company.Id, out var books))
            return Invalid("company", id!, "one of " + string.Join(", ", server.Companies.All.Select(b => b.Company.Id)));
        return (request.Method, request.Path[Root.Length..]) switch
        {
            ("GET", "books") => SandboxAnswer.Json(200, writer => LedgerJson.Write(writer, books.Ledger())),
            ("GET", "books/documents") => SandboxAnswer.Json(200, writer => LedgerJson.Write(writer, books.Documents(), books.Company.BaseCurrency)),
            ("POST", "books/pay") => ReadAmount(request, "amount", out var amount) ?? Act(request, books, d => ClerkActions.Pay(d, amount)),
            ("POST", "books/void") => Act(request, books, ClerkActions.Void),
            ("POST", "books/edit") => Edit(request, books),
            ("POST", "books/delete") => Act(request, books, ClerkActions.Delete),
            ("POST", "books/lock") => LockThrough(request, books),
            _ => Unknown(request),
        };
    }

    private static SandboxAnswer Edit(SandboxRequest request, SandboxBooks books) =>
        ReadAmount(request, "net", out var net) ?? ReadAmount(request, "tax", out var tax) ?? Act(request, books, d => ClerkActions.Edit(d, net, tax));

    private static SandboxAnswer? ReadAmount(SandboxRequest request, string name, out decimal? amount)
    {
        amount = null;
        if (!request.TryQuery(name, out var text)) return null;
        if (!NumberText.TryParse(text, out var value)) return Invalid(name, text, "a number such as 12.50");
        amount = value;
        return null;
    }

    private static SandboxAnswer Act(SandboxRequest request, SandboxBooks books, Func<BookedDocument, (BookedDocument? Document, ItemError? Error)> action)
    {
        if (!request.TryQuery("document", out var document)) return Invalid("document", "", "the id or reference of a document");
        var (changed, error) = books.Act(document, action);
        return error is not null ? SandboxAnswer.Error(422, error.Code, error.Message) : SandboxAnswer.Json(200, writer => LedgerJson.Write(writer, changed!));
    }

    private static SandboxAnswer LockThrough(SandboxRequest request, SandboxBooks books)
    {
        var through = request.TryQuery("through", out var text) ? text : "";
        DateOnly day = default;
        if (through != "none" && !SandboxRequest.TryDate(through, out day)) return Invalid("through", through, "a date such as 2026-09-30, or none");
        books.LockThrough(through == "none" ? null : day);
        return SandboxAnswer.Json(200, writer => WriteCompany(writer, books));
    }

    private SandboxAnswer Companies() => SandboxAnswer.Json(200, writer =>
    {
        writer.WriteStartObject();
        writer.WriteStartArray("companies");
        foreach (var books in server.Companies.All) WriteCompany(writer, books);
        writer.WriteEndArray();
        writer.WriteEndObject();
    });

    private static void WriteCompany(Utf8JsonWriter writer, SandboxBooks books)
    {
        writer.WriteStartObject();
        writer.WriteString("id", books.Company.Id);
        writer.WriteString("name", books.Company.Name);
        writer.WriteString("base_currency", books.Company.BaseCurrency?.Code);
        writer.WriteString("locked_through", books.LockedThrough?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        writer.WriteEndObject();
    }

    private static SandboxAnswer Invalid(string parameter, string value, string allowed) =>
        SandboxAnswer.Error(422, "invalid_parameter", $"{parameter} is '{value}'; allowed is {allowed}.");

    private static SandboxAnswer Setup(Func<SandboxAnswer> change)
    {
        try
        {
            return change();
        }
        catch (SandboxSetupException failure)
        {
            return SandboxAnswer.Json(422, writer =>
            {
                writer.WriteStartObject();
                writer.WriteStartArray("problems");
                foreach (var problem in failure.Problems) writer.WriteStringValue(problem);
                writer.WriteEndArray();
                writer.WriteEndObject();
            });
        }
    }

    private static SandboxAnswer Count(string of, int count) => SandboxAnswer.Json(200, writer =>
    {
        writer.WriteStartObject();
        writer.WriteNumber(of, count);
        writer.WriteEndObject();
    });

    private SandboxAnswer Requests() => SandboxAnswer.Json(200, writer =>
    {
        writer.WriteStartObject();
        if (server.RefusedByLimit is { } refused) writer.WriteNumber("refused_by_limit", refused);
        writer.WriteStartArray("requests");
        foreach (var (method, path, count) in server.RequestCounts())
        {
            writer.WriteStartObject();
            writer.WriteString("method", method);
            writer.WriteString("path", path);
            writer.WriteNumber("count", count);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    });
}
