using System.Buffers;
using System.Globalization;
using System.Text.Json;
using BatchSync.Storage;

namespace BatchSync.Reports;

/// <summary>Events of the audit trail as lines of text.</summary>
internal static class AuditText
{
    private static readonly SearchValues<char> Quoted = SearchValues.Create(",\"\r\n");

    private static readonly JsonSerializerOptions Shape = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    public const string Header = "event,at,author_kind,author,run,action,subject,reason,previous_hash,hash";

    /// <summary>A line of RFC 4180 without its end. Text that a spreadsheet would run as a formula is neutralised, so that hashes are recomputed from <see cref="Json"/> only.</summary>
    public static string Csv(AuditEvent e) => string.Join(
        ',',
        Number(e.EventNo), Cell(e.At), Cell(e.Entry.AuthorKind), Cell(e.Entry.Author), Number(e.Entry.RunNo), Cell(e.Entry.Action), Cell(e.Entry.Subject), Cell(e.Entry.Reason), Cell(e.PreviousHash), Cell(e.Hash));

    /// <summary>An object on one line, every text exactly as it was hashed.</summary>
    public static string Json(AuditEvent e) => JsonSerializer.Serialize(
        new { Event = e.EventNo, e.At, e.Entry.AuthorKind, e.Entry.Author, Run = e.Entry.RunNo, e.Entry.Action, e.Entry.Subject, e.Entry.Reason, e.PreviousHash, e.Hash }, Shape);

    private static string Number(long? value) => value?.ToString(CultureInfo.InvariantCulture) ?? "";

    private static string Cell(string text)
    {
        var safe = FormulaText.Neutralise(text);
        return safe.AsSpan().ContainsAny(Quoted) ? $"\"{safe.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : safe;
    }
}
