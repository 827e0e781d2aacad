using BatchSync.Configuration.Fields;
using BatchSync.Configuration.Schemas;
using BatchSync.Configuration.Yaml;
using BatchSync.Core.Amounts;
using BatchSync.Core.Diagnostics;
using BatchSync.Core.Fx;
using BatchSync.Core.Mapping;

namespace BatchSync.Configuration;

/// <summary>What the parts of one mapping say of each other: every code exists, none is claimed twice, every rule can match.</summary>
internal sealed class MappingChecks(ConfigurationDocument mapping)
{
    private readonly Section _mapping = mapping.Section;
    private readonly Reading _reading = mapping.Reading;
    private readonly HashSet<string> _entities = [.. mapping.Section.Map(MappingFields.Entities).Select(e => e.Name)];
    private readonly HashSet<string> _taxes = [.. mapping.Section.Map(MappingFields.Taxes).Select(t => t.Name)];
    private readonly MappingCodes _codes = new(mapping);

    public void Check()
    {
        CheckVersion();
        CheckDimensions();
        CheckEntities();
        _codes.Check();
        CheckDefaults();
        foreach (var client in _mapping.List(MappingFields.Clients)) CheckClient(client.Value);
        foreach (var project in _mapping.List(MappingFields.Projects)) CheckProject(project.Value);
        foreach (var thing in _mapping.List(MappingFields.Tasks).Concat(_mapping.List(MappingFields.Categories))) CheckTax(thing.Value, ThingFields.Tax);
        CheckRates();
        var inclusive = _mapping.Find(MappingFields.Tax)?.Value.Find(TaxMethodFields.Inclusive);
        foreach (var tax in _mapping.Map(MappingFields.Taxes)) new TaxChecks(tax, inclusive is { Value: true } ? inclusive.Node : null, _reading).Check();
        CheckRules();
        new DiscountChecks(_mapping, _codes, _reading).Check();
        CheckFx();
        foreach (var test in _mapping.List(MappingFields.Tests)) CheckTest(test.Value);
    }

    private void CheckVersion()
    {
        if (!_mapping.TryFind(MappingFields.Version, out var version) || SemanticVersion.Is(version.Value)) return;
        var advice = Advice.Next("Write three numbers, MAJOR.MINOR.PATCH, such as 2.3.0.");
        if (SchemaVersion.Of(_mapping.Node) > SchemaVersion.Oldest) _reading.Report(ErrorCodes.NotSemantic, version.Node.Span, $"'version' is '{version.Value}', which is no semantic version", advice);
        else _reading.Report(ErrorCodes.DeprecatedField, version.Node.Span, $"'version' is '{version.Value}', which will be refused in version 3.0", advice);
    }

    private void CheckDimensions()
    {
        var declared = new Dictionary<string, Node>(StringComparer.Ordinal);
        foreach (var name in _mapping.List(MappingFields.Dimensions)) Twice.Check("dimension", name, declared, _reading);
        var things = new[] { MappingFields.Clients, MappingFields.Projects, MappingFields.Tasks, MappingFields.Categories, MappingFields.People }.SelectMany(_mapping.List);
        foreach (var dimension in things.SelectMany(t => t.Value.Map(ThingFields.Dimensions)).Where(d => !declared.ContainsKey(d.Name)))
        {
            var advice = declared.Count == 0
                ? Advice.Next($"Declare it at the top of the mapping: 'dimensions: [{dimension.Name}]'.")
                : Advice.Names("Declared dimensions", [.. declared.Keys.Order(StringComparer.Ordinal)], dimension.Name);
            _reading.Report(ErrorCodes.UnknownDimension, dimension.Key.Span, $"the mapping declares no dimension '{dimension.Name}'", advice);
        }
    }

    private void CheckEntities()
    {
        foreach (var entity in _mapping.Map(MappingFields.Entities).Where(e => e.Name == JobFields.AllEntities))
        {
            _reading.Report(ErrorCodes.NotAllowed, entity.Key.Span, "an entity is called 'all', which stands for every entity in a job's destinations", Advice.Next("Give the entity another code."));
        }

        foreach (var entity in _mapping.Map(MappingFields.Entities).Select(e => e.Value).Where(e => e.Has(EntityFields.WhenLocked) && !e.Has(EntityFields.LockBefore)))
        {
            _reading.Report(
                ErrorCodes.WithoutEffect, entity.Written(EntityFields.WhenLocked)?.Node.Span ?? entity.Node.Span, "'whenLocked' has no effect: without 'lockBefore' no day is locked here",
                Advice.Next("Add 'lockBefore', such as 'lockBefore: 2026-10-01', or remove it."));
        }
    }

    private void CheckDefaults()
    {
        if (!_mapping.TryFind(MappingFields.Defaults, out var defaults)) return;
        CheckName("entity", "entities", _entities, defaults.Value.Find(DefaultFields.Entity));
        CheckTax(defaults.Value, DefaultFields.Tax);
    }

    private void CheckClient(Section client)
    {
        CheckName("entity", "entities", _entities, client.Find(ClientFields.Entity));
        CheckTax(client, ThingFields.Tax);
        var references = new Dictionary<string, Node>(StringComparer.Ordinal);
        foreach (var retainer in client.List(ClientFields.Retainers).Select(r => r.Value))
        {
            if (retainer.TryFind(RetainerFields.Reference, out var reference)) Twice.Check("retainer reference", reference, references, _reading);
            Decimals.Check(retainer.Find(RetainerFields.Amount), retainer.Find(RetainerFields.Currency)?.Value ?? CurrencyOf(client.Find(ThingFields.Code)?.Value), _reading);
        }
    }

    private void CheckProject(Section project)
    {
        CheckName("client", "clients", _codes["client"].Codes, project.Find(ProjectFields.Client));
        CheckTax(project, ThingFields.Tax);
        if (project.TryFind(ProjectFields.Cap, out var cap)) CheckCap(project, cap);
    }

    private void CheckCap(Section project, Found<Section> cap)
    {
        var client = project.Find(ProjectFields.Client);
        Decimals.Check(cap.Value.Find(CapFields.Amount), cap.Value.Find(CapFields.Currency)?.Value ?? CurrencyOf(client?.Value), _reading);
        if (!project.Has(ProjectFields.Client))
        {
            _reading.Report(
                ErrorCodes.MissingField, cap.Node.Span, $"the project '{project.Find(ThingFields.Code)?.Value}' has a cap and no client",
                Advice.Next("Add 'client: CODE' to it: a cap counts what one client is billed."));
        }

        if (_mapping.Find(MappingFields.Lines)?.Value is not { } lines || lines.Find(LineFields.GroupBy) is not { } keys) return;
        if (keys.Value.Any(k => k.Value == GroupKey.Project) || lines.Find(LineFields.SplitBy)?.Value == GroupKey.Project) return;
        _reading.Report(
            ErrorCodes.CapNeedsProject, cap.Node.Span, $"the project '{project.Find(ThingFields.Code)?.Value}' has a cap, and lines are grouped by {Keys(keys.Value)}: one may hold time of several projects",
            Advice.Next("Add 'project' to 'lines: groupBy', or write 'lines: { splitBy: project }'."));
    }

    private static string Keys(IReadOnlyList<Found<GroupKey>> keys) => keys.Count == 0 ? "nothing" : string.Join(", ", keys.Select(k => ((Node.Scalar)k.Node).Text));

    private void CheckTax(Section section, FieldSpec<string> field) => CheckName("tax code", "tax codes", _taxes, section.Find(field));

    private void CheckName(string what, string plural, IReadOnlyCollection<string> known, Found<string>? name)
    {
        if (name is null || known.Contains(name.Value)) return;
        var advice = known.Count == 0 ? Advice.Next($"The mapping defines no {plural}; add it.") : Advice.Names($"Known {plural}", [.. known.Order(StringComparer.Ordinal)], name.Value);
        _reading.Report(ErrorCodes.UnknownName, name.Node.Span, $"there is no {what} '{name.Value}'", advice);
    }

    private void CheckRates()
    {
        var rates = new List<(Section Section, Rate Rate)>();
        foreach (var section in _mapping.List(MappingFields.Rates).Select(r => r.Value))
        {
            if (section.TryFind(RateFields.When, out var when)) _codes.CheckCondition(when.Value);
            Intervals.Check(section, _reading);
            if (MappingBuilder.TryRate(section) is { } rate) rates.Add((section, rate));
        }

        foreach (var shadowed in new RateTable([.. rates.Select(r => r.Rate)]).Shadowed())
        {
            var line = rates[shadowed.Earlier].Rate.Line;
            _reading.Report(
                ErrorCodes.ShadowedRate, rates[shadowed.Later].Section.Node.Span,
                FormattableString.Invariant($"this rate can never match: it is shadowed by line {line}, which takes everything that it could"),
                Advice.Next("Move the special rate above the general one, or remove it."));
        }
    }

    private void CheckRules()
    {
        foreach (var rule in _mapping.List(MappingFields.EntityRules).Select(r => r.Value))
        {
            if (rule.TryFind(EntityRuleFields.When, out var when)) _codes.CheckCondition(when.Value);
            CheckName("entity", "entities", _entities, rule.Find(EntityRuleFields.Entity));
        }

        Shadows.Check("entity rule", _mapping.List(MappingFields.EntityRules), EntityRuleFields.When, _reading);
        foreach (var rule in _mapping.List(MappingFields.TaxRules).Select(r => r.Value))
        {
            if (rule.TryFind(TaxRuleFields.When, out var when)) _codes.CheckCondition(when.Value);
            CheckTax(rule, TaxRuleFields.Tax);
        }

        var names = new Dictionary<string, Node>(StringComparer.Ordinal);
        foreach (var rule in _mapping.List(MappingFields.Exclude).Select(r => r.Value))
        {
            if (rule.TryFind(ExclusionFields.When, out var when)) _codes.CheckCondition(when.Value);
            if (rule.TryFind(ExclusionFields.Rule, out var name)) Twice.Check("rule", name, names, _reading);
        }
    }

    private void CheckFx()
    {
        var sources = new Dictionary<string, Node>(StringComparer.Ordinal);
        foreach (var source in _mapping.List(MappingFields.Fx))
        {
            var (provider, kind, age) = (source.Value.Find(FxFields.Provider), source.Value.Find(FxFields.Kind), source.Value.Written(FxFields.MaxAge));
            if (provider is not null && kind is not null) Twice.Check("FX source", new Found<string>($"{provider.Value} {Kinds.Kebab(kind.Value.ToString())}", source.Node), sources, _reading);
            if (age is not null) CheckMaxAge(age, kind?.Value);
        }
    }

    private void CheckMaxAge(Found<TimeSpan> age, FxRateKind? kind)
    {
        if (kind is { } other and not FxRateKind.Spot)
        {
            _reading.Report(ErrorCodes.WithoutEffect, age.Node.Span, $"'maxAge' has no effect on rates of the kind {Kinds.Kebab(other.ToString())}, which hold on fixed dates", Advice.Next("Remove it."));
        }
        else if (age.Value != TimeSpan.FromDays(age.Value.Days))
        {
            _reading.Report(ErrorCodes.UnreadableValue, age.Node.Span, $"'maxAge' is {DurationText.Write(age.Value)}, and rates are of whole days", Advice.Next("Write whole days, such as 5d."));
        }
    }

    private void CheckTest(Section test)
    {
        if (!test.TryFind(TestFields.Expect, out var expect)) return;
        var client = expect.Value.Find(ExpectFields.Client);
        CheckName("client", "clients", _codes["client"].Codes, client);
        var given = test.Find(TestFields.Given)?.Value.Find(GivenFields.Client)?.Value;
        var code = client?.Value ?? (given is null ? null : _codes["client"].OwnerOf(given));
        if (CurrencyOf(code) is not { } currency) return;
        foreach (var amount in ExpectFields.Money.Select(expect.Value.Find).OfType<Found<decimal>>()) Decimals.Check(amount, currency, _reading);
    }

    private Currency? CurrencyOf(string? client) => MappingBuilder.CurrencyOf(_mapping, client);
}

/// <summary>Names that must be unique in their list.</summary>
internal static class Twice
{
    public static void Check(string what, Found<string> name, Dictionary<string, Node> known, Reading reading)
    {
        if (known.TryAdd(name.Value, name.Node)) return;
        reading.Report(
            ErrorCodes.DuplicateName, name.Node.Span, FormattableString.Invariant($"the {what} '{name.Value}' is used twice; first in line {known[name.Value].Span.Line}"),
            Advice.Next("Rename one of the two, or make them one."));
    }
}

/// <summary>Date ranges [from, until).</summary>
internal static class Intervals
{
    /// <summary>Reports a range that holds no day. True where it holds one.</summary>
    public static bool Check(Section section, Reading reading)
    {
        var (from, until) = (section.Find(RateFields.From), section.Find(RateFields.Until));
        if (from is null || until is null || from.Value < until.Value) return true;
        reading.Report(
            ErrorCodes.EmptyInterval, until.Node.Span, $"'until' is {Iso(until.Value)} and 'from' is {Iso(from.Value)}, so no day lies between",
            Advice.Next("'from' is the first day, 'until' the first day after."));
        return false;
    }

    public static string Iso(DateOnly date) => date.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>One tax code: its components have names of their own, and their rates do not overlap.</summary>
/// <param name="tax">The code.</param>
/// <param name="inclusive">Where the mapping says that prices hold the tax; null where it comes on top.</param>
internal sealed class TaxChecks(Named<Section> tax, Node? inclusive, Reading reading)
{
    public void Check()
    {
        var names = new Dictionary<string, Node>(StringComparer.Ordinal);
        foreach (var (place, component) in tax.Value.List(TaxFields.Components).Select(c => c.Value).Index())
        {
            if (component.TryFind(ComponentFields.Name, out var name)) Twice.Check($"component of tax code '{tax.Name}'", name, names, reading);
            CheckCompound(component, isFirst: place == 0);
            CheckRates(component);
        }
    }

    private void CheckCompound(Section component, bool isFirst)
    {
        if (component.Find(ComponentFields.Compound) is not { Value: true } compound) return;
        if (inclusive is not null)
        {
            reading.Report(
                ErrorCodes.CompoundInclusive, compound.Node.Span, FormattableString.Invariant($"tax code '{tax.Name}' has a compound component, and line {inclusive.Span.Line} says that prices hold the tax"),
                Advice.Next("Write its rate on the net instead (10% of the net and a tax of 5% is 10.5%), or write 'inclusive: false'."));
        }
        else if (isFirst)
        {
            reading.Report(ErrorCodes.WithoutEffect, compound.Node.Span, $"'compound' has no effect: no component of tax code '{tax.Name}' stands before this one", Advice.Next("Remove it, or put the tax that it is a tax on in front."));
        }
    }

    private void CheckRates(Section component)
    {
        var earlier = new List<Section>();
        foreach (var rate in component.List(ComponentFields.Rates).Select(r => r.Value))
        {
            if (!Intervals.Check(rate, reading)) continue;
            var other = earlier.FirstOrDefault(e => Overlap(e, rate));
            if (other is not null) Report(component, rate, other);
            earlier.Add(rate);
        }
    }

    private static bool Overlap(Section a, Section b) =>
        Start(a) < End(b) && Start(b) < End(a);

    private static DateOnly Start(Section rate) => rate.Find(RateFields.From)?.Value ?? DateOnly.MinValue;

    private static DateOnly End(Section rate) => rate.Find(RateFields.Until)?.Value ?? DateOnly.MaxValue;

    private void Report(Section component, Section rate, Section other)
    {
        var day = Start(rate) > Start(other) ? Start(rate) : Start(other);
        var since = day == DateOnly.MinValue ? "from the beginning" : $"on {Intervals.Iso(day)}";
        reading.Report(
            ErrorCodes.OverlappingRates, rate.Node.Span,
            FormattableString.Invariant($"component '{component.Find(ComponentFields.Name)?.Value}' of tax code '{tax.Name}' has this rate and the one of line {other.Node.Span.Line} {since}"),
            Advice.Next("End the earlier rate with 'until' on the day on which the later one begins."));
    }
}
