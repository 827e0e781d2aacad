using System.Globalization;
using System.Text.Json;
using BatchSync.Core.Time;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Time;

[TestFixture]
public sealed class BilledTimeVectorTests
{
    private static IEnumerable<TestCaseData> Cases => VectorFile.Cases("billed-time");

    [TestCaseSource(nameof(Cases))]
    public void Of_Vector_BillsItsSeconds(VectorCase vector)
    {
        var time = vector.Given.GetProperty("time");
        var rounding = new TimeRounding(time.Whole("incrementSeconds"), time.Mode(), time.Scope(), time.Whole("minimumSeconds"));
        var dated = vector.Given.Items("entries").Select(e => (Entry: e, Date: DateOf(e, vector.Given))).ToList();
        var billed = BilledTime.Of(rounding, [.. dated.Select(d => EntryOf(d.Entry, d.Date))]);

        var actual = dated.Select((d, i) => (Id: d.Entry.Text("id"), d.Date, Seconds: billed[i])).OrderBy(e => e.Id, StringComparer.Ordinal);
        var expected = vector.Expected.Items("entries").Select(e => (Id: e.Text("id"), Date: e.Date("date")!.Value, Seconds: e.Whole("billedSeconds")));
        Assert.Multiple(() =>
        {
            Assert.That(actual, Is.EqualTo(expected), vector.Why);
            Assert.That(billed.Sum(), Is.EqualTo(vector.Expected.Whole("totalSeconds")), vector.Why);
        });
    }

    private static DateOnly DateOf(JsonElement entry, JsonElement given)
    {
        if (entry.Date("date") is { } date) return date;
        var start = DateTimeOffset.Parse(entry.Text("start"), CultureInfo.InvariantCulture);
        return LocalDate.Of(start, TimeZoneInfo.FindSystemTimeZoneById(given.Text("timeZone")));
    }

    private static TimedEntry EntryOf(JsonElement entry, DateOnly date)
    {
        string[] day = [entry.Text("client"), entry.Text("project"), entry.Text("task"), entry.Text("person"), date.ToString("O", CultureInfo.InvariantCulture)];
        return new(entry.Text("id"), string.Join('\n', day), entry.Text("line"), entry.Whole("seconds"), null);
    }
}
