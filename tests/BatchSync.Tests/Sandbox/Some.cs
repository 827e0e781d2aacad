using System.Globalization;

namespace BatchSync.Tests.Sandbox;

/// <summary>Bodies for the accounting API; what a test sets is what matters to it.</summary>
internal static class Some
{
    public static string Bulk(params string[] items) => $$"""{"invoices":[{{string.Join(',', items)}}]}""";

    /// <summary>An invoice of one line of one hour, taxed with 8 %.</summary>
    public static string Invoice(string reference, string net = "100.00", string tax = "8.00", string customer = "58", string currency = "USD", string type = "invoice", string status = "draft")
    {
        var total = (decimal.Parse(net, CultureInfo.InvariantCulture) + decimal.Parse(tax, CultureInfo.InvariantCulture)).ToString(CultureInfo.InvariantCulture);
        return $$"""
            {"reference":"{{reference}}","type":"{{type}}","status":"{{status}}","customer":"{{customer}}","date":"2026-10-31","due_date":"2026-11-30","currency":"{{currency}}",
             "lines":[{"description":"Development – October","quantity":"1","unit_price":"{{net}}","account":"4000","item":"12","tax_code":"TAX","amount":"{{net}}","tax":"{{tax}}"}],
             "taxes":[{"tax_code":"TAX","component":"state","rate":"0.08","amount":"{{tax}}"}],"net":"{{net}}","tax":"{{tax}}","total":"{{total}}"}
            """;
    }

    /// <summary>Rows of one stream with ids from 1, each dated and changed on its id's day of October 2026.</summary>
    public static string Rows(string stream, int count) =>
        $$"""{"{{stream}}":[{{string.Join(',', Enumerable.Range(1, count).Select(i => Row(i)))}}]}""";

    public static string Row(int id, string hours = "1.25") =>
        FormattableString.Invariant($$"""{"id":{{id}},"spent_date":"2026-10-{{(id - 1) % 31 + 1:00}}","hours":{{hours}},"updated_at":"2026-10-{{(id - 1) % 31 + 1:00}}T12:00:00Z"}""");
}
