using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using BatchSync.Sandbox;
using NUnit.Framework;

namespace BatchSync.Tests.Sandbox;

[Parallelizable(ParallelScope.All)]
public sealed class BooksApiTests
{
    [Test]
    public async Task Company_WithToken_SaysThatItIsTheSandbox()
    {
        await using var sandbox = await RunningSandbox.StartAsync();
        Assert.That((await sandbox.GetAsync("/books/v1/company")).Text, Is.EqualTo("""{"company":{"id":"sandbox-co","name":"Sandbox Books","environment":"sandbox","base_currency":null,"locked_through":null}}"""));
    }

    // Each row changes one thing of a good invoice: path, new value as JSON (empty: taken away), and what the item comes back with.
    [TestCase("reference", "\"   \"", "missing_reference")]
    [TestCase("reference", "", "missing_reference")]
    [TestCase("reference", "\"012345678901234567890123456789012\"", "reference_too_long")]
    [TestCase("type", "\"bill\"", "invalid_type")]
    [TestCase("status", "", "invalid_status")]
    [TestCase("customer", "\"99\"", "unknown_customer")]
    [TestCase("customer", "\"\"", "unknown_customer")]
    [TestCase("customer", "58", "created")]
    [TestCase("date", "\"31.10.2026\"", "invalid_date")]
    [TestCase("due_date", "\"soon\"", "invalid_date")]
    [TestCase("due_date", "", "created")]
    [TestCase("currency", "\"XYZ\"", "unknown_currency")]
    [TestCase("currency", "\"usd\"", "unknown_currency")]
    [TestCase("currency", "\"KWD\"", "created")]
    [TestCase("lines", "[]", "no_lines")]
    [TestCase("lines", "", "no_lines")]
    [TestCase("lines", "[7]", "invalid_line")]
    [TestCase("lines.0.quantity", "\"1.00001\"", "wrong_decimals")]
    [TestCase("lines.0.quantity", "\"1.0001\"", "line_amount")]
    [TestCase("lines.0.quantity", "true", "invalid_number")]
    [TestCase("lines.0.quantity", "1.0000", "created")]
    [TestCase("lines.0.unit_price", "\"100.004999\"", "created")]
    [TestCase("lines.0.unit_price", "\"100.005\"", "line_amount")]
    [TestCase("lines.0.unit_price", "\"NaN\"", "invalid_number")]
    [TestCase("lines.0.unit_price", "999999999999999999", "out_of_range")]
    [TestCase("lines.0.amount", "\"100.001\"", "wrong_decimals")]
    [TestCase("lines.0.amount", "\"99.99\"", "line_amount")]
    [TestCase("lines.0.discount", "\"10.00\"", "net_mismatch")]
    [TestCase("lines.0.discount", "\"0.00\"", "created")]
    [TestCase("lines.0.discount", "\"0.001\"", "wrong_decimals")]
    [TestCase("lines.0.net", "\"100.00\"", "created")]
    [TestCase("lines.0.net", "\"92.00\"", "net_mismatch")]
    [TestCase("discount", "\"0.00\"", "created")]
    [TestCase("discount", "\"1.00\"", "discount_mismatch")]
    [TestCase("withholding", "\"20.00\"", "created")]
    [TestCase("withholding", "\"108.01\"", "negative_due")]
    [TestCase("retainer", "\"8.001\"", "wrong_decimals")]
    [TestCase("amount_due", "\"108.00\"", "created")]
    [TestCase("amount_due", "\"100.00\"", "due_mismatch")]
    [TestCase("exchange_rate", "1.136", "created")]
    [TestCase("exchange_rate", "1.1363636", "wrong_decimals")]
    [TestCase("exchange_rate", "0", "invalid_rate")]
    [TestCase("exchange_rate", "\"near\"", "invalid_number")]
    [TestCase("lines.0.tax", "\"7.99\"", "tax_mismatch")]
    [TestCase("lines.0.tax", "", "invalid_number")]
    [TestCase("taxes.0.amount", "\"7.99\"", "tax_mismatch")]
    [TestCase("taxes.0.rate", "\"-0.08\"", "invalid_tax")]
    [TestCase("taxes.0.tax_code", "\"\"", "invalid_tax")]
    [TestCase("taxes", "[]", "tax_mismatch")]
    [TestCase("net", "\"99.99\"", "net_mismatch")]
    [TestCase("net", "\"100.000\"", "created")]
    [TestCase("tax", "\"8.01\"", "tax_mismatch")]
    [TestCase("total", "\"108.01\"", "total_mismatch")]
    [TestCase("total", "108", "created")]
    [TestCase("total", "1.08e2", "created")]
    [TestCase("total", "\"108.0000000000000000000000000000000001\"", "invalid_number")]
    public async Task Item_WithOneThingChanged_IsAnsweredBy(string path, string value, string expected)
    {
        await using var sandbox = await RunningSandbox.StartAsync(("customers.json", """{"customers":["58", 61]}"""));
        var invoice = Change(Some.Invoice("A"), path, value);
        var reply = await sandbox.PostInvoicesAsync(invoice, Some.Invoice("GOOD", customer: "61"));
        var reference = JsonNode.Parse(invoice)!["reference"]?.GetValue<string>() ?? "";
        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((reply.Outcome(reference), reply.Outcome("GOOD")), Is.EqualTo((expected, "created")));
        Assert.That(sandbox.Server.Books.Documents(), Has.Count.EqualTo(expected == "created" ? 2 : 1));
    }

    [TestCase("USD", "0.5", "1.01", "0.51", TestName = "LineAmount_BetweenTwoCents_GoesUp")]
    [TestCase("USD", "-0.5", "1.01", "-0.51", TestName = "LineAmount_BelowZero_MirrorsItsTwin")]
    [TestCase("JPY", "1.5", "333", "500", TestName = "LineAmount_InYen_IsWhole")]
    [TestCase("KWD", "0.3333", "1.005", "0.335", TestName = "LineAmount_InDinars_HasThreeDecimals")]
    public async Task LineAmount_RoundedHalfUp_IsTaken(string currency, string quantity, string price, string amount)
    {
        await using var sandbox = await RunningSandbox.StartAsync();
        var isCredit = amount.StartsWith('-');
        var other = isCredit ? """{"quantity":1,"unit_price":10,"amount":10,"tax":0},""" : "";
        var net = isCredit ? "9.49" : amount;
        var reply = await sandbox.PostInvoicesAsync($$"""
            {"reference":"A","type":"invoice","status":"final","customer":"1","date":"2026-10-31","currency":"{{currency}}",
             "lines":[{{other}}{"quantity":{{quantity}},"unit_price":"{{price}}","amount":{{amount}},"tax":0}],"net":{{net}},"tax":0,"total":{{net}}}
            """);
        Assert.That(reply.Outcome("A"), Is.EqualTo("created"), reply.Text);
    }

    // Each line: amount, discount, net, tax. Prices are without tax on every line, or with tax on every line.
    [TestCase("100 10 90 9, 50 0 50 5", "created", TestName = "Lines_WithoutTaxInTheirPrices_AddUp")]
    [TestCase("110 11 90 9, 55 0 50 5", "created", TestName = "Lines_WithTaxInTheirPrices_AddUp")]
    [TestCase("110 11 90 9, 50 0 50 0", "created", TestName = "Lines_WithTaxInTheirPricesAndAnUntaxedOne_AddUp")]
    [TestCase("110 11 90 9, 50 0 50 5", "line_net", TestName = "Lines_OfBothSorts_AreRefused")]
    [TestCase("100 10 91 9", "line_net", TestName = "Line_ThatDoesNotAddUp_IsRefused")]
    [TestCase("-100 -10 -90 -9, 200 0 200 20", "created", TestName = "Line_BelowZero_HasADiscountBelowZero")]
    public async Task Lines_WithDiscounts_AddUpOneWay(string lines, string expected)
    {
        await using var sandbox = await RunningSandbox.StartAsync();
        var rows = lines.Split(", ").Select(l => l.Split(' ').Select(n => int.Parse(n, System.Globalization.CultureInfo.InvariantCulture)).ToArray()).ToList();
        var json = rows.Select(r => FormattableString.Invariant($$"""{"quantity":{{Math.Sign(r[0])}},"unit_price":{{Math.Abs(r[0])}},"amount":{{r[0]}},"discount":{{r[1]}},"net":{{r[2]}},"tax":{{r[3]}},"account":"4000"}"""));
        var (net, tax) = (rows.Sum(r => r[2]), rows.Sum(r => r[3]));
        var reply = await sandbox.PostInvoicesAsync(FormattableString.Invariant($$"""
            {"reference":"A","type":"invoice","status":"final","customer":"1","date":"2026-10-31","currency":"USD","discount":{{rows.Sum(r => r[1])}},"net":{{net}},"tax":{{tax}},"total":{{net + tax}},
             "lines":[{{string.Join(',', json)}}],"taxes":[{"tax_code":"T","component":"c","rate":0.1,"amount":{{tax}}}]}
            """));
        Assert.That(reply.Outcome("A"), Is.EqualTo(expected), reply.Text);
    }

    [Test]
    public async Task Item_WithNegativeTotal_IsRejected()
    {
        await using var sandbox = await RunningSandbox.StartAsync();
        var reply = await sandbox.PostInvoicesAsync(Change(Some.Invoice("A", net: "-100.00", tax: "-8.00"), "lines.0.quantity", "1"));
        Assert.That(reply.Outcome("A"), Is.EqualTo("negative_total"));
    }

    [Test]
    public async Task Item_BeyondWhatSumsHold_IsRejectedNotCrashed()
    {
        await using var sandbox = await RunningSandbox.StartAsync();
        const string Line = """{"quantity":1,"unit_price":90000000000000000,"amount":90000000000000000,"tax":0}""";
        var invoice = Change(Some.Invoice("A"), "lines", $"[{Line},{Line}]");
        Assert.That((await sandbox.PostInvoicesAsync(invoice)).Outcome("A"), Is.EqualTo("out_of_range"));
    }

    [TestCase("not json", 400, "invalid_json")]
    [TestCase("", 400, "invalid_json")]
    [TestCase("[]", 422, "invalid_body")]
    [TestCase("{\"invoices\":{}}", 422, "invalid_body")]
    [TestCase("{\"invoices\":[]}", 422, "invalid_count")]
    public async Task Call_ThatIsNone_IsRefusedWhole(string body, int status, string code)
    {
        await using var sandbox = await RunningSandbox.StartAsync();
        var reply = await sandbox.PostAsync("/books/v1/invoices/bulk", body);
        Assert.That(((int)reply.Status, reply.ErrorCode), Is.EqualTo((status, code)));
    }

    [TestCase(100, HttpStatusCode.OK, 100)]
    [TestCase(101, HttpStatusCode.UnprocessableEntity, 0)]
    public async Task Call_OfManyItems_IsTakenUpTo100(int items, HttpStatusCode status, int booked)
    {
        await using var sandbox = await RunningSandbox.StartAsync();
        var reply = await sandbox.PostInvoicesAsync([.. Enumerable.Range(1, items).Select(i => Some.Invoice($"R{i}"))]);
        Assert.That((reply.Status, sandbox.Server.Books.Documents().Count), Is.EqualTo((status, booked)));
    }

    [Test]
    public async Task Results_OfACall_AreNotInItsOrder()
    {
        await using var sandbox = await RunningSandbox.StartAsync();
        var reply = await sandbox.PostInvoicesAsync(Some.Invoice("A"), Some.Invoice("B"));
        Assert.That(reply.Text, Is.EqualTo("""{"results":[{"reference":"B","id":"doc-2","status":"created","error":null},{"reference":"A","id":"doc-1","status":"created","error":null}]}"""));
    }

    [Test]
    public async Task Reference_PostedTwice_MakesTwoDocuments()
    {
        await using var sandbox = await RunningSandbox.StartAsync();
        await sandbox.PostInvoicesAsync(Some.Invoice("A"));
        var second = await sandbox.PostInvoicesAsync(Some.Invoice("A"));
        var found = await sandbox.GetAsync("/books/v1/invoices?references=A");
        Assert.That(second.Outcome("A"), Is.EqualTo("created"));
        Assert.That(found.Ids("invoices"), Is.EqualTo(new[] { "doc-1", "doc-2" }));
        Assert.That(sandbox.Server.Books.Ledger().References, Is.EqualTo(new[] { new ReferenceCount("A", 2) }));
    }

    [Test]
    public async Task Reference_PostedTwiceWhereUnique_IsADuplicateOfTheFirst()
    {
        var folder = Directory.CreateTempSubdirectory("sandbox-test-").FullName;
        var options = new SandboxOptions(folder, 0, null, null, SandboxOptions.DefaultToken, TimeProvider.System) { UniqueReferences = true };
        await using var sandbox = await RunningSandbox.StartAsync(options, ownsFolder: true);
        var first = await sandbox.PostInvoicesAsync(Some.Invoice("A"), Some.Invoice("A"));
        var second = await sandbox.PostInvoicesAsync(Some.Invoice("A", net: "5.00", tax: "0.40"));
        Assert.That(first.Json.GetProperty("results").EnumerateArray().Select(r => $"{r.GetProperty("status")} {r.GetProperty("id")}"), Is.EqualTo(new[] { "duplicate doc-1", "created doc-1" }));
        Assert.That(second.Outcome("A"), Is.EqualTo("duplicate"));
        Assert.That(sandbox.Server.Books.Documents(), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Key_WithTheSameBody_ReplaysTheAnswer()
    {
        await using var sandbox = await RunningSandbox.StartAsync(("customers.json", """{"customers":["58"]}"""));
        var body = Some.Bulk(Some.Invoice("A"), Some.Invoice("B", customer: "99"));
        var first = await sandbox.PostAsync("/books/v1/invoices/bulk", body, key: "k1");
        var second = await sandbox.PostAsync("/books/v1/invoices/bulk", body, key: "k1");
        Assert.That((first.Outcome("A"), first.Outcome("B")), Is.EqualTo(("created", "unknown_customer")));
        Assert.That(second.Text, Is.EqualTo(first.Text));
        Assert.That((first.Header(BooksApi.ReplayedHeader), second.Header(BooksApi.ReplayedHeader)), Is.EqualTo(((string?)null, "true")));
        Assert.That(sandbox.Server.Books.Documents(), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Key_WithAnotherBody_Is409AndBooksNothing()
    {
        await using var sandbox = await RunningSandbox.StartAsync();
        await sandbox.PostAsync("/books/v1/invoices/bulk", Some.Bulk(Some.Invoice("A")), key: "k1");
        var other = await sandbox.PostAsync("/books/v1/invoices/bulk", Some.Bulk(Some.Invoice("B")), key: "k1");
        Assert.That((other.Status, other.ErrorCode), Is.EqualTo((HttpStatusCode.Conflict, "key_conflict")));
        Assert.That(sandbox.Server.Books.Documents(), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Key_OfACallWhoseItemsWereAllRejected_ReplaysThatToo()
    {
        await using var sandbox = await RunningSandbox.StartAsync(("customers.json", """{"customers":["1"]}"""), ("more/customers.json", """{"customers":["58"]}"""));
        var body = Some.Bulk(Some.Invoice("A"));
        await sandbox.PostAsync("/books/v1/invoices/bulk", body, key: "k1");
        sandbox.Server.Load("more");
        var same = await sandbox.PostAsync("/books/v1/invoices/bulk", body, key: "k1");
        var fresh = await sandbox.PostAsync("/books/v1/invoices/bulk", body, key: "k2");
        Assert.That((same.Outcome("A"), fresh.Outcome("A")), Is.EqualTo(("unknown_customer", "created")));
    }

    [Test]
    public async Task Key_OfARefusedCall_IsFreeForTheNext()
    {
        await using var sandbox = await RunningSandbox.StartAsync();
        await sandbox.PostAsync("/books/v1/invoices/bulk", "{}", key: "k1");
        var reply = await sandbox.PostAsync("/books/v1/invoices/bulk", Some.Bulk(Some.Invoice("A")), key: "k1");
        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task Calls_AtOnceWithOneKey_BookOnce()
    {
        await using var sandbox = await RunningSandbox.StartAsync();
        var body = Some.Bulk(Some.Invoice("A"));
        var replies = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => sandbox.PostAsync("/books/v1/invoices/bulk", body, key: "k1")));
        Assert.That(replies.Select(r => r.Text).Distinct().Count(), Is.EqualTo(1));
        Assert.That(sandbox.Server.Books.Documents(), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task LookUp_OfReferences_GivesWhatThereIs()
    {
        await using var sandbox = await RunningSandbox.StartAsync();
        await sandbox.PostInvoicesAsync(Some.Invoice("A"), Some.Invoice("B", type: "credit_note", status: "final"), Some.Invoice("C"));
        var reply = await sandbox.GetAsync("/books/v1/invoices?references=B,A,missing");
        Assert.That(reply.Text, Is.EqualTo(
            """{"invoices":[{"reference":"A","id":"doc-1","customer":"58","type":"invoice","currency":"USD","net":100.00,"tax":8.00,"total":108.00,"status":"draft"},"""
            + """{"reference":"B","id":"doc-2","customer":"58","type":"credit_note","currency":"USD","net":100.00,"tax":8.00,"total":108.00,"status":"final"}]}"""));
    }

    [TestCase(0, HttpStatusCode.UnprocessableEntity)]
    [TestCase(100, HttpStatusCode.OK)]
    [TestCase(101, HttpStatusCode.UnprocessableEntity)]
    public async Task LookUp_OfManyReferences_IsTakenUpTo100(int count, HttpStatusCode expected)
    {
        await using var sandbox = await RunningSandbox.StartAsync();
        var reply = await sandbox.GetAsync("/books/v1/invoices?references=" + string.Join(',', Enumerable.Range(1, count)));
        Assert.That(reply.Status, Is.EqualTo(expected));
    }

    [Test]
    public async Task Finalize_Repeated_DoesNoHarm()
    {
        await using var sandbox = await RunningSandbox.StartAsync();
        await sandbox.PostInvoicesAsync(Some.Invoice("A"), Some.Invoice("B"));
        const string Expected = """
            {"results":[{"id":"doc-1","status":"final","error":null},{"id":"doc-9","status":"rejected","error":{"code":"unknown_id","message":"There is no document 'doc-9'."}}]}
            """;
        var first = await sandbox.PostAsync("/books/v1/invoices/finalize", """{"ids":["doc-1","doc-9"]}""");
        var second = await sandbox.PostAsync("/books/v1/invoices/finalize", """{"ids":["doc-1","doc-9"]}""");
        Assert.That((first.Text, second.Text), Is.EqualTo((Expected, Expected)));
        Assert.That(sandbox.Server.Books.Documents().Select(d => d.IsFinal), Is.EqualTo(new[] { true, false }));
    }

    [Test]
    public async Task Delete_OfEachStatus_TakesDraftsOnlyAndRepeatingDoesNoHarm()
    {
        await using var sandbox = await RunningSandbox.StartAsync();
        await sandbox.PostInvoicesAsync(Some.Invoice("A"), Some.Invoice("B", status: "final"));
        const string Body = """{"ids":["doc-1","doc-2","doc-9"]}""";
        var first = await sandbox.PostAsync("/books/v1/invoices/delete", Body);
        var second = await sandbox.PostAsync("/books/v1/invoices/delete", Body);
        Assert.That(Outcomes(first), Is.EqualTo(new[] { "doc-1 deleted", "doc-2 not_draft", "doc-9 unknown_id" }));
        Assert.That(Outcomes(second), Is.EqualTo(new[] { "doc-1 gone", "doc-2 not_draft", "doc-9 unknown_id" }));
        Assert.That((await sandbox.GetAsync("/books/v1/invoices?references=A,B")).Ids("invoices"), Is.EqualTo(new[] { "doc-2" }));
        Assert.That(sandbox.Server.Books.Ledger().References, Is.EqualTo(new[] { new ReferenceCount("B", 1) }));
        Assert.That(Outcomes(await sandbox.PostAsync("/books/v1/invoices/finalize", """{"ids":["doc-1"]}""")), Is.EqualTo(new[] { "doc-1 unknown_id" }));
        Assert.That((await sandbox.PostInvoicesAsync(Some.Invoice("A"))).Text, Does.Contain("\"id\":\"doc-3\""), "an id is never given twice");

        static IEnumerable<string> Outcomes(Reply reply) => reply.Json.GetProperty("results").EnumerateArray()
            .Select(r => $"{r.GetProperty("id")} {(r.GetProperty("error") is { ValueKind: JsonValueKind.Object } error ? error.GetProperty("code") : r.GetProperty("status"))}");
    }

    [TestCase("GET", "/books/v1/invoices/bulk", HttpStatusCode.MethodNotAllowed)]
    [TestCase("POST", "/books/v1/company", HttpStatusCode.MethodNotAllowed)]
    [TestCase("POST", "/time/v1/time_entries", HttpStatusCode.MethodNotAllowed)]
    [TestCase("GET", "/books/v1/bills", HttpStatusCode.NotFound)]
    [TestCase("POST", "/_sandbox/anything", HttpStatusCode.NotFound)]
    public async Task Call_OfTheWrongKind_IsRefused(string method, string path, HttpStatusCode expected)
    {
        await using var sandbox = await RunningSandbox.StartAsync();
        var reply = method == "GET" ? await sandbox.GetAsync(path) : await sandbox.PostAsync(path, "{}");
        Assert.That(reply.Status, Is.EqualTo(expected));
    }

    private static string Change(string invoice, string path, string value)
    {
        var root = JsonNode.Parse(invoice)!;
        var parts = path.Split('.');
        var parent = parts[..^1].Aggregate(root, (node, part) => part.All(char.IsDigit) ? node[part[0] - '0']! : node[part]!);
        if (value.Length == 0) parent.AsObject().Remove(parts[^1]);
        else parent[parts[^1]] = JsonNode.Parse(value);
        return root.ToJsonString(JsonSerializerOptions.Default);
    }
}
