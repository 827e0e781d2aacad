using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using BatchSync.Core.Billing;
using BatchSync.Core.Mapping;

namespace BatchSync.Running;

/// <summary>A hash of the rules by which buckets are decided. While it stays, a record that is settled is not looked at again.</summary>
internal static class RulesHash
{
    /// <summary>The latest allowed date moves with the clock and is left out: records it refuses are rejected ones, which are always looked at again.</summary>
    public static string Of(MappingRules mapping, BillingRules rules)
    {
        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"1|{mapping.ContentHash}|{rules.BillFrom:yyyy-MM-dd}|{rules.Every}|{rules.CloseAfter}|{rules.DocumentDateIsClose}|{rules.ApprovalRequired}|{rules.HoursPerEntry}|{rules.DatesFrom:yyyy-MM-dd}");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 16));
    }
}
