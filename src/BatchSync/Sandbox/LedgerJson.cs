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
        writer.WriteString("status", document.IsFinal ? "final" : "draft");
        writer.WriteEndObject();
    }

    /// <summary><c>{"final":{"totals":[...],"accounts":[...]},"draft":{...},"references":[{"reference":"A","count":1}]}</c></summary>
    public static void Write(Utf8JsonWriter writer, LedgerTotals ledger)
    {
        writer.WriteStartObject();
        WriteSection(writer, "final", ledger.Final);
        WriteSection(writer, "draft", ledger.Draft);
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
