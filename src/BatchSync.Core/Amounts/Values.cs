using BatchSync.Core.Diagnostics;

namespace BatchSync.Core.Amounts;

/// <summary>How much of a line's unit was sold: hours of time, 1 or -1 of an expense. Either sign.</summary>
public readonly record struct Quantity(decimal Value)
{
    public static Quantity operator -(Quantity quantity) => new(-quantity.Value);
    public override string ToString() => NumberText.Canonical(Value);
}

/// <summary>The price of one unit, in major units of a currency, with as many decimals as the rule wrote. Never negative.</summary>
public readonly record struct UnitPrice
{
    public UnitPrice(decimal amount, Currency currency)
    {
        Invariant.Holds(amount >= 0, "A unit price is never negative; the quantity carries the sign.");
        Amount = amount;
        Currency = currency;
    }

    public decimal Amount { get; }
    public Currency Currency { get; }
    public override string ToString() => $"{NumberText.Canonical(Amount)} {Currency}";
}

/// <summary>A share from 0 to 1: the billable part of an entry, or a markup's factor less one (which may pass 1).</summary>
public readonly record struct Fraction(decimal Value)
{
    public static Fraction One => new(1m);
    public override string ToString() => NumberText.Canonical(Value);
}

/// <summary>A tax rate as a fraction: 0.0725 is 7.25 %. Not negative.</summary>
public readonly record struct TaxRate(decimal Value) : IComparable<TaxRate>
{
    public int CompareTo(TaxRate other) => Value.CompareTo(other.Value);
    public override string ToString() => NumberText.Canonical(Value);
}
