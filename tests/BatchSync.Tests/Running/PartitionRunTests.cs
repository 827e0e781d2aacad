using BatchSync.Configuration;
using BatchSync.Core.Posting;
using BatchSync.Destinations;
using BatchSync.Http;
using BatchSync.Running;
using BatchSync.Scheduling;
using BatchSync.Storage;
using BatchSync.Tests.Support;
using NUnit.Framework;
using Serilog.Core;

namespace BatchSync.Tests.Running;

/// <summary>A run whose documents several hosts post, an entity each: the books are those of one host, whoever died or slept in the middle.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
public sealed class PartitionRunTests
{
    [Test]
    public async Task Run_WithoutOtherHosts_PostsAllEntitiesItself()
    {
        await using var group = await Group.OpenAsync();
        var result = await group.Firm.ExpectAsync(ExitCodes.Done);
        await Assert.MultipleAsync(async () =>
        {
            Assert.That(group.Posted, Is.EqualTo(Group.All));
            Assert.That(result.Proof!.Counts.DocumentsPosted, Is.EqualTo(3));
            Assert.That((await group.PartitionsAsync(result.RunNo)).Select(p => (p.Destination, p.State, p.Result.Posted)), Is.EqualTo(new[] { ("eu", PartitionState.Done, 1), ("us", PartitionState.Done, 2) }));
            Assert.That(await group.Firm.Store.ListLeasesAsync(CancellationToken.None), Is.Empty);
        });
    }

    [Test]
    public async Task Run_WhileAnotherHostPosts_LeavesThatEntityToItAndProvesBoth()
    {
        await using var group = await Group.OpenAsync();
        await using var other = group.OtherHost();
        var looked = false;
        group.Eu.OnReady = async _ =>
        {
            if (looked) return;
            looked = true;
            await other.Keeper.LookAsync(CancellationToken.None);
        };
        var result = await group.Firm.ExpectAsync(ExitCodes.Done);
        Assert.Multiple(() =>
        {
            Assert.That(other.Worked, Is.EqualTo(new[] { "us" }));
            Assert.That(group.Posted, Is.EqualTo(Group.All));
            Assert.That(result.Proof!.Counts.DocumentsPosted, Is.EqualTo(3));
            Assert.That(result.Proof.Periods, Has.Count.EqualTo(1));
        });
    }

    // It took the partition and was never heard of again: its lease has to run out, and what it writes later is refused.
    [Test]
    public async Task Run_WhoseOtherHostDied_TakesItsEntityOver()
    {
        await using var group = await Group.OpenAsync();
        await using var store = group.Firm.File.Open(group.Firm.Time);
        Lease? dead = null;
        var began = group.Firm.Time.GetUtcNow();
        group.Eu.OnReady = async _ => dead ??= await store.ClaimPartitionAsync((await store.ListFreePartitionsAsync(CancellationToken.None)).Single(), LeaseKeeper.Length, CancellationToken.None);
        await group.Firm.ExpectAsync(ExitCodes.Done);
        await Assert.MultipleAsync(async () =>
        {
            Assert.That(group.Posted, Is.EqualTo(Group.All));
            Assert.That(group.Firm.Time.GetUtcNow() - began, Is.GreaterThanOrEqualTo(LeaseKeeper.Length));
            await Assert.ThrowsAsync<LeaseLostException>(() => store.EndPartitionAsync(dead!, 1, new PartitionResult(9, 0, 0, null, ""), CancellationToken.None));
        });
    }

    // The run that offered it is over: whoever still works for it may write nothing, and the next run settles what it sent.
    [Test]
    public async Task Partition_OfARunThatAnotherOneTookOver_IsFenced()
    {
        await using var group = await Group.OpenAsync();
        await using var store = group.Firm.File.Open(group.Firm.Time);
        Lease? stale = null;
        group.Eu.OnReady = async _ =>
        {
            stale ??= await store.ClaimPartitionAsync((await store.ListFreePartitionsAsync(CancellationToken.None)).Single(), LeaseKeeper.Length, CancellationToken.None);
            group.Firm.File.Execute($"UPDATE leases SET token = token + 1 WHERE name = '{Some.Series}'");
        };
        await group.Firm.ExpectAsync(ExitCodes.Failed);
        group.Eu.OnReady = null;
        await Assert.MultipleAsync(async () =>
        {
            await Assert.ThrowsAsync<LeaseLostException>(() => store.RenewLeaseAsync(stale!, LeaseKeeper.Length, CancellationToken.None));
            Assert.That(await store.ListFreePartitionsAsync(CancellationToken.None), Is.Empty, "nobody begins for a run that is over");
        });
        group.Firm.Time.Advance(TimeSpan.FromMinutes(3));
        await group.Firm.ExpectAsync(ExitCodes.Done);
        Assert.That(group.Posted, Is.EqualTo(Group.All));
    }

    [Test]
    public async Task Run_WhereTheOtherHostsDestinationFails_EndsWithThatAndPostsTheRest()
    {
        await using var group = await Group.OpenAsync();
        await using var other = group.OtherHost();
        group.Us.OnCreate = _ => throw new OutsideException(OutsideFault.Permanent, "The company is locked.");
        group.Eu.OnReady = _ => other.Keeper.LookAsync(CancellationToken.None);
        var result = await group.Firm.ExpectAsync(ExitCodes.Failed);
        Assert.Multiple(() =>
        {
            Assert.That(other.Worked, Is.EqualTo(new[] { "us" }));
            Assert.That(result.Message, Does.Contain("destination 'us' (entity us) was left alone").And.Contain("The company is locked."));
            Assert.That(group.Eu.Documents, Has.Count.EqualTo(1));
            Assert.That(group.Us.Batches, Has.Count.EqualTo(1), "the run does not try again what has just failed");
        });
    }

    [Test]
    public async Task OtherHost_WithAnotherConfiguration_LeavesPartitionsAlone()
    {
        await using var group = await Group.OpenAsync();
        await using var other = group.OtherHost(new ConfigurationFile("jobs/nightly.yaml", "changed", []));
        group.Eu.OnReady = _ => other.Keeper.LookAsync(CancellationToken.None);
        await group.Firm.ExpectAsync(ExitCodes.Done);
        Assert.Multiple(() =>
        {
            Assert.That(other.Worked, Is.Empty);
            Assert.That(group.Posted, Is.EqualTo(Group.All));
        });
    }

    // The credit's company and that of the new bill are two: the one waits for the other, whoever posts it.
    [Test]
    public async Task Run_WhoseDocumentWaitsForAnotherEntity_PostsItOnceThatIsThere()
    {
        await using var group = await Group.OpenAsync();
        await group.Firm.ExpectAsync(ExitCodes.Done);
        group.Firm.NextDay();
        group.Firm.Job = group.Firm.Job with { Posting = group.Firm.Job.Posting with { OnChange = ChangePolicy.CreditAndRebill } };
        group.Firm.Source.Edit("2", r => r with { Client = r.Client with { Id = "1001" } });
        group.Firm.Source.Put(Some.TimeEntry("9", client: "1002", hours: 3m));
        await group.Firm.ExpectAsync(ExitCodes.Done);
        Assert.That(group.Firm.File.Rows("SELECT DISTINCT state FROM outbox"), Is.EqualTo(new[] { "Posted" }), string.Join('\n', group.Posted));
    }

    /// <summary>A firm of two entities, each with a company of its own, and whoever else posts for it.</summary>
    private sealed class Group : IAsyncDisposable
    {
        public static readonly string[] All = ["eu 61", "us 58", "us 70"];

        private Group(Firm firm) => Firm = firm;

        public Firm Firm { get; }
        public FakeBooks Us { get; } = new();
        public FakeBooks Eu { get; } = new() { Tenant = new DestinationTenant("company-2", "test") };

        public IEnumerable<string> Posted =>
            Eu.Documents.Select(d => $"eu {d.Shown.Client}").Concat(Us.Documents.Select(d => $"us {d.Shown.Client}")).Order(StringComparer.Ordinal);

        public static async Task<Group> OpenAsync()
        {
            var group = new Group(await Firm.OpenAsync(Some.TimeEntry("1"), Some.TimeEntry("2", client: "1002"), Some.TimeEntry("3", client: "1004")));
            group.Firm.Job = Some.Job(destinations: ["us", "eu"]) with { PartitionBy = PartitionBy.Entity };
            group.Firm.Ports = new Dictionary<string, IDestination> { ["us"] = group.Us, ["eu"] = group.Eu };
            group.Firm.Files = [new ConfigurationFile("jobs/nightly.yaml", "as it is", [])];
            group.Firm.Mapping = Some.Mapping(
                entities: [Some.Entity("us"), Some.Entity("eu", "Europe/Berlin", "EUR")],
                clients: [.. Some.Clients.Select(c => c.Code == "NORDWIND" ? c with { Entity = "eu" } : c)]);
            return group;
        }

        public OtherHost OtherHost(params ConfigurationFile[] files) => new(Firm, files.Length == 0 ? Firm.Files : files);

        public Task<IReadOnlyList<PartitionRow>> PartitionsAsync(long runNo) => Firm.Store.ListPartitionsAsync(runNo, CancellationToken.None);

        public ValueTask DisposeAsync() => Firm.DisposeAsync();
    }

    /// <summary>Another process at the same store.</summary>
    private sealed class OtherHost : IAsyncDisposable
    {
        private readonly IStore _store;

        public OtherHost(Firm firm, IReadOnlyList<ConfigurationFile> files)
        {
            _store = firm.File.Open(firm.Time);
            Keeper = new PartitionKeeper(_store, [firm.Job], files, PostAsync, firm.Time, Logger.None);

            async Task<bool> PostAsync(JobDefinition job, RunRow run, PartitionRow partition, CancellationToken cancel)
            {
                var ports = new RunPorts(_store, firm.Source, firm.Ports, new RecordingReporter(), firm.Time, Logger.None, RunProgress.None);
                var done = await new JobRunner(ports).PostPartitionAsync(new RunRequest(job, firm.Mapping, files, run.From, run.To, run.AsOf), run, partition, cancel);
                if (done) Worked.Add(partition.Destination);
                return done;
            }
        }

        public PartitionKeeper Keeper { get; }

        public List<string> Worked { get; } = [];

        public async ValueTask DisposeAsync()
        {
            Keeper.Dispose();
            await _store.DisposeAsync();
        }
    }
}
