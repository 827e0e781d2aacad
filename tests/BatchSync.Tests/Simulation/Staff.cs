using System.Globalization;
using BatchSync.Core.Sources;
using BatchSync.Core.Time;
using BatchSync.Tests.Support;

namespace BatchSync.Tests.Simulation;

/// <summary>The people who enter time and expenses: they are late, change their minds, and make mistakes that they mend.</summary>
internal sealed class Staff(Stage stage, Adversary adversary, SimulatedSource source, bool roundsWell, bool removes)
{
    private static readonly string[] Clients = ["1001", "1001", "1002", "1002", "1003", "1004", "1004", "1005"];

    private int _entered;

    private Random Random => adversary.Random;

    /// <summary>The records that may change their client or their date, and so the document that they are on, each once; null: all, as often as somebody likes.</summary>
    public HashSet<(string Stream, string Id)>? Movable { get; set; }

    /// <summary>A day's work at the source.</summary>
    public void Work(int acts)
    {
        for (var i = 0; i < acts; i++)
        {
            var records = source.Records.OrderBy(r => r.Stream).ThenBy(r => r.Id, StringComparer.Ordinal).ToList();
            if (records.Count == 0 || adversary.OneIn(2)) Enter();
            else if (removes && adversary.OneIn(3)) Remove(Random.Pick(records));
            else Change(Random.Pick(records));
        }
    }

    private void Remove(SourceRecord record)
    {
        stage.Note("a person", $"removes {record.Id} for good");
        source.Remove(record);
    }

    /// <summary>Every mistake that keeps a record off the books is mended.</summary>
    public void MendMistakes()
    {
        foreach (var record in source.Records.Where(IsMistaken).OrderBy(r => r.Stream).ThenBy(r => r.Id, StringComparer.Ordinal).ToList())
            Put(record with { Client = record.Client.Id == "1009" ? new Reference("1001", "") : record.Client, Seconds = record.Stream == StreamKind.TimeEntries ? 3600 : null }, "mends");
    }

    private static bool IsMistaken(SourceRecord record) => record.Client.Id == "1009" || (record.Stream == StreamKind.TimeEntries && record.Seconds is null or > 24 * 3600);

    private void Enter()
    {
        var id = (++_entered).ToString("D3", CultureInfo.InvariantCulture);
        var client = Random.Pick(Clients);
        var record = adversary.OneIn(4)
            ? Some.Expense("x" + id, Expense(), client, date: Date())
            : Some.TimeEntry("t" + id, Hours(), client, project: client == "1001" && adversary.OneIn(2) ? "300" : "", task: Task(), date: Date());
        Put(record with { Approved = !adversary.OneIn(8) }, "enters");
    }

    private void Change(SourceRecord record)
    {
        var changed = Random.Next(9) switch
        {
            0 => record with { Deleted = !record.Deleted },
            1 => record with { Approved = record.Approved != true },
            2 => record with { Billable = !record.Billable },
            3 when Moves(record) => ToAnotherClient(record),
            4 when Moves(record) => record with { Date = Some.Day(Date()) },
            5 => record with { Notes = FormattableString.Invariant($"note {Random.Next(100)}") },
            6 when record.Stream == StreamKind.TimeEntries => record with { Task = new Reference("", Task()) },
            _ => record.Stream == StreamKind.Expenses ? record with { Amount = Expense() }
                : record with { Seconds = adversary.OneIn(12) ? 30 * 3600 : Duration.SecondsOf(Hours(), HoursRepair.None) },
        };
        Put(changed, "changes");
    }

    /// <summary>Somebody puts right where records belong that may still move.</summary>
    public void Move()
    {
        foreach (var record in source.Records.Where(r => Movable?.Contains((r.Stream.Name(), r.Id)) == true && adversary.OneIn(3)).OrderBy(r => r.Stream).ThenBy(r => r.Id, StringComparer.Ordinal).ToList())
        {
            Movable!.Remove((record.Stream.Name(), record.Id));
            Put(adversary.OneIn(2) ? ToAnotherClient(record) : record with { Date = Some.Day(Date()) }, "moves");
        }
    }

    private SourceRecord ToAnotherClient(SourceRecord record) => record with { Client = new Reference(adversary.OneIn(8) ? "1009" : Random.Pick(Clients), ""), Project = new Reference("", "") };

    private bool Moves(SourceRecord record) => Movable is null || Movable.Remove((record.Stream.Name(), record.Id));

    private void Put(SourceRecord record, string what)
    {
        var worth = record.Stream == StreamKind.Expenses ? FormattableString.Invariant($"amount {record.Amount}") : FormattableString.Invariant($"{record.Seconds} s of {record.Task.Name}");
        string[] marks = [record.Deleted ? "deleted" : "", record.Approved == true ? "" : "not approved", record.Billable ? "" : "not billable"];
        stage.Note("a person", FormattableString.Invariant($"{what} {record.Id}: {record.Date:yyyy-MM-dd}, client {record.Client.Id}, {worth} {string.Join(' ', marks)}").TrimEnd());
        source.Put(record);
    }

    // Most of it is of these weeks, some comes late.
    private string Date() => DateOnly.FromDateTime(stage.Now.UtcDateTime).AddDays(-(adversary.OneIn(4) ? Random.Next(20, 75) : Random.Next(0, 20))).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private string Task() => adversary.OneIn(3) ? Terms.Consulting : Terms.Development;

    private decimal Hours() => roundsWell ? Random.Pick([0.25m, 0.5m, 0.6m, 1m, 1.1m, 2m, 3.75m, -0.5m]) : Random.Pick([0.1m, 0.37m, 1.01m, 1.23m, 2.5m, -0.4m]);

    private decimal Expense() => roundsWell ? Random.Pick([10m, 40m, 250m, -30m]) : Random.Pick([9.99m, 41.23m, 7.77m, -12.34m]);
}
