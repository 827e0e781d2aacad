using System.Globalization;
using BatchSync.Core.Reconciliation;
using BatchSync.Running;
using BatchSync.Storage;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Killing;

/// <summary>
/// The real program on each kind of store, killed without warning and run again: the books are those of a run that nothing disturbed. BATCHSYNC_KILLS
/// sets how often each point is tried: once, about fifty kills in all; with 5 it is more than two hundred.
/// </summary>
[TestFixtureSource(typeof(TestStore), nameof(TestStore.Kinds))]
[Parallelizable(ParallelScope.All)]
internal sealed class KillTests(string store)
{
    /// <summary>Seconds that a call may take, where runs are killed; what was sent is left alone for longer the longer this is.</summary>
    private const int ShortTimeout = 2;

    /// <summary>Calls of an undisturbed run do not time out on a busy machine either, so that each is made once.</summary>
    private const int LongTimeout = 60;

    private const int MostReruns = 5;

    private static readonly int Kills = int.TryParse(Environment.GetEnvironmentVariable("BATCHSYNC_KILLS"), NumberStyles.None, CultureInfo.InvariantCulture, out var kills) ? kills : 1;

    private static readonly string[] ReportFiles = ["detail.csv", "exceptions.csv", "summary.csv"];

    private static readonly TestCaseData[] Points = [.. Mixed(KillPoint.All).Select(p => new TestCaseData(p).SetArgDisplayNames(p.Name))];
    private static readonly TestCaseData[] Withdrawals = [.. KillPoint.OfWithdrawal.Select(p => new TestCaseData(p).SetArgDisplayNames(p.Name))];

    // Those that kill oftenest are left to longer series.
    private static readonly TestCaseData[] Sequences = [.. KillPoint.Sequences.Where(s => Kills > 1 || s.Points.Count == 2).Select(s => new TestCaseData(s).SetArgDisplayNames(s.Name))];

    private Stage _first = null!;
    private Stage _late = null!;
    private Stage _replaced = null!;
    private RunEnd _undisturbed = null!;

    /// <summary>What an undisturbed run leaves.</summary>
    private sealed record Stage(IReadOnlyList<string> Books, IReadOnlyList<ReconciliationRow> Proof);

    [OneTimeSetUp]
    public async Task RunUndisturbed()
    {
        await using var bench = await KillBench.StartAsync(store, LongTimeout, sendsKeys: true);
        _undisturbed = await bench.RunAsync(null);
        Assert.That(_undisturbed.ExitCode, Is.EqualTo(ExitCodes.Done), _undisturbed.Output);
        _first = new Stage(await bench.BooksAsync(), (await bench.StateAsync()).Proof);
        bench.AddLateEntries();
        var late = await bench.RunAsync(null);
        Assert.That(late.ExitCode, Is.EqualTo(ExitCodes.Done), late.Output);
        _late = new Stage(await bench.BooksAsync(), (await bench.StateAsync()).Proof);
        await using var drafts = await WithEditedDraftsAsync(LongTimeout, sendsKeys: true);
        var replaced = await drafts.RunAsync(null);
        Assert.That(replaced.ExitCode, Is.EqualTo(ExitCodes.Done), replaced.Output);
        _replaced = new Stage(await drafts.BooksAsync(), (await drafts.StateAsync()).Proof);
    }

    [Test]
    public void UndisturbedRun_Books_HoldFourFinalDocumentsAndThreeLateOnesEachOnce()
    {
        Assert.That(_first.Books.Count(line => line.EndsWith(" final", StringComparison.Ordinal)), Is.EqualTo(4));
        Assert.That(_first.Books.Count(line => line.EndsWith(" x 1", StringComparison.Ordinal)), Is.EqualTo(4));
        Assert.That(_late.Books.Count(line => line.EndsWith(" final", StringComparison.Ordinal)), Is.EqualTo(7));
        Assert.That(_late.Books.Count(line => line.EndsWith(" x 1", StringComparison.Ordinal)), Is.EqualTo(7));
    }

    [Test]
    public void KillPoints_AgainstAnUndisturbedRun_CoverEveryStepAndEveryCall()
    {
        var covered = KillPoint.All.Select(p => p.Event).ToList();
        var answered = _undisturbed.Events.Where(e => e.StartsWith("step ", StringComparison.Ordinal) || e.EndsWith(" answered", StringComparison.Ordinal));
        var changing = _undisturbed.Events.Where(e => e.StartsWith("POST ", StringComparison.Ordinal));
        Assert.That(answered.Concat(changing).Distinct().Except(covered), Is.Empty, "seen in an undisturbed run, but nothing is killed there");
        Assert.That(covered.Except(_undisturbed.Events), Is.Empty, "kill points that no run comes to");
    }

    [TestCaseSource(nameof(Points))]
    public Task Rerun_AfterKill_LeavesTheBooksOfAnUndisturbedRun(KillPoint point) => TimesAsync(async number =>
    {
        await using var bench = await KilledAtAsync([point], number);
        await AssertBooksAsync(bench, _first, kills: 1, exactly: point.IsWithinRun);
    });

    [TestCaseSource(nameof(Withdrawals))]
    public Task Rerun_AfterKillOfAWithdrawal_LeavesTheBooksOfAnUndisturbedRun(KillPoint point) => TimesAsync(async number =>
    {
        await using var bench = await WithEditedDraftsAsync(ShortTimeout, sendsKeys: number % 2 == 0);
        var missed = await MissedAsync(bench, [point], _ => TimeSpan.Zero);
        Assert.That(missed, Is.Null);
        await AssertBooksAsync(bench, _replaced, kills: 1, exactly: true);
    });

    // One of them gets the lease; the other one ends, or comes after it.
    [Test]
    public Task Runs_OfOneStoreAtTheSameTime_LeaveTheBooksOfOne([Values] bool killsOne) => TimesAsync(async number =>
    {
        await using var bench = await KillBench.StartAsync(store, ShortTimeout, sendsKeys: number % 2 == 0);
        var ends = await bench.RunTwoAsync(killsOne ? new KillOrder(null, _undisturbed.Took * new Random(number).NextDouble()) : null);
        foreach (var end in ends.Where(e => !e.WasKilled)) Assert.That(end.ExitCode, Is.AnyOf(ExitCodes.Done, ExitCodes.Failed, ExitCodes.Busy), end.Output);
        await AssertBooksAsync(bench, _first, ends.Count(e => e.WasKilled), exactly: false);
    });

    [TestCaseSource(nameof(Sequences))]
    public Task Rerun_AfterKillsOfRunAfterRun_LeavesTheBooksOfAnUndisturbedRun(KillSequence sequence) => TimesAsync(async number =>
    {
        await using var bench = await KilledAtAsync(sequence.Points, number);
        await AssertBooksAsync(bench, _first, sequence.Points.Count, exactly: true);
    });

    [Test]
    public Task Rerun_AfterKillsAtRandomMoments_LeavesTheBooksOfAnUndisturbedRun() => TimesAsync(async number =>
    {
        var random = new Random(1000 + number);
        await using var bench = await KillBench.StartAsync(store, ShortTimeout, sendsKeys: random.Next(2) == 0);
        var kills = await KillAtRandomAsync(bench, random);
        await AssertBooksAsync(bench, _first, kills, exactly: false);
        bench.AddLateEntries();
        kills += await KillAtRandomAsync(bench, random);
        await AssertBooksAsync(bench, _late, kills, exactly: false);
    });

    // Runs that wait for a create to settle need no processor: they are to share the machine with others, not with each other.
    private static KillPoint[] Mixed(IReadOnlyList<KillPoint> points)
    {
        KillPoint[] mixed = [.. points];
        new Random(1).Shuffle(mixed);
        return mixed;
    }

    private static Task TimesAsync(Func<int, Task> once) => Task.WhenAll(Enumerable.Range(0, Kills).Select(once));

    private async Task<int> KillAtRandomAsync(KillBench bench, Random random)
    {
        var kills = 0;
        for (var left = random.Next(2, 4); left > 0; left--)
        {
            var end = await bench.RunAsync(new KillOrder(null, _undisturbed.Took * random.NextDouble()));
            if (end.WasKilled) kills++;
        }

        return kills;
    }

    // Every second time without idempotency keys, and after the first time a little later where the process goes on in the meantime.
    private async Task<KillBench> KilledAtAsync(IReadOnlyList<KillPoint> points, int number)
    {
        var random = new Random(number);
        for (var attempt = 1; ; attempt++)
        {
            var bench = await KillBench.StartAsync(store, ShortTimeout, sendsKeys: number % 2 == 0);
            var missed = await MissedAsync(bench, points, point => point.HoldsTheProcess || number == 0 ? TimeSpan.Zero : TimeSpan.FromMilliseconds(random.Next(30)));
            if (missed is null) return bench;
            await bench.DisposeAsync();

            // A process that goes on while its step line is read can be over before it is killed, and on a busy machine a call can time out.
            Assert.That(attempt, Is.LessThan(MostReruns), $"no run came to its kill point: {missed}");
        }
    }

    private async Task<KillBench> WithEditedDraftsAsync(int timeout, bool sendsKeys)
    {
        var bench = await KillBench.StartAsync(store, timeout, sendsKeys, replacesDrafts: true);
        for (var end = await bench.RunAsync(null); end.ExitCode != ExitCodes.Done; end = await bench.RunAsync(null)) Assert.That(end.ExitCode, Is.EqualTo(ExitCodes.Failed), end.Output);
        bench.EditEntries();
        return bench;
    }

    private static async Task<string?> MissedAsync(KillBench bench, IReadOnlyList<KillPoint> points, Func<KillPoint, TimeSpan> after)
    {
        foreach (var point in points)
        {
            var end = await bench.RunAsync(new KillOrder(point.Event, after(point), point.IsDelayed));
            if (!end.WasKilled) return $"'{point.Event}' with exit {end.ExitCode}\n{end.Output}";
        }

        return null;
    }

    private static async Task AssertBooksAsync(KillBench bench, Stage expected, int kills, bool exactly)
    {
        var ends = new List<RunEnd>();
        do ends.Add(await bench.RunAsync(null));
        while (ends[^1].ExitCode == ExitCodes.Failed && ends.Count < MostReruns);
        var output = string.Join("\n---\n", ends.Select(e => e.Output));
        var (books, state) = (await bench.BooksAsync(), await bench.StateAsync());
        Assert.That(ends[^1].ExitCode, Is.EqualTo(ExitCodes.Done), output);
        Assert.That(books, Is.EqualTo(expected.Books), output);
        Assert.That(state.Proof, Is.EqualTo(expected.Proof), output);
        Assert.That(state.Differences, Is.Empty, output);
        AssertRuns(state, kills, exactly, output);
    }

    private static void AssertRuns(BenchState state, int kills, bool exactly, string output)
    {
        Assert.That(state.Runs[0].Status, Is.EqualTo(RunStatus.Succeeded), output);
        Assert.That(state.Runs.Select(r => r.Status), Has.None.EqualTo(RunStatus.Running).And.None.EqualTo(RunStatus.Differences), output);
        Assert.That(state.Runs.Count(r => r.Status == RunStatus.Abandoned), exactly ? Is.EqualTo(kills) : Is.AtMost(kills), output);
        Assert.That(state.Leases, Is.Zero, output);
        Assert.That(state.Reports, Is.EqualTo(ReportFiles), output);
        Assert.That(state.Mails, Is.Positive, output);
    }
}
