using System.CommandLine;
using System.Globalization;
using BatchSync.Alerts;
using BatchSync.Configuration;
using BatchSync.Running;
using BatchSync.Storage;

namespace BatchSync.Cli;

/// <summary><c>alerts</c>, <c>alerts check</c> and <c>alerts test</c>: what is wrong and stands, a look at it, and whether those who are to be told can be.</summary>
internal static class AlertsCommand
{
    public static Command Create(GlobalOptions options, TimeProvider time)
    {
        var job = JobNames.Option(options, "Only alerts of this job");
        var json = new Option<bool>("--json") { Description = "As JSON" };
        var command = new Command("alerts", "What is wrong and stands, as it was found last") { job, json };
        command.SetAction(async (parsed, cancel) =>
        {
            await using var workspace = Workspace.Of(options, parsed, time);
            var series = parsed.GetValue(job) is { } name ? Workspace.Job(workspace.Load(), name).Series : null;
            var alerts = await (await workspace.ExistingStoreAsync(cancel)).ListAlertsAsync(series, resolvedSince: null, cancel);
            Show(options.Screen(parsed), alerts, parsed.GetValue(json));
            return ExitCodes.Done;
        });
        command.Subcommands.Add(CreateCheck(options, time));
        command.Subcommands.Add(CreateTest(options, time));
        return command;
    }

    private static Command CreateCheck(GlobalOptions options, TimeProvider time)
    {
        var name = new Argument<string?>("job") { Description = "Name of a job (default: all that have alerts)", Arity = ArgumentArity.ZeroOrOne };
        var json = new Option<bool>("--json") { Description = "As JSON" };
        var command = new Command("check", "Looks whether something is wrong, a missed run included, and tells those who are to be told; for cron, on any machine that reaches the store. Ends with 3 where an alert stands, with 1 where somebody could not be told") { name, json };
        command.SetAction(async (parsed, cancel) =>
        {
            await using var workspace = Workspace.Of(options, parsed, time);
            var set = workspace.Load();
            var jobs = parsed.GetValue(name) is { } one ? [Watched(set, one)] : set.Jobs.Where(j => j.Alerts is not null).ToList();
            if (jobs.Count == 0) throw new UsageException($"No job has alerts. {Example}");
            await workspace.ExistingStoreAsync(cancel);
            return await CheckAsync(await workspace.AlertsAsync(cancel), jobs, options.Screen(parsed), parsed.GetValue(json), cancel);
        });
        return command;
    }

    private static async Task<int> CheckAsync(AlertWatch watch, IReadOnlyList<JobDefinition> jobs, Screen screen, bool json, CancellationToken cancel)
    {
        var (open, notTold) = (new List<AlertRow>(), new List<string>());
        foreach (var job in jobs)
        {
            // Another look may have read what is older than this one was asked for.
            if (await watch.LookAsync(job, AlertWatch.Patience, cancel) is not { } look) return Busy(screen, job.Name);
            open.AddRange(look.Open);
            notTold.AddRange(look.NotTold.Select(reason => $"{job.Name}: {reason}"));
        }

        Show(screen, open, json);
        foreach (var reason in notTold) screen.Complain($"Not told: {reason}");
        if (notTold.Count > 0) return ExitCodes.Failed;
        return open.Count > 0 ? ExitCodes.Differences : ExitCodes.Done;
    }

    private static int Busy(Screen screen, string job)
    {
        screen.Complain($"Another look at '{job}' is under way, and tells what it finds. Run again: batchsync alerts check");
        return ExitCodes.Busy;
    }

    private static Command CreateTest(GlobalOptions options, TimeProvider time)
    {
        var name = JobNames.Argument(options);
        var command = new Command("test", "Sends a test through each route of a job, so that somebody sees that alerts arrive. Its heartbeat is left alone") { name };
        command.SetAction(async (parsed, cancel) =>
        {
            await using var workspace = Workspace.Of(options, parsed, time);
            var job = Watched(workspace.Load(), parsed.GetValue(name)!);
            if (job.Alerts!.Routes.Count == 0) throw new UsageException($"The job '{job.Name}' has no routes. {Example}");
            var (watch, screen, failed) = (await workspace.AlertsAsync(cancel), options.Screen(parsed), false);
            foreach (var route in job.Alerts.Routes)
            {
                var reason = await watch.TestAsync(job, route, cancel);
                failed |= reason is not null;
                screen.Outcome(reason is null ? ExitCodes.Done : ExitCodes.Failed, $"{route.Name}: {(reason is null ? "sent" : $"not sent: {reason}")}");
            }

            return failed ? ExitCodes.Failed : ExitCodes.Done;
        });
        return command;
    }

    private const string Example = "Add some to a job, such as: alerts: { routes: [ { email: { to: oncall@example.com } } ] }";

    private static JobDefinition Watched(ConfigurationSet set, string name) =>
        Workspace.Job(set, name) is { Alerts: not null } job ? job : throw new UsageException($"The job '{name}' has no alerts. {Example}");

    private static void Show(Screen screen, IReadOnlyList<AlertRow> alerts, bool json)
    {
        if (json) screen.Write(alerts.Select(View));
        else if (alerts.Count == 0) screen.Line("No alert stands.");
        else ShowTable(screen, alerts);
    }

    private static object View(AlertRow alert) => new
    {
        alert.AlertNo, alert.Job, alert.Series, Kind = alert.KindName, alert.Alert.Count, alert.Alert.RaisedAt, alert.Alert.Notice, alert.Alert.NoticeAt, alert.RunNo, alert.Words.Summary, alert.Words.Details, alert.Told,
    };

    private static void ShowTable(Screen screen, IReadOnlyList<AlertRow> alerts) => screen.Table(
        [Column.Number("alert"), Column.Name("job"), Column.Name("kind"), "raised", Column.Number("run"), "told", "what"],
        alerts.Select(a => (IReadOnlyList<string>)
        [
            a.AlertNo.ToString(CultureInfo.InvariantCulture), a.Job, a.KindName, RunsCommand.Minute(a.Alert.RaisedAt), a.RunNo?.ToString(CultureInfo.InvariantCulture) ?? "",
            a.Told.Count == 0 ? "nobody" : string.Join(", ", a.Told.Keys.Order(StringComparer.Ordinal)), a.Words.Summary,
        ]));
}
