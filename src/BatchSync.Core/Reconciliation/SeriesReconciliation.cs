using BatchSync.Core.Billing;
using BatchSync.Core.Diagnostics;
using BatchSync.Core.Sources;

namespace BatchSync.Core.Reconciliation;

/// <summary>What holds over all periods of a series: each stream's own total, the records, and their buckets.</summary>
public static class SeriesReconciliation
{
    /// <summary>The rows of the whole series.</summary>
    /// <exception cref="InvariantException">A record is in no bucket: a defect, and nothing may be believed until it is mended.</exception>
    public static IReadOnlyList<ReconciliationRow> Rows(SeriesTotals totals, IReadOnlyList<SourceCount> sources)
    {
        foreach (var records in totals.Records)
        {
            var buckets = totals.Buckets.FirstOrDefault(b => b.Stream == records.Stream);
            Invariant.Holds(buckets == records, $"Every record of {records.Stream.Name()} is in exactly one bucket: {records.Records} records of {records.Seconds} s, {buckets?.Records ?? 0} in buckets of {buckets?.Seconds ?? 0} s.");
        }

        return [.. sources.Where(s => s.Stream.IsBilled()).OrderBy(s => s.Stream).SelectMany(SourceRows), .. totals.Records.SelectMany(RecordRows)];
    }

    /// <summary>The streams whose stated total is not what was read.</summary>
    public static IEnumerable<Difference> Differences(IEnumerable<SourceCount> sources) =>
        from source in sources
        where !source.IsWhole
        let expected = FormattableString.Invariant($"{source.Stated} records stated by the source")
        let actual = FormattableString.Invariant($"{source.Read + source.LeftOut} records read")
        select new Difference(
            DifferenceCodes.SourceCount, source.Stream.Name(), null, "", "", expected, actual, null,
            "Rows were added, removed or withheld while the pages were read. Run again; if it stays, compare the access rights of the API user with the source's own report. While rows are missing, every run reads the stream again from where the last whole reading ended.");

    private static IEnumerable<ReconciliationRow> SourceRows(SourceCount source)
    {
        yield return Row(ReconciliationStep.Source, source.Stated is null ? $"{source.Stream.Name()}: no independent source total" : $"{source.Stream.Name()} stated in the last reading", source.Stated, null);
        yield return Row(ReconciliationStep.Source, $"{source.Stream.Name()} read in the last reading", source.Read, null);
        if (source.LeftOut > 0) yield return Row(ReconciliationStep.Source, $"{source.Stream.Name()}: rows of the reading that are no such record", source.LeftOut, null);
    }

    private static IEnumerable<ReconciliationRow> RecordRows(StreamTotal total)
    {
        var seconds = total.Stream == StreamKind.TimeEntries ? total.Seconds : (long?)null;
        yield return Row(ReconciliationStep.Records, $"{total.Stream.Name()}, all versions", total.Records, seconds);
        yield return Row(ReconciliationStep.Records, $"{total.Stream.Name()}, in all buckets", total.Records, seconds);
    }

    private static ReconciliationRow Row(ReconciliationStep step, string item, long? records, long? seconds) =>
        new(null, Purposes.Revenue, "", "", "", step, item, records, seconds, null);
}
