using System.Text;
using BatchSync.Core.Amounts;
using BatchSync.Core.Billing;
using BatchSync.Core.Sources;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Billing;

/// <summary>What holds of all documents, over ten thousand random cases with everything switched on.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
public sealed class DocumentPropertyTests
{
    private static readonly RoundingMode[] Modes = Enum.GetValues<RoundingMode>();

    [Test]
    public void Build_OfRandomRecords_KeepsWhatAlwaysHolds()
    {
        var documents = 0;
        foreach (var (number, random) in Seeded.Cases())
        {
            var billing = new RandomBilling(random);
            var built = billing.Build(shuffled: false);
            documents += built.Count(b => b.Document is not null);
            var fault = AddsUp(billing, built) ?? KeepsRetainersAndCaps(billing, built) ?? PutsEveryRecordSomewhereOnce(billing, built) ?? IsRoundedOnce(built) ?? IsTheSameInAnotherOrder(billing, built);
            Assert.That(fault, Is.Null, () => $"case {number}");
        }

        Assert.That(documents, Is.GreaterThan(10_000), "the cases are of documents");
    }

    /// <summary>Shares to lines, lines to documents, documents to the books.</summary>
    private static string? AddsUp(RandomBilling billing, IReadOnlyList<BuiltDocument> built)
    {
        foreach (var document in Documents(built))
        {
            foreach (var line in document.Lines)
            {
                if (FaultOfLine(line, billing.Mapping.Money.TaxInclusive) is { } fault) return $"{document.Identity.Key}, line {line.Number}: {fault}";
            }

            if (FaultOfDocument(document) is { } wrong) return $"{document.Identity.Key}: {wrong}";
        }

        return null;
    }

    private static string? KeepsRetainersAndCaps(RandomBilling billing, IReadOnlyList<BuiltDocument> built)
    {
        foreach (var ofClient in Documents(built).GroupBy(d => (d.Identity.Key.Client, d.Currency)))
        {
            var drawn = Money.Sum(ofClient.Select(d => d.Retainer), ofClient.Key.Currency);
            if (drawn.Sign < 0 || (drawn.Sign > 0 && drawn > billing.Retainers[ofClient.Key])) return $"{ofClient.Key} drew {drawn}";
            if (ofClient.Any(d => d.Retainer.Sign > 0 && d.AmountDue.Sign < 0)) return $"{ofClient.Key} drew more than was due";
        }

        return billing.Mapping.Caps.Select(cap => FaultOfCap(cap, billing, built)).FirstOrDefault(fault => fault is not null);
    }

    // Whatever a cap leaves of its project's time fits, or it leaves nothing.
    private static string? FaultOfCap(Core.Mapping.ProjectCap cap, RandomBilling billing, IReadOnlyList<BuiltDocument> built)
    {
        var lines = Documents(built).Where(d => d.Identity.Key.Client == cap.Client && d.Currency == cap.Amount.Currency)
            .SelectMany(d => d.Lines.Where(l => l.Type == "time" && l.Group[0] == cap.Project).Select(l => d.Type == DocumentType.CreditNote ? -l.Net : l.Net)).ToList();
        var limit = cap.Amount - billing.CapUsed(cap);
        return lines.Count == 0 || Money.Sum(lines, limit.Currency) <= limit ? null : $"{cap} is passed";
    }

    private static string? PutsEveryRecordSomewhereOnce(RandomBilling billing, IReadOnlyList<BuiltDocument> built)
    {
        var billed = Documents(built).SelectMany(d => d.Lines).SelectMany(l => l.Shares).Select(s => (s.Stream, s.RecordId)).ToList();
        var held = built.SelectMany(b => b.HeldByCap).Select(r => (r.Record.Stream, r.Record.Id)).ToList();
        var others = billing.Records.Where(r => r.Assessment.Bucket != Bucket.Ready).Select(r => (r.Record.Stream, r.Record.Id)).ToList();
        var found = billed.Concat(held).Concat(others).ToList();
        if (found.Count != billing.Records.Count || found.Distinct().Count() != found.Count) return $"{found.Count} of {billing.Records.Count} records are somewhere";
        var all = billing.Records.ToDictionary(r => (r.Record.Stream, r.Record.Id), r => r.Record);
        var (seconds, amounts) = (found.Sum(id => all[id].Seconds ?? 0), found.Sum(id => all[id].Amount ?? 0));
        return (seconds, amounts) == (billing.Records.Sum(r => r.Record.Seconds ?? 0), billing.Records.Sum(r => r.Record.Amount ?? 0)) ? null : "the buckets do not add up to the source";
    }

    private static string? IsRoundedOnce(IReadOnlyList<BuiltDocument> built) =>
        Documents(built).SelectMany(MoneyOf).Where(money => Modes.Any(mode => Money.Round(money.Exact, money.Currency, mode) != money)).Select(money => $"{money} is not rounded").FirstOrDefault();

    private static string? IsTheSameInAnotherOrder(RandomBilling billing, IReadOnlyList<BuiltDocument> built)
    {
        var (one, other) = (built.Select(Text).ToList(), billing.Build(shuffled: true).Select(Text).ToList());
        return one.SequenceEqual(other) ? null : $"{string.Join('\n', one)}\nbecame\n{string.Join('\n', other)}";
    }

    private static IEnumerable<Document> Documents(IReadOnlyList<BuiltDocument> built) => built.Select(b => b.Document).OfType<Document>();

    private static string? FaultOfLine(DocumentLine line, bool inclusive)
    {
        var currency = line.Net.Currency;
        if (Money.Sum(line.Shares.Select(s => s.Net), currency) != line.Net) return "shares of the net";
        if (Money.Sum(line.Shares.Select(s => s.Discount), currency) != line.LineDiscount + line.DocumentDiscount) return "shares of the discounts";
        for (var i = 0; i < line.Taxes.Count; i++)
        {
            if (Money.Sum(line.Shares.Select(s => s.Taxes[i]), currency) != line.Taxes[i].Amount) return $"shares of {line.Taxes[i].Component}";
        }

        if (line.Shares.Sum(s => s.BilledSeconds) != line.BilledSeconds) return "billed seconds";
        return line.Amount - line.LineDiscount - line.DocumentDiscount == (inclusive ? line.Total : line.Net) ? null : "amount less discounts";
    }

    private static string? FaultOfDocument(Document document)
    {
        var currency = document.Currency;
        if (Money.Sum(document.Lines.Select(l => l.Net), currency) != document.Net) return "net";
        if (Money.Sum(document.Lines.Select(l => l.Tax), currency) != document.Tax || Money.Sum(document.Taxes.Select(t => t.Amount), currency) != document.Tax) return "tax";
        if (document.Net + document.Tax != document.Total || document.Total.Sign < 0) return "total";
        if (document.AmountDue + document.Retainer + document.Withholding != document.Total) return "due";
        if (document.Valuation is not { } valuation) return null;
        var lines = Money.Sum(document.Lines.SelectMany(l => l.BaseTaxes.Prepend(l.BaseNet!.Value)), valuation.Total.Currency);
        return lines + valuation.RoundingDifference == valuation.Total ? null : "base amounts";
    }

    private static IEnumerable<Money> MoneyOf(Document document) =>
    [
        document.Net, document.Tax, document.Total, document.Withholding, document.Retainer, document.DiscountCut, document.AmountDue,
        .. document.Lines.SelectMany(l => l.BaseTaxes.Append(l.BaseNet ?? l.Net).Append(l.Amount).Append(l.LineDiscount).Append(l.DocumentDiscount).Append(l.Total)),
        .. document.Lines.SelectMany(l => l.Shares).SelectMany(s => s.Taxes.Append(s.Net).Append(s.Discount)),
    ];

    // Records print their fields but not what lists hold, so these are written out; what a cap holds is a set.
    private static string Text(BuiltDocument built)
    {
        var text = new StringBuilder();
        text.AppendJoin(' ', built.HeldByCap.Select(r => r.Record.Id).Order(StringComparer.Ordinal)).AppendLine();
        if (built.Document is not { } document) return text.ToString();
        text.Append(document with { Lines = [], Taxes = [] }).AppendLine().AppendJoin('\n', document.Taxes).AppendLine();
        foreach (var line in document.Lines)
        {
            text.Append(line with { Shares = [], Taxes = [], BaseTaxes = [], Group = [] }).Append(line.TaxCode.Code).AppendJoin('|', line.Group).AppendJoin('|', line.Taxes).AppendJoin('|', line.BaseTaxes).AppendLine();
            foreach (var share in line.Shares) text.Append(share with { Taxes = [] }).AppendJoin('|', share.Taxes).AppendLine();
        }

        return text.ToString();
    }
}
