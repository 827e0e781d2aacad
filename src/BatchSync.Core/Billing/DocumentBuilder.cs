using System.Globalization;
using BatchSync.Core.Amounts;
using BatchSync.Core.Diagnostics;
using BatchSync.Core.Fx;
using BatchSync.Core.Mapping;
using BatchSync.Core.Tax;
using BatchSync.Core.Time;

namespace BatchSync.Core.Billing;

/// <summary>A record that a posted document already holds, with what was billed of it: it takes part in sums of time, never again in money.</summary>
public sealed record PostedTime(AssessedRecord Record, long BilledSeconds);

/// <summary>What a document is made from besides its records.</summary>
/// <param name="Identity">Decided by the store's posting ledger.</param>
/// <param name="Reference">Made from the identity.</param>
/// <param name="Date">The document date.</param>
/// <param name="QuantityDecimals">What the destination stores of a quantity; the mapping's own limit applies as well.</param>
public sealed record DocumentFrame(DocumentIdentity Identity, string Reference, DateOnly Date, int QuantityDecimals)
{
    /// <summary>From the document's currency to its entity's base currency on the document date; null: the document is not valued.</summary>
    public FxRate? Rate { get; init; }

    /// <summary>What the client's retainer holds before this document; null: there is none.</summary>
    public Money? RetainerBalance { get; init; }

    /// <summary>What earlier documents of the key took of a fixed discount; null: nothing.</summary>
    public Money? DiscountTaken { get; init; }

    /// <summary>By project, what documents hold already of its cap in the period; null: caps do not apply (posted records are only judged).</summary>
    public IReadOnlyDictionary<string, Money>? CapUsed { get; init; }
}

/// <summary>What came of a key's records.</summary>
/// <param name="Document">Null where a cap leaves nothing of them.</param>
/// <param name="HeldByCap">Records that a cap leaves out: <c>held: cap</c>.</param>
public sealed record BuiltDocument(Document? Document, IReadOnlyList<AssessedRecord> HeldByCap);

/// <summary>
/// Forms one document from its records: billed time, line net, tax, totals, and each record's share (money rules, sections 2, 4,
/// 6 and 7). Pure, and the order of the records does not matter.
/// </summary>
public sealed class DocumentBuilder(MappingRules mapping)
{
    private readonly FactFinder _facts = new(mapping);

    /// <summary>The document of the records given.</summary>
    /// <param name="frame">Identity and dates.</param>
    /// <param name="records">At least one; all of the frame's key and with a pricing.</param>
    /// <param name="posted">Time of the same key that earlier documents hold; empty for an original.</param>
    public BuiltDocument Build(DocumentFrame frame, IReadOnlyList<AssessedRecord> records, IReadOnlyList<PostedTime> posted)
    {
        Invariant.Holds(records.Count > 0, "A document has records.");
        Invariant.Holds(records.All(r => r.Assessment.Key == frame.Identity.Key && r.Assessment.Pricing is not null), "All records of a document have its key and a price.");
        var lines = LinesOf(frame, records, posted);
        var taxed = TaxCalculation.Of(
            [.. lines.Select(l => new TaxableLine(l.Amount.Net, l.Pricing.TaxCode, l.Pricing.TaxDate ?? l.LastServiceDate))],
            new TaxMethod(Inclusive: false, mapping.Money.TaxPer, mapping.Money.Mode),
            frame.Identity.Key.Currency);
        var credit = taxed.Total.Sign < 0;
        var client = _facts.Client(frame.Identity.Key.Client)!;
        var zero = Money.Zero(frame.Identity.Key.Currency);
        var document = new Document
        {
            Identity = frame.Identity,
            Reference = frame.Reference,
            Type = credit ? DocumentType.CreditNote : DocumentType.Invoice,
            Date = frame.Date,
            Due = frame.Date.AddDays(client.TermsDays ?? mapping.Defaults.TermsDays),
            DestinationClient = client.DestinationId,
            ClientName = client.Name.Length > 0 ? client.Name : client.Code,
            Lines = [.. lines.Select((line, i) => Printed(frame, line, taxed.Lines[i], i + 1, credit))],
            Taxes = [.. taxed.Taxes.Select(t => t with { Amount = Turned(t.Amount, credit) })],
            Net = Turned(taxed.Net, credit),
            Tax = Turned(taxed.Tax, credit),
            Total = Turned(taxed.Total, credit),
            Withholding = zero,
            Retainer = zero,
            DiscountCut = zero,
            MappingHash = mapping.ContentHash,
        };
        return new BuiltDocument(document, []);
    }

    private List<LineDraft> LinesOf(DocumentFrame frame, IReadOnlyList<AssessedRecord> records, IReadOnlyList<PostedTime> posted)
    {
        var drafts = records
            .Select(r => (Record: r, Line: LineIdentity.Of(r, mapping.Lines.GroupBy)))
            .GroupBy(r => r.Line.Text())
            .Select(group => (group.First().Line, Records: group.Select(r => r.Record).OrderBy(r => r.Record.Id, StringComparer.Ordinal).ToList()))
            .ToList();
        var billed = BilledSeconds(records, posted);
        var lines = drafts.Select(d => d.Line.Type == RecordFacts.Time ? TimeLine(frame, d.Line, d.Records, billed) : ExpenseLine(d.Line, d.Records.Single()));
        return [.. lines.Order(LineDraft.DocumentOrder)];
    }

    private Dictionary<string, long> BilledSeconds(IReadOnlyList<AssessedRecord> records, IReadOnlyList<PostedTime> posted)
    {
        var time = records.Where(IsTime).ToList();
        var entries = time.Select(r => Timed(r, r.FixedSeconds)).Concat(posted.Where(p => IsTime(p.Record)).Select(p => Timed(p.Record, p.BilledSeconds))).ToList();
        var billed = BilledTime.Of(mapping.Time, entries);
        return time.Select((r, i) => (r.Record.Id, Seconds: billed[i])).ToDictionary(e => e.Id, e => e.Seconds, StringComparer.Ordinal);
    }

    private TimedEntry Timed(AssessedRecord record, long? postedSeconds)
    {
        var facts = record.Assessment.Facts;
        var day = string.Join('\u001f', facts.Client, facts.Project, facts.Task, facts.Person, record.Assessment.Date!.Value.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        return new TimedEntry(record.Record.Id, day, LineIdentity.Of(record, mapping.Lines.GroupBy).Text(), record.Record.Seconds!.Value, postedSeconds);
    }

    private LineDraft TimeLine(DocumentFrame frame, LineIdentity identity, List<AssessedRecord> records, Dictionary<string, long> billed)
    {
        var parts = records.Select(r => new RecordPart(r, billed[r.Record.Id], (Rational)billed[r.Record.Id] * r.Assessment.Pricing!.Billable.Value)).ToList();
        var amount = LineNet.OfTime(
            [.. parts.Select(p => (p.BilledSeconds, p.Record.Assessment.Pricing!.Billable))],
            records[0].Assessment.Pricing!.UnitPrice!.Value,
            Math.Min(mapping.Money.QuantityDecimals, frame.QuantityDecimals),
            mapping.Money.Mode);
        return new LineDraft(identity, parts, amount, records[0].Assessment.Pricing!.UnitPrice!.Value);
    }

    private LineDraft ExpenseLine(LineIdentity identity, AssessedRecord record)
    {
        var pricing = record.Assessment.Pricing!;
        var (amount, price) = LineNet.OfExpense(record.Record.Amount!.Value, pricing.Markup, record.Assessment.Key!.Currency, mapping.Money.Mode);
        return new LineDraft(identity, [new RecordPart(record, 0, 1)], amount, price);
    }

    private DocumentLine Printed(DocumentFrame frame, LineDraft draft, TaxedLine taxed, int number, bool credit) => new()
    {
        Number = number,
        Type = draft.Identity.Type,
        Group = draft.Identity.Group,
        Description = Description(frame, draft),
        Account = draft.Identity.Account,
        Item = draft.Identity.Item,
        TaxCode = draft.Pricing.TaxCode,
        BilledSeconds = draft.Parts.Sum(p => p.BilledSeconds),
        ChargedSeconds = draft.Identity.Type == RecordFacts.Time ? draft.Parts.Aggregate(Rational.Zero, (sum, p) => sum + p.Weight) : Rational.Zero,
        Quantity = credit ? -draft.Amount.Quantity : draft.Amount.Quantity,
        UnitPrice = draft.Price,
        Amount = Turned(draft.Amount.Net, credit),
        LineDiscount = Money.Zero(draft.Amount.Net.Currency),
        DocumentDiscount = Money.Zero(draft.Amount.Net.Currency),
        Dimensions = draft.Pricing.Dimensions,
        Net = Turned(draft.Amount.Net, credit),
        Taxes = [.. taxed.Taxes.Select(t => t with { Amount = Turned(t.Amount, credit) })],
        Variance = credit ? -draft.Amount.Variance : draft.Amount.Variance,
        Shares = Shares(draft, taxed, credit),
    };

    private List<RecordShare> Shares(LineDraft draft, TaxedLine taxed, bool credit)
    {
        var weights = draft.Parts.Select(p => p.Weight).ToList();
        var ties = TieOrder(draft.Parts);
        var nets = Shared(draft.Amount.Net, weights, ties);
        var taxes = taxed.Taxes.Select(t => Shared(t.Amount, weights, ties)).ToList();
        var currency = draft.Amount.Net.Currency;
        return [.. draft.Parts.Select((part, i) => new RecordShare(
            part.Record.Record.Stream,
            part.Record.Record.Id,
            part.Record.Version,
            part.BilledSeconds,
            Money.Zero(currency),
            Turned(Money.OfMinorUnits(nets[i], currency), credit),
            [.. taxes.Select(t => Turned(Money.OfMinorUnits(t[i], currency), credit))],
            RecordInputs.Hash(part.Record, mapping)))];
    }

    // Ties go to the entry with more seconds, then to the smaller record id; the parts already stand in the order of their ids.
    private static int[] TieOrder(List<RecordPart> parts)
    {
        var order = new int[parts.Count];
        var place = 0;
        foreach (var i in Enumerable.Range(0, parts.Count).OrderByDescending(i => parts[i].Record.Record.Seconds ?? 0)) order[i] = place++;
        return order;
    }

    private static long[] Shared(Money amount, List<Rational> weights, int[] ties) =>
        LargestRemainder.Share(amount.MinorUnits, weights, ties)
        ?? throw new InvariantException("A line without billed time has no money to share.");

    private string Description(DocumentFrame frame, LineDraft draft)
    {
        var texts = mapping.Lines.Description.Select(part => DescriptionPart(part, frame, draft)).Where(text => text.Length > 0);
        return string.Join(" - ", texts);
    }

    private string DescriptionPart(GroupKey part, DocumentFrame frame, LineDraft draft)
    {
        if (part == GroupKey.Period) return frame.Identity.Key.Period.ToString();
        if (part == GroupKey.Notes) return draft.Parts.Count == 1 ? draft.Parts[0].Record.Record.Notes : "";
        var values = draft.Parts.Select(p => LineIdentity.Part(part, p.Record.Assessment.Facts, p.Record.Assessment.Date!.Value)).Distinct().Take(2).ToList();
        return values.Count == 1 ? _facts.Title(part, values[0]) : "";
    }

    private static bool IsTime(AssessedRecord record) => record.Assessment.Facts.Type == RecordFacts.Time;
    private static Money Turned(Money amount, bool credit) => credit ? -amount : amount;
}

/// <summary>A record's part of a line, before money is shared.</summary>
internal sealed record RecordPart(AssessedRecord Record, long BilledSeconds, Rational Weight);

/// <summary>A line before its taxes are known, with the signs as computed.</summary>
internal sealed record LineDraft(LineIdentity Identity, List<RecordPart> Parts, LineAmount Amount, UnitPrice Price)
{
    /// <summary>Grouping keys, time before expense, unit price by value, tax code, smallest record id.</summary>
    public static Comparer<LineDraft> DocumentOrder { get; } = Comparer<LineDraft>.Create(Compare);

    public Pricing Pricing => Parts[0].Record.Assessment.Pricing!;
    public DateOnly LastServiceDate => Parts.Max(p => p.Record.Assessment.Date!.Value);

    private static int Compare(LineDraft? a, LineDraft? b)
    {
        for (var i = 0; i < a!.Identity.Group.Count; i++)
        {
            if (string.CompareOrdinal(a.Identity.Group[i], b!.Identity.Group[i]) is var group and not 0) return group;
        }

        return string.CompareOrdinal(b!.Identity.Type, a.Identity.Type) is var type and not 0 ? type
            : a.Price.Amount.CompareTo(b.Price.Amount) is var price and not 0 ? price
            : string.CompareOrdinal(a.Identity.TaxCode, b.Identity.TaxCode) is var tax and not 0 ? tax
            : string.CompareOrdinal(a.Parts[0].Record.Record.Id, b.Parts[0].Record.Record.Id);
    }
}
