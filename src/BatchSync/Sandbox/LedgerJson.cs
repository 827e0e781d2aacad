using System.Globalization;
using System.Text.Json;
using BatchSync.Core.Amounts;
using BatchSync.Core.Billing;

namespace BatchSync.Sandbox;

/// <summary>Documents and ledger as JSON. Amounts are numbers with the currency's decimals.</summary>
internal static class LedgerJson
{
    /// <summary><c>{"reference":"A","id":"doc-1","customer":"58","type":"invoice","currency":"USD","net":12.50,"tax":0.00,"total":12.50,"status":"draft"}</c></summary>
    public static void Write(Utf8JsonWriter writer, BookedDocument document)
    {
        var invoice = document.Invoice;
        writer.WriteStartObject();
        writer.WriteString("reference", invoice.Reference);
        writer.WriteString("id", document.Id);
        writer.WriteString("customer", invoice.Customer);
        writer.WriteString("type", invoice.Type == DocumentType.Invoice ? "invoice" : "credit_note");
        writer.WriteString("currency", invoice.Currency.Code);
        WriteAmounts(writer, invoice.Net, invoice.Tax, invoice.Total);
        writer.WriteString("status", document.StatusName);
        writer.WriteEndObject();
    }

    /// <summary>
    /// All that the books know of their documents, by reference and id: <c>{"documents":[{"reference":"A","id":"doc-1","status":"part_paid","customer":"58",
    /// "type":"invoice","date":"2026-10-31","currency":"EUR","net":100.00,"tax":19.00,"total":119.00,"withholding":20.00,"retainer":0.00,"amount_due":99.00,"paid":50.00,
    /// "corrects":"","exchange_rate":1.136,"base_total":135.18}]}</c>; <c>base_total</c> where the company has a base currency and the document a rate.
    /// </summary>
    public static void Write(Utf8JsonWriter writer, IEnumerable<BookedDocument> documents, Currency? baseCurrency)
    {
        writer.WriteStartObject();
        writer.WriteStartArray("documents");
        foreach (var document in documents.OrderBy(d => d.Invoice.Reference, StringComparer.Ordinal).ThenBy(d => new RowId(d.Id))) WriteWhole(writer, document, baseCurrency);
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    /// <summary>
    /// <c>{"final":{"totals":[...],"accounts":[...]},"draft":{...},"void":{...},"references":[{"reference":"A","count":1}]}</c>; <c>void</c> only where something is,
    /// <c>base_currency</c> and <c>base_total</c> of a customer only where its documents brought exchange rates.
    /// </summary>
    public static void Write(Utf8JsonWriter writer, LedgerTotals ledger)
    {
        writer.WriteStartObject();
        WriteSection(writer, "final", ledger.Final);
        WriteSection(writer, "draft", ledger.Draft);
        if (ledger.Void.Totals.Count > 0) WriteSection(writer, "void", ledger.Void);
        writer.WriteStartArray("references");
        foreach (var reference in ledger.References)
        {
            writer.WriteStartObject();
            writer.WriteString("reference", reference.Reference);
            writer.WriteNumber("count", reference.Count);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteWhole(Utf8JsonWriter writer, BookedDocument document, Currency? baseCurrency)
    {
        var invoice = document.Invoice;
        writer.WriteStartObject();
        writer.WriteString("reference", invoice.Reference);
        writer.WriteString("id", document.Id);
        writer.WriteString("status", document.StatusName);
        writer.WriteString("customer", invoice.Customer);
        writer.WriteString("type", invoice.Type == DocumentType.Invoice ? "invoice" : "credit_note");
        writer.WriteString("date", invoice.Date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        writer.WriteString("currency", invoice.Currency.Code);
        WriteAmounts(writer, invoice.Net, invoice.Tax, invoice.Total);
        WriteAmount(writer, "withholding", invoice.Withholding);
        WriteAmount(writer, "retainer", invoice.Retainer);
        WriteAmount(writer, "amount_due", invoice.AmountDue);
        WriteAmount(writer, "paid", document.Paid);
        writer.WriteString("corrects", invoice.Corrects);
        if (invoice.ExchangeRate is { } rate) writer.WriteNumber("exchange_rate", rate);
        WriteBase(writer, LedgerTotals.InBase(invoice, baseCurrency));
        writer.WriteEndObject();
    }

    private static void WriteBase(Utf8JsonWriter writer, Money? amount)
    {
        if (amount is not { } inBase) return;
        writer.WriteString("base_currency", inBase.Currency.Code);
        WriteAmount(writer, "base_total", inBase);
    }

    private static void WriteSection(Utf8JsonWriter writer, string name, LedgerSection section)
    {
        writer.WriteStartObject(name);
        writer.WriteStartArray("totals");
        foreach (var totals in section.Totals)
        {
            writer.WriteStartObject();
            writer.WriteString("customer", totals.Customer);
            writer.WriteString("currency", totals.Currency.Code);
            writer.WriteNumber("documents", totals.Documents);
            WriteAmounts(writer, totals.Net, totals.Tax, totals.Total);
            WriteBase(writer, totals.BaseTotal);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteStartArray("accounts");
        foreach (var account in section.Accounts)
        {
            writer.WriteStartObject();
            writer.WriteString("account", account.Account);
            writer.WriteString("currency", account.Balance.Currency.Code);
            WriteAmount(writer, "balance", account.Balance);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteAmounts(Utf8JsonWriter writer, Money net, Money tax, Money total)
    {
        WriteAmount(writer, "net", net);
        WriteAmount(writer, "tax", tax);
        WriteAmount(writer, "total", total);
    }

    private static void WriteAmount(Utf8JsonWriter writer, string name, Money amount)
    {
        writer.WritePropertyName(name);
        writer.WriteRawValue(amount.ToAmountString());
    }
}
