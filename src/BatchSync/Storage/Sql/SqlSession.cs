using System.Data.Common;
using System.Runtime.CompilerServices;
using Dapper;

namespace BatchSync.Storage.Sql;

/// <summary>One connection, and the transaction on it where there is one: every statement of the store goes through here, in the words of its database.</summary>
internal sealed class SqlSession(SqlDialect dialect, DbConnection connection, DbTransaction? transaction = null)
{
    public SqlDialect Dialect => dialect;
    public DbConnection Connection => connection;
    public DbTransaction? Transaction => transaction;

    public IEnumerable<T> Query<T>(string sql, object? parameters = null) => connection.Query<T>(dialect.Text(sql), parameters, transaction);

    public IEnumerable<TResult> Query<T1, T2, TResult>(string sql, Func<T1, T2, TResult> map, object parameters, string splitOn) =>
        connection.Query(dialect.Text(sql), map, parameters, transaction, splitOn: splitOn);

    public T QuerySingle<T>(string sql, object? parameters = null) => connection.QuerySingle<T>(dialect.Text(sql), parameters, transaction);

    public T? QuerySingleOrDefault<T>(string sql, object? parameters = null) => connection.QuerySingleOrDefault<T>(dialect.Text(sql), parameters, transaction);

    public T? QueryFirstOrDefault<T>(string sql, object? parameters = null) => connection.QueryFirstOrDefault<T>(dialect.Text(sql), parameters, transaction);

    /// <returns>How many rows were hit.</returns>
    public int Execute(string sql, object? parameters = null) => connection.Execute(dialect.Text(sql), parameters, transaction);

    /// <summary>Sends what is written for this database alone.</summary>
    public int ExecuteOwn(string sql) => connection.Execute(dialect.OwnText(sql), transaction: transaction);

    /// <summary>Inserts one row and returns the number that the database gave it.</summary>
    public long Insert(string sql, object parameters) => connection.QuerySingle<long>(dialect.Inserting(dialect.Text(sql)), parameters, transaction);

    /// <summary>Changes the row that is there, or inserts it. Only in a transaction that writes: nobody comes between the two.</summary>
    public void Save(string update, string insert, object parameters)
    {
        if (Execute(update, parameters) == 0) Execute(insert, parameters);
    }

    /// <summary>A statement that runs many times: compiled once for as long as the connection is open.</summary>
    /// <param name="names">The parameters without their <c>@</c>, in the order in which values are set.</param>
    public SqlStatement Prepared(string sql, params ReadOnlySpan<string> names) => dialect.Prepared(this, sql, names);

    /// <summary>The rows of a query that is asked many times, or has many rows.</summary>
    public List<T> All<T>(string sql, Func<ISqlRow, T> read, params ReadOnlySpan<(string Name, SqlValue Value)> parameters)
    {
        using var statement = Prepared(sql, parameters);
        return statement.All(read);
    }

    /// <summary>The rows of an answer that is too large to be held, one by one.</summary>
    public async IAsyncEnumerable<T> EachAsync<T>(string sql, Func<ISqlRow, T> read, (string Name, SqlValue Value)[] parameters, [EnumeratorCancellation] CancellationToken cancel)
    {
        using var statement = Prepared(sql, parameters);
        await foreach (var row in statement.EachAsync(read, cancel)) yield return row;
    }

    /// <summary>The first row of a query that is asked many times; default where there is none.</summary>
    public T? First<T>(string sql, Func<ISqlRow, T> read, params ReadOnlySpan<(string Name, SqlValue Value)> parameters)
    {
        using var statement = Prepared(sql, parameters);
        return statement.First(read);
    }

    /// <summary>Inserts one row of many and returns the number that the database gave it.</summary>
    public long Insert(string sql, params ReadOnlySpan<(string Name, SqlValue Value)> parameters)
    {
        using var statement = Prepared(sql, parameters, answersNumber: true);
        return statement.First(row => row.Number(0));
    }

    /// <summary>Runs a statement that is run many times.</summary>
    /// <returns>How many rows were hit.</returns>
    public int Run(string sql, params ReadOnlySpan<(string Name, SqlValue Value)> parameters)
    {
        using var statement = Prepared(sql, parameters);
        return statement.Execute();
    }

    private SqlStatement Prepared(string sql, ReadOnlySpan<(string Name, SqlValue Value)> parameters, bool answersNumber = false)
    {
        var names = new string[parameters.Length];
        for (var i = 0; i < names.Length; i++) names[i] = parameters[i].Name;
        var statement = dialect.Prepared(this, sql, names, answersNumber);
        for (var i = 0; i < names.Length; i++) statement.Set(i, parameters[i].Value);
        return statement;
    }

    /// <summary>A statement as a command of ADO.NET, its parameters still to be given.</summary>
    public DbCommand Command(string sql)
    {
        var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = dialect.Text(sql);
        return command;
    }
}
