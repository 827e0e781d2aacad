using System.Text.RegularExpressions;
using BatchSync.Cli;
using BatchSync.Core.Retry;
using BatchSync.Running;
using BatchSync.Sandbox;
using BatchSync.Tests.Sandbox;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Cli;

/// <summary>Whole runs against a sandbox that counts calls and turns away what is too many, on a clock that jumps over waits.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class PacedRunTests
{
    private static readonly Allowance OfSource = new(100, TimeSpan.FromSeconds(15));
    private static readonly Allowance OfBooks = new(20, TimeSpan.FromSeconds(30));

    // Harvest's shape: one call to probe and 498 pages are five spans, which begin within four.
    [Test]
    public async Task Run_FromASourceWithAnAllowance_UsesItAndIsNotRefused()
    {
        await using var firm = await PacedFirm.OpenAsync(OfSource, entries: 498, days: 1, source: "allowance: [ { calls: 100, per: 15s, remaining: X-RateLimit-Remaining } ]", isJournal: true);
        var run = await firm.RunAsync();
        Assert.Multiple(() =>
        {
            Assert.That(run.Exit, Is.EqualTo(ExitCodes.Done), run.Output + run.Error);
            Assert.That(firm.Calls("/time/"), Is.EqualTo(499));
            Assert.That(firm.Refused, Is.Zero);
            Assert.That(firm.Elapsed, Is.LessThan(4 * OfSource.Per / 0.95));
        });
    }

    // Four documents for each call, three calls for each batch, and some more: whatever it is, the spans are full.
    [Test]
    public async Task Run_ToBooksWithAnAllowance_UsesItAndIsNotRefused()
    {
        await using var firm = await PacedFirm.OpenAsync(OfBooks, entries: 92, days: 92, books: "allowance: [ { calls: 20, per: 30s } ]");
        var run = await firm.RunAsync();
        var calls = firm.Calls("/books/");
        Assert.Multiple(() =>
        {
            Assert.That(run.Exit, Is.EqualTo(ExitCodes.Done), run.Output + run.Error);
            Assert.That(firm.Documents, Is.EqualTo(92));
            Assert.That(calls, Is.GreaterThan(2 * 92));
            Assert.That(firm.Refused, Is.Zero);
            Assert.That(firm.Elapsed, Is.LessThan(((calls - 1) / OfBooks.Calls) * OfBooks.Per / 0.95));
        });
    }

    // Without the allowance in the connector the same books turn calls away; what they say of it is kept to, and everything is posted once all the same.
    [Test]
    public async Task Run_ToBooksWhoseAllowanceIsNotDeclared_IsRefusedNowAndThenAndGoesOn()
    {
        await using var firm = await PacedFirm.OpenAsync(OfBooks, entries: 30, days: 30);
        var run = await firm.RunAsync();
        Assert.That((run.Exit, firm.Documents), Is.EqualTo((ExitCodes.Done, 30)), run.Output + run.Error);
        Assert.That(firm.Refused, Is.GreaterThan(0));
    }

    // Every run is a process of its own: what the one before has used is in the store.
    [Test]
    public async Task Run_RightAfterAnother_DoesNotBeginByBeingRefused()
    {
        await using var firm = await PacedFirm.OpenAsync(OfBooks, entries: 20, days: 20, books: "allowance: [ { calls: 20, per: 30s } ]");
        for (var run = 0; run < 4; run++) Assert.That((await firm.RunAsync()).Exit, Is.EqualTo(ExitCodes.Done));
        Assert.That(firm.Calls("/books/"), Is.GreaterThan(40));
        Assert.That(firm.Refused, Is.Zero);
    }

    [Test]
    public async Task Run_WhoseDayIsUsedUp_SaysWhenItGoesOnAndDoesThen()
    {
        await using var firm = await PacedFirm.OpenAsync(new Allowance(50, TimeSpan.FromDays(1)), entries: 80, days: 1, source: "allowance: [ { calls: 50, per: 1d } ]", isJournal: true);
        var first = await firm.RunAsync();
        var again = await firm.RunAsync();
        Assert.Multiple(() =>
        {
            Assert.That((first.Exit, again.Exit), Is.EqualTo((ExitCodes.Failed, ExitCodes.Failed)));
            Assert.That(first.Error, Does.Contain("A call was not sent: tracker takes no call before 2026-11-06 12:14:24Z: its allowance of 50 calls in 1 d is used up. Run again then; nothing that was done is lost."));
            Assert.That(again.Error, Does.Contain("its allowance of 50 calls in 1 d is used up"));
            Assert.That((firm.Calls("/time/"), firm.Refused, firm.Elapsed), Is.EqualTo((50, 0, TimeSpan.Zero)), "nobody slept until tomorrow");
        });
        firm.Advance(TimeSpan.FromDays(1.1));
        var next = await firm.RunAsync();
        Assert.That((next.Exit, firm.Refused), Is.EqualTo((ExitCodes.Done, 0)), next.Error);
        Assert.That(firm.Calls("/time/"), Is.EqualTo(50 + 1 + 31), "it goes on after the page that it had");
    }

    [Test]
    public async Task Run_WhosePostingDoesNotFitIntoItsLimitOfCalls_PostsNothingAndTheNextWithAHigherOneDoes()
    {
        await using var firm = await PacedFirm.OpenAsync(null, entries: 10, days: 10, limits: "limits: { calls: 25 }");
        var first = await firm.RunAsync();
        Assert.Multiple(() =>
        {
            Assert.That(first.Exit, Is.EqualTo(ExitCodes.Failed), first.Output);
            Assert.That(first.Error, Does.Contain("of 25 are left (limits.calls): nothing was posted. Raise the limit, then run again: batchsync run nightly"));
            Assert.That(firm.Documents, Is.Zero);
            Assert.That(firm.AllCalls, Is.LessThanOrEqualTo(25));
        });
        firm.Rewrite("limits: { calls: 200 }");
        var rest = await firm.RunAsync();
        Assert.That((rest.Exit, firm.Documents), Is.EqualTo((ExitCodes.Done, 10)), rest.Error);
    }

    // A page for each record: the limit ends the reading, and the next run goes on after the page that it had.
    [Test]
    public async Task Run_WhoseReadingUsesUpItsLimitOfCalls_MakesNoMoreAndTheNextGoesOnFromThere()
    {
        await using var firm = await PacedFirm.OpenAsync(null, entries: 20, days: 1, limits: "limits: { calls: 9 }");
        var first = await firm.RunAsync();
        Assert.Multiple(() =>
        {
            Assert.That(first.Exit, Is.EqualTo(ExitCodes.Failed), first.Output);
            Assert.That(first.Error, Does.Contain("the 9 calls that a run may make (limits.calls) are used up. Raise the limit where every run ends so."));
            Assert.That((firm.AllCalls, firm.Calls("/time/")), Is.EqualTo((9, 8)), "one call asks the books whose they are");
        });
        firm.Rewrite("limits: { calls: 100 }");
        var next = await firm.RunAsync();
        Assert.That((next.Exit, firm.Documents, firm.Calls("/time/")), Is.EqualTo((ExitCodes.Done, 1, 8 + 1 + 13)), next.Error);
    }

    /// <summary>A configuration folder, a sandbox, and commands carried out in this process, each with a workspace of its own.</summary>
    private sealed class PacedFirm : IAsyncDisposable
    {
        private static readonly DateTimeOffset Start = new(2026, 11, 5, 12, 0, 0, TimeSpan.Zero);

        private readonly TemporaryFolder _folder = new();
        private readonly JumpingTime _time = new(Start);
        private string _job = "";
        private SandboxServer _sandbox = null!;
        private TimeSpan _moved;

        public int Refused => _sandbox.RefusedByLimit ?? 0;
        public int AllCalls => Calls("/");
        public int Documents => _sandbox.Books.Documents().Count;

        /// <summary>How long the runs have waited.</summary>
        public TimeSpan Elapsed => _time.GetUtcNow() - Start - _moved;

        public static async Task<PacedFirm> OpenAsync(Allowance? limit, int entries, int days, string source = "", string books = "", bool isJournal = false, string limits = "")
        {
            var firm = new PacedFirm();
            firm.Write("rows/time_entries.json", Rows(entries, days));
            firm._sandbox = await SandboxServer.StartAsync(new SandboxOptions(Path.Combine(firm._folder.Path, "rows"), 0, null, null, SandboxOptions.DefaultToken, firm._time) { Limit = limit }, CancellationToken.None);
            firm.Write("token.txt", SandboxOptions.DefaultToken);
            firm.Write("mapping-config/connectors/tracker.yaml", Connector("sandbox-time", "tracker", source).Replace("per_page: \"2000\"", days == 1 ? "per_page: \"1\"" : "per_page: \"2000\"", StringComparison.Ordinal));
            firm.Write("mapping-config/connectors/ledger.yaml", Connector("sandbox-books", "ledger", books).Replace("batchSize: 100\n  draftField", "batchSize: 1\n  draftField", StringComparison.Ordinal));
            firm.Write("mapping-config/paced.yaml", Mapping);
            var settings = $"{{ baseUrl: {firm._sandbox.Address.ToString().TrimEnd('/')}, token: file:token.txt }}";
            firm._job = $$"""
                job: nightly
                schema: 2
                series: P
                billFrom: 2026-07-01
                period: { every: day, closeAfter: 1d }
                source: { connector: tracker, settings: {{settings}}, streams: [time_entries], approval: none }
                mapping: paced
                destinations: { all: {{(isJournal ? "{ connector: journal, settings: { file: books.journal } }" : $"{{ connector: ledger, settings: {settings} }}")}} }
                posting: { as: {{(isJournal ? "final" : "draft")}} }

                """;
            firm.Rewrite(limits);
            return firm;
        }

        public void Rewrite(string limits) => Write("jobs/nightly.yaml", _job + limits + "\n");

        public void Advance(TimeSpan by)
        {
            _moved += by;
            _time.Advance(by);
        }

        public int Calls(string root) => _sandbox.RequestCounts().Where(c => c.Path.StartsWith(root, StringComparison.Ordinal)).Sum(c => c.Count);

        public async Task<CommandRun> RunAsync()
        {
            using var output = new StringWriter();
            using var error = new StringWriter();
            var exit = await CommandLine.RunAsync(["run", "nightly", "--config", _folder.Path], _time, new Terminal(output, error, IsInteractive: false, ErrorIsSame: false, Width: null), CancellationToken.None);
            return new CommandRun(exit, output.ToString(), error.ToString());
        }

        public async ValueTask DisposeAsync()
        {
            await _sandbox.DisposeAsync();
            _folder.Dispose();
        }

        private void Write(string file, string text) => RunningSandbox.Write(_folder.Path, file, text);

        private static string Connector(string shipped, string name, string calls)
        {
            var text = File.ReadAllText(Path.Combine(Repository.Root, $"mapping-config/connectors/{shipped}.yaml"));
            return Regex.Replace(text.Replace($"connector: {shipped}", $"connector: {name}", StringComparison.Ordinal), "^calls: .*$", $"calls: {{ timeout: 100s, maxDelay: 33s{(calls.Length > 0 ? ", " + calls : "")} }}", RegexOptions.Multiline);
        }

        private static string Rows(int entries, int days)
        {
            var rows = Enumerable.Range(0, entries).Select(i => FormattableString.Invariant(
                $$"""{"id":{{i + 1}},"spent_date":"{{new DateOnly(2026, 7, 1).AddDays(i % days):yyyy-MM-dd}}","hours":1,"billable":true,"client":{"id":1001},"updated_at":"2026-10-01T12:00:00Z"}"""));
            return $$"""{"time_entries":[{{string.Join(',', rows)}}]}""";
        }

        private const string Mapping = """
            mapping: paced
            schema: 2
            version: 1.0.0
            entities:
              us: { baseCurrency: USD, timeZone: UTC }
            defaults: { entity: us, currency: USD, tax: NONE, terms: net-30, account: "4000" }
            clients:
              - { code: ACME, source: ["1001"], destination: "58", name: Acme Corp }
            projects: []
            tasks: []
            rates:
              - { hourly: 100.00 }
            rounding:
              time: { increment: 15m, mode: up, scope: entry }
              money: { mode: half-up }
            tax: { per: line }
            taxes:
              NONE: { destination: NON, exempt: services }
            lines: { groupBy: [person], description: [period] }

            """;
    }
}
