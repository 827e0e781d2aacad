using System.Runtime.CompilerServices;
using BatchSync.Core.Billing;
using BatchSync.Core.Diagnostics;
using BatchSync.Core.Posting;
using BatchSync.Core.Time;
using BatchSync.Storage;

namespace BatchSync.Running;

/// <summary>Forms documents from the records that are ready, one key at a time, so that memory holds the records of few documents.</summary>
internal sealed class BillStep(ActiveRun run)
{
    /// <summary>Documents are stored together until they have so many records: a commit for each would wait for the disk each time.</summary>
    private const int RecordsTogether = 10_000;

    private readonly DocumentBuilder _builder = new(run.Mapping);

    // Otherwise what a document takes depends on what others of its client, stored before it, have taken.
    private bool FormsAlone =>
        run.Mapping.Retainers.Count == 0 && run.Mapping.Caps.Count == 0 && run.Mapping.DocumentDiscounts.Count == 0 && run.Mapping.Time.Scope == RoundingScope.Entry;

    /// <summary>Stores each document with its outbox row; nothing is sent.</summary>
    public async Task<string> ExecuteAsync(CancellationToken cancel)
    {
        await foreach (var (documents, held) in FormsAlone ? run.AheadAsync((reading, token) => new BillStep(reading).TogetherAsync(token), cancel) : TogetherAsync(cancel))
        {
            if (held.Count > 0) await HoldAsync(held, cancel);
            await run.FormAsync(documents, cancel);
            HeapBound.Keep();
        }

        var left = await run.Store.ListKeysAsync(run.Series, Bucket.Ready, cancel);
        Invariant.Holds(run.Request.IsRange || !left.Any(run.IsReachable), $"No ready record is left without a document: {string.Join(", ", left)}.");
        return $"{Counted.Of(run.Counts.DocumentsFormed, "document")} formed";
    }

    // What is stored together, and the records that a cap leaves out of it. One by one where the next document is formed from what is stored by then.
    private async IAsyncEnumerable<(List<NewDocument> Documents, IReadOnlyList<AssessedRecord> Held)> TogetherAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        var (together, records) = (new List<NewDocument>(), 0);
        await foreach (var formed in FormAsync(Bucket.Ready, cancel))
        {
            if (formed.Built.Document is { } document)
            {
                together.Add(run.NewOf(document, formed.Destination, formed.After));
                records += document.Lines.Sum(l => l.Shares.Count);
            }

            if (FormsAlone && records < RecordsTogether) continue;
            yield return (together, formed.Built.HeldByCap);
            (together, records) = ([], 0);
        }

        yield return (together, []);
    }

    /// <summary>What the records of a bucket make, period by period where each key stands alone, else client by client; nothing is stored. Held records of open periods make a preview.</summary>
    public async IAsyncEnumerable<FormedDocument> FormAsync(Bucket bucket, [EnumeratorCancellation] CancellationToken cancel)
    {
        var considered = new List<DocumentKey>();
        foreach (var key in await run.Store.ListKeysAsync(run.Series, bucket, cancel))
        {
            if (run.IsReachable(key) && await run.IsConsideredAsync(key.Period, cancel)) considered.Add(key);
        }

        foreach (var keys in Groups(considered))
        {
            foreach (var formed in await FormAsync(keys, bucket, cancel)) yield return formed;
        }
    }

    // Period by period where each key stands alone: the records of a period were stored together, and lie together.
    private IEnumerable<IReadOnlyList<DocumentKey>> Groups(List<DocumentKey> keys) =>
        _builder.FormsTogether ? keys.GroupBy(k => k.Client).Select(client => client.ToList())
        : (FormsAlone ? keys.OrderBy(key => key.Period.From) : keys.AsEnumerable()).Select(key => new List<DocumentKey> { key });

    private async Task<IReadOnlyList<FormedDocument>> FormAsync(IReadOnlyList<DocumentKey> keys, Bucket bucket, CancellationToken cancel)
    {
        var (requests, records) = (new List<DocumentRequest>(), new List<List<JudgedRecord>>());
        var posted = await new PostedTimes(run).OfAsync(keys, null, cancel);
        foreach (var key in keys)
        {
            var ready = await RecordsAsync(key, bucket, cancel);
            if (ready.Count == 0) continue;
            requests.Add(new DocumentRequest(await FrameAsync(key, ready, cancel), [.. ready.Select(r => r.Assessed)], requests.Count == 0 ? posted : []));
            records.Add(ready);
        }

        return [.. _builder.Build(requests).Select((built, i) => new FormedDocument(built, run.DestinationOf(requests[i].Frame.Identity.Key.Entity), AfterOf(records[i])))];
    }

    private static long? AfterOf(IEnumerable<JudgedRecord> records) => records.Where(r => r.Shares.Count > 0).Select(r => (long?)r.Shares[^1].DocumentNo).Max();

    private async Task<List<JudgedRecord>> RecordsAsync(DocumentKey key, Bucket bucket, CancellationToken cancel)
    {
        var view = bucket == Bucket.PeriodOpen ? AssessmentView.Preview : AssessmentView.New;
        var records = await run.Store.ListRecordsOfKeyAsync(run.Series, key, bucket, cancel);
        var shares = await run.Store.ListPostedSharesOfRecordsAsync(run.Series, [.. records.Where(r => r.WasPosted)], cancel);
        return [.. records.Select(stored => Assessed(stored, [.. shares[stored.Name]])).Where(r => r.Now.Bucket == Bucket.Ready)];

        JudgedRecord Assessed(StoredRecord stored, IReadOnlyList<PostedShare> held) => new(stored, run.Eligibility.Assess(stored.Record, view, JudgedRecord.PlaceOf(run, held)), held);
    }

    private async Task<DocumentFrame> FrameAsync(DocumentKey key, List<JudgedRecord> records, CancellationToken cancel)
    {
        var destination = run.DestinationOf(key.Entity);
        var purpose = await PurposeAsync(destination, key, AfterOf(records) is not null, cancel);
        var identity = await run.IdentityAsync(destination, key, purpose, cancel);
        var date = run.Rules.DocumentDate(key.Period, run.Mapping.Entities[key.Entity]);
        var used = run.Mapping.Caps.Count + run.Mapping.DocumentDiscounts.Count > 0 ? await run.Store.SumUsedUpAsync(run.Series, key, cancel) : null;
        return new DocumentFrame(identity, DocumentReference.Of(identity, destination.Port.Traits.ReferenceLength), date, destination.Port.Traits.QuantityDecimals)
        {
            Rate = run.BaseRate(key, date),
            RetainerBalance = await run.RetainerBalanceAsync(key, cancel),
            DiscountTaken = used?.Discount,
            CapUsed = used?.TimeByProject,
        };
    }

    private async Task<DocumentPurpose> PurposeAsync(OpenDestination destination, DocumentKey key, bool billsAnew, CancellationToken cancel)
    {
        if (billsAnew) return DocumentPurpose.Rebill;
        return await run.Store.CountRevisionsAsync(destination.Tenant.Tenant, run.Series, key, DocumentPurpose.Original, cancel) == 0 ? DocumentPurpose.Original : DocumentPurpose.Supplement;
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
internal sealed record FormedDocument(BuiltDocument Built, OpenDestination Destination, long? After);
