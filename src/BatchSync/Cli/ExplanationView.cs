using System.Text.Json.Serialization;
using BatchSync.Core.Amounts;
using BatchSync.Explaining;
using BatchSync.Running;
using BatchSync.Storage;

namespace BatchSync.Cli;

/// <summary>An explanation as a tree for a person, or as JSON for a program.</summary>
internal static class ExplanationView
{
    public static void Show(Screen screen, Explanation explanation)
    {
        screen.Tree(Line(explanation.Root));
        screen.Outcome(explanation.Faults > 0 ? ExitCodes.Failed : explanation.NotChecked > 0 ? ExitCodes.Differences : ExitCodes.Done, Verdict(explanation));
    }

    /// <summary>The names of the fields stay as they are; empty ones are left out.</summary>
    public static object Json(Explanation explanation) => new
    {
        explanation.Subject,
        Follows = explanation is { Faults: 0, NotChecked: 0 },
        DoNotFollow = explanation.Faults,
        explanation.NotChecked,
        Explanation = StepJson.From(explanation.Root),
    };

    private static string Verdict(Explanation explanation)
    {
        var notChecked = explanation.NotChecked == 0 ? "" : $" {Counted.Of(explanation.NotChecked, "step")} could not be computed again: see 'not checked'.";
        if (explanation.Faults > 0) return $"{Counted.Of(explanation.Faults, "step")} {(explanation.Faults == 1 ? "does" : "do")} not follow from what is stored: see 'does not follow'.{notChecked}";
        return notChecked.Length == 0 ? "Every step follows from what is stored." : $"What could be computed again follows.{notChecked}";
    }

    private static TreeLine Line(Step step)
    {
        var below = step.Steps.Select(Line);
        if (step.NotChecked.Length > 0) below = below.Prepend(new TreeLine($"not checked: {step.NotChecked}", ExitCodes.Differences, []));
        if (step.Fault.Length > 0) below = below.Prepend(new TreeLine($"does not follow: {step.Fault}", ExitCodes.Failed, []));
        return new TreeLine(step.Text, ExitCodes.Done, [.. below]);
    }

    private sealed record StepJson
    {
        public required string Step { get; init; }
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? Of { get; init; }
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? Input { get; init; }

        /// <summary>As a decimal where it ends within ten places, else as a fraction.</summary>
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? Exact { get; init; }
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? Result { get; init; }
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? Rule { get; init; }
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? Place { get; init; }
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? DoesNotFollow { get; init; }
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? NotChecked { get; init; }
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public IReadOnlyList<StepJson>? Steps { get; init; }

        public static StepJson From(Step step) => new()
        {
            Step = step.Name,
            Of = Given(step.Of),
            Input = Given(step.Input),
            Exact = step.Exact is { } exact ? Text(exact) : null,
            Result = Given(step.Result),
            Rule = Given(step.Rule),
            Place = Given(step.Place),
            DoesNotFollow = Given(step.Fault),
            NotChecked = Given(step.NotChecked),
            Steps = step.Steps.Count == 0 ? null : [.. step.Steps.Select(From)],
        };

        private static string? Given(string text) => text.Length == 0 ? null : text;

        private static string Text(Rational exact)
        {
            var cut = exact.Round(10, RoundingMode.Down);
            return cut == exact ? NumberText.Canonical(cut) : StoreText.Of(exact);
        }
    }
}
