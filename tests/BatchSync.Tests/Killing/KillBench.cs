using System.Diagnostics;
using BatchSync.Core.Billing;
using BatchSync.Core.Reconciliation;
using BatchSync.Sandbox;
using BatchSync.Storage;
using BatchSync.Tests.Support;

namespace BatchSync.Tests.Killing;

/// <summary>A small job in a folder of its own, with a store, a sandbox and a proxy of its own: all that runs of it can touch.</summary>
internal sealed class KillBench : IAsyncDisposable
{
    /// <summary>Runs beyond this many at a time would only time each other out.</summary>
    private static readonly SemaphoreSlim Places = new(Math.Max(6, 2 * Environment.ProcessorCount));

    private readonly string _folder;
    private readonly TestStore _store;
    private readonly SandboxServer _sandbox;
    private readonly WatchedProxy _proxy;

    private KillBench(string folder, TestStore store, SandboxServer sandbox, WatchedProxy proxy) => (_folder, _store, _sandbox, _proxy) = (folder, store, sandbox, proxy);

    /// <param name="store">The kind of the store.</param>
    public static async Task<KillBench> StartAsync(string store, int timeout, bool sendsKeys, bool replacesDrafts = false)
    {
        var file = TestStore.Of(store);
        await file.SetUpAsync();
        var folder = Directory.CreateTempSubdirectory("batchsync-kill-").FullName;
        SmallJob.Write(folder, timeout, sendsKeys, replacesDrafts);
        var options = new SandboxOptions(Path.Combine(folder, "rows"), 0, null, null, SandboxOptions.DefaultToken, TimeProvider.System);
        var sandbox = await SandboxServer.StartAsync(options, CancellationToken.None);
        return new KillBench(folder, file, sandbox, await WatchedProxy.StartAsync(sandbox.Address));
    }

    /// <summary>One run of the job by the built program; null: left in peace.</summary>
    public async Task<RunEnd> RunAsync(KillOrder? order)
    {
        await Places.WaitAsync();
        try
        {
            var run = new WatchedRun(order);
            _proxy.Watch(run);
            return await run.ExecuteAsync(Run());
        }
        finally
        {
            Places.Release();
        }
    }

    /// <summary>Two runs of the job that start together, on one store.</summary>
    /// <param name="order">For the first of them.</param>
    public async Task<RunEnd[]> RunTwoAsync(KillOrder? order)
    {
        await Places.WaitAsync();
        try
        {
            var run = new WatchedRun(order);
            _proxy.Watch(run);
            return await Task.WhenAll(run.ExecuteAsync(Run()), new WatchedRun(null).ExecuteAsync(Run()));
        }
        finally
        {
            Places.Release();
        }
    }

    /// <summary>Gives the job two entities, which any host may post, and a schedule; the store is made ready for hosts.</summary>
    public async Task SpreadAsync(string cron)
    {
        SmallJob.Spread(_folder, cron);
        _proxy.Watch(new WatchedRun(null));
        await ToItsEndAsync(_store.TakesClusters ? ["store", "migrate", "--cluster"] : ["store", "migrate"]);
    }

    /// <summary>Starts a host that keeps the schedule, in a cluster where the store takes one.</summary>
    public Process Serve()
    {
        var serve = Command(_store.TakesClusters ? ["serve", "--cluster"] : ["serve"]);
        serve.RedirectStandardOutput = serve.RedirectStandardError = false;
        serve.ArgumentList.Add("--log-level");
        serve.ArgumentList.Add("fatal");
        return Process.Start(serve)!;
    }

    public async Task<IReadOnlyList<OccurrenceRow>> OccurrencesAsync()
    {
        await using var store = _store.Open(TimeProvider.System);
        return await store.ListOccurrencesAsync(SmallJob.Series, 10, CancellationToken.None);
    }

    private async Task ToItsEndAsync(params string[] words)
    {
        using var process = Process.Start(Command(words))!;
        var said = await process.StandardOutput.ReadToEndAsync() + await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{string.Join(' ', words)} ended with {process.ExitCode}: {said}");
    }

    /// <summary>Some entries that were posted become longer.</summary>
    public void EditEntries() => _sandbox.Load(SmallJob.EditedFolder);

    /// <summary>More time entries in periods that were posted.</summary>
    public void AddLateEntries() => _sandbox.Load(SmallJob.LateFolder);

    /// <summary>The sandbox's books as lines: each document once for each time that it is there, and the balances of the accounts.</summary>
    public async Task<IReadOnlyList<string>> BooksAsync()
    {
        await _proxy.SettleAsync();
        var documents = _sandbox.Books.Documents().Select(d => FormattableString.Invariant(
            $"{d.Invoice.Reference} {d.Invoice.Customer} {d.Invoice.Type} {d.Invoice.Currency} {d.Invoice.Net.Amount} + {d.Invoice.Tax.Amount} = {d.Invoice.Total.Amount} {(d.IsFinal ? "final" : "draft")}"));
        var ledger = _sandbox.Books.Ledger();
        var counts = ledger.References.Select(r => FormattableString.Invariant($"{r.Reference} x {r.Count}"));
        var totals = ledger.Final.Totals.Select(t => FormattableString.Invariant($"customer {t.Customer} {t.Currency}: {t.Documents} documents, {t.Net.Amount} + {t.Tax.Amount} = {t.Total.Amount}"));
        var balances = ledger.Final.Accounts.Select(a => FormattableString.Invariant($"account {a.Account} {a.Balance.Currency}: {a.Balance.Amount}"));
        return [.. documents.Order(StringComparer.Ordinal), .. counts, .. totals, .. balances];
    }

    /// <summary>What the store and the folder say after the last run.</summary>
    public async Task<BenchState> StateAsync()
    {
        await using var store = _store.Open(TimeProvider.System);
        var runs = await store.ListRunsAsync(null, int.MaxValue, CancellationToken.None);
        var differences = await store.ListDifferencesAsync(null, CancellationToken.None);
        var reports = Path.Combine(_folder, "reports", SmallJob.Name, runs[0].RunNo.ToString("D6", System.Globalization.CultureInfo.InvariantCulture));
        return new BenchState(
            runs,
            await ProofAsync(store, runs),
            [.. differences.Select(d => $"{d.Judged.Difference.Code} {d.Judged.Difference.Subject}")],
            (await store.ListLeasesAsync(CancellationToken.None)).Count,
            [.. Directory.EnumerateFiles(reports).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)],
            Directory.EnumerateFiles(Path.Combine(_folder, "mail"), "*.eml").Count());
    }

    public async ValueTask DisposeAsync()
    {
        await _proxy.DisposeAsync();
        await _sandbox.DisposeAsync();
        await _store.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    // A run that finds nothing left to prove leaves no rows for the period: the proof is then that of the run that died after it.
    private static async Task<IReadOnlyList<ReconciliationRow>> ProofAsync(IStore store, IReadOnlyList<RunRow> runs)
    {
        foreach (var run in runs)
        {
            var rows = await store.ListReconciliationAsync(run.RunNo, CancellationToken.None);
            if (rows.Any(r => r.Period is not null)) return [.. rows.Where(r => r.Period is not null)];
        }

        return [];
    }

    private ProcessStartInfo Run() => Command(["run", SmallJob.Name, "--as-of", SmallJob.AsOf, "--verbose"]);

    private ProcessStartInfo Command(IEnumerable<string> words)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "batchsync.dll");
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", [program, .. words, "--config", _folder])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = _folder,
        };
        foreach (var (name, value) in _store.Variables) start.Environment[name] = value;
        start.Environment["BATCHSYNC_SANDBOX_URL"] = _proxy.Address;
        start.Environment["BATCHSYNC_SANDBOX_TOKEN"] = SandboxOptions.DefaultToken;

        // These runs are over before profiling them could pay.
        start.Environment["DOTNET_TieredPGO"] = "0";
        return start;
    }
}

/// <param name="Runs">The newest first.</param>
/// <param name="Proof">The newest reconciliation of the periods.</param>
/// <param name="Reports">Names of the files of the last run.</param>
internal sealed record BenchState(
    IReadOnlyList<RunRow> Runs, IReadOnlyList<ReconciliationRow> Proof, IReadOnlyList<string> Differences, int Leases, IReadOnlyList<string> Reports, int Mails);
