using BatchSync.Core.Billing;
using BatchSync.Core.Posting;
using BatchSync.Core.Sources;

namespace BatchSync.Storage;

/// <summary>How a document came to its destination.</summary>
/// <param name="FormedAt">When it was stored; nothing had been sent by then.</param>
/// <param name="Attempts">The oldest first; also those of a document that had its reference before it.</param>
/// <param name="ChangedAt">When the state last changed.</param>
/// <param name="Misses">Look-ups that have missed in a row.</param>
internal sealed record PostingHistory(DateTimeOffset FormedAt, IReadOnlyList<AttemptRow> Attempts, OutboxState State, DateTimeOffset ChangedAt, string DestinationId, string Message, int Misses);

/// <param name="EndedAt">Null where the answer was never stored.</param>
/// <param name="Outcome">In words; empty where the answer was never stored.</param>
internal sealed record AttemptRow(long AttemptNo, long RunNo, string Destination, string Action, string IdempotencyKey, DateTimeOffset StartedAt, DateTimeOffset? EndedAt, string Outcome, string Message);

/// <summary>A record and the series that it was read for.</summary>
internal sealed record RecordOfSeries(string Series, RecordName Name);

internal sealed record SeriesOfJob(string Series, string Job);

/// <summary>A version of a record, and the page that brought it.</summary>
/// <param name="Bucket">Null where it has none yet, as records that are not billed.</param>
/// <param name="Page">Null where the page is not kept any more.</param>
internal sealed record RecordReading(StoredRecord Stored, bool IsCurrent, BucketOfRecord? Bucket, PageOfRecord? Page);

/// <param name="Fault">Of a rejection: the field, its value and the rule.</param>
/// <param name="Key">The document that it belongs to; null where client, date or currency are not known.</param>
/// <param name="Date">Its local date; null where it has none that can be read.</param>
internal sealed record BucketOfRecord(Bucket Bucket, FieldFault? Fault, DocumentKey? Key, DateOnly? Date, string RulesHash);

/// <param name="Location">As the source calls it: an address, or a file.</param>
/// <param name="Number">Within its page set, from 1.</param>
/// <param name="RunNo">The run that began to read the page set.</param>
internal sealed record PageOfRecord(string Location, long Number, long RunNo, DateTimeOffset ReceivedAt);
