using BatchSync.Core.Amounts;
using BatchSync.Core.Billing;
using BatchSync.Core.Mapping;
using BatchSync.Core.Tax;

namespace BatchSync.Explaining;

/// <summary>The taxes of a line: why this code, each component's rate and base, where it was rounded, and the line's part of what was rounded over several lines.</summary>
internal sealed class TaxExplainer(PastDocument past, Recomputed recomputed)
{
    private MappingRules? Mapping => past.Mapping;
    private RulePlaces Places => past.Rules.Places!;
    private string Mode => Shown.Mode(Mapping!.Money.Mode);

    public IEnumerable<Step> Explain(DocumentLine line)
    {
        yield return Code(line);
        var computed = recomputed.Taxes?.Lines[IndexOf(line)];
        for (var i = 0; i < line.Taxes.Count; i++) yield return Component(line, i, computed);
        foreach (var missing in computed?.Taxes.Skip(line.Taxes.Count) ?? []) yield return new Step("tax", missing.Component) { Result = "none", Fault = $"{missing.Amount} comes out, none is stored" };
        yield return Net(line, computed);
    }

    private int IndexOf(DocumentLine line) => past.Document.Lines.ToList().IndexOf(line);

    // Of several records with different reasons for one code the first one's is told: the code is the same.
    private Step Code(DocumentLine line)
    {
        var step = new Step("tax code") { Result = line.TaxCode.Code.Length == 0 ? "none" : line.TaxCode.Code };
        if (Mapping is not { } mapping) return step with { NotChecked = past.Rules.Missing };
        var record = line.Shares.Select(past.RecordOf).FirstOrDefault(r => r is not null);
        if (record is null) return step with { NotChecked = "the line has no record that is known" };
        var (code, why, place) = GivenBy(mapping, record.Assessment.Facts);
        var treatment = line.TaxCode.Treatment is { } treated ? $"{Treatment(treated)}: {line.TaxCode.Reason}" : "";
        return (step with { Rule = string.Join("; ", new[] { why, treatment }.Where(t => t.Length > 0)), Place = place }).Checked(code, line.TaxCode.Code);
    }

    private static string Treatment(TaxTreatment treatment) => treatment switch
    {
        TaxTreatment.ReverseCharge => "reverse charge",
        TaxTreatment.Exempt => "exempt",
        _ => "zero-rated",
    };

    // The same order as when records are assessed: a rule, then the activity, the project, the client, the default.
    private (string Code, string Why, string Place) GivenBy(MappingRules mapping, RecordFacts facts)
    {
        var finder = new FactFinder(mapping);
        if (mapping.TaxRules.FirstOrDefault(r => r.When.Matches(facts)) is { } rule) return (rule.Tax, "first tax rule that matches", Places.TaxRule(LineExplainer.Index(mapping.TaxRules, rule)));
        var isTime = facts.Type == RecordFacts.Time;
        var activity = isTime ? finder.Task(facts.Task) : finder.Category(facts.Category);
        if (activity is { Tax.Length: > 0 }) return isTime ? (activity.Tax, $"of task {activity.Code}", Places.Task(activity.Code)) : (activity.Tax, $"of category {activity.Code}", Places.Category(activity.Code));
        if (finder.Project(facts.Project) is { Tax.Length: > 0 } project) return (project.Tax, $"of project {project.Code}", Places.Project(project.Code));
        if (finder.Client(facts.Client) is { Tax.Length: > 0 } client) return (client.Tax, $"of client {client.Code}", Places.Client(client.Code));
        return (mapping.Defaults.Tax, "the default", Places.Defaults);
    }

    private Step Component(DocumentLine line, int place, TaxedLine? computed)
    {
        var tax = line.Taxes[place];
        var step = new Step("tax", tax.Component) { Result = tax.Amount.ToString() };
        if (Mapping is not { } mapping) return step with { Input = Shown.Percent(tax.Rate.Value), NotChecked = past.Rules.Missing };
        if (computed is null) return step with { Input = Shown.Percent(tax.Rate.Value), NotChecked = $"the rules of then have no tax code '{line.TaxCode.Code}' with rates on its date for all lines" };
        if (place >= computed.Taxes.Count || computed.Taxes[place].Component != tax.Component || computed.Taxes[place].Rate.Value != tax.Rate.Value)
        {
            var expected = place < computed.Taxes.Count ? $"{computed.Taxes[place].Component} {Shown.Percent(computed.Taxes[place].Rate.Value)}" : "no tax";
            return step with { Fault = $"{expected} comes out, {tax.Component} {Shown.Percent(tax.Rate.Value)} is stored" };
        }

        var date = recomputed.TaxDates[line.Number];
        var point = mapping.Money.TaxPoint == TaxPoint.DocumentDate ? "document date" : "last service date";
        var shown = mapping.Money.TaxInclusive ? TakenOut(line, place, step) : PutOnTop(line, place, step);
        return (shown with { Rule = $"{Shown.Percent(tax.Rate.Value)} on {Shown.Iso(date)}, the {point}; {shown.Rule}", Place = Places.TaxRate(line.TaxCode.Code, tax.Component, date) }).Checked(computed.Taxes[place].Amount, tax.Amount);
    }

    private Step PutOnTop(DocumentLine line, int place, Step step)
    {
        var (rate, own) = (line.Taxes[place].Rate, BaseAt(line, place));
        var amount = line.Taxes[place].Amount;
        var compound = Mapping!.Taxes[line.TaxCode.Code].Components[place].Compound ? ", net and the taxes before it" : "";
        var together = Together(line, l => l.Taxes.Count > place && l.Taxes[place].Rate.Value == rate.Value);
        if (together.Count == 1)
        {
            var exact = own.Exact * rate.Value;
            return step with { Input = $"{own} x {Shown.Percent(rate.Value)}", Exact = exact == amount.Exact ? null : exact, Rule = $"{Mode} {Per}{compound}" };
        }

        var sum = Money.Sum(together.Select(l => BaseAt(l, place)), past.Currency);
        var total = Money.Round(sum.Exact * rate.Value, past.Currency, Mapping.Money.Mode);
        return Shared(step, total, own, sum, amount, compound, [new Step("tax of lines", Numbers(together)) { Input = $"{sum} x {Shown.Percent(rate.Value)}", Exact = sum.Exact * rate.Value == total.Exact ? null : sum.Exact * rate.Value, Result = total.ToString(), Rule = Mode }]);
    }

    private Step Shared(Step step, Money total, Money own, Money sum, Money amount, string compound, IReadOnlyList<Step> steps)
    {
        var exact = sum.Sign == 0 ? (Rational?)null : total.Exact * own.Exact / sum.Exact;
        return step with
        {
            Input = $"{total} x {own.ToAmountString()} / {sum.ToAmountString()}",
            Exact = exact == amount.Exact ? null : exact,
            Rule = $"{Per}{compound}; this line's part by largest remainder",
            Steps = steps,
        };
    }

    private Money BaseAt(DocumentLine line, int place)
    {
        var own = Gross(line);
        return Mapping!.Taxes[line.TaxCode.Code].Components[place].Compound ? own + Money.Sum(line.Taxes.Take(place).Select(t => t.Amount), past.Currency) : own;
    }

    // What the tax of a sum is taken out of goes to the components by their rates, and from each of them to the lines.
    private Step TakenOut(DocumentLine line, int place, Step step)
    {
        var together = Together(line, l => l.Taxes.Select(t => t.Rate.Value).SequenceEqual(line.Taxes.Select(t => t.Rate.Value)));
        var gross = Money.Sum(together.Select(Gross), past.Currency);
        var rates = line.Taxes.Select(t => (Rational)t.Rate.Value).ToList();
        var factor = rates.Aggregate(Rational.One, (a, b) => a + b);
        var net = Money.Round(gross.Exact / factor, past.Currency, Mapping!.Money.Mode);
        var all = gross - net;
        var taken = new Step(together.Count == 1 ? "tax in the price" : "tax in the price of lines", together.Count == 1 ? "" : Numbers(together))
        {
            Input = $"{gross} - {gross.ToAmountString()} / {Shown.Exact(factor)}",
            Exact = gross.Exact - gross.Exact / factor == all.Exact ? null : gross.Exact - gross.Exact / factor,
            Result = all.ToString(),
            Rule = $"{Mode} of the net",
        };
        var units = LargestRemainder.Share(all.MinorUnits, rates)!;
        var component = Money.OfMinorUnits(units[place], past.Currency);
        var steps = rates.Count == 1 ? new List<Step> { taken } : [taken, new Step("component", line.Taxes[place].Component) { Input = $"{all} by the rates", Result = component.ToString(), Rule = "largest remainder" }];
        if (together.Count > 1) return Shared(step, component, Gross(line), gross, line.Taxes[place].Amount, "", steps);
        return step with { Rule = Per, Steps = steps };
    }

    private string Per => Mapping!.Money.TaxPer == TaxPer.Line ? "per line" : "per document";

    private List<DocumentLine> Together(DocumentLine line, Func<DocumentLine, bool> same) => Mapping!.Money.TaxPer == TaxPer.Line
        ? [line]
        : [.. past.Document.Lines.Where(l => l == line || (l.TaxCode.Code == line.TaxCode.Code && same(l)))];

    private static string Numbers(List<DocumentLine> lines) => string.Join(", ", lines.Select(l => Shown.Number(l.Number)));

    private static Money Gross(DocumentLine line) => line.Amount - line.LineDiscount - line.DocumentDiscount;

    private Step Net(DocumentLine line, TaxedLine? computed)
    {
        var inclusive = Mapping?.Money.TaxInclusive ?? false;
        var terms = string.Concat(new[] { line.LineDiscount, line.DocumentDiscount }.Concat(inclusive ? line.Taxes.Select(t => t.Amount) : []).Where(m => m.Sign != 0).Select(m => $" - {m.ToAmountString()}"));
        var step = new Step("net") { Input = terms.Length == 0 ? "" : line.Amount.ToAmountString() + terms.Replace("- -", "+ ", StringComparison.Ordinal), Result = line.Net.ToString() };
        if (computed is not null) return step.Checked(computed.Net, line.Net);
        return Mapping is null ? step with { NotChecked = past.Rules.Missing } : step with { NotChecked = "the taxes could not be computed again" };
    }
}
