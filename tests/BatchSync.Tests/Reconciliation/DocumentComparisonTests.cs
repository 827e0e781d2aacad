using BatchSync.Core.Billing;
using BatchSync.Core.Posting;
using BatchSync.Core.Reconciliation;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Reconciliation;

[TestFixture]
[Parallelizable(ParallelScope.All)]
public sealed class DocumentComparisonTests
{
    private static ExpectedDocument Expected { get; } = ExpectedDocument.Of(Some.Document(Some.TimeEntry()));

    private static DestinationDocument Same { get; } = new(Expected.Reference, "7", "58", DocumentType.Invoice, Some.Money("100.00"), Some.Money("10.00"), Some.Money("110.00"), DocumentStanding.Draft);

    private static IEnumerable<TestCaseData> Gaps()
    {
        yield return Case("the same", "", Same);
        yield return Case("final", "", Same with { Standing = DocumentStanding.Final });
        yield return Case("nothing", "missing-at-destination");
        yield return Case("twice", "duplicate-at-destination", Same, Same with { DestinationId = "8" });
        yield return Case("another client", "client-at-destination", Same with { Client = "059" });
        yield return Case("another net", "amount-at-destination 0.01", Same with { Net = Some.Money("100.01"), Total = Some.Money("110.01") });
        yield return Case("tax for net", "amount-at-destination 0.00", Same with { Net = Some.Money("99.00"), Tax = Some.Money("11.00") });
        yield return Case("a credit note", "amount-at-destination", Same with { Type = DocumentType.CreditNote });
        yield return Case("another currency", "amount-at-destination", Same with { Net = Some.Money("100.00", "EUR"), Tax = Some.Money("10.00", "EUR"), Total = Some.Money("110.00", "EUR") });
        yield return Case("all at once", "duplicate-at-destination; client-at-destination; amount-at-destination -10.00", Same with { Client = "1", Net = Some.Money("90.00"), Total = Some.Money("100.00") }, Same);
    }

    [TestCaseSource(nameof(Gaps))]
    public void Differences_OfWhatIsFound_NamesEachGap(object found, string gaps)
    {
        var actual = DocumentComparison.Differences(Expected, (DestinationDocument[])found);
        Assert.That(string.Join("; ", actual.Select(d => d.Amount is { } amount ? FormattableString.Invariant($"{d.Code} {amount}") : d.Code)), Is.EqualTo(gaps));
        Assert.That(actual.Select(d => d.Subject), Is.All.EqualTo(Expected.Reference));
    }

    private static TestCaseData Case(string name, string gaps, params DestinationDocument[] found) => new TestCaseData(found, gaps).SetArgDisplayNames(name);
}
