using BatchSync.Configuration;
using BatchSync.Core.Scheduling;
using Quartz;

namespace BatchSync.Scheduling;

/// <summary>When the schedule of a job fires. Quartz reads the expression; which instant a reading of the local clock is, <see cref="FireTime.Of"/> says.</summary>
internal sealed class Timetable
{
    private readonly CronExpression _readings;
    private readonly TimeZoneInfo _zone;

    // Read as if the clock were UTC, which neither skips nor repeats a reading.
    private Timetable(string cron, TimeZoneInfo zone) => (_readings, _zone) = (CronExpression.Parse(cron).WithTimeZone(TimeZoneInfo.Utc), zone);

    public static Timetable Of(ScheduleDefinition schedule) => new(schedule.Cron, schedule.Zone);

    /// <summary>All times after an instant, in their order; at most one a date.</summary>
    public IEnumerable<FireTime> After(DateTimeOffset instant)
    {
        var last = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(instant, _zone).DateTime).AddDays(-2);
        while (NextReading(last.ToDateTime(TimeOnly.MaxValue)) is { } reading)
        {
            var fire = FireTime.Of(reading, _zone);
            if (fire.At > instant) yield return fire;
            last = fire.Date;
        }
    }

    /// <summary>When it fires on a date; null: it does not.</summary>
    public FireTime? On(DateOnly date) =>
        NextReading(date.AddDays(-1).ToDateTime(TimeOnly.MaxValue)) is { } reading && DateOnly.FromDateTime(reading) == date ? FireTime.Of(reading, _zone) : null;

    private DateTime? NextReading(DateTime after) => _readings.GetNextValidTimeAfter(new DateTimeOffset(after, TimeSpan.Zero))?.DateTime;
}
