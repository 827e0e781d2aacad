using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace BatchSync.Cli;

/// <summary>The options by which a run is given its dates; no part of a run reads them from a clock.</summary>
internal sealed class RunDates
{
    private readonly Option<DateOnly?> _from = new("--from") { Description = "First service date that is read again and billed (inclusive, yyyy-mm-dd)", HelpName = "date", CustomParser = Date };
    private readonly Option<DateOnly?> _to = new("--to") { Description = "Last service date (inclusive)", HelpName = "date", CustomParser = Date };
    private readonly Option<DateTimeOffset?> _asOf = new("--as-of") { Description = "Instant against which periods are open or closed: a date (its end, in UTC) or 2026-11-05T02:30:00Z; default: now", HelpName = "instant", CustomParser = Instant };

    public void AddTo(Command command)
    {
        command.Options.Add(_from);
        command.Options.Add(_to);
        command.Options.Add(_asOf);
    }

    public (DateOnly? From, DateOnly? To, DateTimeOffset AsOf) Of(ParseResult parsed, TimeProvider time)
    {
        var (from, to) = (parsed.GetValue(_from), parsed.GetValue(_to));
        if (from > to) throw new UsageException($"--from {from:yyyy-MM-dd} is after --to {to:yyyy-MM-dd}.");
        return (from, to, parsed.GetValue(_asOf) ?? time.GetUtcNow());
    }

    public bool AreGiven(ParseResult parsed) => parsed.GetResult(_from) is not null || parsed.GetResult(_to) is not null || parsed.GetResult(_asOf) is not null;

    /// <summary>Reads a date of the command line.</summary>
    public static DateOnly? Date(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)) return date;
        result.AddError($"'{text}' is no date; write it as 2026-10-31.");
        return null;
    }

    /// <summary>Reads an instant of the command line; of a date alone it is the end, in UTC.</summary>
    public static DateTimeOffset? Instant(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date))
            return new DateTimeOffset(date.AddDays(1).ToDateTime(TimeOnly.MinValue), TimeSpan.Zero).AddTicks(-1);
        string[] formats = ["yyyy-MM-ddTHH:mm:ssZ", "yyyy-MM-ddTHH:mm:sszzz", "yyyy-MM-ddTHH:mmZ", "yyyy-MM-ddTHH:mmzzz"];
        if (DateTimeOffset.TryParseExact(text, formats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var instant)) return instant;
        result.AddError($"'{text}' is no instant; write a date (2026-11-05) or an instant with its offset (2026-11-05T02:30:00Z).");
        return null;
    }
}
