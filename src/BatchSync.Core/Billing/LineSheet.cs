using BatchSync.Core.Amounts;
using BatchSync.Core.Mapping;
using BatchSync.Core.Tax;
using BatchSync.Core.Time;

namespace BatchSync.Core.Billing;

/// <summary>The lines of one document up to their discounts, in document order; none where everything is left out.</summary>
internal sealed record DraftedDocument(IReadOnlyList<LineDraft> Lines, DiscountedLines Discounts)
{
    public TaxedDocument Taxed(MoneyRounding money, Currency currency) => TaxCalculation.Of(
        [.. Lines.Zip(Discounts.Lines, (line, discounted) => new TaxableLine(discounted.Net, line.Pricing.TaxCode, line.TaxDate))],
        new TaxMethod(money.TaxInclusive, money.TaxPer, money.Mode),
        currency);

    /// <summary>The net after discounts of a project's time, without tax.</summary>
    public Money NetOf(string project, MoneyRounding money, Currency currency)
    {
        var nets = money.TaxInclusive ? Taxed(money, currency).Lines.Select(l => l.Net) : Discounts.Lines.Select(l => l.Net);
        return Money.Sum(Lines.Zip(nets).Where(l => l.First.Identity.Type == RecordFacts.Time && ProjectOf(l.First) == project).Select(l => l.Second), currency);
    }

    private static string ProjectOf(LineDraft line) => line.Parts[0].Record.Assessment.Facts.Project;
}

/// <summary>
/// The records of documents that are formed together, laid out so that lines and discounts can be computed again and again without some of the
/// entries: rounding a day may reach across documents, and a cap leaves out one entry after the other.
/// </summary>
internal sealed class LineSheet
{
    private readonly MappingRules _mapping;
    private readonly IReadOnlyList<DocumentRequest> _requests;
    private readonly List<List<PlacedRecord>> _documents;
    private readonly List<TimedEntry> _posted;

    public LineSheet(MappingRules mapping, IReadOnlyList<DocumentRequest> requests)
    {
        _mapping = mapping;
        _requests = requests;
        _documents = [.. requests.Select(request => request.Records.Select(Place).OrderBy(p => p.Record.Record.Id, StringComparer.Ordinal).ToList())];
        _posted = [.. requests.SelectMany(request => request.Posted).Where(p => IsTime(p.Record)).Select(p => Place(p.Record).Timed(p.BilledSeconds))];
    }

    /// <summary>The documents in the order of the requests when the entries of these ids are left out.</summary>
    public IReadOnlyList<DraftedDocument> Without(IReadOnlySet<string> leftOut)
    {
        var kept = _documents.ConvertAll(records => leftOut.Count == 0 ? records : records.FindAll(p => !p.IsTime || !leftOut.Contains(p.Record.Record.Id)));
        var billed = BilledSeconds(kept);
        return [.. kept.Select((records, i) => Draft(_requests[i].Frame, records, billed))];
    }

    private static bool IsTime(AssessedRecord record) => record.Assessment.Facts.Type == RecordFacts.Time;

    private PlacedRecord Place(AssessedRecord record)
    {
        var line = LineIdentity.Of(record, _mapping.Lines.GroupBy);
        return new PlacedRecord(record, line, line.Text(), IsTime(record));
    }

    private Dictionary<string, long> BilledSeconds(List<List<PlacedRecord>> documents)
    {
        var time = documents.SelectMany(records => records).Where(p => p.IsTime).ToList();
        var billed = BilledTime.Of(_mapping.Time, [.. time.Select(p => p.Timed(p.Record.FixedSeconds)), .. _posted]);
        return time.Select((p, i) => (p.Record.Record.Id, Seconds: billed[i])).ToDictionary(e => e.Id, e => e.Seconds, StringComparer.Ordinal);
    }

    private DraftedDocument Draft(DocumentFrame frame, List<PlacedRecord> records, Dictionary<string, long> billed)
    {
        var lines = records.GroupBy(p => p.LineKey, StringComparer.Ordinal)
            .Select(same => same.First().IsTime ? TimeLine(frame, [.. same], billed) : ExpenseLine(same.Single()))
            .Order(LineDraft.DocumentOrder)
            .ToList();
        var key = frame.Identity.Key;
        var discountable = lines.ConvertAll(line => new DiscountableLine(line.Amount.Net, DiscountRules.OfLine(_mapping, line.Identity)));
        return new DraftedDocument(lines, Discounts.Of(discountable, DiscountRules.Left(_mapping, key, frame.DiscountTaken), _mapping.Money.Mode, key.Currency));
    }

    private LineDraft TimeLine(DocumentFrame frame, List<PlacedRecord> records, Dictionary<string, long> billed)
    {
        var parts = records.ConvertAll(p => Part(p.Record, billed[p.Record.Record.Id]));
        var price = records[0].Record.Assessment.Pricing!.UnitPrice!.Value;
        var decimals = Math.Min(_mapping.Money.QuantityDecimals, frame.QuantityDecimals);
        var amount = LineNet.OfTime(parts.ConvertAll(p => (p.BilledSeconds, p.Record.Assessment.Pricing!.Billable)), price, decimals, _mapping.Money.Mode);
        return new LineDraft(records[0].Line, parts, amount, price);
    }

    private static RecordPart Part(AssessedRecord record, long seconds) => new(record, seconds, (Rational)seconds * record.Assessment.Pricing!.Billable.Value);

    private LineDraft ExpenseLine(PlacedRecord placed)
    {
        var pricing = placed.Record.Assessment.Pricing!;
        var exact = placed.Record.Record.Amount!.Value * (pricing.ExpenseRate?.Rate ?? Rational.One);
        var (amount, price) = LineNet.OfExpense(exact, pricing.Markup, placed.Record.Assessment.Key!.Currency, _mapping.Money.Mode);
        return new LineDraft(placed.Line, [new RecordPart(placed.Record, 0, 1)], amount, price);
    }

    /// <summary>A record with the line that it belongs to.</summary>
    /// <param name="LineKey">The line's identity within its document, as one text.</param>
    private sealed record PlacedRecord(AssessedRecord Record, LineIdentity Line, string LineKey, bool IsTime)
    {
        public TimedEntry Timed(long? postedSeconds) => RecordTime.Entry(Record, LineKey, postedSeconds);
    }
}
