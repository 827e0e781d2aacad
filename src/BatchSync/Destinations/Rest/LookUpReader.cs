using System.Text.Json;
using BatchSync.Configuration;
using BatchSync.Core.Amounts;
using BatchSync.Core.Billing;
using BatchSync.Core.Posting;
using BatchSync.Http;

namespace BatchSync.Destinations.Rest;

/// <summary>
/// Reads documents back. An answer that is not what the connector says is a fault of the outside world and never "nothing there": a document that
/// is missed here would be created a second time.
/// </summary>
internal sealed class LookUpReader
{
    private static readonly string[] Required = ["reference", "id", "client", "type", "currency", "net", "tax", "total"];
    private readonly RestDestinationDefinition _definition;

    /// <exception cref="SettingException">The connector does not say where a value stands.</exception>
    public LookUpReader(RestDestinationDefinition definition, string connector)
    {
        _definition = definition;
        var missing = Required.Where(field => !definition.LookUp.Fields.ContainsKey(field)).ToList();
        if (missing.Count > 0) throw new SettingException($"lookUp.fields of {connector} lacks {string.Join(", ", missing)}. Add where the answer has them.");
    }

    /// <exception cref="OutsideException">The answer cannot be believed.</exception>
    public IReadOnlyList<DestinationDocument> Read(ApiAnswer answer, IReadOnlyCollection<string> references)
    {
        if (BodyText.IsHtml(answer.Body)) throw Fault(OutsideFault.Transient, answer, "an HTML page instead of JSON: something stands before the API");
        using var body = AnswerField.Parse(answer.Body) ?? throw Fault(OutsideFault.Transient, answer, "what is no whole JSON");
        var rows = AnswerField.List(body.RootElement, _definition.LookUp.Results)
            ?? throw Fault(OutsideFault.Permanent, answer, $"no list at '{_definition.LookUp.Results}'");
        return [.. rows.Select(row => DocumentOf(row, references, answer))];
    }

    private DestinationDocument DocumentOf(JsonElement row, IReadOnlyCollection<string> references, ApiAnswer answer)
    {
        var reference = Text(row, "reference", answer);
        if (!references.Contains(reference))
            throw Fault(OutsideFault.Permanent, answer, $"a document '{reference}' that was not asked for: it does not look up by lookUp.parameter");
        var code = Text(row, "currency", answer);
        if (!Currency.TryOf(code, out var currency)) throw Fault(OutsideFault.Permanent, answer, $"document {reference} in the currency '{code}', which ISO 4217 does not have");
        return new DestinationDocument(
            reference, Text(row, "id", answer), Text(row, "client", answer), TypeOf(row, reference, answer),
            Amount(row, "net", currency, answer), Amount(row, "tax", currency, answer), Amount(row, "total", currency, answer), Standing(row, answer));
    }

    private DocumentType TypeOf(JsonElement row, string reference, ApiAnswer answer)
    {
        var type = Text(row, "type", answer);
        if (type == _definition.InvoiceValue) return DocumentType.Invoice;
        if (type == _definition.CreditNoteValue) return DocumentType.CreditNote;
        throw Fault(OutsideFault.Permanent, answer, $"document {reference} of type '{type}'; the connector knows '{_definition.InvoiceValue}' and '{_definition.CreditNoteValue}'");
    }

    private Money Amount(JsonElement row, string field, Currency currency, ApiAnswer answer)
    {
        var text = Text(row, field, answer);
        if (!NumberText.TryParse(text, out var value)) throw Fault(OutsideFault.Permanent, answer, $"a {field} of '{text}', which is no number");
        try
        {
            var money = Money.Round(value, currency, RoundingMode.Down);
            if (money.Exact == value) return money;
        }
        catch (OverflowException)
        {
            throw Fault(OutsideFault.Permanent, answer, $"a {field} of '{text}', which is beyond 64 bits of minor units");
        }

        throw Fault(OutsideFault.Permanent, answer, $"a {field} of '{text}', but {currency} has {currency.Decimals} decimals");
    }

    private DocumentStanding Standing(JsonElement row, ApiAnswer answer) =>
        _definition.LookUp.Fields.ContainsKey("status") ? _definition.LookUp.Statuses.StandingOf(Text(row, "status", answer)) : DocumentStanding.Final;

    private string Text(JsonElement row, string field, ApiAnswer answer)
    {
        var path = _definition.LookUp.Fields[field];
        return AnswerField.Text(row, path) is { Length: > 0 } text ? text : throw Fault(OutsideFault.Permanent, answer, $"a document without a value at '{path}' ({field})");
    }

    private static OutsideException Fault(OutsideFault fault, ApiAnswer answer, string what) => new(
        fault,
        $"The look-up {answer.Location} answered {answer.Status} with {what}. Nothing follows about what is there, so nothing is posted. "
        + $"Check lookUp of the connector, then run again. The answer began: {BodyText.Excerpt(answer.Body)}");
}
