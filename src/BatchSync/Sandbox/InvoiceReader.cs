using System.Text.Json;
using BatchSync.Core.Amounts;
using BatchSync.Core.Billing;

namespace BatchSync.Sandbox;

/// <summary>
/// Reads one item of a bulk call and checks it as an accounting system would: what is printed must multiply and add up to the minor unit.
/// Reading goes on after a fault with harmless values, and the first fault found is the one that is told.
/// </summary>
internal sealed class InvoiceReader
{
    public const int ReferenceLength = 32;
    public const int QuantityDecimals = 4;
    public const int RateDecimals = 6;
    private readonly JsonElement _item;
    private ItemError? _error;

    private InvoiceReader(JsonElement item) => _item = item;

    /// <summary>The invoice, or why it is refused: exactly one of the two.</summary>
    public static (Invoice? Invoice, ItemError? Error) Read(JsonElement item)
    {
        if (item.ValueKind != JsonValueKind.Object) return (null, new ItemError("invalid_item", "An item is an object with reference, type, status, customer, date, currency, lines and totals."));
        var reader = new InvoiceReader(item);
        var invoice = reader.ReadWithinRange();
        return reader._error is null ? (invoice, null) : (null, reader._error);
    }

    /// <summary>The item's reference as far as it has one, so that a refusal can name it.</summary>
    public static string ReferenceOf(JsonElement item) => item.ValueKind == JsonValueKind.Object ? Text(item, "reference") : "";

    private static string Text(JsonElement parent, string field) => parent.TryGetProperty(field, out var value)
        ? value.ValueKind switch
        {
            JsonValueKind.String => value.GetString()!,
            JsonValueKind.Number => value.GetRawText(),
            _ => "",
        }
        : "";

    private Invoice? ReadWithinRange()
    {
        try
        {
            return ReadInvoice();
        }
        catch (OverflowException)
        {
            Require(false, "out_of_range", "An amount, a product or a sum is beyond 64 bits of minor units.");
            return null;
        }
    }

    private Invoice? ReadInvoice()
    {
        var reference = Text(_item, "reference");
        Require(!string.IsNullOrWhiteSpace(reference), "missing_reference", "The reference is empty; it is how a document is found again.");
        Require(reference.Length <= ReferenceLength, "reference_too_long", $"The reference has {reference.Length} characters; at most {ReferenceLength} are kept.");
        var type = OneOf("type", "invoice", "credit_note");
        var status = OneOf("status", "draft", "final");
        var customer = Text(_item, "customer");
        Require(customer.Length > 0, "unknown_customer", "The customer is empty.");
        var date = ReadDates();
        var code = Text(_item, "currency");
        if (!Require(Currency.TryOf(code, out var currency), "unknown_currency", $"The currency is '{code}'; ISO 4217 has no such code.")) return null;
        return ReadMoney(reference, type == "invoice" ? DocumentType.Invoice : DocumentType.CreditNote, status == "draft", customer, date, currency);
    }

    private Invoice ReadMoney(string reference, DocumentType type, bool isDraft, string customer, DateOnly date, Currency currency)
    {
        var (net, tax, total) = (Amount(_item, "net", currency), Amount(_item, "tax", currency), Amount(_item, "total", currency));
        var lines = List("lines").Select((line, index) => ReadLine(line, index + 1, currency)).ToList();
        CheckLines(lines, net, tax, currency);
        var taxes = ReadTaxes(currency);
        var shown = Money.Sum(taxes.Select(t => t.Amount), currency);
        Require(shown == tax, "tax_mismatch", $"The taxes add up to {shown}, tax is {tax}.");
        Require(net + tax == total, "total_mismatch", $"Net {net} and tax {tax} make {net + tax}, total is {total}.");
        Require(total.Sign >= 0, "negative_total", $"The total is {total}; a document below zero is a credit note with a positive total.");
        var (withholding, retainer) = (AmountOrZero(_item, "withholding", currency), AmountOrZero(_item, "retainer", currency));
        var invoice = new Invoice(reference, type, isDraft, customer, date, currency, net, tax, total, [], SandboxAnswer.JsonBody(_item.WriteTo))
        {
            Withholding = withholding,
            Retainer = retainer,
            Corrects = Text(_item, "corrects"),
            ExchangeRate = ReadRate(),
        };
        CheckDue(invoice);
        var postings = new[] { new LedgerPosting("receivable:" + customer, invoice.AmountDue) }
            .Concat(withholding.Sign == 0 ? [] : [new LedgerPosting("withholding:" + customer, withholding)])
            .Concat(retainer.Sign == 0 ? [] : [new LedgerPosting("retainer:" + customer, retainer)])
            .Concat(lines.Select(l => new LedgerPosting("income:" + l.Account, -l.Net)))
            .Concat(taxes.Select(t => new LedgerPosting($"tax:{t.Code}:{t.Component}", -t.Amount)))
            .Select(p => invoice.Sign > 0 ? p : p with { Amount = -p.Amount });
        return invoice with { Postings = [.. postings] };
    }

    private void CheckDue(Invoice invoice)
    {
        Require(invoice.AmountDue.Sign >= 0, "negative_due", $"Withholding {invoice.Withholding} and retainer {invoice.Retainer} are more than the total of {invoice.Total}.");
        if (!_item.TryGetProperty("amount_due", out _)) return;
        var due = Amount(_item, "amount_due", invoice.Currency);
        Require(due == invoice.AmountDue, "due_mismatch", $"Total less withholding less retainer is {invoice.AmountDue}, amount_due is {due}.");
    }

    private void CheckLines(List<Line> lines, Money net, Money tax, Currency currency)
    {
        Require(lines.Count > 0, "no_lines", "The document has no lines.");
        var (nets, taxes, discounts) = (Money.Sum(lines.Select(l => l.Net), currency), Money.Sum(lines.Select(l => l.Tax), currency), Money.Sum(lines.Select(l => l.Discount), currency));
        Require(nets == net, "net_mismatch", $"The lines add up to {nets}, net is {net}.");
        Require(taxes == tax, "tax_mismatch", $"The lines' tax adds up to {taxes}, tax is {tax}.");
        if (lines.Find(l => !lines.All(o => o.IsExclusive) && !lines.All(o => o.IsInclusive) && !l.IsExclusive) is { } odd)
            Require(false, "line_net", $"lines[{odd.Number}].net is {odd.Net}; amount {odd.Amount} less discount {odd.Discount} is {odd.Amount - odd.Discount}, with tax {odd.Tax} on top of net or, on every line, in it.");
        if (!_item.TryGetProperty("discount", out _)) return;
        var discount = Amount(_item, "discount", currency);
        Require(discounts == discount, "discount_mismatch", $"The lines' discounts add up to {discounts}, discount is {discount}.");
    }

    /// <summary>A line. Its amount is before discounts; prices without tax leave amount less discount as net, prices with tax as net and tax.</summary>
    private sealed record Line(int Number, string Account, Money Amount, Money Discount, Money Net, Money Tax)
    {
        public bool IsExclusive => Amount - Discount == Net;
        public bool IsInclusive => Amount - Discount == Net + Tax;
    }

    private Line ReadLine(JsonElement line, int number, Currency currency)
    {
        var where = $"lines[{number}].";
        var zero = Money.Zero(currency);
        if (!Require(line.ValueKind == JsonValueKind.Object, "invalid_line", $"Line {number} is no object.")) return new(number, "", zero, zero, zero, zero);
        var (quantity, price) = (Number(line, "quantity", where), Number(line, "unit_price", where));
        var (amount, tax) = (Amount(line, "amount", currency, where), Amount(line, "tax", currency, where));
        Require(HasDecimals(quantity, QuantityDecimals), "wrong_decimals", $"{where}quantity is {NumberText.Canonical(quantity)}; at most {QuantityDecimals} decimals are kept.");
        var product = Money.Round((Rational)quantity * price, currency, RoundingMode.HalfUp);
        Require(product == amount, "line_amount", $"{where}amount is {amount}; quantity x unit_price, rounded half-up, is {product}.");
        var discount = AmountOrZero(line, "discount", currency, where);
        return new(number, Text(line, "account"), amount, discount, line.TryGetProperty("net", out _) ? Amount(line, "net", currency, where) : amount - discount, tax);
    }

    private List<(string Code, string Component, Money Amount)> ReadTaxes(Currency currency)
    {
        var taxes = new List<(string, string, Money)>();
        foreach (var (row, index) in List("taxes").Select((row, index) => (row, index)))
        {
            var where = $"taxes[{index + 1}].";
            if (!Require(row.ValueKind == JsonValueKind.Object, "invalid_tax", $"Tax {index + 1} is no object.")) return taxes;
            Require(Text(row, "tax_code").Length > 0, "invalid_tax", $"{where}tax_code is empty.");
            Require(Number(row, "rate", where) >= 0, "invalid_tax", $"{where}rate is below zero.");
            taxes.Add((Text(row, "tax_code"), Text(row, "component"), Amount(row, "amount", currency, where)));
        }

        return taxes;
    }

    private DateOnly ReadDates()
    {
        var (date, due) = (Text(_item, "date"), Text(_item, "due_date"));
        Require(SandboxRequest.TryDate(date, out var day), "invalid_date", $"date is '{date}'; allowed is a date such as 2026-10-31.");
        Require(due.Length == 0 || SandboxRequest.TryDate(due, out _), "invalid_date", $"due_date is '{due}'; allowed is a date such as 2026-11-30, or none.");
        return day;
    }

    private decimal? ReadRate()
    {
        if (!_item.TryGetProperty("exchange_rate", out _)) return null;
        var rate = Number(_item, "exchange_rate", "");
        Require(rate > 0, "invalid_rate", $"exchange_rate is {NumberText.Canonical(rate)}; allowed is a number above zero.");
        Require(HasDecimals(rate, RateDecimals), "wrong_decimals", $"exchange_rate is {NumberText.Canonical(rate)}; at most {RateDecimals} decimals are kept.");
        return rate;
    }

    private string OneOf(string field, string first, string second)
    {
        var value = Text(_item, field);
        Require(value == first || value == second, "invalid_" + field, $"{field} is '{value}'; allowed are {first} and {second}.");
        return value;
    }

    private IEnumerable<JsonElement> List(string field) =>
        _item.TryGetProperty(field, out var list) && list.ValueKind == JsonValueKind.Array ? list.EnumerateArray() : [];

    private Money Amount(JsonElement parent, string field, Currency currency, string where = "")
    {
        var value = Number(parent, field, where);
        Require(HasDecimals(value, currency.Decimals), "wrong_decimals", $"{where}{field} is {NumberText.Canonical(value)}; {currency} has {currency.Decimals} decimals.");
        return Money.Round(value, currency, RoundingMode.Down);
    }

    private Money AmountOrZero(JsonElement parent, string field, Currency currency, string where = "") =>
        parent.TryGetProperty(field, out _) ? Amount(parent, field, currency, where) : Money.Zero(currency);

    private decimal Number(JsonElement parent, string field, string where)
    {
        var text = Text(parent, field);
        Require(NumberText.TryParse(text, out var value), "invalid_number", $"{where}{field} is '{text}'; allowed is a number of at most {NumberText.WholeDigits} digits and {NumberText.FractionDigits} decimals.");
        return value;
    }

    private static bool HasDecimals(decimal value, int decimals) => ((Rational)value).Round(decimals, RoundingMode.Down) == value;

    private bool Require(bool holds, string code, string message)
    {
        if (!holds) _error ??= new ItemError(code, message);
        return holds;
    }
}
