using System.Globalization;
using BatchSync.Cli;
using BatchSync.Running;
using NUnit.Framework;
using Serilog;
using Serilog.Context;
using Serilog.Events;

namespace BatchSync.Tests.Cli;

/// <summary>The log in files: what stands in a line, who writes it, and how many files there are.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class LogFileTests
{
    private static readonly DateTimeOffset Night = new(2026, 11, 5, 2, 30, 4, 117, TimeSpan.FromHours(-5));

    [Test]
    public async Task Run_WithALogFile_LeavesItsStepsThereAndTheScreenAsItIs()
    {
        using var folder = new TemporaryFolder();
        var run = await CommandRun.OfAsync("demo", "--folder", folder.Path, "--log-file", Path.Combine(folder.Path, "log", "batchsync.log"));
        var lines = Lines(folder.Path);
        Assert.Multiple(() =>
        {
            Assert.That((run.Exit, run.Error), Is.EqualTo((ExitCodes.Done, "")), "the screen shows warnings alone");
            Assert.That(lines, Has.Some.Matches(@"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} [+-]\d\d:\d\d INF \[consulting 1 C-1\] Run 1 step extract: 2 pages: 78 records new, 0 changed, 0 unchanged$"));
            Assert.That(lines, Has.Some.EndsWith("[consulting 1 C-1] Run 1 ended: Succeeded, exit 0. 4 documents posted; the reconciliation balances."));
            Assert.That(lines, Has.None.Contains("sandbox-token"));
        });
    }

    [Test]
    public void Line_WithinARun_NamesJobAndRun()
    {
        using var folder = new TemporaryFolder();
        using (var log = To(folder.Path))
        {
            using var job = LogContext.PushProperty("Job", "nightly");
            using var run = LogContext.PushProperty("RunNo", 12L);
            using var call = BatchSync.Telemetry.Correlation.Begin("N-12-3");
            log.Write(Event(LogEventLevel.Warning, "Trying again"));
        }

        Assert.That(Lines(folder.Path), Is.EqualTo(new[] { "2026-11-05 02:30:04.117 -05:00 WRN [nightly 12 N-12-3] Trying again" }));
    }

    [Test]
    public void Line_OutsideOfRuns_NamesNone()
    {
        using var folder = new TemporaryFolder();
        using (var log = To(folder.Path)) log.Write(Event(LogEventLevel.Error, "Stopped"));
        Assert.That(Lines(folder.Path), Is.EqualTo(new[] { "2026-11-05 02:30:04.117 -05:00 ERR [- - -] Stopped" }));
    }

    [Test]
    public async Task Lines_OfSeveralWriters_AllStandWholeInOneFile()
    {
        const int Writers = 4, Each = 200;
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "log", "batchsync.log");

        // Each has opened the file for itself, as processes do.
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(() =>
        {
            var file = LogFile.Open(path, new Support.ManualTime(Night));
            for (var i = 0; i < Each; i++) file.Emit(Event(LogEventLevel.Information, $"writer {writer} line {i} {new string('x', 200)}"));
        })));
        var lines = Lines(folder.Path);
        Assert.That(lines, Has.Length.EqualTo(Writers * Each));
        Assert.That(lines, Has.All.Match(@"^2026-11-05 .* writer \d line \d+ x{200}$"));
    }

    [Test]
    public void Files_OfMoreDaysThanAreKept_AreDeletedFromTheOldest()
    {
        using var folder = new TemporaryFolder();
        var log = Directory.CreateDirectory(Path.Combine(folder.Path, "log")).FullName;
        for (var day = 1; day <= LogFile.Kept + 2; day++) File.WriteAllText(Path.Combine(log, $"batchsync-{Night.AddDays(-day).ToString("yyyyMMdd", CultureInfo.InvariantCulture)}.log"), "");
        File.WriteAllText(Path.Combine(log, "batchsync-notes.log"), "not of us");
        LogFile.Open(Path.Combine(log, "batchsync.log"), new Support.ManualTime(Night)).Emit(Event(LogEventLevel.Information, "new"));
        var left = Directory.GetFiles(log, "batchsync-2*.log");
        Assert.Multiple(() =>
        {
            Assert.That(left, Has.Length.EqualTo(LogFile.Kept));
            Assert.That(left.Select(Path.GetFileName), Does.Contain("batchsync-20261105.log").And.Not.Contain("batchsync-20261003.log"));
            Assert.That(File.Exists(Path.Combine(log, "batchsync-notes.log")));
        });
    }

    [Test]
    public async Task LogFile_ThatCannotBeWritten_IsTheUsersToMend()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(Path.Combine(folder.Path, "taken"), "");
        var run = await CommandRun.OfAsync("demo", "--folder", folder.Path, "--log-file", Path.Combine(folder.Path, "taken", "batchsync.log"));
        Assert.That(run.Exit, Is.EqualTo(ExitCodes.Configuration));
        Assert.That(run.Error, Does.Contain("Cannot write to").And.Contain("Name a folder that you may write."));
    }

    private static Serilog.Core.Logger To(string folder) =>
        Logging.To(LogEventLevel.Fatal, new Screen(new Terminal(TextWriter.Null, TextWriter.Null, IsInteractive: false, ErrorIsSame: false, null), noColor: true), LogFile.Open(Path.Combine(folder, "log", "batchsync.log"), new Support.ManualTime(Night)));

    private static LogEvent Event(LogEventLevel level, string text) => new(Night, level, null, new Serilog.Parsing.MessageTemplateParser().Parse(text), []);

    private static string[] Lines(string folder) => File.ReadAllLines(Directory.GetFiles(Path.Combine(folder, "log"), "batchsync-????????.log").Single());
}
