using BatchSync.Configuration.Yaml;
using BatchSync.Core.Diagnostics;

namespace BatchSync.Configuration.Fields;

/// <summary>What a message adds to what is wrong; empty parts are left out.</summary>
internal readonly record struct Advice(string Allowed, string Suggestion, string NextStep)
{
    public static Advice None => new("", "", "");

    public static Advice Next(string step) => new("", "", step);

    /// <summary>A closed list of names: all of them where they are few, else those that are nearest to what was written.</summary>
    public static Advice Names(string title, IReadOnlyCollection<string> names, string written)
    {
        var list = NameList.Of(title, names, written);
        return new(list.Sentence, list.Near ?? "", "");
    }
}

/// <summary>One file while it is read: its text, and where its errors go.</summary>
internal sealed record Reading(SourceText Text, ICollection<ConfigurationError> Errors)
{
    public void Report(ErrorCode code, Span span, string message, Advice advice) =>
        Errors.Add(new ConfigurationError(code, Text.PlaceOf(span), message)
        {
            Allowed = advice.Allowed,
            Suggestion = advice.Suggestion,
            NextStep = advice.NextStep,
        });
}
