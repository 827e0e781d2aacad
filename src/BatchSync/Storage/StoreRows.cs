using System.IO.Compression;
using System.Security.Cryptography;
using BatchSync.Core.Amounts;
using BatchSync.Core.Billing;
using BatchSync.Core.Fx;
using BatchSync.Core.Posting;
using BatchSync.Core.Reconciliation;
using BatchSync.Core.Sources;
using BatchSync.Core.Time;

namespace BatchSync.Storage;

/// <summary>The right to write for one job's series until it ends or somebody else takes it.</summary>
/// <param name="Name">The series.</param>
/// <param name="Token">Grows with every holder; a write with an older token is refused.</param>
internal sealed record Lease(string Name, long Token, DateTimeOffset ExpiresAt)
{
    /// <summary>The part of the series' work that it is for, which its holder does for the run that holds the series; null: it is that run's own.</summary>
    public PartitionGrant? Partition { get; init; }
}

/// <summary>The right to post for one destination of a run.</summary>
/// <param name="Name">The destination, as the job lists it.</param>
/// <param name="Token">Grows with every holder of the same partition of the series.</param>
internal sealed record PartitionGrant(string Name, long Token);

internal sealed record LeaseRow(string Name, string Owner, DateTimeOffset ExpiresAt);

/// <summary>Somebody else took the lease: this run must not write any more. Nothing is lost; the other run goes on from what is stored.</summary>
internal sealed class LeaseLostException(string series)
    : Exception($"Another run took over series '{series}': this one stops here. What it committed stands, and the other run continues from it.");

/// <summary>The store itself cannot be used; the message says why and what to do.</summary>
internal sealed class StoreException(string message, Exception? inner = null) : Exception(message, inner);

internal enum RunKind
{
    Run,

    /// <summary>Reads and shows, posts nothing.</summary>
    Plan,

    /// <summary>Takes documents off the books as a person asked.</summary>
    Unpost,

    /// <summary>Lets records that were taken off the books be billed again.</summary>
    Release,

    /// <summary>Has documents that were refused formed anew.</summary>
    Retry,

    /// <summary>Keeps the records of documents that were refused off the books.</summary>
    Discard,

    /// <summary>Lets documents stand that a destination has and the store does not know.</summary>
    Adopt,
}

internal enum RunStatus
{
    Running,
    Succeeded,

    /// <summary>Done, with rejections or differences.</summary>
    Differences,
    Failed,
    Cancelled,

    /// <summary>Its process ended without a word; the next run continues.</summary>
    Abandoned,
}

/// <param name="Files">The configuration used, kept by content.</param>
internal sealed record RunStart(RunKind Kind, string Job, string Series, string Host, DateTimeOffset AsOf, DateOnly? From, DateOnly? To, IReadOnlyList<Configuration.ConfigurationFile> Files);

internal sealed record RunStep(string Step, DateTimeOffset StartedAt, DateTimeOffset EndedAt, string Message);

internal sealed record RunRow(
    long RunNo, RunKind Kind, string Job, string Series, string Host, DateTimeOffset AsOf, DateOnly? From, DateOnly? To,
    DateTimeOffset StartedAt, DateTimeOffset? EndedAt, RunStatus Status, int? ExitCode, string Message)
{
    /// <summary>The scheduled date that it was made for; null: somebody called it.</summary>
    public DateOnly? Occurrence { get; init; }
}

internal sealed record TenantRow(string Series, string Destination, string Connector, string Tenant, string Environment);

/// <param name="UpperBound">To where the watermark moves when the set ends: taken before its first page.</param>
internal sealed record PageSetStart(
    string Series, StreamKind Stream, long RunNo, DateTimeOffset? ModifiedSince, DateOnly? FromDate, DateOnly? ToDate, DateTimeOffset UpperBound)
{
    public PageSetPurpose Purpose { get; init; }
}

/// <summary>Why a page set of a stream is read.</summary>
internal enum PageSetPurpose
{
    /// <summary>For its records, as every run does.</summary>
    Records,

    /// <summary>A window of service dates, to see what is missing in it.</summary>
    Window,

    /// <summary>The source's own list of deleted records; it has a watermark of its own.</summary>
    Deletions,

    /// <summary>Nothing is read: the page says which records are gone because they were missing, and why that is believed.</summary>
    Absence,
}

/// <summary>A reading that ended, with what the source stated and what was read.</summary>
internal sealed record CompleteReading(long PageSetNo, SourceCount Count);

/// <summary>A record of a window that a complete reading of the window did not show.</summary>
/// <param name="MissedBefore">Whether the complete reading of an earlier run missed it too, and none has shown it since.</param>
internal sealed record MissingRecord(SourceRecord Record, bool MissedBefore);

/// <param name="Cursor">From where reading goes on; null: from the start.</param>
/// <param name="Pages">Pages staged so far.</param>
internal sealed record PageSet(long PageSetNo, PageSetStart Start, string? Cursor, int Pages);

/// <summary>A page as it is staged. What is made of its bytes and records is made before the store is held for it.</summary>
/// <param name="Cursor">Where the page after this one is; null where the set cannot be resumed.</param>
internal sealed record StagedPage(
    PackedPage Body, string Location, IReadOnlyList<HashedRecord> Records, string? Cursor, bool IsLast, long? StatedTotal, int LeftOut);

/// <summary>The bytes of a page as they are kept: compressed by Brotli, and known by their hash.</summary>
internal sealed class PackedPage
{
    public PackedPage(ReadOnlyMemory<byte> body)
    {
        Length = body.Length;
        Hash = Convert.ToHexStringLower(SHA256.HashData(body.Span));
        using var target = new MemoryStream();
        using (var brotli = new BrotliStream(target, CompressionLevel.Fastest, leaveOpen: true)) brotli.Write(body.Span);
        Packed = target.ToArray();
    }

    /// <summary>Bytes before they were packed.</summary>
    public int Length { get; }

    /// <summary>SHA-256 of the bytes before they were packed, in hexadecimal digits.</summary>
    public string Hash { get; }

    public byte[] Packed { get; }

    public static byte[] Unpack(byte[] packed)
    {
        using var brotli = new BrotliStream(new MemoryStream(packed), CompressionMode.Decompress);
        using var target = new MemoryStream();
        brotli.CopyTo(target);
        return target.ToArray();
    }
}

/// <param name="Hash">See <see cref="RecordContent"/>.</param>
internal sealed record HashedRecord(SourceRecord Record, string Hash)
{
    public static HashedRecord Of(SourceRecord record) => new(record, RecordContent.Hash(record));

    public static IReadOnlyList<HashedRecord> Of(IReadOnlyList<SourceRecord> records) => [.. records.Select(Of)];
}

internal readonly record struct StageCounts(int Added, int Changed, int Unchanged)
{
    public static StageCounts operator +(StageCounts a, StageCounts b) => new(a.Added + b.Added, a.Changed + b.Changed, a.Unchanged + b.Unchanged);
}

internal sealed record WatermarkRow(string Series, string Stream, DateTimeOffset ModifiedThrough);

/// <param name="Bucket">Null where it has none yet.</param>
internal sealed record StoredRecord(long RecordNo, int Version, SourceRecord Record, Bucket? Bucket, string? RulesHash)
{
    public RecordName Name => new(Record.Stream, Record.Id);

    /// <summary>Whether documents hold this record, in any version; known only where records are listed to be assessed.</summary>
    public bool IsPosted { get; init; }

    /// <summary>Whether a document has ever held it.</summary>
    public bool WasPosted { get; init; }

    /// <summary>Whether a person took it off the books and has not released it since; known only where records are listed to be assessed.</summary>
    public bool IsUnposted { get; init; }
}

/// <summary>A record's bucket as the rules found it, with what reports and grouping need of it.</summary>
internal sealed record BucketRow(long RecordNo, string Series, Assessment Assessment, Bucket Bucket, string RulesHash)
{
    /// <summary>Whether the record is known to have had no bucket yet.</summary>
    public bool IsFirst { get; init; }
}

/// <summary>
/// What documents hold for a record against what it should be; zero on both sides of the gap removes the row. Amounts are minor
/// units with the sign of the books (credit notes negative).
/// </summary>
/// <param name="DocumentNo">The first document that holds it.</param>
/// <param name="Correct">Where the record belongs now, in words.</param>
internal sealed record RecordVariance(
    string Series, StreamKind Stream, string SourceId, int Version, string RulesHash, long DocumentNo,
    Money PostedNet, Money PostedTax, string Correct, Money CorrectNet, Money CorrectTax, string Reason)
{
    /// <summary>Why the job's policy does not post it; empty where the policy is to report, or before it was asked.</summary>
    public string Hold { get; init; } = "";

    public RecordName Record => new(Stream, SourceId);

    public bool IsOpen => CorrectNet.Currency != PostedNet.Currency || CorrectNet != PostedNet || CorrectTax != PostedTax || Correct.Length > 0;
}

/// <param name="Record">The version that was posted.</param>
/// <param name="Net">Signed as in the books: negative on a credit note.</param>
internal sealed record PostedShare(long DocumentNo, string Reference, DocumentKey Key, StoredRecord Record, long BilledSeconds, Money Net, Money Tax, string Account, string InputsHash, DateOnly DocumentDate)
{
    /// <summary>What it holds of the document's discount, signed as in the books.</summary>
    public required Money DocumentDiscount { get; init; }
}

/// <summary>A document that was formed and is to be stored.</summary>
internal sealed record NewDocument(DocumentEntry Entry, Document Document);

/// <summary>What the store is told of a document beside its content.</summary>
/// <param name="Destination">As the job lists it.</param>
internal sealed record DocumentEntry(long RunNo, string Destination, string ContentHash)
{
    public OutboxState State { get; init; } = OutboxState.Ready;

    /// <summary>The document that must be at the destination before this one is sent; null: none.</summary>
    public long? After { get; init; }
}

/// <param name="Expected">What the destination must say when it is asked for the document, before the form in which it takes it.</param>
/// <param name="Lines">How many lines the document has.</param>
internal sealed record OutboxRow(
    long DocumentNo, ExpectedDocument Expected, int Lines, OutboxState State, int Attempts, string IdempotencyKey, DateTimeOffset? SendBy,
    int Misses, DateTimeOffset? MissedAt, string DestinationId, string Message)
{
    public required DocumentPurpose Purpose { get; init; }

    /// <summary>Reference of the document that this one takes back or adjusts; empty: none.</summary>
    public string Corrects { get; init; } = "";

    public string Reference => Expected.Reference;
    public DocumentKey Key => Expected.Key;
}

/// <summary>Some rows of documents at a time: a firm's first run has a hundred thousand.</summary>
/// <param name="After">Number of the last document of the portion before it; 0: the first portion.</param>
internal readonly record struct DocumentPortion(long After, int AtMost);

/// <param name="SendWithin">How long after its commit the call may still go out, by the clock of the store.</param>
internal sealed record AttemptStart(long RunNo, string Destination, string Action, string IdempotencyKey, TimeSpan SendWithin)
{
    /// <summary>What its documents are while the call is out.</summary>
    public OutboxState Marks { get; init; } = OutboxState.Sending;
}

/// <summary>An attempt whose call may go out: it was written in the store's turn and not while it was waited for.</summary>
/// <param name="Begun">The time stamp of this host when it was written.</param>
/// <param name="SendBy">The latest at which its call may go out, by the clock of this host.</param>
internal sealed record BegunAttempt(long AttemptNo, long Begun, DateTimeOffset SendBy);

/// <param name="Outcome">In words, for the history of attempts.</param>
/// <param name="DestinationId">Null: as it was.</param>
/// <param name="Misses">Look-ups that have missed in a row.</param>
internal sealed record OutboxChange(long DocumentNo, string Reference, OutboxState State, string Outcome, string Message, string? DestinationId = null, int Misses = 0, DateTimeOffset? MissedAt = null);

internal sealed record DocumentRow(
    long DocumentNo, string Reference, DocumentKey Key, DocumentPurpose Purpose, int Revision, DocumentType Type, DateOnly Date, string Destination, string DestinationClient,
    Money Net, Money Tax, Money Total, OutboxState State, string DestinationId, string Message)
{
    public string Series { get; init; } = "";

    /// <summary>Reference of the document that this one takes back or adjusts; empty: none.</summary>
    public string Corrects { get; init; } = "";

    /// <summary>The run that formed it.</summary>
    public long RunNo { get; init; }

    /// <summary>The mapping that made it, by its content.</summary>
    public string MappingHash { get; init; } = "";
    public string ContentHash { get; init; } = "";

    /// <summary>The document that must be at its destination before this one is sent; null: none.</summary>
    public long? After { get; init; }

    public bool TakesBack => Purpose is DocumentPurpose.Credit or DocumentPurpose.Withdrawal;

    public required Money Withholding { get; init; }
    public required Money Retainer { get; init; }

    /// <summary>Null: in the entity's base currency, or without rates.</summary>
    public required Valuation? Valuation { get; init; }

    /// <summary>What the destination must say when it is asked for the document, before the form in which it takes it.</summary>
    public ExpectedDocument Expected => new(Reference, Key, DestinationClient, Type, Net, Tax, Total, Withholding, Retainer);
}

internal sealed record VarianceRow(RecordVariance Variance, string Reference, DocumentKey Key);

internal sealed record StoredDifference(long DifferenceNo, string Job, JudgedDifference Judged);

internal sealed record RejectionCount(Bucket Bucket, long Records);

/// <summary>What documents of a key have used up of what is limited.</summary>
/// <param name="Discount">What document discounts took off, credits counted back.</param>
/// <param name="Retainer">What all documents of the client and currency drew from the retainer, credits counted back.</param>
/// <param name="TimeByProject">Net of time by project, over all documents of the entity, client, currency and period.</param>
internal sealed record UsedUp(Money Discount, Money Retainer, IReadOnlyDictionary<string, Money> TimeByProject);

/// <summary>A record, as commands name it: <c>time_entries/17</c>.</summary>
internal readonly record struct RecordName(StreamKind Stream, string SourceId)
{
    public override string ToString() => $"{Stream.Name()}/{SourceId}";
}

/// <summary>A plan that a person let through.</summary>
/// <param name="PlanHash">Of its content.</param>
internal sealed record PlanApproval(string PlanHash, string Series, string Author, string Reason, DateTimeOffset At);

/// <summary>A record that a person keeps off the books until it is released.</summary>
internal sealed record UnpostedRecord(RecordName Record, string Author, string Reason, DateTimeOffset At);
