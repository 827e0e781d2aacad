using System.Text;

namespace BatchSync.Sandbox;

/// <summary>
/// The sandbox's own calls, <c>/_sandbox</c>: another fault script, more rows, what was asked, what the books hold. No fault befalls them and
/// they are not counted.
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
        ("GET", "requests") => Requests(),
        ("GET", "books") => SandboxAnswer.Json(200, writer => LedgerJson.Write(writer, server.Books.Ledger())),
        _ => SandboxAnswer.Error(404, "unknown_path", $"There is no {request.Method} {request.Path}. Calls: POST faults, POST load?folder=, GET requests, GET books under {Root}."),
    };

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
