using BatchSync.Core.Amounts;
using BatchSync.Core.Billing;
using BatchSync.Core.Posting;
using BatchSync.Core.Tax;
using BatchSync.Core.Time;

namespace BatchSync.Tests.Destinations;

/// <summary>Documents whose amounts add up; what a test sets is what matters to it.</summary>
internal static class SomeDocument
{
    /// <param name="client">Code and destination id of the client.</param>
    /// <param name="nets">Net of each line in minor units; one line of quantity 1 each.</param>
    /// <param name="taxes">Tax of each line in minor units; null: no tax.</param>
    public static Document Of(
        string client = "58", string name = "Acme Corp", string currency = "USD", long[]? nets = null, long[]? taxes = null,
        DocumentType type = DocumentType.Invoice, string date = "2026-10-31", int revision = 1, string account = "4000", string description = "Acme Web - Development")
    {
        nets ??= [22500];
        var money = Currency.Of(currency);
        var day = DateOnly.ParseExact(date, "yyyy-MM-dd");
        var key = new DocumentKey("us", client, money, "invoice", Period.Of(PeriodKind.Month, day), "");
        var identity = new DocumentIdentity("tenant", "H", key, DocumentPurpose.Original, revision);
        var lines = nets.Select((net, i) => Line(i + 1, Units(net), taxes is null ? null : Units(taxes[i]), account, description)).ToList();
        var net = Units(nets.Sum());
        var tax = Units(taxes?.Sum() ?? 0);
        return new Document
        {
            Identity = identity,
            Reference = DocumentReference.Of(identity, 26),
            Type = type,
            Date = day,
            Due = day.AddDays(30),
            DestinationClient = client,
            ClientName = name,
            Lines = lines,
            Taxes = taxes is null ? [] : [new DocumentTax("CA-SALES", "state", StateRate, tax)],
            Net = net,
            Tax = tax,
            Total = net + tax,
            Withholding = Units(0),
            Retainer = Units(0),
            DiscountCut = Units(0),
            MappingHash = "0123",
        };

        Money Units(long units) => Money.OfMinorUnits(units, money);
    }

    private static TaxRate StateRate => new(0.0725m);

    private static DocumentLine Line(int number, Money net, Money? tax, string account, string description) => new()
    {
        Number = number,
        Type = "time",
        Group = [description],
        Description = description,
        Account = account,
        Item = "12",
        TaxCode = tax is null ? new TaxCode("NONE", "NON", [], TaxTreatment.Exempt, "services") : new TaxCode("CA-SALES", "TAX", [new TaxComponent("state", [new DatedTaxRate(StateRate, null, null)])]),
        BilledSeconds = 3600,
        ChargedSeconds = 3600,
        Quantity = new Quantity(net.Sign < 0 ? -1 : 1),
        UnitPrice = new UnitPrice(Math.Abs(net.Amount), net.Currency),
        Amount = net,
        LineDiscount = Money.Zero(net.Currency),
        DocumentDiscount = Money.Zero(net.Currency),
        Net = net,
        Taxes = tax is null ? [] : [new LineTax("state", StateRate, tax.Value)],
        Variance = Rational.Zero,
        Shares = [],
    };
}
