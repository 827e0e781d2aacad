using System.CommandLine;
using BatchSync.Configuration;
using BatchSync.Running;

namespace BatchSync.Cli;

/// <summary>What a command about one job was asked.</summary>
/// <param name="Job">The job's name as given.</param>
/// <param name="Json">The answer is wanted as JSON, and nothing else on standard output.</param>
internal sealed record JobCall(Workspace Workspace, Screen Screen, string Job, DateOnly? From, DateOnly? To, DateTimeOffset AsOf, bool Json)
{
    /// <summary>Whether any date was given; else the as-of instant is now.</summary>
    public bool HasDates { get; init; }

    /// <summary>Does work with a runner for the job, its configuration checked first; progress is shown unless JSON is wanted.</summary>
    /// <exception cref="UsageException">There is no such job.</exception>
    public async Task<RunResult?> WithRunnerAsync(Func<JobRunner, RunRequest, Task<RunResult?>> work, CancellationToken cancel)
    {
        var set = Workspace.Load();
        return await WithRunnerAsync(set, Workspace.Job(set, Job), work, cancel);
    }

    /// <summary>Does work with a runner for a job of a configuration that is loaded already.</summary>
    public Task<RunResult?> WithRunnerAsync(ConfigurationSet set, JobDefinition job, Func<JobRunner, RunRequest, Task<RunResult?>> work, CancellationToken cancel) =>
        Screen.WatchAsync(Json, async progress =>
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

    private RunRequest RequestOf(ConfigurationSet set, JobDefinition job) => new(job, set.Mappings[job.Mapping], set.Files, From, To, AsOf);
}

/// <summary>The commands about one job and its dates: <c>run</c> and <c>plan</c>.</summary>
internal static class JobCommand
{
    public static Command Create(string name, string description, string jsonDescription, GlobalOptions options, TimeProvider time, Func<JobCall, ParseResult, CancellationToken, Task<int>> execute)
    {
        var job = new Argument<string>("job") { Description = "Name of the job" };
        var json = new Option<bool>("--json") { Description = jsonDescription };
        var dates = new RunDates();
        var command = new Command(name, description) { job, json };
        dates.AddTo(command);
        command.SetAction(async (parsed, cancel) =>
        {
            await using var workspace = Workspace.Of(options, parsed, time);
            var (from, to, asOf) = dates.Of(parsed, time);
            var call = new JobCall(workspace, options.Screen(parsed), parsed.GetValue(job)!, from, to, asOf, parsed.GetValue(json)) { HasDates = dates.AreGiven(parsed) };
            return await execute(call, parsed, cancel);
        });
        return command;
    }
}
