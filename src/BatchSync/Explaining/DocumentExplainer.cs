using BatchSync.Core.Amounts;
using BatchSync.Core.Billing;
using BatchSync.Core.Mapping;
using BatchSync.Core.Posting;
using BatchSync.Core.Tax;
using BatchSync.Storage;

namespace BatchSync.Explaining;

/// <summary>How a document came about and what became of it, from what the store holds alone.</summary>
internal sealed class DocumentExplainer(IStore store)
{
    private readonly DocumentArchive _archive = new(store, new RuleArchive(store));

    /// <param name="lineNumber">The only line that is wanted, without the document's sums; null: all of it.</param>
    public async Task<Explanation> ExplainAsync(DocumentRow row, int? lineNumber, CancellationToken cancel)
    {
        var past = await _archive.LoadAsync(row, cancel);
        var forming = await PastForming.LoadAsync(store, _archive, past, cancel);
        var recomputed = Recomputed.Of(past, forming);
        var totals = new TotalExplainer(past, forming, recomputed);
        var lines = await LinesAsync(past, forming, recomputed, lineNumber, cancel);
        var related = await store.ListRelatedDocumentsAsync(row.DocumentNo, cancel);
        var root = new Step("document", row.Reference)
        {
            Result = $"{Shown.Type(row.Type)} for {past.Document.ClientName}, {row.Key.Period}, total {row.Total}",
            Steps =
            [
                totals.Identity(),
                .. lines,
                .. lineNumber is null ? totals.Sums() : [],
                Posting(past, await store.ReadPostingAsync(row.DocumentNo, cancel), related),
                .. related.Count == 0 ? [] : new[] { new Step("corrections") { Steps = [.. related.Select(d => Correction(row, d))] } },
            ],
        };
        return new Explanation(lineNumber is { } number ? $"line {row.Reference}/{Shown.Number(number)}" : $"document {row.Reference}", root);
    }

    private async Task<List<Step>> LinesAsync(PastDocument past, PastForming forming, Recomputed recomputed, int? only, CancellationToken cancel)
    {
        var lines = past.Document.Lines.Where(l => only is null || l.Number == only).ToList();
        if (past.Row.TakesBack) return Reversed(past, await CorrectedAsync(past, cancel), lines);
        if (past.Adjusts) return await new AdjustmentExplainer(store, past).ExplainAsync(lines, cancel);
        var explainer = new LineExplainer(past, forming, recomputed);
        return lines.ConvertAll(line => Line(line) with { Steps = [.. explainer.Explain(line)] });
    }

    public static Step Line(DocumentLine line) => new("line", Shown.Number(line.Number)) { Result = $"{line.Description}: net {line.Net}, tax {line.Tax}{(line.Account.Length > 0 ? $", account {line.Account}" : "")}" };

    private async Task<PastDocument?> CorrectedAsync(PastDocument past, CancellationToken cancel) =>
        (await store.FindDocumentsAsync(past.Row.Corrects, cancel)).FirstOrDefault(d => d.Reference == past.Row.Corrects) is { } row ? await _archive.LoadAsync(row, cancel) : null;

    // What takes a document back copies it: there is nothing to compute but the other sign.
    private static List<Step> Reversed(PastDocument past, PastDocument? original, List<DocumentLine> lines)
    {
        return lines.ConvertAll(line => Line(line) with { Steps = [Reversal(line)] });

        Step Reversal(DocumentLine line)
        {
            var step = new Step("copy") { Result = $"line {Shown.Number(line.Number)} of {past.Row.Corrects} with its amounts and taxes; time turned to {Shown.Seconds(line.BilledSeconds)}" };
            if (original?.Document.Lines.FirstOrDefault(l => l.Number == line.Number) is not { } copied) return step with { NotChecked = $"{past.Row.Corrects} is not in the store" };
            return step.Checked(Money(copied, -1), Money(line, 1));
        }

        static string Money(DocumentLine line, int sign) =>
            $"amount {line.Amount}, net {line.Net}, taxes {string.Join(' ', line.Taxes.Select(t => t.Amount))}, {Shown.Number(sign * line.BilledSeconds)} s, base {line.BaseNet} {string.Join(' ', line.BaseTaxes)}".TrimEnd();
    }

    private static Step Posting(PastDocument past, PostingHistory history, IReadOnlyList<DocumentRow> related)
    {
        var waited = past.Row.After is { } after ? related.FirstOrDefault(d => d.DocumentNo == after)?.Reference ?? "a document that is not there any more" : null;
        var formed = new Step("formed") { Result = $"{Shown.Instant(history.FormedAt)} by run {Shown.Number(past.Row.RunNo)}", Rule = waited is null ? "" : $"sent only after {waited}" };
        return new Step("posting")
        {
            Result = $"{history.State} since {Shown.Instant(history.ChangedAt)} at '{past.Row.Destination}' ({past.Document.Identity.Tenant}){(history.DestinationId.Length > 0 ? $" as {history.DestinationId}" : "")}",
            Rule = history.Message,
            Steps = [formed, .. history.Attempts.Select(Attempt)],
        };
    }

    private static Step Attempt(AttemptRow attempt) => new("attempt", Shown.Number(attempt.AttemptNo))
    {
        Input = $"{attempt.Action} on {Shown.Instant(attempt.StartedAt)} by run {Shown.Number(attempt.RunNo)}, key {attempt.IdempotencyKey}",
        Result = attempt.Outcome.Length > 0 ? attempt.Outcome : "no answer stored",
        Rule = attempt.Message,
    };

    private static Step Correction(DocumentRow mine, DocumentRow other)
    {
        var what = other switch
        {
            { Purpose: DocumentPurpose.Credit } when other.Corrects == mine.Reference => "credited in full by",
            { Purpose: DocumentPurpose.Withdrawal } when other.Corrects == mine.Reference => "withdrawn by",
            _ when other.Corrects == mine.Reference => "adjusted by",
            _ when mine.Corrects == other.Reference => mine.TakesBack ? "takes back" : "adjusts",
            { DocumentNo: var no } when no > mine.DocumentNo => other.Purpose == DocumentPurpose.Rebill ? "records billed anew on" : "records also on",
            _ => mine.Purpose == DocumentPurpose.Rebill ? "bills anew records of" : "records also on",
        };
        return new Step("document", other.Reference)
        {
            Input = $"{what} {StoreText.Of(other.Purpose)}, {Shown.Type(other.Type)} of {Shown.Iso(other.Date)}: total {other.Total}, {other.State}{(other.DestinationId.Length > 0 ? $" as {other.DestinationId}" : "")}",
        };
    }
}

/// <summary>What is the document's as a whole: its identity, its sums, what it lowers them by, and its value in the books' currency.</summary>
internal sealed class TotalExplainer(PastDocument past, PastForming forming, Recomputed recomputed)
{
    private Document Document => past.Document;
    private MappingRules? Mapping => past.Mapping;
    private string Mode => Shown.Mode(Mapping!.Money.Mode);

    public Step Identity()
    {
        var (identity, key) = (Document.Identity, Document.Identity.Key);
        return new Step("identity")
        {
            Input = $"{identity.Tenant}, series {identity.Series}, {key}, {StoreText.Of(identity.Purpose)} {Shown.Number(identity.Revision)}",
            Result = Document.Reference,
            Steps = [Date(), Rules(), Content()],
        }.Checked(DocumentReference.Of(identity, Math.Max(DocumentReference.ShortestLength, Document.Reference.Length)), Document.Reference);
    }

    private Step Date()
    {
        var period = past.Row.Key.Period;
        var why = Document.Date == period.LastDay ? $"the last day of {period}" : Document.Date > period.LastDay ? $"after {period}: the day of its close, or the next day that its books take" : $"within {period}";
        return new Step("document date") { Result = Shown.Iso(Document.Date), Rule = why };
    }

    private Step Rules() => Mapping is { } mapping
        ? new Step("mapping") { Result = $"{mapping.Name} {mapping.Version}", Rule = $"content {Shown.Hash(mapping.ContentHash)}", Place = past.Rules.Places!.File }
        : new Step("mapping") { Result = "not known", NotChecked = past.Rules.Missing };

    private Step Content() => new Step("content") { Result = Shown.Hash(past.Row.ContentHash), Rule = "hash of what it does to the books" }.Checked(DocumentContent.Hash(Document), past.Row.ContentHash);

    public IEnumerable<Step> Sums()
    {
        if (Discount() is { } discount) yield return discount;
        yield return Sum("net", Document.Lines.Select(l => l.Net), Document.Net);
        foreach (var tax in Taxes()) yield return tax;
        yield return Sum("tax", Document.Taxes.Select(t => t.Amount), Document.Tax);
        yield return new Step("total") { Input = $"{Document.Net.ToAmountString()} + {Document.Tax.ToAmountString()}", Result = Document.Total.ToString() }.Checked(Document.Net + Document.Tax, Document.Total);
        if (Withholding() is { } withholding) yield return withholding;
        if (Retainer() is { } retainer) yield return retainer;
        if (Document.Withholding.Sign != 0 || Document.Retainer.Sign != 0)
            yield return new Step("amount due") { Input = $"{Document.Total.ToAmountString()} - {Document.Withholding.ToAmountString()} - {Document.Retainer.ToAmountString()}", Result = Document.AmountDue.ToString() };
        if (Document.Valuation is { } valuation) yield return Base(valuation);
    }

    private Step Sum(string name, IEnumerable<Money> parts, Money stored)
    {
        List<Money> all = [.. parts];
        return new Step(name) { Input = Shown.Sum(all.ConvertAll(m => m.ToAmountString())), Result = stored.ToString() }.Checked(Money.Sum(all, past.Currency), stored);
    }

    private Step? Discount()
    {
        if (!past.Bills) return null;
        var stored = Money.Sum(Document.Lines.Select(l => l.DocumentDiscount), past.Currency);
        if (recomputed.Discounts is not { } discounts) return stored.Sign == 0 ? null : new Step("document discount") { Result = stored.ToString(), NotChecked = past.Rules.Missing };
        if (DiscountRules.ForDocument(Mapping!, past.Row.Key) is not { } rule) return stored.Sign == 0 ? null : new Step("document discount") { Result = stored.ToString() }.Checked(Money.Zero(past.Currency), stored);
        var left = Money.Sum(Document.Lines.Select(l => l.Amount - l.LineDiscount), past.Currency);
        var exact = rule.Percent is { } percent ? left.Exact * percent.Value : (Rational?)null;
        return new Step("document discount")
        {
            Input = rule.Percent is { } part ? $"{left} x {Shown.Percent(part.Value)}" : Fixed(rule, left),
            Exact = exact == stored.Exact ? null : exact,
            Result = stored.ToString(),
            Rule = Document.DiscountCut.Sign == 0 ? Mode : $"{Mode}; {Document.DiscountCut} of it lost, the net was smaller",
            Place = past.Rules.Places!.DocumentDiscount(LineExplainer.Index(Mapping!.DocumentDiscounts, rule)),
        }.Checked($"{past.Books(discounts.DocumentDiscount)}, lost {discounts.Cut}", $"{stored}, lost {Document.DiscountCut}");
    }

    private string Fixed(DocumentDiscount rule, Money left) =>
        $"fixed {NumberText.Canonical(rule.Fixed!.Value)}{(forming.DiscountTaken.Sign == 0 ? "" : $" less {forming.DiscountTaken} taken by earlier documents")}, of {left}";

    private IEnumerable<Step> Taxes()
    {
        foreach (var tax in Document.Taxes)
        {
            var lines = Document.Lines.Where(l => l.TaxCode.Code == tax.TaxCode).SelectMany(l => l.Taxes).Where(t => t.Component == tax.Component && t.Rate.Value == tax.Rate.Value).Select(t => t.Amount);
            yield return Sum("tax", lines, tax.Amount) with { Of = $"{tax.TaxCode} {tax.Component} {Shown.Percent(tax.Rate.Value)}" };
        }
    }

    private Step? Withholding()
    {
        var stored = Document.Withholding;
        if (past.Row.TakesBack) return stored.Sign == 0 ? null : new Step("withholding") { Result = stored.ToString(), Rule = $"that of {Document.Corrects}" };
        var rate = Mapping is null ? null : new FactFinder(Mapping).Client(past.Row.Key.Client)?.Withholding;
        if (stored.Sign == 0 && rate is null) return null;
        if (Mapping is null) return new Step("withholding") { Result = stored.ToString(), NotChecked = past.Rules.Missing };
        var part = rate ?? new TaxRate(0);
        var exact = Document.Net.Exact * part.Value;
        return new Step("withholding")
        {
            Input = $"{Document.Net} x {Shown.Percent(part.Value)}", Exact = exact == stored.Exact ? null : exact, Result = stored.ToString(), Rule = Mode, Place = past.Rules.Places!.Client(past.Row.Key.Client),
        }.Checked(TaxCalculation.Withholding(Document.Net, part, Mapping.Money.Mode), stored);
    }

    private Step? Retainer()
    {
        var stored = Document.Retainer;
        if (past.Row.TakesBack) return stored.Sign == 0 ? null : new Step("retainer") { Result = stored.ToString(), Rule = $"given back: {Document.Corrects} drew it" };
        if (Mapping is null) return stored.Sign == 0 ? null : new Step("retainer") { Result = stored.ToString(), NotChecked = past.Rules.Missing };
        var key = past.Row.Key;
        var deposits = Mapping.Retainers.Where(r => r.Client == key.Client && r.Amount.Currency == key.Currency && r.Received <= Document.Date).ToList();
        if (deposits.Count == 0) return stored.Sign == 0 ? null : new Step("retainer") { Result = stored.ToString() }.Checked(Money.Zero(past.Currency), stored);
        var paid = Money.Sum(deposits.Select(d => d.Amount), past.Currency);
        var drawn = forming.RetainerBefore + Money.Sum(forming.Documents.Where(d => d.Row.Key.Currency == key.Currency && d.Row.Key.CompareTo(key) < 0).Select(d => d.Document.Retainer), past.Currency);
        var computed = Document.Type == DocumentType.CreditNote ? Money.Zero(past.Currency) : Core.Billing.Retainer.Draw(paid - drawn, Document.Total, Document.Withholding);
        return new Step("retainer")
        {
            Input = $"{paid} received by {Shown.Iso(Document.Date)} less {drawn} drawn before, at most {Document.Total - Document.Withholding}",
            Result = stored.ToString(),
            Rule = string.Join(", ", deposits.Select(d => d.Reference)),
            Place = past.Rules.Places!.Client(key.Client),
        }.Checked(computed, stored);
    }

    private Step Base(Valuation valuation)
    {
        var exact = Document.Total.Exact * valuation.Rate.Rate;
        var total = new Step("base", "total") { Input = $"{Document.Total} x {Shown.Exact(valuation.Rate.Rate)}", Exact = exact == valuation.Total.Exact ? null : exact, Result = valuation.Total.ToString() };
        var lines = Document.Lines.SelectMany(l => l.BaseTaxes.Prepend(l.BaseNet ?? Money.Zero(valuation.Total.Currency))).ToList();
        var ofLines = Money.Sum(lines, valuation.Total.Currency);
        return new Step("base currency")
        {
            Result = valuation.Rate.To.Code,
            Rule = past.Row.TakesBack || past.Adjusts ? $"at the rate of {Document.Corrects}" : "",
            Steps =
            [
                past.Row.TakesBack || past.Adjusts ? new Step("exchange rate", $"{valuation.Rate.From}/{valuation.Rate.To}") { Result = Shown.Rate(valuation.Rate) } : FxStep.Rate(valuation.Rate, past, Document.Date),
                recomputed.Valuation is { } valued ? (total with { Rule = Mode }).Checked(valued.Total, valuation.Total) : total with { NotChecked = past.Rules.Missing },
                new Step("rounding difference") { Input = $"{valuation.Total.ToAmountString()} - {ofLines.ToAmountString()} of the lines", Result = valuation.RoundingDifference.ToString() }.Checked(valuation.Total - ofLines, valuation.RoundingDifference),
            ],
        };
    }
}
