using System.CommandLine;
using BatchSync.Configuration.Fields;

namespace BatchSync.Cli;

/// <summary>An option whose value is a duration, written as in the configuration: <c>30s</c>, <c>1h30m</c>.</summary>
internal static class DurationOption
{
    public static Option<TimeSpan?> Create(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "duration",
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (DurationText.Parse(text) is { } duration) return duration;
            result.AddError($"'{text}' is no duration; write days, hours, minutes and seconds in this order, such as 30s or 1h30m.");
            return null;
        },
    };
}
