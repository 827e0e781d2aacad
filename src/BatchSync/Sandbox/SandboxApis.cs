using System.Text;

namespace BatchSync.Sandbox;

/// <summary>Leads a call to the API that its path names, once it has shown the token.</summary>
internal sealed class SandboxApis(TimeApi time, RedmineApi redmine, BooksApi books, AdminApi admin, string token)
{
    public SandboxAnswer Answer(SandboxRequest request)
    {
        // Redmine answers a wrong key in its own way, so it checks for itself.
        if (Under(request, RedmineApi.Root)) return redmine.Answer(request);
        if (!HasToken(request)) return Unauthorized();
        if (Under(request, TimeApi.Root)) return time.Answer(request);
        if (Under(request, BooksApi.Root)) return books.Answer(request);
        if (Under(request, AdminApi.Root)) return admin.Answer(request);
        return SandboxAnswer.Error(404, "unknown_path", $"There is no {request.Path}. APIs: {TimeApi.Root}, {RedmineApi.Root}, {BooksApi.Root}, {AdminApi.Root}.");
    }

    private static bool Under(SandboxRequest request, string root) => request.Path.StartsWith(root, StringComparison.Ordinal);

    private static SandboxAnswer Unauthorized() =>
        SandboxAnswer.Error(401, "unauthorized", "The token is missing or wrong. Send it as 'Authorization: Bearer TOKEN', as 'X-Api-Key: TOKEN' or as the password of Basic.")
            with { Headers = [("WWW-Authenticate", "Bearer")] };

    private bool HasToken(SandboxRequest request)
    {
        if (request.Header("X-Api-Key") is { } key) return key == token;
        var authorization = request.Header("Authorization") ?? "";
        if (authorization.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase)) return authorization["Bearer ".Length..].Trim() == token;
        return authorization.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase) && PasswordOf(authorization["Basic ".Length..].Trim()) == token;
    }

    private static string? PasswordOf(string credentials)
    {
        var bytes = new byte[credentials.Length];
        if (!Convert.TryFromBase64String(credentials, bytes, out var length)) return null;
        var text = Encoding.UTF8.GetString(bytes, 0, length);
        return text.IndexOf(':') is var colon and >= 0 ? text[(colon + 1)..] : null;
    }
}
