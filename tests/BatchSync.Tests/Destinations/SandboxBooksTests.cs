using BatchSync.Configuration;
using BatchSync.Core.Amounts;
using BatchSync.Core.Billing;
using BatchSync.Core.Posting;
using BatchSync.Core.Reconciliation;
using BatchSync.Destinations;
using BatchSync.Http;
using BatchSync.Sandbox;
using BatchSync.Tests.Sandbox;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Destinations;

/// <summary>The shipped connector of the sandbox's books against the sandbox: what it declares is what those books take.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class SandboxBooksTests
{
    private static readonly DeductionPosting AsLine = DeductionPosting.Line("1450");

    // Every currency, both types, and both deductions in each form that a connector can declare.
    [Test]
    public async Task Create_DocumentsWithDeductions_TieOutInEachForm(
        [Values("USD", "JPY", "KWD")] string currency, [Values] DeductionForm form, [Values] DocumentType type)
    {
        await using var sandbox = await RunningSandbox.StartAsync();
        var posting = form switch { DeductionForm.Line => AsLine, DeductionForm.Field => DeductionPosting.Field, _ => DeductionPosting.NotPosted };
        using var books = At(sandbox, definition => definition with { Deductions = new(posting, posting) });
        var document = Discounted(SomeDocument.Of(currency: currency, nets: [10_000, 5_000], taxes: [725, 363], type: type)) with { Withholding = Of(3_000, currency), Retainer = Of(2_000, currency) };
        await PostAsync(books, document);
        var found = await books.Port.LookUpAsync([document.Reference], default);
        Assert.That(DocumentComparison.Differences(ExpectedDocument.Of(document).PostedBy(books.Port.Traits.Deductions), found), Is.Empty);
        var booked = sandbox.Server.Books.Documents().Single().Invoice;
        Assert.That(booked.AmountDue, Is.EqualTo(form == DeductionForm.NotPosted ? document.Total : document.AmountDue));
    }

    [Test]
    public async Task Create_ForeignDocument_CarriesTheRateThatItsBooksAskFor()
    {
        await using var sandbox = await RunningSandbox.StartAsync(("companies.json", """{"companies":[{"id":"sandbox-co","base_currency":"USD","locked_through":"2026-09-30"}]}"""));
        using var books = At(sandbox);
        var tenant = await books.Port.ProbeAsync(default);
        Assert.That((tenant.Tenant, tenant.Environment, tenant.LockedThrough), Is.EqualTo(("sandbox-co", "sandbox", (DateOnly?)new DateOnly(2026, 9, 30))));
        var (eur, usd) = (Currency.Of("EUR"), Currency.Of("USD"));
        var total = Of(1_000_000_00, "EUR");
        var rate = BatchSync.Tests.Support.Some.FxRate(eur, usd, new Rational(25, 22));
        var valuation = new Valuation(rate, Money.Round(total.Exact * rate.Rate, usd, RoundingMode.HalfUp), Money.Zero(usd));
        var foreign = SomeDocument.Of(currency: "EUR", nets: [1_000_000_00]) with { Valuation = valuation };
        await PostAsync(books, foreign);
        var locked = await books.Port.CreateAsync(Books.Batch(SomeDocument.Of(date: "2026-09-30")), default);
        Assert.That(locked.Outcomes.Select(Books.Shown), Is.EqualTo(new[] { "Rejected period_locked" }));

        // The named difference is what the books themselves make of the rate that they were sent.
        var inBooks = sandbox.Server.Books.Ledger().Draft.Totals.Single().BaseTotal!.Value;
        var posted = new PostedTotal(foreign.Identity.Key, foreign.Type, foreign.Total, foreign.Withholding, foreign.Retainer, valuation, books.Port.Traits.Deductions, books.Port.Traits.RateDecimals);
        var row = DestinationRows.Of(null, [posted], RoundingMode.HalfUp).Single();
        Assert.That((row.Item, row.Currency, row.Amount), Is.EqualTo((ReconciliationItems.RateDecimals, "USD", (decimal?)(inBooks - valuation.Total).Amount)));
        Assert.That(row.Amount, Is.Not.Zero);
    }

    [Test]
    public async Task LookUp_AfterPeopleWereThere_TellsHowEachDocumentStands()
    {
        await using var sandbox = await RunningSandbox.StartAsync();
        using var books = At(sandbox);
        var documents = Enumerable.Range(1, 6).Select(i => SomeDocument.Of(revision: i)).ToArray();
        await books.Port.CreateAsync(Books.Batch(documents) with { AsDraft = false }, default);
        var own = sandbox.Server.Books;
        own.Act(documents[0].Reference, d => ClerkActions.Pay(d, null));
        own.Act(documents[1].Reference, d => ClerkActions.Pay(d, 1m));
        own.Act(documents[2].Reference, ClerkActions.Void);
        own.Act(documents[3].Reference, d => ClerkActions.Edit(d, 200m, null));
        own.Act(documents[4].Reference, ClerkActions.Delete);
        var found = (await books.Port.LookUpAsync([.. documents.Select(d => d.Reference)], default)).ToLookup(d => d.Reference);
        var standings = documents.Select(d => found[d.Reference].Select(f => (DocumentStanding?)f.Standing).SingleOrDefault());
        Assert.That(standings, Is.EqualTo(new DocumentStanding?[] { DocumentStanding.Paid, DocumentStanding.PartPaid, DocumentStanding.Voided, DocumentStanding.Final, null, DocumentStanding.Final }));
        var gaps = documents.Select(d => string.Join(',', DocumentComparison.Differences(ExpectedDocument.Of(d), [.. found[d.Reference]]).Select(g => g.Code)));
        Assert.That(gaps, Is.EqualTo(new[] { "", "", "voided-at-destination", "amount-at-destination", "missing-at-destination", "" }));
    }

    [Test]
    public async Task Withdraw_DraftsOfTheBooks_AreGoneAndFinalOnesRefused()
    {
        await using var sandbox = await RunningSandbox.StartAsync();
        using var books = At(sandbox);
        var documents = Enumerable.Range(1, 3).Select(i => SomeDocument.Of(revision: i)).ToArray();
        await PostAsync(books, documents);
        var ids = (await books.Port.LookUpAsync([.. documents.Select(d => d.Reference)], default)).ToDictionary(d => d.Reference, d => d.DestinationId);
        var (taken, final, kept) = (documents[0].Reference, documents[1].Reference, documents[2].Reference);
        await books.Port.FinalizeAsync(new FinalizeBatch("k", [(final, ids[final])]), default);
        var batch = new FinalizeBatch("k", [(taken, ids[taken]), (final, ids[final])]);
        var first = await books.Port.WithdrawAsync(batch, default);
        var second = await books.Port.WithdrawAsync(batch, default);
        Assert.That(Shown(first), Is.EquivalentTo(new[] { $"{taken} Posted {ids[taken]}", $"{final} Rejected not_draft" }));
        Assert.That(Shown(second), Is.EquivalentTo(new[] { $"{taken} AlreadyPosted {ids[taken]}", $"{final} Rejected not_draft" }));
        Assert.That((await books.Port.LookUpAsync([taken, final, kept], default)).Select(d => d.Reference), Is.EquivalentTo(new[] { final, kept }));

        static IEnumerable<string> Shown(DestinationAnswer answer) => answer.Outcomes.Select(o => $"{o.Reference} {Books.Shown(o)}");
    }

    private static async Task PostAsync(Opened books, params Document[] documents)
    {
        var answer = await books.Port.CreateAsync(Books.Batch(documents), default);
        Assert.That(answer.Outcomes, Has.Count.EqualTo(documents.Length).And.All.TypeOf<PostingOutcome.Posted>(), answer.Response);
    }

    // Both discounts on the first line: what stands on the line multiplies out, and its net is the rest.
    private static Document Discounted(Document document)
    {
        var line = document.Lines[0];
        Money Units(long units) => Of(units, document.Currency.Code);
        var before = line.Net + Units(1_500);
        return document with { Lines = [line with { UnitPrice = new UnitPrice(before.Amount, document.Currency), Amount = before, LineDiscount = Units(1_000), DocumentDiscount = Units(500) }, .. document.Lines.Skip(1)] };
    }

    private static Money Of(long units, string currency) => Money.OfMinorUnits(units, Currency.Of(currency));

    // A form other than that of the shipped connector changes what its field map sends, as the check would ask for.
    private static Opened At(RunningSandbox sandbox, Func<RestDestinationDefinition, RestDestinationDefinition>? change = null)
    {
        var shipped = (DestinationConnector.Rest)ConfigurationLoader.Load([Path.Combine(Repository.Root, "mapping-config/connectors/sandbox-books.yaml")]).Set!.Destinations["sandbox-books"];
        var settings = new SettingValues(
            new Dictionary<string, ValueReference> { ["baseUrl"] = new(sandbox.Server.Address.ToString().TrimEnd('/')), ["token"] = new(SandboxOptions.DefaultToken) }, sandbox.Folder);
        return new(DestinationFactory.Create(shipped with { Documents = change is null ? shipped.Documents : change(shipped.Documents) }, settings, null, null, TimeProvider.System, Serilog.Core.Logger.None));
    }

    private sealed record Opened(IDestination Port) : IDisposable
    {
        public void Dispose() => (Port as IDisposable)?.Dispose();
    }
}
