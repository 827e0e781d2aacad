using BatchSync.Configuration;
using BatchSync.Core.Posting;
using BatchSync.Core.Sources;
using BatchSync.Destinations;
using BatchSync.Running;
using BatchSync.Storage;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Running;

/// <summary>
/// A run whose process ends right after any one of its writes, calls and pages, and a clean run: the books are those of a run that nothing
/// disturbed. Ending before a call is the same as ending after the one before it, since memory is all that lies between them.
/// </summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
public sealed class CrashTests
{
    private static readonly string[] Reads = ["Find", "List", "Load", "Count", "Sum", "Read", "Was", "get_", "Dispose"];

    [Test]
    public async Task Run_ThatDiedAnywhere_IsContinuedByTheNext(
        [Values("first", "report", "delta", "credit-and-rebill", "update", "refused", "paused", "behind", "adopted", "window-diff", "feed", "partitions")] string kind)
    {
        await using var prepared = kind switch
        {
            "first" => await PreparedAsync(isSecondRun: false),
            "report" => await PreparedAsync(isSecondRun: true),
            "delta" => await ChangedAsync(ChangePolicy.Delta, asDraft: false),
            "credit-and-rebill" => await ChangedAsync(ChangePolicy.CreditAndRebill, asDraft: false),
            "refused" => await RefusedAsync(),
            "paused" => await PausedAsync(),
            "behind" => await RestoredAsync(isAdopted: false),
            "adopted" => await RestoredAsync(isAdopted: true),
            "window-diff" => await VanishedAsync(DeletesBy.WindowDiff),
            "feed" => await VanishedAsync(DeletesBy.Feed),
            "partitions" => await PartitionedAsync(),
            _ => await ChangedAsync(ChangePolicy.Update, asDraft: true),
        };
        var (undisturbed, calls) = await UndisturbedAsync(prepared);
        Assert.That(calls, Has.Count.GreaterThan(30));
        for (var at = 1; at <= calls.Count; at++)
        {
            var outcome = await DisturbedAsync(prepared, new MortalProcess(at));
            Assert.That(outcome, Is.EqualTo(undisturbed), $"the process ended after call {at}, {calls[at - 1]}");
        }
    }

    [Test]
    public async Task Run_ThatDiesAgainAndAgain_ComesToTheSameBooks()
    {
        await using var prepared = await PreparedAsync(isSecondRun: true);
        var (undisturbed, calls) = await UndisturbedAsync(prepared);
        foreach (var (seed, random) in Seeded.Cases(10))
        {
            await using var firm = prepared.Copy();
            for (var life = 0; life < 6; life++) await LiveAsync(firm, new MortalProcess(random.Next(1, calls.Count)));
            Assert.That(await FinishAsync(firm), Is.EqualTo(undisturbed), $"seed {seed}");
        }
    }

    private static async Task<(string Outcome, IReadOnlyList<string> Calls)> UndisturbedAsync(Firm prepared)
    {
        await using var firm = prepared.Copy();
        var immortal = new MortalProcess(int.MaxValue);
        await LiveAsync(firm, immortal);
        return (await FinishAsync(firm), immortal.Calls);
    }

    private static async Task<string> DisturbedAsync(Firm prepared, MortalProcess process)
    {
        await using var firm = prepared.Copy();
        await LiveAsync(firm, process);
        Assert.That(process.IsDead, Is.True, "the process did not come as far as the call at which it was to end");
        return await FinishAsync(firm);
    }

    // The second run has something of everything to do: a late entry, an edited record, a period that has closed, one still open.
    private static async Task<Firm> PreparedAsync(bool isSecondRun)
    {
        var firm = await Firm.OpenAsync(
            Some.TimeEntry("1", hours: 1.25m), Some.TimeEntry("2", hours: 0.4m), Some.TimeEntry("3", client: "1002"), Some.TimeEntry("4", client: "1003", hours: 0.7m),
            Some.Expense("5", amount: -12.34m, client: "1004"), Some.TimeEntry("6", hours: 30m), Some.TimeEntry("7", date: "2026-11-03"));
        firm.Source.PageSize = 3;
        if (!isSecondRun) return firm;
        await firm.ExpectAsync(ExitCodes.Differences);
        firm.Time.Advance(TimeSpan.FromDays(30));
        firm.Source.Put(Some.TimeEntry("8", hours: 0.3m), Some.TimeEntry("9", client: "1002", hours: 2m));
        firm.Source.Edit("3", r => r with { Seconds = 1800 });
        return firm;
    }

    // Everything that a policy corrects at once: an amount, a deletion, another client, beside a late entry and a client that stays as it is.
    private static async Task<Firm> ChangedAsync(ChangePolicy policy, bool asDraft)
    {
        var firm = await Firm.OpenAsync(
            Some.TimeEntry("1", hours: 1.25m), Some.TimeEntry("2", hours: 0.4m), Some.TimeEntry("3", client: "1002"), Some.TimeEntry("4", client: "1002"), Some.TimeEntry("5", client: "1003", hours: 0.7m));
        firm.Job = firm.Job with { Posting = new PostingRules(asDraft) { OnChange = policy } };
        await firm.ExpectAsync(ExitCodes.Done);
        firm.NextDay();
        firm.Source.Edit("1", r => r with { Seconds = 5000 });
        firm.Source.Edit("3", r => r with { Deleted = true });
        firm.Source.Edit("4", r => r with { Client = new Reference("1004", "") });
        firm.Source.Put(Some.TimeEntry("6", hours: 0.3m));
        return firm;
    }

    // Every call with the client's document is refused as a whole: it is halved down to that one.
    // Two entities, each offered to whichever host takes it: this one works on both.
    private static async Task<Firm> PartitionedAsync()
    {
        var firm = await PreparedAsync(isSecondRun: false);
        firm.Job = Some.Job(destinations: ["us", "eu"]) with { PartitionBy = PartitionBy.Entity };
        firm.Ports = new Dictionary<string, IDestination> { ["us"] = firm.Books, ["eu"] = firm.Books };
        firm.Mapping = Some.Mapping(
            entities: [Some.Entity("us"), Some.Entity("eu", "Europe/Berlin", "EUR")],
            clients: [.. Some.Clients.Select(c => c.Code == "NORDWIND" ? c with { Entity = "eu" } : c)]);
        return firm;
    }

    private static async Task<Firm> RefusedAsync()
    {
        var firm = await Firm.OpenAsync(
            Some.TimeEntry("1", hours: 1.25m), Some.TimeEntry("2", client: "1002"), Some.TimeEntry("3", client: "1003", hours: 0.7m), Some.TimeEntry("4", client: "1004"), Some.TimeEntry("5", date: "2026-09-07"));
        firm.Books.OnCreate = call => call.Batch.Documents.Any(d => d.DestinationClient == "64") ? call.RefuseAll() : call.CarryOut();
        return firm;
    }

    // The pause is there from the start, and ended before the run that finishes.
    private static async Task<Firm> PausedAsync()
    {
        var firm = await PreparedAsync(isSecondRun: true);
        await firm.Store.PauseAsync(PauseScope.All, "", "eve", "look first", CancellationToken.None);
        return firm;
    }

    // The older store lacks a supplement and an adjustment that tie out, and a document that it cannot form, since a record came to it later.
    private static async Task<Firm> RestoredAsync(bool isAdopted)
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry("1", hours: 1.25m), Some.TimeEntry("2", client: "1002"), Some.TimeEntry("3", client: "1003"));
        firm.Job = firm.Job with { Posting = new PostingRules(AsDraft: false) { OnChange = ChangePolicy.Delta } };
        await firm.ExpectAsync(ExitCodes.Done);
        firm.NextDay();
        await using var backup = firm.Copy();
        firm.Source.Edit("1", r => r with { Seconds = 5000 });
        firm.Source.Put(Some.TimeEntry("4", client: "1002", hours: 0.3m), Some.TimeEntry("5", client: "1003"));
        await firm.ExpectAsync(ExitCodes.Done);
        firm.NextDay();
        var restored = firm.WithStoreOf(backup);
        restored.Source.Put(Some.TimeEntry("6", client: "1003"), Some.TimeEntry("7", client: "1004"));
        if (!isAdopted) return restored;
        await restored.ExpectAsync(ExitCodes.Differences);
        await RestoredStoreTests.AdoptAsync(restored);
        return restored;
    }

    // Records that vanished, one that is hidden only, beside an edited and a late one.
    private static async Task<Firm> VanishedAsync(DeletesBy by)
    {
        var firm = await Firm.OpenAsync([.. Enumerable.Range(1, 5).Select(i => Some.TimeEntry($"{i}", hours: i)), Some.TimeEntry("6", client: "1002"), Some.Expense("7")]);
        firm.Job = firm.Job with { Source = firm.Job.Source with { Deletes = new DeletesRule(by, 45) }, Posting = new PostingRules(AsDraft: false) { OnChange = ChangePolicy.Delta } };
        (firm.Source.FindsById, firm.Source.TellsDeletions, firm.Source.PageSize) = (true, true, 2);
        await firm.ExpectAsync(ExitCodes.Done);
        firm.NextDay();
        firm.Source.Delete("1", "3", "6");
        firm.Source.Hidden.Add("4");
        firm.Source.Edit("5", r => r with { Seconds = 1800 });
        firm.Source.Put(Some.TimeEntry("8", hours: 0.3m));
        return firm;
    }

    private static async Task LiveAsync(Firm firm, MortalProcess process)
    {
        await using var store = firm.File.Open(firm.Time);
        firm.Source.OnPage = _ => process.Pass("page");
        try
        {
            await firm.TryRunAsync(Tapped.Of(store, process.Hear), firm.Source, firm.Ports.ToDictionary(p => p.Key, p => Tapped.Of(p.Value, process.Hear)));
        }
        catch (ProcessEndedException)
        {
            // That was the end of it.
        }

        firm.Source.OnPage = null;

        // A dead process of this host would be known as such; this one lives, so its lease has to run out.
        firm.Time.Advance(TimeSpan.FromMinutes(3));
    }

    private static async Task<string> FinishAsync(Firm firm)
    {
        await firm.Store.ResumeAsync(PauseScope.All, "", "eve", "looked", CancellationToken.None);
        var result = await firm.RunAsync();
        var states = firm.File.Rows("SELECT d.reference || ' ' || o.state FROM documents d JOIN outbox o ON o.document_no = d.document_no ORDER BY d.reference");
        return string.Join('\n', [$"exit {result.ExitCode}", .. firm.Books.Shown, .. states, .. firm.Buckets(), .. await firm.DifferencesAsync()]);
    }

    /// <summary>Ends at its n-th write, call or page: from then on nothing that it does reaches anything.</summary>
    private sealed class MortalProcess(int end)
    {
        public List<string> Calls { get; } = [];

        public bool IsDead { get; private set; }

        public void Hear(string method, bool isDone)
        {
            if (IsDead) throw new ProcessEndedException();
            if (Reads.Any(r => method.StartsWith(r, StringComparison.Ordinal)) || method is nameof(IStore.RenewLeaseAsync)) return;

            // A call that failed has no after: the process ends before the next one.
            if (Calls.Count == end) End();
            if (!isDone) Calls.Add(method);
        }

        /// <summary>A page has no after: what comes of it is the next write.</summary>
        public void Pass(string what)
        {
            Hear(what, isDone: false);
            Hear(what, isDone: true);
        }

        private void End()
        {
            IsDead = true;
            throw new ProcessEndedException();
        }
    }

    private sealed class ProcessEndedException : Exception;
}
