using System.Globalization;
using System.Net;
using BatchSync.Sandbox;
using NUnit.Framework;

namespace BatchSync.Tests.Sandbox;

[Parallelizable(ParallelScope.All)]
public sealed class RedmineApiTests
{
    private const string Key = SandboxOptions.DefaultToken;

    [TestCase("", 25, 0, TestName = "Limit_NotGiven_Is25")]
    [TestCase("limit=100", 100, 0, TestName = "Limit_Of100_IsKept")]
    [TestCase("limit=500", 100, 0, TestName = "Limit_Of500_IsClampedInSilence")]
    [TestCase("limit=0", 25, 0, TestName = "Limit_Of0_Is25")]
    [TestCase("limit=abc", 25, 0, TestName = "Limit_OfLetters_Is25")]
    [TestCase("limit=10&offset=20", 10, 20, TestName = "Offset_OfWholePages_IsKept")]
    [TestCase("limit=10&page=3", 10, 20, TestName = "Page_InPlaceOfOffset_IsTurnedIntoIt")]
    [TestCase("limit=10&offset=-5", 10, 0, TestName = "Offset_BelowZero_Is0")]
    public async Task List_WithPaging_TakesWhatItUnderstands(string query, int limit, int offset)
    {
        await using var sandbox = await RunningSandbox.StartAsync(("rows.json", Rows(120)));
        var reply = await sandbox.GetAsync("/redmine/time_entries.json?sort=id&" + query, (RedmineApi.KeyHeader, Key));
        var body = reply.Json;
        Assert.That((body.GetProperty("limit").GetInt32(), body.GetProperty("offset").GetInt32(), body.GetProperty("total_count").GetInt32()), Is.EqualTo((limit, offset, 120)));
        Assert.That(reply.Ids("time_entries"), Is.EqualTo(Enumerable.Range(offset + 1, limit).Select(i => i.ToString(CultureInfo.InvariantCulture))));
    }

    [Test]
    public async Task List_PagedByOffsetToItsEnd_GivesEveryRowOnce()
    {
        await using var sandbox = await RunningSandbox.StartAsync(("rows.json", Rows(120)));
        var ids = new List<string>();
        for (var offset = 0; offset < 120; offset += 50) ids.AddRange((await sandbox.GetAsync($"/redmine/time_entries.json?sort=id&limit=50&offset={offset}", (RedmineApi.KeyHeader, Key))).Ids("time_entries"));
        Assert.That(ids, Is.EqualTo(Enumerable.Range(1, 120).Select(i => i.ToString(CultureInfo.InvariantCulture))));
    }

    [Test]
    public async Task List_WithoutSort_IsNewestFirst()
    {
        await using var sandbox = await RunningSandbox.StartAsync(("rows.json", """{"time_entries":[{"id":1,"spent_on":"2026-10-05"},{"id":2,"spent_on":"2026-10-01"},{"id":3,"spent_on":"2026-10-05"}]}"""));
        var reply = await sandbox.GetAsync("/redmine/time_entries.json", (RedmineApi.KeyHeader, Key));
        Assert.That(reply.Ids("time_entries"), Is.EqualTo(new[] { "3", "1", "2" }));
    }

    [TestCase("from=2026-10-02&to=2026-10-03", 2, TestName = "Dates_OfService_AreInclusive")]
    [TestCase("from=notadate", 5, TestName = "Date_ThatIsNone_IsPassedOver")]
    [TestCase("updated_on=2027-01-01&updated_since=2027-01-01", 5, TestName = "Filter_OnChange_IsPassedOver")]
    public async Task Filter_OfAList_KnowsServiceDatesOnly(string query, int expected)
    {
        await using var sandbox = await RunningSandbox.StartAsync(("rows.json", Rows(5)));
        var reply = await sandbox.GetAsync("/redmine/time_entries.json?" + query, (RedmineApi.KeyHeader, Key));
        Assert.That(reply.Json.GetProperty("total_count").GetInt32(), Is.EqualTo(expected));
    }

    [Test]
    public async Task Key_ThatIsWrong_LooksLikeAnEmptyListButFailsTheProbe()
    {
        await using var sandbox = await RunningSandbox.StartAsync(("rows.json", Rows(5)));
        var list = await sandbox.GetAsync("/redmine/time_entries.json", (RedmineApi.KeyHeader, "wrong"));
        var probe = await sandbox.GetAsync("/redmine/my/account.json", (RedmineApi.KeyHeader, "wrong"));
        Assert.That((list.Status, list.Text), Is.EqualTo((HttpStatusCode.OK, """{"time_entries":[],"total_count":0,"offset":0,"limit":25}""")));
        Assert.That((probe.Status, probe.Text), Is.EqualTo((HttpStatusCode.Unauthorized, "")));
    }

    [Test]
    public async Task Probe_WithTheKey_NamesTheUser()
    {
        await using var sandbox = await RunningSandbox.StartAsync();
        var reply = await sandbox.GetAsync("/redmine/my/account.json", (RedmineApi.KeyHeader, Key));
        Assert.That(reply.Json.GetProperty("user").GetProperty("id").GetInt32(), Is.EqualTo(1));
    }

    [TestCase("/redmine/unknown.json")]
    [TestCase("/redmine/time_entries")]
    public async Task Path_ThatIsUnknown_IsAPageForPeople(string path)
    {
        await using var sandbox = await RunningSandbox.StartAsync();
        var reply = await sandbox.GetAsync(path, (RedmineApi.KeyHeader, Key));
        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That(reply.Text, Does.StartWith("<!DOCTYPE html>"));
    }

    private static string Rows(int count) =>
        $$"""{"time_entries":[{{string.Join(',', Enumerable.Range(1, count).Select(i => FormattableString.Invariant($$"""{"id":{{i}},"spent_on":"2026-10-{{(i - 1) % 31 + 1:00}}","updated_on":"2026-10-01T00:00:00Z"}""")))}}],"total_count":{{count}},"offset":0,"limit":100}""";
}
