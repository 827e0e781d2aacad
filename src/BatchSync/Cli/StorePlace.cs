using BatchSync.Configuration;
using BatchSync.Http;
using BatchSync.Storage.Sql;
using BatchSync.Storage.Sqlite;
using BatchSync.Storage.SqlServer;
using Microsoft.Data.SqlClient;

namespace BatchSync.Cli;

/// <summary>Where the store is: a SQLite file, or a schema of a SQL Server database.</summary>
internal sealed class StorePlace
{
    private const string DefaultSchema = "dbo";

    private readonly Func<TimeProvider, SqlDialect> _dialect;
    private readonly string? _file;

    private StorePlace(string? file, Func<TimeProvider, SqlDialect> dialect)
    {
        _file = file;
        _dialect = dialect;
    }

    /// <summary>Whether it may be opened without making it; a database says so itself when it is opened.</summary>
    public bool IsThere => _file is null || File.Exists(_file);

    public static StorePlace OfFile(string path) => new(Path.GetFullPath(path), time => new SqliteDialect(path, time));

    /// <summary>
    /// A text with an equals sign is a connection string of SQL Server, any other one the path of a file. The password in it may be a reference
    /// (<c>Password=env:NAME</c> or <c>Password=file:PATH</c>), so that it stands in no list of processes.
    /// </summary>
    /// <param name="schema">The schema on SQL Server; null: <c>dbo</c>.</param>
    /// <param name="configFolder">Where a relative path of the password's file starts.</param>
    /// <exception cref="UsageException">The text is neither.</exception>
    public static StorePlace Of(string text, string? schema, string configFolder) => text.Contains('=', StringComparison.Ordinal) ? OfDatabase(text, schema ?? DefaultSchema, configFolder) : OfFile(text);

    public SqlDialect Dialect(TimeProvider time) => _dialect(time);

    /// <summary>The store on SQL Server; null: it is a file.</summary>
    public SqlServerDialect? OnServer(TimeProvider time) => _dialect(time) as SqlServerDialect;

    private static StorePlace OfDatabase(string text, string schema, string configFolder)
    {
        try
        {
            var builder = new SqlConnectionStringBuilder(text);
            if (builder.DataSource.Length == 0) throw new UsageException($"The connection string of the store names no server. {Example}");
            if (builder.Password.Length > 0) builder.Password = new SettingValues(new Dictionary<string, ValueReference>(), configFolder).Resolve(new ValueReference(builder.Password));
            return new StorePlace(null, _ => new SqlServerDialect(builder.ConnectionString, schema));
        }
        catch (Exception e) when (e is ArgumentException or FormatException or KeyNotFoundException)
        {
            throw new UsageException($"The connection string of the store cannot be read: {e.Message.TrimEnd('.')}. {Example}");
        }
    }

    private const string Example = "Write it as: Server=db.example.com;Database=books;Integrated Security=True (or User ID=NAME;Password=env:NAME). The path of a SQLite file has no equals sign.";
}
