using System.Globalization;
using BatchSync.Core.Amounts;
using BatchSync.Core.Fx;
using BatchSync.Core.Mapping;
using BatchSync.Core.Sources;
using BatchSync.Core.Tax;
using BatchSync.Core.Time;

namespace BatchSync.Core.Billing;

/// <summary>What an assessment is for.</summary>
public enum AssessmentView
{
    /// <summary>A record that no document holds.</summary>
    New,

    /// <summary>A plan's look at what open periods will bring: an open period does not hold the record.</summary>
    Preview,

    /// <summary>
    /// A record that a document holds: that its period would be open by today's settings changes no money, and that the source
    /// calls it billed is what our own document made true.
    /// </summary>
    Posted,
}

/// <summary>
/// Puts a record into the first bucket that holds (money rules, section 1) and finds what it is worth. A pure function of the
/// record, the mapping, the job's rules, the exchange rates and the as-of instant. Superseded, billed and what a cap holds are not known here.
/// </summary>
/// <param name="mapping">The rules.</param>
/// <param name="rules">What the job adds to them.</param>
/// <param name="asOf">The instant against which periods are open or closed.</param>
/// <param name="fx">Null where the mapping names no sources of rates: foreign expenses are rejected, and documents need no rate to the base currency.</param>
public sealed class Eligibility(MappingRules mapping, BillingRules rules, DateTimeOffset asOf, FxTable? fx = null)
{
    private readonly FactFinder _facts = new(mapping);
    private readonly FirstMatch<EntityRule> _entityRules = new(mapping.EntityRules, rule => rule.When);
    private readonly FirstMatch<Exclusion> _exclusions = new(mapping.Exclude, exclusion => exclusion.When);
    private readonly FirstMatch<TaxRule> _taxRules = new(mapping.TaxRules, rule => rule.When);

    /// <summary>What the rules say of a record.</summary>
    /// <param name="record">As read from the source.</param>
    /// <param name="view">What the answer is for.</param>
    /// <param name="posted">Where a document holds the record, or held it last; null: none ever did.</param>
    /// <param name="isUnposted">Whether a person took it off the books and has not released it since.</param>
    public Assessment Assess(SourceRecord record, AssessmentView view = AssessmentView.New, PostedPlace? posted = null, bool isUnposted = false)
    {
        var facts = _facts.Of(record);
        var client = _facts.Client(facts.Client);
        var entity = EntityOf(facts, client);
        var date = DateOf(record, entity);
        var found = new Assessment { Bucket = Bucket.Ready, Facts = facts, Date = date, Period = PeriodOf(date) };

        if (record.Deleted) return found with { Bucket = Bucket.Deleted, Key = KeyOf(record, client, entity, date, rate: null, posted) };
        if (FaultOf(record, date) is { } fault) return found with { Bucket = Bucket.Invalid, Fault = fault };
        var rate = client is not null && facts.Type == RecordFacts.Time ? mapping.Rates.Find(facts, date!.Value) : null;
        var placed = found with { Key = KeyOf(record, client, entity, date, rate, posted) };

        if (Exclusion(record, facts, client, date!.Value, view) is { } excluded) return placed with { Bucket = excluded };
        if (!record.Billable) return placed with { Bucket = Bucket.NonBillable };
        if (client is null) return placed with { Bucket = Bucket.NoClient, Fault = NoClient(record) };
        if (Hold(record, placed.Key!, client, entity, date!.Value, view) is { } held) return placed with { Bucket = held };
        if (isUnposted) return placed with { Bucket = Bucket.Unposted };
        var documentDate = view == AssessmentView.Posted && posted is { } place && place.Key == placed.Key ? place.DocumentDate : rules.DocumentDate(placed.Key!.Period, entity);
        var priced = facts.Type == RecordFacts.Time ? PriceTime(placed, client, rate, documentDate) : PriceExpense(placed, client, documentDate);
        return priced.Bucket == Bucket.Ready ? Exchanged(priced, record, client, entity, documentDate, view) : priced;
    }

    /// <summary>A record's service date; null where it has neither a date nor a start.</summary>
    public DateOnly? DateOf(SourceRecord record)
    {
        if (record.Date is { } date) return date;
        var facts = _facts.Of(record);
        return DateOf(record, EntityOf(facts, _facts.Client(facts.Client)));
    }

    private static DateOnly? DateOf(SourceRecord record, Entity entity) => record.Date ?? (record.Start is { } start ? LocalDate.Of(start, entity.Zone) : null);

    // A record without a client is dated in the zone of the default entity, and no rule can say otherwise.
    private Entity EntityOf(RecordFacts facts, Client? client)
    {
        if (client is null) return mapping.Entities[mapping.Defaults.Entity];
        if (_entityRules.Find(facts) is { } rule) return mapping.Entities[rule.Entity];
        return mapping.Entities[client.Entity.Length > 0 ? client.Entity : mapping.Defaults.Entity];
    }

    private DocumentKey? KeyOf(SourceRecord record, Client? client, Entity entity, DateOnly? date, Rate? rate, PostedPlace? posted)
    {
        if (client is null || PeriodOf(date) is not { } period) return null;
        var currency = rate?.Currency ?? client.Currency ?? mapping.Defaults.Currency;
        var split = mapping.Lines.SplitBy is { } field ? LineIdentity.Part(field, _facts.Of(record), date!.Value) : "";
        var own = new DocumentKey(entity.Code, client.Code, currency, "invoice", period, split);
        return posted is { } place ? own with { Period = PostedPeriod(own, place) } : NextOpen(own);
    }

    // A late record is billed in a later period than its own; it belongs there as long as its own period stays what it was.
    private Period PostedPeriod(DocumentKey own, PostedPlace place) =>
        own with { Period = place.Key.Period } == place.Key && own.Period == Period.Of(rules.Every, place.ServiceDate) ? place.Key.Period : own.Period;

    private DocumentKey NextOpen(DocumentKey key)
    {
        while (rules.KeysWithOriginal is { } taken && taken.Contains(key)) key = key with { Period = Period.Of(rules.Every, key.Period.To) };
        return key;
    }

    // A date beyond the calendar's last year has no period that ends; it is outside every job's limits as well.
    private Period? PeriodOf(DateOnly? date) => date is { Year: < 9999 } day ? Period.Of(rules.Every, day) : null;

    private FieldFault? FaultOf(SourceRecord record, DateOnly? date)
    {
        if (record.Faults.Count > 0) return record.Faults[0];
        if (date is not { } day) return new FieldFault("date", "", "a record needs a date, or a start with its zone");
        if (day < rules.DatesFrom || day > rules.DatesUntil)
            return new FieldFault("date", Iso(day), $"limits.dates: {Iso(rules.DatesFrom)} to {Iso(rules.DatesUntil)}");
        return record.Stream == StreamKind.Expenses ? ExpenseFault(record) : TimeFault(record);
    }

    private FieldFault? TimeFault(SourceRecord record)
    {
        if (record.Seconds is not { } seconds) return new FieldFault("seconds", "", "a time entry needs a duration");
        return (Rational)Math.Abs(seconds) <= (Rational)rules.HoursPerEntry * 3600
            ? null
            : new FieldFault("hours", NumberText.Canonical(seconds / 3600m), $"limits.hoursPerEntry: at most {NumberText.Canonical(rules.HoursPerEntry)} of either sign");
    }

    private static FieldFault? ExpenseFault(SourceRecord record)
    {
        if (record.Amount is not { } amount) return new FieldFault("amount", "", "an expense needs an amount");
        if (Math.Abs(amount) > AmountLimit) return new FieldFault("amount", NumberText.Canonical(amount), $"at most {NumberText.Canonical(AmountLimit)} of either sign");
        return record.Currency.Length == 0 || Currency.TryOf(record.Currency, out _)
            ? null
            : new FieldFault("currency", record.Currency, "a currency of ISO 4217 in capital letters");
    }

    /// <summary>The largest single expense, in major units: far above any real one, far below where sums of minor units end.</summary>
    public const decimal AmountLimit = 100_000_000_000m;

    private Bucket? Exclusion(SourceRecord record, RecordFacts facts, Client? client, DateOnly date, AssessmentView view)
    {
        if (date < (client?.BillFrom ?? rules.BillFrom)) return Bucket.BeforeStart;
        if (record.BilledElsewhere && view != AssessmentView.Posted) return Bucket.BilledElsewhere;
        return _exclusions.Find(facts) is { } rule ? Bucket.Rule(rule.Rule) : null;
    }

    // What a document holds already is not taken off the books because new documents of its kind are held back.
    private Bucket? Hold(SourceRecord record, DocumentKey key, Client client, Entity entity, DateOnly date, AssessmentView view)
    {
        if (rules.ApprovalRequired && record.Approved != true) return Bucket.NotApproved;
        if (view == AssessmentView.Posted) return null;
        if (entity.WhenLocked == LockRule.Hold && date < entity.LockBefore) return Bucket.PeriodLocked;
        if (client.SwitchedOff) return Bucket.SwitchedOff;
        if (rules.PilotClients is { } pilot && !pilot.Contains(client.Code)) return Bucket.PilotFilter;
        return view == AssessmentView.New && asOf < key.Period.ClosesAt(rules.CloseAfter, entity.Zone) ? Bucket.PeriodOpen : null;
    }

    private Assessment PriceTime(Assessment placed, Client client, Rate? rate, DateOnly documentDate)
    {
        var facts = placed.Facts;
        if (rate is null)
        {
            var who = $"client {facts.Client}, project {facts.Project}, task {facts.Task}, person {facts.Person} on {Iso(placed.Date!.Value)}";
            return placed with { Bucket = Bucket.NoRate, Fault = new FieldFault("rate", who, $"a rate of mapping '{mapping.Name}' that matches: add one under 'rates:'") };
        }

        if (rate.Billable.Value == 0) return placed with { Bucket = Bucket.NonBillable };
        var price = new UnitPrice(rate.Hourly, placed.Key!.Currency);
        return Taxed(placed, client, _facts.Task(facts.Task), documentDate, new Priced(price, rate.Billable, new Fraction(0), rate));
    }

    private Assessment PriceExpense(Assessment placed, Client client, DateOnly documentDate)
    {
        var category = _facts.Category(placed.Facts.Category);
        return Taxed(placed, client, category, documentDate, new Priced(null, Fraction.One, category?.Markup ?? mapping.Defaults.Markup, null));
    }

    // An expense goes by the rate of its own date; a document is valued at that of its own, and without one none of its records can be billed.
    private Assessment Exchanged(Assessment priced, SourceRecord record, Client client, Entity entity, DateOnly documentDate, AssessmentView view)
    {
        var currency = priced.Key!.Currency;
        if (fx is not null && view != AssessmentView.Posted && fx.Find(currency, entity.BaseCurrency, documentDate) is null)
            return NoRate(priced, $"{currency} to {entity.BaseCurrency} on {Iso(documentDate)}", "an exchange rate for the document date, not too old: import it with 'batchsync fx import'");
        if (priced.Facts.Type != RecordFacts.Expense || record.Currency.Length == 0 || record.Currency == currency.Code) return priced;
        if (fx is null) return NoRate(priced, record.Currency, $"client {client.Code} is billed in {currency}, and no FX rates are configured");
        return fx.Find(Currency.Of(record.Currency), currency, priced.Date!.Value) is { } rate
            ? priced with { Pricing = priced.Pricing! with { ExpenseRate = rate } }
            : NoRate(priced, $"{record.Currency} to {currency} on {Iso(priced.Date!.Value)}", "an exchange rate for the expense's date, not too old: import it with 'batchsync fx import'");
    }

    private static Assessment NoRate(Assessment priced, string value, string rule) =>
        priced with { Bucket = Bucket.NoFxRate, Fault = new FieldFault("currency", value, rule), Pricing = null };

    private sealed record Priced(UnitPrice? Price, Fraction Billable, Fraction Markup, Rate? Rate);

    private Assessment Taxed(Assessment placed, Client client, Activity? activity, DateOnly documentDate, Priced priced)
    {
        var project = _facts.Project(placed.Facts.Project);
        var code = _taxRules.Find(placed.Facts)?.Tax
            ?? FirstNonEmpty(activity?.Tax, project?.Tax, client.Tax, mapping.Defaults.Tax);
        var taxDate = mapping.Money.TaxPoint == TaxPoint.DocumentDate ? documentDate : placed.Date!.Value;
        if (!mapping.Taxes.TryGetValue(code, out var tax) || !tax.HasRatesOn(taxDate))
        {
            var rule = tax is null ? "a tax code of the mapping" : $"every component of '{code}' needs a rate on {Iso(taxDate)}";
            return placed with { Bucket = Bucket.NoTaxCode, Fault = new FieldFault("tax", code, rule) };
        }

        return placed with
        {
            Pricing = new Pricing(
                priced.Price,
                priced.Billable,
                priced.Markup,
                tax,
                FirstNonEmpty(activity?.Account, project?.Account, mapping.Defaults.Account),
                FirstNonEmpty(activity?.Item, project?.Item, mapping.Defaults.Item),
                mapping.Money.TaxPoint == TaxPoint.DocumentDate ? documentDate : null)
            {
                Rate = priced.Rate,
                Dimensions = client.Dimensions.With(project?.Dimensions ?? Dimensions.None).With(activity?.Dimensions ?? Dimensions.None).With(_facts.Person(placed.Facts.Person)?.Dimensions ?? Dimensions.None),
            },
        };
    }

    private FieldFault NoClient(SourceRecord record)
    {
        var value = record.Client.IsEmpty ? $"project {record.Project.Id} {record.Project.Name}".TrimEnd() : $"{record.Client.Id} {record.Client.Name}".Trim();
        return new FieldFault("client", value, $"a client of mapping '{mapping.Name}': add the id under 'clients:' or give the project a client");
    }

    private static string FirstNonEmpty(params ReadOnlySpan<string?> texts)
    {
        foreach (var text in texts)
        {
            if (!string.IsNullOrEmpty(text)) return text;
        }

        return "";
    }

    private static string Iso(DateOnly date) => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
