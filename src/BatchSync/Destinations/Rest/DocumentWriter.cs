using System.Globalization;
using System.Text.Json;
using BatchSync.Configuration;
using BatchSync.Core.Amounts;
using BatchSync.Core.Billing;
using BatchSync.Core.Posting;
using BatchSync.Core.Tax;
using BatchSync.Http;

namespace BatchSync.Destinations.Rest;

/// <summary>Writes documents as the connector's field maps say. Amounts are JSON numbers made from decimal text: <c>1234.50</c>, never a double.</summary>
internal sealed class DocumentWriter
{
    private const string Lines = "(lines)";
    private const string Taxes = "(taxes)";
    private readonly RestDestinationDefinition _definition;
    private readonly FieldTree _document;
    private readonly FieldTree _line;
    private readonly FieldTree _tax;

    /// <exception cref="SettingException">A field map contradicts itself.</exception>
    public DocumentWriter(RestDestinationDefinition definition, string connector)
    {
        _definition = definition;
        _document = FieldTree.Of(Targets(definition), "documentFields of " + connector);
        _line = FieldTree.Of(definition.LineFields, "lineFields of " + connector);
        _tax = FieldTree.Of(definition.TaxFields, "taxFields of " + connector);
    }

    /// <summary>The document in the form in which the connector says that it is taken.</summary>
    public byte[] Write(Document ours, bool asDraft)
    {
        var document = PostedForm.Of(ours, _definition.Deductions);
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes)) _document.Write(json, value => DocumentValue(document, asDraft, value));
        return bytes.ToArray();
    }

    private static IEnumerable<KeyValuePair<string, string>> Targets(RestDestinationDefinition definition)
    {
        foreach (var field in definition.DocumentFields) yield return field;
        if (definition.Create.DraftField is { } draft) yield return new(draft, "status");
        if (definition.LinesField.Length > 0) yield return new(definition.LinesField, Lines);
        if (definition.TaxesField is { } taxes) yield return new(taxes, Taxes);
    }

    private Action<Utf8JsonWriter>? DocumentValue(Document document, bool asDraft, string value) => value switch
    {
        "reference" => Text(document.Reference),
        "type" => Text(document.Type == DocumentType.Invoice ? _definition.InvoiceValue : _definition.CreditNoteValue),
        "client" => Text(document.DestinationClient),
        "clientName" => Text(document.ClientName),
        "date" => Date(document.Date),
        "due" => Date(document.Due),
        "currency" => Text(document.Currency.Code),
        "net" => Amount(document.Net),
        "tax" => Amount(document.Tax),
        "total" => Amount(document.Total),
        "status" => Text(asDraft ? _definition.Create.DraftValue : _definition.Create.FinalValue),
        "discount" => AmountIfAny(Money.Sum(document.Lines.Select(DiscountOf), document.Currency)),
        "withholding" => AmountIfAny(document.Withholding),
        "retainer" => AmountIfAny(document.Retainer),
        "amountDue" => Amount(document.AmountDue),
        "corrects" => Text(document.Corrects),
        "exchangeRate" => Rate(document),
        "baseCurrency" => document.Valuation is { } valuation ? Text(valuation.Rate.To.Code) : null,
        "baseTotal" => document.Valuation is { } valuation ? Amount(valuation.Total) : null,
        Lines => List(document.Lines, (json, line) => _line.Write(json, name => ValueOfLine(line, name))),
        Taxes => List(document.Taxes, (json, tax) => _tax.Write(json, name => TaxValue(document, tax, name))),
        _ => throw Unknown("documentFields", value, RestDestinationFields.DocumentValues),
    };

    private static Action<Utf8JsonWriter>? ValueOfLine(DocumentLine line, string value) => value switch
    {
        "number" => Number(line.Number),
        "description" => Text(line.Description),
        "quantity" => Number(line.Quantity.Value),
        "unitPrice" => Number(line.UnitPrice.Amount),
        "account" => Text(line.Account),
        "item" => Text(line.Item),
        "taxCode" => Text(line.TaxCode.DestinationCode),
        "net" => Amount(line.Net),
        "tax" => Amount(line.Tax),
        "total" => Amount(line.Total),
        "amount" => Amount(line.Amount),
        "lineDiscount" => AmountIfAny(line.LineDiscount),
        "documentDiscount" => AmountIfAny(line.DocumentDiscount),
        "discount" => AmountIfAny(DiscountOf(line)),
        _ when LineValue.DimensionOf(value) is { } dimension => Text(line.Dimensions.Values.GetValueOrDefault(dimension) ?? ""),
        _ => throw Unknown("lineFields", value, RestDestinationFields.LineValues),
    };

    private static Action<Utf8JsonWriter>? TaxValue(Document document, DocumentTax tax, string value) => value switch
    {
        "taxCode" => Text(DestinationCode(document, tax)),
        "component" => Text(tax.Component),
        "rate" => Number(tax.Rate.Value),
        "amount" => Amount(tax.Amount),
        _ => throw Unknown("taxFields", value, RestDestinationFields.TaxValues),
    };

    private static Money DiscountOf(DocumentLine line) => line.LineDiscount + line.DocumentDiscount;

    private Action<Utf8JsonWriter>? Rate(Document document) =>
        document.Valuation is { } valuation && _definition.RateDecimals is { } decimals && SentRate.Of(valuation.Rate, decimals) is { } rate ? Number(rate) : null;

    // A document's tax carries the mapping's code; the lines know what the destination calls it.
    private static string DestinationCode(Document document, DocumentTax tax) =>
        document.Lines.FirstOrDefault(line => line.TaxCode.Code == tax.TaxCode)?.TaxCode.DestinationCode ?? tax.TaxCode;

    private static Action<Utf8JsonWriter>? Text(string text) => text.Length == 0 ? null : json => json.WriteStringValue(text);

    private static Action<Utf8JsonWriter> Date(DateOnly date) => json => json.WriteStringValue(date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));

    private static Action<Utf8JsonWriter> Amount(Money money) => json => json.WriteRawValue(money.ToAmountString());

    // What takes nothing off is left out: some APIs refuse a discount or a withholding of zero.
    private static Action<Utf8JsonWriter>? AmountIfAny(Money money) => money.Sign == 0 ? null : Amount(money);

    private static Action<Utf8JsonWriter> Number(decimal number) => json => json.WriteRawValue(NumberText.Canonical(number));

    private static Action<Utf8JsonWriter> List<T>(IReadOnlyList<T> items, Action<Utf8JsonWriter, T> write) => json =>
    {
        json.WriteStartArray();
        foreach (var item in items) write(json, item);
        json.WriteEndArray();
    };

    private static SettingException Unknown(string map, string value, IEnumerable<string> allowed) =>
        new($"{map} of the connector: there is no value '{value}'. Allowed: {string.Join(", ", allowed)}.");
}
