using System.CommandLine;
using BatchSync.Configuration;
using BatchSync.Running;

namespace BatchSync.Cli;

/// <summary>What a command about one job was asked.</summary>
/// <param name="Job">The job's name as given.</param>
/// <param name="Json">The answer is wanted as JSON, and nothing else on standard output.</param>
internal sealed record JobCall(Workspace Workspace, Screen Screen, string Job, DateOnly? From, DateOnly? To, DateTimeOffset AsOf, bool Json)
{
    /// <summary>Whether steps and the proof of a run that ended well are shown to a pipe too.</summary>
    public bool Verbose { get; init; }

    /// <summary>Whether nothing at all is said of a run that ended well.</summary>
    public bool Quiet { get; init; }

    /// <summary>Whether any date was given; else the as-of instant is now.</summary>
    public bool HasDates { get; init; }

    /// <summary>How long to wait for another run of the job to end.</summary>
    public TimeSpan LeaseWait { get; init; }

    /// <summary>Does work with a runner for the job, its configuration checked first; progress is shown to a person, and to a pipe that asks for it.</summary>
    /// <exception cref="UsageException">There is no such job.</exception>
    public async Task<RunResult?> WithRunnerAsync(Func<JobRunner, RunRequest, Task<RunResult?>> work, CancellationToken cancel)
    {
        var set = Workspace.Load();
        return await WithRunnerAsync(set, Workspace.Job(set, Job), work, cancel);
    }

    /// <summary>Does work with a runner for a job of a configuration that is loaded already.</summary>
    public Task<RunResult?> WithRunnerAsync(ConfigurationSet set, JobDefinition job, Func<JobRunner, RunRequest, Task<RunResult?>> work, CancellationToken cancel) =>
        Screen.WatchAsync(Json || !ShowsAll, async progress =>
        {
            try
            {
                return await work(new JobRunner(await Workspace.PortsAsync(set, job, progress, cancel)), RequestOf(set, job));
            }
            finally
            {
                await Workspace.KeepPacesAsync();
            }
        });

    /// <summary>Whether a run is shown with its steps and all that it proved, however it ended.</summary>
    public bool ShowsAll => Verbose || (Screen.IsTerminal && !Quiet);

    private RunRequest RequestOf(ConfigurationSet set, JobDefinition job) => new(job, set.Mappings[job.Mapping], set.Files, From, To, AsOf) { LeaseWait = LeaseWait };
}

/// <summary>The commands about one job and its dates: <c>run</c> and <c>plan</c>.</summary>
internal static class JobCommand
{
    public static Command Create(string name, string description, string jsonDescription, GlobalOptions options, TimeProvider time, Func<JobCall, ParseResult, CancellationToken, Task<int>> execute)
    {
        var job = JobNames.Argument(options);
        var json = new Option<bool>("--json") { Description = jsonDescription };
        var verbose = new Option<bool>("--verbose") { Description = "Show each step also where the output is no terminal" };
        var dates = new RunDates();
        var command = new Command(name, description) { job, json, verbose };
        dates.AddTo(command);
        command.SetAction(async (parsed, cancel) =>
        {
            await using var workspace = Workspace.Of(options, parsed, time);
            var (from, to, asOf) = dates.Of(parsed, time);
            var call = new JobCall(workspace, options.Screen(parsed), parsed.GetValue(job)!, from, to, asOf, parsed.GetValue(json)) { HasDates = dates.AreGiven(parsed), Verbose = parsed.GetValue(verbose) };
            return await execute(call, parsed, cancel);
        });
        return command;
    }
}
