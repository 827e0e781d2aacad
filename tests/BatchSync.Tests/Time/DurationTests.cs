using System.Globalization;
using BatchSync.Core.Amounts;
using BatchSync.Core.Time;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Time;

[TestFixture]
public sealed class DurationTests
{
    [TestCase("1.25", HoursRepair.None, 4500)]
    [TestCase("0.33", HoursRepair.None, 1188)]
    [TestCase("0.33", HoursRepair.Minute, 1200)]
    [TestCase("-0.33", HoursRepair.Minute, -1200)]
    [TestCase("0.3333", HoursRepair.None, 1200)]
    [TestCase("0.00013888888888888888888888", HoursRepair.None, 0, Description = "just below half a second")]
    [TestCase("0.00013888888888888888888889", HoursRepair.None, 1, Description = "just above half a second")]
    [TestCase("-0.00013888888888888888888889", HoursRepair.None, -1)]
    [TestCase("0.125", HoursRepair.Minute, 480, Description = "7.5 minutes go to 8")]
    [TestCase("-0.125", HoursRepair.Minute, -480)]
    [TestCase("0.0083", HoursRepair.Minute, 0, Description = "not half a minute")]
    [TestCase("0", HoursRepair.Minute, 0)]
    public void SecondsOf_Hours_AreTheNearestSecondOrMinute(string hours, HoursRepair repair, long seconds) =>
        Assert.That(Duration.SecondsOf(decimal.Parse(hours, CultureInfo.InvariantCulture), repair), Is.EqualTo(seconds));

    [Test]
    public void SecondsOf_MoreThan64Bits_Overflows()
    {
        Assert.Multiple(() =>
        {
            Assert.That(() => Duration.SecondsOf(decimal.MaxValue, HoursRepair.None), Throws.TypeOf<OverflowException>());
            Assert.That(() => Duration.SecondsOf(decimal.MinValue, HoursRepair.Minute), Throws.TypeOf<OverflowException>());
            Assert.That(() => Duration.SecondsOf(1m, (HoursRepair)9), Throws.TypeOf<ArgumentOutOfRangeException>());
        });
    }

    [Test]
    public void SecondsOf_MinutesCutToTwoDecimals_AreRepairedExactly()
    {
        foreach (var minutes in Enumerable.Range(0, 24 * 60))
        {
            var cut = Math.Round(minutes / 60m, 2, MidpointRounding.AwayFromZero);
            Assert.That(Duration.SecondsOf(cut, HoursRepair.Minute), Is.EqualTo(minutes * 60L), () => $"{minutes} minutes as {cut}");
        }
    }

    [Test]
    public void Round_RandomSeconds_IsTheStepThatTheModeNames()
    {
        foreach (var (number, random) in Seeded.Cases())
        {
            var step = random.Pick<long>([1, 6, 60, 360, 900, 3600, 7]);
            var seconds = random.NextInt64(-200_000, 200_000);
            var mode = random.Pick(Enum.GetValues<RoundingMode>());
            var rounded = new TimeRounding(step, mode, RoundingScope.Entry, 500).Round(seconds);
            Assert.That(rounded, Is.EqualTo(Step(seconds, step, mode)), () => $"case {number}: {seconds} to {step} {mode}");
        }
    }

    [Test]
    public void Round_WithoutIncrement_KeepsTheSeconds() => Assert.That(TimeRounding.None.Round(1234), Is.EqualTo(1234));

    // Counts up in steps until the size is passed, then decides between the last two.
    private static long Step(long seconds, long step, RoundingMode mode)
    {
        long above = 0;
        while (above < Math.Abs(seconds)) above += step;
        var below = above == Math.Abs(seconds) ? above : above - step;
        var (down, up) = (Math.Abs(seconds) - below, above - Math.Abs(seconds));
        var size = mode switch
        {
            RoundingMode.Up => above,
            RoundingMode.Down => below,
            RoundingMode.HalfUp => up <= down ? above : below,
            _ => up < down || (up == down && above / step % 2 == 0) ? above : below,
        };
        return Math.Sign(seconds) * size;
    }
}
