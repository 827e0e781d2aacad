using System.Globalization;
using BatchSync.Core.Amounts;
using BatchSync.Core.Billing;
using BatchSync.Core.Posting;
using BatchSync.Core.Sources;
using BatchSync.Storage;

namespace BatchSync.Running;

/// <summary>Money with the sign of the books: what a credit note says counts below zero.</summary>
internal sealed record BookedMoney(Money Net, Money Tax)
{
    public Money Total => Net + Tax;

    public bool IsNothing => Net.Sign == 0 && Tax.Sign == 0;

    public static BookedMoney Zero(Currency currency) => new(Money.Zero(currency), Money.Zero(currency));

    public static BookedMoney Of(DocumentType type, Money net, Money tax) => type == DocumentType.CreditNote ? new(-net, -tax) : new(net, tax);

    public static BookedMoney Sum(IEnumerable<BookedMoney> amounts, Currency currency) => amounts.Aggregate(Zero(currency), (sum, next) => sum + next);

    public static BookedMoney operator +(BookedMoney a, BookedMoney b) => new(a.Net + b.Net, a.Tax + b.Tax);
    public static BookedMoney operator -(BookedMoney a, BookedMoney b) => new(a.Net - b.Net, a.Tax - b.Tax);
    public static BookedMoney operator -(BookedMoney a) => new(-a.Net, -a.Tax);
}

internal enum PlanChangeKind
{
    /// <summary>Comes onto the books.</summary>
    New,

    /// <summary>Goes off the books: credited in full, or a draft deleted.</summary>
    TakenBack,

    /// <summary>Is on the books with other amounts afterwards: adjusted, or taken back and billed anew.</summary>
    Changed,
}

/// <summary>One side of a line.</summary>
/// <param name="Printed">Quantity and price as on the document: <c>12.5 x 180.00</c>; of several lines how many.</param>
internal sealed record PlanSide(string Printed, BookedMoney Money);

/// <summary>What becomes of a line.</summary>
/// <param name="Text">What tells it from others.</param>
/// <param name="Old">As it is on the books; null: it comes.</param>
/// <param name="New">As it will be; null: it goes.</param>
internal sealed record PlanLine(string Text, string Account, string TaxCode, IReadOnlyList<RecordName> Records, PlanSide? Old, PlanSide? New)
{
    public bool IsSame => Old is not null && Old == New;
}

/// <summary>What becomes of a document: those which bring it about, and its lines and amounts before and after.</summary>
/// <param name="Old">Null: nothing stands there yet.</param>
/// <param name="New">Null: nothing is left.</param>
internal sealed record PlanChange(PlanChangeKind Kind, DocumentKey Key, IReadOnlyList<PlannedDocument> Documents, IReadOnlyList<PlanLine> Lines, BookedMoney? Old, BookedMoney? New);

/// <summary>Holds the documents that a plan formed against what is posted. Pure.</summary>
internal static class PlanChanges
{
    /// <summary>The changes in the order of their keys; a credit and the rebill of its key are one change.</summary>
    /// <param name="planned">In the order in which they were formed.</param>
    /// <param name="posted">What documents hold of each record that is adjusted.</param>
    public static IReadOnlyList<PlanChange> Of(IReadOnlyList<PlannedDocument> planned, IReadOnlyDictionary<RecordName, BookedMoney> posted) =>
        [.. planned.GroupBy(d => d.Key).OrderBy(g => g.Key).SelectMany(g => OfKey(g.Key, [.. g], posted))];

    /// <summary>By entity, client and currency what is on the books, over all periods, and what the planned documents change of it.</summary>
    public static IReadOnlyList<PlanTotal> Totals(IReadOnlyList<DocumentRow> before, IReadOnlyList<PlannedDocument> planned)
    {
        var now = before.ToLookup(d => (d.Key.Entity, d.Key.Client, d.Key.Currency), d => BookedMoney.Of(d.Type, d.Net, d.Tax));
        var change = planned.ToLookup(d => (d.Key.Entity, d.Key.Client, d.Key.Currency), Booked);
        return [.. now.Select(g => g.Key).Concat(change.Select(g => g.Key)).Distinct()
            .OrderBy(k => k.Entity, StringComparer.Ordinal).ThenBy(k => k.Client, StringComparer.Ordinal).ThenBy(k => k.Currency.Code, StringComparer.Ordinal)
            .Select(k => new PlanTotal(k.Entity, k.Client, k.Currency, BookedMoney.Sum(now[k], k.Currency), BookedMoney.Sum(change[k], k.Currency)))];
    }

    private static IEnumerable<PlanChange> OfKey(DocumentKey key, List<PlannedDocument> documents, IReadOnlyDictionary<RecordName, BookedMoney> posted)
    {
        var takenBack = documents.Where(d => d.TakesBack).ToList();
        var rebills = documents.Where(d => d.Purpose == DocumentPurpose.Rebill).ToList();
        var together = takenBack.Count > 0 && rebills.Count > 0;
        if (together) yield return Rebilled(key, takenBack, rebills);
        foreach (var document in together ? documents.Except(takenBack).Except(rebills) : documents)
            yield return document.TakesBack ? TakenBack(document) : document.Adjusts ? Adjusted(document, posted) : New(document);
    }

    private static BookedMoney Booked(PlannedDocument d) => BookedMoney.Of(d.Type, d.Net, d.Tax);

    private static PlanChange New(PlannedDocument document) =>
        new(PlanChangeKind.New, document.Key, [document], [.. document.Document.Lines.Select(l => Place(document, l, [], [l]))], null, Booked(document));

    private static PlanChange TakenBack(PlannedDocument document) =>
        new(PlanChangeKind.TakenBack, document.Key, [document], [.. document.Document.Lines.Select(l => Place(document, l, [l], []))], -Booked(document), null);

    private static PlanChange Rebilled(DocumentKey key, List<PlannedDocument> takenBack, List<PlannedDocument> rebills)
    {
        var old = takenBack.SelectMany(d => d.Document.Lines.Select(l => (Document: d, Line: l))).ToList();
        var now = rebills.SelectMany(d => d.Document.Lines.Select(l => (Document: d, Line: l))).ToList();
        var places = old.Concat(now).Select(l => PlaceOf(l.Line)).Distinct().ToList();
        var (oldByPlace, nowByPlace) = (old.ToLookup(l => PlaceOf(l.Line)), now.ToLookup(l => PlaceOf(l.Line)));
        return new(
            PlanChangeKind.Changed,
            key,
            [.. takenBack, .. rebills],
            [.. places.Select(p => Line(oldByPlace[p], nowByPlace[p]))],
            -BookedMoney.Sum(takenBack.Select(Booked), key.Currency),
            BookedMoney.Sum(rebills.Select(Booked), key.Currency));
    }

    // An expense is a line of its own; time with the same grouping and tax code is one line, whatever it costs.
    private static (string Expense, string Group, string TaxCode) PlaceOf(DocumentLine line) => (
        line.Shares is [{ Stream: StreamKind.Expenses } share] ? share.RecordId : "",
        string.Concat(line.Group.Select(g => FormattableString.Invariant($"{g.Length}:{g}"))),
        line.TaxCode.Code);

    private static PlanLine Place(PlannedDocument document, DocumentLine line, IEnumerable<DocumentLine> old, IEnumerable<DocumentLine> now) =>
        Line(old.Select(l => (document, l)), now.Select(l => (document, l)));

    private static PlanLine Line(IEnumerable<(PlannedDocument Document, DocumentLine Line)> old, IEnumerable<(PlannedDocument Document, DocumentLine Line)> now)
    {
        var (before, after) = (old.ToList(), now.ToList());
        var shown = after.Concat(before).OrderBy(l => l.Line.Type == DocumentLine.Adjustment).First().Line;
        var records = before.Concat(after).SelectMany(l => l.Line.Shares).Select(s => new RecordName(s.Stream, s.RecordId)).Distinct();
        return new PlanLine(
            shown.Description, shown.Account, shown.TaxCode.Code, [.. records.OrderBy(r => r.Stream).ThenBy(r => r.SourceId, StringComparer.Ordinal)],
            before.Count == 0 ? null : Side(before, turned: true), after.Count == 0 ? null : Side(after, turned: false));
    }

    // What takes a document back has its amounts under the other sign.
    private static PlanSide Side(List<(PlannedDocument Document, DocumentLine Line)> lines, bool turned)
    {
        var currency = lines[0].Document.Key.Currency;
        var money = BookedMoney.Sum(lines.Select(l => BookedMoney.Of(l.Document.Type, l.Line.Net, l.Line.Tax)), currency);
        var printed = lines is [var only] ? Printed(only.Line, only.Document.Type == DocumentType.CreditNote != turned) : FormattableString.Invariant($"{lines.Count} lines");
        return new PlanSide(printed, turned ? -money : money);
    }

    private static string Printed(DocumentLine line, bool negative)
    {
        var quantity = negative ? -line.Quantity : line.Quantity;
        var price = line.UnitPrice.Amount;
        var decimals = Math.Max(line.Net.Currency.Decimals, price.Scale);
        return $"{quantity} x {price.ToString("F" + decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture)}";
    }

    private static PlanChange Adjusted(PlannedDocument document, IReadOnlyDictionary<RecordName, BookedMoney> posted)
    {
        var byRecord = document.Document.Lines.GroupBy(l => new RecordName(l.Shares[0].Stream, l.Shares[0].RecordId)).ToList();
        var old = BookedMoney.Sum(byRecord.Select(r => posted[r.Key]), document.Key.Currency);
        return new(PlanChangeKind.Changed, document.Key, [document], [.. byRecord.SelectMany(r => AdjustedLines(document, r.Key, [.. r], posted[r.Key]))], old, old + Booked(document));
    }

    // One line changes what is there; two move it from one account or tax to another.
    private static IEnumerable<PlanLine> AdjustedLines(PlannedDocument document, RecordName record, List<DocumentLine> lines, BookedMoney held)
    {
        foreach (var line in lines)
        {
            var text = string.Join(" - ", line.Group.Append(record.ToString()).Where(t => t.Length > 0));
            var gap = BookedMoney.Of(document.Type, line.Net, line.Tax);
            var (old, now) = lines.Count == 1 ? (held, held + gap) : gap.Total.Sign < 0 ? (-gap, null) : ((BookedMoney?)null, gap);
            yield return new PlanLine(
                text, line.Account, line.TaxCode.Code, [record], old is null ? null : new PlanSide("", old), now is null || (lines.Count == 1 && now.IsNothing) ? null : new PlanSide("", now));
        }
    }
}
