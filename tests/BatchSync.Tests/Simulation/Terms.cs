using BatchSync.Core.Amounts;
using BatchSync.Core.Billing;
using BatchSync.Core.Mapping;
using BatchSync.Core.Sources;
using BatchSync.Core.Tax;
using BatchSync.Core.Time;
using BatchSync.Tests.Support;

namespace BatchSync.Tests.Simulation;

/// <summary>What the firm has agreed with its clients: the program reads it as a mapping, the oracle as it stands here.</summary>
/// <param name="Version">Other terms have another.</param>
/// <param name="Hourly">Of development, in every currency but yen; consulting costs half as much again.</param>
/// <param name="HourlyYen">Of everything.</param>
/// <param name="Vat">ACME and KUWAIT pay it, the others none.</param>
/// <param name="QuarterHours">Each entry is billed in full quarters of an hour, rounded up.</param>
/// <param name="IsMerged">NORDWIND has become a part of ACME.</param>
/// <param name="KnowsNewcomer">Whether the mapping knows client 1005.</param>
internal sealed record Terms(int Version, decimal Hourly, decimal HourlyYen, decimal Vat, bool QuarterHours, bool IsMerged, bool KnowsNewcomer)
{
    public const string Consulting = "Consulting";
    public const string Development = "Development";

    public static DateOnly BillFrom { get; } = Some.Day("2026-08-15");

    /// <summary>Terms under which every amount is a whole number of minor units, however records are grouped.</summary>
    public static Terms Even { get; } = new(1, 100m, 16500m, 0.10m, QuarterHours: true, IsMerged: false, KnowsNewcomer: false);

    /// <summary>Terms under which most amounts have to be rounded.</summary>
    public static Terms Uneven { get; } = new(1, 99.99m, 16333m, 0.0725m, QuarterHours: false, IsMerged: false, KnowsNewcomer: false);

    public MappingRules Mapping => Some.Mapping(
        rates: [Some.Rate(HourlyYen, client: "SAKURA"), Some.Rate(Hourly * 1.5m, task: "CON"), Some.Rate(Hourly)],
        clients: [.. Clients()],
        time: QuarterHours ? new TimeRounding(900, RoundingMode.Up, RoundingScope.Entry, 0) : null,
        taxes: [Some.Tax("VAT", ("vat", Vat)), new TaxCode("NONE", "NON", [], TaxTreatment.Exempt, "services")],
        version: FormattableString.Invariant($"{Version}"),
        tasks: [new Activity("DEV", new SourceNames([], [Development])) { Name = "Development", Item = "12" }, new Activity("CON", new SourceNames([], [Consulting])) { Name = "Consulting", Item = "13" }]);

    public decimal HourlyOf(string currency, string task) => currency == "JPY" ? HourlyYen : task == Consulting ? Hourly * 1.5m : Hourly;

    /// <summary>The customer that a client of the source is at the destination, with its currency, and whether it pays tax; null: nobody knows it.</summary>
    public (string Customer, string Currency, bool PaysVat)? CustomerOf(string client) => client switch
    {
        "1001" => ("58", "USD", true),
        "1002" => IsMerged ? ("58", "USD", true) : ("61", "EUR", false),
        "1003" => ("64", "JPY", false),
        "1004" => ("70", "KWD", true),
        "1005" when KnowsNewcomer => ("77", "USD", false),
        _ => null,
    };

    private IEnumerable<Client> Clients()
    {
        yield return Some.Clients[0] with { Source = new SourceNames(IsMerged ? ["1001", "1002"] : ["1001"], []) };
        yield return Some.Clients[1] with { Source = new SourceNames([IsMerged ? "none" : "1002"], []) };
        yield return Some.Clients[2];
        yield return Some.Clients[3];
        if (KnowsNewcomer) yield return Some.Client("NEWCO", "1005", "77");
    }
}
