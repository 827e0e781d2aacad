using System.Globalization;
using System.Text.Json;
using BatchSync.Core.Amounts;
using BatchSync.Core.Billing;
using BatchSync.Core.Diagnostics;
using BatchSync.Core.Posting;
using BatchSync.Http;
using BatchSync.Tests.Http;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Destinations;

internal sealed class RestCreateTests
{
    [Test]
    public async Task Create_InvoiceWithTax_SendsTheMappedFieldsAndDecimalText()
    {
        var body = "";
        var network = new FakeHandler((_, request) =>
        {
            body = request.Content!.ReadAsStringAsync().Result;
            return FakeHandler.Json("""{"results":[]}""");
        });
        var document = SomeDocument.Of(nets: [22500, -100], taxes: [1631, -7], account: "", description: "Größe \"x\"");
        await Books.At(network).CreateAsync(Books.Batch(document), default);
        Assert.That(network.Urls.Single(), Is.EqualTo("https://api.example.com/v2/invoices/bulk"));
        Assert.That(network.Requests[0].Headers.GetValues("Idempotency-Key").Single(), Is.EqualTo(IdempotencyKey.Of([document.Reference], null)));
        Assert.That(body, Is.EqualTo(
            """{"invoices":[{"currency":"USD","customer":{"id":"58","name":"Acme Corp"},"date":"2026-10-31","due_date":"2026-11-30","lines":["""
            + """{"amount":225.00,"description":"Gr\u00F6\u00DFe \u0022x\u0022","gross":241.31,"item":{"ref":"12"},"n":1,"quantity":1,"tax":16.31,"tax_code":"TAX","unit_price":225},"""
            + """{"amount":-1.00,"description":"Gr\u00F6\u00DFe \u0022x\u0022","gross":-1.07,"item":{"ref":"12"},"n":2,"quantity":-1,"tax":-0.07,"tax_code":"TAX","unit_price":1}],"""
            + $$"""
            "net":224.00,"reference":"{{document.Reference}}","status":"draft","tax":16.24,"taxes":[{"amount":16.24,"component":"state","rate":0.0725,"tax_code":"TAX"}],"total":240.24,"type":"invoice"}]}
            """.Trim()));
    }

    [Test]
    public async Task Create_DocumentWithDiscountsDeductionsAndRate_SendsWhatIsMapped()
    {
        var definition = MoneyFields with { Deductions = new DeductionRules(DeductionPosting.Field, DeductionPosting.Line("1450", "RET", "NON")) };
        var answer = await Books.At(Answering("[]"), definition).CreateAsync(Books.Batch(Foreign()), default);
        Assert.That(answer.Request, Does.Contain(
            """{"base":{"currency":"USD","total":90.91},"corrects":"ORIGINAL","discount":10.00,"due":60.00,"lines":["""
            + """{"amount":100.00,"discount":10.00,"doc":4.00,"net":90.00,"own":6.00},{"account":"1450","amount":-10.00,"item":"RET","net":-10.00,"tax_code":"NON"}],"""
            + """ "net":80.00,"rate":1.136364,"status":"draft","total":80.00,"withholding":20.00}""".TrimStart()));
    }

    [Test]
    public async Task Create_DocumentWithoutThem_LeavesTheirFieldsOut()
    {
        var definition = MoneyFields with { Deductions = new DeductionRules(DeductionPosting.Field, DeductionPosting.Line("1450")) };
        var answer = await Books.At(Answering("[]"), definition).CreateAsync(Books.Batch(SomeDocument.Of(nets: [9000])), default);
        Assert.That(answer.Request, Does.Contain("""{"due":90.00,"lines":[{"account":"4000","amount":90.00,"item":"12","net":90.00,"tax_code":"NON"}],"net":90.00,"status":"draft","total":90.00}"""));
    }

    [Test]
    public async Task Create_RateThatRoundsToNothing_IsRejectedAloneAndNotSent()
    {
        var good = SomeDocument.Of();
        var tiny = Foreign() with { Valuation = Foreign().Valuation! with { Rate = Foreign().Valuation!.Rate with { Rate = new Rational(1, 3_000_000) } } };
        var network = Answering($$"""[{"reference":"{{good.Reference}}","id":"7","status":"created"}]""");
        var answer = await Books.At(network, MoneyFields).CreateAsync(Books.Batch(good, tiny), default);
        Assert.That(answer.Outcomes.ToDictionary(o => o.Reference, Books.Shown), Is.EqualTo(new Dictionary<string, string> { [good.Reference] = "Posted 7", [tiny.Reference] = "Rejected rate-too-small" }));
        Assert.That((await Books.At(network, MoneyFields).CreateAsync(Books.Batch(tiny), default)).Outcomes.Select(Books.Shown), Is.EqualTo(new[] { "Rejected rate-too-small" }));
        Assert.That(network.Urls, Has.Count.EqualTo(1), "a call without documents was sent");
    }

    private static BatchSync.Configuration.RestDestinationDefinition MoneyFields => Books.Definition with
    {
        DocumentFields = new Dictionary<string, string>
        {
            ["net"] = "net", ["total"] = "total", ["discount"] = "discount", ["withholding"] = "withholding", ["due"] = "amountDue", ["corrects"] = "corrects",
            ["rate"] = "exchangeRate", ["base.currency"] = "baseCurrency", ["base.total"] = "baseTotal",
        },
        LineFields = new Dictionary<string, string>
        {
            ["account"] = "account", ["item"] = "item", ["tax_code"] = "taxCode", ["amount"] = "amount", ["discount"] = "discount", ["own"] = "lineDiscount", ["doc"] = "documentDiscount", ["net"] = "net",
        },
        TaxesField = null,
        RateDecimals = 6,
    };

    // 100.00 EUR less a discount of 10.00, 20.00 withheld, 10.00 from a retainer; 25/22 USD a euro.
    private static Document Foreign()
    {
        var (eur, usd) = (Currency.Of("EUR"), Currency.Of("USD"));
        Money Eur(long cents) => Money.OfMinorUnits(cents, eur);
        var document = SomeDocument.Of(client: "61", currency: "EUR", nets: [90_00]);
        var line = document.Lines[0] with { Account = "", Item = "", TaxCode = new("", "", []), Amount = Eur(100_00), LineDiscount = Eur(6_00), DocumentDiscount = Eur(4_00), BaseNet = Money.OfMinorUnits(102_27, usd) };
        var rate = Some.FxRate(eur, usd, new Rational(25, 22));
        return document with
        {
            Lines = [line], Withholding = Eur(20_00), Retainer = Eur(10_00), Corrects = "ORIGINAL",
            Valuation = new Valuation(rate, Money.OfMinorUnits(102_27, usd), Money.Zero(usd)),
        };
    }

    [TestCase("JPY", "1234")]
    [TestCase("USD", "12.34")]
    [TestCase("KWD", "1.234")]
    public async Task Create_Currency_WritesItsDecimals(string currency, string expected)
    {
        var network = Answering("[]");
        var answer = await Books.At(network).CreateAsync(Books.Batch(SomeDocument.Of(currency: currency, nets: [1234])), default);
        Assert.That(answer.Request, Does.Contain($"\"total\":{expected},"));
    }

    [Test]
    public async Task Create_AmountsBeyondADouble_KeepEveryDigit()
    {
        var answer = await Books.At(Answering("[]")).CreateAsync(Books.Batch(SomeDocument.Of(nets: [9007199254740993_01])), default);
        Assert.That(answer.Request, Does.Contain("\"total\":9007199254740993.01,"));
    }

    [Test]
    public async Task Create_FinalCreditNoteWithoutEnvelope_UsesTheConnectorsWords()
    {
        var definition = Books.Definition with { Create = Books.Definition.Create with { Envelope = "", DraftField = "state.name", Results = "" } };
        var document = SomeDocument.Of(type: DocumentType.CreditNote);
        var network = FakeHandler.Of(() => FakeHandler.Json($$"""[{"reference":"{{document.Reference}}","id":7,"status":"created"}]"""));
        var answer = await Books.At(network, definition).CreateAsync(Books.Batch(document) with { AsDraft = false }, default);
        Assert.That(answer.Request, Does.Contain("\n[{").And.Contain("""state":{"name":"final"}""").And.Contain("""type":"credit_note"}]"""));
        Assert.That(answer.Outcomes.Select(Books.Shown), Is.EqualTo(new[] { "Posted 7" }));
    }

    // REF stands for the reference that was sent.
    [TestCase("""{"reference":"REF","id":"7","status":"created"}""", "Posted 7")]
    [TestCase("""{"reference":"REF","id":7,"status":"created","error":null}""", "Posted 7")]
    [TestCase("""{"reference":"REF","id":"7","status":"duplicate"}""", "AlreadyPosted 7")]
    [TestCase("""{"reference":"REF","status":"rejected","error":{"code":"unknown_customer","message":"no 58"}}""", "Rejected unknown_customer")]
    [TestCase("""{"reference":"REF","error":{"message":"no 58"}}""", "Rejected refused")]
    [TestCase("""{"reference":"REF","status":"created"}""", "Unknown")]
    [TestCase("""{"reference":"REF","id":"","status":"duplicate"}""", "Unknown")]
    [TestCase("""{"reference":"REF","id":"7","status":"queued"}""", "Unknown")]
    [TestCase("""{"reference":"REF","id":"7"}""", "Unknown")]
    [TestCase("""{"reference":"ref","id":"7","status":"created"}""", "Unknown")]
    [TestCase("""{"id":"7","status":"created"}""", "Unknown")]
    [TestCase("""{"reference":"OTHER","id":"7","status":"created"}""", "Unknown")]
    [TestCase("""{"reference":"OTHER","id":"8","status":"created"},{"reference":"REF","id":"7","status":"created"}""", "Posted 7")]
    [TestCase("""{"reference":"REF","id":"7","status":"created"},{"reference":"REF","id":"7","status":"created"}""", "Posted 7")]
    [TestCase("""{"reference":"REF","id":"7","status":"created"},{"reference":"REF","id":"8","status":"created"}""", "Unknown")]
    [TestCase("\"REF\"", "Unknown")]
    [TestCase("", "Unknown")]
    public async Task Create_OutcomeOfAnItem_IsReadAndNeverGuessed(string results, string expected)
    {
        var document = SomeDocument.Of();
        var answer = await Books.At(Answering($"[{results.Replace("REF", document.Reference, StringComparison.Ordinal)}]")).CreateAsync(Books.Batch(document), default);
        Assert.That(answer.Outcomes.Select(o => o.Reference), Is.EqualTo(new[] { document.Reference }));
        Assert.That(Books.Shown(answer.Outcomes[0]), Is.EqualTo(expected));
    }

    [Test]
    public async Task Create_OutcomesInAnyOrder_ReachTheirItems()
    {
        var documents = Books.Documents(3);
        var results = $$"""
            [{"reference":"{{documents[2].Reference}}","id":"c","status":"created"},
             {"reference":"{{documents[0].Reference}}","status":"rejected","error":{"code":"no","message":"no"} } ]
            """;
        var answer = await Books.At(Answering(results)).CreateAsync(Books.Batch([.. documents.Reverse()]), default);
        Assert.That(answer.Outcomes.ToDictionary(o => o.Reference, Books.Shown), Is.EqualTo(new Dictionary<string, string>
        {
            [documents[0].Reference] = "Rejected no", [documents[1].Reference] = "Unknown", [documents[2].Reference] = "Posted c",
        }));
    }

    [TestCase("<html>Sign in</html>")]
    [TestCase("""{"results":[{"reference":""")]
    [TestCase("""{"results":{"reference":"x"}}""")]
    [TestCase("""{"ok":true}""")]
    [TestCase("")]
    public async Task Create_AnswerThatDoesNotTell_IsUnknownForEveryItem(string body)
    {
        var network = FakeHandler.Of(() => FakeHandler.Json(body));
        var answer = await Books.At(network).CreateAsync(Books.Batch(Books.Documents(2)), default);
        Assert.That(answer.Outcomes, Has.Count.EqualTo(2).And.All.TypeOf<PostingOutcome.Unknown>());
        Assert.That(network.Urls, Has.Count.EqualTo(1), "it must not be sent again");
    }

    [TestCase(429, """{"error":{}}""", "NotTaken", 3)]
    [TestCase(500, """{"error":{"code":"x"}}""", "Unknown", 1)]
    [TestCase(503, "<html>", "Unknown", 1)]
    [TestCase(408, "", "Unknown", 1)]
    [TestCase(302, "", "Unknown", 1)]
    [TestCase(422, """{"error":{"code":"bad_date","message":"no"}}""", "Rejected bad_date", 1)]
    [TestCase(400, "<html>", "Rejected http-400", 1)]
    [TestCase(413, "", "Rejected http-413", 1)]
    [TestCase(409, """{"error":{"code":"key_conflict"}}""", "Unknown", 1)]
    public async Task Create_WholeCallAnswered_GivesTheItemThatOutcome(int status, string body, string expected, int calls)
    {
        var network = FakeHandler.Of(() => FakeHandler.Status(status, body, retryAfter: "0"));
        var answer = await Books.At(network).CreateAsync(Books.Batch(SomeDocument.Of()), default);
        Assert.That(answer.Outcomes.Select(Books.Shown), Is.EqualTo(new[] { expected }));
        Assert.That(network.Urls, Has.Count.EqualTo(calls));
    }

    [TestCase(401)]
    [TestCase(403)]
    [TestCase(404)]
    [TestCase(405)]
    public void Create_RefusedWhateverTheItemsAre_IsAPermanentFault(int status) => Assert.That(
        () => Books.At(FakeHandler.Of(() => FakeHandler.Status(status))).CreateAsync(Books.Batch(Books.Documents(2)), default),
        Throws.TypeOf<OutsideException>().With.Property("Fault").EqualTo(OutsideFault.Permanent).And.Message.Contains($"answered {status}"));

    [TestCase(HttpRequestError.ConnectionError, "NotTaken")]
    [TestCase(HttpRequestError.ResponseEnded, "Unknown")]
    public async Task Create_NoAnswer_IsNotTakenOnlyWhereNothingWasSent(HttpRequestError error, string expected)
    {
        var network = new FakeHandler((_, _) => throw new HttpRequestException(error));
        var answer = await Books.At(network, api: Api.Definition(attempts: 1)).CreateAsync(Books.Batch(Books.Documents(2)), default);
        Assert.That(answer.Outcomes.Select(Books.Shown), Is.EqualTo(new[] { expected, expected }));
    }

    // Which of them it was refused for is the caller's to find out: it commits every call before it goes out.
    [TestCase(400, """{"error":{"code":"bad_item","message":"one is bad"}}""", "RefusedTogether bad_item")]
    [TestCase(413, "", "RefusedTogether http-413")]
    [TestCase(422, """{"error":{"code":"bad_item","message":"one is bad"}}""", "RefusedTogether bad_item")]
    public async Task Create_BatchRefusedAsAWhole_SaysSoOfEachAndSendsNoParts(int status, string body, string expected)
    {
        var documents = Books.Documents(3);
        var network = FakeHandler.Of(() => FakeHandler.Status(status, body));
        var batch = Books.Batch(documents);
        var answer = await Books.At(network).CreateAsync(batch, default);
        Assert.That(answer.Outcomes.Select(Books.Shown), Is.EqualTo(new[] { expected, expected, expected }));
        Assert.That(network.Urls, Has.Count.EqualTo(1));
        Assert.That(answer.Request, Does.Contain($"POST /invoices/bulk key {batch.IdempotencyKey}\n"));
        Assert.That(answer.Response, Does.StartWith($"{status} for key {batch.IdempotencyKey}\n"));
    }

    [Test]
    public async Task Create_KeyConflictOfABatch_IsUnknown()
    {
        var network = FakeHandler.Of(() => FakeHandler.Status(409, """{"error":{"code":"key_conflict"}}"""));
        var answer = await Books.At(network).CreateAsync(Books.Batch(Books.Documents(4)), default);
        Assert.That(answer.Outcomes, Has.All.TypeOf<PostingOutcome.Unknown>());
        Assert.That(network.Urls, Has.Count.EqualTo(1), "a part under another key could make documents that the first call made");
    }

    [Test]
    public async Task Create_ConflictAtAnApiWithoutKeys_IsARefusal()
    {
        var network = FakeHandler.Of(() => FakeHandler.Status(409));
        var answer = await Books.At(network, Books.Definition with { IdempotencyHeader = null }).CreateAsync(Books.Batch(Books.Documents(2)), default);
        Assert.That(answer.Outcomes.Select(Books.Shown), Is.EqualTo(new[] { "RefusedTogether http-409", "RefusedTogether http-409" }));
        Assert.That(network.Requests.Any(r => r.Headers.Contains("Idempotency-Key")), Is.False);
    }

    [Test]
    public async Task Create_TimeForOneCallEnds_IsUnknown()
    {
        var time = new ManualTime();
        var documents = Books.Documents(2);
        var network = new FakeHandler((_, request) =>
        {
            time.Advance(TimeSpan.FromHours(1));
            return Created(References(request));
        });
        var answer = await Books.At(network, time: time).CreateAsync(Books.Batch(documents), default);
        Assert.That(answer.Outcomes, Has.All.TypeOf<PostingOutcome.Unknown>());
    }

    [Test]
    public async Task Create_ConnectionDropsAfterTheServerDidIt_IsUnknownAndSentOnce()
    {
        var calls = 0;
        await using var server = await LoopbackServer.StartAsync(context =>
        {
            Interlocked.Increment(ref calls);
            context.Abort();
            return Task.CompletedTask;
        });
        using var books = Books.At(null, api: Api.Definition(server.Url));
        var answer = await books.CreateAsync(Books.Batch(Books.Documents(2)), default);
        Assert.That(answer.Outcomes, Has.All.TypeOf<PostingOutcome.Unknown>());
        Assert.That(calls, Is.EqualTo(1));
    }

    [Test]
    public async Task Create_NobodyListens_IsNotTaken()
    {
        string url;
        await using (var server = await LoopbackServer.StartAsync(_ => Task.CompletedTask)) url = server.Url;
        using var books = Books.At(null, api: Api.Definition(url, attempts: 1));
        var answer = await books.CreateAsync(Books.Batch(Books.Documents(2)), default);
        Assert.That(answer.Outcomes, Has.All.TypeOf<PostingOutcome.NotTaken>());
    }

    [Test]
    public void Create_DraftWhereThereAreNone_SaysWhatToDo()
    {
        var books = Books.At(Answering("[]"), Books.Definition with { Create = Books.Definition.Create with { DraftField = null } });
        Assert.That(books.Traits.HasDrafts, Is.False);
        Assert.That(() => books.CreateAsync(Books.Batch(SomeDocument.Of()), default), Throws.TypeOf<OutsideException>().With.Message.Contains("posting.as"));
    }

    [Test]
    public void Create_MoreThanABatch_IsADefect() =>
        Assert.That(() => Books.At(Answering("[]")).CreateAsync(Books.Batch(Books.Documents(9)), default), Throws.TypeOf<InvariantException>());

    [Test]
    public async Task Create_SecretInTheAnswer_IsNotKept()
    {
        var answer = await Books.At(FakeHandler.Of(() => FakeHandler.Json($$"""{"results":[],"echo":"Bearer {{Api.Token}}"}"""))).CreateAsync(Books.Batch(SomeDocument.Of()), default);
        Assert.That(answer.Response, Does.Contain("Bearer ***").And.Not.Contain(Api.Token));
    }

    [Test]
    public void Constructor_FieldThatIsValueAndObject_IsRefused()
    {
        var fields = new Dictionary<string, string>(Books.Definition.DocumentFields) { ["customer"] = "client" };
        Assert.That(() => Books.At(null, Books.Definition with { DocumentFields = fields }), Throws.TypeOf<SettingException>().With.Message.Contains("customer"));
    }

    private static FakeHandler Answering(string results) => FakeHandler.Of(() => FakeHandler.Json($$"""{"results":{{results}}}"""));

    private static HttpResponseMessage Created(IEnumerable<string> references) => FakeHandler.Json(
        $$"""{"results":[{{string.Join(',', references.Select(r => string.Format(CultureInfo.InvariantCulture, """{{"reference":"{0}","id":"id-{0}","status":"created"}}""", r)))}}]}""");

    private static List<string> References(HttpRequestMessage request)
    {
        using var body = JsonDocument.Parse(request.Content!.ReadAsStringAsync().Result);
        return [.. body.RootElement.GetProperty("invoices").EnumerateArray().Select(i => i.GetProperty("reference").GetString()!)];
    }
}
