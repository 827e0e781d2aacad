using System.Globalization;
using System.Text.Json;
using BatchSync.Configuration;
using BatchSync.Core.Amounts;
using BatchSync.Core.Billing;
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

    public byte[] Write(Document document, bool asDraft)
    {
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
        Lines => List(document.Lines, (json, line) => _line.Write(json, name => LineValue(line, name))),
        Taxes => List(document.Taxes, (json, tax) => _tax.Write(json, name => TaxValue(document, tax, name))),
        _ => throw Unknown("documentFields", value, "reference, type, client, clientName, date, due, currency, net, tax, total, status"),
    };

    private static Action<Utf8JsonWriter>? LineValue(DocumentLine line, string value) => value switch
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
        _ => throw Unknown("lineFields", value, "number, description, quantity, unitPrice, account, item, taxCode, net, tax, total"),
    };

    private static Action<Utf8JsonWriter>? TaxValue(Document document, DocumentTax tax, string value) => value switch
    {
        "taxCode" => Text(DestinationCode(document, tax)),
        "component" => Text(tax.Component),
        "rate" => Number(tax.Rate.Value),
        "amount" => Amount(tax.Amount),
        _ => throw Unknown("taxFields", value, "taxCode, component, rate, amount"),
    };

    // A document's tax carries the mapping's code; the lines know what the destination calls it.
    private static string DestinationCode(Document document, DocumentTax tax) =>
        document.Lines.FirstOrDefault(line => line.TaxCode.Code == tax.TaxCode)?.TaxCode.DestinationCode ?? tax.TaxCode;

    private static Action<Utf8JsonWriter>? Text(string text) => text.Length == 0 ? null : json => json.WriteStringValue(text);

    private static Action<Utf8JsonWriter> Date(DateOnly date) => json => json.WriteStringValue(date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));

    private static Action<Utf8JsonWriter> Amount(Money money) => json => json.WriteRawValue(money.ToAmountString());

    private static Action<Utf8JsonWriter> Number(decimal number) => json => json.WriteRawValue(NumberText.Canonical(number));

    private static Action<Utf8JsonWriter> List<T>(IReadOnlyList<T> items, Action<Utf8JsonWriter, T> write) => json =>
    {
        json.WriteStartArray();
        foreach (var item in items) write(json, item);
        json.WriteEndArray();
    };

    private static SettingException Unknown(string map, string value, string allowed) =>
        new($"{map} of the connector: there is no value '{value}'. Allowed: {allowed}.");
}
