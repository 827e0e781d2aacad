using System.Text.Json.Nodes;
using BatchSync.Alerts;
using BatchSync.Configuration;
using BatchSync.Core.Alerting;
using BatchSync.Core.Sources;
using BatchSync.Http;
using BatchSync.Storage;
using BatchSync.Tests.Running;
using BatchSync.Tests.Support;

namespace BatchSync.Tests.Alerts;

/// <summary>A firm with a receiver of alerts beside it, which may be away.</summary>
internal sealed class WatchedFirm : IAsyncDisposable
{
    public const string Hook = "https://chat.example.com/hooks/T0-very-secret?channel=books";
    public const string Heart = "https://beats.example.com/ping/1234-secret";

    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(8);
    private static readonly Dictionary<string, string> Environment = new() { ["HOOK"] = Hook, ["HEART"] = Heart, ["HOOK_KEY"] = "key-of-the-hook" };
    private static readonly Dictionary<string, ValueReference> NoSettings = [];

    private readonly FakeHandler _network;

    private WatchedFirm(Firm firm)
    {
        Firm = firm;
        _network = new FakeHandler((_, request) => Answer(request));
        firm.Alerts = Watch = WatchOn(firm.Store);
    }

    public Firm Firm { get; }

    public AlertWatch Watch { get; }

    /// <summary>What the receiver does with a call; null: it takes it.</summary>
    public Func<HttpRequestMessage, HttpResponseMessage>? OnCall { get; set; }

    /// <summary>What the receiver took, in order: <c>failure raised</c>.</summary>
    public List<string> Told { get; } = [];

    public List<JsonObject> Notices { get; } = [];

    /// <summary>How often a sign of life came.</summary>
    public int Beats { get; private set; }

    /// <param name="alerts">Null: a webhook that is told of everything.</param>
    public static async Task<WatchedFirm> OpenAsync(AlertDefinition? alerts = null, params SourceRecord[] records)
    {
        var firm = await Firm.OpenAsync(records);
        return On(firm, alerts);
    }

    /// <summary>A firm that nobody has looked at before.</summary>
    public static WatchedFirm On(Firm firm, AlertDefinition? alerts = null)
    {
        firm.Job = firm.Job with { Alerts = alerts ?? Everything };
        return new WatchedFirm(firm);
    }

    public static AlertDefinition Everything { get; } = new([ToHook(Enum.GetValues<AlertKind>())], 0, 0, TimeSpan.FromHours(2), null);

    public static AlertRoute ToHook(params IReadOnlyList<AlertKind> on) => new AlertRoute.Webhook(on, new ValueReference("env:HOOK"), new Dictionary<string, ValueReference> { ["X-Key"] = new("env:HOOK_KEY") });

    public static AlertRoute ToFolder(string folder) =>
        new AlertRoute.Email(Enum.GetValues<AlertKind>(), new EmailDefinition(["oncall@example.com"], "batchsync@example.com", EmailWhen.Always, 5_000_000, null, folder) { Field = "alerts.routes.email" });

    /// <summary>One that works on a store of its own, as another process would.</summary>
    public AlertWatch WatchOn(IStore store) => new(store, new AlertPost(new SettingValues(NoSettings, ".", Environment.GetValueOrDefault), _network, Firm.Time), Firm.Time, Serilog.Core.Logger.None);

    /// <summary>A look by itself, as <c>serve</c> makes one now and then.</summary>
    public Task<AlertLook?> LookAsync() => Firm.Time.RunAsync(Watch.LookAsync(Firm.Job, TimeSpan.Zero, CancellationToken.None), LongestWait);

    public Task<IReadOnlyList<AlertRow>> OpenAlertsAsync() => Firm.Store.ListAlertsAsync(null, resolvedSince: null, CancellationToken.None);

    public ValueTask DisposeAsync()
    {
        _network.Dispose();
        return Firm.DisposeAsync();
    }

    private HttpResponseMessage Answer(HttpRequestMessage request)
    {
        if (OnCall?.Invoke(request) is { IsSuccessStatusCode: false } refusal) return refusal;
        if (request.RequestUri!.AbsoluteUri == Heart) Beats++;
        else Keep(request);
        return FakeHandler.Status(204);
    }

    private void Keep(HttpRequestMessage request)
    {
        var notice = JsonNode.Parse(request.Content!.ReadAsStream())!.AsObject();
        Notices.Add(notice);
        Told.Add($"{notice["kind"]} {notice["state"]}");
    }
}
