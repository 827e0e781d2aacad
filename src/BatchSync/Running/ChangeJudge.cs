using BatchSync.Core.Amounts;
using BatchSync.Core.Billing;
using BatchSync.Storage;

namespace BatchSync.Running;

/// <summary>Judges a record that documents hold: what they hold for it against what it should be now.</summary>
internal sealed class ChangeJudge(ActiveRun run)
{
    private readonly DocumentBuilder _builder = new(run.Mapping);

    /// <summary>The variance of a record, which is closed where nothing of its money changed.</summary>
    /// <param name="posted">At least one share.</param>
    public async Task<RecordVariance> JudgeAsync(StoredRecord record, Assessment now, IReadOnlyList<PostedShare> posted, CancellationToken cancel)
    {
        var last = posted[^1];
        var (net, tax) = (Sum(posted.Select(p => p.Net)), Sum(posted.Select(p => p.Tax)));
        var variance = new RecordVariance(
            run.Series, record.Record.Stream, record.Record.Id, record.Version, run.RulesHash, posted[0].DocumentNo, net, tax, "", net, tax, "");
        if (now.Bucket != Bucket.Ready) return Gone(variance, now);
        var assessed = new AssessedRecord(record.Record, record.Version, now);
        if (RecordInputs.Hash(assessed, run.Mapping) == last.InputsHash) return variance;
        return await ChangedAsync(variance, assessed, last, cancel);
    }

    private static RecordVariance Gone(RecordVariance variance, Assessment now)
    {
        var zero = Money.Zero(variance.PostedNet.Currency);
        return variance with { CorrectNet = zero, CorrectTax = zero, Correct = now.Bucket.ToString(), Reason = $"the record is {now.Bucket} now" };
    }

    private async Task<RecordVariance> ChangedAsync(RecordVariance variance, AssessedRecord record, PostedShare last, CancellationToken cancel)
    {
        var (share, account) = await CorrectShareAsync(record, cancel);
        var key = record.Assessment.Key!;
        var elsewhere = (key.Entity, key.Client, key.Currency) != (last.Key.Entity, last.Key.Client, last.Key.Currency);
        if (elsewhere)
        {
            var zero = Money.Zero(variance.PostedNet.Currency);
            return variance with { CorrectNet = zero, CorrectTax = zero, Correct = $"{key}: net {share.Net.ToAmountString()}, tax {share.Tax.ToAmountString()}", Reason = "the record belongs elsewhere now" };
        }

        var moved = key.Period != last.Key.Period || key.Split != last.Key.Split ? $"belongs to {key.Period} {key.Split}".TrimEnd() : "";
        var booked = string.Equals(account, last.Account, StringComparison.Ordinal) ? "" : $"account {account} instead of {last.Account}";
        return variance with
        {
            CorrectNet = share.Net,
            CorrectTax = share.Tax,
            Correct = string.Join(", ", new[] { moved, booked }.Where(text => text.Length > 0)),
            Reason = "the record or its rules changed",
        };
    }

    // What it would be billed as if nothing of its document had been posted yet: the share of the same line made from today's records.
    private async Task<(RecordShare Share, string Account)> CorrectShareAsync(AssessedRecord record, CancellationToken cancel)
    {
        var key = record.Assessment.Key!;
        var others = await run.Store.ListRecordsOfKeyAsync(run.Series, key, Bucket.Billed, cancel);
        var beside = others
            .Where(o => (o.Record.Stream, o.Record.Id) != (record.Record.Stream, record.Record.Id))
            .Select(o => new AssessedRecord(o.Record, o.Version, run.Eligibility.Assess(o.Record)))
            .Where(o => o.Assessment.Key == key && o.Assessment.Pricing is not null);
        var destination = run.DestinationOf(key.Entity);
        var identity = new DocumentIdentity(destination.Tenant.Tenant, run.Series, key, DocumentPurpose.Original, 1);
        var frame = new DocumentFrame(identity, "", run.Rules.DocumentDate(key.Period), destination.Port.Traits.QuantityDecimals);
        var document = _builder.Build(frame, [record, .. beside], []);
        var line = document.Lines.Single(l => l.Shares.Any(s => s.Stream == record.Record.Stream && s.RecordId == record.Record.Id));
        var share = line.Shares.Single(s => s.Stream == record.Record.Stream && s.RecordId == record.Record.Id);
        return (document.Type == DocumentType.CreditNote ? share with { Net = -share.Net, Tax = -share.Tax } : share, line.Account);
    }

    private static Money Sum(IEnumerable<Money> amounts) => amounts.Aggregate((a, b) => a + b);
}
