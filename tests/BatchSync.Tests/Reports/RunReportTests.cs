using BatchSync.Configuration;
using BatchSync.Core.Billing;
using BatchSync.Core.Time;
using BatchSync.Reports;
using BatchSync.Storage;
using NUnit.Framework;

namespace BatchSync.Tests.Reports;

internal sealed class RunReportTests
{
    [TestCase(0, 0, 0, false, "balanced")]
    [TestCase(1, 0, 0, false, "1 open difference")]
    [TestCase(2, 0, 3, false, "2 open differences, 3 rejections")]
    [TestCase(0, 0, 1, false, "1 rejection")]
    [TestCase(0, 2, 0, false, "balanced, 2 accepted differences")]
    [TestCase(1, 1, 0, false, "1 open difference, 1 accepted difference")]
    [TestCase(2, 0, 3, true, "failed")]
    public void Headline_OfARun_SaysHowItStands(int open, int accepted, int rejections, bool failed, string expected) =>
        Assert.That(Of(open, accepted, rejections, failed).Headline, Is.EqualTo(expected));

    [TestCase(0, 0, 0, false, false)]
    [TestCase(0, 1, 0, false, false)]
    [TestCase(1, 0, 0, false, true)]
    [TestCase(0, 0, 1, false, true)]
    [TestCase(0, 0, 0, true, true)]
    public void IsDue_ForProblemsOnly_IsTrueWhereThereIsOne(int open, int accepted, int rejections, bool failed, bool expected)
    {
        var report = Of(open, accepted, rejections, failed);
        Assert.That((report.IsDue(EmailWhen.Problems), report.IsDue(EmailWhen.Always)), Is.EqualTo((expected, true)));
    }

    [TestCase("2026-10-05", "2026-10-05", "2026-10")]
    [TestCase("2026-12-05", "2026-10-05", "2026-10..2026-12")]
    [TestCase("2027-01-05", "2026-12-05", "2026-12..2027-01")]
    public void Periods_OfRowsInAnyOrder_AreFirstToLast(string one, string other, string expected)
    {
        var report = ReportSamples.Balanced() with { Rows = [.. new[] { one, other }.Select(d => ReportSamples.Row("billed", period: Month(d)))] };
        Assert.That(report.Periods, Is.EqualTo(expected));
    }

    [Test]
    public void Periods_OfARunThatTouchedNone_AreItsDay() =>
        Assert.That((ReportSamples.Report() with { Rows = [] }).Periods, Is.EqualTo("as of 2026-11-03"));

    [Test]
    public void Of_AStoredRun_CountsItsRejections()
    {
        var run = new RunRow(4, RunKind.Run, "job", "H", "host", ReportSamples.AsOf, null, null, ReportSamples.AsOf, null, RunStatus.Running, null, "");
        var report = RunReport.Of(run, [], [ReportSamples.RoundedAway()], [new(Bucket.NoClient, 2), new(Bucket.NoRate, 3)], "no answer");
        Assert.That((report.Job, report.RunNo, report.Rejections, report.OpenDifferences, report.Failure), Is.EqualTo(("job", 4L, 5L, 1, "no answer")));
    }

    private static Period Month(string day) => Period.Of(PeriodKind.Month, DateOnly.ParseExact(day, "yyyy-MM-dd"));

    private static RunReport Of(int open, int accepted, int rejections, bool failed) => ReportSamples.Report() with
    {
        Differences = [.. Enumerable.Repeat(ReportSamples.RoundedAway(), open), .. Enumerable.Repeat(ReportSamples.AcceptedVoid(), accepted)],
        Rejections = rejections,
        Failure = failed ? "The destination cannot be reached." : null,
    };
}
