using System.Data.Common;
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

    /// <summary>Inserts one row and returns the number that the database gave it.</summary>
    public long Insert(string sql, object parameters) => connection.QuerySingle<long>($"{dialect.Text(sql)}; {dialect.LastNumber}", parameters, transaction);

    /// <summary>Changes the row that is there, or inserts it. Only in a transaction that writes: nobody comes between the two.</summary>
    public void Save(string update, string insert, object parameters)
    {
        if (Execute(update, parameters) == 0) Execute(insert, parameters);
    }

    /// <summary>A statement that runs many times in one transaction, compiled once.</summary>
    /// <param name="names">The parameters without their <c>@</c>, in the order in which values are set.</param>
    public DbCommand Prepared(string sql, params ReadOnlySpan<string> names)
    {
        var command = Command(sql);
        foreach (var name in names)
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = "@" + name;
            command.Parameters.Add(parameter);
        }

        dialect.Prepare(command);
        return command;
    }

    /// <summary>A statement whose answer is read row by row.</summary>
    public DbCommand Command(string sql, params IEnumerable<(string Name, object Value)> parameters)
    {
        var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = dialect.Text(sql);
        foreach (var (name, value) in parameters)
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = (name, value);
            command.Parameters.Add(parameter);
        }

        return command;
    }
}
