using BatchSync.Configuration;
using BatchSync.Core.Sources;
using BatchSync.Destinations;
using BatchSync.Http;
using BatchSync.Running;
using BatchSync.Sandbox;
using BatchSync.Sources;
using BatchSync.Tests.Sandbox;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Running;

/// <summary>Runs over real HTTP, against the sandbox with a fault script: what the wire does must come to the same books.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
public sealed class WireTests
{
    private const string Bulk = "POST /books/v1/invoices/bulk";

    private static ConfigurationSet Shipped { get; } = ConfigurationLoader.Load(Path.Combine(AppContext.BaseDirectory, "connectors")).Set!;

    // What is tried again within the run, and what only the run's own look-ups settle.
    [TestCase($"{{ on: '{Bulk}', do: status, status: 429, retryAfter: 0 }}", 2)]
    [TestCase($"{{ on: '{Bulk}', do: status, status: 503 }}", 2)]
    [TestCase($"{{ on: '{Bulk}', do: status, status: 422 }}", 3)]
    [TestCase($"{{ on: '{Bulk}', do: drop-after-commit }}", 1)]
    [TestCase($"{{ on: '{Bulk}', do: html }}", 2)]
    [TestCase($"{{ on: '{Bulk}', do: truncate }}", 1)]
    [TestCase("{ on: 'GET /books/v1/invoices', nth: 2, times: 2, do: status, status: 500 }", 1)]
    [TestCase("{ on: 'POST /books/v1/invoices/finalize', do: drop-after-commit }", 1)]
    [TestCase("{ on: 'GET /time/v1/time_entries', do: status, status: 429, retryAfter: 0 }", 1)]
    [TestCase("{ on: 'GET /time/v1/expenses', do: status, status: 502 }", 1)]
    public async Task Run_ThroughAFaultThatPasses_PostsEachDocumentOnce(string fault, int calls)
    {
        await using var wire = await Wire.OpenAsync(fault);
        var result = await wire.RunAsync();
        if (result.ExitCode == ExitCodes.Failed) result = await wire.RunAsync();
        Assert.That(result.ExitCode, Is.EqualTo(ExitCodes.Done), result.Message);
        wire.AssertBooks();
        Assert.That(wire.Calls("POST", "/books/v1/invoices/bulk"), Is.EqualTo(calls));
    }

    [Test]
    public async Task Run_WithATimeOutAfterTheCommit_AdoptsWhatIsThere()
    {
        await using var wire = await Wire.OpenAsync($"{{ on: '{Bulk}', do: timeout-after-commit }}");
        var result = await wire.RunAsync();
        Assert.That(result.ExitCode, Is.EqualTo(ExitCodes.Done), result.Message);
        wire.AssertBooks();
        Assert.That(wire.Calls("POST", "/books/v1/invoices/bulk"), Is.EqualTo(1));
    }

    [Test]
    public async Task Run_WithOneItemRefused_PostsTheOthersAndTheNextRunPostsIt()
    {
        await using var wire = await Wire.OpenAsync($"{{ on: '{Bulk}', do: reject-items, positions: [2] }}");
        var first = await wire.RunAsync();
        Assert.Multiple(() =>
        {
            Assert.That(first.ExitCode, Is.EqualTo(ExitCodes.Differences), first.Message);
            Assert.That(wire.Documents, Has.Count.EqualTo(1));
        });
        var second = await wire.RunAsync();
        Assert.That(second.ExitCode, Is.EqualTo(ExitCodes.Done), second.Message);
        wire.AssertBooks();
    }

    // Every call is answered so: the run fails and says what to do; without the fault the next one does all of it.
    [TestCase("{ on: 'GET /time/v1/account', times: 99, do: status, status: 401 }", "401")]
    [TestCase("{ on: 'GET /time/v1/account', times: 99, do: html }", "/time/v1/account")]
    [TestCase("{ on: 'GET /time/v1/time_entries', times: 99, do: status, status: 401 }", "401")]
    [TestCase("{ on: 'GET /time/v1/time_entries', times: 99, do: html }", "/time/v1/time_entries")]
    [TestCase("{ on: 'GET /time/v1/time_entries', times: 99, do: truncate }", "/time/v1/time_entries")]
    [TestCase("{ on: 'GET /time/v1/time_entries', times: 99, do: status, status: 500 }", "500")]
    [TestCase("{ on: 'GET /time/v1/time_entries', nth: 2, times: 99, do: repeat-page }", "/time/v1/time_entries")]
    public async Task Run_FromASourceThatFails_PostsNothingAndTheNextRunGoesOn(string fault, string said)
    {
        await using var wire = await Wire.OpenAsync(fault, pageSize: 2);
        var first = await wire.RunAsync();
        Assert.Multiple(() =>
        {
            Assert.That(first.ExitCode, Is.EqualTo(ExitCodes.Failed), first.Message);
            Assert.That(first.Message, Does.Contain(said).And.EndWith("continue with: batchsync run nightly"));
            Assert.That(wire.Documents, Is.Empty);
        });
        wire.UseFaults("");
        var second = await wire.RunAsync();
        Assert.That(second.ExitCode, Is.EqualTo(ExitCodes.Done), second.Message);
        wire.AssertBooks();
    }

    [Test]
    public async Task Run_OfARowThatVanishedAtTheSource_TakesItOffTheBooks([Values(DeletesBy.Feed, DeletesBy.WindowDiff)] object by)
    {
        await using var wire = await Wire.OpenAsync("", pageSize: 2, (DeletesBy)by);
        var first = await wire.RunAsync();
        wire.Vanish("""{"time_entries":[{"id":3,"_deleted":true,"deleted_at":"2026-11-05T20:00:00Z"}],"expenses":[{"id":2,"_deleted":true,"deleted_at":"2026-11-05T20:00:00Z"}]}""");
        var second = await wire.RunAsync();
        Assert.Multiple(() =>
        {
            Assert.That((first.ExitCode, second.ExitCode), Is.EqualTo((ExitCodes.Done, ExitCodes.Done)), second.Message);
            Assert.That(wire.Owed, Is.EqualTo(new[] { "58 609.00 USD 60.90 USD", "61 604.00 EUR 0.00 EUR" }));
        });
    }

    // A connector whose path by id is wrong answers 404 for everything: that must not empty the books.
    [Test]
    public async Task Run_WhosePathByIdIsWrong_TakesNothingForDeleted()
    {
        await using var wire = await Wire.OpenAsync("", by: DeletesBy.WindowDiff, byId: "/time/v1/entries/{id}");
        await wire.RunAsync();
        wire.Vanish("""{"time_entries":[{"id":3,"_deleted":true}]}""");
        var second = await wire.RunAsync();
        Assert.Multiple(() =>
        {
            Assert.That(second.ExitCode, Is.EqualTo(ExitCodes.Differences), second.Message);
            Assert.That(second.Message, Does.Contain("is not found by its id"));
        });
        wire.AssertBooks();
    }

    [TestCase("status, status: 401", "401")]
    [TestCase("status, status: 500", "500")]
    [TestCase("html", "no JSON")]
    public async Task Run_WhoseCallByIdFails_TakesNothingForDeletedAndTheNextRunDoes(string fault, string said)
    {
        await using var wire = await Wire.OpenAsync("", by: DeletesBy.WindowDiff);
        await wire.RunAsync();
        wire.Vanish("""{"time_entries":[{"id":3,"_deleted":true}]}""");
        wire.UseFaults($"{{ on: 'GET /time/v1/time_entries/3', times: 99, do: {fault} }}");
        var failed = await wire.RunAsync();
        Assert.That(failed.ExitCode, Is.EqualTo(ExitCodes.Failed), failed.Message);
        Assert.That(failed.Message, Does.Contain(said));
        wire.AssertBooks();
        wire.UseFaults("");
        await wire.RunAsync();
        Assert.That(wire.Owed, Has.Member("58 609.00 USD 60.90 USD"));
    }

    /// <summary>A firm whose source and books are those of a sandbox.</summary>
    private sealed class Wire : IAsyncDisposable
    {
        private readonly Firm _firm;
        private readonly RunningSandbox _sandbox;
        private readonly Func<(ISource Source, IDestination Books)> _connect;

        private Wire(Firm firm, RunningSandbox sandbox, int pageSize, string? byId)
        {
            (_firm, _sandbox) = (firm, sandbox);
            var settings = new SettingValues(
                new Dictionary<string, ValueReference> { ["baseUrl"] = new(sandbox.Server.Address.ToString().TrimEnd('/')), ["token"] = new(SandboxOptions.DefaultToken) }, sandbox.Folder);
            _connect = () => (
                SourceFactory.Create(SourceOf(pageSize, byId), settings, firm.Job.Limits, null, null, TimeProvider.System, Serilog.Core.Logger.None),
                DestinationFactory.Create(DestinationConnector(), settings, null, null, TimeProvider.System, Serilog.Core.Logger.None));
        }

        public IReadOnlyList<BookedDocument> Documents => _sandbox.Server.Books.Documents();

        /// <summary>Customer, net and tax of what is final, credit notes counted back.</summary>
        public IEnumerable<string> Owed => _sandbox.Server.Books.Ledger().Final.Totals.Select(t => $"{t.Customer} {t.Net} {t.Tax}");

        public static async Task<Wire> OpenAsync(string fault, int pageSize = 2000, DeletesBy by = DeletesBy.None, string? byId = null)
        {
            var sandbox = await RunningSandbox.StartAsync(("time_entries.json", Rows("time_entries", "hours")), ("expenses.json", Rows("expenses", "total_cost")));
            var firm = await Firm.OpenAsync();
            if (by != DeletesBy.None) firm.Job = firm.Job with { Source = firm.Job.Source with { Deletes = new DeletesRule(by, 45) }, Posting = new PostingRules(AsDraft: false) { OnChange = ChangePolicy.Delta } };
            var wire = new Wire(firm, sandbox, pageSize, byId);
            wire.UseFaults(fault);
            return wire;
        }

        public void Vanish(string rows)
        {
            RunningSandbox.Write(_sandbox.Folder, "vanished/rows.json", rows);
            _sandbox.Server.Load("vanished");
        }

        public void UseFaults(string fault) => _sandbox.Server.UseFaults($"faults: [{fault}]", "test");

        // Every run is a process of its own, and knows nothing of the failures of another: nothing keeps them here.
        public async Task<RunResult> RunAsync()
        {
            var (source, books) = _connect();
            using var first = (IDisposable)source;
            using var second = (IDisposable)books;
            var result = await _firm.TryRunAsync(_firm.Store, source, new Dictionary<string, IDestination> { ["all"] = books });
            _firm.NextDay();
            return result!;
        }

        public int Calls(string method, string path) => _sandbox.Server.RequestCounts().Single(c => (c.Method, c.Path) == (method, path)).Count;

        // 1 + 3 + 5 hours for ACME and 2 + 4 for NORDWIND at 100.00, and as many of expenses; ACME pays 10 % of tax.
        public void AssertBooks() => Assert.That(
            Documents.Select(d => $"{d.Invoice.Customer} {d.Invoice.Net} {d.Invoice.Tax} {d.IsFinal}"), Is.EquivalentTo(new[] { "58 909.00 USD 90.90 USD True", "61 606.00 EUR 0.00 EUR True" }));

        public async ValueTask DisposeAsync()
        {
            await _sandbox.DisposeAsync();
            await _firm.DisposeAsync();
        }

        private static string Rows(string stream, string amount)
        {
            var rows = Enumerable.Range(1, 5).Select(i => FormattableString.Invariant(
                $$"""{"id":{{i}},"spent_date":"2026-10-0{{i}}","{{amount}}":{{i}},"approval_status":"approved","billable":true,"client":{"id":{{(i % 2 == 1 ? 1001 : 1002)}}},"updated_at":"2026-10-0{{i}}T12:00:00Z"}"""));
            return $$"""{"{{stream}}":[{{string.Join(',', rows)}}]}""";
        }

        private static SourceConnector SourceOf(int pageSize, string? byId)
        {
            var shipped = Shipped.Sources["sandbox-time"];
            var query = new Dictionary<string, ValueReference> { ["per_page"] = new(pageSize.ToString(System.Globalization.CultureInfo.InvariantCulture)) };
            return shipped with { Api = Quick(shipped.Api!), Streams = shipped.Streams.ToDictionary(s => s.Key, s => s.Value with { Query = query, ById = byId ?? s.Value.ById }) };
        }

        private static DestinationConnector.Rest DestinationConnector()
        {
            var shipped = (DestinationConnector.Rest)Shipped.Destinations["sandbox-books"];
            return shipped with { Api = Quick(shipped.Api) };
        }

        // Waits between tries are real ones here; the connector's own are for real servers.
        private static ApiDefinition Quick(ApiDefinition api) => api with { Timeout = TimeSpan.FromSeconds(3), MaxDelay = TimeSpan.FromMilliseconds(20) };
    }
}
