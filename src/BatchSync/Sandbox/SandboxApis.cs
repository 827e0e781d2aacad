using System.Text;

namespace BatchSync.Sandbox;

/// <summary>Leads a call to the API that its path names, once it has shown the token.</summary>
internal sealed class SandboxApis(TimeApi time, RedmineApi redmine, OAuthApi oauth, SandboxCompanies companies, AdminApi admin, string token)
{
    /// <summary>Followed by a company's id and the path of its API: <c>/companies/de/books/v1/invoices</c>.</summary>
    public const string CompaniesRoot = "/companies/";

    public SandboxAnswer Answer(SandboxRequest request)
    {
        // Redmine answers a wrong key in its own way, so it checks for itself.
        if (Under(request, RedmineApi.Root)) return redmine.Answer(request);
        // Whoever asks for a token has none yet.
        if (Under(request, OAuthApi.Root)) return oauth.Answer(request);
        if (!HasToken(request)) return Unauthorized();
        if (Under(request, TimeApi.Root)) return time.Answer(request);
        if (Under(request, BooksApi.Root)) return new BooksApi(companies.Default).Answer(request);
        if (Under(request, CompaniesRoot)) return OfCompany(request);
        if (Under(request, AdminApi.Root)) return admin.Answer(request);
        return SandboxAnswer.Error(404, "unknown_path", $"There is no {request.Path}. APIs: {TimeApi.Root}, {RedmineApi.Root}, {OAuthApi.Root}, {BooksApi.Root}, {CompaniesRoot}ID{BooksApi.Root}, {AdminApi.Root}.");
    }

    private SandboxAnswer OfCompany(SandboxRequest request)
    {
        var path = request.Path[CompaniesRoot.Length..];
        var id = path.Split('/')[0];
        if (!companies.TryGet(id, out var books))
            return SandboxAnswer.Error(404, "unknown_company", $"There is no company '{id}'. Companies: {string.Join(", ", companies.All.Select(b => b.Company.Id))}; companies.json among the rows adds some.");
        var own = request with { Path = path[id.Length..] };
        return Under(own, BooksApi.Root) ? new BooksApi(books).Answer(own) : SandboxAnswer.Error(404, "unknown_path", $"There is no {request.Path}. The API of this company: {CompaniesRoot}{id}{BooksApi.Root}.");
    }

    private static bool Under(SandboxRequest request, string root) => request.Path.StartsWith(root, StringComparison.Ordinal);

    private static SandboxAnswer Unauthorized() =>
        SandboxAnswer.Error(401, "unauthorized", "The token is missing or wrong. Send it as 'Authorization: Bearer TOKEN', as 'X-Api-Key: TOKEN' or as the password of Basic.")
            with { Headers = [("WWW-Authenticate", "Bearer")] };

    private bool HasToken(SandboxRequest request)
    {
        if (request.Header("X-Api-Key") is { } key) return key == token;
        var authorization = request.Header("Authorization") ?? "";
        if (authorization.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase)) return IsBearer(authorization["Bearer ".Length..].Trim());
        return authorization.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase) && PasswordOf(authorization["Basic ".Length..].Trim()) == token;
    }

    private bool IsBearer(string bearer) => bearer == token || oauth.Takes(bearer);

    private static string? PasswordOf(string credentials)
    {
        var bytes = new byte[credentials.Length];
        if (!Convert.TryFromBase64String(credentials, bytes, out var length)) return null;
        var text = Encoding.UTF8.GetString(bytes, 0, length);
        return text.IndexOf(':') is var colon and >= 0 ? text[(colon + 1)..] : null;
    }
}
