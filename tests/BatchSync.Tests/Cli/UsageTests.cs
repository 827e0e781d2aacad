using BatchSync.Running;
using NUnit.Framework;

namespace BatchSync.Tests.Cli;

/// <summary>A command given wrongly says what to give instead, on the error output, and ends with 2.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class UsageTests
{
    private readonly string _folder = Directory.CreateTempSubdirectory("batchsync-usage-").FullName;

    [OneTimeTearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [TestCase("", "Say what to do: demo, init, check, config, plan, run, serve, unpost, release, status, runs, report, alerts, differences, deadletters, pause, resume, explain, replay, audit, mapping, auth, fx, sandbox, store, completion.", "See: batchsync --help")]
    [TestCase("runn", "'runn' is none of the commands here: demo, init,", "See: batchsync --help")]
    [TestCase("store", "Say what to do: migrate, backup, verify, adopt.", "See: batchsync store --help")]
    [TestCase("differences drop 4", "'drop' is none of the commands here: list, accept.", "See: batchsync differences --help")]
    [TestCase("run", "Required argument 'job' missing for command: 'run'.", "See: batchsync run --help")]
    [TestCase("runs show x", "'x'", "See: batchsync runs show --help")]
    [TestCase("run a --from 31.10.2026", "'31.10.2026' is no date; write it as 2026-10-31.", "See: batchsync run --help")]
    [TestCase("run a --as-of soon", "'soon' is no instant; write a date (2026-11-05)", "See: batchsync run --help")]
    [TestCase("run a --from 2026-10-02 --to 2026-10-01", "--from 2026-10-02 is after --to 2026-10-01.", "")]
    [TestCase("status --log-level loud", "'loud' is no level of --log-level. Levels: verbose, debug, information, warning, error, fatal.", "See: batchsync status --help")]
    [TestCase("status --store Database=books", "The connection string of the store names no server.", "Server=db.example.com;Database=books")]
    [TestCase("status --store Sever=db", "The connection string of the store cannot be read:", "'sever'")]
    [TestCase("status --store Server=db;Password=env:BATCHSYNC_NO_SUCH_PASSWORD", "BATCHSYNC_NO_SUCH_PASSWORD", "is not set")]
    [TestCase("check FOLDER/none.yaml", "none.yaml' does not exist.", "")]
    [TestCase("differences accept 4 --reason checked --config FOLDER", "There is no store", "the first plan or run makes it")]
    [TestCase("runs --config FOLDER", "There is no store", "the first plan or run makes it")]
    [TestCase("runs --status lost", "'lost'", "See: batchsync runs --help")]
    [TestCase("runs --since 2026-10-02 --until 2026-10-01 --config FOLDER", "There is no store", "")]
    [TestCase("audit", "Say what to do: verify, export.", "See: batchsync audit --help")]
    [TestCase("audit verify --config FOLDER", "There is no store", "the first plan or run makes it")]
    [TestCase("audit export --from 2026-10-02 --to 2026-10-01", "--from 2026-10-02 is after --to 2026-10-01.", "")]
    [TestCase("report 3 --config FOLDER", "There is no store", "the first plan or run makes it")]
    [TestCase("store backup --config FOLDER", "There is no store", "the first plan or run makes it")]
    [TestCase("store verify --config FOLDER", "There is no store", "the first plan or run makes it")]
    [TestCase("replay a --from 2026-10-02 --to 2026-10-01", "--from 2026-10-02 is after --to 2026-10-01.", "")]
    [TestCase("sandbox --data FOLDER/rows", "rows' of the sandbox's rows does not exist.", "")]
    [TestCase("status --config FOLDER/gone", "gone' does not exist.", "batchsync init")]
    [TestCase("run first --config FOLDER", "no YAML file is in this folder", "Nothing was started.")]
    public async Task Usage_Wrong_SaysWhatToGiveInstead(string command, string said, string alsoSaid)
    {
        var run = await CommandRun.OfAsync(command.Replace("FOLDER", _folder, StringComparison.Ordinal).Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.That(run.Exit, Is.EqualTo(ExitCodes.Configuration));
        Assert.That(run.Error, Does.Contain(said).And.Contain(alsoSaid));
        Assert.That(run.Output, Is.Empty);
    }

    [Test]
    public async Task ReadingCommand_WhereNoStoreIs_MakesNone()
    {
        using var folder = new TemporaryFolder();
        await CommandRun.OfAsync("runs", "--config", folder.Path);
        await CommandRun.OfAsync("init", folder.Path);
        await CommandRun.OfAsync("status", "--config", folder.Path);
        Assert.That(Directory.EnumerateFiles(folder.Path, "*.db"), Is.Empty);
    }

    [Test]
    public async Task Init_WhereItsFilesAre_WritesNothing()
    {
        using var folder = new TemporaryFolder();
        await CommandRun.OfAsync("init", folder.Path);
        var job = Path.Combine(folder.Path, "jobs", "first-job.yaml");
        await File.WriteAllTextAsync(job, "mine");
        var again = await CommandRun.OfAsync("init", folder.Path);
        Assert.That(again.Exit, Is.EqualTo(ExitCodes.Configuration));
        Assert.That(again.Error, Does.Contain("jobs/first-job.yaml").And.Contain("nothing was written"));
        Assert.That(await File.ReadAllTextAsync(job), Is.EqualTo("mine"));
    }

    [Test]
    public async Task Init_IntoAFile_IsTheUsersToMend()
    {
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "taken");
        await File.WriteAllTextAsync(file, "");
        var run = await CommandRun.OfAsync("init", file);
        Assert.That(run.Exit, Is.EqualTo(ExitCodes.Configuration));
        Assert.That(run.Error, Does.Contain("Cannot write to").And.Contain("Name a folder that you may write."));
    }
}
