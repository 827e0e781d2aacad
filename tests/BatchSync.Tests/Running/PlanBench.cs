using BatchSync.Destinations;
using BatchSync.Running;
using BatchSync.Storage;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Running;

/// <summary>Plans, runs with plans, unposts and releases of a firm, also through borders that somebody listens on.</summary>
internal static class PlanBench
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(20);

    public static RunRequest Request(Firm firm, PostablePlan? plan = null) => new(firm.Job, firm.Mapping, [], null, null, firm.Time.GetUtcNow()) { Plan = plan };

    /// <summary>All that a plan would post, as a file of it would say.</summary>
    public static PostablePlan Postable(Plan plan) => new("plan.json", plan.New.ToDictionary(d => d.Reference, d => d.ContentHash, StringComparer.Ordinal))
    {
        Terms = plan.New.ToDictionary(d => d.Reference, d => new PlannedTerms(d.Date, d.Document.Withholding, d.Document.Retainer), StringComparer.Ordinal),
        Tenants = plan.Tenants,
    };

    public static async Task<Plan> PlanAsync(Firm firm)
    {
        var (result, plan) = await firm.PlanAsync();
        Assert.That(result.ExitCode, Is.EqualTo(ExitCodes.Done), result.Message);
        return plan;
    }

    public static Task<RunResult?> PlanAsync(Firm firm, IStore store, IDestination books) => RunAsync(firm, store, books, runner => runner.PlanAsync(Request(firm), _ => Task.CompletedTask, CancellationToken.None));

    public static Task<RunResult?> RunAsync(Firm firm, PostablePlan plan) => RunAsync(firm, plan, firm.Store, firm.Books);

    public static Task<RunResult?> RunAsync(Firm firm, PostablePlan plan, IStore store, IDestination books) =>
        RunAsync(firm, store, books, runner => runner.RunAsync(Request(firm, plan), CancellationToken.None));

    public static async Task<RunResult> ExpectAsync(int exitCode, Firm firm, PostablePlan plan)
    {
        var result = (await RunAsync(firm, plan))!;
        Assert.That(result.ExitCode, Is.EqualTo(exitCode), result.Message);
        return result;
    }

    public static async Task<(RunResult Result, Unposting Found)> UnpostAsync(Firm firm, long runNo, string? reference = null)
    {
        Unposting? found = null;
        var result = await RunAsync(firm, firm.Store, firm.Books, runner => runner.UnpostAsync(Request(firm), Wanted(runNo, reference), f => found = f, CancellationToken.None));
        return (result!, found!);
    }

    public static Task<RunResult?> UnpostAsync(Firm firm, long runNo, IStore store, IDestination books) =>
        RunAsync(firm, store, books, runner => runner.UnpostAsync(Request(firm), Wanted(runNo, null), _ => { }, CancellationToken.None));

    public static async Task<RunResult> ReleaseAsync(Firm firm, params RecordName[] records) =>
        await DecideAsync(firm, Decision.Release(records, "eve", "mended"));

    /// <summary>What a person decides through a runner.</summary>
    public static async Task<RunResult> DecideAsync(Firm firm, Decision decision) => (await RunAsync(firm, firm.Store, firm.Books, runner => runner.DecideAsync(Request(firm), decision, CancellationToken.None)))!;

    /// <summary>The number of the newest run.</summary>
    public static async Task<long> LastRunAsync(Firm firm) => (await firm.Store.ListRunsAsync(null, 1, CancellationToken.None))[0].RunNo;

    /// <summary>Documents and where they stand, buckets, and marks: all that counts of a store.</summary>
    public static IReadOnlyList<string> Shown(Firm firm) =>
    [
        .. firm.Books.Shown,
        .. firm.File.Rows("SELECT d.reference || ' ' || o.state FROM documents d JOIN outbox o ON o.document_no = d.document_no ORDER BY d.reference"),
        .. firm.Buckets(),
        .. firm.File.Rows("SELECT stream || '/' || source_id || ' ' || mark || ' by ' || author || ': ' || reason FROM record_marks ORDER BY stream, source_id"),
    ];

    private static UnpostRequest Wanted(long runNo, string? reference) => new(runNo, reference, "eve", "wrong rates");

    private static Task<RunResult?> RunAsync(Firm firm, IStore store, IDestination books, Func<JobRunner, Task<RunResult?>> work)
    {
        var ports = new RunPorts(store, firm.Source, new Dictionary<string, IDestination> { ["all"] = books }, firm.Reporter, firm.Time, Serilog.Core.Logger.None, RunProgress.None);
        return firm.Time.RunAsync(work(new JobRunner(ports)), LongestWait);
    }
}

/// <summary>A process that ends right after its n-th write or call: from then on nothing that it does reaches anything.</summary>
internal sealed class EndingProcess(int end)
{
    private static readonly string[] Reads = ["Find", "List", "Load", "Count", "Sum", "Read", "Was", "get_", "Dispose"];

    public List<string> Calls { get; } = [];

    public bool IsOver { get; private set; }

    /// <summary>Lives as long as it may, through a store of its own; its lease has run out afterwards.</summary>
    public async Task LiveAsync(Firm firm, Func<IStore, IDestination, Task> work)
    {
        await using var store = firm.File.Open(firm.Time);
        try
        {
            await work(Tapped.Of(store, Hear), Tapped.Of<IDestination>(firm.Books, Hear));
        }
        catch (EndedException)
        {
            // That was the end of it.
        }

        firm.Time.Advance(TimeSpan.FromMinutes(3));
    }

    private void Hear(string method, bool isDone)
    {
        if (IsOver) throw new EndedException();
        if (Reads.Any(r => method.StartsWith(r, StringComparison.Ordinal)) || method is nameof(IStore.RenewLeaseAsync) or nameof(IDestination.LookUpAsync)) return;
        if (!isDone) Calls.Add(method);
        else if (Calls.Count == end) throw End();
    }

    private EndedException End()
    {
        IsOver = true;
        return new EndedException();
    }

    private sealed class EndedException : Exception;
}
