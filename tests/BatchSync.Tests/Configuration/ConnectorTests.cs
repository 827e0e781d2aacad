using BatchSync.Configuration;
using BatchSync.Core.Diagnostics;
using BatchSync.Core.Posting;
using BatchSync.Core.Retry;
using BatchSync.Core.Sources;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Configuration;

public sealed class ConnectorTests
{
    private static IEnumerable<string> Shipped => Directory.GetFiles(Path.Combine(Repository.Root, "mapping-config/connectors"), "*.yaml").Select(f => Path.GetFileName(f)!);

    [TestCaseSource(nameof(Shipped))]
    public void ShippedConnector_Check_FindsNoErrorAndTheFileHasItsName(string file)
    {
        var result = ConfigurationLoader.Load([Path.Combine(Repository.Root, "mapping-config/connectors", file)]);

        Assert.That(ConfigurationErrorText.Render(result.Errors), Is.Empty);
        Assert.That(result.Set!.Sources.Keys.Concat(result.Set.Destinations.Keys), Does.Contain(Path.GetFileNameWithoutExtension(file)), "A shipped connector is found by its file's name.");
    }

    [Test]
    public void Harvest_TimeEntries_FollowLinksAndReadHours()
    {
        var harvest = Source("harvest");
        var entries = harvest.Streams[StreamKind.TimeEntries];

        Assert.That(harvest.Api!.Headers["Harvest-Account-Id"], Is.EqualTo(new ValueReference("setting:accountId")));
        Assert.That(entries.Pagination, Is.EqualTo(new Pagination.Link("links.next")));
        Assert.That((entries.Records, entries.StatedTotal, entries.ModifiedSince, entries.FromDate), Is.EqualTo(("time_entries", "total_entries", "updated_since", "from")));
        Assert.That(entries.Fields["seconds"], Is.EqualTo(Field("hours", ValueKind.Hours)).Using<FieldDefinition>(Same));
        Assert.That(entries.Fields["date"], Is.EqualTo(Field("spent_date", ValueKind.Date)).Using<FieldDefinition>(Same));
        Assert.That(entries.Fields["billable"].As, Is.EqualTo(ValueKind.Boolean));
    }

    [Test]
    public void Redmine_TimeEntries_AreProbedSortedAndRepaired()
    {
        var redmine = Source("redmine");
        var entries = redmine.Streams[StreamKind.TimeEntries];

        Assert.That((redmine.ProbePath, redmine.ProbeField), Is.EqualTo(("/my/account.json", "user.id")));
        Assert.That(entries.Pagination, Is.EqualTo(new Pagination.Offset("offset", "limit", 100)));
        Assert.That(entries.Query["sort"], Is.EqualTo(new ValueReference("id")));
        Assert.That(entries.ModifiedSince, Is.Null);
        Assert.That(entries.Fields["seconds"].As, Is.EqualTo(ValueKind.HoursRepairedToMinute));
        Assert.That(entries.Fields["billable"].Path, Is.EqualTo("custom_fields[name=Billable].value"));
    }

    [Test]
    public void Calls_OfAConnector_SayHowFastItIsAsked()
    {
        using var folder = new TemporaryFolder().Write("times.yaml", Times("{ none: {} }") + "calls: { allowance: [{ calls: 60, per: 1m, remaining: X-MinLimit-Remaining, resets: X-Reset }, { calls: 5000, per: 1d }], inFlight: 5 }\n");
        var api = folder.Load().Set!.Sources["times"].Api!;
        Assert.That(api.Allowances, Is.EqualTo(new[]
        {
            new ApiAllowance(new Allowance(60, TimeSpan.FromMinutes(1)), "X-MinLimit-Remaining", "X-Reset"), new ApiAllowance(new Allowance(5000, TimeSpan.FromDays(1)), null, null),
        }));
        Assert.That((api.AtOnce, Source("harvest").Api!.Allowances.Single().Allowance), Is.EqualTo((5, new Allowance(100, TimeSpan.FromSeconds(15)))));
    }

    [TestCase("allowance: [{ calls: 0, per: 1m }]", "It must be from 1 to 1000000")]
    [TestCase("allowance: [{ calls: 60 }]", "'per' is missing")]
    [TestCase("allowance: [{ calls: 60, per: 0s }]", "1s to 31d")]
    [TestCase("allowance: [{ calls: 60, per: 1m, resets: X-Reset }]", "'resets' has no effect")]
    [TestCase("allowance: [{ calls: 60, per: 1m }, { calls: 60, per: 1m }]", "the allowance of 60 calls in 1 min has no effect beside that of 60 calls in 1 min")]
    [TestCase("allowance: [{ calls: 60, per: 1m }, { calls: 50, per: 1h }]", "the allowance of 60 calls in 1 min has no effect beside that of 50 calls in 1 h")]
    [TestCase("allowance: [{ calls: 50, per: 1h }, { calls: 60, per: 1m }]", "the allowance of 60 calls in 1 min has no effect beside that of 50 calls in 1 h")]
    [TestCase("maxDelay: 10s, allowance: [{ calls: 60, per: 1m }]", "Raise 'maxDelay' to 1m at least.")]
    [TestCase("inFlight: 0", "It must be from 1 to 100")]
    public void Calls_ThatCannotBeMeant_AreAnErrorWithItsPlace(string calls, string said)
    {
        using var folder = new TemporaryFolder().Write("times.yaml", Times("{ none: {} }") + $"calls: {{ {calls} }}\n");
        var errors = folder.Load().Errors;
        Assert.That(errors, Has.Count.EqualTo(1), ConfigurationErrorText.Render(errors));
        Assert.That(ConfigurationErrorText.Render(errors), Does.Contain(said));
    }

    // Ours are of one length each: what cannot hold them is said before anything is sent.
    [TestCase("referenceLength: 32", "referenceLength: 9", "10 to 52")]
    [TestCase("idempotencyHeader: Idempotency-Key", "idempotencyHeader: Idempotency-Key\nidempotencyKeyLength: 20", "28 to 255")]
    [TestCase("idempotencyHeader: Idempotency-Key", "idempotencyKeyLength: 36", "no key is sent")]
    public void Destination_ThatCannotHoldOurNames_IsAnErrorWithItsPlace(string written, string instead, string said)
    {
        var text = File.ReadAllText(Path.Combine(Repository.Root, "mapping-config/connectors/sandbox-books.yaml"));
        Assert.That(text, Does.Contain(written));
        using var folder = new TemporaryFolder().Write("books.yaml", text.Replace(written, instead, StringComparison.Ordinal));
        var error = ConfigurationLoader.Load([folder.Path]).Errors.Single();
        Assert.That(ConfigurationErrorText.Render([error]), Does.Contain(said).And.Contain("books.yaml:").And.Contain(instead.Split('\n')[^1]));
    }

    [TestCase("{ cursor: { path: next, parameter: after } }", "Cursor { Path = next, Parameter = after }")]
    [TestCase("{ link: {} }", "Link { Path =  }")]
    [TestCase("{ link: { path: links.next } }", "Link { Path = links.next }")]
    [TestCase("{ page: { size: 50 } }", "Page { Parameter = page, First = 1, TotalPages = , SizeParameter = , Size = 50 }")]
    [TestCase("{ page: { parameter: p, first: 0, totalPages: meta.pages, sizeParameter: n, size: 9 } }", "Page { Parameter = p, First = 0, TotalPages = meta.pages, SizeParameter = n, Size = 9 }")]
    [TestCase("{ offset: { limit: 100 } }", "Offset { Parameter = offset, LimitParameter = limit, Limit = 100 }")]
    [TestCase("{ none: {} }", "None { }")]
    public void Paginator_OfEachKind_IsRead(string yaml, string expected)
    {
        using var folder = new TemporaryFolder().Write("times.yaml", Times(yaml));

        Assert.That(folder.Load().Set!.Sources["times"].Streams[StreamKind.TimeEntries].Pagination.ToString(), Is.EqualTo(expected));
    }

    [TestCase("{ bearer: setting:token }", "Bearer { Token = ValueReference { Text = setting:token } }")]
    [TestCase("{ basic: { user: env:USER_NAME, password: \"file:pass word.txt\" } }", "Basic { User = ValueReference { Text = env:USER_NAME }, Password = ValueReference { Text = file:pass word.txt } }")]
    [TestCase("{ apiKey: { header: X-Key, key: setting:apiKey } }", "ApiKey { Header = X-Key, Key = ValueReference { Text = setting:apiKey } }")]
    public void Authentication_OfEachKind_IsRead(string yaml, string expected)
    {
        using var folder = new TemporaryFolder().Write("times.yaml", Times("{ none: {} }") + $"auth: {yaml}\n");

        Assert.That(folder.Load().Set!.Sources["times"].Api!.Authentication.ToString(), Is.EqualTo(expected));
    }

    [Test]
    public void Csv_Source_HasAbsoluteFolderAndColumns()
    {
        using var folder = new TemporaryFolder().Write("hours.yaml", """
            connector: hours
            kind: source
            type: csv
            folder: exports
            delimiter: ";"
            culture: de-DE
            streams:
              time_entries:
                path: time-*.csv
                where: Dauer (h)
                fields: { id: Nr., date: { path: Datum, format: dd.MM.yyyy }, seconds: { path: Dauer (h), as: hours }, billable: { path: Art, trueValues: [extern] }, clientName: Kunde, deleted: { constant: "false" } }
            """);

        var result = folder.Load();

        Assert.That(ConfigurationErrorText.Render(result.Errors), Is.Empty);
        var hours = result.Set!.Sources["hours"];
        Assert.That(hours.Csv, Is.EqualTo(new CsvDefinition(new(Path.Combine(folder.Path, "exports")), ";", "de-DE", "utf-8")));
        var stream = hours.Streams[StreamKind.TimeEntries];
        Assert.That((stream.Path, stream.Where), Is.EqualTo(("time-*.csv", "Dauer (h)")));
        Assert.That((stream.Fields["date"].Format, stream.Fields["id"].Path, stream.Fields["deleted"].Constant), Is.EqualTo(("dd.MM.yyyy", "Nr.", "false")));
        Assert.That(stream.Fields["billable"].TrueValues, Is.EqualTo(new[] { "extern" }));
    }

    [Test]
    public void Journal_FileGivenAsSetting_BecomesAbsoluteInTheJob()
    {
        using var folder = new TemporaryFolder().CopyExample()
            .Write("mapping-config/connectors/ledger.yaml", "connector: ledger\nkind: destination\ntype: journal\nfile: setting:file\nincome: Income:Work\n");
        var job = File.ReadAllText(Path.Combine(folder.Path, "jobs/harvest-to-books.yaml"));
        folder.Write("jobs/harvest-to-books.yaml", job.Replace("connector: books, settings: { token: \"file:secrets/books.token\", realm: env:BOOKS_REALM_US }", "connector: ledger, settings: { file: out/books.ledger }"));

        var set = folder.Load().Set!;

        Assert.That(set.Jobs[0].Destinations["us"].Settings["file"].Text, Is.EqualTo(Path.Combine(folder.Path, "out/books.ledger")));
        Assert.That(((DestinationConnector.Journal)set.Destinations["ledger"]).Definition, Is.EqualTo(new JournalDefinition(new("setting:file"), "Assets:Receivable", "Income:Work", "Liabilities:Tax")));
    }

    [Test]
    public void Journal_AccountsOfDeductionsAndPrices_AreRead()
    {
        using var folder = new TemporaryFolder().Write("ledger.yaml", "connector: ledger\nkind: destination\ntype: journal\nfile: setting:file\nwithholding: Assets:Withheld\nretainer: Liabilities:Advance\nprices: true\n");

        var definition = ((DestinationConnector.Journal)folder.Load().Set!.Destinations["ledger"]).Definition;

        Assert.That((definition.Withholding, definition.Retainer, definition.Prices), Is.EqualTo(("Assets:Withheld", "Liabilities:Advance", true)));
    }

    [Test]
    public void SandboxBooks_DraftsStatusesAndDeductions_AreRead()
    {
        var books = Shipped("sandbox-books").Documents;

        Assert.That(books.Withdraw is { Path: "/books/v1/invoices/delete", WithdrawnValues: ["deleted"], GoneValues: ["gone"] }, Is.True);
        Assert.That(books.LookUp.Statuses is { Draft: ["draft"], PartPaid: ["part_paid"], Paid: ["paid"], Voided: ["void"] }, Is.True);
        Assert.That((books.Company.LockedThroughField, books.RateDecimals, books.HasDrafts), Is.EqualTo(("company.locked_through", (int?)6, true)));
        Assert.That(books.Deductions, Is.EqualTo(new DeductionRules(DeductionPosting.Field, DeductionPosting.Field)));

        static DestinationConnector.Rest Shipped(string name) =>
            (DestinationConnector.Rest)ConfigurationLoader.Load([Path.Combine(Repository.Root, $"mapping-config/connectors/{name}.yaml")]).Set!.Destinations[name];
    }

    // Lines of the connector that are added, and what becomes of them.
    [TestCase("", "NotPosted,,, NotPosted,,, draft||| ")]
    [TestCase("withholding: { as: line, account: \"1450\", item: WHT, taxCode: NON }\nretainer: { as: line, item: RET }\n", "Line,1450,WHT,NON Line,,RET, draft||| ")]
    [TestCase("rateDecimals: 4\n", "NotPosted,,, NotPosted,,, draft||| 4")]
    public void RestDestination_OptionalParts_HaveTheirMeaningWithoutThem(string lines, string expected)
    {
        using var folder = new TemporaryFolder().Write("books.yaml", $$"""
            connector: books
            kind: destination
            type: rest
            baseUrl: https://books.example.com
            company: { path: /company, tenantField: id }
            create: { path: /invoices, batchSize: 10, resultReference: reference, resultId: id, resultStatus: status, createdValues: ok, errorCode: code, errorMessage: message }
            lookUp: { path: /invoices, parameter: references, fields: { reference: reference, id: id, client: customer, type: type, currency: currency, net: net, tax: tax, total: total } }
            documentFields: { number: reference, total: total{{(lines.StartsWith("rate", StringComparison.Ordinal) ? ", rate: exchangeRate" : "")}} }
            lineFields: { amount: net, account: account, item: item }
            {{lines}}
            """);

        var result = folder.Load();

        Assert.That(ConfigurationErrorText.Render(result.Errors), Is.Empty);
        var books = ((DestinationConnector.Rest)result.Set!.Destinations["books"]).Documents;
        var statuses = books.LookUp.Statuses;
        Assert.That(
            $"{Shown(books.Deductions.Withholding)} {Shown(books.Deductions.Retainer)} {string.Join('|', new[] { statuses.Draft, statuses.PartPaid, statuses.Paid, statuses.Voided }.Select(v => string.Join(',', v)))} {books.RateDecimals}",
            Is.EqualTo(expected));
        Assert.That((books.Withdraw, books.HasDrafts, books.Company.LockedThroughField), Is.EqualTo(((WithdrawCall?)null, false, (string?)null)));

        static string Shown(DeductionPosting posting) => $"{posting.Form},{posting.Account},{posting.Item},{posting.TaxCode}";
    }

    private static SourceConnector Source(string name) =>
        ConfigurationLoader.Load([Path.Combine(Repository.Root, $"mapping-config/connectors/{name}.yaml")]).Set!.Sources[name];

    private static FieldDefinition Field(string path, ValueKind kind) => new(path, null, kind, [], null);

    private static bool Same(FieldDefinition a, FieldDefinition b) => (a.Path, a.Constant, a.As, a.Format) == (b.Path, b.Constant, b.As, b.Format) && a.TrueValues.SequenceEqual(b.TrueValues);

    private static string Times(string paginator) => $$"""
        connector: times
        kind: source
        type: rest
        baseUrl: https://api.example.com
        probe: { path: /me }
        streams:
          time_entries: { path: /time_entries, paginator: {{paginator}}, fields: { id: id, start: started_at, seconds: seconds } }

        """;
}
