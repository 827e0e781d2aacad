using BatchSync.Configuration.Fields;
using BatchSync.Configuration.Yaml;
using BatchSync.Core.Diagnostics;
using BatchSync.Core.Retry;
using BatchSync.Core.Sources;

namespace BatchSync.Configuration;

/// <summary>What the parts of one connector say of each other.</summary>
internal sealed class ConnectorChecks(ConfigurationDocument connector)
{
    private readonly Section _connector = connector.Section;
    private readonly Reading _reading = connector.Reading;

    /// <summary>The streams that a source connector describes, with the fields of each.</summary>
    public static IEnumerable<(StreamKind Kind, StreamSpec Spec, Section Section)> StreamsOf(ConfigurationDocument connector)
    {
        var isCsv = connector.Variant?.Spec == CsvSourceFields.Spec;
        var streams = connector.Section.Find(isCsv ? CsvSourceFields.Streams : RestSourceFields.Streams)?.Value;
        if (streams is null) yield break;
        foreach (var kind in Enum.GetValues<StreamKind>())
        {
            var spec = isCsv ? StreamFields.Csv(kind) : StreamFields.Rest(kind);
            if (streams.Find(spec.Field) is { } stream) yield return (kind, spec, stream.Value);
        }
    }

    public void Check()
    {
        if (_connector.Find(ApiFields.BaseUrl) is { } url && connector.Variant?.Type == "rest") CheckUrl(url);
        if (_connector.Find(ApiFields.Calls) is { } calls && connector.Variant?.Type == "rest") CheckAllowances(calls.Value);
        foreach (var header in _connector.Map(ApiFields.Headers)) References.CheckSecret(header, allowSetting: true, _reading);
        if (connector.Variant is { IsSource: true }) foreach (var (kind, spec, section) in StreamsOf(connector)) CheckStream(kind, spec, section);
        if (connector.Variant?.Spec == RestDestinationFields.Spec) CheckDocuments();
    }

    private void CheckAllowances(Section calls)
    {
        var before = new List<Allowance>();
        foreach (var found in calls.List(CallFields.Allowance))
        {
            if (found.Value.Has(CallFields.Resets) && !found.Value.Has(CallFields.Remaining)) RefuseField(found.Value, CallFields.Resets, "it is read together with how many calls are left, and 'remaining' names no header for that");
            if (!found.Value.TryFind(CallFields.Calls, out var most) || !found.Value.TryFind(CallFields.Per, out var per)) continue;
            var allowance = new Allowance(most.Value, per.Value);
            CheckAllowance(found, allowance, before, calls);
            before.Add(allowance);
        }
    }

    private void CheckAllowance(Found<Section> found, Allowance allowance, List<Allowance> before, Section calls)
    {
        if (before.Find(b => b.Covers(allowance) || allowance.Covers(b)) is { } other)
        {
            var (idle, kept) = other.Covers(allowance) ? (allowance, other) : (other, allowance);
            _reading.Report(ErrorCodes.WithoutEffect, found.Node.Span, $"the allowance of {idle} has no effect beside that of {kept}", Advice.Next("Keep one of the two."));
        }
        else if (allowance.Per <= Pace.LongestGuess && calls.TryFind(CallFields.MaxDelay, out var longest) && longest.Value < allowance.Per)
        {
            _reading.Report(
                ErrorCodes.NotAllowed, found.Node.Span, $"a run would end whenever its allowance of {allowance} is used up: 'maxDelay' is {DurationText.Write(longest.Value)}",
                Advice.Next($"Raise 'maxDelay' to {DurationText.Write(allowance.Per)} at least."));
        }
    }

    private void CheckUrl(Found<ValueReference> url)
    {
        if (url.Value.IsReference()) return;
        var isGood = Uri.TryCreate(url.Value.Text, UriKind.Absolute, out var uri) && uri.Scheme is "https" or "http";
        if (isGood && uri!.UserInfo.Length > 0)
        {
            _reading.Report(ErrorCodes.SecretLiteral, url.Node.Span, "the address holds a user or password", Advice.Next("Move them to 'auth: { basic: ... }' as references."));
        }
        else if (!isGood || uri!.Query.Length > 0 || uri.Fragment.Length > 0)
        {
            _reading.Report(
                ErrorCodes.UnreadableValue, url.Node.Span, $"'baseUrl' is '{Kinds.Cut(url.Value.Text)}', which is no address that paths can be added to",
                Advice.Next("Write an absolute address without a query, such as https://api.example.com/v2."));
        }
    }

    private void CheckStream(StreamKind kind, StreamSpec spec, Section stream)
    {
        if (stream.Spec.Fields.Contains(StreamFields.Query)) CheckQuery(stream);
        if (stream.Spec.Fields.Contains(StreamFields.Deletions) && stream.Find(StreamFields.Deletions) is { } deletions) CheckQuery(deletions.Value);
        if (stream.Find(spec.Fields) is not { } fields) return;
        foreach (var canonical in StreamFields.Canonical[kind])
        {
            if (fields.Value.Find(spec.Canonical[canonical.Name]) is { } field) CheckField(canonical, field.Value);
        }
    }

    private void CheckQuery(Section section)
    {
        foreach (var parameter in section.Map(StreamFields.Query)) References.CheckSecret(parameter, allowSetting: true, _reading);
    }

    private void CheckField(CanonicalField canonical, Section field)
    {
        if (field.Find(ValueFields.As(canonical)) is not { } kind) return;
        var name = Kinds.Kebab(kind.Value.ToString());
        if (kind.Value is not (ValueKind.Boolean or ValueKind.Not)) RefuseField(field, ValueFields.TrueValues, $"a value that is read as {name} is neither true nor false");
        if (kind.Value is not (ValueKind.Date or ValueKind.Instant)) RefuseField(field, ValueFields.Format, $"a value that is read as {name} is no date");
    }

    private void RefuseField(Section section, FieldSpec field, string why)
    {
        if (!section.Has(field)) return;
        var key = section.Node.Entries.First(e => e.Key.Text == field.Name).Key;
        _reading.Report(ErrorCodes.WithoutEffect, key.Span, $"'{field.Name}' has no effect: {why}", Advice.Next("Remove it."));
    }

    private void CheckDocuments()
    {
        CheckTargets(RestDestinationFields.DocumentFields);
        CheckTargets(RestDestinationFields.LineFieldsOf);
        CheckTargets(RestDestinationFields.TaxFieldsOf);
        if (_connector.Find(RestDestinationFields.DocumentFields) is { } fields && fields.Value.All(f => f.Value != "reference"))
        {
            _reading.Report(
                ErrorCodes.MissingField, fields.Node.Span, "documentFields: no field gets the value 'reference', without which a document could not be found again",
                Advice.Next("Add the API's field for a number or reference of our own, such as 'reference: reference'."));
        }

        var hasTaxFields = _connector.Map(RestDestinationFields.TaxFieldsOf).Count > 0;
        if (_connector.Has(RestDestinationFields.TaxFieldsOf) && !_connector.Has(RestDestinationFields.TaxesField)) RefuseField(_connector, RestDestinationFields.TaxFieldsOf, "without 'taxesField' no taxes are sent");
        if (_connector.Has(RestDestinationFields.TaxesField) && !hasTaxFields) RefuseField(_connector, RestDestinationFields.TaxesField, "without 'taxFields' a tax has nothing to say");
        new DestinationChecks(_connector, _reading).Check();
    }

    // 'customer' cannot be a value and, through 'customer.id', an object too.
    private void CheckTargets(FieldSpec<IReadOnlyList<Named<string>>> field)
    {
        var targets = _connector.Map(field);
        foreach (var target in targets)
        {
            var inside = targets.FirstOrDefault(t => t.Name.StartsWith(target.Name + ".", StringComparison.Ordinal));
            if (inside is null) continue;
            _reading.Report(ErrorCodes.NotAllowed, target.Key.Span, $"'{target.Name}' is a value here, and an object in '{inside.Name}'", Advice.Next("Keep one of the two."));
        }
    }

    /// <summary>The settings that a connector refers to, with those of other streams than the ones named left out.</summary>
    /// <param name="streams">Null: of all streams.</param>
    public static HashSet<string> SettingsOf(ConfigurationDocument connector, IReadOnlyCollection<string>? streams)
    {
        var settings = new HashSet<string>(StringComparer.Ordinal);
        foreach (var entry in connector.Section.Node.Entries)
        {
            if (entry.Key.Text == RestSourceFields.Streams.Name && entry.Value is Node.Mapping all && streams is not null)
            {
                foreach (var stream in all.Entries.Where(s => streams.Contains(s.Key.Text))) Collect(stream.Value, settings);
            }
            else
            {
                Collect(entry.Value, settings);
            }
        }

        return settings;
    }

    private static void Collect(Node node, HashSet<string> settings)
    {
        switch (node)
        {
            case Node.Scalar scalar:
                if (References.SettingOf(scalar.Text) is { } name) settings.Add(name);
                break;
            case Node.Sequence sequence:
                foreach (var item in sequence.Items) Collect(item, settings);
                break;
            case Node.Mapping mapping:
                foreach (var entry in mapping.Entries) Collect(entry.Value, settings);
                break;
            default:
                throw new InvariantException("A node of YAML is a text, a list or a mapping.");
        }
    }
}
