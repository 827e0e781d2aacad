using System.Globalization;
using BatchSync.Core.Amounts;
using BatchSync.Core.Mapping;

namespace BatchSync.Core.Billing;

/// <summary>
/// What makes two records one line: grouping keys, type, unit price by value and tax code, and also account, item and
/// dimensions, since a line is booked to one of each. An expense is a line of its own. The order is that of the lines on a document.
/// </summary>
internal sealed record LineIdentity(IReadOnlyList<string> Group, string Type, decimal? Price, string TaxCode, string Account, string Item, string Dimensions, string Expense)
{
    public static LineIdentity Of(AssessedRecord record, IReadOnlyList<GroupKey> groupBy)
    {
        var (facts, pricing) = (record.Assessment.Facts, record.Assessment.Pricing!);
        return new LineIdentity(
            [.. groupBy.Select(key => Part(key, facts, record.Assessment.Date!.Value))],
            facts.Type,
            pricing.UnitPrice?.Amount,
            pricing.TaxCode.Code,
            pricing.Account,
            pricing.Item,
            pricing.Dimensions.ToString(),
            facts.Type == RecordFacts.Expense ? record.Record.Id : "");
    }

    /// <summary>The value of a grouping key; empty where the record has none.</summary>
    public static string Part(GroupKey key, RecordFacts facts, DateOnly date) => key switch
    {
        GroupKey.Project => facts.Project,
        GroupKey.Task => facts.Task,
        GroupKey.Person => facts.Person,
        GroupKey.Category => facts.Category,
        GroupKey.Date => date.ToString("O", CultureInfo.InvariantCulture),
        GroupKey.PurchaseOrder => facts.PurchaseOrder,
        _ => throw new ArgumentOutOfRangeException(nameof(key), key, "Lines are grouped by project, task, person, category, date or purchase order."),
    };

    /// <summary>One text for the identity, prices by value (120 is 120.00), parts told apart by their length.</summary>
    public string Text() => string.Concat(
        Group.Concat([Type, Price is { } price ? NumberText.Canonical(price) : "", TaxCode, Account, Item, Dimensions, Expense])
            .Select(part => $"{part.Length.ToString(CultureInfo.InvariantCulture)}:{part}"));
}
