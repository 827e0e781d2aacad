using System.Globalization;
using BatchSync.Core.Billing;
using BatchSync.Core.Diagnostics;
using BatchSync.Core.Time;

namespace BatchSync.Core.Posting;

/// <summary>
/// The name under which a document stands at its destination: a Base32 hash of its whole identity and of nothing else, so that
/// every run, on every machine, gives the same document the same name. The form may never change: documents already posted
/// would be posted again under their new names.
/// </summary>
public static class DocumentReference
{
    /// <summary>The fewest characters that keep documents apart: 50 bits, one clash expected among some 47 million documents.</summary>
    public const int ShortestLength = 10;

    /// <summary>
    /// The first <paramref name="length"/> of 52 characters A-Z and 2-7. Hashed are, each with its length in front: a mark of
    /// this form, tenant, series, entity, client, currency, kind, kind of period, its first date, split, purpose, revision.
    /// </summary>
    /// <param name="length">Characters that the destination's reference field takes; above 52 gives all 52.</param>
    /// <exception cref="InvariantException">The length is below 10, the revision below 1, or a text is no valid Unicode.</exception>
    public static string Of(DocumentIdentity identity, int length)
    {
        Invariant.Holds(length >= ShortestLength, $"A reference of {length} characters cannot keep documents apart; a destination must hold at least {ShortestLength}.");
        Invariant.Holds(identity.Revision >= 1, $"Revision {identity.Revision}: revisions count from 1.");
        return CanonicalText.Hash(FieldsOf(identity))[..Math.Min(length, CanonicalText.HashLength)];
    }

    private static string[] FieldsOf(DocumentIdentity identity)
    {
        var key = identity.Key;
        return
        [
            "batchsync-document-1", identity.Tenant, identity.Series, key.Entity, key.Client, key.Currency.Code, key.Kind,
            NameOf(key.Period.Kind), key.Period.From.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), key.Split,
            NameOf(identity.Purpose), identity.Revision.ToString(CultureInfo.InvariantCulture),
        ];
    }

    // Written out, so that renaming a case in code cannot rename documents.
    private static string NameOf(PeriodKind kind) => kind switch
    {
        PeriodKind.Day => "day",
        PeriodKind.Week => "week",
        PeriodKind.Month => "month",
        _ => throw new InvariantException($"Period kind {kind} has no name in references."),
    };

    private static string NameOf(DocumentPurpose purpose) => purpose switch
    {
        DocumentPurpose.Original => "original",
        DocumentPurpose.Supplement => "supplement",
        DocumentPurpose.Credit => "credit",
        DocumentPurpose.Withdrawal => "withdrawal",
        DocumentPurpose.Rebill => "rebill",
        _ => throw new InvariantException($"Purpose {purpose} has no name in references."),
    };
}
