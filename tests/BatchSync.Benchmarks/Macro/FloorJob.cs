using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using SQLitePCL;

namespace BatchSync.Benchmarks.Macro;

/// <summary>
/// The same job without a single feature, as plainly and as fast as it can be written: fetch a page ahead, parse it where it lies, stage each entry by one prepared statement with the page compressed beside it, sum by
/// client, month and task, post in batches of a hundred. One transaction, the same durability as the product's.
/// </summary>
internal static class FloorJob
{
    private const int BatchSize = 100;
    private const int InFlight = 4;

    public static async Task RunAsync(Uri server, string database)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = server };
        var sums = new FloorSums();
        var pages = Channel.CreateBounded<(byte[] Body, FloorRow[] Rows)>(2);
        var staging = Task.Run(() => StageAsync(database, pages.Reader));
        for (var fetch = FetchAsync(http, null); fetch is not null;)
        {
            var body = await fetch;
            fetch = CursorOf(body) is { } cursor ? FetchAsync(http, cursor) : null;
            var rows = FloorParser.Parse(body);
            foreach (ref readonly var row in rows.AsSpan()) sums.Add(row, body);
            await pages.Writer.WriteAsync((body, rows));
        }

        pages.Writer.Complete();
        await staging;
        await PostAsync(http, sums);
    }

    private static Task<byte[]>? FetchAsync(HttpClient http, string? cursor) => http.GetByteArrayAsync(cursor is null ? "/time_entries" : $"/time_entries?cursor={cursor}");

    // It stands at the end, so that the next page is on its way before this one is parsed.
    private static string? CursorOf(ReadOnlySpan<byte> body)
    {
        var key = "\"next_cursor\":\""u8;
        var tail = body[^Math.Min(100, body.Length)..];
        var at = tail.LastIndexOf(key);
        if (at < 0) return null;
        var text = tail[(at + key.Length)..];
        return Encoding.ASCII.GetString(text[..text.IndexOf((byte)'"')]);
    }

    private static async Task StageAsync(string database, ChannelReader<(byte[] Body, FloorRow[] Rows)> pages)
    {
        using var store = new FloorStore(database);
        await foreach (var (body, rows) in pages.ReadAllAsync())
        {
            store.Add(body);
            foreach (ref readonly var row in rows.AsSpan()) store.Add(row, body);
        }

        store.Commit();
    }

    private static async Task PostAsync(HttpClient http, FloorSums sums)
    {
        var batches = Channel.CreateUnbounded<byte[]>();
        foreach (var batch in sums.Documents.Chunk(BatchSize)) batches.Writer.TryWrite(FloorSums.BodyOf(batch));
        batches.Writer.Complete();
        await Task.WhenAll(Enumerable.Range(0, InFlight).Select(async _ =>
        {
            await foreach (var body in batches.Reader.ReadAllAsync())
            {
                using var content = new ByteArrayContent(body);
                using var answer = await http.PostAsync("/invoices/bulk", content);
                answer.EnsureSuccessStatusCode();
            }
        }));
    }
}

/// <summary>An entry where it lies in its page.</summary>
internal struct FloorRow
{
    public long Id;
    public int Client, Project, Task, Person, Hundredths, Rate;
    public Range Date, ClientName, ProjectName, TaskName, PersonName, Notes, UpdatedAt;

    public readonly int Quarters => ((Hundredths * 4) + 50) / 100;
}

internal static class FloorParser
{
    public static FloorRow[] Parse(byte[] body)
    {
        var rows = new List<FloorRow>(EntryPages.PageSize);
        var json = new Utf8JsonReader(body);
        while (json.Read())
        {
            if (json.TokenType != JsonTokenType.PropertyName || !json.ValueTextEquals("time_entries"u8)) continue;
            json.Read();
            while (json.Read() && json.TokenType == JsonTokenType.StartObject) rows.Add(Row(ref json));
        }

        return [.. rows];
    }

    private static FloorRow Row(ref Utf8JsonReader json)
    {
        var row = default(FloorRow);
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("id"u8)) row.Id = Number(ref json);
            else if (json.ValueTextEquals("spent_date"u8)) row.Date = Text(ref json);
            else if (json.ValueTextEquals("hours"u8)) row.Hundredths = Hundredths(ref json);
            else if (json.ValueTextEquals("notes"u8)) row.Notes = Text(ref json);
            else if (json.ValueTextEquals("billable_rate"u8)) row.Rate = Hundredths(ref json);
            else if (json.ValueTextEquals("updated_at"u8)) row.UpdatedAt = Text(ref json);
            else if (json.ValueTextEquals("user"u8)) (row.Person, row.PersonName) = Named(ref json);
            else if (json.ValueTextEquals("client"u8)) (row.Client, row.ClientName) = Named(ref json);
            else if (json.ValueTextEquals("project"u8)) (row.Project, row.ProjectName) = Named(ref json);
            else if (json.ValueTextEquals("task"u8)) (row.Task, row.TaskName) = Named(ref json);
            else
            {
                json.Read();
                json.Skip();
            }
        }

        return row;
    }

    private static (int Id, Range Name) Named(ref Utf8JsonReader json)
    {
        var (id, name) = (0, default(Range));
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("id"u8)) id = (int)Number(ref json);
            else if (json.ValueTextEquals("name"u8)) name = Text(ref json);
            else
            {
                json.Read();
                json.Skip();
            }
        }

        return (id, name);
    }

    private static long Number(ref Utf8JsonReader json)
    {
        json.Read();
        return json.GetInt64();
    }

    // What is escaped is staged as it is written.
    private static Range Text(ref Utf8JsonReader json)
    {
        json.Read();
        var from = (int)json.TokenStartIndex + 1;
        return from..(from + json.ValueSpan.Length);
    }

    private static int Hundredths(ref Utf8JsonReader json)
    {
        json.Read();
        var (value, decimals) = (0, -1);
        foreach (var digit in json.ValueSpan)
        {
            if (digit == (byte)'.') decimals = 0;
            else
            {
                value = (value * 10) + digit - '0';
                if (decimals >= 0) decimals++;
            }
        }

        for (decimals = Math.Max(0, decimals); decimals < 2; decimals++) value *= 10;
        return value;
    }
}

internal sealed class FloorStore : IDisposable
{
    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _page;
    private readonly sqlite3_stmt _row;

    public FloorStore(string file)
    {
        raw.SetProvider(new SQLite3Provider_e_sqlite3());
        Check(raw.sqlite3_open(file, out _database));
        Execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
        Execute("CREATE TABLE pages (page_no INTEGER PRIMARY KEY, body BLOB)");
        Execute("CREATE TABLE entries (id INTEGER PRIMARY KEY, date TEXT, person INTEGER, person_name TEXT, client INTEGER, client_name TEXT, project INTEGER, project_name TEXT, task INTEGER, task_name TEXT, hundredths INTEGER, rate INTEGER, notes TEXT, updated_at TEXT)");
        Execute("BEGIN");
        Check(raw.sqlite3_prepare_v3(_database, "INSERT INTO pages (body) VALUES (?)", raw.SQLITE_PREPARE_PERSISTENT, out _page));
        Check(raw.sqlite3_prepare_v3(_database, "INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", raw.SQLITE_PREPARE_PERSISTENT, out _row));
    }

    public void Add(byte[] body)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true)) gzip.Write(body);
        raw.sqlite3_bind_blob(_page, 1, packed.GetBuffer().AsSpan(0, (int)packed.Length));
        Step(_page);
    }

    public void Add(in FloorRow row, byte[] body)
    {
        raw.sqlite3_bind_int64(_row, 1, row.Id);
        raw.sqlite3_bind_text(_row, 2, body.AsSpan(row.Date));
        raw.sqlite3_bind_int(_row, 3, row.Person);
        raw.sqlite3_bind_text(_row, 4, body.AsSpan(row.PersonName));
        raw.sqlite3_bind_int(_row, 5, row.Client);
        raw.sqlite3_bind_text(_row, 6, body.AsSpan(row.ClientName));
        raw.sqlite3_bind_int(_row, 7, row.Project);
        raw.sqlite3_bind_text(_row, 8, body.AsSpan(row.ProjectName));
        raw.sqlite3_bind_int(_row, 9, row.Task);
        raw.sqlite3_bind_text(_row, 10, body.AsSpan(row.TaskName));
        raw.sqlite3_bind_int(_row, 11, row.Hundredths);
        raw.sqlite3_bind_int(_row, 12, row.Rate);
        raw.sqlite3_bind_text(_row, 13, body.AsSpan(row.Notes));
        raw.sqlite3_bind_text(_row, 14, body.AsSpan(row.UpdatedAt));
        Step(_row);
    }

    public void Commit() => Execute("COMMIT");

    public void Dispose()
    {
        raw.sqlite3_finalize(_page);
        raw.sqlite3_finalize(_row);
        raw.sqlite3_close(_database);
    }

    private void Step(sqlite3_stmt statement)
    {
        if (raw.sqlite3_step(statement) != raw.SQLITE_DONE) throw new InvalidOperationException(raw.sqlite3_errmsg(_database).utf8_to_string());
        raw.sqlite3_reset(statement);
    }

    private void Execute(string sql) => Check(raw.sqlite3_exec(_database, sql));

    private void Check(int result)
    {
        if (result != raw.SQLITE_OK) throw new InvalidOperationException(raw.sqlite3_errmsg(_database).utf8_to_string());
    }
}

/// <summary>What is billed, by client, month and task.</summary>
internal sealed class FloorSums
{
    private readonly Dictionary<(int Client, int Month), long[]> _cents = [];

    public IEnumerable<KeyValuePair<(int Client, int Month), long[]>> Documents => _cents;

    public void Add(in FloorRow row, byte[] body)
    {
        var month = ((body[row.Date.Start.Value + 5] - '0') * 10) + body[row.Date.Start.Value + 6] - '0';
        if (!_cents.TryGetValue((row.Client, month), out var lines)) _cents.Add((row.Client, month), lines = new long[Entry.Tasks]);
        lines[row.Task - 8_083_000] += row.Quarters * (long)row.Rate / 4;
    }

    public static byte[] BodyOf(IEnumerable<KeyValuePair<(int Client, int Month), long[]>> documents)
    {
        var body = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(body, new JsonWriterOptions { SkipValidation = true });
        json.WriteStartObject();
        json.WriteStartArray("invoices"u8);
        foreach (var ((client, month), lines) in documents)
        {
            var (net, tax) = (lines.Sum(), lines.Sum(TaxOf));
            json.WriteStartObject();
            json.WriteString("reference"u8, FormattableString.Invariant($"F-{client}-{month}"));
            json.WriteString("customer"u8, (client - 5_735_000).ToString(CultureInfo.InvariantCulture));
            json.WriteString("type"u8, "invoice"u8);
            json.WriteString("currency"u8, "EUR"u8);
            json.WriteNumber("net"u8, net / 100m);
            json.WriteNumber("tax"u8, tax / 100m);
            json.WriteNumber("total"u8, (net + tax) / 100m);
            json.WriteStartArray("lines"u8);
            for (var task = 0; task < lines.Length; task++)
            {
                if (lines[task] == 0) continue;
                json.WriteStartObject();
                json.WriteNumber("item"u8, task + 1);
                json.WriteNumber("net"u8, lines[task] / 100m);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        return body.WrittenSpan.ToArray();
    }

    private static long TaxOf(long net) => ((net * 2) + 5) / 10;
}
