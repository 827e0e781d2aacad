using System.CommandLine;
using System.Globalization;
using BatchSync.Configuration;
using BatchSync.Running;
using BatchSync.Scheduling;
using BatchSync.Storage;

namespace BatchSync.Cli;

/// <summary><c>status</c>: each job with its schedule, its newest run, how far it has read, who is running it now, and what is paused.</summary>
internal static class StatusCommand
{
    private sealed record JobStatus(string Job, string Series, string? Cron, string? TimeZone, RunRow? LastRun, IReadOnlyDictionary<string, DateTimeOffset> Watermarks, string? RunningOn, int OpenDifferences)
    {
        /// <summary>Those that cover something of it.</summary>
        public IReadOnlyList<Pause> Pauses { get; init; } = [];

        public ScheduleStatus? Schedule { get; init; }

        public int OpenAlerts { get; init; }

        /// <summary>Of the run that is under way.</summary>
        public IReadOnlyList<PartitionRow> Partitions { get; init; } = [];
    }

    public static Command Create(GlobalOptions options, TimeProvider time)
    {
        var json = new Option<bool>("--json") { Description = "As JSON" };
        var command = new Command("status", "Jobs, their newest runs, watermarks and who holds a lease") { json };
        command.SetAction(async (parsed, cancel) =>
        {
            await using var workspace = Workspace.Of(options, parsed, time);
            var now = time.GetUtcNow();
            var set = workspace.Load();
            var store = workspace.HasStore ? await workspace.StoreAsync(cancel) : null;
            var jobs = await ReadAsync(store, set, now, cancel);
            var hosts = store is null ? [] : await HostsAsync(store, set, cancel);
            var screen = options.Screen(parsed);
            if (parsed.GetValue(json)) screen.Write(new { Jobs = jobs.Select(View), Hosts = hosts });
            else Show(screen, jobs, hosts, now);
            return ExitCodes.Done;
        });
        return command;
    }

    private static object View(JobStatus job) => new
    {
        job.Job, job.Series, job.Cron, job.TimeZone, LastRun = job.LastRun is null ? null : RunView.Of(job.LastRun), job.Watermarks, job.RunningOn, job.OpenDifferences, job.OpenAlerts,
        NextFire = job.Schedule?.Next?.At, LastOccurrence = job.Schedule?.Last is { } last ? OccurrencesCommand.View(last) : null,
        Partitions = job.Partitions.Select(PartitionText.View),
        Paused = job.Pauses.Select(p => new { p.Scope, p.Name, p.Author, Since = p.At, p.Reason }),
    };

    private static async Task<List<JobStatus>> ReadAsync(IStore? store, ConfigurationSet set, DateTimeOffset now, CancellationToken cancel)
    {
        var schedules = new Dictionary<string, ScheduleStatus?>(StringComparer.Ordinal);
        foreach (var job in set.Jobs) schedules.Add(job.Name, await ScheduleStatus.ReadAsync(store, job, now, cancel));
        if (store is null) return [.. set.Jobs.Select(j => new JobStatus(j.Name, j.Series, j.Schedule?.Cron, j.Schedule?.Zone.Id, null, new Dictionary<string, DateTimeOffset>(), null, 0) { Schedule = schedules[j.Name] })];
        var leases = (await store.ListLeasesAsync(cancel)).ToDictionary(l => l.Name, StringComparer.Ordinal);
        var watermarks = (await store.ListWatermarksAsync(cancel)).ToLookup(w => w.Series, StringComparer.Ordinal);
        var pauses = await store.ListPausesAsync(cancel);
        var alerts = (await store.ListAlertsAsync(null, resolvedSince: null, cancel)).ToLookup(a => a.Series, StringComparer.Ordinal);
        var jobs = new List<JobStatus>();
        foreach (var job in set.Jobs)
        {
            jobs.Add(new JobStatus(
                job.Name,
                job.Series,
                job.Schedule?.Cron,
                job.Schedule?.Zone.Id,
                await store.ListRunsAsync(job.Name, 1, cancel) is [var last] ? last : null,
                watermarks[job.Series].ToDictionary(w => w.Stream, w => w.ModifiedThrough, StringComparer.Ordinal),
                leases.GetValueOrDefault(job.Series)?.Owner,
                (await store.ListDifferencesAsync(job.Name, cancel)).Count(d => d.Judged.IsOpen))
            {
                Schedule = schedules[job.Name],
                OpenAlerts = alerts[job.Series].Count(),
                Partitions = await PartitionsAsync(store, job.Name, cancel),
                Pauses = [.. pauses.Where(p => set.Mappings[job.Mapping].Entities.Keys.Any(entity => p.Covers(job.Series, entity)))],
            });
        }

        return jobs;
    }

    private static async Task<IReadOnlyList<PartitionRow>> PartitionsAsync(IStore store, string job, CancellationToken cancel) =>
        await store.ListRunsAsync(job, 1, cancel) is [{ Status: RunStatus.Running } run] ? await store.ListPartitionsAsync(run.RunNo, cancel) : [];

    /// <summary>A process that keeps schedules, as it is shown.</summary>
    /// <param name="IsGone">It was not seen for so long that it has ended, or is cut off from the store.</param>
    /// <param name="HasThisConfiguration">Whether its configuration is the one that this command reads.</param>
    private sealed record HostStatus(string Host, int ProcessId, DateTimeOffset StartedAt, DateTimeOffset SeenAt, string? Cluster, bool IsGone, bool HasThisConfiguration);

    private static async Task<IReadOnlyList<HostStatus>> HostsAsync(IStore store, ConfigurationSet set, CancellationToken cancel)
    {
        var (now, configuration) = (await store.ReadClockAsync(cancel), ConfigurationFile.HashOf(set.Files));
        return [.. (await store.ListHostsAsync(cancel)).Select(h => new HostStatus(h.Host, h.ProcessId, h.StartedAt, h.SeenAt, h.Cluster.Length == 0 ? null : h.Cluster, now - h.SeenAt > HostPresence.GoneAfter, h.ConfigurationHash == configuration))];
    }

    private static string Sentence(HostStatus host)
    {
        var shared = host.Cluster is null ? "" : " in a cluster";
        var seen = host.IsGone ? $"not seen since {RunsCommand.Minute(host.SeenAt)}: it ended without a word, or cannot reach the store" : $"since {RunsCommand.Minute(host.StartedAt)}";
        return FormattableString.Invariant($"Schedules are kept{shared} on {host.Host} (process {host.ProcessId}), {seen}.{(host.HasThisConfiguration ? "" : " Its configuration is not the one of this folder as it is now: start it anew, or give all hosts the same.")}");
    }

    private static void Show(Screen screen, List<JobStatus> jobs, IReadOnlyList<HostStatus> hosts, DateTimeOffset now)
    {
        screen.Table([Column.Name("job"), "series", "schedule", "next", "last occurrence", "last run", "ended", "read through", Column.Number("differences"), Column.Number("alerts"), "running on"], jobs.Select(j => (IReadOnlyList<string>)
        [
            j.Job, j.Series, j.Cron is null ? "by hand" : $"{j.Cron} {j.TimeZone}", Next(j.Schedule, now), Last(j.Schedule?.Last), j.LastRun is { } run ? FormattableString.Invariant($"{run.RunNo}: {RunsCommand.Word(run.Status)}") : "never",
            RunsCommand.Minute(j.LastRun?.EndedAt), j.Watermarks.Count == 0 ? "" : RunsCommand.Minute(j.Watermarks.Values.Min()), j.OpenDifferences.ToString(CultureInfo.InvariantCulture), j.OpenAlerts == 0 ? "" : j.OpenAlerts.ToString(CultureInfo.InvariantCulture), j.RunningOn ?? "",
        ]));
        foreach (var text in jobs.SelectMany(j => j.Pauses.Select(p => PauseText.Sentence(p, j.Job))).Distinct()) screen.Say(text);
        foreach (var text in jobs.SelectMany(j => j.Partitions.Select(PartitionText.Sentence)).Concat(hosts.Select(Sentence))) screen.Say(text);
        if (jobs.Exists(j => j.Cron is not null) && hosts.All(h => h.IsGone)) screen.Say("Schedules are kept while `batchsync serve` runs; without it, let cron or Task Scheduler call `batchsync run JOB`.");
    }

    private static string Next(ScheduleStatus? schedule, DateTimeOffset now) => schedule?.Next is { } fire ? FireTimeText.WithoutZone(fire, now, schedule.Job.Schedule!.Zone) : "";

    private static string Last(OccurrenceRow? last) => last is null ? "" : OccurrencesCommand.Short(last);
}
