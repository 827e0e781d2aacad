using System.Globalization;
using BatchSync.Core.Amounts;
using BatchSync.Core.Billing;
using BatchSync.Core.Sources;
using BatchSync.Running;
using BatchSync.Storage;

namespace BatchSync.Cli;

/// <summary>A plan on the screen: like a comparison of two texts, what comes, goes and changes on the books, line by line.</summary>
internal static class PlanView
{
    public static void Show(Screen screen, Plan plan)
    {
        foreach (var change in plan.Changes) Show(screen, change);
        ShowPreview(screen, plan.Preview);
        foreach (var row in plan.Changed) screen.Say(Left(row));
        foreach (var rejection in plan.Rejections) screen.Line($"{rejection.Bucket}: {Counted.Of(rejection.Records, "record")}");
        ShowTotals(screen, plan.Totals);
        foreach (var limit in plan.OverLimits) screen.Outcome(ExitCodes.Differences, $"over the limit: {limit}");
        screen.Say(plan.Headline);
    }

    /// <summary>What a change is, and which documents bring it about.</summary>
    public static string Title(PlanChange change) => $"{change.Key.Entity} {change.Key.Client} {change.Key.Period}{(change.Key.Split.Length > 0 ? " " + change.Key.Split : "")}: {Documents(change)}";

    public static char Sign(PlanChangeKind kind) => kind switch { PlanChangeKind.New => '+', PlanChangeKind.TakenBack => '-', _ => '~' };

    private static string Documents(PlanChange change)
    {
        var (last, takenBack) = (change.Documents[^1], change.Documents.Where(d => d.TakesBack).ToList());
        var gone = string.Join(" and ", takenBack.Select(d => d.Purpose == DocumentPurpose.Withdrawal ? $"draft {d.Corrects} is deleted" : $"{d.Reference} credits {d.Corrects}"));
        if (change.Kind == PlanChangeKind.TakenBack) return gone;
        var comes = $"{Name(last)} {last.Reference} of {last.Date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)}";
        if (takenBack.Count > 0) return $"{gone}, then {comes}";
        return last.Adjusts ? $"{comes} adjusts {last.Corrects}" : comes;
    }

    private static string Name(PlannedDocument d)
    {
        var type = d.Type == DocumentType.CreditNote ? "credit note" : "invoice";
        return d.Purpose == DocumentPurpose.Original ? type : FormattableString.Invariant($"{StoreText.Of(d.Purpose)} {d.Revision} ({type})");
    }

    private static void Show(Screen screen, PlanChange change)
    {
        var sign = Sign(change.Kind);
        var first = true;
        foreach (var line in TableText.Packed(Title(change).Split(' '), " ", screen.Width - 2))
        {
            screen.Change(sign, $"{(first ? sign : ' ')} {line}");
            first = false;
        }

        var lines = change.Lines.Where(l => !l.IsSame).Select(Row).ToList();
        if (change.Lines.Count > lines.Count) lines.Add(new DiffRow(' ', $"{Counted.Of(change.Lines.Count - lines.Count, "line")} as before", ["", "", "", "", ""]));
        lines.Add(Sum(change));
        foreach (var (mark, line) in DiffText.Lines(lines, screen.Width)) screen.Change(mark, line);
        screen.Line();
    }

    private static DiffRow Row(PlanLine line)
    {
        var sign = line.Old is null ? '+' : line.New is null ? '-' : '~';
        return new DiffRow(sign, line.Text.Length > 0 ? line.Text : string.Join(", ", line.Records), [Between(line.Old?.Printed, line.New?.Printed), .. Amounts(line.Old?.Money, line.New?.Money, ""), ""]);
    }

    private static DiffRow Sum(PlanChange change)
    {
        var last = change.Documents[^1];
        var due = change.New is not null && last.Document.Withholding.Sign + last.Document.Retainer.Sign != 0 ? Deductions(last.Document) : "";
        return new DiffRow(' ', change.Kind == PlanChangeKind.TakenBack ? "was" : "in all", ["", .. Amounts(change.Old, change.New, " " + change.Key.Currency.Code), due]);
    }

    private static string Deductions(Document d)
    {
        var less = new[] { ("withholding", d.Withholding), ("retainer", d.Retainer) }.Where(l => l.Item2.Sign != 0).Select(l => $"less {l.Item1} {l.Item2.ToAmountString()}");
        return $"{string.Join(", ", less)}: due {d.AmountDue.ToAmountString()}";
    }

    private static string[] Amounts(BookedMoney? old, BookedMoney? now, string unit) =>
        [$"net {Between(old?.Net, now?.Net)}", $"tax {Between(old?.Tax, now?.Tax)}", $"total {Between(old?.Total, now?.Total)}{unit}"];

    private static string Between(Money? old, Money? now) => Between(old?.ToAmountString(), now?.ToAmountString());

    private static string Between(string? old, string? now) => old is null ? now! : now is null || old == now ? old : $"{old} -> {now}";

    private static string Left(VarianceRow row)
    {
        var v = row.Variance;
        var why = v.Hold.Length > 0 ? v.Hold : v.Correct.Length > 0 ? v.Correct : v.Reason;
        return $"~ left open: {v.Stream.Name()}/{v.SourceId} on {row.Reference}: net {Between(v.PostedNet, v.CorrectNet)}, tax {Between(v.PostedTax, v.CorrectTax)} {row.Key.Currency}: {why}";
    }

    private static void ShowPreview(Screen screen, IReadOnlyList<PlannedDocument> documents)
    {
        if (documents.Count == 0) return;
        screen.Line("Preview of open periods, as if they closed now:");
        screen.Table(
            [
                Column.Name("entity"), Column.Name("client"), Column.Name("period"), "what", Column.Number("lines"), Column.Number("records"), Column.Number("net"), Column.Number("tax"), Column.Number("total"),
            ],
            documents.Select(d => (IReadOnlyList<string>)
            [
                d.Key.Entity, d.Key.Client, d.Key.Period.ToString(), Name(d), Text(d.Lines), Text(d.Records), d.Net.ToAmountString(), d.Tax.ToAmountString(), d.Total.ToString(),
            ]));
    }

    private static void ShowTotals(Screen screen, IReadOnlyList<PlanTotal> totals)
    {
        var changed = totals.Where(t => !t.Change.IsNothing).ToList();
        if (changed.Count == 0) return;
        screen.Line("On the books with tax, over all periods:");
        screen.Table(
            [Column.Name("entity"), Column.Name("client"), Column.Name("currency"), Column.Number("posted now"), Column.Number("after this plan"), Column.Number("difference")],
            changed.Select(t => (IReadOnlyList<string>)[t.Entity, t.Client, t.Currency.Code, t.Posted.Total.ToAmountString(), t.After.Total.ToAmountString(), t.Change.Total.ToAmountString()]));
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}

/// <summary>A plan as <c>--json</c>: all of it. Amounts are numbers in major units; those of <c>changes</c> and <c>totals</c> have the sign of the books, those of documents their own.</summary>
internal static class PlanJson
{
    public static object Of(RunRequest request, Plan plan) => new
    {
        Job = request.Job.Name,
        request.Job.Series,
        request.AsOf,
        request.From,
        request.To,
        plan.Tenants,
        New = plan.New.Select(Document),
        Changes = plan.Changes.Select(Change),
        Preview = plan.Preview.Select(Document),
        Changed = plan.Changed.Select(Left),
        plan.Unchanged,
        Totals = plan.Totals.Select(t => new { t.Entity, t.Client, Currency = t.Currency.Code, Posted = Amounts(t.Posted), After = Amounts(t.After), Difference = Amounts(t.Change) }),
        Rejections = plan.Rejections.Select(r => new { Bucket = r.Bucket.ToString(), r.Records }),
        plan.OverLimits,
    };

    /// <summary>Net, tax and total with the sign of the books; null stays null.</summary>
    public static object? Amounts(BookedMoney? money) => money is null ? null : new { Net = money.Net.Amount, Tax = money.Tax.Amount, Total = money.Total.Amount };

    private static object Change(PlanChange change) => new
    {
        Sign = PlanView.Sign(change.Kind).ToString(),
        change.Kind,
        change.Key.Entity,
        change.Key.Client,
        Currency = change.Key.Currency.Code,
        Period = change.Key.Period.ToString(),
        change.Key.Split,
        Documents = change.Documents.Select(d => d.Reference),
        Corrects = change.Documents.Select(d => d.Corrects).Where(c => c.Length > 0),
        Old = Amounts(change.Old),
        New = Amounts(change.New),
        Lines = change.Lines.Select(l => new
        {
            Sign = l.Old is null ? "+" : l.New is null ? "-" : l.IsSame ? "=" : "~",
            l.Text, l.Account, l.TaxCode, Records = l.Records.Select(r => r.ToString()), Old = Side(l.Old), New = Side(l.New),
        }),
    };

    private static object? Side(PlanSide? side) => side is null ? null : new { side.Printed, Net = side.Money.Net.Amount, Tax = side.Money.Tax.Amount, Total = side.Money.Total.Amount };

    private static object Left(VarianceRow c) => new
    {
        Record = $"{c.Variance.Stream.Name()}/{c.Variance.SourceId}", c.Reference, Currency = c.Key.Currency.Code, PostedNet = c.Variance.PostedNet.Amount, PostedTax = c.Variance.PostedTax.Amount,
        CorrectNet = c.Variance.CorrectNet.Amount, CorrectTax = c.Variance.CorrectTax.Amount, c.Variance.Correct, c.Variance.Reason, c.Variance.Hold,
    };

    private static object Document(PlannedDocument d) => new
    {
        d.Reference, d.Key.Entity, d.Key.Client, Currency = d.Key.Currency.Code, d.Key.Kind, Period = d.Key.Period.ToString(), d.Key.Split, d.Purpose, d.Revision, d.Type, d.Date, d.Document.Due,
        d.Lines, d.Records, Net = d.Net.Amount, Tax = d.Tax.Amount, Total = d.Total.Amount, Withholding = d.Document.Withholding.Amount, Retainer = d.Document.Retainer.Amount,
        AmountDue = d.Document.AmountDue.Amount, d.ContentHash, d.Corrects,
    };
}
