using BatchSync.Core.Amounts;
using BatchSync.Core.Billing;
using BatchSync.Core.Time;
using BatchSync.Storage;

namespace BatchSync.Explaining;

/// <summary>
/// Lines that bring what documents hold of records to their correct amounts: what was held, what the rules gave beside all that stood then, and
/// that the lines are the gap between the two.
/// </summary>
internal sealed class AdjustmentExplainer(IStore store, PastDocument past)
{
    private const int AnyDecimals = 10;

    public async Task<List<Step>> ExplainAsync(IReadOnlyList<DocumentLine> lines, CancellationToken cancel)
    {
        var rebuilt = past.Mapping is null ? null : await RebuiltAsync(cancel);
        var steps = new List<Step>();
        foreach (var line in lines) steps.Add(DocumentExplainer.Line(line) with { Steps = await StepsAsync(line, rebuilt, cancel) });
        return steps;
    }

    private async Task<List<Step>> StepsAsync(DocumentLine line, Document? rebuilt, CancellationToken cancel)
    {
        var share = line.Shares[0];
        var record = new RecordName(share.Stream, share.RecordId);
        var held = await HeldAsync(record, cancel);
        var zero = Money.Zero(past.Currency);
        var old = (Net: Money.Sum(held.Select(h => h.Net), past.Currency), Tax: Money.Sum(held.Select(h => h.Tax), past.Currency));
        var correct = IsOff(record) ? (zero, zero) : rebuilt is null ? ((Money Net, Money Tax)?)null : ShareOf(record, rebuilt);
        var name = new VersionName(record, Versions(record).Max());
        return
        [
            new Step("record", name.ToString()) { Input = RecordText.Of(past.Sources[name]) },
            new Step("held") { Result = Text(old), Steps = [.. held.Select(h => new Step("document", h.Reference) { Result = Text((h.Net, h.Tax)) })] },
            Correct(record, correct),
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
        var together = lines.Count == 1 ? "" : $"lines {string.Join(", ", lines.Select(l => Shown.Number(l.Number)))} together; ";
        var step = new Step("adjustment") { Result = Text(stored), Rule = $"{together}of it on this line {Text((past.Books(line.Net), past.Books(line.Tax)))}" };
        if (correct is not { } now) return step with { NotChecked = "the correct amount is not known" };
        return (step with { Input = $"net {now.Net.ToAmountString()} - {old.Net.ToAmountString()}, tax {now.Tax.ToAmountString()} - {old.Tax.ToAmountString()}" })
            .Checked(Text((now.Net - old.Net, now.Tax - old.Tax)), Text(stored));
    }

    private static string Text((Money Net, Money Tax) held) => $"net {held.Net}, tax {held.Tax}";

    // What documents made before this one held of the record, since it was last taken off the books.
    private async Task<List<PostedShare>> HeldAsync(RecordName record, CancellationToken cancel)
    {
        var before = (await store.ListPostedSharesOfRecordAsync(past.Document.Identity.Series, record.Stream, record.SourceId, cancel)).Where(s => s.DocumentNo < past.Row.DocumentNo).ToList();
        return [.. before.Skip(before.FindLastIndex(s => s.InputsHash.Length == 0) + 1)];
    }

    private IEnumerable<int> Versions(RecordName record) => Shares(record).Select(s => s.Version);

    private bool IsOff(RecordName record) => Shares(record).Any(s => s.InputsHash.Length == 0);

    private IEnumerable<RecordShare> Shares(RecordName record) => past.Document.Lines.SelectMany(l => l.Shares).Where(s => IsOf(s, record));

    private static bool IsOf(RecordShare share, RecordName record) => new RecordName(share.Stream, share.RecordId) == record;

    private static (Money, Money)? ShareOf(RecordName record, Document rebuilt)
    {
        if (rebuilt.Lines.SelectMany(l => l.Shares).FirstOrDefault(s => IsOf(s, record)) is not { } share) return null;
        return rebuilt.Type == DocumentType.CreditNote ? (-share.Net, -share.Tax) : (share.Net, share.Tax);
    }

    // The changed records as they were then, beside all others of the key, which keep the seconds that they were billed.
    private async Task<Document?> RebuiltAsync(CancellationToken cancel)
    {
        var (key, mapping) = (past.Row.Key, past.Mapping!);
        var changed = new List<AssessedRecord>();
        foreach (var record in past.Document.Lines.SelectMany(l => l.Shares).Select(s => new RecordName(s.Stream, s.RecordId)).Distinct().Where(r => !IsOff(r)))
        {
            if (await AssessedAsync(record, cancel) is { } assessed) changed.Add(assessed);
        }

        if (changed.Count == 0) return null;
        var known = changed.Select(r => new RecordName(r.Record.Stream, r.Record.Id)).ToHashSet();
        var beside = (await PostedBefore.LoadAsync(store, past, key, past.Row.DocumentNo, cancel)).Where(p => !known.Contains(p.Name) && p.Record.Assessment.Key == key);
        var records = changed.Concat(beside.Select(p => p.Record with { FixedSeconds = p.BilledSeconds })).ToList();
        var first = (await HeldAsync(known.First(), cancel))[^1];
        var frame = new DocumentFrame(past.Document.Identity with { Purpose = DocumentPurpose.Original, Revision = 1 }, "", first.DocumentDate, past.Rules.DestinationDecimals ?? AnyDecimals);
        return new DocumentBuilder(mapping).Build(frame, records, await NeighboursAsync(cancel)).Document;
    }

    private async Task<AssessedRecord?> AssessedAsync(RecordName record, CancellationToken cancel)
    {
        var name = new VersionName(record, Versions(record).Max());
        var eligibility = PastBilling.Of(past.Mapping!, past.Row.Key.Period.Kind, past.Fx);
        var assessed = eligibility.Assess(past.Sources[name], AssessmentView.Posted, Running.JudgedRecord.PlaceOf(eligibility, await HeldAsync(record, cancel)));
        return assessed.Pricing is not null && assessed.Key == past.Row.Key ? new AssessedRecord(past.Sources[name], name.Version, assessed) : null;
    }

    private async Task<List<PostedTime>> NeighboursAsync(CancellationToken cancel)
    {
        var posted = new List<PostedTime>();
        if (past.Mapping!.Time.Scope != RoundingScope.Day) return posted;
        var key = past.Row.Key;
        var keys = (await store.ListDocumentsAsync(past.Document.Identity.Series, key.Period, cancel)).Where(d => d.Key.Client == key.Client && d.Key != key && d.DocumentNo < past.Row.DocumentNo).Select(d => d.Key);
        foreach (var other in keys.Distinct().Order()) posted.AddRange((await PostedBefore.LoadAsync(store, past, other, past.Row.DocumentNo, cancel)).Select(p => new PostedTime(p.Record, p.BilledSeconds)));
        return posted;
    }
}
