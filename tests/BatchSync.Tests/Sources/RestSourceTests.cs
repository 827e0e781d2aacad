using BatchSync.Configuration;
using BatchSync.Core.Sources;
using BatchSync.Http;
using BatchSync.Sources;
using BatchSync.Sources.Rest;
using BatchSync.Tests.Http;
using BatchSync.Tests.Support;
using NUnit.Framework;
using Serilog.Core;

namespace BatchSync.Tests.Sources;

public sealed class RestSourceTests
{
    private static readonly Pagination ByCursor = new Pagination.Cursor("meta.next", "after");
    private static readonly Pagination ByLink = new Pagination.Link("links.next");
    private static readonly Pagination ByHeader = new Pagination.Link(null);
    private static readonly Pagination ByPage = new Pagination.Page("p", 1, null, "n", 3);
    private static readonly Pagination ByOffset = new Pagination.Offset("offset", "limit", 3);

    [Test]
    public async Task Cursor_IsSentBackUntilThereIsNone()
    {
        var pages = await ReadAsync(
            ByCursor, null,
            ("/v2/rows", $$$"""{"rows":{{{Some.Rows(1, 2)}}},"meta":{"next":"a+b/="}}"""),
            ("/v2/rows?after=a%2Bb%2F%3D", $$$"""{"rows":{{{Some.Rows(3, 4)}}},"meta":{"next":17}}"""),
            ("/v2/rows?after=17", $$$"""{"rows":{{{Some.Rows(5, 5)}}},"meta":{"next":""}}"""));
        Assert.That(Shape(pages), Is.EqualTo("1:1,2>a+b/= 2:3,4>17 3:5>end"));
    }

    [Test]
    public async Task Link_InTheBody_IsFollowed()
    {
        var pages = await ReadAsync(
            ByLink, null,
            ("/v2/rows", $$$"""{"rows":{{{Some.Rows(1, 2)}}},"links":{"next":"https://api.example.com/v2/rows?page=2&per_page=2"}}"""),
            ("/v2/rows?page=2&per_page=2", $$$"""{"rows":{{{Some.Rows(3, 4)}}},"links":{"next":"/v2/rows?page=3"}}"""),
            ("/v2/rows?page=3", $$$"""{"rows":{{{Some.Rows(5, 5)}}},"links":{"next":null}}"""));
        Assert.That(Shape(pages), Is.EqualTo("1:1,2>/v2/rows?page=2&per_page=2 2:3,4>/v2/rows?page=3 3:5>end"));
    }

    [Test]
    public async Task Link_InTheHeader_IsFollowed()
    {
        var handler = new FakeHandler((call, _) =>
        {
            var response = FakeHandler.Json($$"""{"rows":{{Some.Rows(call + 1, call + 1)}}}""");
            if (call < 2) response.Headers.TryAddWithoutValidation("Link", $"<https://api.example.com/v2/rows?page={call + 2}>; rel=\"next\"");
            return response;
        });
        using var source = Some.Source(handler, Some.Stream(ByHeader));
        Assert.That(Shape(await source.ReadAsync()), Is.EqualTo("1:1>/v2/rows?page=2 2:2>/v2/rows?page=3 3:3>end"));
    }

    [TestCase("<https://a/2>; rel=\"next\", <https://a/9>; rel=\"last\"", "https://a/2")]
    [TestCase("<https://a/0>; rel=\"prev\", <https://a/2?x=1,2>; rel=\"next\"", "https://a/2?x=1,2")]
    [TestCase("<https://a/2>;rel=next", "https://a/2")]
    [TestCase("<https://a/2>; title=\"a, b; c\"; REL=\"last Next\"", "https://a/2")]
    [TestCase("<https://a/2>; rel=\"nextish\"", null)]
    [TestCase("<https://a/2>; title=\"rel=next\"", null)]
    [TestCase("<>; rel=\"next\"", null)]
    [TestCase("", null)]
    [TestCase(null, null)]
    public void LinkHeader_GivesTheNextOne(string? header, string? expected) => Assert.That(LinkHeader.Next(header), Is.EqualTo(expected));

    [TestCase("https://evil.example.net/v2/rows?page=2")]
    [TestCase("http://api.example.com/v2/rows?page=2")]
    [TestCase("https://api.example.com:444/v2/rows?page=2")]
    [TestCase("//evil.example.net/rows")]
    [TestCase("javascript:alert(1)")]
    public async Task Link_ToAnotherOrigin_IsRefusedAndNotCalled(string link)
    {
        var handler = Some.Server(("/v2/rows", $$$"""{"rows":[],"links":{"next":"{{{link}}}"}}"""));
        using var source = Some.Source(handler, Some.Stream(ByLink));
        Assert.That(await MessageAsync(source), Does.StartWith("Permanent ").And.Contains("another scheme, host or port"));
        Assert.That(handler.Urls, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Page_WithoutTotals_EndsAtAShortPage()
    {
        var pages = await ReadAsync(
            ByPage, null, ("/v2/rows?p=1&n=3", Body(1, 3)), ("/v2/rows?p=2&n=3", Body(4, 6)), ("/v2/rows?p=3&n=3", Body(7, 7)));
        Assert.That(Shape(pages), Is.EqualTo("1:1,2,3>2:3 2:4,5,6>3:6 3:7>end"));
    }

    [TestCase(1)]
    [TestCase(0)]
    public async Task Page_WithAStatedNumberOfPages_ReadsThemAll(int first)
    {
        var rule = new Pagination.Page("p", first, "pages", null, 100);
        var pages = await ReadAsync(
            rule, null,
            ($"/v2/rows?p={first}", """{"rows":[],"pages":2}"""),
            ($"/v2/rows?p={first + 1}", $$"""{"rows":{{Some.Rows(1, 1)}},"pages":2}"""));
        Assert.That(pages.Select(p => (p.Records.Count, p.IsLast)), Is.EqualTo(new[] { (0, false), (1, true) }));
    }

    [Test]
    public async Task Page_OfAServerThatGivesFewerThanAsked_GoesOnToTheStatedTotal()
    {
        var pages = await ReadAsync(
            ByPage, "total", ("/v2/rows?p=1&n=3", Body(1, 2, 5)), ("/v2/rows?p=2&n=3", Body(3, 4, 5)), ("/v2/rows?p=3&n=3", Body(5, 5, 5)));
        Assert.That(Shape(pages), Is.EqualTo("1:1,2>2:2 2:3,4>3:4 3:5>end"));
        Assert.That(pages.Select(p => p.StatedTotal), Is.All.EqualTo(5));
    }

    [Test]
    public async Task Offset_GoesOnByTheRowsThatCame_AndCannotResume()
    {
        var pages = await ReadAsync(
            ByOffset, "total",
            ("/v2/rows?offset=0&limit=3", Body(1, 2, 5)), ("/v2/rows?offset=2&limit=3", Body(3, 4, 5)), ("/v2/rows?offset=4&limit=3", Body(5, 5, 5)));
        Assert.That(Shape(pages), Is.EqualTo("1:1,2>end 2:3,4>end 3:5>end"));
        Assert.That(pages.Select(p => p.IsLast), Is.EqualTo(new[] { false, false, true }));
    }

    [Test]
    public async Task None_ReadsOnePage() =>
        Assert.That(Shape(await ReadAsync(new Pagination.None(), null, ("/v2/rows", Body(1, 3)))), Is.EqualTo("1:1,2,3>end"));

    [Test]
    public async Task Read_SendsFixedParametersThenFiltersThenThePage()
    {
        var handler = FakeHandler.Of(() => FakeHandler.Json("{\"rows\":[]}"));
        using var source = Some.Source(handler, Some.Stream(ByPage, path: "/rows?v=2", query: [("is_running", "false"), ("key", "setting:token")]));
        var request = new PageSetRequest(
            StreamKind.TimeEntries, new DateTimeOffset(2026, 10, 1, 2, 0, 0, 700, TimeSpan.FromHours(2)), new DateOnly(2026, 9, 1), new DateOnly(2026, 9, 30), null);
        var pages = await source.ReadAsync(request);
        Assert.That(handler.Urls.Single(), Is.EqualTo(
            "https://api.example.com/v2/rows?v=2&is_running=false&key=s3cret-token&updated_since=2026-10-01T00%3A00%3A00Z&from=2026-09-01&to=2026-09-30&p=1&n=3"));
        Assert.That(pages.Single().Location, Is.EqualTo("GET https://api.example.com/v2/rows"));
    }

    [TestCase("cursor", "a b", "https://api.example.com/v2/rows?after=a%20b")]
    [TestCase("link", "/v2/rows?page=7", "https://api.example.com/v2/rows?page=7")]
    [TestCase("link", "abc", "https://api.example.com/v2/rows")]
    [TestCase("page", "7:18", "https://api.example.com/v2/rows?p=7&n=3")]
    [TestCase("page", "abc", "https://api.example.com/v2/rows?p=1&n=3")]
    [TestCase("offset", "6", "https://api.example.com/v2/rows?offset=0&limit=3")]
    [TestCase("none", "x", "https://api.example.com/v2/rows")]
    public async Task Read_FromACursor_StartsThereOrAtTheFirstPage(string rule, string cursor, string expected)
    {
        var handler = FakeHandler.Of(() => FakeHandler.Json("{\"rows\":[]}"));
        using var source = Some.Source(handler, Some.Stream(Rule(rule)));
        await source.ReadAsync(Some.Request(cursor));
        Assert.That(handler.Urls, Is.EqualTo(new[] { expected }));
    }

    [Test]
    public async Task Read_ResumedAnywhere_GivesTheRestOfTheSet()
    {
        var handler = Some.Server(
            ("/v2/rows?p=1&n=3", Body(1, 3, 8)), ("/v2/rows?p=2&n=3", Body(4, 6, 8)), ("/v2/rows?p=3&n=3", Body(7, 8, 8)));
        using var source = Some.Source(handler, Some.Stream(ByPage, total: "total"));
        var whole = await source.ReadAsync();
        foreach (var page in whole.Where(p => !p.IsLast))
        {
            var rest = await source.ReadAsync(Some.Request(page.NextCursor));
            Assert.That(Ids(rest), Is.EqualTo(Ids(whole.Skip(page.Number))));
        }
    }

    [TestCase(400)]
    [TestCase(404)]
    [TestCase(410)]
    public async Task Read_FromACursorThatTheSourceForgot_StartsAgain(int status)
    {
        var handler = new FakeHandler((call, _) => call == 0 ? FakeHandler.Status(status, "{\"error\":\"cursor expired\"}") : FakeHandler.Json(Body(1, 2)));
        using var source = Some.Source(handler, Some.Stream(ByCursor));
        var pages = await source.ReadAsync(Some.Request("old"));
        Assert.That(handler.Urls, Is.EqualTo(new[] { "https://api.example.com/v2/rows?after=old", "https://api.example.com/v2/rows" }));
        Assert.That(Shape(pages), Is.EqualTo("1:1,2>end"));
    }

    // bodies of the calls in turn, what the message must say
    [TestCase("cursor", "identical", "{'rows':[{'id':1}],'meta':{'next':'a'}}", "page 2: GET https://api.example.com/v2/rows: it is byte for byte the page before it")]
    [TestCase("page", "identical", "{'rows':[{'id':1},{'id':2},{'id':3}]}", "it is byte for byte the page before it")]
    [TestCase("cursor", "circle", "{'rows':[{'id':1}],'meta':{'next':'a'}}|{'rows':[{'id':2}],'meta':{'next':'b'}}|{'rows':[{'id':3}],'meta':{'next':'a'}}", "a next page that was read already")]
    [TestCase("link", "circle", "{'rows':[{'id':1}],'links':{'next':'/v2/a'}}|{'rows':[],'links':{'next':'https://api.example.com/v2/a'}}", "a next page that was read already")]
    [TestCase("cursor", "empty circle", "{'rows':[],'meta':{'next':'a'}}", "a next page that was read already")]
    [TestCase("offset", "grew", "{'rows':[{'id':1},{'id':2},{'id':3}],'total':5}|{'rows':[{'id':3},{'id':4},{'id':5}],'total':6}", "stated 5 rows and now 6")]
    [TestCase("offset", "ended early", "{'rows':[{'id':1},{'id':2},{'id':3}],'total':5}|{'rows':[],'total':5}", "states 5 rows but the pages ended after 3")]
    [TestCase("offset", "no total", "{'rows':[{'id':1}]}", "there is no 'total'")]
    [TestCase("pages", "no pages", "{'rows':[{'id':1}]}", "there is no 'pages'")]
    [TestCase("none", "HTML", "<html><body>Sign in</body></html>", "it is HTML where JSON is expected")]
    [TestCase("none", "cut", "{'rows':[{'id':1},{'id", "it is no whole JSON")]
    [TestCase("none", "error with 200", "{'error':'bad key s3cret-token'}", "there is no 'rows'")]
    public async Task Read_OfASetThatCannotBeTrusted_StopsWithTheReason(string rule, string what, string bodies, string expected)
    {
        var answers = bodies.Replace('\'', '"').Split('|');
        var total = rule == "offset" ? "total" : null;
        using var source = Some.Source(FakeHandler.Of([.. answers.Select(a => (Func<HttpResponseMessage>)(() => FakeHandler.Json(a)))]), Some.Stream(Rule(rule), total: total));
        Assert.That(await MessageAsync(source), Does.StartWith("Permanent Reading time_entries from acme-time, page ").And.Contains(expected).And.Not.Contains(Api.Token), what);
    }

    [Test]
    public async Task Read_OfASetWithoutEnd_StopsAtTheLimitOfPages()
    {
        var handler = new FakeHandler((call, _) => FakeHandler.Json($$$"""{"rows":[{"id":{{{call}}}}],"meta":{"next":"c{{{call}}}"}}"""));
        using var source = Some.Source(handler, Some.Stream(ByCursor), pagesPerSet: 20);
        Assert.That(await MessageAsync(source), Does.Contain("the set goes on after 20 pages, which is the job's limit").And.Contains("limits.pagesPerSet"));
        Assert.That(handler.Urls, Has.Count.EqualTo(20));
    }

    [Test]
    public async Task Read_OfASetThatEndsAtTheLimit_IsFine()
    {
        var handler = new FakeHandler((call, _) => FakeHandler.Json(call < 19 ? $$$"""{"rows":[{"id":{{{call}}}}],"meta":{"next":"c{{{call}}}"}}""" : """{"rows":[]}"""));
        using var source = Some.Source(handler, Some.Stream(ByCursor), pagesPerSet: 20);
        Assert.That(await source.ReadAsync(), Has.Count.EqualTo(20));
    }

    [TestCase(401, "Permanent GET https://api.example.com/v2/rows answered 401: the bearer token")]
    [TestCase(404, "Permanent Reading time_entries from acme-time, page 1: GET https://api.example.com/v2/rows answered 404")]
    [TestCase(503, "Transient Reading time_entries from acme-time, page 1: GET https://api.example.com/v2/rows answered 503")]
    [TestCase(204, "Permanent Reading time_entries from acme-time, page 1: GET https://api.example.com/v2/rows: the body is empty")]
    public async Task Read_OfAnAnswerThatIsNoPage_IsNeverZeroRows(int status, string expected)
    {
        using var source = Some.Source(FakeHandler.Of(() => FakeHandler.Status(status)), Some.Stream());
        Assert.That(await MessageAsync(source), Does.StartWith(expected));
    }

    [TestCase(200, "{\"account\":{\"id\":\"a-1\"}}", null)]
    [TestCase(200, "{\"account\":{\"id\":null}}", "Permanent The probe of acme-time: GET https://api.example.com/v2/account answered 200 without 'account.id'")]
    [TestCase(200, "{\"time_entries\":[],\"total_count\":0}", "an empty extract is no proof of no data")]
    [TestCase(200, "<html>", "it is HTML where JSON is expected")]
    [TestCase(200, "", "the body is empty")]
    [TestCase(401, "", "was refused")]
    [TestCase(302, "", "The address has moved")]
    [TestCase(500, "", "Transient The probe of acme-time")]
    public async Task Probe_MustFindItsField(int status, string body, string? expected)
    {
        using var source = Some.Source(FakeHandler.Of(() => FakeHandler.Status(status, body)), Some.Stream());
        Assert.That(await MessageAsync(() => source.ProbeAsync(CancellationToken.None)), expected is null ? Is.Null : Does.Contain(expected));
    }

    [TestCase(200, null)]
    [TestCase(404, "answered 404")]
    public async Task Probe_WithoutAField_NeedsSuccessOnly(int status, string? expected)
    {
        using var source = Some.Source(FakeHandler.Of(() => FakeHandler.Status(status, "ok")), Some.Stream(), probeField: null);
        Assert.That(await MessageAsync(() => source.ProbeAsync(CancellationToken.None)), expected is null ? Is.Null : Does.Contain(expected));
    }

    [Test]
    public async Task Read_OfAStreamThatTheConnectorLacks_NamesThoseItHas()
    {
        using var source = Some.Source(FakeHandler.Of(() => FakeHandler.Json("{}")), Some.Stream());
        await Assert.ThatAsync(
            () => source.ReadAsync(Some.Request(kind: StreamKind.Expenses)),
            Throws.TypeOf<SettingException>().With.Message.EqualTo("The connector 'acme-time' has no stream 'expenses'; it has time_entries."));
    }

    [Test]
    public async Task Read_OverTheWire_GivesEveryRowOnce()
    {
        await using var server = await LoopbackServer.StartAsync(async context =>
        {
            var offset = int.Parse(context.Request.Query["offset"]!, System.Globalization.CultureInfo.InvariantCulture);
            await Microsoft.AspNetCore.Http.HttpResponseWritingExtensions.WriteAsync(context.Response, Body(offset + 1, Math.Min(offset + 100, 250), 250));
        });
        var stream = Some.Stream(new Pagination.Offset("offset", "limit", 100), total: "total");
        var connector = new SourceConnector("redmine", Api.Definition(server.Url), "/", null, null, new Dictionary<StreamKind, StreamDefinition> { [stream.Stream] = stream });
        var source = SourceFactory.Create(connector, Api.Settings(), Some.Limits(), null, null, TimeProvider.System, Logger.None);
        using (source as IDisposable)
        {
            Assert.That(Ids(await source.ReadAsync()), Is.EqualTo(Enumerable.Range(1, 250).Select(i => i.ToString(System.Globalization.CultureInfo.InvariantCulture))));
        }
    }

    private static Pagination Rule(string name) => name switch
    {
        "cursor" => ByCursor, "link" => ByLink, "page" => ByPage, "offset" => ByOffset,
        "pages" => new Pagination.Page("p", 1, "pages", null, 3), _ => new Pagination.None(),
    };

    private static string Body(int first, int last, int? total = null) =>
        $$"""{"rows":{{Some.Rows(first, last)}}{{(total is null ? "" : $",\"total\":{total}")}}}""";

    private static async Task<List<SourcePage>> ReadAsync(Pagination rule, string? total, params (string PathAndQuery, string Body)[] answers)
    {
        using var source = Some.Source(Some.Server(answers), Some.Stream(rule, total: total));
        return await source.ReadAsync();
    }

    // number:ids>cursor of each page
    private static string Shape(IEnumerable<SourcePage> pages) =>
        string.Join(" ", pages.Select(p => $"{p.Number}:{string.Join(",", p.Records.Select(r => r.Id))}>{p.NextCursor ?? "end"}"));

    private static List<string> Ids(IEnumerable<SourcePage> pages) => [.. pages.SelectMany(p => p.Records).Select(r => r.Id)];

    private static Task<string?> MessageAsync(RestSource source) => MessageAsync(() => source.ReadAsync());

    private static async Task<string?> MessageAsync(Func<Task> act)
    {
        try
        {
            await act();
            return null;
        }
        catch (OutsideException error)
        {
            return $"{error.Fault} {error.Message}";
        }
    }
}
