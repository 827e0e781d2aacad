using System.Globalization;
using BatchSync.Configuration;
using BatchSync.Core.Amounts;
using BatchSync.Core.Billing;
using BatchSync.Core.Posting;
using BatchSync.Core.Reconciliation;
using BatchSync.Core.Sources;
using BatchSync.Destinations;
using BatchSync.Http;
using BatchSync.Running;
using BatchSync.Sources;
using BatchSync.Storage;
using BatchSync.Tests.Running;
using BatchSync.Tests.Support;

namespace BatchSync.Tests.Simulation;

/// <summary>What one record has of a document.</summary>
internal sealed record SentShare((string Stream, string Id) Record, Money Net, Money Tax);

/// <summary>
/// A firm, its time tracker, its books and the hosts that run its job, over some months of virtual time. Everything that happens comes from one
/// seed, on one thread.
/// </summary>
internal sealed class World : IAsyncDisposable
{
    private const int MostRepairs = 12;
    private const string Unsettled = "SELECT document_no FROM outbox WHERE state NOT IN ('Posted', 'Withdrawn')";

    private static readonly DateTimeOffset FirstDay = new(2026, 10, 5, 2, 30, 0, TimeSpan.Zero);
    private static readonly Task<TestStore> Template = MigratedAsync();

    private readonly PlantedBug _bug;
    private readonly Bookkeeping _books;
    private readonly Staff _staff;
    private readonly List<IStore> _opened = [];
    private readonly Dictionary<string, long> _tokens = new(StringComparer.Ordinal);
    private readonly bool _mendsMistakes;
    private TestStore _file;
    private TestStore? _backup;
    private int _processes;
    private int _fullWrites;
    private RunResult? _last;

    private World(int seed, PlantedBug bug, TestStore file)
    {
        (Seed, _bug, _file) = (seed, bug, file);
        Adversary = new Adversary(seed);
        Stage = new Stage(History, Adversary, FirstDay);
        Stage.Slept = process => AnotherHostAfter(process);
        Source = new SimulatedSource(Stage, Adversary) { Edits = () => _staff!.Work(1) };
        _books = new Bookkeeping(Stage, Adversary) { HidesUnanswered = bug == PlantedBug.NoLookUpBeforeResend, Sends = NoteShares };
        RoundsWell = !Adversary.OneIn(4);
        Terms = RoundsWell ? Terms.Even : Terms.Uneven;
        AllTerms.Add(Terms);
        var removes = Adversary.OneIn(3);
        _staff = new Staff(Stage, Adversary, Source, RoundsWell, removes);
        _mendsMistakes = Adversary.OneIn(2);
        Job = NewJob(removes);
    }

    public int Seed { get; }
    public History History { get; } = new();
    public Adversary Adversary { get; }
    public Stage Stage { get; }
    public SimulatedSource Source { get; }
    public Terms Terms { get; private set; }
    public JobDefinition Job { get; private set; }
    public FakeBooks Books => _books.Books;
    public TestStore File => _file;

    /// <summary>Whether an earlier backup took the store's place.</summary>
    public bool WasRestored { get; private set; }

    /// <summary>What each record had of the documents that were sent, where a backup may take the place of the store that knows it.</summary>
    public Dictionary<Document, IReadOnlyList<SentShare>> Shares { get; } = new(ReferenceEqualityComparer.Instance);

    /// <summary>All terms that were ever agreed.</summary>
    public List<Terms> AllTerms { get; } = [];

    /// <summary>Whether no amount of this world has to be rounded.</summary>
    public bool RoundsWell { get; }

    private bool IsDone => _last is { ExitCode: ExitCodes.Done or ExitCodes.Differences };

    /// <summary>Whether people have mended all that the rules reject.</summary>
    public bool IsMended => Adversary.IsCalm && _mendsMistakes;

    /// <summary>What the program did that it must never do, seen while it happened.</summary>
    public List<string> Faults { get; } = [];

    public static async Task<World> OpenAsync(int seed, PlantedBug bug = PlantedBug.None) => new(seed, bug, (await Template).Copy());

    /// <summary>Nights of work under the adversary, then the world heals.</summary>
    public async Task PlayAsync()
    {
        _staff.Work(Adversary.Random.Next(5, 12));
        var nights = Adversary.OneIn(3) ? Adversary.Random.Next(2, 5) : Adversary.Random.Next(1, 3);
        for (var night = 1; night <= nights && Faults.Count == 0; night++) await NightAsync();
        await RestoreAsync();
        if (Faults.Count == 0) await HealAsync();
    }

    /// <summary>What a write finds of the disk; null: all is well.</summary>
    public StoreException? StoreFaultOf(SimulatedProcess process, string write)
    {
        if (Adversary.Strikes(Fault.StoreFull)) _fullWrites = Adversary.Random.Next(1, 4);
        if (_fullWrites > 0)
        {
            _fullWrites--;
            process.Note($"the disk is full at {write}");
            return new StoreException("The disk of the store is full.");
        }

        if (!Adversary.Strikes(Fault.StoreBusy)) return null;
        process.Note($"the store is busy at {write}");
        return new StoreException("The store was locked by another process for more than 30 s.");
    }

    /// <summary>A write was let through: it must have had the newest lease.</summary>
    public void Written(SimulatedProcess process, string write, Lease? lease, Lease? granted)
    {
        process.Note(write);
        if (granted is not null && lease is null) _tokens[granted.Name] = granted.Token;
        if (lease is not null && lease.Token < _tokens.GetValueOrDefault(lease.Name))
            Faults.Add(FormattableString.Invariant($"{process.Name} wrote with lease {lease.Token} after {_tokens[lease.Name]} was granted: {write}"));
    }

    public async ValueTask DisposeAsync()
    {
        await CloseStoresAsync();
        await _file.DisposeAsync();
        if (_backup is not null) await _backup.DisposeAsync();
    }

    private static async Task<TestStore> MigratedAsync()
    {
        var template = TestStore.Of(TestStore.Kinds[0]);
        await (await template.OpenMigratedAsync(TimeProvider.System)).DisposeAsync();
        return template;
    }

    private void NoteShares(CreateBatch batch)
    {
        if (!Adversary.IsArmed(Fault.BackupRestored)) return;
        foreach (var document in batch.Documents)
        {
            var rows = _file.Rows($"SELECT s.stream, s.source_id, s.net, s.tax FROM line_shares s JOIN documents d ON d.document_no = s.document_no WHERE d.reference = '{document.Reference}'").Select(r => r.Split('|'));
            Shares[document] = [.. rows.Select(r => new SentShare((r[0], r[1]), MoneyOf(r[2], document.Currency), MoneyOf(r[3], document.Currency)))];
        }
    }

    private static Money MoneyOf(string minorUnits, Currency currency) => Money.OfMinorUnits(long.Parse(minorUnits, CultureInfo.InvariantCulture), currency);

    private JobDefinition NewJob(bool looksForDeletes)
    {
        var draft = Books.Traits.HasDrafts && Adversary.OneIn(3);
        var job = Some.Job(billFrom: Terms.BillFrom.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), draft: draft);
        return job with
        {
            Posting = job.Posting with { OnChange = NewPolicy(draft), Late = Adversary.OneIn(5) ? LateRule.NextOpenPeriod : LateRule.Supplement },
            Limits = job.Limits with { ChangedDocuments = Adversary.OneIn(4) ? 1 : 1000, Deletes = Adversary.OneIn(2) ? 1 : 20 },
            Source = job.Source with { Deletes = new DeletesRule(looksForDeletes ? DeletesBy.WindowDiff : DeletesBy.None, Adversary.OneIn(4) ? 45 : 400) },
        };
    }

    private ChangePolicy NewPolicy(bool draft) =>
        Adversary.Random.Pick<ChangePolicy>(draft ? [ChangePolicy.Report, ChangePolicy.Delta, ChangePolicy.CreditAndRebill, ChangePolicy.Update] : [ChangePolicy.Report, ChangePolicy.Delta, ChangePolicy.CreditAndRebill]);

    private async Task NightAsync()
    {
        _staff.Work(Adversary.Random.Next(0, 6));
        if (Adversary.OneIn(6)) ChangeTerms();
        if (Adversary.OneIn(6)) ChangePolicyOfJob();
        Stage.Advance(TimeSpan.FromDays(Adversary.Random.Pick([1, 7, 14, 25, 40])));
        _books.Touch();
        if (_backup is null && Adversary.Strikes(Fault.BackupRestored)) BackUp();
        for (var tries = 1; tries <= 2 && Faults.Count == 0; tries++)
        {
            await RunAsync();
            if (IsDone) break;
            Recover();
        }

        if (Adversary.OneIn(2)) await RestoreAsync();
    }

    // A restored store looks for a record where it is, and where it was when the backup was made. Where a lost run alone has seen it, nobody looks.
    private void BackUp()
    {
        _backup = _file.Copy();
        _staff.Movable = [.. _file.Rows("SELECT r.stream, r.source_id FROM records r JOIN buckets b ON b.record_no = r.record_no WHERE r.is_current = 1 AND b.currency <> ''").Select(r => r.Split('|')).Select(r => (r[0], r[1]))];
    }

    // What was on its way when the backup was put back has arrived, and people have put right what they did in the books: nobody could find it else.
    private async Task RestoreAsync()
    {
        if (_backup is not { } backup || Faults.Count > 0) return;
        _backup = null;

        // What the backup has sent without an answer, it looks for and sends again under the same name.
        var isAllBooked = IsDone && _file.Rows(Unsettled).Count == 0 && backup.Rows(Unsettled).Count == 0;
        Stage.Advance(TimeSpan.FromHours(1));
        _books.Heal();
        _books.NothingIsDeleted = true;
        Stage.Note("a person", "puts the store back to an earlier backup");
        await _file.DisposeAsync();
        (_file, WasRestored) = (backup, true);
        _tokens.Clear();
        if (_bug == PlantedBug.RestoredStorePostsAgain) _books.Hidden.UnionWith(Books.Documents.Select(d => d.Shown.Reference).Except(_file.Rows("SELECT reference FROM documents"), StringComparer.Ordinal));
        var before = Books.Shown;
        var wasCalm = Adversary.IsCalm;
        Adversary.IsCalm |= isAllBooked;
        await RunAsync();
        Adversary.IsCalm = wasCalm;
        if (isAllBooked && !Books.Shown.SequenceEqual(before)) Faults.Add("a run with a restored backup changed the books");
        if (Adversary.OneIn(2)) _staff.Move();
        if (Adversary.OneIn(2)) await AdoptAsync();
    }

    /// <returns>Whether the last run found documents that nobody has adopted.</returns>
    private async Task<bool> AdoptAsync()
    {
        if (_last?.Proof is not { } proof) return false;
        var found = proof.Differences.Where(d => d.Judged.Difference.Code == DifferenceCodes.UnknownToStore).Select(d => d.Judged.Difference.Subject);
        if (!found.Except(_file.Rows("SELECT reference FROM adopted_documents"), StringComparer.Ordinal).Any()) return false;
        Stage.Note("a person", "lets the store go on beside what it does not know");
        await StartAsync((runner, request) => runner.DecideAsync(request, Decision.Adopt("eve", "a backup was put back"), CancellationToken.None));
        return true;
    }

    // A process of the same host is known to be gone; of another host, its lease has to run out.
    private void Recover()
    {
        if (Adversary.OneIn(2)) _file.Execute($"UPDATE leases SET expires_at = '{StoreText.Of(DateTimeOffset.UnixEpoch)}'");
        else Stage.Advance(TimeSpan.FromMinutes(Adversary.Random.Next(2, 5)));
        if (Adversary.OneIn(3)) _staff.Work(1);
        _books.Touch();
    }

    private void ChangeTerms()
    {
        var version = Terms.Version + 1;
        Terms = Adversary.Random.Next(4) switch
        {
            0 when _staff.Movable is null => Terms with { Version = version, IsMerged = true },
            1 => Terms with { Version = version, KnowsNewcomer = true },
            2 => Terms with { Version = version, Vat = Adversary.Random.Pick<decimal>(RoundsWell ? [0.10m, 0.20m] : [0.0725m, 0.0825m]) },
            _ => WithHourly(version, Adversary.Random.Pick<decimal>(RoundsWell ? [100m, 120m, 80m] : [99.99m, 77.77m, 101.01m])),
        };
        AllTerms.Add(Terms);
        Stage.Note("a person", $"changes the mapping: {Terms}");
    }

    private Terms WithHourly(int version, decimal hourly) => Terms with { Version = version, Hourly = hourly, HourlyYen = RoundsWell ? hourly * 165m : Math.Floor(hourly * 163m) };

    private void ChangePolicyOfJob()
    {
        Job = Job with { Posting = Job.Posting with { OnChange = NewPolicy(Job.Posting.AsDraft) } };
        Stage.Note("a person", $"changes the policy to {Job.Posting.OnChange}");
    }

    private Task RunAsync(PostablePlan? plan = null) => StartAsync((runner, request) => runner.RunAsync(request with { Plan = plan }, CancellationToken.None));

    private async Task StartAsync(Func<JobRunner, RunRequest, Task<RunResult?>> run)
    {
        _last = null;
        Begin(run);
        if (Adversary.Strikes(Fault.SecondHost)) Begin(run);
        Stage.Play();
        await CloseStoresAsync();
        if (Faults.Count > 0) return;
        CheckWatermarks();
        CheckDeletions();
    }

    private void AnotherHostAfter(SimulatedProcess process)
    {
        if (!Adversary.IsArmed(Fault.SecondHost) || !Adversary.OneIn(2)) return;
        Stage.At(Stage.Now.AddSeconds(125), () =>
        {
            if (!process.IsOver) Begin((runner, request) => runner.RunAsync(request, CancellationToken.None));
        });
    }

    private void Begin(Func<JobRunner, RunRequest, Task<RunResult?>> run)
    {
        var process = new SimulatedProcess(Stage, Adversary, FormattableString.Invariant($"run {++_processes}"));
        Stage.Add(process);
        process.Start(() => WorkAsync(process, run));
    }

    private async Task WorkAsync(SimulatedProcess process, Func<JobRunner, RunRequest, Task<RunResult?>> run)
    {
        process.Note("starts");
        var store = _file.Open(process.Clock);
        _opened.Add(store);
        var bugged = BuggedStore.Of(store, _bug, lease => lease with { Token = _tokens[lease.Name] });
        var ports = new RunPorts(
            StoreBorder.Of(bugged, this, process), SourceFor(process), new Dictionary<string, IDestination> { ["all"] = _books.For(process) }, new Reporter(process, Adversary), process.Clock,
            Serilog.Core.Logger.None, RunProgress.None);
        try
        {
            var result = await run(new JobRunner(ports), new RunRequest(Job, Terms.Mapping, [], null, null, process.Clock.GetUtcNow()));
            process.Note(result is null ? "another run holds the lease" : FormattableString.Invariant($"exit {result.ExitCode}: {result.Message}"));
            _last = result ?? _last;
        }
        catch (Exception e) when (e is ProcessEndedException or StoreException or OutsideException or LeaseLostException)
        {
            process.Note($"ends: {e.Message}");
        }
        catch (Exception e) when (!process.IsDead)
        {
            Faults.Add($"{process.Name} ended with a defect: {e}");
        }
    }

    private ISource SourceFor(SimulatedProcess process) => _bug == PlantedBug.NoDeleteGuard ? new UnguardedSource(Source.For(process)) : Source.For(process);

    private async Task CloseStoresAsync()
    {
        foreach (var store in _opened) await store.DisposeAsync();
        _opened.Clear();
    }

    // What has not been read yet must be where the next reading begins.
    private void CheckWatermarks()
    {
        var staged = StagedContents();
        foreach (var row in _file.Rows("SELECT stream, modified_through FROM watermarks").Select(r => r.Split('|')))
        {
            var from = StoreText.InstantOf(row[1]) - Job.Source.Lookback;
            foreach (var missed in Source.Rows.Where(r => r.Record.Stream.Name() == row[0] && r.Stamp < from && !staged.Contains((row[0], r.Record.Id, RecordContent.Hash(r.Record)))))
                Faults.Add(FormattableString.Invariant($"the watermark of {row[0]} is {row[1]}, and {missed.Record.Id}, changed {missed.Stamp:u}, is not staged"));
        }
    }

    // What the program concluded of an absence must be true, and within the limit. A later reading would bring the record back, but not the documents.
    private void CheckDeletions()
    {
        foreach (var row in _file.Rows("SELECT s.run_no, SUM(p.records) FROM pages p JOIN page_sets s ON s.page_set = p.page_set WHERE s.purpose = 'absence' GROUP BY s.run_no").Select(r => r.Split('|')))
        {
            if (int.Parse(row[1], CultureInfo.InvariantCulture) > Job.Limits.Deletes) Faults.Add($"run {row[0]} took {row[1]} records for deleted at once, and the limit is {Job.Limits.Deletes}");
        }

        foreach (var row in _file.Rows("SELECT r.stream, r.source_id FROM records r JOIN page_sets s ON s.page_set = r.seen_in WHERE s.purpose = 'absence' AND r.is_current = 1").Select(r => r.Split('|')))
        {
            if (Source.Has(StreamNames.Parse(row[0]), row[1])) Faults.Add($"record {row[1]} counts as deleted, and it is there");
        }
    }

    private HashSet<(string Stream, string Id, string Hash)> StagedContents() =>
        [.. _file.Rows("SELECT stream, source_id, content_hash FROM records WHERE is_current = 1").Select(r => r.Split('|')).Select(r => (r[0], r[1], r[2]))];

    private async Task HealAsync()
    {
        Adversary.IsCalm = true;
        _fullWrites = 0;
        Stage.Advance(TimeSpan.FromHours(1));
        _books.Heal();
        if (_mendsMistakes)
        {
            _staff.MendMistakes();
            Terms = Terms with { Version = Terms.Version + 1, KnowsNewcomer = true };
            AllTerms.Add(Terms);
        }

        Stage.Note("the world", "heals");
        Stage.Advance(TimeSpan.FromDays(Job.Posting.Late == LateRule.NextOpenPeriod ? 150 : Adversary.Random.Next(1, 20)));
        for (var repairs = 0; repairs < MostRepairs && Faults.Count == 0; repairs++)
        {
            await RunAsync();
            if (IsDone && !await SettleAsync(_last!)) break;
            Stage.Advance(TimeSpan.FromMinutes(20));
        }

        if (Faults.Count > 0) return;
        if (Adversary.OneIn(4)) await CheckIdleAsync();
        Faults.AddRange(await new Verdict(this, StagedContents()).FaultsAsync());
    }

    // What a run leaves to a person, the person settles: lets a plan through, or has final documents credited where drafts cannot be replaced.
    private async Task<bool> SettleAsync(RunResult result)
    {
        if (await AdoptAsync()) return true;
        if (result.Proof!.Counts.DeletesHeld.Count > 0)
        {
            Job = Job with { Limits = Job.Limits with { Deletes = 1000 } };
            Stage.Note("a person", "sees that the records are really gone, and raises the limit");
            return true;
        }

        if (result.Proof.Counts.OverLimit is not null)
        {
            Plan? plan = null;
            await StartAsync((runner, request) => runner.PlanAsync(
                request,
                p =>
                {
                    plan = p;
                    return Task.CompletedTask;
                },
                CancellationToken.None));
            if (plan is null) return true;
            Stage.Note("a person", $"lets a plan through: {plan.Headline}");
            await RunAsync(PlanBench.Postable(plan));
            await AdoptAsync();
            return true;
        }

        // Rows that changed places while a set was read are read by the next run, as the program says.
        if (result.Proof.Differences.Any(d => d.Judged.Difference.Code == DifferenceCodes.SourceCount)) return true;

        // A record that was missed once is gone when it is missed again.
        if (_file.Rows("SELECT source_id FROM missing_records").Count > 0) return true;
        if (Job.Posting.OnChange != ChangePolicy.Update || result.Proof.Differences.Count == 0) return false;
        Job = Job with { Posting = Job.Posting with { OnChange = ChangePolicy.CreditAndRebill } };
        Stage.Note("a person", "has the rest credited");
        return true;
    }

    private async Task CheckIdleAsync()
    {
        var before = Books.Shown;
        Stage.Advance(TimeSpan.FromMinutes(30));
        await RunAsync();
        if (!Books.Shown.SequenceEqual(before)) Faults.Add("a run with nothing new changed the books");
    }

    /// <summary>Takes the proof, or fails to send it.</summary>
    private sealed class Reporter(SimulatedProcess process, Adversary adversary) : IRunReporter
    {
        public async Task<string> ReportAsync(RunProof proof, CancellationToken cancel)
        {
            await process.PassAsync("before the report");
            if (adversary.Strikes(Fault.ReportFails)) throw new OutsideException(OutsideFault.Transient, "The mail server does not answer.");
            return "sent";
        }
    }
}
