using BatchSync.Configuration;
using BatchSync.Core.Amounts;
using BatchSync.Core.Billing;
using BatchSync.Core.Mapping;
using BatchSync.Core.Posting;
using BatchSync.Core.Sources;
using BatchSync.Core.Time;
using BatchSync.Storage;

namespace BatchSync.Running;

/// <summary>What is posted for a client in a period, and what other rules would have billed.</summary>
internal sealed record TrialAmount(Period Period, string Entity, string Client, Currency Currency, BookedMoney Posted, BookedMoney Other)
{
    public BookedMoney Difference => Other - Posted;
}

/// <summary>A record that other rules put into another bucket.</summary>
/// <param name="Date">Its local date; null where it has none.</param>
internal sealed record TrialMove(RecordName Record, DateOnly? Date, Bucket From, Bucket To);

/// <summary>What other rules would have done to past periods.</summary>
/// <param name="Records">How many current records were looked at in these periods.</param>
/// <param name="Amounts">By period, entity, client and currency.</param>
/// <param name="Moves">In the order of stream and id.</param>
/// <param name="Posted">What is on the books of these periods, in the order in which it was made.</param>
/// <param name="Built">What other rules would have made.</param>
internal sealed record MappingTrial(int Records, IReadOnlyList<TrialAmount> Amounts, IReadOnlyList<TrialMove> Moves, IReadOnlyList<DocumentRow> Posted, IReadOnlyList<Document> Built);

/// <summary>
/// Bills the stored records of past periods by another mapping, as if nothing were posted, and holds that against what is. Nothing is stored, and
/// nobody is asked. A record that a document holds keeps the document's date, by which its taxes were chosen; one that none holds is judged as a
/// run would judge it now. All records of the range are in memory at once.
/// </summary>
/// <param name="job">Whose records and documents.</param>
/// <param name="other">The other rules.</param>
/// <param name="from">First service date, inclusive; its whole period counts.</param>
/// <param name="to">Last service date, inclusive; its whole period counts.</param>
/// <param name="asOf">The instant against which periods are open or closed.</param>
/// <param name="quantityDecimals">Decimals of a quantity at an entity's destination.</param>
/// <param name="elsewhere">A store that has the records, where they are not to be taken from the one with the documents; null: that one.</param>
internal sealed class MappingTrialStep(IStore store, JobDefinition job, MappingRules other, DateOnly from, DateOnly to, DateTimeOffset asOf, Func<string, int> quantityDecimals, IStore? elsewhere = null)
{
    private const int RecordsPerRead = 2_000;

    /// <summary>No record was ever judged by these rules, so that all current ones are listed.</summary>
    private const string NoRules = "none";

    private readonly BillingRules _rules = RunRules.Of(job, asOf);
    private readonly DocumentBuilder _builder = new(other);

    private readonly IStore _records = elsewhere ?? store;

    private sealed record Tried(StoredRecord Stored, Assessment Now);

    public async Task<MappingTrial> ExecuteAsync(CancellationToken cancel)
    {
        var rates = other.Fx is null ? null : await FxLoader.LoadAsync(store, job.Series, other, job.BillFrom, cancel);
        var tried = await TryAllAsync(new Eligibility(other, _rules, asOf, rates), cancel);
        var posted = (await store.ListDocumentsAsync(job.Series, null, cancel))
            .Where(d => IsInRange(d.Key.Period) && d.State != OutboxState.Planned && !StandingDocuments.IsNeverTaken(d.State)).ToList();
        var built = Build(tried, posted);
        var capped = built.SelectMany(b => b.HeldByCap).Select(r => new RecordName(r.Record.Stream, r.Record.Id)).ToHashSet();
        return new MappingTrial(tried.Count, Amounts(posted, built), [.. Moves(tried, capped)], posted, [.. built.Select(b => b.Document).OfType<Document>()]);
    }

    private bool IsInRange(Period? period) => period is { } p && p.LastDay >= from && p.From <= to;

    private async Task<List<Tried>> TryAllAsync(Eligibility eligibility, CancellationToken cancel)
    {
        var tried = new List<Tried>();
        for (long after = 0; ;)
        {
            var records = await _records.ListRecordsToAssessAsync(job.Series, NoRules, after, RecordsPerRead, cancel);
            if (records.Count == 0) return tried;
            var known = ReferenceEquals(_records, store) ? records : await store.ListRecordsAsync(job.Series, [.. records.Select(r => r.Name)], cancel);
            var held = await store.ListPostedSharesOfRecordsAsync(job.Series, [.. known.Where(r => r.WasPosted)], cancel);
            foreach (var stored in Standing(records, known))
            {
                List<PostedShare> shares = [.. held[stored.Name]];
                var view = stored.IsPosted ? AssessmentView.Posted : AssessmentView.New;
                var now = eligibility.Assess(stored.Record, view, JudgedRecord.PlaceOf(eligibility, shares), stored.IsUnposted && !stored.IsPosted);
                if (IsInRange(now.Key?.Period ?? now.Period) || (stored.IsPosted && IsInRange(shares[^1].Key.Period))) tried.Add(new Tried(stored, now));
            }

            after = records[^1].RecordNo;
        }
    }

    // Where a record stands on the books only the store with the documents knows.
    private static IEnumerable<StoredRecord> Standing(IReadOnlyList<StoredRecord> records, IReadOnlyList<StoredRecord> known)
    {
        var there = known.ToDictionary(r => r.Name);
        return records.Select(r => there.TryGetValue(r.Name, out var its) ? r with { Bucket = its.Bucket, IsPosted = its.IsPosted, WasPosted = its.WasPosted, IsUnposted = its.IsUnposted } : r);
    }

    private List<BuiltDocument> Build(List<Tried> tried, List<DocumentRow> posted)
    {
        var dates = posted.Where(d => !d.TakesBack).GroupBy(d => d.Key).ToDictionary(g => g.Key, g => g.First().Date);
        var byKey = tried.Where(t => t.Now.Bucket == Bucket.Ready && IsInRange(t.Now.Key!.Period)).GroupBy(t => t.Now.Key!).OrderBy(g => g.Key).ToList();
        var requests = byKey.ConvertAll(key => new DocumentRequest(Frame(key.Key, dates), [.. key.Select(t => new AssessedRecord(t.Stored.Record, t.Stored.Version, t.Now))], []));
        var groups = _builder.FormsTogether ? requests.GroupBy(r => r.Frame.Identity.Key.Client).Select(g => g.ToList()) : requests.Select(r => new List<DocumentRequest> { r });
        return [.. groups.SelectMany(_builder.Build)];
    }

    private DocumentFrame Frame(DocumentKey key, Dictionary<DocumentKey, DateOnly> dates)
    {
        var identity = new DocumentIdentity("trial", job.Series, key, DocumentPurpose.Original, 1);
        var date = dates.TryGetValue(key, out var known) ? known : _rules.DocumentDate(key.Period, other.Entities[key.Entity]);
        return new DocumentFrame(identity, DocumentReference.Of(identity, DocumentReference.ShortestLength), date, quantityDecimals(key.Entity)) { CapUsed = new Dictionary<string, Money>() };
    }

    private static IReadOnlyList<TrialAmount> Amounts(List<DocumentRow> posted, List<BuiltDocument> built)
    {
        var old = posted.ToLookup(d => Place(d.Key), d => BookedMoney.Of(d.Type, d.Net, d.Tax));
        var now = built.Select(b => b.Document).OfType<Document>().ToLookup(d => Place(d.Identity.Key), d => BookedMoney.Of(d.Type, d.Net, d.Tax));
        return [.. old.Select(g => g.Key).Concat(now.Select(g => g.Key)).Distinct()
            .OrderBy(k => k.Period.From).ThenBy(k => k.Entity, StringComparer.Ordinal).ThenBy(k => k.Client, StringComparer.Ordinal).ThenBy(k => k.Currency.Code, StringComparer.Ordinal)
            .Select(k => new TrialAmount(k.Period, k.Entity, k.Client, k.Currency, BookedMoney.Sum(old[k], k.Currency), BookedMoney.Sum(now[k], k.Currency)))];
    }

    private static (Period Period, string Entity, string Client, Currency Currency) Place(DocumentKey key) => (key.Period, key.Entity, key.Client, key.Currency);

    // To be billed by either rules is no change, whether or not a run has come to it.
    private static IEnumerable<TrialMove> Moves(List<Tried> tried, HashSet<RecordName> capped)
    {
        foreach (var (stored, now) in tried.OrderBy(t => t.Stored.Record.Stream).ThenBy(t => t.Stored.Record.Id, StringComparer.Ordinal))
        {
            var name = new RecordName(stored.Record.Stream, stored.Record.Id);
            var to = now.Bucket != Bucket.Ready ? now.Bucket : capped.Contains(name) ? Bucket.Cap : Bucket.Billed;
            var was = stored.Bucket is { } bucket && bucket != Bucket.Ready ? bucket : Bucket.Billed;
            if (was != to) yield return new TrialMove(name, now.Date, was, to);
        }
    }
}
