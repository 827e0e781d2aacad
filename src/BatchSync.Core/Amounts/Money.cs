using System.Globalization;

namespace BatchSync.Core.Amounts;

/// <summary>
/// An amount of whole minor units of one currency: USD 12.34 is 1234. Adding two currencies, and more units than 64 bits hold,
/// is a defect and throws. Money comes from rounding an exact value, never from cutting one.
/// </summary>
public readonly record struct Money : IComparable<Money>
{
    private Money(long minorUnits, Currency currency)
    {
        MinorUnits = minorUnits;
        Currency = currency;
    }

    public long MinorUnits { get; }
    public Currency Currency { get; }

    /// <summary>The amount in major units, with the currency's decimals (USD 1234 units: 12.34).</summary>
    public decimal Amount => MinorUnits * new decimal(1, 0, 0, false, Currency.Decimals);

    /// <summary>The amount in major units as an exact fraction.</summary>
    public Rational Exact => new(MinorUnits, PowerOfTen(Currency.Decimals));

    public int Sign => Math.Sign(MinorUnits);

    public static Money Zero(Currency currency) => new(0, currency);
    public static Money OfMinorUnits(long units, Currency currency) => new(units, currency);

    /// <summary>An exact value in major units, rounded to the currency's minor unit.</summary>
    /// <exception cref="OverflowException">More than 64 bits of minor units.</exception>
    public static Money Round(Rational value, Currency currency, RoundingMode mode)
    {
        var units = (value * PowerOfTen(currency.Decimals)).Round(mode);
        if (units < long.MinValue || units > long.MaxValue)
        {
            throw new OverflowException($"{units} minor units of {currency} are more than an amount holds ({long.MaxValue}): check the quantity and the price.");
        }

        return new((long)units, currency);
    }

    public static Money operator +(Money a, Money b) => new(checked(a.MinorUnits + Same(a, b).MinorUnits), a.Currency);
    public static Money operator -(Money a, Money b) => new(checked(a.MinorUnits - Same(a, b).MinorUnits), a.Currency);
    public static Money operator -(Money a) => new(checked(-a.MinorUnits), a.Currency);
    public static bool operator <(Money a, Money b) => a.CompareTo(b) < 0;
    public static bool operator >(Money a, Money b) => a.CompareTo(b) > 0;
    public static bool operator <=(Money a, Money b) => a.CompareTo(b) <= 0;
    public static bool operator >=(Money a, Money b) => a.CompareTo(b) >= 0;

    /// <summary>The sum, zero for none.</summary>
    public static Money Sum(IEnumerable<Money> amounts, Currency currency) => amounts.Aggregate(Zero(currency), (sum, next) => sum + next);

    public int CompareTo(Money other) => MinorUnits.CompareTo(Same(this, other).MinorUnits);

    /// <summary>The amount alone, with the currency's decimals, a dot and no grouping: <c>-1234.50</c>.</summary>
    public string ToAmountString() => Amount.ToString("F" + Currency.Decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    public override string ToString() => $"{ToAmountString()} {Currency}";

    private static long PowerOfTen(byte decimals)
    {
        long power = 1;
        for (var i = 0; i < decimals; i++) power *= 10;
        return power;
    }

    private static Money Same(Money a, Money b) =>
        a.Currency == b.Currency ? b : throw new InvalidOperationException($"{a.Currency} and {b.Currency} cannot be added or compared.");
}
