using BatchSync.Core.Amounts;
using BatchSync.Core.Billing;
using BatchSync.Core.Posting;
using BatchSync.Core.Reconciliation;
using BatchSync.Core.Time;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Reconciliation;

[TestFixture]
[Parallelizable(ParallelScope.All)]
public sealed class DestinationRowsTests
{
    private static readonly Period October = Period.Of(PeriodKind.Month, new DateOnly(2026, 10, 31));
    private static readonly DeductionRules Lines = new(DeductionPosting.Line("1450"), DeductionPosting.NotPosted);

    [Test]
    public void Of_RatesThatWereCut_NamesTheirEffectInTheBaseCurrency()
    {
        // 1,000,000.00 EUR at 1.13636363... are 1,136,363.64 USD; at 1.1364 they are 1,136,400.00.
        var invoice = Total(1_000_000_00, DocumentType.Invoice, new Rational(25, 22), 4);
        var credit = Total(500_00, DocumentType.CreditNote, new Rational(25, 22), 4);
        Assert.That(Shown([invoice, credit]), Is.EqualTo(new[] { "us ACME USD rate decimals 2 36.34" }));
    }

    [Test]
    public void Of_RatesThatFit_HaveNoRow() =>
        Assert.That(Shown([Total(100_00, DocumentType.Invoice, 1.136m, 4), Total(100_00, DocumentType.Invoice, new Rational(25, 22), null), Total(100_00, DocumentType.Invoice, null, 4)]), Is.Empty);

    [Test]
    public void Of_DeductionsAsLines_AreTakenOffInTheDocumentsCurrency()
    {
        var documents = new[]
        {
            Total(100_00, DocumentType.Invoice, null, null, withholding: 20_00, deductions: Lines),
            Total(50_00, DocumentType.CreditNote, null, null, withholding: 5_00, deductions: Lines),
            Total(50_00, DocumentType.Invoice, null, null, withholding: 0, deductions: Lines),
            Total(50_00, DocumentType.Invoice, null, null, withholding: 5_00) with { Key = new DocumentKey("us", "ZEBRA", Currency.Of("EUR"), "invoice", October, "") },
        };
        Assert.That(Shown(documents), Is.EqualTo(new[] { "us ACME EUR posted as lines 2 -15.00" }));
    }

    private static IEnumerable<string> Shown(IReadOnlyList<PostedTotal> documents) =>
        DestinationRows.Of(October, documents, RoundingMode.HalfUp).Select(r => FormattableString.Invariant($"{r.Entity} {r.Client} {r.Currency} {r.Item} {r.Records} {r.Amount}"));

    private static PostedTotal Total(long cents, DocumentType type, Rational? rate, int? decimals, long withholding = 0, DeductionRules? deductions = null)
    {
        var (eur, usd) = (Currency.Of("EUR"), Currency.Of("USD"));
        var total = Money.OfMinorUnits(cents, eur);
        var valuation = rate is not { } exact ? null : new Valuation(
            Some.FxRate(eur, usd, exact), Money.Round(total.Exact * exact, usd, RoundingMode.HalfUp), Money.Zero(usd));
        return new PostedTotal(
            new DocumentKey("us", "ACME", eur, "invoice", October, ""), type, total, Money.OfMinorUnits(withholding, eur), Money.Zero(eur), valuation, deductions ?? DeductionRules.None, decimals);
    }
}
