using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace BatchSync.Storage;

/// <summary>Something that the audit trail is told of. Never a payload: a subject names things, by hash where their content matters.</summary>
/// <param name="AuthorKind">One of <see cref="AuthorKinds"/>.</param>
/// <param name="Author">The person, or the job whose run did it.</param>
/// <param name="RunNo">The run that did it; of a person's act null, unless it is about one run.</param>
/// <param name="Reason">As the person gave it; empty where none was asked for.</param>
internal sealed record AuditEntry(string AuthorKind, string Author, long? RunNo, string Action, string Subject, string Reason)
{
    public static AuditEntry OfPerson(string author, string action, string subject, string reason = "") => new(AuthorKinds.Person, author, null, action, subject, reason);
}

/// <summary>Who may have done something.</summary>
internal static class AuthorKinds
{
    public const string Person = "person";
    public const string Run = "run";
}

/// <summary>An event of the trail as it is stored.</summary>
/// <param name="At">An instant in UTC, as text: a chain is verified over what stands there, readable or not.</param>
internal sealed record AuditEvent(long EventNo, string At, AuditEntry Entry, string PreviousHash, string Hash);

/// <summary>Where the trail stands.</summary>
/// <param name="Hash">Of the newest event; of none the chain's beginning.</param>
internal sealed record AuditHead(long Events, string Hash);

/// <summary>
/// The hash chain of the audit trail. An event's hash covers the hash before it and all its fields but the number, each told apart by its
/// length, so that no event can be changed, taken out or put in without breaking every hash after it.
/// </summary>
internal static class AuditChain
{
    /// <summary>What the first event names as the hash before it.</summary>
    public const string Beginning = "0000000000000000000000000000000000000000000000000000000000000000";

    /// <summary>The action of the event that ends a migration which chained events of before. Its subject is <c>events 1 to N</c>.</summary>
    public const string ChainedLate = "chain audit trail";

    /// <summary>64 hexadecimal digits: SHA-256 over each field as its length in UTF-8 bytes, a colon and its text; no run is an empty field.</summary>
    public static string Hash(string previousHash, string at, AuditEntry entry)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var field in (ReadOnlySpan<string>)[previousHash, at, entry.AuthorKind, entry.Author, entry.RunNo?.ToString(CultureInfo.InvariantCulture) ?? "", entry.Action, entry.Subject, entry.Reason])
        {
            var bytes = Encoding.UTF8.GetBytes(field);
            hash.AppendData(Encoding.ASCII.GetBytes(bytes.Length.ToString(CultureInfo.InvariantCulture) + ":"));
            hash.AppendData(bytes);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Walks a trail from its first event.</summary>
    /// <param name="known">A head that somebody noted earlier; null: none. It must be the hash of some event, or the trail was cut or written anew since.</param>
    public static async Task<AuditVerification> VerifyAsync(IAsyncEnumerable<AuditEvent> trail, string? known, CancellationToken cancel)
    {
        var (events, head, late) = (0L, Beginning, (AuditEvent?)null);
        AuditBreak? broken = null;
        var isKnown = known is null || known == Beginning;
        await foreach (var e in trail.WithCancellation(cancel))
        {
            events++;
            broken ??= BreakOf(e, head);
            if (e.Entry.Action == ChainedLate) late ??= e;
            isKnown |= e.Hash == known;
            head = e.Hash;
        }

        return new AuditVerification(new AuditHead(events, head), broken, late, isKnown);
    }

    private static AuditBreak? BreakOf(AuditEvent e, string before)
    {
        if (e.PreviousHash != before) return new AuditBreak(e.EventNo, "it does not follow the event before it: an event was taken out, put in or put elsewhere");
        return Hash(before, e.At, e.Entry) == e.Hash ? null : new AuditBreak(e.EventNo, "its hash is not that of its content: it was changed");
    }
}

/// <summary>Where a chain is broken first.</summary>
internal sealed record AuditBreak(long EventNo, string Why);

/// <summary>What came of walking a trail.</summary>
/// <param name="ChainedLate">The event that says which events were chained after they happened; null where all were chained at once.</param>
/// <param name="HasKnownHead">Whether the head that was asked for is the hash of an event; true where none was asked for.</param>
internal sealed record AuditVerification(AuditHead Head, AuditBreak? Broken, AuditEvent? ChainedLate, bool HasKnownHead)
{
    public bool Holds => Broken is null && HasKnownHead;
}
