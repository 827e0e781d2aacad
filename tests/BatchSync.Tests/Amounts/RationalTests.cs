using System.Numerics;
using BatchSync.Core.Amounts;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Amounts;

[TestFixture]
public sealed class RationalTests
{
    private static readonly RoundingMode[] Modes = Enum.GetValues<RoundingMode>();

    [Test]
    public void Arithmetic_RandomFractions_AgreesWithWholeNumbers()
    {
        foreach (var (number, random) in Seeded.Cases())
        {
            var (a, b, c, d) = (random.Big(12), Denominator(random), random.Big(12), Denominator(random));
            var (x, y) = (new Rational(a, b), new Rational(c, d));
            var holds = Same(x + y, a * d + c * b, b * d)
                && Same(x - y, a * d - c * b, b * d)
                && Same(x * y, a * c, b * d)
                && (c.IsZero || Same(x / y, a * d, b * c))
                && Same(-x, -a, b)
                && x.Sign == a.Sign * b.Sign
                && Math.Sign(x.CompareTo(y)) == (a * d * (b * d).Sign).CompareTo(c * b * (b * d).Sign)
                && x.Equals(y) == (a * d == c * b)
                && (x < y) == (x.CompareTo(y) < 0);
            Assert.That(holds, Is.True, () => $"case {number}: {a}/{b} and {c}/{d}");
        }
    }

    [Test]
    public void Round_RandomFractions_IsTheWholeNumberThatTheModeNames()
    {
        foreach (var (number, random) in Seeded.Cases())
        {
            var (a, b) = (random.Next(8) == 0 ? random.Next(-9, 9) : random.Big(10), (BigInteger)random.Next(1, random.Next(2, 2000)));
            var mode = random.Pick(Modes);
            Assert.That(new Rational(a, b).Round(mode), Is.EqualTo(Nearest(a, b, mode)), () => $"case {number}: {a}/{b} {mode}");
        }
    }

    [Test]
    public void Floor_RandomFractions_IsTheLargestWholeNumberNotAbove()
    {
        foreach (var (number, random) in Seeded.Cases())
        {
            var (a, b) = (random.Big(10), (BigInteger)random.Next(1, 1000));
            var floor = new Rational(a, b).Floor();
            Assert.That(floor * b <= a && (floor + 1) * b > a, Is.True, () => $"case {number}: {a}/{b}");
        }
    }

    [Test]
    public void Decimal_ThereAndBack_IsTheSameOfTheSameScale()
    {
        foreach (var (number, random) in Seeded.Cases())
        {
            var scale = (byte)random.Next(0, 29);
            var value = new decimal(random.Next(int.MinValue, int.MaxValue), random.Next(int.MinValue, int.MaxValue), random.Next(int.MinValue, int.MaxValue), random.Next(2) == 0, scale);
            var back = ((Rational)value).Round(scale, RoundingMode.Down);
            Assert.That((back, back.Scale), Is.EqualTo((value, scale)), () => $"case {number}: {value}");
        }
    }

    [Test]
    public void Equals_UnreducedFractions_ComparesAndHashesByValue()
    {
        foreach (var (number, random) in Seeded.Cases())
        {
            var (a, b, factor) = (random.Big(8), Denominator(random), Denominator(random));
            var (x, same) = (new Rational(a, b), new Rational(a * factor, b * factor));
            Assert.That(x == same && x.GetHashCode() == same.GetHashCode(), Is.True, () => $"case {number}: {a}/{b} by {factor}");
        }
    }

    [Test]
    public void Sum_OfManyTermsOfTwoScales_KeepsASmallDenominator()
    {
        var sum = Enumerable.Range(0, 10_000).Aggregate(Rational.Zero, (total, i) => total + (i % 2 == 0 ? 0.5m : 0.25m));
        Assert.That((sum, sum.Denominator), Is.EqualTo(((Rational)3750m, (BigInteger)100)));
    }

    [Test]
    public void Default_IsZero()
    {
        Rational none = default;
        Assert.That((none, none.Denominator, none.Round(2, RoundingMode.Up)), Is.EqualTo((Rational.Zero, BigInteger.One, 0m)));
    }

    [Test]
    public void Denominator_OfZero_IsRefused()
    {
        Assert.Multiple(() =>
        {
            Assert.That(() => new Rational(1, 0), Throws.TypeOf<DivideByZeroException>());
            Assert.That(() => Rational.One / Rational.Zero, Throws.TypeOf<DivideByZeroException>());
        });
    }

    [Test]
    public void Round_MoreThan28Digits_Overflows() =>
        Assert.That(() => ((Rational)decimal.MaxValue).Round(1, RoundingMode.Down), Throws.TypeOf<OverflowException>());

    [Test]
    public void Round_UnknownMode_IsRefused() =>
        Assert.That(() => new Rational(1, 2).Round((RoundingMode)9), Throws.TypeOf<ArgumentOutOfRangeException>());

    private static bool Same(Rational actual, BigInteger numerator, BigInteger denominator) =>
        actual.Denominator.Sign > 0 && actual.Numerator * denominator == numerator * actual.Denominator;

    private static BigInteger Denominator(Random random) => random.Big(8) is { IsZero: false } value ? value : 7;

    // Among the whole numbers around the value, the one that the mode's own words name.
    private static BigInteger Nearest(BigInteger a, BigInteger b, RoundingMode mode)
    {
        var around = Enumerable.Range(-2, 5).Select(i => a / b + i).ToList();
        BigInteger Distance(BigInteger n) => BigInteger.Abs(n * b - a);
        return mode switch
        {
            RoundingMode.Down => around.Where(n => BigInteger.Abs(n) * b <= BigInteger.Abs(a) && n.Sign * a.Sign >= 0).MaxBy(BigInteger.Abs),
            RoundingMode.Up => around.Where(n => BigInteger.Abs(n) * b >= BigInteger.Abs(a) && n.Sign * a.Sign >= 0).MinBy(BigInteger.Abs),
            RoundingMode.HalfEven => around.OrderBy(Distance).ThenByDescending(n => n.IsEven).First(),
            _ => around.OrderBy(Distance).ThenByDescending(BigInteger.Abs).First(),
        };
    }
}
