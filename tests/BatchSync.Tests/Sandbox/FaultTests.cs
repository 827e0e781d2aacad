using System.Net;
using System.Text.Json;
using BatchSync.Sandbox;
using NUnit.Framework;

namespace BatchSync.Tests.Sandbox;

[Parallelizable(ParallelScope.All)]
public sealed class FaultTests
{
    private const string Bulk = "/books/v1/invoices/bulk";

    [Test]
    public async Task Status_OnTheSecondCall_HasNoEffectAndOnlyThere()
    {
        await using var sandbox = await StartAsync("""{ on: "POST /books/v1/invoices/bulk", nth: 2, times: 1, do: status, status: 429, retryAfter: 1 }""");
        var statuses = new List<(int, string?)>();
        foreach (var reference in new[] { "A", "B", "C" })
        {
            var reply = await sandbox.PostInvoicesAsync(Some.Invoice(reference));
            statuses.Add(((int)reply.Status, reply.Header("Retry-After")));
        }

        Assert.That(statuses, Is.EqualTo(new (int, string?)[] { (200, null), (429, "1"), (200, null) }));
        Assert.That(References(sandbox), Is.EqualTo(new[] { "A", "C" }));
    }

    [TestCase("nth: 1, times: 2", "503 503 200 200", TestName = "Fault_ForTwoTimes_BefallsTwoCalls")]
    [TestCase("nth: 3", "200 200 503 200", TestName = "Fault_WithoutTimes_BefallsOneCall")]
    [TestCase("times: 3", "503 503 503 200", TestName = "Fault_WithoutNth_BeginsWithTheFirst")]
    public async Task Fault_Counted_BefallsTheseCalls(string when, string expected)
    {
        await using var sandbox = await StartAsync($$"""{ on: "GET /time/v1/", {{when}}, do: status, status: 503 }""");
        var statuses = new List<int>();
        foreach (var path in new[] { "time_entries", "expenses", "account", "time_entries" }) statuses.Add((int)(await sandbox.GetAsync("/time/v1/" + path)).Status);
        Assert.That(string.Join(' ', statuses), Is.EqualTo(expected));
    }

    [TestCase("GET /time/v1/expenses", TestName = "Fault_OfAnotherPath_BefallsNothing")]
    [TestCase("POST /time/v1/time_entries", TestName = "Fault_OfAnotherMethod_BefallsNothing")]
    public async Task Fault_OfAnotherCall_BefallsNothing(string on)
    {
        await using var sandbox = await StartAsync($$"""{ on: "{{on}}", do: html }""");
        Assert.That((await sandbox.GetAsync("/time/v1/time_entries")).Ids("time_entries"), Has.Count.EqualTo(25));
    }

    [Test]
    public async Task Faults_ThatMatchOneCall_AllCountAndTheFirstActs()
    {
        await using var sandbox = await StartAsync(
            """{ on: "GET /time/", nth: 1, do: status, status: 500 }""", """{ on: "GET /time/", nth: 1, times: 2, do: status, status: 503 }""");
        var statuses = new List<int>();
        for (var i = 0; i < 3; i++) statuses.Add((int)(await sandbox.GetAsync("/time/v1/account")).Status);
        Assert.That(statuses, Is.EqualTo(new[] { 500, 503, 200 }));
    }

    [Test]
    public async Task Html_InPlaceOfAnAnswer_Is200AndHasNoEffect()
    {
        await using var sandbox = await StartAsync("""{ on: "POST /books/", do: html }""");
        var reply = await sandbox.PostInvoicesAsync(Some.Invoice("A"));
        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(reply.Text, Does.StartWith("<!DOCTYPE html>"));
        Assert.That(References(sandbox), Is.Empty);
    }

    [Test]
    public async Task Truncate_OfAPage_CutsItInTheMiddle()
    {
        await using var sandbox = await StartAsync("""{ on: "GET /time/v1/time_entries", nth: 2, do: truncate }""");
        var whole = await sandbox.GetAsync("/time/v1/time_entries");
        var cut = await sandbox.GetAsync("/time/v1/time_entries");
        Assert.That(cut.Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(cut.Text, Is.EqualTo(whole.Text[..(whole.Text.Length / 2)]));
        Assert.That(() => cut.Json, Throws.InstanceOf<JsonException>());
    }

    [Test]
    public async Task Truncate_OfACreate_HappensAfterTheEffect()
    {
        await using var sandbox = await StartAsync("""{ on: "POST /books/", do: truncate }""");
        var reply = await sandbox.PostInvoicesAsync(Some.Invoice("A"));
        Assert.That(() => reply.Json, Throws.InstanceOf<JsonException>());
        Assert.That(References(sandbox), Is.EqualTo(new[] { "A" }));
    }

    [Test]
    public async Task RepeatPage_OnTheSecondPage_GivesTheFirstAgain()
    {
        await using var sandbox = await StartAsync("""{ on: "GET /time/v1/time_entries", nth: 2, do: repeat-page }""");
        var first = await sandbox.GetAsync("/time/v1/time_entries?per_page=10");
        var next = first.Json.GetProperty("links").GetProperty("next").GetString()!;
        var repeated = await sandbox.GetAsync(next);
        var second = await sandbox.GetAsync(next);
        Assert.That(repeated.Text, Is.EqualTo(first.Text));
        Assert.That(second.Ids("time_entries")[0], Is.EqualTo("11"));
    }

    [Test]
    public async Task DropAfterCommit_OfACreate_BooksAndResets()
    {
        await using var sandbox = await StartAsync("""{ on: "POST /books/", do: drop-after-commit }""");
        Assert.That(() => sandbox.PostInvoicesAsync(Some.Invoice("A")), Throws.InstanceOf<HttpRequestException>());
        Assert.That(References(sandbox), Is.EqualTo(new[] { "A" }));
    }

    [Test]
    public async Task DropAfterCommit_RepeatedWithItsKey_BooksOnce()
    {
        await using var sandbox = await StartAsync("""{ on: "POST /books/", do: drop-after-commit }""");
        var body = Some.Bulk(Some.Invoice("A"));
        Assert.That(() => sandbox.PostAsync(Bulk, body, key: "k1"), Throws.InstanceOf<HttpRequestException>());
        var again = await sandbox.PostAsync(Bulk, body, key: "k1");
        Assert.That(again.Outcome("A"), Is.EqualTo("created"));
        Assert.That(References(sandbox), Is.EqualTo(new[] { "A" }));
    }

    [Test]
    public async Task TimeoutAfterCommit_WhileTheClientWaits_HasBooked()
    {
        var clock = new ManualClock();
        await using var sandbox = await StartAsync(clock, """{ on: "POST /books/", do: timeout-after-commit }""");
        using var patience = new CancellationTokenSource();
        var call = sandbox.PostAsync(Bulk, Some.Bulk(Some.Invoice("A")), null, patience.Token);
        await clock.FirstAlarm;
        Assert.That((References(sandbox).Count, call.IsCompleted), Is.EqualTo((1, false)));
        await patience.CancelAsync();
        Assert.That(async () => await call, Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public async Task TimeoutAfterCommit_OfAPatientClient_EndsAfterAMinute()
    {
        var clock = new ManualClock();
        await using var sandbox = await StartAsync(clock, """{ on: "POST /books/", do: timeout-after-commit }""");
        var call = sandbox.PostInvoicesAsync(Some.Invoice("A"));
        var alarm = await clock.FirstAlarm;
        alarm.Ring();
        Assert.That(alarm.Due, Is.EqualTo(TimeSpan.FromMinutes(1)));
        Assert.That(async () => await call, Throws.InstanceOf<HttpRequestException>());
    }

    [Test]
    public async Task Slow_Call_TakesEffectOnlyAfterTheDelay()
    {
        var clock = new ManualClock();
        await using var sandbox = await StartAsync(clock, """{ on: "POST /books/", do: slow, delay: 2s }""");
        var call = sandbox.PostInvoicesAsync(Some.Invoice("A"));
        var alarm = await clock.FirstAlarm;
        var before = References(sandbox).Count;
        alarm.Ring();
        var reply = await call;
        Assert.That((alarm.Due, before, reply.Outcome("A")), Is.EqualTo((TimeSpan.FromSeconds(2), 0, "created")));
    }

    [Test]
    [CancelAfter(10_000)]
    public async Task Slow_CallWhoseClientGaveUp_TakesEffectAllTheSame(CancellationToken cancel)
    {
        var clock = new ManualClock();
        await using var sandbox = await StartAsync(clock, """{ on: "POST /books/", do: slow, delay: 30s }""");
        using var patience = new CancellationTokenSource();
        var call = sandbox.PostAsync(Bulk, Some.Bulk(Some.Invoice("A")), null, patience.Token);
        var alarm = await clock.FirstAlarm;
        await patience.CancelAsync();
        Assert.That(async () => await call, Throws.InstanceOf<OperationCanceledException>());
        alarm.Ring();
        while (References(sandbox).Count == 0 && !cancel.IsCancellationRequested) await Task.Yield();
        Assert.That(References(sandbox), Is.EqualTo(new[] { "A" }));
    }

    [Test]
    public async Task Stop_WhileACallHangs_EndsIt()
    {
        var clock = new ManualClock();
        var sandbox = await StartAsync(clock, """{ on: "GET /time/", do: slow, delay: 1m }""");
        var call = sandbox.Client.GetAsync(new Uri("/time/v1/account", UriKind.Relative));
        await clock.FirstAlarm;
        await sandbox.Server.DisposeAsync();
        Assert.That(async () => await call, Throws.InstanceOf<HttpRequestException>());
        sandbox.Client.Dispose();
        Directory.Delete(sandbox.Folder, recursive: true);
    }

    [Test]
    public async Task RejectItems_AtPositions_RefusesThoseOnly()
    {
        await using var sandbox = await StartAsync("""{ on: "POST /books/v1/invoices/bulk", do: reject-items, positions: [1, 3] }""");
        var reply = await sandbox.PostInvoicesAsync(Some.Invoice("A"), Some.Invoice("B"), Some.Invoice("C"));
        Assert.That((reply.Outcome("A"), reply.Outcome("B"), reply.Outcome("C")), Is.EqualTo(("refused_by_fault", "created", "refused_by_fault")));
        Assert.That(References(sandbox), Is.EqualTo(new[] { "B" }));
    }

    [Test]
    public async Task RejectItems_OfAFinalize_LeavesThemDrafts()
    {
        await using var sandbox = await StartAsync("""{ on: "POST /books/v1/invoices/finalize", do: reject-items, positions: [2] }""");
        await sandbox.PostInvoicesAsync(Some.Invoice("A"), Some.Invoice("B"));
        await sandbox.PostAsync("/books/v1/invoices/finalize", """{"ids":["doc-1","doc-2"]}""");
        Assert.That(sandbox.Server.Books.Documents().Select(d => d.IsFinal), Is.EqualTo(new[] { true, false }));
    }

    [Test]
    public async Task FaultFile_AtTheStart_IsInForce()
    {
        var folder = Directory.CreateTempSubdirectory("sandbox-test-").FullName;
        var file = Path.Combine(folder, "faults.yaml");
        await File.WriteAllTextAsync(file, "faults:\n  - on: GET /time/\n    do: status\n    status: 500\n");
        await using var sandbox = await RunningSandbox.StartAsync(new SandboxOptions(folder, 0, null, file, SandboxOptions.DefaultToken, TimeProvider.System), ownsFolder: true);
        Assert.That((await sandbox.GetAsync("/time/v1/account")).Status, Is.EqualTo(HttpStatusCode.InternalServerError));
    }

    [Test]
    public async Task Faults_PostedWhileRunning_ReplaceTheScript()
    {
        await using var sandbox = await StartAsync("""{ on: "GET /time/", times: 100, do: html }""");
        var set = await sandbox.PostAsync("/_sandbox/faults", """{"faults":[{"on":"GET /time/","do":"status","status":418}]}""");
        var first = await sandbox.GetAsync("/time/v1/account");
        var second = await sandbox.GetAsync("/time/v1/account");
        Assert.That((set.Text, (int)first.Status, (int)second.Status), Is.EqualTo(("""{"faults":1}""", 418, 200)));
    }

    [Test]
    public async Task Faults_PostedWithMistakes_AreListedAndTheOldOnesStay()
    {
        await using var sandbox = await StartAsync("""{ on: "GET /time/", do: status, status: 503 }""");
        var set = await sandbox.PostAsync("/_sandbox/faults", "faults: [{ on: GET /time/, do: explode }, 7]");
        Assert.That(set.Status, Is.EqualTo(HttpStatusCode.UnprocessableEntity));
        Assert.That(set.Json.GetProperty("problems").GetArrayLength(), Is.EqualTo(2));
        Assert.That((await sandbox.GetAsync("/time/v1/account")).Status, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
    }

    [Test]
    public async Task Requests_Made_AreCountedWithThoseBefallen()
    {
        await using var sandbox = await StartAsync("""{ on: "GET /time/v1/account", do: status, status: 503 }""");
        await sandbox.GetAsync("/time/v1/account");
        await sandbox.GetAsync("/time/v1/account?x=1");
        await sandbox.PostInvoicesAsync(Some.Invoice("A"));
        var reply = await sandbox.GetAsync("/_sandbox/requests");
        Assert.That(reply.Text, Is.EqualTo("""{"requests":[{"method":"GET","path":"/time/v1/account","count":2},{"method":"POST","path":"/books/v1/invoices/bulk","count":1}]}"""));
    }

    private static IReadOnlyList<string> References(RunningSandbox sandbox) => [.. sandbox.Server.Books.Documents().Select(d => d.Invoice.Reference)];

    private static Task<RunningSandbox> StartAsync(params string[] faults) => StartAsync(TimeProvider.System, faults);

    private static async Task<RunningSandbox> StartAsync(TimeProvider time, params string[] faults)
    {
        var folder = Directory.CreateTempSubdirectory("sandbox-test-").FullName;
        RunningSandbox.Write(folder, "rows.json", Some.Rows("time_entries", 25));
        var sandbox = await RunningSandbox.StartAsync(new SandboxOptions(folder, 0, null, null, SandboxOptions.DefaultToken, time), ownsFolder: true);
        sandbox.Server.UseFaults($"faults: [{string.Join(", ", faults)}]", "test");
        return sandbox;
    }
}
