using System.Text.Json;
using BatchSync.Core.Amounts;
using BatchSync.Core.Tax;

namespace BatchSync.Tests.Support;

/// <summary>Tax codes as the vectors write them.</summary>
internal static class VectorTax
{
    public static TaxCode CodeOf(string name, JsonElement code) =>
        new(name, name, [.. code.Items("components").Select(ComponentOf)], TreatmentOf(code.TextOrNull("treatment")), code.TextOrNull("reason") ?? "");

    private static TaxComponent ComponentOf(JsonElement component) =>
        new(component.Text("name"), [.. component.Items("rates").Select(r => new DatedTaxRate(new TaxRate(r.Decimal("rate")), r.Date("from"), r.Date("until")))])
        {
            Compound = component.TryGetProperty("compound", out var compound) && compound.GetBoolean(),
        };

    private static TaxTreatment? TreatmentOf(string? name) => name switch
    {
        null => null,
        "reverse-charge" => TaxTreatment.ReverseCharge,
        "exempt" => TaxTreatment.Exempt,
        "zero-rated" => TaxTreatment.ZeroRated,
        _ => throw new ArgumentException($"'{name}' is no treatment."),
    };
}
