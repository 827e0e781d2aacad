using System.Data.Common;
using BatchSync.Storage;
using BatchSync.Storage.Sql;
using BatchSync.Storage.Sqlite;
using Microsoft.Data.Sqlite;

namespace BatchSync.Tests.Support;

/// <summary>
/// An empty store of one kind, and a way past <see cref="IStore"/> to what it wrote. Every kind runs the same tests: a new one is a
/// subclass and a name in <see cref="Kinds"/>.
/// </summary>
internal abstract class TestStore : IAsyncDisposable
{
    /// <summary>The names of the kinds, for fixtures that run once for each.</summary>
    public static IReadOnlyList<string> Kinds { get; } = ["sqlite"];

    public static TestStore Of(string kind) => kind == "sqlite" ? new SqliteTestStore() : throw new ArgumentException($"There is no store of kind '{kind}'.", nameof(kind));

    /// <summary>Opens the same store once more, as another process would. The schema is not brought up to date.</summary>
    public abstract IStore Open(TimeProvider time);

    /// <summary>A store of its own with the same content.</summary>
    public abstract TestStore Copy();

    public abstract ValueTask DisposeAsync();

    /// <summary>Opens it with its schema up to date.</summary>
    public async Task<IStore> OpenMigratedAsync(TimeProvider time)
    {
        var store = Open(time);
        await store.MigrateAsync(CancellationToken.None);
        return store;
    }

    public void Execute(string sql)
    {
        using var connection = Connect();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>The rows of a query, the columns of each joined by <c>|</c>.</summary>
    public IReadOnlyList<string> Rows(string sql)
    {
        using var connection = Connect();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var rows = new List<string>();
        while (reader.Read()) rows.Add(string.Join('|', Enumerable.Range(0, reader.FieldCount).Select(i => reader.IsDBNull(i) ? "" : FormattableString.Invariant($"{reader.GetValue(i)}"))));
        return rows;
    }

    public byte[] Bytes(string sql)
    {
        using var connection = Connect();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return (byte[])command.ExecuteScalar()!;
    }

    protected abstract DbConnection Connect();

    private sealed class SqliteTestStore : TestStore
    {
        // Each commit waits for the disk; a file system in memory, where there is one, spares the tests that wait.
        private readonly string _folder = Directory.Exists("/dev/shm")
            ? Directory.CreateDirectory(Path.Combine("/dev/shm", Path.GetRandomFileName())).FullName
            : Directory.CreateTempSubdirectory("store-test-").FullName;

        private string File => Path.Combine(_folder, "batchsync.db");

        public override IStore Open(TimeProvider time) => SqlStore.Open(new SqliteDialect(File, time), time);

        public override TestStore Copy()
        {
            var copy = new SqliteTestStore();
            Execute($"VACUUM INTO '{copy.File}'");
            return copy;
        }

        public override ValueTask DisposeAsync()
        {
            SqliteConnection.ClearAllPools();
            Directory.Delete(_folder, recursive: true);
            return ValueTask.CompletedTask;
        }

        protected override DbConnection Connect()
        {
            var connection = new SqliteConnection($"Data Source={File};Pooling=False");
            connection.Open();
            return connection;
        }
    }
}
