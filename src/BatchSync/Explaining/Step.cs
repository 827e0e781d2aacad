using BatchSync.Core.Amounts;

namespace BatchSync.Explaining;

/// <summary>
/// One step of how something came about: what went in, the rule with its place, the exact value where it was rounded, and what is stored as its
/// result. The steps below it are its parts.
/// </summary>
/// <param name="Name">What kind of step: <c>quantity</c>. A closed set of words, the same for all documents.</param>
/// <param name="Of">Which one of them: a line's number, a tax component, a record; empty where there is only one.</param>
internal sealed record Step(string Name, string Of = "")
{
    public string Input { get; init; } = "";

    /// <summary>The value before it was rounded; null where nothing was.</summary>
    public Rational? Exact { get; init; }

    /// <summary>As it is stored, even where it does not follow.</summary>
    public string Result { get; init; } = "";

    /// <summary>The rule in words, with its rounding.</summary>
    public string Rule { get; init; } = "";

    /// <summary>Where the rule stands: <c>mapping-config/consulting.yaml:33</c>; empty where no file holds it.</summary>
    public string Place { get; init; } = "";

    /// <summary>What comes out instead, where what is stored does not follow; empty where it does.</summary>
    public string Fault { get; init; } = "";

    /// <summary>Why the result could not be computed again; empty where it was, and where there is nothing to compute.</summary>
    public string NotChecked { get; init; } = "";

    public IReadOnlyList<Step> Steps { get; init; } = [];

    /// <summary>This step and all below it.</summary>
    public IEnumerable<Step> All => Steps.SelectMany(s => s.All).Prepend(this);

    /// <summary>The step as one line: <c>tax state: 225.00 USD x 7.5% = 16.875 -> 16.88 USD (half-up; mapping-config/consulting.yaml:44)</c>.</summary>
    public string Text
    {
        get
        {
            var head = Of.Length == 0 ? Name : $"{Name} {Of}";
            var said = Formula;
            var rule = string.Join("; ", new[] { Rule, Place }.Where(part => part.Length > 0));
            return head + (said.Length == 0 ? "" : ": " + said) + (rule.Length == 0 ? "" : $" ({rule})");
        }
    }

    /// <summary>Holds the stored result against what comes out.</summary>
    public Step Checked<T>(T computed, T stored)
        where T : notnull =>
        computed.Equals(stored) ? this : this with { Fault = $"{computed} comes out, {stored} is stored" };

    private string Formula
    {
        get
        {
            if (Exact is not { } exact) return Input.Length > 0 && Result.Length > 0 ? $"{Input} = {Result}" : Input + Result;
            return (Input.Length > 0 ? Input + " = " : "") + $"{Shown.Exact(exact)} -> {Result}";
        }
    }
}

/// <summary>What a question was answered with.</summary>
/// <param name="Subject">What was explained: <c>document KQ4...</c>, <c>line KQ4.../2</c>, <c>record time_entries/17</c>.</param>
internal sealed record Explanation(string Subject, Step Root)
{
    /// <summary>Steps whose stored result is another than comes out.</summary>
    public int Faults => Root.All.Count(s => s.Fault.Length > 0);

    /// <summary>Steps that could not be computed again.</summary>
    public int NotChecked => Root.All.Count(s => s.NotChecked.Length > 0);
}
