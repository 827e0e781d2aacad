using BatchSync.Configuration;
using BatchSync.Configuration.Fields;
using BatchSync.Core.Mapping;

namespace BatchSync.Explaining;

/// <summary>Where the rules of a mapping stand in its file, as it was: <c>mapping-config/consulting.yaml:33</c>.</summary>
internal sealed class RulePlaces(ConfigurationDocument document)
{
    private Section Mapping => document.Section;

    public string File => document.File.Path;

    public string Rate(Rate rate) => At(rate.Line);
    public string Exclusion(string rule) => InList(Mapping.List(MappingFields.Exclude), e => e.Get(ExclusionFields.Rule) == rule);
    public string TaxRule(int index) => At(Mapping.List(MappingFields.TaxRules)[index].Node.Span.Line);
    public string LineDiscount(int index) => At(Discounts.List(DiscountFields.Lines)[index].Node.Span.Line);
    public string DocumentDiscount(int index) => At(Discounts.List(DiscountFields.Documents)[index].Node.Span.Line);
    public string EntityRule(int index) => At(Mapping.List(MappingFields.EntityRules)[index].Node.Span.Line);
    public string Client(string code) => Thing(MappingFields.Clients, code);
    public string Project(string code) => Thing(MappingFields.Projects, code);
    public string Task(string code) => Thing(MappingFields.Tasks, code);
    public string Category(string code) => Thing(MappingFields.Categories, code);
    public string Entity(string code) => Named(Mapping.Map(MappingFields.Entities), code);
    public string TaxCode(string code) => Named(Mapping.Map(MappingFields.Taxes), code);
    public string Defaults => Field(Mapping, MappingFields.Defaults);
    public string Time => Field(Mapping.Get(MappingFields.Rounding), RoundingFields.Time);
    public string Money => Field(Mapping.Get(MappingFields.Rounding), RoundingFields.Money);
    public string TaxMethod => Field(Mapping, MappingFields.Tax);
    public string QuantityDecimals => Field(Mapping.Get(MappingFields.Lines), LineFields.QuantityDecimals);
    public string Fx => Field(Mapping, MappingFields.Fx);

    /// <summary>The rate of a tax component on a date.</summary>
    public string TaxRate(string code, string component, DateOnly date)
    {
        var tax = Mapping.Map(MappingFields.Taxes).First(t => t.Name == code).Value;
        var rates = tax.List(TaxFields.Components).First(c => c.Value.Get(ComponentFields.Name) == component).Value.List(ComponentFields.Rates);
        return InList(rates, r => !(r.ValueOrNull(RateFields.From) > date) && !(r.ValueOrNull(RateFields.Until) <= date));
    }

    private Section Discounts => Mapping.Get(MappingFields.Discounts);

    private string Thing(FieldSpec<IReadOnlyList<Found<Section>>> list, string code) => InList(Mapping.List(list), t => t.Get(ThingFields.Code) == code);

    private string Named(IReadOnlyList<Named<Section>> entries, string name) => entries.FirstOrDefault(e => e.Name == name) is { } entry ? At(entry.Key.Span.Line) : "";

    private string InList(IReadOnlyList<Found<Section>> list, Func<Section, bool> isIt) => list.FirstOrDefault(f => isIt(f.Value)) is { } found ? At(found.Node.Span.Line) : "";

    // A field that is left out stands nowhere: its default is the rule.
    private string Field<T>(Section section, FieldSpec<T> field) => section.Written(field) is { } found ? At(found.Node.Span.Line) : "";

    private string At(int line) => FormattableString.Invariant($"{File}:{line}");
}
