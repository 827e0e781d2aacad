using BatchSync.Configuration;
using BatchSync.Http;
using Serilog;

namespace BatchSync.Tests.Http;

/// <summary>Clients and settings for tests of what calls an API. The bearer token is <c>s3cret-token</c>.</summary>
internal static class Api
{
    public const string Token = "s3cret-token";
    public const string BaseUrl = "https://api.example.com/v2";

    public static readonly Authentication Bearer = new Authentication.Bearer(new ValueReference("setting:token"));

    public static ApiDefinition Definition(string baseUrl = BaseUrl, int attempts = 3, double timeoutSeconds = 100, Authentication? authentication = null) => new(
        new ValueReference(baseUrl), authentication ?? Bearer, new Dictionary<string, ValueReference> { ["X-Account"] = new("42") },
        TimeSpan.FromSeconds(timeoutSeconds), attempts, TimeSpan.FromSeconds(30));

    public static SettingValues Settings() => new(
        new Dictionary<string, ValueReference> { ["token"] = new("env:API_TOKEN") }, Path.GetTempPath(), name => name == "API_TOKEN" ? Token : null);

    public static ApiClient Client(HttpMessageHandler? handler, TimeProvider? time = null, ApiDefinition? definition = null, ILogger? log = null) =>
        new(definition ?? Definition(), Settings(), handler, null, time ?? TimeProvider.System, log ?? Serilog.Core.Logger.None);

    public static ApiRequest Post(string path = "/documents") =>
        new(HttpMethod.Post, path, "{}"u8.ToArray(), new Dictionary<string, string> { ["Idempotency-Key"] = "k1" }, IsRepeatable: false);
}
