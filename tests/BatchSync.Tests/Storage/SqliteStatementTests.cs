using BatchSync.Storage.Sql;
using BatchSync.Storage.Sqlite;
using Microsoft.Data.Sqlite;
using NUnit.Framework;

namespace BatchSync.Tests.Storage;

[Parallelizable(ParallelScope.All)]
public sealed class SqliteStatementTests
{
    private static readonly string[] Texts = ["", "a", "Größe \u0000 geprüft", "請求書", "\U0001F4B6", new('x', 511), new('ß', 512), new('語', 100_000)];

    [TestCaseSource(nameof(Texts))]
    public void Text_OfAnyLength_ComesBackAsItWas(string text)
    {
        using var connection = Open();
        using var statement = connection.Take("SELECT @a, LENGTH(CAST(@a AS BLOB))", ["a"]);
        statement.Set(0, text);
        Assert.That(statement.First(row => (row.Text(0), row.Number(1))), Is.EqualTo((text, (long)System.Text.Encoding.UTF8.GetByteCount(text))));
    }

    [Test]
    public void Values_OfEachKind_ComeBackAsTheyWere()
    {
        using var connection = Open();
        using var statement = connection.Take("SELECT @a, @b, @c, typeof(@c)", ["c", "a", "b"]);
        statement.Set(0, SqlValue.None, long.MinValue, true);
        Assert.That(statement.First(row => (row.Number(0), row.Number(1), row.IsNull(2), row.Text(3), row.IsNull(0))), Is.EqualTo((long.MinValue, 1L, true, "null", false)));
        Assert.That(() => statement.First(row => row.Text(2)), Throws.InvalidOperationException);
    }

    [Test]
    public void Values_SetAgainAndAgain_AreAlwaysThoseThatWereSetLast()
    {
        using var connection = Open();
        var random = new Random(20261128);
        SqlValue[] some = [SqlValue.None, "", "a", "b", "0", 0L, 1L, "\u0000", new string('x', 700)];
        for (var round = 0; round < 20; round++)
        {
            using var statement = connection.Take("SELECT @a, @b, typeof(@a), typeof(@b)", ["a", "b"]);
            var (a, b) = (SqlValue.None, SqlValue.None);
            for (var i = 0; i < 50; i++)
            {
                var first = random.Next(2);
                var value = some[random.Next(some.Length)];
                statement.Set(first, value);
                (a, b) = first == 0 ? (value, b) : (a, value);
                Assert.That(statement.First(row => (Of(row, 0), Of(row, 1))), Is.EqualTo((a, b)));
            }
        }

        static SqlValue Of(ISqlRow row, int column) => row.IsNull(column) ? SqlValue.None : row.Text(column + 2) == "integer" ? row.Number(column) : row.Text(column);
    }

    [Test]
    public void Statement_ThatIsGivenBack_IsTheOneThatIsTakenNextAndHasNoValues()
    {
        using var connection = Open();
        var first = connection.Take("SELECT @a", ["a"]);
        first.Set(0, "secret");
        first.Dispose();
        using var again = connection.Take("SELECT @a", ["a"]);
        Assert.That((ReferenceEquals(first, again), again.First(row => row.IsNull(0))), Is.EqualTo((true, true)));
    }

    [Test]
    public void Statement_OfTheSameTextWithNamesInAnotherOrder_BindsEachValueToItsOwn()
    {
        using var connection = Open();
        Assert.That((Read("a", "b"), Read("b", "a"), Read("a", "b")), Is.EqualTo(((1L, 2L), (2L, 1L), (1L, 2L))));

        (long, long) Read(string first, string second)
        {
            using var statement = connection.Take("SELECT @a, @b", [first, second]);
            statement.Set(0, 1, 2);
            return statement.First(row => (row.Number(0), row.Number(1)));
        }
    }

    [Test]
    public void Value_OfAColumnThatIsNull_IsADefectAndNeverNothing()
    {
        using var connection = Open();
        using var statement = connection.Take("SELECT NULL, 0, x''", []);
        Assert.Multiple(() =>
        {
            Assert.That(() => statement.First(row => row.Number(0)), Throws.InvalidOperationException.With.Message.Contains("Column 0 is null"));
            Assert.That(() => statement.First(row => row.Bytes(0)), Throws.InvalidOperationException.With.Message.Contains("Column 0 is null"));
            Assert.That(statement.First(row => (row.Number(1), row.Bytes(2).Length)), Is.EqualTo((0L, 0)));
        });
    }

    [Test]
    public void Statement_ThatIsInUse_IsNobodyElses()
    {
        using var connection = Open();
        using var one = connection.Take("SELECT @a UNION ALL SELECT 2", ["a"]);
        one.Set(0, 1);
        var both = one.All(outer =>
        {
            using var other = connection.Take("SELECT @a UNION ALL SELECT 2", ["a"]);
            other.Set(0, 3);
            return (outer.Number(0), other.First(row => row.Number(0)));
        });
        Assert.That(both, Is.EqualTo(new[] { (1L, 3L), (2L, 3L) }));
    }

    [Test]
    public void Statement_ThatFails_SaysWhyAndMayRunAgain()
    {
        using var connection = Open();
        Execute(connection, "CREATE TABLE t (a INTEGER NOT NULL PRIMARY KEY)");
        using var insert = connection.Take("INSERT INTO t (a) VALUES (@a)", ["a"]);
        insert.Run(1);
        var failure = Assert.Throws<SqliteException>(() => insert.Run(1))!;
        Assert.That((failure.SqliteErrorCode, failure.SqliteExtendedErrorCode, failure.Message), Is.EqualTo((19, 1555, "SQLite Error 19: 'UNIQUE constraint failed: t.a'.")));
        Assert.That(insert.Run(2), Is.EqualTo(1));
    }

    [Test]
    public void Statement_OfATableThatChangedSince_IsCompiledAnew()
    {
        using var connection = Open();
        Execute(connection, "CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (1)");
        using var all = connection.Take("SELECT * FROM t", []);
        Assert.That(all.All(row => row.Number(0)), Is.EqualTo(new[] { 1L }));
        Execute(connection, "ALTER TABLE t ADD COLUMN b INTEGER NOT NULL DEFAULT 7");
        Assert.That(all.All(row => row.Number(1)), Is.EqualTo(new[] { 7L }));
    }

    [Test]
    public async Task Rows_ReadOneByOne_MayBeLeftUnread()
    {
        using var connection = Open();
        using var numbers = connection.Take("SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3", []);
        await foreach (var _ in numbers.EachAsync(row => row.Number(0), CancellationToken.None)) break;
        Assert.That(numbers.All(row => row.Number(0)), Is.EqualTo(new[] { 1L, 2L, 3L }));
    }

    [Test]
    public void Parameter_ThatTheStatementDoesNotHave_IsADefect()
    {
        using var connection = Open();
        Assert.That(() => connection.Take("SELECT @a", ["b"]), Throws.ArgumentException.With.Message.Contains("'b'"));
    }

    private static StatementConnection Open()
    {
        var connection = new StatementConnection("Data Source=:memory:", TimeSpan.FromSeconds(1));
        connection.Open();
        return connection;
    }

    private static void Execute(StatementConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
