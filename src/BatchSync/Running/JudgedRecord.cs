using BatchSync.Core.Amounts;
using BatchSync.Core.Billing;
using BatchSync.Core.Diagnostics;
using BatchSync.Core.Mapping;
using BatchSync.Core.Sources;
using BatchSync.Storage;

namespace BatchSync.Running;

/// <summary>A record that documents hold, or have held, as it is now.</summary>
/// <param name="Now">What the rules say of its current version.</param>
/// <param name="Shares">What documents hold of it, the oldest first; at least one where documents have ever held it.</param>
internal sealed record JudgedRecord(StoredRecord Record, Assessment Now, IReadOnlyList<PostedShare> Shares)
{
    public RecordName Name => Record.Name;

    public AssessedRecord Assessed => new(Record.Record, Record.Version, Now);

    /// <summary>The shares since the record was last taken off the books; none where no document holds it.</summary>
    public IReadOnlyList<PostedShare> Held { get; } = HeldOf(Shares);

    /// <summary>The key of the documents that hold it.</summary>
    public DocumentKey PostedKey => Shares[^1].Key;

    /// <summary>Records that documents hold or have held, as they stand, in the order of their names.</summary>
    public static async Task<IReadOnlyList<JudgedRecord>> LoadAsync(ActiveRun run, IReadOnlyCollection<RecordName> names, CancellationToken cancel)
    {
        var records = await run.Store.ListRecordsAsync(run.Series, names, cancel);
        Invariant.Holds(records.Count == names.Count, "A record that was posted has a current version.");
        var shares = await run.Store.ListPostedSharesOfRecordsAsync(run.Series, records, cancel);
        return [.. records.Select(record => Of(run, record, [.. shares[record.Name]]))];
    }

    /// <summary>Assesses a record where it stands: what documents hold is judged by their dates.</summary>
    public static JudgedRecord Of(ActiveRun run, StoredRecord record, IReadOnlyList<PostedShare> shares) =>
        new(record, run.Eligibility.Assess(record.Record, record.IsPosted ? AssessmentView.Posted : AssessmentView.New, PlaceOf(run, shares), record.IsUnposted && !record.IsPosted), shares);

    /// <summary>
    /// Where documents hold a record; null where none ever did. Its date is that of the document which billed it: what adjusts it since may be
    /// dated later, and is taxed as what it adjusts.
    /// </summary>
    public static PostedPlace? PlaceOf(ActiveRun run, IReadOnlyList<PostedShare> shares) => PlaceOf(run.Eligibility, shares);

    /// <inheritdoc cref="PlaceOf(ActiveRun, IReadOnlyList{PostedShare})"/>
    public static PostedPlace? PlaceOf(Eligibility eligibility, IReadOnlyList<PostedShare> shares)
    {
        if (shares.Count == 0) return null;
        var last = shares[^1];
        return new PostedPlace(last.Key, (HeldOf(shares) is [var first, ..] ? first : last).DocumentDate, eligibility.DateOf(last.Record.Record) ?? last.Key.Period.From);
    }

    /// <summary>Whether documents hold something for it that its inputs do not explain any more.</summary>
    public bool IsChanged(MappingRules mapping) =>
        Record.IsPosted && (Now.Bucket != Bucket.Ready || RecordInputs.Hash(Assessed, mapping) != Shares[^1].InputsHash);

    /// <summary>What decides its money apart from the records beside it, and what documents hold of it.</summary>
    public string Basis(MappingRules mapping) =>
        FormattableString.Invariant($"{Record.Version} {(Now.Pricing is null ? Now.Bucket.ToString() : RecordInputs.Hash(Assessed, mapping))} {Sum(s => s.Net).MinorUnits} {Sum(s => s.Tax).MinorUnits}");

    /// <summary>A variance that is closed: what documents hold is right.</summary>
    public RecordVariance AsPosted(ActiveRun run)
    {
        var (net, tax) = (Sum(s => s.Net), Sum(s => s.Tax));
        var document = Held.Count > 0 ? Held[0].DocumentNo : Shares[^1].DocumentNo;
        return new RecordVariance(run.Series, Name.Stream, Name.SourceId, Record.Version, run.RulesHash, document, net, tax, "", net, tax, "");
    }

    /// <summary>A variance that stands until the judge has said what the amount should be.</summary>
    public RecordVariance ToBeJudged(ActiveRun run) => AsPosted(run) with { Correct = "not known yet", Reason = "the record or its rules changed" };

    private static IReadOnlyList<PostedShare> HeldOf(IReadOnlyList<PostedShare> shares)
    {
        var off = shares.Count - 1;
        while (off >= 0 && shares[off].InputsHash.Length > 0) off--;
        return off < 0 ? shares : [.. shares.Skip(off + 1)];
    }

    private Money Sum(Func<PostedShare, Money> of) => Money.Sum(Held.Select(of), PostedKey.Currency);
}
