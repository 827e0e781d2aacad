using BatchSync.Core.Amounts;
using BatchSync.Core.Billing;
using BatchSync.Core.Sources;
using BatchSync.Storage;

namespace BatchSync.Running;

/// <summary>A record that documents hold, as it is now.</summary>
/// <param name="Posted">What documents hold for it, the oldest first; at least one.</param>
internal sealed record JudgedRecord(StoredRecord Record, Assessment Now, IReadOnlyList<PostedShare> Posted)
{
    public AssessedRecord Assessed => new(Record.Record, Record.Version, Now);
}

/// <summary>Judges records that documents hold: what they hold for each against what it should be now.</summary>
internal sealed class ChangeJudge(ActiveRun run)
{
    private readonly DocumentBuilder _builder = new(run.Mapping);

    /// <summary>A variance for every record; one whose money did not change has a variance that is closed.</summary>
    public async Task<IReadOnlyList<RecordVariance>> JudgeAsync(IReadOnlyList<JudgedRecord> records, CancellationToken cancel)
    {
        var changed = records.Where(IsChanged).ToList();
        var variances = records.Except(changed).Select(r => r.Now.Bucket == Bucket.Ready ? AsPosted(r) : Gone(r)).ToList();
        foreach (var key in changed.GroupBy(r => r.Now.Key!))
        {
            var document = await RebuiltAsync(key.Key, [.. key], cancel);
            variances.AddRange(key.Select(r => Changed(r, document)));
        }

        return variances;
    }

    private bool IsChanged(JudgedRecord record) =>
        record.Now.Bucket == Bucket.Ready && (record.Posted.Count > 1 || RecordInputs.Hash(record.Assessed, run.Mapping) != record.Posted[0].InputsHash);

    private RecordVariance AsPosted(JudgedRecord record)
    {
        var (net, tax) = (Sum(record.Posted.Select(p => p.Net)), Sum(record.Posted.Select(p => p.Tax)));
        var (source, version) = (record.Record.Record, record.Record.Version);
        return new RecordVariance(run.Series, source.Stream, source.Id, version, run.RulesHash, record.Posted[0].DocumentNo, net, tax, "", net, tax, "");
    }

    private RecordVariance Gone(JudgedRecord record)
    {
        var posted = AsPosted(record);
        var zero = Money.Zero(posted.PostedNet.Currency);
        return posted with { CorrectNet = zero, CorrectTax = zero, Correct = record.Now.Bucket.ToString(), Reason = $"the record is {record.Now.Bucket} now" };
    }

    private RecordVariance Changed(JudgedRecord record, Document rebuilt)
    {
        var (posted, last, key) = (AsPosted(record), record.Posted[^1], record.Now.Key!);
        var (net, tax, account) = ShareOf(record, rebuilt);
        if ((key.Entity, key.Client, key.Currency) != (last.Key.Entity, last.Key.Client, last.Key.Currency))
        {
            var zero = Money.Zero(posted.PostedNet.Currency);
            return posted with { CorrectNet = zero, CorrectTax = zero, Correct = $"{key}: net {net.ToAmountString()}, tax {tax.ToAmountString()}", Reason = "the record belongs elsewhere now" };
        }

        string[] notes =
        [
            record.Posted.Count > 1 ? FormattableString.Invariant($"held by {record.Posted.Count} document lines") : "",
            key.Period != last.Key.Period || key.Split != last.Key.Split ? $"belongs to {key.Period} {key.Split}".TrimEnd() : "",
            string.Equals(account, last.Account, StringComparison.Ordinal) ? "" : $"account {account} instead of {last.Account}",
        ];
        return posted with { CorrectNet = net, CorrectTax = tax, Correct = string.Join(", ", notes.Where(n => n.Length > 0)), Reason = "the record or its rules changed" };
    }

    // What the records would be billed as if nothing of their document had been posted yet: the same document made from today's records.
    private async Task<Document> RebuiltAsync(DocumentKey key, IReadOnlyList<JudgedRecord> changed, CancellationToken cancel)
    {
        var known = changed.Select(r => (r.Record.Record.Stream, r.Record.Record.Id)).ToHashSet();
        var beside = (await run.Store.ListRecordsOfKeyAsync(run.Series, key, Bucket.Billed, cancel))
            .Where(o => !known.Contains((o.Record.Stream, o.Record.Id)))
            .Select(o => new AssessedRecord(o.Record, o.Version, run.Eligibility.Assess(o.Record, AssessmentView.Posted)))
            .Where(o => o.Assessment.Key == key && o.Assessment.Pricing is not null);
        var destination = run.DestinationOf(key.Entity);
        var identity = new DocumentIdentity(destination.Tenant.Tenant, run.Series, key, DocumentPurpose.Original, 1);
        var frame = new DocumentFrame(identity, "", run.Rules.DocumentDate(key.Period, run.Mapping.Entities[key.Entity]), destination.Port.Traits.QuantityDecimals);
        return _builder.Build(frame, [.. changed.Select(r => r.Assessed), .. beside], []).Document!;
    }

    private static (Money Net, Money Tax, string Account) ShareOf(JudgedRecord record, Document document)
    {
        var (stream, id) = (record.Record.Record.Stream, record.Record.Record.Id);
        var line = document.Lines.Single(l => l.Shares.Any(s => Is(s, stream, id)));
        var share = line.Shares.Single(s => Is(s, stream, id));
        return document.Type == DocumentType.CreditNote ? (-share.Net, -share.Tax, line.Account) : (share.Net, share.Tax, line.Account);
    }

    private static bool Is(RecordShare share, StreamKind stream, string id) => share.Stream == stream && string.Equals(share.RecordId, id, StringComparison.Ordinal);

    private static Money Sum(IEnumerable<Money> amounts) => amounts.Aggregate((a, b) => a + b);
}
