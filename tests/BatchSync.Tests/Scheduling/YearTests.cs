using System.Globalization;
using BatchSync.Configuration;
using BatchSync.Core.Scheduling;
using BatchSync.Storage;
using NUnit.Framework;

namespace BatchSync.Tests.Scheduling;

/// <summary>A year of what <c>serve</c> does, against an oracle that goes through it minute by minute and only looks at what local clocks show.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
public sealed class YearTests
{
    private static readonly DateTimeOffset Start = At("2026-01-01 00:00");
    private static readonly DateTimeOffset End = At("2027-01-01 00:00");

    // By each zone's own changes: 02:30 is skipped in New York on March 8, 01:30 is shown twice there on November 1; 02:15 is skipped in Berlin on March 29 and shown twice
    // on October 25; 02:45 is shown twice in Auckland on April 5 and skipped on September 27.
    private static readonly Planned[] Jobs =
    [
        new("new-york", "0 30 2 ? * *", "America/New_York", "02:30", _ => true) { Holidays = [new(Day("2026-11-26"), "Thanksgiving"), new(Day("2026-06-16"), "Founder's day")] },
        new("new-york-early", "0 30 1 ? * TUE-SUN", "America/New_York", "01:30", d => d.DayOfWeek != DayOfWeek.Monday),
        new("berlin", "0 15 2 ? * *", "Europe/Berlin", "02:15", _ => true) { Holidays = [new(Day("2026-12-25"), "Christmas"), new(Day("2026-06-17"), "Day of unity"), new(Day("2026-10-25"), "Clock day")] },
        new("auckland", "0 45 2 ? * *", "Pacific/Auckland", "02:45", _ => true) { Holidays = [new(Day("2026-02-06"), "Waitangi Day")] },
        new("monthly", "0 0 6 1 * ?", "Europe/Berlin", "06:00", d => d.Day == 1) { Holidays = [new(Day("2026-05-01"), "Labour day")] },
        new("closing", "0 0 8 ? * MON-FRI", "Europe/Berlin", "08:00", d => d.DayOfWeek is not (DayOfWeek.Saturday or DayOfWeek.Sunday)) { After = "new-york" },
    ];

    // When the process ends, and when it is started again.
    private static readonly (DateTimeOffset From, DateTimeOffset To)[] Down =
    [
        (At("2026-06-10 09:00"), At("2026-06-17 09:17")),
        (At("2026-09-26 12:00"), At("2026-09-27 03:00")),
        (At("2026-12-24 23:00"), At("2026-12-26 10:00")),
    ];

    private static readonly TimeSpan DownAfterCrash = TimeSpan.FromHours(3);

    // The process dies in the first run of each.
    private static readonly (string Job, DateOnly Date)[] Crashes = [("new-york", Day("2026-03-08")), ("auckland", Day("2026-04-05")), ("berlin", Day("2026-08-31"))];

    private static readonly Lazy<(List<string> Runs, List<string> Occurrences)> Expected = new(Oracle);

    [Test]
    public async Task Serve_ThroughAYear_PerformsWhatTheOracleSays()
    {
        var expected = Expected.Value;
        var crashes = Crashes.ToHashSet();
        await using var year = new ScheduleYear(Start, [.. Jobs.Select(j => j.Definition)]);
        year.OnRun = (job, date) => crashes.Remove((job, date)) ? RunStatus.Abandoned : RunStatus.Succeeded;
        await year.StartAsync();
        while (year.Time.GetUtcNow() < End)
        {
            var next = Down.Where(d => d.From > year.Time.GetUtcNow()).Select(d => d.From).Append(End).Min();
            if (await year.PassAsync(next)) await year.RestartAsync(year.Time.GetUtcNow() + DownAfterCrash);
            else if (next < End) await year.RestartAsync(Down.Single(d => d.From == next).To);
        }

        Assert.Multiple(() =>
        {
            Assert.That(crashes, Is.Empty, "the process died as often as it was to");
            Assert.That(year.Runs.Order(StringComparer.Ordinal), Is.EqualTo(expected.Runs.Order(StringComparer.Ordinal)));
            Assert.That(year.Occurrences().Select(Shown), Is.EquivalentTo(expected.Occurrences));
        });
    }

    [Test]
    public void Oracle_OfTheYear_HasWhatMakesItOne()
    {
        var (runs, occurrences) = Expected.Value;
        Assert.Multiple(() =>
        {
            Assert.That(runs, Does.Contain("2026-03-08 10:00Z new-york of 2026-03-08").And.Contain("2026-03-08 07:00Z new-york of 2026-03-08"), "skipped by the clock, died, and went on");
            Assert.That(runs.Where(r => r.EndsWith("new-york-early of 2026-11-01", StringComparison.Ordinal)), Is.EqualTo(new[] { "2026-11-01 05:30Z new-york-early of 2026-11-01" }), "shown twice by the clock");
            Assert.That(runs, Does.Contain("2026-03-29 01:00Z berlin of 2026-03-29").And.Contain("2026-09-27 03:00Z auckland of 2026-09-27"));
            Assert.That(runs.Where(r => r.StartsWith("2026-06-17 09:17Z", StringComparison.Ordinal)), Has.Exactly(5).Items, "one run of each makes up for a week");
            Assert.That(occurrences, Does.Contain("new-york|2026-06-16|Skipped|holiday Founder's day").And.Contain("new-york|2026-06-15|Skipped|missed").And.Contain("berlin|2026-06-16|Done|"));
        });
    }

    private static string Shown(string row) => row.Contains("|Skipped|", StringComparison.Ordinal) && !row.Contains("|holiday ", StringComparison.Ordinal) ? row[..(row.LastIndexOf("|Skipped|", StringComparison.Ordinal) + "|Skipped|".Length)] + "missed" : row;

    private static (List<string> Runs, List<string> Occurrences) Oracle()
    {
        var (runs, states, crashes, down) = (new List<string>(), new SortedDictionary<string, string>(StringComparer.Ordinal), Crashes.ToHashSet(), Down.ToList());
        var due = Jobs.ToDictionary(j => j.Name, _ => new List<DateOnly>());
        var shown = Jobs.ToDictionary(j => j.Name, j => j.Shown(Start));
        for (var minute = Start; minute < End; minute = minute.AddMinutes(1))
        {
            foreach (var job in Jobs)
            {
                if (job.Shown(minute) is not { } date || shown[job.Name] >= date) continue;
                shown[job.Name] = date;
                if (minute > Start) due[job.Name].Add(date);
            }

            if (down.Exists(d => d.From <= minute && minute < d.To)) continue;
            foreach (var job in Jobs)
            {
                var open = due[job.Name];
                if (open.Count == 0) continue;
                var free = open.Where(d => job.HolidayOn(d) is null).ToList();
                if (free.Count > 0 && job.After is { } after && WaitsFor(Jobs.Single(j => j.Name == after), free[^1], states)) continue;
                var performed = free.Count > 0 ? free[^1] : (DateOnly?)null;
                foreach (var date in open.Where(d => d != performed)) states[Key(job, date)] = job.HolidayOn(date) is { } name ? $"Skipped|holiday {name}" : "Skipped|missed";
                open.Clear();
                if (performed is not { } on) continue;
                runs.Add(string.Create(CultureInfo.InvariantCulture, $"{minute:yyyy-MM-dd HH:mm}Z {job.Name} of {on:yyyy-MM-dd}"));
                if (crashes.Remove((job.Name, on)))
                {
                    down.Add((minute, minute + DownAfterCrash));
                    open.Add(on);
                    break;
                }

                states[Key(job, on)] = "Done|";
            }
        }

        return (runs, [.. states.Select(s => $"{s.Key}|{s.Value}")]);
    }

    private static bool WaitsFor(Planned other, DateOnly date, SortedDictionary<string, string> states) =>
        other.IsOn(date) && other.HolidayOn(date) is null && !states.Any(s => s.Value == "Done|" && s.Key.StartsWith($"{other.Name}|", StringComparison.Ordinal) && string.CompareOrdinal(s.Key, Key(other, date)) >= 0);

    private static string Key(Planned job, DateOnly date) => string.Create(CultureInfo.InvariantCulture, $"{job.Name}|{date:yyyy-MM-dd}");

    private static DateTimeOffset At(string utc) => DateTimeOffset.ParseExact(utc, "yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    private static DateOnly Day(string iso) => DateOnly.ParseExact(iso, "yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>A job as the product is told of it, and as the oracle is.</summary>
    private sealed record Planned(string Name, string Cron, string Zone, string Time, Func<DateOnly, bool> IsOn)
    {
        private readonly TimeZoneInfo _zone = TimeZoneInfo.FindSystemTimeZoneById(Zone);
        private readonly TimeOnly _time = TimeOnly.ParseExact(Time, "HH:mm", CultureInfo.InvariantCulture);

        public IReadOnlyList<Holiday> Holidays { get; init; } = [];
        public string? After { get; init; }
        public JobDefinition Definition => ScheduleYear.Job(Name, Cron, Zone, After, Holidays);

        public string? HolidayOn(DateOnly date) => Holidays.Where(h => h.Date == date).Select(h => h.Name).SingleOrDefault();

        /// <summary>The date of which local clocks show the scheduled time, or one past it; null: not yet, or not on this date.</summary>
        public DateOnly? Shown(DateTimeOffset minute)
        {
            var local = TimeZoneInfo.ConvertTime(minute, _zone).DateTime;
            var date = DateOnly.FromDateTime(local);
            return IsOn(date) && TimeOnly.FromDateTime(local) >= _time ? date : null;
        }
    }
}
