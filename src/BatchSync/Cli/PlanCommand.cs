using System.CommandLine;
using BatchSync.Configuration;
using BatchSync.Core.Mapping;
using BatchSync.Destinations;
using BatchSync.Running;

namespace BatchSync.Cli;

/// <summary><c>plan JOB</c>: what a run would do to the books, to the cent; posts nothing. With <c>--mapping</c>: what other rules would have done.</summary>
internal static class PlanCommand
{
    private sealed record Options(Option<string?> Out, Option<string?> Mapping);

    public static Command Create(GlobalOptions options, TimeProvider time)
    {
        var own = new Options(
            new("--out") { Description = "Write the plan as a file, to be approved and posted with 'run --plan'", HelpName = "file" },
            new("--mapping") { Description = "Show what this mapping would have made of the records from --from to --to, whole periods, against what is posted; no network", HelpName = "file" });
        var command = JobCommand.Create(
            "plan", "Extract and bill, but post nothing: shows what a run would change against what is posted, to the cent", "The plan as JSON", options, time,
            (call, parsed, cancel) => parsed.GetValue(own.Mapping) is { } mapping ? TryAsync(call, mapping, parsed.GetValue(own.Out), cancel) : ExecuteAsync(call, parsed.GetValue(own.Out), cancel));
        command.Options.Add(own.Out);
        command.Options.Add(own.Mapping);
        command.Subcommands.Add(PlanApproveCommand.Create(options, time));
        return command;
    }

    private static async Task<int> ExecuteAsync(JobCall call, string? file, CancellationToken cancel)
    {
        (RunRequest Request, Plan Plan)? made = null;
        var result = await call.WithRunnerAsync(
            (runner, request) => runner.PlanAsync(
                request,
                plan =>
                {
                    made = (request, plan);
                    return Task.CompletedTask;
                },
                cancel),
            cancel);
        if (result is null) return RunCommand.Busy(call.Screen, call.Job);
        if (file is not null && made is { } kept && result.ExitCode == ExitCodes.Done) await PlanFile.Of(kept.Request, kept.Plan).WriteAsync(file, cancel);
        if (made is not { } shown || result.ExitCode != ExitCodes.Done) call.Screen.Complain(result.Message);
        else if (call.Json) call.Screen.Write(PlanJson.Of(shown.Request, shown.Plan));
        else Show(call.Screen, shown.Request, shown.Plan, file);
        return result.ExitCode;
    }

    private static void Show(Screen screen, RunRequest request, Plan plan, string? file)
    {
        PlanView.Show(screen, plan);
        if (file is null) return;
        var next = request.Job.Posting.Approval == ApprovalRule.Plan ? $"approve it: batchsync plan approve {file} --reason TEXT" : $"post it: batchsync run {request.Job.Name} --plan {file}";
        screen.Say($"Written to {file}; {next}");
    }

    private static async Task<int> TryAsync(JobCall call, string file, string? planFile, CancellationToken cancel)
    {
        if (planFile is not null) throw new UsageException("--out keeps a plan that can be posted, and what --mapping shows cannot: leave one of them out.");
        if (call.From is not { } from || call.To is not { } to) throw new UsageException("--mapping needs --from and --to: the service dates of the periods to bill again.");
        var set = call.Workspace.Load();
        var job = Workspace.Job(set, call.Job);
        var mapping = Mapping(file);
        var step = new MappingTrialStep(await call.Workspace.ExistingStoreAsync(cancel), job, mapping, from, to, call.AsOf, entity => QuantityDecimals(set, job, entity));
        var trial = await step.ExecuteAsync(cancel);
        if (call.Json) call.Screen.Write(TrialView.Json(job, mapping, from, to, trial));
        else TrialView.Show(call.Screen, job, file, trial);
        return ExitCodes.Done;
    }

    /// <summary>The one mapping of a file that is no part of the configuration.</summary>
    public static MappingRules Mapping(string file)
    {
        if (!File.Exists(file)) throw new UsageException($"'{file}' does not exist. --mapping takes the file of a mapping.");
        var checkedFile = ConfigurationCheck.OfMapping(file);
        if (checkedFile.Set is not { } set) throw new ConfigurationException(checkedFile.Errors);
        return set.Mappings.Values.SingleOrDefault() ?? throw new UsageException($"'{file}' is no mapping: it has no 'mapping:'.");
    }

    /// <summary>The decimals of a quantity at an entity's destination.</summary>
    public static int QuantityDecimals(ConfigurationSet set, JobDefinition job, string entity)
    {
        var use = job.Destinations.TryGetValue(entity, out var own) ? own : job.Destinations.GetValueOrDefault("all");
        return use is null
            ? throw new UsageException($"The mapping bills by entity '{entity}', and job '{job.Name}' lists no destination for it. Destinations: {string.Join(", ", job.Destinations.Keys)}")
            : DestinationFactory.QuantityDecimals(set.Destinations[use.Connector]);
    }
}
