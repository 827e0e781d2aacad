using BatchSync.Core.Retry;
using NUnit.Framework;

namespace BatchSync.Tests.Retry;

public sealed class PaceTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 2, 3, 0, 0, TimeSpan.Zero);

    private static readonly Allowance[][] Shapes =
    [
        [new(100, TimeSpan.FromSeconds(15))],
        [new(60, TimeSpan.FromMinutes(1))],
        [new(40, TimeSpan.FromMinutes(1))],
        [new(5, TimeSpan.FromSeconds(1))],
        [new(1, TimeSpan.FromSeconds(1)), new(20, TimeSpan.FromMinutes(1))],
        [new(60, TimeSpan.FromMinutes(1)), new(150, TimeSpan.FromMinutes(5))],
        [new(7, TimeSpan.FromSeconds(3)), new(11, TimeSpan.FromSeconds(7)), new(13, TimeSpan.FromSeconds(11))],
    ];

    /// <summary>A call as the API saw it: some time between its beginning and its end.</summary>
    private sealed record Seen(DateTimeOffset Begun, DateTimeOffset At, DateTimeOffset Ended);

    // Calls of random lengths, up to three at once, as fast as the pace lets them go.
    private static List<Seen> Drive(Pace pace, int calls, Random random, TimeSpan longest)
    {
        var (now, seen, open) = (Start, new List<Seen>(), new List<Seen>());
        while (seen.Count < calls || open.Count > 0)
        {
            var turn = pace.Next(now);
            if (seen.Count < calls && turn.At <= now)
            {
                var length = random.NextInt64(1, longest.Ticks);
                var call = new Seen(now, now + TimeSpan.FromTicks(random.NextInt64(length)), now + TimeSpan.FromTicks(length));
                pace = pace.Begin();
                seen.Add(call);
                open.Add(call);
                continue;
            }

            var end = open.MinBy(o => o.Ended);
            var next = seen.Count < calls && turn.At is { } at && (end is null || at < end.Ended) ? at : end!.Ended;
            Assert.That(next, Is.GreaterThanOrEqualTo(now), "time does not go back");
            now = next;
            if (end is null || end.Ended > now) continue;
            open.Remove(end);
            pace = pace.End(now, end.Begun, PaceAnswer.Silent);
        }

        return seen;
    }

    // The oracle counts every span that begins at a call, both ends inside, by looking at all calls.
    private static int MostInAnySpan(List<Seen> seen, TimeSpan span) => seen.Max(first => seen.Count(s => s.At >= first.At && s.At <= first.At + span));

    [Test]
    public void Next_WithCallsOfAnyLength_NeverLetsASpanHaveMoreThanItsAllowance([Range(0, 6)] int shape, [Values(1, 3)] int atOnce)
    {
        for (var seed = 0; seed < 10; seed++)
        {
            var random = new Random(seed);
            var longest = TimeSpan.FromMilliseconds(random.Next(1, 4_000));
            var seen = Drive(Pace.Of(Shapes[shape], atOnce), 400, random, longest);
            foreach (var allowance in Shapes[shape])
                Assert.That(MostInAnySpan(seen, allowance.Per), Is.LessThanOrEqualTo(allowance.Calls), $"seed {seed}, {allowance}");
            Assert.That(seen.Max(s => seen.Count(o => o.Begun <= s.Begun && o.Ended > s.Begun)), Is.LessThanOrEqualTo(atOnce), $"seed {seed}, calls at once");
        }
    }

    // Harvest, Xero and QuickBooks; answers take up to 100 ms. The first span of a length has a whole allowance in it, and so has each after it.
    [Test]
    public void Next_WithWorkEnough_UsesAtLeast95PercentOfWhatIsAllowed([Range(0, 2)] int shape, [Values(1, 3)] int atOnce)
    {
        var allowance = Shapes[shape][0];
        var seen = Drive(Pace.Of([allowance], atOnce), 20 * allowance.Calls, new Random(7), TimeSpan.FromMilliseconds(100));
        var spans = (seen[^1].At - seen[0].At) / allowance.Per;
        Assert.That(seen.Count / (allowance.Calls * (spans + 1)), Is.GreaterThanOrEqualTo(0.95));
    }

    [Test]
    public void End_WithAHeaderThatSaysLess_BelievesIt()
    {
        var pace = Called(Pace.Of([new(10, TimeSpan.FromMinutes(1))], 1), Start, new QuotaReading(1, null));
        Assert.That(pace.Next(Start).At, Is.EqualTo(Start));
        pace = Called(pace, Start, default);
        Assert.That(pace.Next(Start), Is.EqualTo(new PaceTurn(Start + TimeSpan.FromSeconds(60.6), "its allowance of 10 calls in 1 min is used up")));
    }

    [Test]
    public void End_WithAHeaderThatSaysMore_KeepsItsOwnCount()
    {
        var pace = Pace.Of([new(2, TimeSpan.FromMinutes(1))], 1);
        for (var call = 0; call < 2; call++) pace = Called(pace, Start, new QuotaReading(2, null));
        Assert.That(pace.Next(Start).At, Is.GreaterThan(Start + TimeSpan.FromMinutes(1)), "its minute may begin elsewhere than ours");
    }

    [Test]
    public void End_WithAReset_WaitsNoLongerThanThat()
    {
        var pace = Called(Pace.Of([new(10, TimeSpan.FromMinutes(1))], 1), Start, new QuotaReading(0, Start + TimeSpan.FromSeconds(20)));
        Assert.That(pace.Next(Start).At, Is.EqualTo(Start + TimeSpan.FromSeconds(20.4)));
        Assert.That(pace.Next(Start + TimeSpan.FromSeconds(21)).At, Is.EqualTo(Start + TimeSpan.FromSeconds(21)));
    }

    // Five calls of ours for each one of somebody else's, who takes one too between any two of ours that the API has counted.
    [Test]
    public void End_WithSomebodyElseOnTheSameAllowance_IsHardlyEverRefused()
    {
        var (pace, now, counted, refused) = (Pace.Of([new(60, TimeSpan.FromMinutes(1))], 1), Start, new List<DateTimeOffset>(), 0);
        for (var call = 0; call < 2_000; call++)
        {
            now = pace.Next(now).At!.Value;
            if (call % 5 == 0 && Left(counted, now) > 0) counted.Add(now);
            var isBusy = Left(counted, now) == 0;
            if (isBusy) refused++;
            else counted.Add(now);
            pace = pace.Begin().End(now, now, new PaceAnswer(isBusy, isBusy ? TimeSpan.FromSeconds(5) : null, [new QuotaReading(Left(counted, now), null)]));
            now += TimeSpan.FromMilliseconds(50);
        }

        Assert.That(refused, Is.LessThan(20), "under 1 %");

        static int Left(List<DateTimeOffset> counted, DateTimeOffset now) => 60 - counted.Count(c => c > now - TimeSpan.FromMinutes(1));
    }

    [Test]
    public void End_OfACallThatWasTurnedAway_WaitsAsLongAsItIsAsked()
    {
        var pace = Pace.Of([], 1).Begin().End(Start, Start, new PaceAnswer(true, TimeSpan.FromSeconds(40), []));
        Assert.That(pace.Next(Start), Is.EqualTo(new PaceTurn(Start + TimeSpan.FromSeconds(40), "it asked for that")));
        Assert.That(pace.Next(Start + TimeSpan.FromSeconds(40)).At, Is.EqualTo(Start + TimeSpan.FromSeconds(40)));
    }

    // QuickBooks says 429 and nothing else: its minute counts as used up, its month does not.
    [Test]
    public void End_OfACallThatWasTurnedAwayWithoutAWord_TakesItsShortAllowancesForUsedUp()
    {
        var pace = Pace.Of([new(40, TimeSpan.FromMinutes(1)), new(500_000, TimeSpan.FromDays(30))], 1).Begin().End(Start, Start, new PaceAnswer(true, null, []));
        var wait = pace.Next(Start).At!.Value - Start;
        Assert.That(wait, Is.GreaterThan(TimeSpan.FromMinutes(1)).And.LessThan(TimeSpan.FromMinutes(1.1)));
    }

    [Test]
    public void AtOnce_HalvesOnceForCallsThatWereTurnedAwayTogetherAndGrowsAgainSlowly()
    {
        var pace = Pace.Of([], 8);
        for (var call = 0; call < 8; call++) pace = pace.Begin();
        for (var call = 0; call < 8; call++) pace = pace.End(Start + TimeSpan.FromSeconds(1), Start, new PaceAnswer(true, null, []));
        Assert.That(pace.AtOnce, Is.EqualTo(4), "they were sent before the first of them was turned away");
        pace = pace.Begin().End(Start + TimeSpan.FromSeconds(3), Start + TimeSpan.FromSeconds(2), new PaceAnswer(true, null, []));
        Assert.That(pace.AtOnce, Is.EqualTo(2));
        var learnt = new List<int>();
        for (var call = 1; call <= 20 + 30 + 39; call++)
        {
            pace = Called(pace, Start + TimeSpan.FromSeconds(4), default);
            learnt.Add(pace.AtOnce);
        }

        Assert.That((learnt[18], learnt[19], learnt[48], learnt[49], learnt[88]), Is.EqualTo((2, 3, 3, 4, 4)));
    }

    [Test]
    public void Next_WithAsManyUnderWayAsItTakes_WaitsForOneToEnd()
    {
        var pace = Pace.Of([new(10, TimeSpan.FromMinutes(1))], 2).Begin().Begin();
        Assert.That(pace.Next(Start), Is.EqualTo(new PaceTurn(null, "of 2 that it takes at once all are under way")));
        Assert.That(pace.GiveBack().Next(Start).At, Is.EqualTo(Start));
        Assert.That(pace.GiveBack().GiveBack().Windows[0].Used, Is.Empty, "what was never called uses nothing up");
    }

    [Test]
    public void With_WhatWasStored_GoesOnFromThere()
    {
        var before = Called(Pace.Of([new(1, TimeSpan.FromMinutes(1))], 1), Start, default);
        var memory = new PaceMemory([new WindowMemory(TimeSpan.FromMinutes(1), before.Windows[0].Used)], 1, null, null);
        var after = Pace.Of([new(1, TimeSpan.FromMinutes(1)), new(9, TimeSpan.FromHours(1))], 1).With(memory, Start);
        Assert.That(after.Next(Start).At, Is.EqualTo(before.Next(Start).At));
    }

    [Test]
    public void With_AClockThatWasSetBack_WaitsNoLongerThanTheSpan()
    {
        var memory = new PaceMemory([new WindowMemory(TimeSpan.FromMinutes(1), [new UsedCalls(Start + TimeSpan.FromDays(400), 9)])], 1, null, null);
        var pace = Pace.Of([new(5, TimeSpan.FromMinutes(1))], 1).With(memory, Start);
        Assert.That(pace.Next(Start).At, Is.LessThan(Start + TimeSpan.FromMinutes(1.1)));
    }

    // A word of a year, or a clock that was a year ahead, must not end a job for good.
    [Test]
    public void With_AWaitThatIsFarOff_WaitsADayAtMost()
    {
        var (day, year) = (TimeSpan.FromDays(1), TimeSpan.FromDays(365));
        Assert.Multiple(() =>
        {
            Assert.That(Pace.Of([], 1).With(new PaceMemory([], 1, Start + year, null), Start).Next(Start).At, Is.EqualTo(Start + day));
            Assert.That(Pace.Of([], 1).Begin().End(Start, Start, new PaceAnswer(true, year, [])).Next(Start).At, Is.EqualTo(Start + day));
            Assert.That(new Circuit(9, Start + year, Circuit.FirstRest).Recalled(Start).RestsUntil, Is.EqualTo(Start + Circuit.LongestRest));
        });
    }

    [Test]
    public void After_TwoProcessesThatKnowPartlyTheSame_KeepsTheGreaterCountsAndTheLaterWait()
    {
        var (minute, at) = (TimeSpan.FromMinutes(1), Start + TimeSpan.FromSeconds(30));
        var mine = new PaceMemory([new WindowMemory(minute, [new UsedCalls(at, 3), new UsedCalls(at + minute, 1)])], 2, null, null);
        var stored = new PaceMemory([new WindowMemory(minute, [new UsedCalls(at, 5), new UsedCalls(Start, 7)])], 4, at, new Circuit(2, null, Circuit.FirstRest));
        var kept = mine.After(stored, Start);
        Assert.Multiple(() =>
        {
            Assert.That(kept.Windows.Single().Used, Is.EqualTo(new[] { new UsedCalls(at, 5), new UsedCalls(at + minute, 1) }));
            Assert.That((kept.WaitsUntil, kept.Circuit!.Failures, kept.AtOnce), Is.EqualTo(((DateTimeOffset?)at, 2, 4)), "it has called nothing since");
            Assert.That((mine with { Circuit = Circuit.Closed }).After(stored, Start) is { Circuit.Failures: 0, AtOnce: 2 }, Is.True);
        });
    }

    // Each answer makes the state no larger than a hundred parts of the span and what somebody else's calls add.
    [Test]
    public void Windows_AfterManyCalls_StaySmall()
    {
        var pace = Pace.Of([new(5_000, TimeSpan.FromDays(1))], 1);
        for (var call = 0; call < 5_000; call++) pace = Called(pace, Start + TimeSpan.FromSeconds(17 * call), new QuotaReading(Math.Max(0, 4_990 - call), Start + TimeSpan.FromSeconds(90_000 + call)));
        Assert.That(pace.Windows[0].Used, Has.Count.LessThan(220));
    }

    private static Pace Called(Pace pace, DateTimeOffset now, QuotaReading quota) => pace.Begin().End(now, now, new PaceAnswer(false, null, [quota]));
}
