using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Cli;

/// <summary>What a user reads, from the first command on, piped; as approved. BATCHSYNC_ACCEPT=1 rewrites it.</summary>
[Parallelizable(ParallelScope.Fixtures)]
public sealed class TranscriptTests
{
    [Test]
    public async Task Demo_TwiceAndLookedAt_ReadsAsApproved()
    {
        using var folder = new TemporaryFolder();
        await CompareAsync("demo", folder.Path,
            "demo --folder FOLDER",
            "demo --folder FOLDER",
            "runs --config FOLDER",
            "runs show 1 --config FOLDER",
            "status --config FOLDER",
            "differences list --config FOLDER",
            "store migrate --config FOLDER",
            "runs show 3 --config FOLDER");
    }

    [Test]
    public async Task Init_AndCheck_ReadAsApproved()
    {
        using var folder = new TemporaryFolder();
        await CompareAsync("init", folder.Path,
            "init FOLDER",
            "check --config FOLDER",
            "status --config FOLDER",
            "runs --config FOLDER",
            "run another-job --config FOLDER");
    }

    [Test]
    public async Task Differences_AfterARecordChanged_ReadAsApproved()
    {
        using var folder = new TemporaryFolder();
        await CommandRun.OfAsync("demo", "--folder", folder.Path);
        ChangeHours(Path.Combine(folder.Path, "pages", "time_entries.json"));
        await CompareAsync("differences", folder.Path,
            "demo --folder FOLDER",
            "differences list --config FOLDER",
            "differences accept 1 --reason agreed --author auditor --config FOLDER",
            "differences accept 9 --reason agreed --author auditor --config FOLDER",
            "differences list --config FOLDER",
            "demo --folder FOLDER");
    }

    [Test]
    public async Task Pause_AndResume_ReadAsApproved()
    {
        using var folder = new TemporaryFolder();
        await CompareAsync("pause", folder.Path,
            "pause all --reason look-first --config FOLDER",
            "demo --folder FOLDER",
            "pause us --reason new-rates --config FOLDER",
            "status --config FOLDER",
            "pause nobody --reason look-first --config FOLDER",
            "resume all --reason looked --config FOLDER",
            "resume us --reason looked --config FOLDER",
            "resume us --reason looked --config FOLDER",
            "demo --folder FOLDER",
            "deadletters list --config FOLDER",
            "deadletters show 7 --config FOLDER",
            "deadletters retry 7 --reason mended --config FOLDER",
            "store adopt consulting --reason restored --config FOLDER");
    }

    private static async Task CompareAsync(string name, string folder, params string[] commands)
    {
        var text = new List<string>();
        foreach (var command in commands)
        {
            var run = await CommandRun.OfAsync([.. command.Split(' ').Select(word => word.Replace("FOLDER", folder, StringComparison.Ordinal))]);
            text.Add(run.Transcript(command, folder));
        }

        Repository.Compare($"tests/BatchSync.Tests/Cli/Approved/{name}.txt", string.Join('\n', text));
    }

    // The time tracker shows another time for an entry that is on an invoice already.
    private static void ChangeHours(string file)
    {
        var rows = System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText(file))!;
        var row = rows["time_entries"]![0]!;
        row["hours"] = 9.75m;
        row["updated_at"] = "2026-11-05T11:00:00Z";
        File.WriteAllText(file, rows.ToJsonString());
    }
}
