using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using BatchSync.Core.Billing;

namespace BatchSync.Core.Posting;

/// <summary>
/// A hash of what a document does to the books: entity, client, currency, type, and per line account, tax code, net and taxes.
/// Texts, items and dates are not in it: a change of those alone is never a reason to post again.
/// </summary>
public static class DocumentContent
{
    /// <summary>64 hexadecimal digits.</summary>
    public static string Hash(Document document)
    {
        var text = new StringBuilder();
        Add(document.Identity.Key.Entity);
        Add(document.DestinationClient);
        Add(document.Currency.Code);
        Add(document.Type.ToString());
        foreach (var line in document.Lines)
        {
            Add(line.Account);
            Add(line.TaxCode.Code);
            Add(line.Net.MinorUnits.ToString(CultureInfo.InvariantCulture));
            foreach (var tax in line.Taxes) Add(tax.Amount.MinorUnits.ToString(CultureInfo.InvariantCulture));
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));

        void Add(string part) => text.Append(CultureInfo.InvariantCulture, $"{part.Length}:{part}");
    }
}
