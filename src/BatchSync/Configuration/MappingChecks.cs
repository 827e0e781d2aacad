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
    private readonly Dictionary<string, CodeList> _codes = new()
    {
        ["client"] = CodeList.Of("client", mapping.Section.List(MappingFields.Clients)),
        ["project"] = CodeList.Of("project", mapping.Section.List(MappingFields.Projects)),
        ["task"] = CodeList.Of("task", mapping.Section.List(MappingFields.Tasks)),
        ["category"] = CodeList.Of("category", mapping.Section.List(MappingFields.Categories)),
        ["person"] = CodeList.Of("person", mapping.Section.List(MappingFields.People)),
    };

    public void Check()
    {
        CheckVersion();
        CheckEntities();
        foreach (var codes in _codes.Values) codes.Check(_reading);
        CheckDefaults();
        foreach (var client in _mapping.List(MappingFields.Clients)) CheckClient(client.Value);
        foreach (var project in _mapping.List(MappingFields.Projects)) CheckProject(project.Value);
        foreach (var thing in _mapping.List(MappingFields.Tasks).Concat(_mapping.List(MappingFields.Categories))) CheckTax(thing.Value, ThingFields.Tax);
        CheckRates();
        foreach (var tax in _mapping.Map(MappingFields.Taxes)) new TaxChecks(tax, _reading).Check();
        CheckRules();
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

    private void CheckEntities()
    {
        foreach (var entity in _mapping.Map(MappingFields.Entities).Where(e => e.Name == JobFields.AllEntities))
        {
            _reading.Report(ErrorCodes.NotAllowed, entity.Key.Span, "an entity is called 'all', which stands for every entity in a job's destinations", Advice.Next("Give the entity another code."));
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
    }

    private void CheckProject(Section project)
    {
        CheckName("client", "clients", _codes["client"].Codes, project.Find(ProjectFields.Client));
        CheckTax(project, ThingFields.Tax);
    }

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
            if (section.TryFind(RateFields.When, out var when)) CheckCondition(when.Value);
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
        foreach (var rule in _mapping.List(MappingFields.TaxRules).Select(r => r.Value))
        {
            if (rule.TryFind(TaxRuleFields.When, out var when)) CheckCondition(when.Value);
            CheckTax(rule, TaxRuleFields.Tax);
        }

        var names = new Dictionary<string, Node>(StringComparer.Ordinal);
        foreach (var rule in _mapping.List(MappingFields.Exclude).Select(r => r.Value))
        {
            if (rule.TryFind(ExclusionFields.When, out var when)) CheckCondition(when.Value);
            if (rule.TryFind(ExclusionFields.Rule, out var name)) Twice.Check("rule", name, names, _reading);
        }
    }

    /// <summary>A condition names codes. Where the mapping lists things of a kind, a name that is not listed would never match.</summary>
    private void CheckCondition(Section when)
    {
        foreach (var field in ConditionFields.All)
        {
            if (!_codes.TryGetValue(field.Name, out var codes) || codes.Codes.Count == 0) continue;
            foreach (var value in when.List(field).Where(v => !codes.Matches(v.Value))) ReportCondition(codes, value);
        }
    }

    private void ReportCondition(CodeList codes, Found<string> value)
    {
        // A pattern may be there for things that the mapping leaves out on purpose; clients are never left out.
        if (value.Value.EndsWith('*') && codes.What != "client") return;
        var owner = codes.OwnerOf(value.Value);
        var advice = owner is null
            ? Advice.Names($"Known {codes.What} codes", [.. codes.Codes.Order(StringComparer.Ordinal)], value.Value)
            : new Advice("", owner, $"Conditions name the mapping's codes, and '{value.Value}' is what the source calls '{owner}'.");
        _reading.Report(ErrorCodes.UnknownName, value.Node.Span, $"there is no {codes.What} '{value.Value}', so this never matches", advice);
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
        foreach (var amount in ExpectFields.Money.Select(expect.Value.Find).OfType<Found<decimal>>()) CheckDecimals(amount, currency);
    }

    private Currency? CurrencyOf(string? client)
    {
        var section = _mapping.List(MappingFields.Clients).Select(c => c.Value).FirstOrDefault(c => c.Find(ThingFields.Code)?.Value == client);
        return section?.Find(ClientFields.Currency)?.Value ?? _mapping.Find(MappingFields.Defaults)?.Value.Find(DefaultFields.Currency)?.Value;
    }

    private void CheckDecimals(Found<decimal> amount, Currency currency)
    {
        var text = ((Node.Scalar)amount.Node).Text;
        if (((Rational)amount.Value).Round(currency.Decimals, RoundingMode.Down) == amount.Value) return;
        _reading.Report(
            ErrorCodes.TooManyDecimals, amount.Node.Span, FormattableString.Invariant($"'{text}' has more decimals than {currency}, which has {currency.Decimals}"),
            Advice.Next("Write the amount as it stands on the document."));
    }
}

/// <summary>The codes of one list of a mapping, and what the source calls them.</summary>
internal sealed class CodeList
{
    private readonly IReadOnlyList<Section> _things;
    private readonly Dictionary<string, string> _owners = new(StringComparer.Ordinal);

    private CodeList(string what, IReadOnlyList<Section> things)
    {
        What = what;
        _things = things;
        foreach (var thing in things)
        {
            if (thing.Find(ThingFields.Code)?.Value is not { } code) continue;
            Codes.Add(code);
            foreach (var name in thing.List(ThingFields.Source).Concat(thing.List(ThingFields.Names))) _owners.TryAdd(name.Value, code);
        }
    }

    /// <summary><c>client</c>, <c>project</c>, ...</summary>
    public string What { get; }

    public HashSet<string> Codes { get; } = new(StringComparer.Ordinal);

    public static CodeList Of(string what, IReadOnlyList<Found<Section>> things) => new(what, [.. things.Select(t => t.Value)]);

    /// <summary>The code of what the source calls so, or null.</summary>
    public string? OwnerOf(string name) => _owners.GetValueOrDefault(name);

    /// <summary>Whether a value of a condition, with or without a wildcard, matches a code.</summary>
    public bool Matches(string value) =>
        value.EndsWith('*') ? Codes.Any(c => c.StartsWith(value[..^1], StringComparison.Ordinal)) : Codes.Contains(value);

    /// <summary>No code twice, and nothing of the source claimed by two.</summary>
    public void Check(Reading reading)
    {
        var (codes, ids, names) = (new Dictionary<string, Node>(), new Dictionary<string, Node>(), new Dictionary<string, Node>());
        foreach (var thing in _things)
        {
            if (thing.TryFind(ThingFields.Code, out var code)) Twice.Check($"{What} code", code, codes, reading);
            foreach (var id in thing.List(ThingFields.Source)) Claim("source id", id, ids, reading);
            if (thing.Has(ThingFields.Source)) continue;
            foreach (var name in thing.List(ThingFields.Names)) Claim("name", name, names, reading);
        }
    }

    private void Claim(string what, Found<string> value, Dictionary<string, Node> claimed, Reading reading)
    {
        if (claimed.TryAdd(value.Value, value.Node)) return;
        reading.Report(
            ErrorCodes.ClaimedTwice, value.Node.Span, FormattableString.Invariant($"the {What} {what} '{value.Value}' is claimed twice; first in line {claimed[value.Value].Span.Line}"),
            Advice.Next("Leave it with one of the two: a record can belong to one only."));
    }
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
internal sealed class TaxChecks(Named<Section> tax, Reading reading)
{
    public void Check()
    {
        var names = new Dictionary<string, Node>(StringComparer.Ordinal);
        foreach (var component in tax.Value.List(TaxFields.Components).Select(c => c.Value))
        {
            if (component.TryFind(ComponentFields.Name, out var name)) Twice.Check($"component of tax code '{tax.Name}'", name, names, reading);
            CheckRates(component);
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
