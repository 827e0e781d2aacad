using System.Globalization;
using System.Net;
using System.Text;
using BatchSync.Sandbox;
using NUnit.Framework;

namespace BatchSync.Tests.Sandbox;

[Parallelizable(ParallelScope.All)]
public sealed class TimeApiTests
{
    private static readonly string[] AllIds = [.. Enumerable.Range(1, 25).Select(i => i.ToString(CultureInfo.InvariantCulture))];

    [TestCase("cursor")]
    [TestCase("link in body")]
    [TestCase("link header")]
    [TestCase("page")]
    public async Task List_PagedToItsEnd_GivesEveryRowOnceById(string by)
    {
        await using var sandbox = await RunningSandbox.StartAsync(("rows.json", Some.Rows("time_entries", 25)));
        var ids = new List<string>();
        var url = by == "page" ? "/time/v1/time_entries?per_page=10&page=1" : "/time/v1/time_entries?per_page=10";
        for (var page = 1; url is not null; page++)
        {
            var reply = await sandbox.GetAsync(url);
            ids.AddRange(reply.Ids("time_entries"));
            url = Next(reply, by, page);
        }

        Assert.That(ids, Is.EqualTo(AllIds));
    }

    private static string? Next(Reply reply, string by, int page) => by switch
    {
        "cursor" => reply.Json.GetProperty("next_cursor").GetString() is { } cursor ? $"/time/v1/time_entries?per_page=10&cursor={cursor}" : null,
        "link in body" => reply.Json.GetProperty("links").GetProperty("next").GetString(),
        "link header" => reply.Header("Link") is { } link ? link[1..link.IndexOf('>')] : null,
        _ => page < reply.Json.GetProperty("total_pages").GetInt32() ? $"/time/v1/time_entries?per_page=10&page={page + 1}" : null,
    };

    [Test]
    public async Task Cursor_AfterRestartWithRowsAddedAndRemoved_GoesOnAfterTheLastRow()
    {
        string cursor;
        var folder = Directory.CreateTempSubdirectory("sandbox-test-").FullName;
        RunningSandbox.Write(folder, "a.json", Some.Rows("time_entries", 25));
        var options = new SandboxOptions(folder, 0, null, null, SandboxOptions.DefaultToken, TimeProvider.System);
        await using (var first = await RunningSandbox.StartAsync(options))
        {
            cursor = (await first.GetAsync("/time/v1/time_entries?per_page=10")).Json.GetProperty("next_cursor").GetString()!;
        }

        RunningSandbox.Write(folder, "b.json", """{"time_entries":[{"id":3,"_deleted":true},{"id":10,"_deleted":true},{"id":"0","hours":1}]}""");
        await using var second = await RunningSandbox.StartAsync(options, ownsFolder: true);
        var reply = await second.GetAsync("/time/v1/time_entries?per_page=10&cursor=" + cursor);
        Assert.That(reply.Ids("time_entries"), Is.EqualTo(AllIds[10..20]));
    }

    [Test]
    public async Task Rows_OfAnyShape_AreServedVerbatim()
    {
        const string Row = """{"id":"x-1", "hours": 1.250,"note":"caf\u00e9 – <b>", "nested":{"a":[1,2.50]}}""";
        await using var sandbox = await RunningSandbox.StartAsync(("rows.json", $$"""{"total_count":1,"odd_things":[{{Row}}]}"""));
        var reply = await sandbox.GetAsync("/time/v1/odd_things");
        Assert.That(reply.Json.GetProperty("odd_things")[0].GetRawText(), Is.EqualTo(Row));
    }

    [Test]
    public async Task Rows_WithMixedIds_AreInNumericThenOrdinalOrder()
    {
        await using var sandbox = await RunningSandbox.StartAsync(("rows.json", """{"time_entries":[{"id":"b"},{"id":10},{"id":"B"},{"id":9},{"id":"99999999999999999999999"},{"id":"100000000000000000000000"}]}"""));
        var reply = await sandbox.GetAsync("/time/v1/time_entries");
        Assert.That(reply.Ids("time_entries"), Is.EqualTo(new[] { "9", "10", "99999999999999999999999", "100000000000000000000000", "B", "b" }));
    }

    [TestCase("updated_since=2026-10-24T12:00:00Z", "24,25", TestName = "Filter_UpdatedSince_IsInclusive")]
    [TestCase("updated_since=2026-10-24T13:00:00%2B02:00", "24,25", TestName = "Filter_UpdatedSinceWithOffset_IsThatInstant")]
    [TestCase("from=2026-10-02&to=2026-10-04", "2,3,4", TestName = "Filter_Dates_AreInclusive")]
    [TestCase("from=2026-10-02&to=2026-10-04&updated_since=2026-10-03T00:00:00Z", "3,4", TestName = "Filter_OfBoth_IsTheirIntersection")]
    public async Task Filter_OfAList_LeavesMatchingRows(string query, string expected)
    {
        await using var sandbox = await RunningSandbox.StartAsync(("rows.json", Some.Rows("time_entries", 25)));
        var reply = await sandbox.GetAsync("/time/v1/time_entries?per_page=2000&" + query);
        Assert.That(string.Join(',', reply.Ids("time_entries")), Is.EqualTo(expected));
        Assert.That(reply.Json.GetProperty("total_entries").GetInt32(), Is.EqualTo(expected.Split(',').Length));
    }

    [Test]
    public async Task Filter_OnRowsWithoutDateOrChange_LetsThemThrough()
    {
        await using var sandbox = await RunningSandbox.StartAsync(("rows.json", """{"expenses":[{"id":1},{"id":2,"spent_on":"2025-01-01"},{"id":3,"date":"2026-10-05T23:00:00Z"}]}"""));
        var reply = await sandbox.GetAsync("/time/v1/expenses?updated_since=2026-10-01T00:00:00Z&from=2026-10-05&to=2026-10-05");
        Assert.That(reply.Ids("expenses"), Is.EqualTo(new[] { "1", "3" }));
    }

    [Test]
    public async Task Filter_InNextLinks_StaysInForce()
    {
        await using var sandbox = await RunningSandbox.StartAsync(("rows.json", Some.Rows("time_entries", 25)));
        var first = await sandbox.GetAsync("/time/v1/time_entries?per_page=2&from=2026-10-21");
        var second = await sandbox.GetAsync(first.Json.GetProperty("links").GetProperty("next").GetString()!);
        Assert.That(second.Ids("time_entries"), Is.EqualTo(new[] { "23", "24" }));
        Assert.That(second.Json.GetProperty("total_entries").GetInt32(), Is.EqualTo(5));
    }

    [TestCase("per_page=0")]
    [TestCase("per_page=2001")]
    [TestCase("per_page=ten")]
    [TestCase("cursor=nonsense")]
    [TestCase("cursor=***")]
    [TestCase("page=0")]
    [TestCase("page=1&cursor=YWZ0ZXI6MQ")]
    [TestCase("updated_since=yesterday")]
    [TestCase("from=10/01/2026")]
    [TestCase("to=2026-02-30")]
    public async Task Parameter_OutOfRange_Is422(string query)
    {
        await using var sandbox = await RunningSandbox.StartAsync(("rows.json", Some.Rows("time_entries", 3)));
        var reply = await sandbox.GetAsync("/time/v1/time_entries?" + query);
        Assert.That((reply.Status, reply.ErrorCode), Is.EqualTo((HttpStatusCode.UnprocessableEntity, "invalid_parameter")));
    }

    [TestCase("", 100, TestName = "PageSize_NotGiven_Is100")]
    [TestCase("?per_page=2000", 2000, TestName = "PageSize_Of2000_IsAllowed")]
    [TestCase("?per_page=1", 1, TestName = "PageSize_Of1_IsAllowed")]
    public async Task PageSize_OfAList_IsAsAsked(string query, int expected)
    {
        await using var sandbox = await RunningSandbox.StartAsync(("rows.json", Some.Rows("time_entries", 2100)));
        var reply = await sandbox.GetAsync("/time/v1/time_entries" + query);
        Assert.That((reply.Ids("time_entries").Count, reply.Json.GetProperty("per_page").GetInt32()), Is.EqualTo((expected, expected)));
    }

    [TestCase("Authorization", "Bearer sandbox-token", 200)]
    [TestCase("Authorization", "bearer sandbox-token", 200)]
    [TestCase("X-Api-Key", "sandbox-token", 200)]
    [TestCase("Authorization", "Basic YW55Ym9keTpzYW5kYm94LXRva2Vu", 200)]
    [TestCase("Authorization", "Basic c2FuZGJveC10b2tlbg==", 401)]
    [TestCase("Authorization", "Basic !!!", 401)]
    [TestCase("Authorization", "Bearer wrong", 401)]
    [TestCase("X-Api-Key", "wrong", 401)]
    [TestCase("X-Other", "sandbox-token", 401)]
    public async Task Token_InEachOfItsPlaces_OpensTheApis(string header, string value, int expected)
    {
        await using var sandbox = await RunningSandbox.StartAsync();
        sandbox.Client.DefaultRequestHeaders.Authorization = null;
        var urls = new[] { "/time/v1/account", "/time/v1/time_entries", "/books/v1/company", "/_sandbox/requests" };
        var replies = await Task.WhenAll(urls.Select(u => sandbox.GetAsync(u, (header, value))));
        Assert.That(replies.Select(r => (int)r.Status), Is.All.EqualTo(expected));
        Assert.That(replies.Select(r => r.Text), Is.All.StartsWith(expected == 200 ? "{" : """{"error":{"code":"unauthorized","""));
    }

    [Test]
    public async Task Account_WithToken_HasAnId()
    {
        await using var sandbox = await RunningSandbox.StartAsync();
        Assert.That((await sandbox.GetAsync("/time/v1/account")).Json.GetProperty("account").GetProperty("id").GetString(), Is.EqualTo("acc-1"));
    }

    [TestCase("/time/v1/expenses", 200)]
    [TestCase("/time/v1/nothing", 404)]
    [TestCase("/elsewhere", 404)]
    public async Task Path_KnownWithoutRowsOrUnknown_IsEmptyOrMissing(string path, int expected)
    {
        await using var sandbox = await RunningSandbox.StartAsync();
        Assert.That((int)(await sandbox.GetAsync(path)).Status, Is.EqualTo(expected));
    }

    [Test]
    public async Task Load_OfLateRows_AddsReplacesAndRemoves()
    {
        await using var sandbox = await RunningSandbox.StartAsync(("rows.json", Some.Rows("time_entries", 3)), ("late/rows.json", """
            {"time_entries":[{"id":2,"hours":9,"updated_at":"2026-11-01T00:00:00Z"},{"id":4,"hours":1},{"id":1,"_deleted":true,"deleted_at":"2026-11-01T01:00:00Z"}]}
            """));
        var loaded = await sandbox.PostAsync("/_sandbox/load?folder=late", "");
        var list = await sandbox.GetAsync("/time/v1/time_entries");
        var deletions = await sandbox.GetAsync("/time/v1/deletions?since=2026-11-01T01:00:00Z");
        var none = await sandbox.GetAsync("/time/v1/deletions?since=2026-11-01T01:00:01Z");
        Assert.That(loaded.Json.GetProperty("rows").GetInt32(), Is.EqualTo(3));
        Assert.That(list.Ids("time_entries"), Is.EqualTo(new[] { "2", "3", "4" }));
        Assert.That(list.Json.GetProperty("time_entries")[0].GetProperty("hours").GetInt32(), Is.EqualTo(9));
        Assert.That(deletions.Text, Is.EqualTo("""{"deletions":[{"stream":"time_entries","id":"1","deleted_at":"2026-11-01T01:00:00Z"}]}"""));
        Assert.That(none.Json.GetProperty("deletions").GetArrayLength(), Is.Zero);
    }

    // What a person does to records that were billed, as the pages show it afterwards; a run reads them by what changed, or by their dates.
    [Test]
    public async Task Load_OfWhatPeopleChanged_ShowsInThePages()
    {
        const string Row = """{"id":ID,"spent_date":"DATE","hours":HOURS,"approval_status":"STATUS","updated_at":"UPDATED"}""";
        await using var sandbox = await RunningSandbox.StartAsync(
            ("rows.json", $$"""{"time_entries":[{{string.Join(',', Enumerable.Range(1, 5).Select(i => Of(i, "2026-10-10", "1", "approved", "2026-10-10T12:00:00Z")))}}]}"""),
            ("edited/rows.json", $$"""
            {"time_entries":[{{Of(1, "2026-10-10", "2", "approved", "2026-11-06T12:00:00Z")}},{{Of(2, "2026-10-10", "1", "submitted", "2026-11-06T12:00:00Z")}},{{Of(3, "2026-11-02", "1", "approved", "2026-11-06T12:00:00Z")}},
              {{Of(4, "2026-10-10", "1", "approved", "2026-11-06T12:00:00Z").Replace("{", "{\"is_deleted\":true,", StringComparison.Ordinal)}},{"id":5,"_deleted":true},{{Of(6, "2026-10-31", "3", "approved", "2026-11-06T12:00:00Z")}}]}
            """));
        sandbox.Server.Load("edited");
        var changed = (await sandbox.GetAsync("/time/v1/time_entries?updated_since=2026-11-06T00:00:00Z")).Json.GetProperty("time_entries").EnumerateArray();
        Assert.That(
            changed.Select(r => $"{r.GetProperty("id")} {r.GetProperty("spent_date")} {r.GetProperty("hours")} {r.GetProperty("approval_status")}{(r.TryGetProperty("is_deleted", out _) ? " deleted" : "")}"),
            Is.EqualTo(new[] { "1 2026-10-10 2 approved", "2 2026-10-10 1 submitted", "3 2026-11-02 1 approved", "4 2026-10-10 1 approved deleted", "6 2026-10-31 3 approved" }));
        Assert.That((await sandbox.GetAsync("/time/v1/time_entries?from=2026-10-01&to=2026-10-31")).Ids("time_entries"), Is.EqualTo(new[] { "1", "2", "4", "6" }), "one went to November, one is gone");

        static string Of(int id, string date, string hours, string status, string updated) => Row
            .Replace("ID", FormattableString.Invariant($"{id}"), StringComparison.Ordinal).Replace("DATE", date, StringComparison.Ordinal).Replace("HOURS", hours, StringComparison.Ordinal)
            .Replace("STATUS", status, StringComparison.Ordinal).Replace("UPDATED", updated, StringComparison.Ordinal);
    }

    [Test]
    public async Task Load_OfARemovedRowAgain_TakesItOffTheDeletions()
    {
        await using var sandbox = await RunningSandbox.StartAsync(("rows.json", """{"time_entries":[{"id":1,"_deleted":true}]}"""), ("again/rows.json", Some.Rows("time_entries", 1)));
        Assert.That((await sandbox.GetAsync("/time/v1/deletions")).Ids("deletions"), Is.EqualTo(new[] { "1" }));
        sandbox.Server.Load("again");
        Assert.That((await sandbox.GetAsync("/time/v1/deletions")).Ids("deletions"), Is.Empty);
        Assert.That((await sandbox.GetAsync("/time/v1/time_entries")).Ids("time_entries"), Is.EqualTo(new[] { "1" }));
    }

    [Test]
    public async Task Deletion_WithoutATimeOfItsOwn_IsStampedByTheClock()
    {
        var folder = Directory.CreateTempSubdirectory("sandbox-test-").FullName;
        RunningSandbox.Write(folder, "rows.json", """{"expenses":[{"id":7,"_deleted":true}]}""");
        await using var sandbox = await RunningSandbox.StartAsync(new SandboxOptions(folder, 0, null, null, SandboxOptions.DefaultToken, new ManualClock()), ownsFolder: true);
        Assert.That((await sandbox.GetAsync("/time/v1/deletions")).Text, Does.Contain("\"2026-11-01T02:30:00Z\""));
    }

    [Test]
    public async Task Load_WhilePagesAreRead_LosesNoOlderRow()
    {
        await using var sandbox = await RunningSandbox.StartAsync(("rows.json", Some.Rows("time_entries", 25)), ("late/rows.json", """{"time_entries":[{"id":0,"hours":1},{"id":5,"_deleted":true}]}"""));
        var first = await sandbox.GetAsync("/time/v1/time_entries?per_page=10");
        sandbox.Server.Load("late");
        var second = await sandbox.GetAsync(first.Json.GetProperty("links").GetProperty("next").GetString()!);
        Assert.That(second.Ids("time_entries"), Is.EqualTo(AllIds[10..20]));
    }

    [Test]
    public void Folder_WithBadFiles_ListsEveryProblem()
    {
        var folder = Directory.CreateTempSubdirectory("sandbox-test-").FullName;
        RunningSandbox.Write(folder, "a.json", """[{"id":1}]""");
        RunningSandbox.Write(folder, "b.json", """{"time_entries":[{"id":1},{"hours":1},5]}""");
        RunningSandbox.Write(folder, "c.json", """{"time_entries":[""");
        RunningSandbox.Write(folder, "customers.json", """{"customers":"58"}""");
        RunningSandbox.Write(folder, "d.json", """{"deletions":[]}""");
        var expected = new[]
        {
            "a.json: holds a list. A file of rows is an object with one list a stream, such as {\"time_entries\":[...]}.",
            "b.json: row 2 of 'time_entries' is an object without an id. Give every row an 'id', a text or a number.",
            "b.json: row 3 of 'time_entries' is a number without an id. Give every row an 'id', a text or a number.",
            "c.json:1:18: no JSON. A file of rows is an object with one list a stream.",
            "customers.json: not a list of customers. Write {\"customers\":[\"58\"]}, ids as texts or numbers.",
            "d.json: 'deletions' is the name of a call and cannot be a stream. Name the list otherwise.",
        };
        Assert.That(() => SandboxFolder.Read(folder), Throws.TypeOf<SandboxSetupException>().With.Property("Problems").EqualTo(expected.Select(e => Path.Combine(folder, e))));
        Directory.Delete(folder, recursive: true);
    }

    [Test]
    public void Start_WithoutItsFolder_SaysSo() =>
        Assert.That(() => RunningSandbox.StartAsync(new SandboxOptions("/nowhere/rows", 0, null, null, "t", TimeProvider.System)),
            Throws.TypeOf<SandboxSetupException>().With.Message.Contains("'/nowhere/rows'"));

    [Test]
    public async Task DataFolder_ThatIsRelative_IsFoundAndSoAreFoldersBelowIt()
    {
        var folder = Directory.CreateTempSubdirectory("sandbox-test-").FullName;
        RunningSandbox.Write(folder, "rows.json", Some.Rows("time_entries", 2));
        RunningSandbox.Write(folder, "late/rows.json", """{"time_entries":[{"id":3}]}""");
        var relative = Path.GetRelativePath(Environment.CurrentDirectory, folder);
        await using var sandbox = await RunningSandbox.StartAsync(new SandboxOptions(relative, 0, null, null, SandboxOptions.DefaultToken, TimeProvider.System), ownsFolder: true);
        sandbox.Server.Load("late");
        Assert.That((await sandbox.GetAsync("/time/v1/time_entries")).Ids("time_entries"), Is.EqualTo(new[] { "1", "2", "3" }));
    }

    [Test]
    public async Task Start_OnATakenPort_SaysSo()
    {
        await using var first = await RunningSandbox.StartAsync();
        var options = new SandboxOptions(first.Folder, first.Server.Address.Port, null, null, "t", TimeProvider.System);
        Assert.That(() => RunningSandbox.StartAsync(options), Throws.TypeOf<SandboxSetupException>().With.Message.Contains("0 for any"));
    }

    [Test]
    public async Task Host_OfAnotherName_IsRefused()
    {
        await using var sandbox = await RunningSandbox.StartAsync();
        var reply = await sandbox.GetAsync("/time/v1/account", ("Host", "attacker.example"));
        Assert.That(((int)reply.Status, reply.ErrorCode), Is.EqualTo((421, "foreign_host")));
    }

    [Test]
    public async Task Files_WithByteOrderMark_AreRead()
    {
        var folder = Directory.CreateTempSubdirectory("sandbox-test-").FullName;
        File.WriteAllText(Path.Combine(folder, "rows.json"), Some.Rows("time_entries", 1), new UTF8Encoding(encoderShouldEmitUTF8Identifier: true));
        await using var sandbox = await RunningSandbox.StartAsync(new SandboxOptions(folder, 0, null, null, SandboxOptions.DefaultToken, TimeProvider.System), ownsFolder: true);
        Assert.That((await sandbox.GetAsync("/time/v1/time_entries")).Ids("time_entries"), Is.EqualTo(new[] { "1" }));
    }

    [Test]
    public async Task Row_ByItsId_IsThereOrNot()
    {
        await using var sandbox = await RunningSandbox.StartAsync(("rows.json", Some.Rows("time_entries", 3)));
        var (found, missing) = (await sandbox.GetAsync("/time/v1/time_entries/2"), await sandbox.GetAsync("/time/v1/time_entries/9"));
        Assert.That((found.Status, found.Json.GetProperty("id").ToString(), missing.Status, missing.ErrorCode), Is.EqualTo((HttpStatusCode.OK, "2", HttpStatusCode.NotFound, "unknown_row")));
    }

    [Test]
    public async Task Deletions_OfOneStream_LeaveTheOthersOut()
    {
        await using var sandbox = await RunningSandbox.StartAsync(("rows.json", """{"time_entries":[{"id":1,"_deleted":true}],"expenses":[{"id":2,"_deleted":true}]}"""));
        var reply = await sandbox.GetAsync("/time/v1/deletions?stream=expenses");
        Assert.That(reply.Ids("deletions"), Is.EqualTo(new[] { "2" }));
    }
}
