using System.Globalization;
using System.Numerics;

namespace BatchSync.Core.Amounts;

/// <summary>
/// An exact fraction. Amounts are multiplied and divided as fractions and rounded once, at the step that names a mode,
/// so no intermediate quotient is ever cut. The denominator is above zero; fractions are not reduced, and equality is by value.
/// </summary>
public readonly struct Rational : IEquatable<Rational>, IComparable<Rational>
{
    private readonly BigInteger _denominatorLessOne;

    /// <summary>A fraction of two integers.</summary>
    /// <exception cref="DivideByZeroException">The denominator is zero.</exception>
    public Rational(BigInteger numerator, BigInteger denominator)
    {
        if (denominator.IsZero) throw new DivideByZeroException("A fraction needs a denominator other than zero.");
        Numerator = denominator.Sign < 0 ? -numerator : numerator;
        _denominatorLessOne = BigInteger.Abs(denominator) - 1;
    }

    public static Rational Zero => default;
    public static Rational One => new(1, 1);

    public BigInteger Numerator { get; }

    /// <summary>Always above zero; <c>default</c> is 0/1.</summary>
    public BigInteger Denominator => _denominatorLessOne + 1;

    public int Sign => Numerator.Sign;

    /// <summary>The decimal as a fraction over a power of ten, without loss.</summary>
    public static implicit operator Rational(decimal value)
    {
        Span<int> bits = stackalloc int[4];
        decimal.GetBits(value, bits);
        var scale = (bits[3] >> 16) & 0xFF;
        var digits = (Word(bits[2]) << 64) | (Word(bits[1]) << 32) | Word(bits[0]);
        return new Rational(bits[3] < 0 ? -digits : digits, BigInteger.Pow(10, scale));
    }

    public static implicit operator Rational(long value) => new(value, 1);
    public static implicit operator Rational(BigInteger value) => new(value, 1);

    // The least common denominator: a product of the two would grow by a digit with every term of a long sum.
    public static Rational operator +(Rational a, Rational b)
    {
        if (a.Denominator == b.Denominator) return new(a.Numerator + b.Numerator, a.Denominator);
        var scale = b.Denominator / BigInteger.GreatestCommonDivisor(a.Denominator, b.Denominator);
        var common = a.Denominator * scale;
        return new(a.Numerator * scale + b.Numerator * (common / b.Denominator), common);
    }

    public static Rational operator -(Rational a, Rational b) => a + -b;
    public static Rational operator -(Rational a) => new(-a.Numerator, a.Denominator);
    public static Rational operator *(Rational a, Rational b) => new(a.Numerator * b.Numerator, a.Denominator * b.Denominator);
    public static Rational operator /(Rational a, Rational b) => new(a.Numerator * b.Denominator, a.Denominator * b.Numerator);
    public static bool operator ==(Rational a, Rational b) => a.Equals(b);
    public static bool operator !=(Rational a, Rational b) => !a.Equals(b);
    public static bool operator <(Rational a, Rational b) => a.CompareTo(b) < 0;
    public static bool operator >(Rational a, Rational b) => a.CompareTo(b) > 0;
    public static bool operator <=(Rational a, Rational b) => a.CompareTo(b) <= 0;
    public static bool operator >=(Rational a, Rational b) => a.CompareTo(b) >= 0;

    public static Rational Abs(Rational value) => new(BigInteger.Abs(value.Numerator), value.Denominator);

    /// <summary>The nearest whole number in the mode named.</summary>
    public BigInteger Round(RoundingMode mode)
    {
        var quotient = BigInteger.DivRem(BigInteger.Abs(Numerator), Denominator, out var remainder);
        if (!remainder.IsZero && RoundsAway(mode, quotient, remainder)) quotient += 1;
        return Numerator.Sign < 0 ? -quotient : quotient;
    }

    /// <summary>The value rounded to a number of decimals, as a decimal of exactly that scale.</summary>
    /// <param name="decimals">0 to 28.</param>
    /// <param name="mode">How a value between two steps is settled.</param>
    /// <exception cref="OverflowException">The result needs more than 28 digits.</exception>
    public decimal Round(int decimals, RoundingMode mode) =>
        DecimalOf((this * BigInteger.Pow(10, decimals)).Round(mode), decimals);

    /// <summary>The whole number below or at the value (toward minus infinity).</summary>
    public BigInteger Floor()
    {
        var quotient = BigInteger.DivRem(Numerator, Denominator, out var remainder);
        return remainder.Sign < 0 ? quotient - 1 : quotient;
    }

    public bool Equals(Rational other) => Numerator * other.Denominator == other.Numerator * Denominator;
    public override bool Equals(object? obj) => obj is Rational other && Equals(other);

    public override int GetHashCode()
    {
        var divisor = BigInteger.GreatestCommonDivisor(Numerator, Denominator);
        return HashCode.Combine(Numerator / divisor, Denominator / divisor);
    }

    public int CompareTo(Rational other) => (Numerator * other.Denominator).CompareTo(other.Numerator * Denominator);

    /// <summary>Ten decimals, half-up: for reading and reports, never for arithmetic.</summary>
    public override string ToString() => Round(10, RoundingMode.HalfUp).ToString(CultureInfo.InvariantCulture);

    private static decimal DecimalOf(BigInteger units, int decimals)
    {
        var size = BigInteger.Abs(units);
        if (size <= ulong.MaxValue)
        {
            // Nearly all: two words of a number of the processor.
            var small = (ulong)size;
            return new decimal(unchecked((int)small), unchecked((int)(small >> 32)), 0, units.Sign < 0, (byte)decimals);
        }

        if (size >> 96 != 0) throw new OverflowException($"{units} with {decimals} decimals does not fit 28 digits.");
        return new decimal(Word(size), Word(size >> 32), Word(size >> 64), units.Sign < 0, (byte)decimals);
    }

    // A decimal names its 32-bit words as signed numbers: the bits are meant, not the value.
    private static BigInteger Word(int bits) => unchecked((uint)bits);
    private static int Word(BigInteger value) => unchecked((int)(uint)(value & uint.MaxValue));

    private bool RoundsAway(RoundingMode mode, BigInteger quotient, BigInteger remainder) => mode switch
    {
        RoundingMode.Up => true,
        RoundingMode.Down => false,
        RoundingMode.HalfUp => remainder * 2 >= Denominator,
        RoundingMode.HalfEven => (remainder * 2).CompareTo(Denominator) is var side && (side > 0 || (side == 0 && !quotient.IsEven)),
        _ => throw new ArgumentOutOfRangeException(nameof(mode), mode, "A rounding names its mode."),
    };
}
