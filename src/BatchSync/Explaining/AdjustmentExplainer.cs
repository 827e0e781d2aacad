using BatchSync.Core.Amounts;
using BatchSync.Core.Billing;
using BatchSync.Core.Sources;
using BatchSync.Core.Time;
using BatchSync.Running;
using BatchSync.Storage;

namespace BatchSync.Explaining;

/// <summary>
/// Lines that bring what documents hold of records to their correct amounts: what was held, what the rules gave beside all that stood then, and
/// that the lines are the gap between the two.
/// </summary>
internal sealed class AdjustmentExplainer(IStore store, PastDocument past)
{
    public async Task<List<Step>> ExplainAsync(IReadOnlyList<DocumentLine> lines, CancellationToken cancel)
    {
        var rebuilt = past.Mapping is null ? null : await RebuiltDocument.LoadAsync(store, past, cancel);
        var steps = new List<Step>();
        foreach (var line in lines) steps.Add(DocumentExplainer.Line(line) with { Steps = await StepsAsync(line, rebuilt, cancel) });
        return steps;
    }

    private async Task<List<Step>> StepsAsync(DocumentLine line, RebuiltDocument? rebuilt, CancellationToken cancel)
    {
        var share = line.Shares[0];
        var record = new RecordName(share.Stream, share.RecordId);
        var held = await RebuiltDocument.HeldAsync(store, past, record, cancel);
        var zero = Money.Zero(past.Currency);
        var old = (Net: Money.Sum(held.Select(h => h.Net), past.Currency), Tax: Money.Sum(held.Select(h => h.Tax), past.Currency));
        var correct = IsOff(record) ? (zero, zero) : rebuilt is null ? ((Money Net, Money Tax)?)null : rebuilt.Held(record);
        var name = new VersionName(record, Versions(record).Max());
        return
        [
            new Step("record", name.ToString()) { Input = RecordText.Of(past.Sources[name]) },
            new Step("held") { Result = Text(old), Steps = [.. held.Select(h => new Step("document", h.Reference) { Result = Text((h.Net, h.Tax)) })] },
            Correct(record, correct) with { Steps = IsOff(record) ? [] : [.. rebuilt?.Explain(record) ?? []] },
            Gap(record, line, old, correct),
        ];
    }

    private Step Correct(RecordName record, (Money Net, Money Tax)? correct)
    {
        if (IsOff(record)) return new Step("correct") { Result = "nothing: the record was taken off these books" };
        var step = new Step("correct") { Result = correct is { } found ? Text(found) : "not known" };
        return correct is null
            ? step with { NotChecked = past.Mapping is null ? past.Rules.Missing : "the rules of then bill nothing of it" }
            : step with { Rule = "by the rules of then, beside all that stood", Place = past.Rules.Places!.File };
    }

    // A record that moved between accounts or tax codes has two lines: the gap is that of both together.
    private Step Gap(RecordName record, DocumentLine line, (Money Net, Money Tax) old, (Money Net, Money Tax)? correct)
    {
        var lines = past.Document.Lines.Where(l => l.Shares.Any(s => IsOf(s, record))).ToList();
        var stored = (Net: past.Books(Money.Sum(lines.Select(l => l.Net), past.Currency)), Tax: past.Books(Money.Sum(lines.Select(l => l.Tax), past.Currency)));
        var parts = lines.Count == 1 ? "" : $"lines {string.Join(", ", lines.Select(l => Shown.Number(l.Number)))} together; of it on this line {Text((past.Books(line.Net), past.Books(line.Tax)))}";
        var step = new Step("adjustment") { Result = Text(stored), Rule = parts };
        if (correct is not { } now) return step with { NotChecked = "the correct amount is not known" };
        return (step with { Input = $"net {now.Net.ToAmountString()} - {old.Net.ToAmountString()}, tax {now.Tax.ToAmountString()} - {old.Tax.ToAmountString()}" })
            .Checked(Text((now.Net - old.Net, now.Tax - old.Tax)), Text(stored));
    }

    private static string Text((Money Net, Money Tax) held) => $"net {held.Net}, tax {held.Tax}";

    private IEnumerable<int> Versions(RecordName record) => RebuiltDocument.Shares(past, record).Select(s => s.Version);

    private bool IsOff(RecordName record) => RebuiltDocument.IsOff(past, record);

    private static bool IsOf(RecordShare share, RecordName record) => new RecordName(share.Stream, share.RecordId) == record;
}

/// <summary>
/// What the rules gave for records that changed, beside all that stood when they were adjusted: what stood keeps the seconds that it was billed.
/// </summary>
/// <param name="Past">A document that nobody posted: the changed records and all others of the key.</param>
/// <param name="Forming">How its time was rounded.</param>
/// <param name="Discount">What of a fixed discount each changed record gets; null: the key has none, and the document says it all.</param>
internal sealed record RebuiltDocument(PastDocument Past, PastForming Forming, SpreadDiscount? Discount)
{
    private const int AnyDecimals = 10;

    /// <summary>Null where the rules of then bill nothing of the changed records.</summary>
    public static async Task<RebuiltDocument?> LoadAsync(IStore store, PastDocument past, CancellationToken cancel)
    {
        var (key, mapping) = (past.Row.Key, past.Mapping!);
        var changed = await ChangedAsync(store, past, cancel);
        if (changed.Count == 0) return null;
        var known = changed.Select(r => new RecordName(r.Record.Stream, r.Record.Id)).ToHashSet();
        var beside = (await PostedBefore.LoadAsync(store, past, key, past.Row.DocumentNo, cancel)).Where(p => !known.Contains(p.Name) && p.Record.Assessment.Key == key).ToList();
        List<AssessedRecord> records = [.. changed, .. beside.Select(p => p.Record with { FixedSeconds = p.BilledSeconds })];
        var neighbours = await NeighboursAsync(store, past, cancel);
        var date = (await HeldAsync(store, past, known.First(), cancel))[^1].DocumentDate;
        var discount = FixedDiscount.Of(mapping, key);
        var frame = new DocumentFrame(past.Document.Identity with { Purpose = DocumentPurpose.Original, Revision = 1 }, "", date, past.Rules.DestinationDecimals ?? AnyDecimals) { DiscountTaken = discount?.Whole };
        var document = new DocumentBuilder(mapping).Build(frame, records, [.. neighbours.Select(p => new PostedTime(p.Record, p.BilledSeconds))]).Document!;
        var entries = records.Where(r => r.Record.Stream == StreamKind.TimeEntries).Select(r => RoundedEntry.Of(r, "", mapping, r.FixedSeconds))
            .Concat(neighbours.Where(p => p.IsTime).Select(p => RoundedEntry.Of(p.Record, p.Reference, mapping, p.BilledSeconds)));
        var zero = Money.Zero(past.Currency);
        var row = past.Row with { Reference = "", Purpose = DocumentPurpose.Original };
        var named = records.ToDictionary(r => new VersionName(new RecordName(r.Record.Stream, r.Record.Id), r.Version));
        var rebuilt = past with { Row = row, Document = document, Records = named, Sources = named.ToDictionary(r => r.Key, r => r.Value.Record) };
        var spread = discount is null ? null : await SpreadDiscount.LoadAsync(store, past, document, discount, [.. known], cancel);
        return new RebuiltDocument(rebuilt, new PastForming([rebuilt], new RoundedTime(mapping, [.. entries]), discount?.Whole ?? zero, zero), spread);
    }

    /// <summary>What it has for a record, with the sign of the books; null where it has none of it.</summary>
    public (Money Net, Money Tax)? Held(RecordName record)
    {
        if (Discount?.Of(record) is { } held) return (held.Net, Money.Sum(held.Taxes, held.Net.Currency));
        return ShareOf(record) is { } share ? (Past.Books(share.Net), Past.Books(share.Tax)) : null;
    }

    /// <summary>How the line came about that the record stands on.</summary>
    public IEnumerable<Step> Explain(RecordName record)
    {
        if (Past.Document.Lines.FirstOrDefault(l => l.Shares.Any(s => IsOf(s, record))) is not { } line) return [];
        var steps = new LineExplainer(Past, Forming, Recomputed.Of(Past, Forming)).Explain(line);
        return Discount?.Explain(record, Past) is { } part ? steps.Append(part) : steps;
    }

    /// <summary>What documents made before an adjusting one held of a record, since it was last taken off the books.</summary>
    public static async Task<List<PostedShare>> HeldAsync(IStore store, PastDocument past, RecordName record, CancellationToken cancel)
    {
        var before = (await store.ListPostedSharesOfRecordAsync(past.Document.Identity.Series, record.Stream, record.SourceId, cancel)).Where(s => s.DocumentNo < past.Row.DocumentNo).ToList();
        return [.. before.Skip(before.FindLastIndex(s => s.InputsHash.Length == 0) + 1)];
    }

    public static IEnumerable<RecordShare> Shares(PastDocument past, RecordName record) => past.Document.Lines.SelectMany(l => l.Shares).Where(s => IsOf(s, record));

    /// <summary>Whether an adjusting document takes a record off the books.</summary>
    public static bool IsOff(PastDocument past, RecordName record) => Shares(past, record).Any(s => s.InputsHash.Length == 0);

    private RecordShare? ShareOf(RecordName record) => Shares(Past, record).FirstOrDefault();

    private static bool IsOf(RecordShare share, RecordName record) => new RecordName(share.Stream, share.RecordId) == record;

    private static async Task<List<AssessedRecord>> ChangedAsync(IStore store, PastDocument past, CancellationToken cancel)
    {
        var changed = new List<AssessedRecord>();
        var eligibility = PastBilling.Of(past.Mapping!, past.Row.Key.Period.Kind, past.Fx);
        foreach (var record in past.Document.Lines.SelectMany(l => l.Shares).Select(s => new RecordName(s.Stream, s.RecordId)).Distinct().Where(r => !IsOff(past, r)))
        {
            var name = new VersionName(record, Shares(past, record).Max(s => s.Version));
            var assessed = eligibility.Assess(past.Sources[name], AssessmentView.Posted, JudgedRecord.PlaceOf(eligibility, await HeldAsync(store, past, record, cancel)));
            if (assessed.Pricing is not null && assessed.Key == past.Row.Key) changed.Add(new AssessedRecord(past.Sources[name], name.Version, assessed));
        }

        return changed;
    }

    // Over a day, time is summed with that on the client's other documents of the period.
    private static async Task<List<PostedBefore>> NeighboursAsync(IStore store, PastDocument past, CancellationToken cancel)
    {
        var posted = new List<PostedBefore>();
        if (past.Mapping!.Time.Scope != RoundingScope.Day) return posted;
        var key = past.Row.Key;
        var keys = (await store.ListDocumentsAsync(past.Document.Identity.Series, key.Period, cancel)).Where(d => d.Key.Client == key.Client && d.Key != key && d.DocumentNo < past.Row.DocumentNo).Select(d => d.Key);
        foreach (var other in keys.Distinct().Order()) posted.AddRange(await PostedBefore.LoadAsync(store, past, other, past.Row.DocumentNo, cancel));
        return posted;
    }
}

/// <summary>A fixed discount among the records that changed: what those that did not change leave of it.</summary>
/// <param name="HeldByOthers">With the sign of the books.</param>
internal sealed record SpreadDiscount(FixedDiscount Discount, Money HeldByOthers, IReadOnlyDictionary<RecordName, HeldShare> Shares)
{
    /// <param name="rebuilt">The changed records beside all that stood, without the discount.</param>
    public static async Task<SpreadDiscount> LoadAsync(IStore store, PastDocument past, Document rebuilt, FixedDiscount discount, IReadOnlyList<RecordName> changed, CancellationToken cancel)
    {
        var before = (await store.ListPostedSharesAsync(past.Document.Identity.Series, past.Row.Key, cancel)).Where(s => s.DocumentNo < past.Row.DocumentNo);
        var others = Money.Sum(before.Where(s => !changed.Contains(s.Record.Name)).Select(s => s.DocumentDiscount), past.Currency);
        var names = changed.OrderBy(n => n.Stream).ThenBy(n => n.SourceId, StringComparer.Ordinal).ToList();
        return new SpreadDiscount(discount, others, names.Zip(discount.Spread(names.ConvertAll(name => HeldShare.Of(rebuilt, name.Stream, name.SourceId)), others)).ToDictionary(p => p.First, p => p.Second));
    }

    public HeldShare? Of(RecordName record) => Shares.GetValueOrDefault(record);

    public Step? Explain(RecordName record, PastDocument past)
    {
        if (Of(record) is not { } held) return null;
        var rule = DiscountRules.ForDocument(past.Mapping!, past.Row.Key)!;
        return new Step("fixed discount")
        {
            Input = $"{Discount.Whole} less {HeldByOthers} of records that did not change, over {Counted.Of(Shares.Count, "changed record")}",
            Result = held.DocumentDiscount.ToString(),
            Rule = $"this record's part by largest remainder; taxed on what is left: net {held.Net}, tax {Money.Sum(held.Taxes, held.Net.Currency)}",
            Place = past.Rules.Places!.DocumentDiscount(LineExplainer.Index(past.Mapping!.DocumentDiscounts, rule)),
        };
    }
}
