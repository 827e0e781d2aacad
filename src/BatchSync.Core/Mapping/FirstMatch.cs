namespace BatchSync.Core.Mapping;

/// <summary>
/// Finds the first of many rules that matches: rules that name exact values of one field are looked up by its value, so that a list with a rule for each
/// client is not walked for each record. The field is the one that tells most rules apart; the answer is that of walking the list.
/// </summary>
internal sealed class FirstMatch<T>
    where T : class
{
    private readonly IReadOnlyList<T> _rules;
    private readonly Func<T, Condition> _when;
    private readonly string? _field;
    private readonly Dictionary<string, int[]> _byValue = new(StringComparer.Ordinal);
    private readonly int[] _others;

    public FirstMatch(IReadOnlyList<T> rules, Func<T, Condition> when)
    {
        (_rules, _when) = (rules, when);
        _field = RecordFacts.Fields.Where(field => rules.Any(rule => when(rule).IsExact(field))).MaxBy(field => rules.Count(rule => when(rule).IsExact(field)));
        _others = [.. Enumerable.Range(0, rules.Count).Where(i => _field is null || !when(rules[i]).IsExact(_field))];
        if (_field is not null) Fill(_field);
    }

    /// <summary>The first rule whose condition matches and that also passes; null: none does.</summary>
    public T? Find(RecordFacts facts, Func<T, bool> passes)
    {
        var places = _field is not null && _byValue.TryGetValue(facts.Field(_field) ?? "", out var own) ? own : _others;
        foreach (var place in places)
        {
            if (passes(_rules[place]) && _when(_rules[place]).Matches(facts)) return _rules[place];
        }

        return null;
    }

    /// <inheritdoc cref="Find(RecordFacts, Func{T, bool})"/>
    public T? Find(RecordFacts facts) => Find(facts, _ => true);

    private void Fill(string field)
    {
        var exact = Enumerable.Range(0, _rules.Count).Except(_others).SelectMany(i => _when(_rules[i]).Fields[field].Select(value => (value, i)));
        foreach (var same in exact.GroupBy(e => e.value, e => e.i, StringComparer.Ordinal)) _byValue[same.Key] = [.. same.Concat(_others).Distinct().Order()];
    }
}
