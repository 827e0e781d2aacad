using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using BatchSync.Configuration;
using BatchSync.Storage;
using Serilog;

namespace BatchSync.Http;

/// <summary>Finds the gate of an API once it is needed: its settings may be missing where nothing is called.</summary>
/// <exception cref="SettingException">A setting that tells the account is missing.</exception>
internal delegate Task<CallGate> FindGate(CancellationToken cancel);

/// <summary>
/// The gates of one process. Calls with one connector to one account share a gate, and what it knows is stored now and then, when the API has turned a call away, and at the end
/// of a run; never between an answer and what the store says of it.
/// </summary>
internal sealed class CallGates(IStore store, TimeProvider time, ILogger log)
{
    /// <summary>So often at most is stored what no refusal has made worth more: a process that dies loses the counts of so long.</summary>
    public static readonly TimeSpan KeepEvery = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<string, Kept> _gates = new(StringComparer.Ordinal);

    private sealed class Kept(CallGate gate)
    {
        private int _isBeingStored;

        public CallGate Gate => gate;
        public DateTimeOffset At { get; set; }

        public bool TryBegin() => Interlocked.Exchange(ref _isBeingStored, 1) == 0;

        public void End() => Volatile.Write(ref _isBeingStored, 0);
    }

    /// <summary>The gate of a connector with some settings.</summary>
    /// <exception cref="SettingException">A setting that tells the account is missing.</exception>
    public async Task<CallGate> OfAsync(string connector, ApiDefinition api, SettingValues settings, CancellationToken cancel)
    {
        var name = NameOf(connector, api, settings);
        if (_gates.TryGetValue(name.Key, out var known)) return known.Gate;
        var gate = new CallGate(name, api, time) { KeepAsync = () => KeepIfDueAsync(name) };
        if (await store.FindPaceAsync(name.Key, cancel) is { } stored) gate.Recall(stored);
        return _gates.GetOrAdd(name.Key, new Kept(gate) { At = time.GetUtcNow() }).Gate;
    }

    /// <summary>Stores what all of them know.</summary>
    public async Task KeepAsync()
    {
        foreach (var kept in _gates.Values) await KeepAsync(kept);
    }

    /// <summary>Whose calls count together: those with one connector to one address, with the same headers and the same public part of the sign-in. Secrets that change are no part of it.</summary>
    public static PaceName NameOf(string connector, ApiDefinition api, SettingValues settings)
    {
        var account = api.Authentication switch
        {
            Authentication.Basic basic => settings.Resolve(basic.User),
            Authentication.ClientCredentials credentials => settings.Resolve(credentials.Client.Id),
            Authentication.RefreshToken refresh => $"{settings.Resolve(refresh.Client.Id)}\n{(refresh.Account is { } of ? settings.Resolve(of) : "")}",
            _ => "",
        };
        var headers = api.Headers.OrderBy(h => h.Key, StringComparer.Ordinal).Select(h => $"{h.Key}: {settings.Resolve(h.Value)}");
        var identity = string.Join('\n', [settings.Resolve(api.BaseUrl), account, .. headers]);
        return new PaceName($"{connector} {Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(identity)))[..16]}", connector);
    }

    private async Task KeepIfDueAsync(PaceName name)
    {
        var kept = _gates[name.Key];
        if (kept.Gate.WasRefused || time.GetUtcNow() - kept.At >= KeepEvery) await KeepAsync(kept);
    }

    // How fast an API may be asked is worth no run: where it cannot be stored, the next one finds out for itself.
    private async Task KeepAsync(Kept kept)
    {
        if (!kept.TryBegin()) return;
        try
        {
            kept.At = time.GetUtcNow();
            kept.Gate.Learn(await store.SavePaceAsync(kept.Gate.Name, kept.Gate.Memory(), CancellationToken.None));
        }
        catch (StoreException e)
        {
            log.Warning("What is known of the pace of {Connector} could not be stored: {Reason}", kept.Gate.Name.Connector, e.Message);
        }
        finally
        {
            kept.End();
        }
    }
}
