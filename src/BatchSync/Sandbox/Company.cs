using BatchSync.Core.Amounts;

namespace BatchSync.Sandbox;

/// <summary>Whose books these are.</summary>
/// <param name="Id">Lower-case letters, digits and hyphens: it stands in the path of the company's API.</param>
/// <param name="BaseCurrency">Documents in another one must bring their exchange rate; null: nobody asks for one.</param>
internal sealed record Company(string Id, string Name, Currency? BaseCurrency)
{
    /// <summary>The company of <c>/books/v1</c>, which every sandbox has.</summary>
    public static Company Default { get; } = new("sandbox-co", "Sandbox Books", null);
}

/// <summary>A company as <c>companies.json</c> describes it.</summary>
/// <param name="SetsLock">Whether it says something of the lock.</param>
/// <param name="LockedThrough">The last locked day; null: none.</param>
internal sealed record CompanyRow(Company Company, bool SetsLock, DateOnly? LockedThrough);
