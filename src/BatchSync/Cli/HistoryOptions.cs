using System.CommandLine;
using BatchSync.Core.Scheduling;
using BatchSync.Storage;

namespace BatchSync.Cli;

/// <summary>The options by which <c>runs</c> and <c>runs occurrences</c> choose what they list.</summary>
internal sealed class HistoryOptions
{
    private readonly Option<string?> _job;
    private readonly Option<DateOnly?> _since;
    private readonly Option<DateOnly?> _until;
    private readonly Option<string?> _status;
    private readonly Option<int?> _exit = new("--exit") { Description = "Only those that ended with this exit code", HelpName = "code" };
    private readonly Option<int> _last = new("--last", "--take") { Description = "How many, the newest first", DefaultValueFactory = _ => 20, HelpName = "number" };

    /// <param name="things">What is listed.</param>
    /// <param name="day">What the dates are compared with: <c>they started</c>.</param>
    private HistoryOptions(GlobalOptions options, string things, string day, IEnumerable<string> states)
    {
        _job = JobNames.Option(options, $"Only {things} of this job");
        _since = new("--since") { Description = $"First day {day} (inclusive, yyyy-mm-dd)", HelpName = "date", CustomParser = RunDates.Date };
        _until = new("--until") { Description = "Last day (inclusive)", HelpName = "date", CustomParser = RunDates.Date };
        var words = states.Select(s => s.ToLowerInvariant()).ToArray();
        _status = new("--status") { Description = $"Only those that are: {string.Join(", ", words)}", HelpName = "status" };
        _status.AcceptOnlyFromAmong(words);
    }

    public static HistoryOptions OfRuns(GlobalOptions options) => new(options, "runs", "on which they started, in UTC", Enum.GetNames<RunStatus>());

    public static HistoryOptions OfOccurrences(GlobalOptions options) => new(options, "occurrences", "by the clock of their schedule", Enum.GetNames<OccurrenceState>());

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _job, _since, _until, _status, _exit, _last }) command.Options.Add(option);
    }

    public string? Job(ParseResult parsed) => parsed.GetValue(_job);

    public int Last(ParseResult parsed) => parsed.GetValue(_last);

    public RunFilter Runs(ParseResult parsed)
    {
        var (since, until) = Days(parsed);
        return new RunFilter(Job(parsed), since, until, Status<RunStatus>(parsed), parsed.GetValue(_exit));
    }

    /// <param name="series">Of the job that was named; null: none was.</param>
    public OccurrenceFilter Occurrences(ParseResult parsed, string? series)
    {
        var (since, until) = Days(parsed);
        return new OccurrenceFilter(series, since, until, Status<OccurrenceState>(parsed), parsed.GetValue(_exit));
    }

    /// <exception cref="UsageException">The days are the wrong way round.</exception>
    private (DateOnly? Since, DateOnly? Until) Days(ParseResult parsed)
    {
        var (since, until) = (parsed.GetValue(_since), parsed.GetValue(_until));
        return since > until ? throw new UsageException($"--since {since:yyyy-MM-dd} is after --until {until:yyyy-MM-dd}.") : (since, until);
    }

    private T? Status<T>(ParseResult parsed)
        where T : struct, Enum => parsed.GetValue(_status) is { } word ? Enum.Parse<T>(word, ignoreCase: true) : null;
}
