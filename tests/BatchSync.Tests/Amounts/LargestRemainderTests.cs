using System.Numerics;
using BatchSync.Core.Amounts;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Amounts;

[TestFixture]
public sealed class LargestRemainderTests
{
    [Test]
    public void Share_RandomWeights_AgreesWithHandingOutUnitByUnit()
    {
        foreach (var (number, random) in Seeded.Cases())
        {
            var weights = Enumerable.Range(0, random.Next(1, 9)).Select(_ => Weight(random)).ToList();
            var total = random.Next(4) == 0 ? random.Next(-5, 6) : random.NextInt64(-1_000_000, 1_000_000);
            var ties = Enumerable.Range(0, weights.Count).OrderBy(_ => random.Next()).ToList();
            Assert.That(LargestRemainder.Share(total, weights, ties), Is.EqualTo(UnitByUnit(total, weights, ties)), () => $"case {number}: {total} over {string.Join(' ', weights)}");
        }
    }

    [Test]
    public void Share_RandomWeights_AddsUpAndStaysWithinOneUnit()
    {
        foreach (var (number, random) in Seeded.Cases())
        {
            var weights = Enumerable.Range(0, random.Next(1, 20)).Select(_ => Weight(random)).ToList();
            var total = random.NextInt64(-1_000_000_000_000, 1_000_000_000_000);
            var sum = weights.Aggregate(Rational.Zero, (a, b) => a + b);
            if (LargestRemainder.Share(total, weights) is not { } shares)
            {
                Assert.That(sum.Sign == 0 && total != 0, Is.True, () => $"case {number}: refused, though the weights sum to {sum}");
                continue;
            }

            var mirrored = LargestRemainder.Share(-total, weights)!;
            var near = total == 0 || shares.Select((s, i) => Rational.Abs(s - total * weights[i] / sum)).All(gap => gap < Rational.One);
            Assert.That(shares.Sum() == total && near && mirrored.Select(s => -s).SequenceEqual(shares), Is.True, () => $"case {number}: {total} over {string.Join(' ', weights)}");
        }
    }

    [Test]
    public void Share_ZeroOverWeightsThatSumToZero_IsZeros() =>
        Assert.That(LargestRemainder.Share(0, [1m, -1m]), Is.EqualTo(new long[] { 0, 0 }));

    [Test]
    public void Share_UnitsOverWeightsThatSumToZero_IsRefused()
    {
        Assert.Multiple(() =>
        {
            Assert.That(LargestRemainder.Share(1, [1m, -1m]), Is.Null);
            Assert.That(LargestRemainder.Share(-1, []), Is.Null);
        });
    }

    [Test]
    public void Share_PastSixtyFourBits_Overflows() =>
        Assert.That(() => LargestRemainder.Share(long.MaxValue, [3m, -2m]), Throws.TypeOf<OverflowException>());

    private static Rational Weight(Random random) => random.Next(6) switch
    {
        0 => Rational.Zero,
        1 => new Rational(random.Next(-3, 4), 1),
        2 => new Rational(random.Next(1, 100), random.Next(1, 12)),
        3 => new decimal(random.Next(0, 100_000)) / 100m,
        _ => new Rational(random.Next(1, 5), 1),
    };

    // Floors by counting down from the truncated quotient, then one unit at a time to the largest part that is left.
    private static long[]? UnitByUnit(long total, List<Rational> weights, List<int> ties)
    {
        if (total == 0) return new long[weights.Count];
        var common = weights.Aggregate(BigInteger.One, (a, w) => a * w.Denominator);
        var whole = weights.Select(w => w.Numerator * (common / w.Denominator)).ToList();
        var sum = whole.Aggregate(BigInteger.Zero, (a, b) => a + b);
        if (sum.IsZero) return null;
        if (sum.Sign < 0) (sum, whole) = (-sum, whole.ConvertAll(w => -w));
        var size = BigInteger.Abs(total);
        var shares = whole.ConvertAll(w => size * w / sum);
        for (var i = 0; i < shares.Count; i++) while (shares[i] * sum > size * whole[i]) shares[i] -= 1;
        var taken = new HashSet<int>();
        while (shares.Aggregate(BigInteger.Zero, (a, b) => a + b) < size)
        {
            var next = -1;
            for (var i = 0; i < shares.Count; i++)
            {
                if (taken.Contains(i)) continue;
                var left = size * whole[i] - shares[i] * sum;
                var best = next < 0 ? -1 : size * whole[next] - shares[next] * sum;
                if (left > best || (left == best && ties[i] < ties[next])) next = i;
            }

            taken.Add(next);
            shares[next] += 1;
        }

        return [.. shares.Select(s => (long)(total < 0 ? -s : s))];
    }
}
