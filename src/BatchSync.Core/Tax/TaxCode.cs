using BatchSync.Core.Amounts;

namespace BatchSync.Core.Tax;

/// <summary>Whether tax is rounded on each line or on the document's sums.</summary>
public enum TaxPer
{
    Line,
    Document,
}

/// <summary>Which date chooses a tax rate.</summary>
public enum TaxPoint
{
    DocumentDate,

    /// <summary>The last service date of the line.</summary>
    ServiceDate,
}

/// <summary>Why a tax code takes no tax. None of them is "no tax code".</summary>
public enum TaxTreatment
{
    ReverseCharge,
    Exempt,
    ZeroRated,
}

/// <summary>A rate in force on [from, until); a null end is open.</summary>
public sealed record DatedTaxRate(TaxRate Rate, DateOnly? From, DateOnly? Until)
{
    public bool Covers(DateOnly date) => (From is null || date >= From) && (Until is null || date < Until);
}

/// <summary>One tax of a code (state, county); its rates do not overlap.</summary>
public sealed record TaxComponent(string Name, IReadOnlyList<DatedTaxRate> Rates)
{
    /// <summary>Whether it is also a tax on the taxes of all components before it; only where tax comes on top of the price.</summary>
    public bool Compound { get; init; }

    /// <summary>The rate on a date; null where none is in force.</summary>
    public TaxRate? RateOn(DateOnly date) => Rates.FirstOrDefault(r => r.Covers(date))?.Rate;
}

/// <summary>A tax code: components in order, or a treatment with its reason and no components.</summary>
/// <param name="Code">As the mapping names it.</param>
/// <param name="DestinationCode">As the destination names it.</param>
public sealed record TaxCode(string Code, string DestinationCode, IReadOnlyList<TaxComponent> Components, TaxTreatment? Treatment = null, string Reason = "")
{
    /// <summary>Whether every component has a rate on the date.</summary>
    public bool HasRatesOn(DateOnly date) => Components.All(c => c.RateOn(date) is not null);

    /// <summary>Whether a component is a tax on taxes too.</summary>
    public bool HasCompound => Components.Any(c => c.Compound);
}

/// <summary>A tax on a line.</summary>
public sealed record LineTax(string Component, TaxRate Rate, Money Amount);

/// <summary>A tax on a document: the sum over the lines of one code, component and rate.</summary>
public sealed record DocumentTax(string TaxCode, string Component, TaxRate Rate, Money Amount);
