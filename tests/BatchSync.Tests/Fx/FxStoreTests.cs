using BatchSync.Core.Amounts;
using BatchSync.Core.Fx;
using BatchSync.Core.Mapping;
using BatchSync.Running;
using BatchSync.Storage;
using BatchSync.Tests.Storage;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Fx;

[TestFixtureSource(typeof(TestStore), nameof(TestStore.Kinds))]
[Parallelizable(ParallelScope.All)]
public sealed class FxStoreTests(string kind)
{
    private static readonly DateTimeOffset FirstRetrieved = new(2026, 4, 1, 16, 0, 0, TimeSpan.Zero);
    private static readonly FxSource Spot = new("ecb", FxRateKind.Spot);
    private static readonly FxSource Agreed = new("treasury", FxRateKind.Contract);
    private static readonly FxSource Averages = new("ecb", FxRateKind.MonthAverage);
    private static readonly DateOnly Begin = Some.Day("2026-01-01");

    [Test]
    public async Task Import_TheSameTwice_ChangesNothingTheSecondTime()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        var first = await bench.Store.ImportFxAsync(March(), CancellationToken.None);
        var before = bench.Everything();
        var second = await bench.Store.ImportFxAsync(March() with { FileHash = "of another file", RetrievedAt = FirstRetrieved.AddDays(1) }, CancellationToken.None);
        Assert.Multiple(() =>
        {
            Assert.That((first.Added, first.Unchanged, second.Added, second.Unchanged), Is.EqualTo((5, 0, 0, 5)));
            Assert.That(bench.Everything(), Is.EqualTo(before));
        });
    }

    [Test]
    public async Task Import_WithOneRateThatDiffers_StoresNothingOfTheFile()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        await bench.Store.ImportFxAsync(March(), CancellationToken.None);
        var before = bench.Everything();
        var outcome = await bench.Store.ImportFxAsync(Import(Spot, "2026-03-31 USD 1.15", "2026-04-01 USD 1.16"), CancellationToken.None);
        Assert.Multiple(() =>
        {
            Assert.That(outcome.Conflicts.Select(c => (c.Kind, c.Stored.Rate, c.Stored.RetrievedAt, c.New.Rate)), Is.EqualTo(new[] { (FxConflictKind.Differs, 1.10m, FirstRetrieved, 1.15m) }));
            Assert.That(bench.Everything(), Is.EqualTo(before));
        });
    }

    [Test]
    public async Task Find_AfterLaterImports_IsWhatItWas()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        await bench.Store.ImportFxAsync(March(), CancellationToken.None);
        var march = await RatesOfMarchAsync(bench);
        var gap = await bench.Store.ImportFxAsync(Import(Spot, "2026-03-28 USD 1.30"), CancellationToken.None);
        var april = await bench.Store.ImportFxAsync(Import(Spot, "2026-04-01 USD 1.40", "2026-04-02 GBP 0.70", "2026-02-27 USD 1.01", "2026-03-31 CHF 0.93"), CancellationToken.None);
        Assert.Multiple(() =>
        {
            Assert.That((gap.Conflicts[0].Kind, april.Added), Is.EqualTo((FxConflictKind.FillsGap, 4)));
            Assert.That(march, Has.Some.Contains("2026-03-31 USD 1.1").And.Some.Contains("2026-03-29 USD 1.09"));
        });
        Assert.That(march, Is.SubsetOf(await RatesOfMarchAsync(bench)), "Dates that found nothing may find a rate; what was found stays.");
    }

    [Test]
    public async Task Import_ThatReplaces_KeepsTheOldRateAndAuditsTheNew()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        await bench.Store.ImportFxAsync(March(), CancellationToken.None);
        var later = FirstRetrieved.AddDays(7);
        var import = Import(Spot, "2026-03-31 USD 1.15", "2026-03-30 USD 1.30") with { Replaces = true, Author = "auditor", Reason = "provider's correction", RetrievedAt = later, FileHash = "cafe" };
        var outcome = await bench.Store.ImportFxAsync(import, CancellationToken.None);
        var again = await bench.Store.ImportFxAsync(import with { Replaces = false }, CancellationToken.None);
        var found = (await TableAsync(bench, Spot)).Find(Currency.Of("EUR"), Some.Usd, Some.Day("2026-03-31"))!;
        var rows = await bench.Store.ListFxRatesAsync(new FxFilter("ecb", null, Some.Day("2026-03-31"), null, ["USD"], WithReplaced: true), CancellationToken.None);
        Assert.Multiple(() =>
        {
            Assert.That((outcome.Added, outcome.Replaced, again.Unchanged), Is.EqualTo((1, 1, 2)));
            Assert.That((found.Rate, found.RetrievedAt), Is.EqualTo(((Rational)1.15m, later)));
            Assert.That(rows.Select(r => (r.Rate, r.RetrievedAt, r.ReplacedAt is null)), Is.EqualTo(new[] { (1.15m, later, true), (1.10m, FirstRetrieved, false) }));
            Assert.That(bench.File.Rows("SELECT CONCAT(author, ' ', action, ' ', subject, ' ', reason) FROM audit_events ORDER BY subject"), Is.EqualTo(new[]
            {
                "auditor replace fx rate ecb spot 2026-03-30 EUR/USD: none -> 1.3, file cafe provider's correction",
                "auditor replace fx rate ecb spot 2026-03-31 EUR/USD: 1.1 -> 1.15, file cafe provider's correction",
            }));
        });
    }

    [Test]
    public async Task Import_ThatReplacesTwice_KeepsEachRate()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        foreach (var rate in new[] { "1.10", "1.20", "1.10" }) await bench.Store.ImportFxAsync(Import(Spot, $"2026-03-31 USD {rate}") with { Replaces = true }, CancellationToken.None);
        var rows = await bench.Store.ListFxRatesAsync(new FxFilter(null, null, null, null, [], WithReplaced: true), CancellationToken.None);
        Assert.That(rows.Select(r => (r.Rate, r.ReplacedAt is null)), Is.EqualTo(new[] { (1.1m, true), (1.1m, false), (1.2m, false) }));
    }

    [Test]
    public async Task Import_OfAContractThatEndsAnother_LeavesItsEarlierDays()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        await bench.Store.ImportFxAsync(Contract(("1.05", "2026-01-01", null)), CancellationToken.None);
        var refused = await bench.Store.ImportFxAsync(Contract(("1.07", "2026-03-01", null)) with { Replaces = true }, CancellationToken.None);
        await bench.Store.ImportFxAsync(Contract(("1.05", "2026-01-01", "2026-03-01"), ("1.07", "2026-03-01", null)) with { Replaces = true }, CancellationToken.None);
        var table = await TableAsync(bench, Agreed);
        Assert.Multiple(() =>
        {
            Assert.That(refused.Conflicts.Select(c => c.Kind), Is.EqualTo(new[] { FxConflictKind.Overlaps }));
            Assert.That(new[] { "2025-12-31", "2026-02-28", "2026-03-01", "2027-01-01" }.Select(d => table.Find(Currency.Of("EUR"), Some.Usd, Some.Day(d))?.Rate.ToString()), Is.EqualTo(new[] { null, "1.0500000000", "1.0700000000", "1.0700000000" }));
        });
    }

    [Test]
    public async Task Load_OfSomeCurrenciesFromADate_ReadsWhatTheyNeed()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        await bench.Store.ImportFxAsync(March(), CancellationToken.None);
        await bench.Store.ImportFxAsync(Import(Averages, "2026-03-01 USD 1.11", "2026-02-01 USD 1.12"), CancellationToken.None);
        var from = Some.Day("2026-04-01");
        var content = await bench.Store.LoadFxAsync([Spot with { MaxAgeDays = 2 }, Averages, Agreed], [Currency.Of("EUR"), Some.Usd], from, CancellationToken.None);
        var spot = content.Quotes.Single(q => q.Kind == FxRateKind.Spot);
        Assert.Multiple(() =>
        {
            Assert.That(content.Quotes.Select(q => q.Kind), Is.EqualTo(new[] { FxRateKind.Spot }), "no average of April");
            Assert.That(spot.Find(Currency.Of("EUR"), Some.Usd, from, 2)?.RateDate, Is.EqualTo(Some.Day("2026-03-31")));
            Assert.That(spot.Find(Currency.Of("EUR"), Some.Usd, Some.Day("2026-03-27"), 5), Is.Null, "older than any document needs");
            Assert.That(spot.Find(Currency.Of("EUR"), Currency.Of("GBP"), from, 5), Is.Null, "of no document");
        });
    }

    [Test]
    public async Task Loader_OfAMapping_KnowsItsCurrenciesAndThoseOfTheExpenses()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        await bench.Store.ImportFxAsync(Import(Spot, "2026-10-07 USD 1.10", "2026-10-07 GBP 0.88", "2026-10-07 CHF 0.93", "2026-10-07 SEK 11", "2026-10-07 JPY 160"), CancellationToken.None);
        await bench.StageAsync(Some.Expense("1", currency: "CHF"), Some.Expense("2", currency: "chf"), Some.Expense("3"), Some.TimeEntry("4"));
        var mapping = MappingWith(new FxRules([Spot]), Some.Rate(100m, currency: "GBP"));
        var table = await FxLoader.LoadAsync(bench.Store, Some.Series, mapping, Begin, CancellationToken.None);
        var without = await FxLoader.LoadAsync(bench.Store, Some.Series, Some.Mapping(), Begin, CancellationToken.None);
        string[] codes = ["EUR", "GBP", "CHF", "SEK", "JPY"];
        Assert.Multiple(() =>
        {
            Assert.That(codes.Where(c => table.Find(Currency.Of(c), Some.Usd, Some.Day("2026-10-07")) is not null), Is.EqualTo(new[] { "EUR", "GBP", "CHF", "JPY" }));
            Assert.That(codes.Where(c => without.Find(Currency.Of(c), Some.Usd, Some.Day("2026-10-07")) is not null), Is.Empty);
        });
        Assert.That(await bench.Store.ListExpenseCurrenciesAsync(Some.Series, CancellationToken.None), Is.EqualTo(new[] { "CHF", "chf" }));
        Assert.That(await bench.Store.ListExpenseCurrenciesAsync("other", CancellationToken.None), Is.Empty);
    }

    [Test]
    public async Task Loader_WhereAClientBeginsBeforeTheJob_ReadsFromThere()
    {
        await using var bench = await StoreBench.OpenAsync(kind);
        await bench.Store.ImportFxAsync(Import(Spot, "2026-02-27 USD 1.10"), CancellationToken.None);
        var client = Some.Client("ACME", "1001", "58", "EUR") with { BillFrom = Some.Day("2026-02-28") };
        var early = await FxLoader.LoadAsync(bench.Store, Some.Series, MappingWith(new FxRules([Spot]), Some.Rate(1m), client), Some.Day("2026-06-01"), CancellationToken.None);
        var late = await FxLoader.LoadAsync(bench.Store, Some.Series, MappingWith(new FxRules([Spot]), Some.Rate(1m), client with { BillFrom = null }), Some.Day("2026-06-01"), CancellationToken.None);
        Assert.Multiple(() =>
        {
            Assert.That(early.Find(Currency.Of("EUR"), Some.Usd, Some.Day("2026-02-28"))?.RateDate, Is.EqualTo(Some.Day("2026-02-27")));
            Assert.That(late.Find(Currency.Of("EUR"), Some.Usd, Some.Day("2026-02-28")), Is.Null);
        });
    }

    private static async Task<List<string>> RatesOfMarchAsync(StoreBench bench)
    {
        var table = await TableAsync(bench, Spot);
        return [.. from day in Enumerable.Range(0, 31).Select(d => Some.Day("2026-03-01").AddDays(d))
                   from to in new[] { "USD", "GBP" }
                   let rate = table.Find(Currency.Of("EUR"), Currency.Of(to), day)
                   where rate is not null
                   select FormattableString.Invariant($"{day:yyyy-MM-dd} {to} {rate.Rate} of {rate.RateDate:yyyy-MM-dd}")];
    }

    private static async Task<FxTable> TableAsync(StoreBench bench, params FxSource[] sources)
    {
        var content = await bench.Store.LoadFxAsync(sources, [Currency.Of("EUR"), Some.Usd, Currency.Of("GBP"), Currency.Of("CHF")], Begin, CancellationToken.None);
        return new FxTable(new FxRules(sources), content.Quotes, content.Contracts);
    }

    private static MappingRules MappingWith(FxRules fx, Rate rate, params Client[] clients)
    {
        var rules = Some.Mapping(rates: [rate], clients: clients.Length > 0 ? clients : null);
        return new MappingRules
        {
            Name = rules.Name, Version = rules.Version, ContentHash = rules.ContentHash, Entities = rules.Entities, Defaults = rules.Defaults, Clients = rules.Clients, Rates = rules.Rates,
            Time = rules.Time, Money = rules.Money, Taxes = rules.Taxes, Lines = rules.Lines, Fx = fx,
        };
    }

    private static FxImport March() => Import(Spot, "2026-03-26 USD 1.08", "2026-03-27 USD 1.09", "2026-03-31 USD 1.10", "2026-03-27 GBP 0.88", "2026-03-31 GBP 0.87");

    private static FxImport Import(FxSource source, params string[] rates) => new(
        source.Provider, source.Kind, "rates.csv", "f00d", FirstRetrieved, [.. rates.Select((r, i) => RateOf(r.Split(' '), i + 2))], Replaces: false, "somebody", "");

    private static NewFxRate RateOf(string[] parts, int line) => new(Currency.Of("EUR"), Currency.Of(parts[1]), Some.Day(parts[0]), null, VectorValues.DecimalOf(parts[2]), line);

    private static FxImport Contract(params (string Rate, string From, string? Until)[] rates) => new(
        Agreed.Provider, Agreed.Kind, "agreed.csv", "beef", FirstRetrieved,
        [.. rates.Select((r, i) => new NewFxRate(Currency.Of("EUR"), Some.Usd, Some.Day(r.From), r.Until is null ? null : Some.Day(r.Until), VectorValues.DecimalOf(r.Rate), i + 2))], Replaces: false, "somebody", "");
}
