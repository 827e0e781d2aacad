using BatchSync.Core.Amounts;
using BatchSync.Core.Billing;
using BatchSync.Core.Time;
using BatchSync.Running;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Running;

/// <summary>Records that come after the document of their period: they go to supplements, and what was posted stays.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
public sealed class LateEntryTests
{
    [Test]
    public async Task Run_OfLateEntries_MakesASupplementEachTime()
    {
        await using var firm = await Firm.PostedAsync(Some.TimeEntry("1"));
        firm.Source.Put(Some.TimeEntry("2", hours: 2m));
        await firm.ExpectAsync(ExitCodes.Done);
        firm.NextDay();
        firm.Source.Put(Some.TimeEntry("3", hours: 3m));
        await firm.ExpectAsync(ExitCodes.Done);
        var identities = firm.Books.Documents.Select(d => (d.Content!.Identity.Purpose, d.Content.Identity.Revision, d.Content.Net, d.Content.Date));
        var day = Some.Day("2026-10-31");
        Assert.Multiple(() =>
        {
            Assert.That(identities, Is.EqualTo(new[]
            {
                (DocumentPurpose.Original, 1, Some.Money("100.00"), day), (DocumentPurpose.Supplement, 1, Some.Money("200.00"), day), (DocumentPurpose.Supplement, 2, Some.Money("300.00"), day),
            }));
            Assert.That(firm.Books.Documents.Select(d => d.Shown.Reference).Distinct().Count(), Is.EqualTo(3));
        });
    }

    // Sums are rounded up to a quarter of an hour: 10 min are billed as 15, 10 + 10 as 30, 10 + 10 + 10 as 30.
    [TestCase(RoundingScope.Day, "2026-10-07", "25.00 25.00 0.00")]
    [TestCase(RoundingScope.Line, "2026-10-07", "25.00 25.00 0.00")]
    [TestCase(RoundingScope.Line, "2026-10-08", "25.00 25.00 0.00")]
    [TestCase(RoundingScope.Day, "2026-10-08", "25.00 25.00 25.00")]
    [TestCase(RoundingScope.Entry, "2026-10-07", "25.00 25.00 25.00")]
    public async Task Run_OfLateEntriesUnderASummedRounding_BillsWhatTheSumIsShort(RoundingScope scope, string thirdDate, string nets)
    {
        await using var firm = await Firm.OpenAsync(Minutes("1", 10));
        firm.Mapping = Some.Mapping(time: new TimeRounding(900, RoundingMode.Up, scope, 0));
        await firm.ExpectAsync(ExitCodes.Done);
        firm.NextDay();
        firm.Source.Put(Minutes("2", 10));
        await firm.ExpectAsync(ExitCodes.Done);
        firm.NextDay();
        firm.Source.Put(Minutes("3", 10) with { Date = Some.Day(thirdDate) });
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.That(string.Join(' ', firm.Books.Documents.Select(d => d.Shown.Net.ToAmountString())), Is.EqualTo(nets));
    }

    [Test]
    public async Task Run_OfALateRefund_MakesASupplementThatIsACreditNote()
    {
        await using var firm = await Firm.PostedAsync(Some.Expense("1", amount: 80m));
        firm.Source.Put(Some.Expense("2", amount: -30m));
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.Multiple(() =>
        {
            Assert.That(firm.Books.Documents[1].Shown.Type, Is.EqualTo(DocumentType.CreditNote));
            Assert.That(firm.Books.Owed("58"), Is.EqualTo(55m));
        });
    }

    [Test]
    public async Task Run_AfterARecordWasBilledElsewhereNoMore_BillsIt()
    {
        await using var firm = await Firm.PostedAsync(Some.TimeEntry("1"), Some.TimeEntry("2") with { BilledElsewhere = true });
        firm.Source.Edit("2", r => r with { BilledElsewhere = false });
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.That(firm.Books.Owed("58"), Is.EqualTo(220m));
    }

    private static Core.Sources.SourceRecord Minutes(string id, int minutes) => Some.TimeEntry(id) with { Seconds = minutes * 60 };
}
