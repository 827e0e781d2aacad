using BatchSync.Core.Billing;
using BatchSync.Core.Diagnostics;
using BatchSync.Core.Posting;
using BatchSync.Core.Sources;
using BatchSync.Core.Time;
using BatchSync.Storage;

namespace BatchSync.Running;

/// <summary>Forms documents from the records that are ready, one key at a time, so that memory holds one document's records.</summary>
internal sealed class BillStep(ActiveRun run)
{
    private readonly DocumentBuilder _builder = new(run.Mapping);

    /// <summary>Stores each document with its outbox row; nothing is sent.</summary>
    public async Task<string> ExecuteAsync(CancellationToken cancel)
    {
        await foreach (var formed in FormAsync(Bucket.Ready, cancel))
        {
            if (formed.Built.HeldByCap.Count > 0) await HoldAsync(formed.Built.HeldByCap, cancel);
            if (formed.Built.Document is { } document) await run.FormAsync(document, formed.Destination, formed.After, cancel);
        }

        var left = await run.Store.ListKeysAsync(run.Series, Bucket.Ready, cancel);
        Invariant.Holds(run.Request.IsRange || left.Count == 0, $"No ready record is left without a document: {string.Join(", ", left)}.");
        return $"{Counted.Of(run.Counts.DocumentsFormed, "document")} formed";
    }

    /// <summary>What the records of a bucket make, in key order; nothing is stored. Held records of open periods make a preview.</summary>
    public async IAsyncEnumerable<FormedDocument> FormAsync(Bucket bucket, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        foreach (var key in await run.Store.ListKeysAsync(run.Series, bucket, cancel))
        {
            if (!await run.IsConsideredAsync(key.Period, cancel)) continue;
            var records = await RecordsAsync(key, bucket, cancel);
            if (records.Count > 0) yield return await FormAsync(key, records, cancel);
        }
    }

    private async Task<List<JudgedRecord>> RecordsAsync(DocumentKey key, Bucket bucket, CancellationToken cancel)
    {
        var view = bucket == Bucket.PeriodOpen ? AssessmentView.Preview : AssessmentView.New;
        var records = new List<JudgedRecord>();
        foreach (var stored in await run.Store.ListRecordsOfKeyAsync(run.Series, key, bucket, cancel))
        {
            var shares = stored.WasPosted ? await run.Store.ListPostedSharesOfRecordAsync(run.Series, stored.Record.Stream, stored.Record.Id, cancel) : [];
            var record = new JudgedRecord(stored, run.Eligibility.Assess(stored.Record, view, JudgedRecord.PlaceOf(run, shares)), shares);
            if (record.Now.Bucket == Bucket.Ready) records.Add(record);
        }

        return records;
    }

    private async Task<FormedDocument> FormAsync(DocumentKey key, List<JudgedRecord> records, CancellationToken cancel)
    {
        var destination = run.DestinationOf(key.Entity);
        var takenBack = records.Where(r => r.Shares.Count > 0).ToList();
        var identity = await run.IdentityAsync(destination, key, await PurposeAsync(destination, key, takenBack.Count > 0, cancel), cancel);
        var date = run.Rules.DocumentDate(key.Period, run.Mapping.Entities[key.Entity]);
        var used = await run.Store.SumUsedUpAsync(run.Series, key, cancel);
        var frame = new DocumentFrame(identity, DocumentReference.Of(identity, destination.Port.Traits.ReferenceLength), date, destination.Port.Traits.QuantityDecimals)
        {
            Rate = run.BaseRate(key, date),
            RetainerBalance = await run.RetainerBalanceAsync(key, cancel),
            DiscountTaken = used.Discount,
            CapUsed = used.TimeByProject,
        };
        var built = _builder.Build(frame, [.. records.Select(r => r.Assessed)], await PostedTimeAsync(key, cancel));
        return new FormedDocument(key, built, destination, takenBack.Count == 0 ? null : takenBack.Max(r => r.Shares[^1].DocumentNo));
    }

    private async Task<DocumentPurpose> PurposeAsync(OpenDestination destination, DocumentKey key, bool billsAnew, CancellationToken cancel)
    {
        if (billsAnew) return DocumentPurpose.Rebill;
        return await run.Store.CountRevisionsAsync(destination.Tenant.Tenant, run.Series, key, DocumentPurpose.Original, cancel) == 0 ? DocumentPurpose.Original : DocumentPurpose.Supplement;
    }

    // Only where time is summed over a day or a line does it matter what earlier documents of the key billed.
    private async Task<IReadOnlyList<PostedTime>> PostedTimeAsync(DocumentKey key, CancellationToken cancel)
    {
        if (run.Mapping.Time.Scope == RoundingScope.Entry) return [];
        var posted = new List<PostedTime>();
        foreach (var shares in (await run.Store.ListPostedSharesAsync(run.Series, key, cancel)).GroupBy(s => (s.Record.Record.Stream, s.Record.Record.Id)))
        {
            List<PostedShare> all = [.. shares];
            if (all[^1].InputsHash.Length == 0) continue;
            var assessment = run.Eligibility.Assess(all[^1].Record.Record, AssessmentView.Posted, JudgedRecord.PlaceOf(run, all));
            if (assessment.Pricing is not null) posted.Add(new PostedTime(new AssessedRecord(all[^1].Record.Record, all[^1].Record.Version, assessment), all.Sum(s => s.BilledSeconds)));
        }

        return posted;
    }

    private async Task HoldAsync(IReadOnlyList<AssessedRecord> records, CancellationToken cancel)
    {
        var rows = new List<BucketRow>();
        foreach (var record in records)
        {
            var stored = (await run.Store.FindRecordAsync(run.Series, record.Record.Stream, record.Record.Id, cancel))!;
            rows.Add(new BucketRow(stored.RecordNo, run.Series, record.Assessment, Bucket.Cap, run.RulesHash));
        }

        await run.Store.SaveBucketsAsync(run.Lease, rows, [], cancel);
    }
}

/// <summary>What the records of a key make.</summary>
/// <param name="After">The newest document that took one of the records back; null: none did.</param>
internal sealed record FormedDocument(DocumentKey Key, BuiltDocument Built, OpenDestination Destination, long? After);
