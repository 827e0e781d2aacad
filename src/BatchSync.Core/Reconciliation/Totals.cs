using BatchSync.Core.Amounts;
using BatchSync.Core.Billing;
using BatchSync.Core.Posting;
using BatchSync.Core.Sources;

namespace BatchSync.Core.Reconciliation;

/// <summary>Counts of a whole series, each taken by itself: records against buckets.</summary>
public sealed record SeriesTotals(IReadOnlyList<StreamTotal> Records, IReadOnlyList<StreamTotal> Buckets);

public sealed record StreamTotal(StreamKind Stream, long Records, long Seconds);

/// <summary>All sums that the reconciliation of a period needs. Credit notes count negative.</summary>
public sealed record PeriodTotals(
    IReadOnlyList<BucketTotal> Buckets, IReadOnlyList<BilledTotal> Billed, IReadOnlyList<LineTotal> Lines, IReadOnlyList<DocumentTotal> Documents)
{
    /// <summary>Records (<c>time_entries/17</c>) that more than one document line holds: billed twice.</summary>
    public IReadOnlyList<string> RecordsOnSeveralDocuments { get; init; } = [];

    /// <summary>Document lines whose records' shares do not add up to the line's net, tax and seconds: none, unless BatchSync is wrong.</summary>
    public long UnsharedLines { get; init; }
}

/// <param name="Amounts">Sum of the source's expense amounts by their currency; for time empty.</param>
public sealed record BucketTotal(StreamKind Stream, string Entity, string Client, string Currency, Bucket Bucket, long Records, long Seconds, IReadOnlyDictionary<string, Rational> Amounts)
{
    /// <summary>Of time.</summary>
    public static IReadOnlyDictionary<string, Rational> NoAmounts { get; } = new Dictionary<string, Rational>();

    /// <summary>Both together; who they are of is taken from the first.</summary>
    public static BucketTotal operator +(BucketTotal first, BucketTotal second) => first with
    {
        Records = first.Records + second.Records,
        Seconds = first.Seconds + second.Seconds,
        Amounts = first.Amounts.Count == 0 ? second.Amounts
            : second.Amounts.Count == 0 ? first.Amounts
            : first.Amounts.Concat(second.Amounts).AggregateBy(a => a.Key, Rational.Zero, (sum, a) => sum + a.Value, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal),
    };
}

/// <param name="SourceSeconds">Of the versions that were posted.</param>
public sealed record BilledTotal(StreamKind Stream, string Entity, string Client, string Currency, long Records, long SourceSeconds, long BilledSeconds)
{
    /// <inheritdoc cref="BucketTotal.op_Addition"/>
    public static BilledTotal operator +(BilledTotal first, BilledTotal second) => first with
    {
        Records = first.Records + second.Records,
        SourceSeconds = first.SourceSeconds + second.SourceSeconds,
        BilledSeconds = first.BilledSeconds + second.BilledSeconds,
    };
}

public sealed record LineTotal(string Entity, string Client, string Currency, string Type, long Lines, Money Net, Money Tax, Rational Variance)
{
    /// <summary>Seconds that the lines charge: those billed, times the billable part of each; 0 for expenses.</summary>
    public Rational ChargedSeconds { get; init; }

    /// <summary>Quantity x unit price, before discounts; gross where prices include the tax.</summary>
    public required Money Amount { get; init; }
    public required Money LineDiscount { get; init; }
    public required Money DocumentDiscount { get; init; }

    /// <inheritdoc cref="BucketTotal.op_Addition"/>
    public static LineTotal operator +(LineTotal first, LineTotal second) => first with
    {
        Lines = first.Lines + second.Lines,
        Net = first.Net + second.Net,
        Tax = first.Tax + second.Tax,
        Variance = first.Variance + second.Variance,
        ChargedSeconds = first.ChargedSeconds + second.ChargedSeconds,
        Amount = first.Amount + second.Amount,
        LineDiscount = first.LineDiscount + second.LineDiscount,
        DocumentDiscount = first.DocumentDiscount + second.DocumentDiscount,
    };
}

public sealed record DocumentTotal(string Entity, string Client, string Currency, OutboxState State, long Documents, Money Net, Money Tax, Money Total)
{
    public required Money Withholding { get; init; }
    public required Money Retainer { get; init; }

    /// <summary>Null where the documents were not valued.</summary>
    public ValuedTotal? Base { get; init; }
}

/// <summary>Documents in the base currency of their entity.</summary>
/// <param name="RoundingDifference">The total less the base amounts of all lines.</param>
public sealed record ValuedTotal(Money Total, Money RoundingDifference);

/// <summary>What the destination itself says that it holds of a period's documents. Credit notes count negative.</summary>
public sealed record ReadBackTotal(string Entity, string Client, string Currency, long Documents, Money Net, Money Tax, Money Total);

/// <summary>Of one stream the newest reading that ended.</summary>
/// <param name="Stated">What the source said the set holds; null where it says nothing.</param>
/// <param name="Read">Different records read.</param>
/// <param name="LeftOut">Rows that belong to another stream.</param>
public sealed record SourceCount(StreamKind Stream, long? Stated, long Read, long LeftOut)
{
    /// <summary>Whether as many rows were read as the source stated; a source that states nothing contradicts nothing.</summary>
    public bool IsWhole => Stated is null || Stated == Read + LeftOut;
}
