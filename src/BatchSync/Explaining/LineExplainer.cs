using BatchSync.Core.Amounts;
using BatchSync.Core.Billing;
using BatchSync.Core.Mapping;
using BatchSync.Core.Sources;
using BatchSync.Core.Time;
using BatchSync.Storage;

namespace BatchSync.Explaining;

/// <summary>From the records of a line that bills them to its money: time, quantity, price, amount, discounts, tax, what each record holds.</summary>
internal sealed class LineExplainer(PastDocument past, PastForming forming, Recomputed recomputed)
{
    private const int SecondsPerHour = 3600;

    private readonly TaxExplainer _taxes = new(past, recomputed);

    private MappingRules? Mapping => past.Mapping;
    private RulePlaces Places => past.Rules.Places!;
    private string Mode => Shown.Mode(Mapping!.Money.Mode);

    public IEnumerable<Step> Explain(DocumentLine line)
    {
        foreach (var share in line.Shares) yield return Record(share);
        foreach (var step in line.Type == RecordFacts.Time ? Time(line) : Expense(line)) yield return step;
        foreach (var step in Discounts(line)) yield return step;
        foreach (var step in _taxes.Explain(line)) yield return step;
        foreach (var step in Shares(line)) yield return step;
        foreach (var step in Base(line)) yield return step;
    }

    private Step Record(RecordShare share)
    {
        var name = VersionName.Of(share);
        var step = new Step("record", name.ToString()) { Input = RecordText.Of(past.Sources[name]) };
        if (Mapping is not { } mapping) return step with { NotChecked = past.Rules.Missing };
        if (past.RecordOf(share) is not { Assessment.Pricing: not null } record) return step with { Fault = $"the rules of then say '{past.RecordOf(share)?.Assessment.Bucket}' of it, and it was billed" };
        return RecordInputs.Hash(record, mapping) == share.InputsHash
            ? step
            : step with { Fault = "its content, price, taxes or roundings are not those that it was posted with; each step below says what it comes to" };
    }

    private IEnumerable<Step> Time(DocumentLine line)
    {
        foreach (var step in BilledSeconds(line)) yield return step;
        if (BilledSum(line) is var sum && (line.Shares.Count > 1 || sum.Fault.Length > 0)) yield return sum;
        yield return Quantity(line);
        yield return Rate(line);
        yield return Amount(line);
    }

    private IEnumerable<Step> BilledSeconds(DocumentLine line)
    {
        var sums = new HashSet<string>(StringComparer.Ordinal);
        foreach (var share in line.Shares)
        {
            var record = new RecordName(share.Stream, share.RecordId);
            if (forming.Time?.Of(past.Row.Reference, record) is not { } entry) yield return NotRounded(record, share);
            else if (forming.Time.SumOf(entry) is not { } sum) yield return Rounded(entry, share, record.ToString());
            else if (sums.Add(sum)) yield return RoundedSum(forming.Time.Together(sum), share);
        }
    }

    private Step NotRounded(RecordName record, RecordShare share) =>
        new("time", record.ToString()) { Result = Shown.Seconds(share.BilledSeconds), NotChecked = Mapping is null ? past.Rules.Missing : "the rules of then give it no price" };

    private Step Rounded(RoundedEntry entry, RecordShare share, string of)
    {
        if (entry.Entry.PostedSeconds is not null) return Kept("time", entry, "").Checked(entry.Computed, share.BilledSeconds);
        var isRounded = Mapping!.Time is not { IncrementSeconds: 0, MinimumSeconds: 0 };
        var step = new Step("time", of)
        {
            Exact = isRounded ? entry.Entry.Seconds : null,
            Result = Shown.Seconds(share.BilledSeconds),
            Rule = TimeRule,
            Place = isRounded ? Places.Time : "",
        };
        return step.Checked(entry.Computed, share.BilledSeconds);
    }

    private string TimeRule
    {
        get
        {
            var time = Mapping!.Time;
            var rounded = time.IncrementSeconds == 0 ? "not rounded" : $"{Shown.Mode(time.Mode)} to {Shown.Number(time.IncrementSeconds)} s by {Shown.Scope(time.Scope)}";
            return time.MinimumSeconds == 0 ? rounded : $"{rounded}, at least {Shown.Number(time.MinimumSeconds)} s";
        }
    }

    // What is summed may reach beyond the line: over other documents of the client, and over what was posted before.
    private Step RoundedSum(IReadOnlyList<RoundedEntry> entries, RecordShare share)
    {
        if (entries is [var only]) return Rounded(only, share, SumName(only));
        var sum = entries.Sum(e => e.Entry.Seconds);
        var posted = entries.Sum(e => e.Entry.PostedSeconds ?? 0);
        var open = entries.Where(e => e.Entry.PostedSeconds is null).ToList();
        var toBill = open.Sum(e => e.Computed);
        return new Step("time", SumName(entries[0]))
        {
            Input = Shown.Sum([.. entries.Select(e => Shown.Number(e.Entry.Seconds))]),
            Exact = sum,
            Result = Shown.Seconds(posted + toBill),
            Rule = TimeRule,
            Place = Places.Time,
            Steps = [.. entries.Select(e => HandedOut(e, toBill, open.Sum(o => o.Entry.Seconds)))],
        };
    }

    private string SumName(RoundedEntry entry) => Mapping!.Time.Scope == RoundingScope.Day ? $"of the day {Shown.Iso(entry.Date)}" : "of the line";

    private static Step Kept(string name, RoundedEntry entry, string elsewhere) => new(name, $"{entry.Record}{elsewhere}") { Result = Shown.Seconds(entry.Computed), Rule = "posted before, and kept" };

    private Step HandedOut(RoundedEntry entry, long toBill, long weights)
    {
        var elsewhere = entry.Reference == past.Row.Reference ? "" : $" on {entry.Reference}";
        if (entry.Entry.PostedSeconds is not null) return Kept("share", entry, elsewhere);
        var stored = StoredSeconds(entry);
        var step = new Step("share", $"{entry.Record}{elsewhere}")
        {
            Input = $"{Shown.Number(toBill)} x {Shown.Number(entry.Entry.Seconds)} / {Shown.Number(weights)}",
            Exact = weights == 0 || toBill * (Rational)entry.Entry.Seconds / weights == entry.Computed ? null : toBill * (Rational)entry.Entry.Seconds / weights,
            Result = Shown.Seconds(stored),
            Rule = "largest remainder",
        };
        return step.Checked(entry.Computed, stored);
    }

    private long StoredSeconds(RoundedEntry entry) => forming.Documents.First(d => d.Row.Reference == entry.Reference).Document.Lines
        .SelectMany(l => l.Shares).First(s => new RecordName(s.Stream, s.RecordId) == entry.Record).BilledSeconds;

    private static Step BilledSum(DocumentLine line) => new Step("billed time")
    {
        Input = Shown.Sum([.. line.Shares.Select(s => Shown.Number(s.BilledSeconds))]),
        Result = Shown.Seconds(line.BilledSeconds),
    }.Checked(line.Shares.Sum(s => s.BilledSeconds), line.BilledSeconds);

    private Step Quantity(DocumentLine line)
    {
        var step = new Step("quantity") { Result = $"{line.Quantity} h" };
        if (Mapping is not { } mapping) return step with { Input = $"{Shown.Number(line.BilledSeconds)} / {Shown.Number(SecondsPerHour)}", NotChecked = past.Rules.Missing };
        if (Priced(line) is not { } priced) return step with { NotChecked = "the rules of then give its records no price" };
        var parts = line.Shares.Zip(priced, (s, r) => (s.BilledSeconds, r.Assessment.Pricing!.Billable)).ToList();
        var charged = parts.Aggregate(Rational.Zero, (sum, p) => sum + (Rational)p.BilledSeconds * p.Billable.Value);
        var (decimals, known) = Decimals(line, parts);
        var quantity = Signed(LineNet.OfTime(parts, line.UnitPrice, decimals, mapping.Money.Mode).Quantity);
        var exact = charged / SecondsPerHour * Sign;
        return (step with
        {
            Input = $"{Charged(parts)} / {Shown.Number(SecondsPerHour)}",
            Exact = exact == (Rational)line.Quantity.Value ? null : exact,
            Rule = $"half-up to {Shown.Number(decimals)} decimals{(decimals < mapping.Money.QuantityDecimals ? ", as the destination stores" : "")}{(known ? "" : "; the connector of then is not known")}",
            Place = Places.QuantityDecimals,
        }).Checked(quantity, line.Quantity);
    }

    private int Sign => past.Books(Money.OfMinorUnits(1, past.Currency)).Sign;

    private Quantity Signed(Quantity quantity) => Sign < 0 ? -quantity : quantity;

    // A destination that is not known may store fewer decimals than the mapping asks for: then one of them must do.
    private (int Decimals, bool Known) Decimals(DocumentLine line, List<(long, Fraction)> parts)
    {
        var most = Mapping!.Money.QuantityDecimals;
        if (past.Rules.DestinationDecimals is { } stored) return (Math.Min(most, stored), true);
        if (past.Rules.Job is not null) return (most, true);
        var fitting = Enumerable.Range(0, most + 1).Reverse().Where(d => Signed(LineNet.OfTime(parts, line.UnitPrice, d, Mapping.Money.Mode).Quantity) == line.Quantity).ToList();
        return fitting.Count > 0 ? (fitting[0], fitting[0] == most) : (most, false);
    }

    private static string Charged(List<(long BilledSeconds, Fraction Billable)> parts)
    {
        var sums = parts.GroupBy(p => p.Billable).Select(g => (Seconds: Shown.Number(g.Sum(p => p.BilledSeconds)), Part: g.Key)).ToList();
        var terms = sums.Select(s => s.Part.Value == 1 ? s.Seconds : $"{s.Seconds} x {s.Part}").ToList();
        return terms.Count == 1 ? terms[0] : $"({string.Join(" + ", terms)})";
    }

    private List<AssessedRecord>? Priced(DocumentLine line)
    {
        var records = line.Shares.Select(past.RecordOf).ToList();
        return records.TrueForAll(r => r?.Assessment.Pricing is not null) ? [.. records.Select(r => r!)] : null;
    }

    private Step Rate(DocumentLine line)
    {
        var step = new Step("rate") { Result = $"{line.UnitPrice} an hour" };
        if (Mapping is null) return step with { NotChecked = past.Rules.Missing };
        if (Priced(line) is not { } priced) return step with { Fault = $"the rules of then give its records no price: {Bucket(line)}" };
        var rates = priced.Select(r => r.Assessment.Pricing!).DistinctBy(p => p.Rate?.Line).ToList();
        var matched = priced[0].Assessment.Facts;
        var billable = rates.Where(p => p.Billable.Value != 1).Select(p => $", billable {p.Billable}").Distinct();
        var wrong = rates.FirstOrDefault(p => p.UnitPrice != line.UnitPrice);
        return step with
        {
            Rule = $"first that matches {RecordText.Of(matched)}{string.Concat(billable)}",
            Place = string.Join(", ", rates.Select(p => Places.Rate(p.Rate!))),
            Fault = wrong is null ? "" : $"{wrong.UnitPrice} comes out, {line.UnitPrice} is stored",
        };
    }

    private string Bucket(DocumentLine line) => string.Join(", ", line.Shares.Select(s => past.RecordOf(s)?.Assessment.Bucket.ToString()).Distinct());

    private Step Amount(DocumentLine line)
    {
        var exact = (Rational)line.Quantity.Value * line.UnitPrice.Amount;
        var step = new Step("amount") { Input = $"{line.Quantity} h x {line.UnitPrice}", Exact = exact == line.Amount.Exact ? null : exact, Result = line.Amount.ToString() };
        if (Mapping is not { } mapping) return exact == line.Amount.Exact ? step : step with { NotChecked = past.Rules.Missing };
        return (step with { Rule = Mode, Place = Places.Money }).Checked(Money.Round(exact, past.Currency, mapping.Money.Mode), line.Amount);
    }

    private IEnumerable<Step> Expense(DocumentLine line)
    {
        var step = new Step("amount") { Result = line.Amount.ToString() };
        if (Mapping is not { } mapping)
        {
            yield return step with { NotChecked = past.Rules.Missing };
            yield break;
        }

        if (Priced(line) is not [var record])
        {
            yield return step with { Fault = $"the rules of then give it no price: {Bucket(line)}" };
            yield break;
        }

        var pricing = record.Assessment.Pricing!;
        if (pricing.ExpenseRate is { } rate) yield return FxStep.Rate(rate, past, record.Assessment.Date!.Value);
        var (source, markup) = (record.Record.Amount!.Value, pricing.Markup.Value);
        var category = new FactFinder(mapping).Category(record.Assessment.Facts.Category) is { Markup: not null } marked ? marked.Code : null;
        var exact = (Rational)source * (pricing.ExpenseRate?.Rate ?? Rational.One) * (Rational.One + markup);
        var (amount, _) = LineNet.OfExpense((Rational)source * (pricing.ExpenseRate?.Rate ?? Rational.One), pricing.Markup, past.Currency, mapping.Money.Mode);
        var computed = Sign < 0 ? -amount.Net : amount.Net;
        yield return (step with
        {
            Input = $"{NumberText.Canonical(source)} {(record.Record.Currency.Length > 0 ? record.Record.Currency : past.Currency.Code)}{(pricing.ExpenseRate is { } by ? $" x {Shown.Exact(by.Rate)}" : "")}{(markup == 0 ? "" : $" x (1 + {Shown.Percent(markup)})")}",
            Exact = exact == amount.Net.Exact ? null : exact,
            Rule = markup == 0 ? Mode : $"{Mode}; {(category is null ? "default markup" : $"markup of category {category}")}",
            Place = markup == 0 ? Places.Money : category is null ? Places.Defaults : Places.Category(category),
        }).Checked(computed, line.Amount);
    }

    private IEnumerable<Step> Discounts(DocumentLine line)
    {
        if (recomputed.Discounts is not { } discounts)
        {
            if (line.LineDiscount.Sign != 0) yield return new Step("line discount") { Result = line.LineDiscount.ToString(), NotChecked = past.Rules.Missing };
            if (line.DocumentDiscount.Sign != 0) yield return new Step("document discount") { Result = line.DocumentDiscount.ToString(), NotChecked = past.Rules.Missing };
            yield break;
        }

        var place = past.Document.Lines.ToList().IndexOf(line);
        if (LineDiscount(line, past.Books(discounts.Lines[place].LineDiscount)) is { } own) yield return own;
        if (DocumentDiscount(line, discounts, place) is { } shared) yield return shared;
    }

    private Step? LineDiscount(DocumentLine line, Money computed)
    {
        var rule = DiscountRules.ForLine(Mapping!, line.Group, line.Type);
        if (rule is null && line.LineDiscount.Sign == 0) return null;
        var exact = line.Amount.Exact * (rule?.Percent.Value ?? 0);
        return new Step("line discount")
        {
            Input = rule is null ? "no rule matches" : $"{line.Amount} x {Shown.Percent(rule.Percent.Value)}",
            Exact = exact == line.LineDiscount.Exact ? null : exact,
            Result = line.LineDiscount.ToString(),
            Rule = Mode,
            Place = rule is null ? "" : Places.LineDiscount(Index(Mapping!.LineDiscounts, rule)),
        }.Checked(computed, line.LineDiscount);
    }

    private Step? DocumentDiscount(DocumentLine line, DiscountedLines discounts, int place)
    {
        var computed = past.Books(discounts.Lines[place].DocumentDiscount);
        if (computed.Sign == 0 && line.DocumentDiscount.Sign == 0) return null;
        var left = line.Amount - line.LineDiscount;
        var all = Money.Sum(past.Document.Lines.Select(l => l.Amount - l.LineDiscount), past.Currency);
        var taken = past.Books(discounts.DocumentDiscount);
        var exact = all.Sign == 0 ? (Rational?)null : taken.Exact * left.Exact / all.Exact;
        return new Step("document discount")
        {
            Input = $"{taken} x {left.ToAmountString()} / {all.ToAmountString()}",
            Exact = exact == line.DocumentDiscount.Exact ? null : exact,
            Result = line.DocumentDiscount.ToString(),
            Rule = "this line's part by largest remainder",
        }.Checked(computed, line.DocumentDiscount);
    }

    public static int Index<T>(IReadOnlyList<T> rules, T rule)
        where T : class
    {
        for (var i = 0; i < rules.Count; i++)
        {
            if (ReferenceEquals(rules[i], rule)) return i;
        }

        return -1;
    }

    // Of one record there is nothing to share; what a document before there were columns for it kept as one sum is left as it is.
    private IEnumerable<Step> Shares(DocumentLine line)
    {
        if (line.Shares.Count < 2) yield break;
        var step = new Step("shares") { Input = "net and taxes of the line, by billed seconds", Rule = "largest remainder" };
        if (Mapping is null || Priced(line) is not { } priced)
        {
            var shares = line.Shares.Select(s => new Step("share", $"{new RecordName(s.Stream, s.RecordId)}") { Result = Held(s) }).ToList();
            yield return (step with { NotChecked = Mapping is null ? past.Rules.Missing : "the rules of then give its records no price", Steps = shares }).Checked(Money.Sum(line.Shares.Select(s => s.Net), past.Currency), line.Net);
            yield break;
        }

        var order = Enumerable.Range(0, priced.Count).OrderBy(i => priced[i].Record.Id, StringComparer.Ordinal).ToList();
        var weights = order.ConvertAll(i => new RecordWeight(priced[i].Record.Seconds ?? 0, line.Type == RecordFacts.Time ? (Rational)line.Shares[i].BilledSeconds * priced[i].Assessment.Pricing!.Billable.Value : 1));
        if (weights.Aggregate(Rational.Zero, (sum, w) => sum + w.Weight).Sign == 0 && (line.Net.Sign != 0 || line.Tax.Sign != 0))
        {
            yield return step with { Fault = "no time is billed, and the line has money" };
            yield break;
        }

        var sharing = new SharedMoney(weights);
        var nets = sharing.Of(line.Net);
        var taxes = line.Taxes.Select(t => sharing.Of(t.Amount)).ToList();
        yield return step with { Steps = [.. order.Select((i, at) => Share(line.Shares[i], nets[at], Money.Sum(taxes.Select(t => t[at]), past.Currency)))] };
    }

    private static Step Share(RecordShare share, Money net, Money tax) =>
        new Step("share", $"{new RecordName(share.Stream, share.RecordId)}") { Result = Held(share) }.Checked($"net {net}, tax {tax}", $"net {share.Net}, tax {share.Tax}");

    private static string Held(RecordShare share) => $"net {share.Net}, tax {share.Tax}";

    private IEnumerable<Step> Base(DocumentLine line)
    {
        if (past.Document.Valuation is not { } valuation || line.BaseNet is not { } baseNet) yield break;
        var valued = recomputed.Valuation?.Lines[past.Document.Lines.ToList().IndexOf(line)];
        yield return Converted("net", line.Net, baseNet, valued?.Net, valuation.Rate.Rate);
        for (var i = 0; i < line.BaseTaxes.Count; i++) yield return Converted($"tax {line.Taxes[i].Component}", line.Taxes[i].Amount, line.BaseTaxes[i], valued?.Taxes[i], valuation.Rate.Rate);
    }

    private Step Converted(string what, Money amount, Money stored, Money? computed, Rational rate)
    {
        var step = new Step("base", what) { Input = $"{amount} x {Shown.Exact(rate)}", Exact = amount.Exact * rate == stored.Exact ? null : amount.Exact * rate, Result = stored.ToString() };
        return computed is { } now ? (step with { Rule = Mode }).Checked(now, stored) : step with { NotChecked = past.Rules.Missing };
    }
}

/// <summary>A record in a few words.</summary>
internal static class RecordText
{
    /// <summary>In the mapping's codes.</summary>
    public static string Of(RecordFacts facts)
    {
        var said = new[] { ("client", facts.Client), ("project", facts.Project), ("task", facts.Task), ("category", facts.Category), ("person", facts.Person) };
        return string.Join(", ", said.Where(f => f.Item2.Length > 0).Select(f => $"{f.Item1} {f.Item2}"));
    }

    /// <summary>In the words of its source.</summary>
    public static string Of(SourceRecord record)
    {
        var what = record.Stream == StreamKind.Expenses
            ? $"{(record.Amount is { } amount ? NumberText.Canonical(amount) : "no readable amount")} {record.Currency}".TrimEnd()
            : record.Seconds is { } seconds ? Shown.Seconds(seconds) : "no readable time";
        var when = record.Date is { } date ? $"on {Shown.Iso(date)}" : record.Start is { } start ? $"begun {Shown.Instant(start)}" : "without a date";
        var who = new[] { ("client", record.Client), ("project", record.Project), ("task", record.Task), ("category", record.Category), ("person", record.Person) };
        return string.Join(", ", who.Where(w => !w.Item2.IsEmpty).Select(w => $"{w.Item1} {Shown.Name(w.Item2)}").Prepend($"{what} {when}"));
    }
}
