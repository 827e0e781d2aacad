using BatchSync.Core.Amounts;
using BatchSync.Core.Billing;
using BatchSync.Core.Mapping;
using BatchSync.Core.Sources;
using BatchSync.Core.Tax;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Billing;

/// <summary>One row a bucket, in the order in which the first that holds wins (money rules, section 1).</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
public sealed class EligibilityTests
{
    private static readonly DateTimeOffset AsOf = new(2026, 11, 5, 12, 0, 0, TimeSpan.Zero);

    /// <summary>What makes a record go there, and the field that it needs for itself: two of one field cannot both be.</summary>
    private static readonly (string Bucket, string Field, Func<SourceRecord, SourceRecord> Make)[] Ladder =
    [
        ("deleted", "deleted", r => r with { Deleted = true }),
        ("rejected: invalid", "seconds", r => r with { Seconds = null }),
        ("excluded: before start", "date", r => r with { Date = Some.Day("2025-12-31") }),
        ("excluded: billed elsewhere", "billedElsewhere", r => r with { BilledElsewhere = true }),
        ("excluded: internal", "project", r => r with { Project = new Reference("INT-1", "") }),
        ("non-billable", "billable", r => r with { Billable = false }),
        ("rejected: no client", "client", r => r with { Client = new Reference("9", ""), Project = r.Project.Id == "300" ? Reference.None : r.Project }),
        ("held: not approved", "approved", r => r with { Approved = false }),
        ("held: period open", "date", r => r with { Date = Some.Day("2026-11-04") }),
        ("rejected: no rate", "task", r => r with { Task = new Reference("", "Unpriced") }),
        ("non-billable", "task", r => r with { Task = new Reference("", "Gift") }),
        ("rejected: no tax code", "person", r => r with { Person = new Reference("untaxed", "") }),
        ("ready", "", r => r),
    ];

    private static MappingRules Mapping { get; } = Some.Mapping(
        rates: [Some.Rate(80m, task: "DEV"), Some.Rate(80m, task: "Gift", billable: 0m)],
        taxes: [Some.Tax("VAT", ("vat", 0.10m)), new TaxCode("OLD", "OLD", [new TaxComponent("vat", [new DatedTaxRate(new TaxRate(0.2m), null, Some.Day("2026-10-31"))])]), new TaxCode("NONE", "NON", [], TaxTreatment.Exempt)],
        taxRules: [new TaxRule(Some.When("person", "untaxed"), "OLD")]);

    private static IEnumerable<TestCaseData> Pairs =>
        from first in Enumerable.Range(0, Ladder.Length)
        from second in Enumerable.Range(first, Ladder.Length - first)
        where first == second || Ladder[first].Field != Ladder[second].Field
        select new TestCaseData(first, second).SetArgDisplayNames(Ladder[first].Bucket, Ladder[second].Bucket);

    [TestCaseSource(nameof(Pairs))]
    public void Assess_WhereTwoBucketsHold_GivesTheFirst(int first, int second)
    {
        var record = Ladder[first].Make(Ladder[second].Make(Some.TimeEntry()));
        Assert.That(Assess(record).Bucket.ToString(), Is.EqualTo(Ladder[first].Bucket));
    }

    [TestCase("seconds", "", "", "rejected: invalid", "seconds")]
    [TestCase("hours", "86401", "", "rejected: invalid", "hours")]
    [TestCase("hours", "86400", "", "ready", "")]
    [TestCase("hours", "-86400", "", "ready", "")]
    [TestCase("hours", "-86401", "", "rejected: invalid", "hours")]
    [TestCase("date", "", "", "rejected: invalid", "date")]
    [TestCase("date", "1999-12-31", "", "rejected: invalid", "date")]
    [TestCase("date", "2000-01-01", "", "excluded: before start", "")]
    [TestCase("date", "2030-12-31", "", "held: period open", "")]
    [TestCase("date", "2031-01-01", "", "rejected: invalid", "date")]
    [TestCase("date", "9999-12-31", "", "rejected: invalid", "date")]
    [TestCase("fault", "", "", "rejected: invalid", "notes")]
    [TestCase("amount", "", "USD", "rejected: invalid", "amount")]
    [TestCase("amount", "0", "USD", "ready", "")]
    [TestCase("amount", "100000000000", "", "ready", "")]
    [TestCase("amount", "-100000000000.01", "", "rejected: invalid", "amount")]
    [TestCase("amount", "12.00", "EURO", "rejected: invalid", "currency")]
    [TestCase("amount", "12.00", "usd", "rejected: invalid", "currency")]
    [TestCase("amount", "12.00", "EUR", "rejected: no FX rate", "currency")]
    public void Assess_AtALimit_GivesBucketAndField(string field, string value, string currency, string bucket, string faulty)
    {
        var record = field switch
        {
            "seconds" => Some.TimeEntry() with { Seconds = null },
            "hours" => Some.TimeEntry() with { Seconds = (long)VectorValues.DecimalOf(value) },
            "date" => Some.TimeEntry() with { Date = value.Length == 0 ? null : Some.Day(value) },
            "fault" => Some.TimeEntry() with { Faults = [new FieldFault("notes", "x", "at most 4000 characters")] },
            _ => Some.Expense(currency: currency) with { Amount = value.Length == 0 ? null : VectorValues.DecimalOf(value) },
        };
        var found = Assess(record);
        Assert.That((found.Bucket.ToString(), found.Fault?.Field ?? ""), Is.EqualTo((bucket, faulty)));
    }

    [Test]
    public void Assess_OfAnInstant_TakesTheDateInTheZoneOfTheEntity()
    {
        var mapping = Some.Mapping(entities: [Some.Entity("us", "America/New_York")]);
        var record = Some.TimeEntry() with { Date = null, Start = new DateTimeOffset(2026, 11, 1, 3, 59, 59, TimeSpan.Zero) };
        var found = Some.Assessed(mapping, [record])[0].Assessment;
        Assert.That((found.Date, found.Period, found.Bucket), Is.EqualTo(((DateOnly?)Some.Day("2026-10-31"), (Core.Time.Period?)Some.October, Bucket.Ready)));
    }

    [Test]
    public void Assess_OfAClientKnownByItsProjectAlone_FindsIt() =>
        Assert.That(Assess(Some.TimeEntry(client: "9")).Key!.Client, Is.EqualTo("ACME"));

    [Test]
    public void Assess_WithAnAsOf_HoldsThePeriodUntilTheInstantOfItsClose()
    {
        var (before, at) = (new DateTimeOffset(2026, 11, 3, 23, 59, 59, 999, TimeSpan.Zero), new DateTimeOffset(2026, 11, 4, 0, 0, 0, TimeSpan.Zero));
        Assert.Multiple(() =>
        {
            Assert.That(new Eligibility(Mapping, Some.Rules(), before).Assess(Some.TimeEntry()).Bucket, Is.EqualTo(Bucket.PeriodOpen));
            Assert.That(new Eligibility(Mapping, Some.Rules(), before).Assess(Some.TimeEntry(), AssessmentView.Preview).Bucket, Is.EqualTo(Bucket.Ready));
            Assert.That(new Eligibility(Mapping, Some.Rules(), before).Assess(Some.TimeEntry() with { BilledElsewhere = true }, AssessmentView.Posted).Bucket, Is.EqualTo(Bucket.Ready));
            Assert.That(new Eligibility(Mapping, Some.Rules(), at).Assess(Some.TimeEntry()).Bucket, Is.EqualTo(Bucket.Ready));
        });
    }

    [TestCase(true, "rejected: no tax code")]
    [TestCase(false, "ready")]
    public void Assess_OfATaxThatEnded_GoesByTheTaxPoint(bool byDocumentDate, string bucket)
    {
        // The rate ended on October 30; the service was on the 7th, the document is of the 31st.
        var mapping = Some.Mapping(
            taxes: [new TaxCode("VAT", "V", [new TaxComponent("vat", [new DatedTaxRate(new TaxRate(0.2m), null, Some.Day("2026-10-31"))])])],
            money: new MoneyRounding(RoundingMode.HalfUp, TaxPer.Line, byDocumentDate ? TaxPoint.DocumentDate : TaxPoint.ServiceDate, 4));
        Assert.That(Some.Assessed(mapping, [Some.TimeEntry()])[0].Assessment.Bucket.ToString(), Is.EqualTo(bucket));
    }

    [Test]
    public void Assess_OfARateOfZero_IsARate()
    {
        var found = Some.Assessed(Some.Mapping(rates: [Some.Rate(0m)]), [Some.TimeEntry()])[0].Assessment;
        Assert.That((found.Bucket, found.Pricing!.UnitPrice!.Value.Amount), Is.EqualTo((Bucket.Ready, 0m)));
    }

    [Test]
    public void Assess_OfARateInAnotherCurrency_GoesToADocumentOfThat()
    {
        var found = Some.Assessed(Some.Mapping(rates: [Some.Rate(90m, currency: "EUR")]), [Some.TimeEntry()])[0].Assessment;
        Assert.That(found.Key!.Currency.Code, Is.EqualTo("EUR"));
    }

    private static Assessment Assess(SourceRecord record) => new Eligibility(Mapping, Some.Rules(), AsOf).Assess(record);
}
