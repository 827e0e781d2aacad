using System.Numerics;
using BatchSync.Core.Amounts;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Amounts;

[TestFixture]
public sealed class LargestRemainderVectorTests
{
    private static IEnumerable<TestCaseData> Cases => VectorFile.Cases("largest-remainder");

    [TestCaseSource(nameof(Cases))]
    public void Share_OfVector_GivesItsShares(VectorCase vector)
    {
        var unit = new Rational(1, BigInteger.Pow(10, (int)vector.Given.Whole("decimals")));
        var total = (long)(vector.Given.Exact("total") / unit).Round(RoundingMode.Down);
        var shares = LargestRemainder.Share(total, [.. vector.Given.Items("weights").Select(w => VectorValues.ExactOf(w.GetString()!))]);
        if (vector.Expected.TextOrNull("rejected") is not null)
        {
            Assert.That(shares, Is.Null, vector.Why);
            return;
        }

        var expected = vector.Expected.Items("shares").Select(s => VectorValues.ExactOf(s.GetString()!));
        Assert.That(shares!.Select(s => s * unit), Is.EqualTo(expected), vector.Why);
    }
}
