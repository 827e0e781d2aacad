using BatchSync.Configuration.Fields;
using BatchSync.Configuration.Yaml;
using BatchSync.Core.Amounts;
using BatchSync.Core.Fx;
using BatchSync.Core.Mapping;
using BatchSync.Core.Tax;
using BatchSync.Core.Time;

namespace BatchSync.Configuration;

/// <summary>Makes mapping rules of a document without errors.</summary>
internal static class MappingBuilder
{
    public static MappingRules Build(ConfigurationDocument document)
    {
        var mapping = document.Section;
        var rounding = mapping.Get(MappingFields.Rounding);
        var lines = mapping.Get(MappingFields.Lines);
        var discounts = mapping.Get(MappingFields.Discounts);
        return new MappingRules
        {
            Name = mapping.Get(MappingFields.Name),
            Version = mapping.Get(MappingFields.Version),
            ContentHash = document.File.ContentHash,
            Entities = mapping.Map(MappingFields.Entities).ToDictionary(e => e.Name, EntityOf, StringComparer.Ordinal),
            EntityRules = [.. mapping.List(MappingFields.EntityRules).Select(r => new EntityRule(ConditionOf(r.Value.Get(EntityRuleFields.When)), r.Value.Get(EntityRuleFields.Entity)))],
            Defaults = Defaults(mapping.Get(MappingFields.Defaults)),
            Clients = [.. mapping.List(MappingFields.Clients).Select(c => ClientOf(c.Value))],
            Projects = [.. mapping.List(MappingFields.Projects).Select(p => ProjectOf(p.Value))],
            Tasks = [.. mapping.List(MappingFields.Tasks).Select(t => ActivityOf(t.Value))],
            Categories = [.. mapping.List(MappingFields.Categories).Select(c => ActivityOf(c.Value) with { Markup = c.Value.ValueOrNull(CategoryFields.Markup) is { } markup ? new Fraction(markup) : null })],
            People = [.. mapping.List(MappingFields.People).Select(p => new Person(Code(p.Value), NamesOf(p.Value)) { Name = NameOf(p.Value), Dimensions = DimensionsOf(p.Value) })],
            Rates = new RateTable([.. mapping.List(MappingFields.Rates).Select(r => RateOf(r.Value))]),
            LineDiscounts = [.. discounts.List(DiscountFields.Lines).Select(d => LineDiscountOf(d.Value))],
            DocumentDiscounts = [.. discounts.List(DiscountFields.Documents).Select(d => DocumentDiscountOf(d.Value))],
            Caps = [.. mapping.List(MappingFields.Projects).Where(p => p.Value.Has(ProjectFields.Cap)).Select(p => CapOf(p.Value, mapping))],
            Retainers = [.. mapping.List(MappingFields.Clients).SelectMany(c => RetainersOf(c.Value, mapping))],
            Time = TimeOf(rounding.Get(RoundingFields.Time)),
            Money = MoneyOf(rounding.Get(RoundingFields.Money), mapping.Get(MappingFields.Tax), lines.Get(LineFields.QuantityDecimals)),
            Taxes = mapping.Map(MappingFields.Taxes).ToDictionary(t => t.Name, TaxOf, StringComparer.Ordinal),
            TaxRules = [.. mapping.List(MappingFields.TaxRules).Select(r => new TaxRule(ConditionOf(r.Value.Get(TaxRuleFields.When)), r.Value.Get(TaxRuleFields.Tax)))],
            Lines = new LineRules(Values(lines.List(LineFields.GroupBy)), lines.ValueOrNull(LineFields.SplitBy), Values(lines.List(LineFields.Description))),
            Exclude = [.. mapping.List(MappingFields.Exclude).Select(e => new Exclusion(e.Value.Get(ExclusionFields.Rule), ConditionOf(e.Value.Get(ExclusionFields.When))))],
            Fx = mapping.Has(MappingFields.Fx) ? new FxRules([.. mapping.List(MappingFields.Fx).Select(s => FxSourceOf(s.Value))]) : null,
        };
    }

    public static IReadOnlyList<MappingTest> Tests(ConfigurationDocument document)
    {
        var name = document.Section.Get(MappingFields.Name);
        return [.. document.Section.List(MappingFields.Tests).Select(t => TestOf(t.Value, name, document.Reading))];
    }

    /// <summary>The rate of a section, or null where a field that it needs could not be read.</summary>
    public static Rate? TryRate(Section section)
    {
        var isWhole = section.Spec.Fields.All(f => !section.Has(f) || IsReadable(section, f)) && section.Find(RateFields.Hourly) is not null;
        return isWhole ? RateOf(section) : null;
    }

    /// <summary>The condition of a section, or null where a field of it could not be read.</summary>
    public static Condition? TryCondition(Found<Section>? when) =>
        when is not null && when.Value.Spec.Fields.All(f => !when.Value.Has(f) || IsReadable(when.Value, f)) ? ConditionOf(when.Value) : null;

    /// <summary>The currency in which a client is billed where no rate names another; null where neither the client nor the default can be read.</summary>
    public static Currency? CurrencyOf(Section mapping, string? client)
    {
        var section = mapping.List(MappingFields.Clients).Select(c => c.Value).FirstOrDefault(c => c.Find(ThingFields.Code)?.Value == client);
        return section?.Find(ClientFields.Currency)?.Value ?? mapping.Find(MappingFields.Defaults)?.Value.Find(DefaultFields.Currency)?.Value;
    }

    private static bool IsReadable(Section section, FieldSpec field) => field switch
    {
        FieldSpec<Section> inner => section.Find(inner)?.Value is { } condition && condition.Spec.Fields.All(f => !condition.Has(f) || IsReadable(condition, f)),
        FieldSpec<decimal> number => section.Find(number) is not null,
        FieldSpec<DateOnly> date => section.Find(date) is not null,
        FieldSpec<Currency> currency => section.Find(currency) is not null,
        FieldSpec<IReadOnlyList<Found<string>>> list => section.Find(list) is { Value.Count: > 0 },
        _ => false,
    };

    private static Rate RateOf(Section rate) => new(
        ConditionOf(rate.Get(RateFields.When)),
        rate.Get(RateFields.Hourly),
        rate.ValueOrNull(RateFields.Currency),
        new Fraction(rate.Get(RateFields.Billable)),
        rate.ValueOrNull(RateFields.From),
        rate.ValueOrNull(RateFields.Until),
        rate.Node.Span.Line);

    private static Condition ConditionOf(Section when)
    {
        var fields = ConditionFields.All.Where(when.Has).ToDictionary(f => f.Name, f => Values(when.List(f)), StringComparer.Ordinal);
        return fields.Count == 0 ? Condition.Always : new Condition(fields);
    }

    private static Entity EntityOf(Named<Section> entity) => new(entity.Name, entity.Value.Get(EntityFields.BaseCurrency), entity.Value.Get(EntityFields.Zone))
    {
        LockBefore = entity.Value.ValueOrNull(EntityFields.LockBefore),
        WhenLocked = entity.Value.Get(EntityFields.WhenLocked),
    };

    private static LineDiscount LineDiscountOf(Section discount) => new(ConditionOf(discount.Get(LineDiscountFields.When)), new Fraction(discount.Get(LineDiscountFields.Percent)));

    private static DocumentDiscount DocumentDiscountOf(Section discount) => new(
        ConditionOf(discount.Get(DocumentDiscountFields.When)),
        discount.ValueOrNull(DocumentDiscountFields.Percent) is { } percent ? new Fraction(percent) : null,
        discount.ValueOrNull(DocumentDiscountFields.Fixed),
        discount.ValueOrNull(DocumentDiscountFields.Currency));

    private static ProjectCap CapOf(Section project, Section mapping)
    {
        var (cap, client) = (project.Get(ProjectFields.Cap), project.Get(ProjectFields.Client));
        var currency = cap.ValueOrNull(CapFields.Currency) ?? CurrencyOf(mapping, client)!.Value;
        return new(client, Code(project), Exactly(cap.Get(CapFields.Amount), currency), Period: null);
    }

    private static IEnumerable<RetainerDeposit> RetainersOf(Section client, Section mapping) =>
        from retainer in client.List(ClientFields.Retainers).Select(r => r.Value)
        let currency = retainer.ValueOrNull(RetainerFields.Currency) ?? CurrencyOf(mapping, Code(client))!.Value
        select new RetainerDeposit(Code(client), Exactly(retainer.Get(RetainerFields.Amount), currency), retainer.Get(RetainerFields.Received), retainer.Get(RetainerFields.Reference));

    // The check has refused amounts with more decimals than their currency, so no mode could change one.
    private static Money Exactly(decimal amount, Currency currency) => Money.Round(amount, currency, RoundingMode.HalfUp);

    private static MappingDefaults Defaults(Section defaults) => new(
        defaults.Get(DefaultFields.Entity),
        defaults.Get(DefaultFields.Currency),
        defaults.GetOrNull(DefaultFields.Tax) ?? "",
        defaults.Get(DefaultFields.Terms),
        defaults.GetOrNull(ThingFields.Account) ?? "",
        defaults.GetOrNull(ThingFields.Item) ?? "",
        new Fraction(defaults.Get(DefaultFields.Markup)));

    private static Client ClientOf(Section client) => new(Code(client), NamesOf(client))
    {
        DestinationId = client.GetOrNull(ClientFields.Destination) ?? Code(client),
        Dimensions = DimensionsOf(client),
        Name = NameOf(client),
        Entity = client.GetOrNull(ClientFields.Entity) ?? "",
        Currency = client.ValueOrNull(ClientFields.Currency),
        Tax = client.GetOrNull(ThingFields.Tax) ?? "",
        TermsDays = client.ValueOrNull(ClientFields.Terms),
        BillFrom = client.ValueOrNull(ClientFields.BillFrom),
        Withholding = client.ValueOrNull(ClientFields.Withholding) is { } withholding ? new TaxRate(withholding) : null,
        SwitchedOff = client.Get(ClientFields.Off),
    };

    private static Project ProjectOf(Section project) => new(Code(project), NamesOf(project))
    {
        Client = project.GetOrNull(ProjectFields.Client) ?? "",
        Dimensions = DimensionsOf(project),
        Name = NameOf(project),
        Account = project.GetOrNull(ThingFields.Account) ?? "",
        Item = project.GetOrNull(ThingFields.Item) ?? "",
        Tax = project.GetOrNull(ThingFields.Tax) ?? "",
    };

    private static Activity ActivityOf(Section activity) => new(Code(activity), NamesOf(activity))
    {
        Dimensions = DimensionsOf(activity),
        Name = NameOf(activity),
        Account = activity.GetOrNull(ThingFields.Account) ?? "",
        Item = activity.GetOrNull(ThingFields.Item) ?? "",
        Tax = activity.GetOrNull(ThingFields.Tax) ?? "",
    };

    private static Dimensions DimensionsOf(Section thing) => Dimensions.Of(thing.Map(ThingFields.Dimensions).Select(d => KeyValuePair.Create(d.Name, d.Value)));

    private static string Code(Section thing) => thing.Get(ThingFields.Code);

    private static string NameOf(Section thing) => thing.List(ThingFields.Names) is [var first, ..] ? first.Value : Code(thing);

    // A thing with ids is known by them alone: two clients may well share a name, and must not share records.
    private static SourceNames NamesOf(Section thing) =>
        thing.Has(ThingFields.Source) ? new(Values(thing.List(ThingFields.Source)), []) : new([], Values(thing.List(ThingFields.Names)));

    private static TimeRounding TimeOf(Section time) => new(
        (long)time.Get(TimeRoundingFields.Increment).TotalSeconds,
        time.Get(TimeRoundingFields.Mode),
        time.Get(TimeRoundingFields.Scope),
        (long)time.Get(TimeRoundingFields.Minimum).TotalSeconds);

    private static MoneyRounding MoneyOf(Section money, Section tax, int quantityDecimals) =>
        new(money.Get(MoneyRoundingFields.Mode), tax.Get(TaxMethodFields.Per), tax.Get(TaxMethodFields.Point), quantityDecimals) { TaxInclusive = tax.Get(TaxMethodFields.Inclusive) };

    private static TaxCode TaxOf(Named<Section> tax)
    {
        var destination = tax.Value.Get(TaxFields.Destination);
        if (tax.Value.GetOrNull(TaxFields.Exempt) is { } exempt) return new(tax.Name, destination, [], TaxTreatment.Exempt, exempt);
        if (tax.Value.GetOrNull(TaxFields.ReverseCharge) is { } reverse) return new(tax.Name, destination, [], TaxTreatment.ReverseCharge, reverse);
        if (tax.Value.GetOrNull(TaxFields.ZeroRated) is { } zero) return new(tax.Name, destination, [], TaxTreatment.ZeroRated, zero);
        return new(tax.Name, destination, [.. tax.Value.List(TaxFields.Components).Select(c => ComponentOf(c.Value))]);
    }

    private static TaxComponent ComponentOf(Section component) => new(
        component.Get(ComponentFields.Name),
        [.. component.List(ComponentFields.Rates).Select(r => new DatedTaxRate(new TaxRate(r.Value.Get(TaxRateFields.Rate)), r.Value.ValueOrNull(RateFields.From), r.Value.ValueOrNull(RateFields.Until)))])
    {
        Compound = component.Get(ComponentFields.Compound),
    };

    private static FxSource FxSourceOf(Section source) => new(source.Get(FxFields.Provider), source.Get(FxFields.Kind), source.Get(FxFields.MaxAge).Days);

    private static MappingTest TestOf(Section test, string mapping, Reading reading)
    {
        var (given, expect) = (test.Get(TestFields.Given), test.Get(TestFields.Expect));
        var written = expect.Node.Entries.ToDictionary(e => e.Key.Text, e => ((Node.Scalar)e.Value).Text, StringComparer.Ordinal);
        return new MappingTest(mapping, reading.Text.PlaceOf(expect.Node.Span), GivenOf(given), ExpectOf(expect), written);
    }

    private static TestRecord GivenOf(Section given) => new(
        given.GetOrNull(GivenFields.Client),
        given.GetOrNull(GivenFields.Project),
        given.GetOrNull(GivenFields.Task),
        given.GetOrNull(GivenFields.Person),
        given.GetOrNull(GivenFields.Category),
        given.Get(GivenFields.Date),
        given.ValueOrNull(GivenFields.Hours),
        given.ValueOrNull(GivenFields.Amount),
        given.ValueOrNull(GivenFields.Currency));

    private static TestExpectation ExpectOf(Section expect) => new(
        expect.GetOrNull(ExpectFields.Client),
        expect.ValueOrNull(ExpectFields.Quantity),
        expect.ValueOrNull(ExpectFields.UnitPrice),
        expect.ValueOrNull(ExpectFields.Net),
        expect.ValueOrNull(ExpectFields.Tax),
        expect.ValueOrNull(ExpectFields.Total),
        expect.GetOrNull(ExpectFields.Bucket))
    {
        Discount = expect.ValueOrNull(ExpectFields.Discount),
        Withholding = expect.ValueOrNull(ExpectFields.Withholding),
    };

    private static IReadOnlyList<T> Values<T>(IReadOnlyList<Found<T>> found) => [.. found.Select(f => f.Value)];
}
