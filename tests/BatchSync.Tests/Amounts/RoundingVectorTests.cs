using BatchSync.Core.Amounts;
using BatchSync.Core.Time;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Amounts;

[TestFixture]
public sealed class RoundingVectorTests
{
    private static IEnumerable<TestCaseData> Cases => VectorFile.Cases("rounding");

    [TestCaseSource(nameof(Cases))]
    public void Rounding_OfVector_GivesItsResult(VectorCase vector)
    {
        var given = vector.Given;
        switch (given.Text("kind"))
        {
            case "money": Money(vector); break;
            case "decimals": Decimals(vector); break;
            case "time": Time(vector); break;
            case "hours": Hours(vector); break;
            default: Assert.Fail($"Unknown kind of rounding: {given.Text("kind")}."); break;
        }
    }

    private static void Money(VectorCase vector)
    {
        var rounded = Core.Amounts.Money.Round(vector.Given.Exact("value"), vector.Given.Currency(), vector.Given.Mode());
        Assert.That(rounded.ToAmountString(), Is.EqualTo(vector.Expected.Text("rounded")), vector.Why);
    }

    private static void Decimals(VectorCase vector)
    {
        var rounded = vector.Given.Exact("value").Round((int)vector.Given.Whole("decimals"), vector.Given.Mode());
        Assert.That(rounded, Is.EqualTo(vector.Expected.Decimal("rounded")), vector.Why);
    }

    private static void Time(VectorCase vector)
    {
        var rounding = new TimeRounding(vector.Given.Whole("incrementSeconds"), vector.Given.Mode(), RoundingScope.Entry, 0);
        Assert.That(rounding.Round(vector.Given.Whole("seconds")), Is.EqualTo(vector.Expected.Whole("seconds")), vector.Why);
    }

    private static void Hours(VectorCase vector)
    {
        var repair = vector.Given.TextOrNull("repair") switch
        {
            null => HoursRepair.None,
            "minute" => HoursRepair.Minute,
            var other => throw new ArgumentException($"'{other}' is no repair."),
        };
        Assert.That(Duration.SecondsOf(vector.Given.Decimal("hours"), repair), Is.EqualTo(vector.Expected.Whole("seconds")), vector.Why);
    }
}
