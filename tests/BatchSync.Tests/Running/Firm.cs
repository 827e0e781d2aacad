using BatchSync.Alerts;
using BatchSync.Configuration;
using BatchSync.Core.Mapping;
using BatchSync.Core.Reconciliation;
using BatchSync.Core.Scheduling;
using BatchSync.Core.Sources;
using BatchSync.Destinations;
using BatchSync.Http;
using BatchSync.Running;
using BatchSync.Storage;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Running;

/// <summary>
/// A whole job in memory but for its store: source, books, clock and rules, to be run again and again. The clock begins on
/// 2026-11-05, the day after October closed.
/// </summary>
internal sealed class Firm : IAsyncDisposable
{
    /// <summary>Longer than a run waits for calls without an answer, and so short that no lease comes to be renewed meanwhile.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(20);

    private static readonly DateTimeOffset FirstDay = new(2026, 11, 5, 12, 0, 0, TimeSpan.Zero);

    private readonly TestStore _file;

    private Firm(ManualTime time, FakeSource source, TestStore file)
    {
        (Time, Source, _file) = (time, source, file);
        Ports = new Dictionary<string, IDestination> { ["all"] = Books };
    }

    public ManualTime Time { get; }
    public FakeSource Source { get; }
    public FakeBooks Books { get; } = new();
    public Dictionary<string, IDestination> Ports { get; set; }
    public RecordingReporter Reporter { get; } = new();

    /// <summary>What each run is made for; null: somebody called it.</summary>
    public OccurrenceClaim? Occurrence { get; set; }

    /// <summary>How long each run waits for another one to end.</summary>
    public TimeSpan LeaseWait { get; set; }

    /// <summary>What each run may call.</summary>
    public CallBudget Calls { get; set; } = new(null);

    /// <summary>Who looks after each run whether something is wrong; null: nobody.</summary>
    public AlertWatch? Alerts { get; set; }
    public JobDefinition Job { get; set; } = Some.Job();
    public MappingRules Mapping { get; set; } = Some.Mapping();

    /// <summary>The configuration that a run keeps beside what it made; none where the rules were not written down.</summary>
    public IReadOnlyList<ConfigurationFile> Files { get; set; } = [];
    public IStore Store { get; private set; } = null!;
    public TestStore File => _file;

    public static async Task<Firm> OpenAsync(params SourceRecord[] records)
    {
        var time = new ManualTime(FirstDay);
        var firm = new Firm(time, new FakeSource(time), TestStore.Of("sqlite"));
        firm.Store = await firm._file.OpenMigratedAsync(time);
        firm.Source.Put(records);
        return firm;
    }

    /// <summary>Another firm in the same state, which goes its own way from here.</summary>
    public Firm Copy() => WithStoreOf(this);

    /// <summary>Another firm like this one, but for its store: that is a copy of another one's, as a backup is.</summary>
    public Firm WithStoreOf(Firm older)
    {
        var time = new ManualTime(Time.GetUtcNow());
        var copy = new Firm(time, Source.Copy(time), older._file.Copy()) { Job = Job, Mapping = Mapping };
        copy.Ports = Ports.ToDictionary(p => p.Key, p => ReferenceEquals(p.Value, Books) ? copy.Books : p.Value);
        copy.Books.Documents.AddRange(Books.Documents);
        copy.Books.OnCreate = Books.OnCreate;
        copy.Store = copy._file.Open(time);
        return copy;
    }

    /// <summary>Opens a firm whose records have been posted by a first run.</summary>
    public static async Task<Firm> PostedAsync(params SourceRecord[] records)
    {
        var firm = await OpenAsync(records);
        await firm.ExpectAsync(ExitCodes.Done);
        firm.NextDay();
        return firm;
    }

    public void NextDay() => Time.Advance(TimeSpan.FromDays(1));

    /// <summary>One run as of now.</summary>
    public async Task<RunResult> RunAsync(DateOnly? from = null, DateOnly? to = null, DateTimeOffset? asOf = null, CancellationToken cancel = default) =>
        (await TryRunAsync(Store, Source, Ports, from, to, asOf, cancel))!;

    /// <summary>One run that must end with an exit code; the message says why it did not.</summary>
    public async Task<RunResult> ExpectAsync(int exitCode, DateOnly? from = null, DateOnly? to = null, DateTimeOffset? asOf = null)
    {
        var result = await RunAsync(from, to, asOf);
        Assert.That(result.ExitCode, Is.EqualTo(exitCode), result.Message);
        return result;
    }

    /// <summary>One run through other borders; null where the lease is held.</summary>
    public Task<RunResult?> TryRunAsync(
        IStore store, BatchSync.Sources.ISource source, IReadOnlyDictionary<string, IDestination> destinations, DateOnly? from = null, DateOnly? to = null, DateTimeOffset? asOf = null, CancellationToken cancel = default)
    {
        var ports = new RunPorts(store, source, destinations, Reporter, Time, Serilog.Core.Logger.None, RunProgress.None) { Calls = Calls, Alerts = Alerts };
        return Time.RunAsync(new JobRunner(ports).RunAsync(Request(from, to, asOf), cancel), LongestWait);
    }

    public async Task<(RunResult Result, Plan Plan)> PlanAsync()
    {
        Plan? plan = null;
        var ports = new RunPorts(Store, Source, Ports, Reporter, Time, Serilog.Core.Logger.None, RunProgress.None);
        var result = await Time.RunAsync(new JobRunner(ports).PlanAsync(Request(null, null, null), p => { plan = p; return Task.CompletedTask; }, CancellationToken.None), LongestWait);
        return (result!, plan!);
    }

    /// <summary>All that stand, one text each: <c>code subject amount</c>, and <c>accepted</c> where it is.</summary>
    public async Task<IReadOnlyList<string>> DifferencesAsync() =>
        [.. (await Store.ListDifferencesAsync(Job.Name, CancellationToken.None)).Select(d => Shown(d.Judged))];

    public async Task<Difference> OnlyDifferenceAsync() => (await Store.ListDifferencesAsync(Job.Name, CancellationToken.None)).Single().Judged.Difference;

    public async Task AcceptAllAsync()
    {
        foreach (var difference in await Store.ListDifferencesAsync(Job.Name, CancellationToken.None))
            Assert.That(await Store.AcceptDifferenceAsync(difference.DifferenceNo, "eve", "agreed with the client", CancellationToken.None), Is.True);
    }

    /// <summary>The bucket of every current record: <c>time_entries/1 billed</c>.</summary>
    public IReadOnlyList<string> Buckets() => _file.Rows(
        """
        SELECT r.stream || '/' || r.source_id || ' ' || b.bucket || CASE WHEN b.reason = '' THEN '' ELSE ': ' || b.reason END
        FROM records r LEFT JOIN buckets b ON b.record_no = r.record_no WHERE r.is_current = 1 ORDER BY r.stream, r.source_id
        """);

    /// <summary>What a step of a run says that it did.</summary>
    public async Task<string> StepAsync(RunResult result, string step) =>
        (await Store.ListStepsAsync(result.RunNo, CancellationToken.None)).Single(s => s.Step == step).Message;

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        await _file.DisposeAsync();
    }

    private RunRequest Request(DateOnly? from, DateOnly? to, DateTimeOffset? asOf) => new(Job, Mapping, Files, from, to, asOf ?? Time.GetUtcNow()) { Occurrence = Occurrence, LeaseWait = LeaseWait };

    private static string Shown(JudgedDifference judged)
    {
        var d = judged.Difference;
        var amount = d.Amount is { } value ? FormattableString.Invariant($" {value}") : "";
        return $"{d.Code} {(d.Code == DifferenceCodes.ChangedAfterPosting ? d.Subject : d.Client)}{amount}{(judged.IsOpen ? "" : " accepted")}";
    }
}

/// <summary>Keeps the proofs that were handed out.</summary>
internal sealed class RecordingReporter : IRunReporter
{
    public List<RunProof> Proofs { get; } = [];

    public Action? OnReport { get; set; }

    public Task<string> ReportAsync(RunProof proof, CancellationToken cancel)
    {
        OnReport?.Invoke();
        Proofs.Add(proof);
        return Task.FromResult("kept");
    }
}
