using System.Data.Common;
using System.Diagnostics;
using System.Reflection;
using BatchSync.Running;
using BatchSync.Storage;
using BatchSync.Storage.Sql;
using BatchSync.Storage.Sqlite;
using BatchSync.Tests.Running;
using BatchSync.Tests.Support;
using Microsoft.Data.Sqlite;
using NUnit.Framework;
using CommandRun = BatchSync.Tests.Cli.CommandRun;
using TemporaryFolder = BatchSync.Tests.Cli.TemporaryFolder;

namespace BatchSync.Tests.Storage;

/// <summary>What a disk, an administrator or another process can do to the file: each with its own text and exit code, and nothing half-written.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class SqliteFaultTests
{
    [Test]
    public async Task Run_OnAFullDisk_FailsWithNothingHalfWrittenAndGoesOnWhenThereIsRoom()
    {
        await using var firm = await Firm.OpenAsync([.. Enumerable.Range(1, 300).Select(i => Some.TimeEntry($"{i}", notes: new string('n', 500)))]);
        var connection = ConnectionOf((SqlStore)firm.Store);
        Pragma(connection, $"max_page_count = {Pragma(connection, "page_count") + 40}");
        var full = await firm.RunAsync();
        Assert.That((full.ExitCode, full.Status), Is.EqualTo((ExitCodes.Failed, RunStatus.Failed)));
        Assert.That(full.Message, Does.Contain("The disk of the store is full").And.Contain("nothing is half-written"));
        Assert.That(firm.Books.Documents, Is.Empty);

        Pragma(connection, "max_page_count = 1000000");
        Assert.That((await firm.Store.VerifyAsync(CancellationToken.None)).SelectMany(c => c.Problems), Is.Empty);
        await firm.ExpectAsync(ExitCodes.Done);
        Assert.That((firm.Books.Documents.Count, firm.Books.Owed("58")), Is.EqualTo((1, 33_000m)));
    }

    [Test]
    public async Task Backup_WhileARunIsReading_IsWholeAsOfThen()
    {
        using var folder = new TemporaryFolder();
        var copy = Path.Combine(folder.Path, "copy.db");
        await using var firm = await Firm.OpenAsync([.. Enumerable.Range(1, 30).Select(i => Some.TimeEntry($"{i}"))]);
        firm.Source.PageSize = 10;
        await using var other = (SqlStore)firm.File.Open(firm.Time);
        Task? backup = null;
        firm.Source.OnPage = call =>
        {
            if (call.Number == 3) backup = Task.Run(() => other.BackUpAsync(copy, "eve", CancellationToken.None));
        };
        await firm.ExpectAsync(ExitCodes.Done);
        await backup!;
        await using var restored = SqlStore.Open(new SqliteDialect(copy, firm.Time), firm.Time);
        var versions = await restored.ReadVersionsAsync(Some.Series, CancellationToken.None).ToListAsync();
        Assert.That(versions.Count, Is.EqualTo(20).Or.EqualTo(30), "two of three pages were there when it began");
        Assert.That((await restored.VerifyAsync(CancellationToken.None)).SelectMany(c => c.Problems), Is.Empty);
    }

    [Test]
    public async Task Store_ThatAnotherProcessWritesTo_IsWaitedForAndThenNamed()
    {
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "batchsync.db");
        await using var store = SqlStore.Open(new SqliteDialect(file, TimeProvider.System, TimeSpan.FromSeconds(1)), TimeProvider.System);
        await store.MigrateAsync(CancellationToken.None);
        await using (var other = new SqliteConnection($"Data Source={file};Pooling=False"))
        {
            await other.OpenAsync();
            await using var writing = other.BeginTransaction(deferred: false);
            var refusal = await Assert.ThrowsAsync<StoreException>(() => store.SaveAuditAsync(AuditEntry.OfPerson("eve", "explain", "x"), CancellationToken.None));
            Assert.That(refusal!.Message, Is.EqualTo("The store was locked by another process for more than 1 s. Run again when that process is done."));
        }

        await store.SaveAuditAsync(AuditEntry.OfPerson("eve", "explain", "x"), CancellationToken.None);
        Assert.That((await store.FindAuditHeadAsync(CancellationToken.None)).Events, Is.EqualTo(1));
    }

    [Test]
    public async Task File_OfAnotherKind_IsRefusedAndLeftAsItIs()
    {
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "books.db");
        await File.WriteAllTextAsync(file, string.Concat(Enumerable.Repeat("these are no pages of a database ", 200)));
        var before = await File.ReadAllBytesAsync(file);
        var run = await CommandRun.OfAsync("runs", "--store", file);
        Assert.That(run.Exit, Is.EqualTo(ExitCodes.Failed));
        Assert.That(run.Error, Does.Contain($"The store '{file}' cannot be opened").And.Contain("It is no BatchSync store, and was left as it is"));
        Assert.That(await File.ReadAllBytesAsync(file), Is.EqualTo(before));
    }

    [Test]
    public async Task Database_OfAnotherProgram_IsRefusedAndLeftAsItIs()
    {
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "other.db");
        await using (var other = new SqliteConnection($"Data Source={file};Pooling=False"))
        {
            await other.OpenAsync();
            await using var command = other.CreateCommand();
            command.CommandText = "CREATE TABLE contacts (name TEXT)";
            await command.ExecuteNonQueryAsync();
        }

        var before = await File.ReadAllBytesAsync(file);
        var run = await CommandRun.OfAsync("store", "migrate", "--store", file);
        Assert.That(run.Exit, Is.EqualTo(ExitCodes.Failed));
        Assert.That(run.Error, Does.Contain("is a SQLite database of another program, and was left as it is"));
        Assert.That(await File.ReadAllBytesAsync(file), Is.EqualTo(before));
    }

    [Test]
    public async Task Store_OfANewerVersion_EndsWithOneAndBothVersions()
    {
        using var folder = new TemporaryFolder();
        var file = await MigratedAsync(folder, "INSERT INTO schema_journal (version, name, content_hash, applied_at) VALUES (99, '0099-from-the-future', 'x', '2030-01-01')");
        var run = await CommandRun.OfAsync("store", "verify", "--store", file);
        Assert.That((run.Exit, run.Output), Is.EqualTo((ExitCodes.Failed, "")));
        Assert.That(run.Error, Does.Contain("schema version 99 (0099-from-the-future)").And.Contain("newer BatchSync"));
    }

    [Test]
    public async Task Store_WhosePagesAreDamaged_IsToldByVerifyAndByABackup()
    {
        using var folder = new TemporaryFolder();
        var file = await MigratedAsync(folder, "INSERT INTO configuration_files VALUES ('aa', zeroblob(60000)); DELETE FROM schema_journal WHERE version > 90");
        SqliteConnection.ClearAllPools();
        await using (var bytes = new FileStream(file, FileMode.Open, FileAccess.ReadWrite))
        {
            // Behind the schema, in the pages of the tables and the blob.
            bytes.Seek(-40_000, SeekOrigin.End);
            bytes.Write(Enumerable.Repeat((byte)0xA5, 30_000).ToArray());
        }

        var verify = await CommandRun.OfAsync("store", "verify", "--store", file);
        var backup = await CommandRun.OfAsync("store", "backup", Path.Combine(folder.Path, "copy.db"), "--store", file);
        Assert.Multiple(() =>
        {
            Assert.That(verify.Exit, Is.EqualTo(ExitCodes.Differences).Or.EqualTo(ExitCodes.Failed), verify.Output + verify.Error);
            Assert.That(verify.Output + verify.Error, Does.Contain("damaged"));
            Assert.That(backup.Exit, Is.EqualTo(ExitCodes.Failed), backup.Output + backup.Error);
            Assert.That(Directory.EnumerateFiles(folder.Path, "copy*"), Is.Empty);
        });
    }

    // Rights do not bind the superuser: the program runs as somebody else then.
    // What only looks at runs can be read; what shows the books would have to be audited, and cannot.
    [TestCase(false, "is read-only, and nothing was written")]
    [TestCase(true, "cannot be opened")]
    public async Task Store_ThatMayNotBeWritten_SaysSoAndStaysAsItIs(bool folderToo, string said)
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Ignore("Rights of files are tried on Unix only.");
            return;
        }

        if (Environment.IsPrivilegedProcess && !File.Exists("/usr/bin/setpriv")) Assert.Ignore("Run by the superuser, and there is no setpriv to run the program as somebody else.");
        if ((await AsAnybodyAsync("--help")).Exit != ExitCodes.Done) Assert.Ignore("Nobody but the superuser may read the program where it was built.");
        using var folder = new TemporaryFolder();
        var file = await MigratedAsync(folder, "SELECT 1");
        SqliteConnection.ClearAllPools();
        foreach (var left in new[] { "-wal", "-shm" }) File.Delete(file + left);
        var before = await File.ReadAllBytesAsync(file);
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        const UnixFileMode Look = UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
        File.SetUnixFileMode(folder.Path, folderToo ? Look : Look | UnixFileMode.UserWrite | UnixFileMode.OtherWrite);
        var (exit, output) = await AsAnybodyAsync("audit", "export", "--store", file, "--config", folder.Path);
        File.SetUnixFileMode(folder.Path, Look | UnixFileMode.UserWrite);
        Assert.That(exit, Is.EqualTo(ExitCodes.Failed), output);
        Assert.That(output, Does.Contain(said).And.Not.Contain("   at "));
        Assert.That(await File.ReadAllBytesAsync(file), Is.EqualTo(before));
    }

    private static async Task<(int Exit, string Output)> AsAnybodyAsync(params string[] arguments)
    {
        var dotnet = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        List<string> words = [dotnet, Path.Combine(AppContext.BaseDirectory, "batchsync.dll"), .. arguments];
        if (Environment.IsPrivilegedProcess) words.InsertRange(0, ["/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]);
        var start = new ProcessStartInfo(words[0], words.Skip(1)) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Path.GetTempPath() };
        start.Environment["HOME"] = Path.GetTempPath();
        start.Environment["DOTNET_CLI_HOME"] = Path.GetTempPath();
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync() + await errors;
        await process.WaitForExitAsync();
        return (process.ExitCode, output);
    }

    private static async Task<string> MigratedAsync(TemporaryFolder folder, string change)
    {
        var file = Path.Combine(folder.Path, "batchsync.db");
        await using (var store = SqlStore.Open(new SqliteDialect(file, TimeProvider.System), TimeProvider.System)) await store.MigrateAsync(CancellationToken.None);
        await using var connection = new SqliteConnection($"Data Source={file};Pooling=False");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = change + "; PRAGMA wal_checkpoint(TRUNCATE)";
        await command.ExecuteNonQueryAsync();
        return file;
    }

    // The limit of a connection is the only full disk that every machine has.
    private static SqliteConnection ConnectionOf(SqlStore store) => (SqliteConnection)typeof(SqlStore)
        .GetFields(BindingFlags.NonPublic | BindingFlags.Instance).Single(f => f.FieldType == typeof(DbConnection)).GetValue(store)!;

    private static long Pragma(SqliteConnection connection, string pragma)
    {
        using var command = connection.CreateCommand();
        command.CommandText = $"PRAGMA {pragma}";
        return (long)command.ExecuteScalar()!;
    }
}
