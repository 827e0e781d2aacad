using System.Globalization;
using System.Text;
using BatchSync.Core.Amounts;

namespace BatchSync.Destinations.Journal;

/// <summary>
/// All that a ledger file of ours holds. The same entries and declarations always give the same bytes: entries by date, then
/// reference, then text; declarations by name.
/// </summary>
/// <param name="Accounts">Accounts declared beside those of the entries: what was once declared stays.</param>
/// <param name="Currencies">Currencies declared beside those of the entries.</param>
/// <param name="Dimensions">Tags of dimensions declared beside those of the entries.</param>
internal sealed record JournalBook(IReadOnlyList<JournalEntry> Entries, IReadOnlyCollection<string> Accounts, IReadOnlyCollection<Currency> Currencies, IReadOnlyCollection<string> Dimensions)
{
    /// <summary>The first line of a file that is ours, with the number of this format.</summary>
    public const string Header = "; Written by BatchSync (journal format 1). Do not edit: include this file from your own ledger.";

    /// <summary>Begins the line below that names the tags of dimensions, told apart by blanks; a file without dimensions has none.</summary>
    public const string DimensionsStart = "; dimensions: ";

    public static readonly IReadOnlyList<string> Tags = ["ref", "client", "type", "due", "net", "tax", "total", "rate", "text"];

    /// <summary>Tags that are declared where a transaction has them.</summary>
    public static readonly IReadOnlyList<string> RareTags = ["corrects", "deduction"];

    public static JournalBook Empty { get; } = new([], [], [], []);

    public string Render()
    {
        var text = new StringBuilder();
        var dimensions = Entries.SelectMany(e => e.Postings).SelectMany(p => p.Dimensions).Select(d => d.Name).Concat(Dimensions).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        text.Append(Header).Append('\n');
        if (dimensions.Count > 0) text.Append(DimensionsStart).AppendJoin(' ', dimensions).Append('\n');
        text.Append('\n');
        foreach (var currency in Entries.SelectMany(CurrenciesOf).Concat(Currencies).Distinct().OrderBy(c => c.Code, StringComparer.Ordinal))
        {
            text.Append(CultureInfo.InvariantCulture, $"commodity {currency}\n").Append(FormatOf(currency));
        }

        foreach (var tag in Tags.Concat(Entries.SelectMany(RareTagsOf).Concat(dimensions).Distinct().Order(StringComparer.Ordinal))) text.Append(CultureInfo.InvariantCulture, $"tag {tag}\n");
        foreach (var account in Entries.SelectMany(e => e.Postings).Select(p => p.Account).Concat(Accounts).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            text.Append(CultureInfo.InvariantCulture, $"account {account}\n");
        }

        foreach (var entry in Sorted()) text.Append('\n').Append(entry);
        return text.ToString();
    }

    /// <summary>
    /// How amounts of a currency are shown, as a line below its declaration. For a currency without decimals there is none: hledger
    /// wants a decimal sign that ledger refuses, and both show whole numbers as whole numbers.
    /// </summary>
    public static string FormatOf(Currency currency) =>
        currency.Decimals == 0 ? "" : $"    format 1000.{new string('0', currency.Decimals)} {currency}\n";

    private static IEnumerable<Currency> CurrenciesOf(JournalEntry entry)
    {
        foreach (var posting in entry.Postings) yield return posting.Amount.Currency;
        if (entry.Price is { } price) yield return price.Base;
    }

    private static IEnumerable<string> RareTagsOf(JournalEntry entry)
    {
        if (entry.Corrects.Length > 0) yield return "corrects";
        if (entry.Postings.Any(p => p.Deduction is not null)) yield return "deduction";
    }

    private IEnumerable<string> Sorted() =>
        Entries.Select(entry => (entry.Date, entry.Reference, Text: entry.Render()))
            .OrderBy(e => e.Date).ThenBy(e => e.Reference, StringComparer.Ordinal).ThenBy(e => e.Text, StringComparer.Ordinal)
            .Select(e => e.Text);
}
