using System.CommandLine;
using BatchSync.Running;
using BatchSync.Sandbox;
using Serilog.Core;

namespace BatchSync.Cli;

/// <summary><c>demo</c>: a whole run against a sandbox in this process, with everything it makes left in one folder to look at.</summary>
internal static class DemoCommand
{
    private const string Sample = "consulting";
    private const string SandboxToken = "sandbox-token";

    /// <summary>The sample's books are made as on this instant, so that the demo prints the same on any day.</summary>
    private static readonly DateTimeOffset AsOf = new(2026, 11, 5, 12, 0, 0, TimeSpan.Zero);

    public static Command Create(GlobalOptions options, TimeProvider time)
    {
        var folder = new Option<string>("--folder") { Description = "Where the demo leaves its configuration, store, reports and books", DefaultValueFactory = _ => "demo", HelpName = "folder" };
        var command = new Command("demo", "Runs a sample job from a fake time tracker to fake books; needs nothing, leaves everything in a folder") { folder };
        command.SetAction(async (parsed, cancel) =>
        {
            var target = Path.GetFullPath(parsed.GetValue(folder)!);
            TargetFolder.Fill(target, () => CopySample(target));
            return await ExecuteAsync(target, options.Screen(parsed), options.Log(parsed), time, cancel);
        });
        return command;
    }

    private static async Task<int> ExecuteAsync(string folder, Screen screen, Logger log, TimeProvider time, CancellationToken cancel)
    {
        var setup = new SandboxOptions(Path.Combine(folder, "pages"), 0, Path.Combine(folder, "books.jsonl"), null, SandboxToken, time);
        await using var server = await SandboxServer.StartAsync(setup, cancel);
        await using var workspace = new Workspace(folder, StorePlace.OfFile(Path.Combine(folder, "batchsync.db")), log, time, SandboxSettings.Environment(server, SandboxToken));
        screen.Say("Time entries and expenses of October 2026 become invoices, as of 2026-11-05 12:00Z. Nothing leaves this machine.");
        var exit = await RunCommand.ExecuteAsync(new JobCall(workspace, screen, Sample, null, null, AsOf, Json: false) { Verbose = true }, cancel);
        screen.Say($"All that it made is in {folder}: batchsync.db (store), reports/ (CSV), mail/ (.eml), books.jsonl (the fake books).");
        return exit;
    }

    // Files that are there are left alone: a second demo goes on from the first one's store, and may be played with in between.
    private static void CopySample(string target)
    {
        var source = Path.Combine(AppContext.BaseDirectory, "samples", Sample);
        foreach (var file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            var copy = Path.Combine(target, Path.GetRelativePath(source, file));
            if (File.Exists(copy)) continue;
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }
}
