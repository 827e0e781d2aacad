using BatchSync.Core.Amounts;
using BatchSync.Core.Billing;
using BatchSync.Core.Fx;
using BatchSync.Core.Mapping;
using BatchSync.Core.Sources;
using BatchSync.Core.Time;
using BatchSync.Running;
using BatchSync.Storage;

namespace BatchSync.Explaining;

/// <summary>A version of a record.</summary>
internal readonly record struct VersionName(RecordName Record, int Version)
{
    public static VersionName Of(RecordShare share) => new(new RecordName(share.Stream, share.RecordId), share.Version);

    public override string ToString() => FormattableString.Invariant($"{Record} version {Version}");
}

/// <summary>A document as it is stored, with the rules that made it and its records in the versions that were posted.</summary>
/// <param name="Document">With what each record holds of its lines.</param>
/// <param name="Fx">The stored rates that the mapping would use today; without sources where it names none.</param>
/// <param name="Records">What the rules of then say of each record; none without a mapping.</param>
internal sealed record PastDocument(
    DocumentRow Row, Document Document, PastRules Rules, FxTable Fx, IReadOnlyDictionary<VersionName, SourceRecord> Sources, IReadOnlyDictionary<VersionName, AssessedRecord> Records)
{
    public MappingRules? Mapping => Rules.Mapping;
    public Currency Currency => Document.Currency;

    /// <summary>Whether it brings documents of its key to their correct amounts.</summary>
    public bool Adjusts => Document.Lines.Any(l => l.Type == DocumentLine.Adjustment);

    /// <summary>Whether its lines bill records, and so were computed from them.</summary>
    public bool Bills => !Row.TakesBack && !Adjusts;

    /// <summary>An amount with the sign that it was computed with: a credit note prints it turned.</summary>
    public Money Books(Money printed) => Document.Type == DocumentType.CreditNote ? -printed : printed;

    public AssessedRecord? RecordOf(RecordShare share) => Records.GetValueOrDefault(VersionName.Of(share));
}

/// <summary>Loads documents with what they were computed from.</summary>
internal sealed class DocumentArchive(IStore store, RuleArchive rules)
{
    public async Task<PastDocument> LoadAsync(DocumentRow row, CancellationToken cancel)
    {
        var document = await store.LoadWithSharesAsync(row.DocumentNo, cancel);
        var past = await rules.OfDocumentAsync(row, cancel);
        var shares = await store.ListPostedSharesOfDocumentAsync(row.DocumentNo, cancel);
        var sources = new Dictionary<VersionName, SourceRecord>();
        foreach (var share in shares) sources.TryAdd(NameOf(share), share.Record.Record);
        var fx = past.Mapping is { } known ? await FxAsync(document, known, sources.Values, cancel) : FxTable.None;
        return new PastDocument(row, document, past, fx, sources, past.Mapping is { } mapping ? Assessed(document, mapping, fx, sources) : new Dictionary<VersionName, AssessedRecord>());
    }

    public static VersionName NameOf(PostedShare share) => new(share.Record.Name, share.Record.Version);

    // Rates of the oldest date that any of the records or the document itself may ask for.
    private Task<FxTable> FxAsync(Document document, MappingRules mapping, IEnumerable<SourceRecord> records, CancellationToken cancel)
    {
        var from = records.Select(r => r.Date).OfType<DateOnly>().Append(document.Date).Append(document.Identity.Key.Period.From).Min();
        return FxLoader.LoadAsync(store, document.Identity.Series, mapping, from, cancel);
    }

    private static Dictionary<VersionName, AssessedRecord> Assessed(Document document, MappingRules mapping, FxTable fx, Dictionary<VersionName, SourceRecord> sources)
    {
        var key = document.Identity.Key;
        var eligibility = PastBilling.Of(mapping, key.Period.Kind, fx);
        AssessedRecord Assess(VersionName name, SourceRecord record)
        {
            var served = eligibility.Assess(record, AssessmentView.Posted).Date ?? key.Period.From;
            return new AssessedRecord(record, name.Version, eligibility.Assess(record, AssessmentView.Posted, new PostedPlace(key, document.Date, served)));
        }

        return sources.ToDictionary(s => s.Key, s => Assess(s.Key, s.Value));
    }
}

/// <summary>Documents that were formed in one go, and what stood before them.</summary>
/// <param name="Documents">By number; one alone where days and caps reach across none.</param>
/// <param name="Time">Null where nothing was billed by time, or the mapping is not known.</param>
/// <param name="DiscountTaken">What earlier documents of the document's key took of document discounts.</param>
/// <param name="RetainerBefore">What documents before these drew from the client's retainer.</param>
internal sealed record PastForming(IReadOnlyList<PastDocument> Documents, RoundedTime? Time, Money DiscountTaken, Money RetainerBefore)
{
    public static async Task<PastForming> LoadAsync(IStore store, DocumentArchive archive, PastDocument document, CancellationToken cancel)
    {
        var all = await store.ListDocumentsAsync(document.Document.Identity.Series, null, cancel);
        var key = document.Row.Key;
        var documents = await TogetherAsync(archive, document, all, cancel);
        var first = documents.Min(d => d.Row.DocumentNo);
        var before = all.Where(d => d.DocumentNo < first && d.Key.Client == key.Client).ToList();
        var zero = Money.Zero(key.Currency);
        var drawn = zero;
        var taken = Money.Sum((await store.ListPostedSharesAsync(document.Document.Identity.Series, key, cancel)).Where(s => s.DocumentNo < first).Select(s => s.DocumentDiscount), key.Currency);
        foreach (var earlier in before.Where(d => d.Key.Currency == key.Currency)) drawn += Signed(earlier.Type, earlier.Retainer);
        return new PastForming(documents, document is { Bills: true, Mapping: not null } ? await RoundedTime.LoadAsync(store, documents, before, first, cancel) : null, taken, drawn);
    }

    private static async Task<IReadOnlyList<PastDocument>> TogetherAsync(DocumentArchive archive, PastDocument document, IReadOnlyList<DocumentRow> all, CancellationToken cancel)
    {
        if (!document.Bills || document.Mapping is not { } mapping || !new DocumentBuilder(mapping).FormsTogether) return [document];
        var together = new List<PastDocument>();
        foreach (var row in all.Where(d => d.RunNo == document.Row.RunNo && d.Key.Client == document.Row.Key.Client && !d.TakesBack))
        {
            var other = row.DocumentNo == document.Row.DocumentNo ? document : await archive.LoadAsync(row, cancel);
            if (other.Bills) together.Add(other);
        }

        return together;
    }

    private static Money Signed(DocumentType type, Money amount) => type == DocumentType.CreditNote ? -amount : amount;
}

/// <summary>A time record among those that are rounded together.</summary>
/// <param name="Reference">Of the document that bills it.</param>
/// <param name="Date">Its local date.</param>
/// <param name="Computed">What comes out for it; of one that was posted before what it was posted with.</param>
internal sealed record RoundedEntry(RecordName Record, string Reference, DateOnly Date, TimedEntry Entry, long Computed)
{
    /// <param name="postedSeconds">What posted documents bill for it; null: it is to be billed.</param>
    public static RoundedEntry Of(AssessedRecord record, string reference, MappingRules mapping, long? postedSeconds) =>
        new(new RecordName(record.Record.Stream, record.Record.Id), reference, record.Assessment.Date!.Value, RecordTime.Entry(record, mapping, postedSeconds), 0);
}

/// <summary>Seconds worked to seconds billed, computed again beside all that stood when the documents were formed.</summary>
internal sealed class RoundedTime
{
    private readonly MappingRules _mapping;
    private readonly List<RoundedEntry> _entries;

    /// <param name="entries">With their computed seconds still to be found.</param>
    public RoundedTime(MappingRules mapping, IReadOnlyList<RoundedEntry> entries)
    {
        _mapping = mapping;
        var billed = BilledTime.Of(mapping.Time, [.. entries.Select(e => e.Entry)]);
        _entries = [.. entries.Select((e, i) => e with { Computed = billed[i] })];
    }

    public static async Task<RoundedTime> LoadAsync(IStore store, IReadOnlyList<PastDocument> documents, IReadOnlyList<DocumentRow> before, long first, CancellationToken cancel)
    {
        var mapping = documents[0].Mapping!;
        var entries = documents.SelectMany(Entries).ToList();
        if (mapping.Time.Scope != RoundingScope.Entry)
        {
            foreach (var key in Keys(documents, before, mapping))
                entries.AddRange((await PostedBefore.LoadAsync(store, documents[0], key, first, cancel)).Where(p => p.IsTime).Select(p => RoundedEntry.Of(p.Record, p.Reference, mapping, p.BilledSeconds)));
        }

        return new RoundedTime(mapping, entries);
    }

    /// <summary>The entry of a record that a document bills; null where the rules give it no price.</summary>
    public RoundedEntry? Of(string reference, RecordName record) => _entries.FirstOrDefault(e => e.Record == record && e.Reference == reference);

    /// <summary>What is summed before it is rounded; null where each entry is rounded for itself.</summary>
    public string? SumOf(RoundedEntry entry) => _mapping.Time switch
    {
        { IncrementSeconds: 0, MinimumSeconds: 0 } or { Scope: RoundingScope.Entry } => null,
        { Scope: RoundingScope.Day } => entry.Entry.DayKey,
        _ => entry.Entry.LineKey,
    };

    /// <summary>All entries of a sum, those that are posted first.</summary>
    public IReadOnlyList<RoundedEntry> Together(string sum) => [.. _entries.Where(e => SumOf(e) == sum).OrderByDescending(e => e.Entry.PostedSeconds is not null).ThenBy(e => e.Record.SourceId, StringComparer.Ordinal)];

    private static IEnumerable<RoundedEntry> Entries(PastDocument document) =>
        from line in document.Document.Lines
        where line.Type == RecordFacts.Time
        from share in line.Shares
        let record = document.RecordOf(share)
        where record is { Record.Seconds: not null, Assessment: { Key: not null, Pricing: not null } }
        select RoundedEntry.Of(record, document.Row.Reference, document.Mapping!, null);

    // The same keys that a run asks: those of the documents, and over days all of the client's in their periods.
    private static IEnumerable<DocumentKey> Keys(IReadOnlyList<PastDocument> documents, IReadOnlyList<DocumentRow> before, MappingRules mapping)
    {
        var keys = documents.Select(d => d.Row.Key).ToHashSet();
        if (mapping.Time.Scope == RoundingScope.Day) keys.UnionWith(before.Where(d => documents.Any(o => o.Row.Key.Period == d.Key.Period)).Select(d => d.Key));
        return keys.Order();
    }
}

/// <summary>A record that documents of a key held before a document was formed, by the rules of that one.</summary>
/// <param name="Reference">Of the newest document that held it by then.</param>
/// <param name="Record">In the version of that document, with a price.</param>
/// <param name="BilledSeconds">By all documents of the key.</param>
internal sealed record PostedBefore(RecordName Name, string Reference, AssessedRecord Record, long BilledSeconds)
{
    public bool IsTime => Name.Stream == StreamKind.TimeEntries;

    /// <param name="first">Shares of documents with this number or a later one are left out.</param>
    public static async Task<IReadOnlyList<PostedBefore>> LoadAsync(IStore store, PastDocument document, DocumentKey key, long first, CancellationToken cancel)
    {
        var eligibility = PastBilling.Of(document.Mapping!, key.Period.Kind, document.Fx);
        var posted = new List<PostedBefore>();
        var shares = (await store.ListPostedSharesAsync(document.Document.Identity.Series, key, cancel)).Where(s => s.DocumentNo < first);
        foreach (var same in shares.GroupBy(s => DocumentArchive.NameOf(s).Record))
        {
            List<PostedShare> all = [.. same];
            var last = all[^1];
            if (last.InputsHash.Length == 0) continue;
            var found = eligibility.Assess(last.Record.Record, AssessmentView.Posted, JudgedRecord.PlaceOf(eligibility, all));
            if (found.Pricing is not null) posted.Add(new PostedBefore(same.Key, last.Reference, new AssessedRecord(last.Record.Record, last.Record.Version, found), all.Sum(s => s.BilledSeconds)));
        }

        return posted;
    }
}
