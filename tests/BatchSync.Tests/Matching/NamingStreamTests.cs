using BatchSync.Cli;
using BatchSync.Core.Sources;
using BatchSync.Running;
using BatchSync.Sandbox;
using BatchSync.Storage;
using BatchSync.Tests.Running;
using BatchSync.Tests.Samples;
using BatchSync.Tests.Support;
using NUnit.Framework;
using Serilog;

namespace BatchSync.Tests.Matching;

/// <summary>Clients, projects, tasks and people as streams of a job: staged like records, billed never.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class NamingStreamTests
{
    private static readonly StreamKind[] Billed = [StreamKind.TimeEntries, StreamKind.Expenses];
    private static readonly StreamKind[] Naming = [StreamKind.Clients, StreamKind.Projects, StreamKind.Tasks, StreamKind.People];

    [Test]
    public async Task NamingStreams_OfAnApi_AreStagedWithWatermarksAndChangeNoDocument()
    {
        await using var with = await ApiFirm.OpenAsync([.. Billed, .. Naming]);
        await using var without = await ApiFirm.OpenAsync(Billed);
        var (proof, plain) = (await with.RunAsync(), await without.RunAsync());

        Assert.That((proof.Exit, with.Invoices), Is.EqualTo((plain.Exit, without.Invoices)));
        Assert.That(await with.WatermarksAsync(), Is.EquivalentTo(new[] { "clients", "expenses", "people", "projects", "tasks", "time_entries" }));
        Assert.That(await without.WatermarksAsync(), Is.EquivalentTo(new[] { "expenses", "time_entries" }));
        Assert.That((await with.NamedAsync()).Select(r => $"{r.Stream.Name()} {r.Id} {r.Name} {r.Code} {r.Client.Id}".TrimEnd()), Is.EqualTo(new[]
        {
            "clients 1001 Acme Corp", "clients 1002 Nordwind GmbH", "people 17 Dana Diaz dana@example.com", "projects 300 Website WEB 1001", "tasks 501 Development",
        }));
    }

    [Test]
    public async Task NamingStreams_OfARangeOfDates_AreReadWholeAndMoveNoWatermark()
    {
        await using var firm = await ApiFirm.OpenAsync([.. Billed, .. Naming]);
        await firm.RunAsync(Some.Day("2026-10-01"), Some.Day("2026-10-10"));

        Assert.That(await firm.WatermarksAsync(), Is.Empty);
        Assert.That(await firm.NamedAsync(), Has.Count.EqualTo(5));
    }

    [Test]
    public async Task NamingRow_ThatChangesOrGoes_IsANewVersionWithoutABucket()
    {
        static SourceRecord Row(string name) => new() { Stream = StreamKind.Clients, Id = "1001", Name = name };
        await using var firm = await Firm.OpenAsync(Some.TimeEntry(), Row("Acme"));
        firm.Job = firm.Job with { Source = firm.Job.Source with { Streams = [StreamKind.TimeEntries, StreamKind.Clients] } };
        await firm.ExpectAsync(ExitCodes.Done);
        firm.NextDay();
        firm.Source.Put(Row("Acme Corp"));
        await firm.ExpectAsync(ExitCodes.Done);
        firm.NextDay();
        firm.Source.Put(Row("Acme Corp") with { Deleted = true });
        await firm.ExpectAsync(ExitCodes.Done);

        Assert.That(
            firm.File.Rows("SELECT version, name, is_current, deleted, (SELECT COUNT(*) FROM buckets b WHERE b.record_no = r.record_no) FROM records r WHERE stream = 'clients' ORDER BY version"),
            Is.EqualTo(new[] { "1|Acme|0|0|0", "2|Acme Corp|0|0|0", "3|Acme Corp|1|1|0" }));
        Assert.That(await firm.Store.ListNamingRecordsAsync(Some.Series, CancellationToken.None), Is.Empty);
    }

    /// <summary>The consulting sample against a sandbox, with a job of some streams.</summary>
    private sealed class ApiFirm : IAsyncDisposable
    {
        private readonly Cli.TemporaryFolder _folder;
        private readonly ManualTime _time;
        private readonly SandboxServer _sandbox;
        private readonly Workspace _workspace;

        private ApiFirm(Cli.TemporaryFolder folder, ManualTime time, SandboxServer sandbox)
        {
            (_folder, _time, _sandbox) = (folder, time, sandbox);
            _workspace = new Workspace(
                Path.Combine(folder.Path, "config"), StorePlace.OfFile(Path.Combine(folder.Path, "store.db")), new LoggerConfiguration().CreateLogger(), time, SandboxSettings.Environment(sandbox, SandboxOptions.DefaultToken));
        }

        public string Invoices
        {
            get
            {
                using var stream = new MemoryStream();
                using (var writer = new System.Text.Json.Utf8JsonWriter(stream)) LedgerJson.Write(writer, _sandbox.Books.Ledger());
                return System.Text.Encoding.UTF8.GetString(stream.ToArray());
            }
        }

        public static async Task<ApiFirm> OpenAsync(IEnumerable<StreamKind> streams)
        {
            var (folder, time) = (new Cli.TemporaryFolder(), new ManualTime(new DateTimeOffset(2026, 11, 5, 12, 0, 0, TimeSpan.Zero)));
            var (config, rows) = (Path.Combine(folder.Path, "config"), Path.Combine(folder.Path, "rows"));
            Directory.CreateDirectory(config);
            Directory.CreateDirectory(rows);
            var sample = Path.Combine(SampleRunner.SamplesFolder, "consulting");
            var job = await File.ReadAllTextAsync(Path.Combine(sample, "job.yaml"));
            await File.WriteAllTextAsync(Path.Combine(config, "job.yaml"), job.Replace("[time_entries, expenses]", $"[{string.Join(", ", streams.Select(s => s.Name()))}]", StringComparison.Ordinal));
            File.Copy(Path.Combine(sample, "mapping.yaml"), Path.Combine(config, "mapping.yaml"));
            foreach (var file in Directory.EnumerateFiles(Path.Combine(sample, "pages"))) File.Copy(file, Path.Combine(rows, Path.GetFileName(file)));
            await File.WriteAllTextAsync(Path.Combine(rows, "clients.json"), """{"clients":[{"id":1001,"name":"Acme Corp","is_active":true,"updated_at":"2026-09-01T00:00:00Z"},{"id":1002,"name":"Nordwind GmbH","is_active":true,"updated_at":"2026-09-01T00:00:00Z"}]}""");
            await File.WriteAllTextAsync(Path.Combine(rows, "projects.json"), """{"projects":[{"id":300,"name":"Website","code":"WEB","is_active":true,"client":{"id":1001,"name":"Acme Corp"},"updated_at":"2026-09-01T00:00:00Z"}]}""");
            await File.WriteAllTextAsync(Path.Combine(rows, "tasks.json"), """{"tasks":[{"id":501,"name":"Development","is_active":true,"updated_at":"2026-09-01T00:00:00Z"}]}""");
            await File.WriteAllTextAsync(Path.Combine(rows, "people.json"), """{"people":[{"id":17,"name":"Dana Diaz","email":"dana@example.com","is_active":true,"updated_at":"2026-09-01T00:00:00Z"}]}""");
            return new ApiFirm(folder, time, await SandboxServer.StartAsync(new SandboxOptions(rows, 0, null, null, SandboxOptions.DefaultToken, time), CancellationToken.None));
        }

        public async Task<(int Exit, string Output)> RunAsync(DateOnly? from = null, DateOnly? to = null)
        {
            using var output = new StringWriter();
            var screen = new Screen(new Terminal(output, output, IsInteractive: false, ErrorIsSame: false, Width: null), noColor: true);
            var exit = await RunCommand.ExecuteAsync(new JobCall(_workspace, screen, "consulting", from, to, _time.GetUtcNow(), Json: false) { Verbose = true }, CancellationToken.None);
            return (exit, output.ToString());
        }

        public async Task<IEnumerable<string>> WatermarksAsync() => (await (await StoreAsync()).ListWatermarksAsync(CancellationToken.None)).Select(w => w.Stream);

        public async Task<IReadOnlyList<SourceRecord>> NamedAsync() => await (await StoreAsync()).ListNamingRecordsAsync("C", CancellationToken.None);

        public async ValueTask DisposeAsync()
        {
            await _workspace.DisposeAsync();
            await _sandbox.DisposeAsync();
            _folder.Dispose();
        }

        private Task<IStore> StoreAsync() => _workspace.StoreAsync(CancellationToken.None);
    }
}
