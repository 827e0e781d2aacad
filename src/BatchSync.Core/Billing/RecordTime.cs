using System.Globalization;
using BatchSync.Core.Diagnostics;
using BatchSync.Core.Mapping;
using BatchSync.Core.Time;

namespace BatchSync.Core.Billing;

/// <summary>A time record as rounding needs to know it.</summary>
public static class RecordTime
{
    /// <param name="record">A time entry with a key and a price.</param>
    /// <param name="mapping">By whose grouping keys lines are told apart.</param>
    /// <param name="postedSeconds">What posted documents bill for it; null: it is to be billed.</param>
    public static TimedEntry Entry(AssessedRecord record, MappingRules mapping, long? postedSeconds)
    {
        Invariant.Holds(record.Assessment is { Key: not null, Pricing: not null }, "Time is rounded of records that have a key and a price.");
        return Entry(record, LineIdentity.Of(record, mapping.Lines.GroupBy).Text(), postedSeconds);
    }

    internal static TimedEntry Entry(AssessedRecord record, string lineKey, long? postedSeconds)
    {
        var facts = record.Assessment.Facts;
        var day = string.Join('\u001f', facts.Client, facts.Project, facts.Task, facts.Person, record.Assessment.Date!.Value.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        return new TimedEntry(record.Record.Id, day, $"{record.Assessment.Key} {lineKey}", record.Record.Seconds!.Value, postedSeconds);
    }
}
