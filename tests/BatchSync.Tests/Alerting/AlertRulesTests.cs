using BatchSync.Core.Alerting;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Alerting;

[Parallelizable(ParallelScope.All)]
public sealed class AlertRulesTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 5, 7, 30, 0, TimeSpan.Zero);

    [Test]
    public void Next_OfWhatIsWell_IsNothing([Values] AlertKind kind) => Assert.That(AlertRules.Next(new Finding(kind, 0, null), null, Now), Is.Null);

    [Test]
    public void Next_OfTheSameFactsTwice_SaysNothingTheSecondTime([Values] AlertKind kind)
    {
        var finding = new Finding(kind, 3, Now);
        var raised = AlertRules.Next(finding, null, Now)!;
        Assert.That(raised, Is.EqualTo(new Alert(kind, 3, Now, Now, 1, Now, null)));
        Assert.That(AlertRules.Next(finding, raised, Now.AddHours(1)), Is.Null);
    }

    [TestCase(AlertKind.Failure, 4, false)]
    [TestCase(AlertKind.Missed, 4, false)]
    [TestCase(AlertKind.Rejections, 4, true)]
    [TestCase(AlertKind.Differences, 4, true)]
    [TestCase(AlertKind.DeadLetters, 4, true)]
    [TestCase(AlertKind.DeadLetters, 2, false)]
    public void Next_OfAnotherNumber_IsToldWhereItIsMoreToWorkOff(AlertKind kind, int count, bool told)
    {
        var raised = AlertRules.Next(new Finding(kind, 3, null), null, Now)!;
        var next = AlertRules.Next(new Finding(kind, count, null), raised, Now.AddHours(1))!;
        Assert.That((next.Count, next.Notice, next.RaisedAt), Is.EqualTo(((long)count, told ? 2 : 1, Now)));
    }

    // One was settled and another one came: as many as before, and yet there is something new.
    [Test]
    public void Next_OfAsManyOfWhichOneIsNewer_IsTold()
    {
        var raised = AlertRules.Next(new Finding(AlertKind.Differences, 2, Now), null, Now)!;
        Assert.That(AlertRules.Next(new Finding(AlertKind.Differences, 2, Now.AddHours(1)), raised, Now.AddHours(1))!.Notice, Is.EqualTo(2));
        Assert.That(AlertRules.Next(new Finding(AlertKind.Differences, 2, Now.AddHours(-1)), raised, Now.AddHours(1))!.Notice, Is.EqualTo(1));
    }

    [TestCase(AlertKind.Failure, 24, true)]
    [TestCase(AlertKind.Failure, 23, false)]
    [TestCase(AlertKind.Missed, 24, true)]
    [TestCase(AlertKind.Differences, 24, false)]
    [TestCase(AlertKind.Differences, 168, true)]
    public void Next_OfWhatStandsForLong_IsToldAgain(AlertKind kind, int hours, bool told)
    {
        var raised = AlertRules.Next(new Finding(kind, 1, null), null, Now)!;
        Assert.That(AlertRules.Next(new Finding(kind, 1, null), raised, Now.AddHours(hours))?.Notice, Is.EqualTo(told ? 2 : (int?)null));
    }

    // A run that stopped has not found out what became of the rest.
    [Test]
    public void Next_OfFewerAfterARunThatStopped_LeavesItAsItWas()
    {
        var raised = AlertRules.Next(new Finding(AlertKind.DeadLetters, 2, Now), null, Now)!;
        Assert.Multiple(() =>
        {
            Assert.That(AlertRules.Next(new Finding(AlertKind.DeadLetters, 0, null) { IsWhole = false }, raised, Now.AddHours(1)), Is.Null);
            Assert.That(AlertRules.Next(new Finding(AlertKind.DeadLetters, 3, Now) { IsWhole = false }, raised, Now.AddHours(1))!.Notice, Is.EqualTo(2));
            Assert.That(AlertRules.Next(new Finding(AlertKind.DeadLetters, 0, null), raised, Now.AddHours(1))!.ResolvedAt, Is.EqualTo(Now.AddHours(1)));
        });
    }

    [TestCase(5, 5, 0)]
    [TestCase(6, 5, 6)]
    [TestCase(1, 0, 1)]
    public void Over_ALimit_CountsWhatIsMoreThanIt(int count, int limit, int counted) => Assert.That(new Finding(AlertKind.Rejections, count, null).Over(limit).Count, Is.EqualTo(counted));

    [TestCase(1, false, 0, NoticeState.Raised)]
    [TestCase(1, false, 1, null)]
    [TestCase(2, false, 1, NoticeState.Still)]
    [TestCase(2, false, 0, NoticeState.Raised, Description = "a receiver that was away, or is new")]
    [TestCase(2, true, 1, NoticeState.Resolved)]
    [TestCase(2, true, 2, null)]
    [TestCase(2, true, 0, null, Description = "well again before it was told")]
    public void DueTo_AReceiver_IsWhatItHasNotHeard(int notice, bool isResolved, int told, NoticeState? expected) =>
        Assert.That(AlertRules.DueTo(new Alert(AlertKind.Failure, 1, null, Now, notice, Now, isResolved ? Now : null), told), Is.EqualTo(expected));

    // Whatever happens, and however often a receiver is away: what it hears is raised, perhaps still, and then perhaps resolved.
    [Test]
    public void Notices_OfAnyHistory_BeginWithRaisedAndEndWithResolvedOnce([Values] AlertKind kind)
    {
        foreach (var (seed, random) in Seeded.Cases(300))
        {
            var (now, open, heard) = (Now, (Alert?)null, new List<NoticeState>());
            for (var (look, told) = (0, 0); look < 60; look++)
            {
                now += TimeSpan.FromHours(random.Next(1, 30));
                var finding = new Finding(kind, random.Next(0, 3), random.Next(2) == 0 ? null : now.AddHours(-random.Next(0, 40))) { IsWhole = random.Next(4) > 0 };
                var next = AlertRules.Next(finding, open, now);
                Assert.That(AlertRules.Next(finding, next ?? open, now) is null || (next ?? open)!.ResolvedAt is not null, Is.True, $"seed {seed}: the same facts say something twice");
                if (next is not null && open is null) told = 0;
                open = next ?? open;
                if (open is not null && random.Next(3) > 0 && AlertRules.DueTo(open, told) is { } due)
                {
                    heard.Add(due);
                    told = open.Notice;
                }

                if (open?.ResolvedAt is not null) open = null;
            }

            Assert.That(IsInOrder(heard), Is.True, $"seed {seed}: {string.Join(' ', heard)}");
        }
    }

    // A resolved notice that was lost with the receiver away may let two alerts follow each other.
    private static bool IsInOrder(List<NoticeState> heard)
    {
        var stands = false;
        foreach (var state in heard)
        {
            if (state != NoticeState.Raised && !stands) return false;
            stands = state != NoticeState.Resolved;
        }

        return true;
    }
}
