using System.Text.Json;
using BatchSync.Core.Amounts;
using BatchSync.Core.Mapping;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Mapping;

[TestFixture]
public sealed class RateVectorTests
{
    private static IEnumerable<TestCaseData> Cases => VectorFile.Cases("rate");

    [TestCaseSource(nameof(Cases))]
    public void Rates_OfVector_GiveItsResult(VectorCase vector)
    {
        var table = new RateTable([.. vector.Given.Items("rates").Select(RateOf)]);
        if (vector.Given.TryGetProperty("entry", out var entry)) Finds(vector, table, entry);
        else IsShadowed(vector, table);
    }

    private static void Finds(VectorCase vector, RateTable table, JsonElement entry)
    {
        var facts = new RecordFacts(RecordFacts.Time, entry.Text("client"), entry.Text("project"), entry.Text("task"), entry.Text("person"), "", "");
        var found = table.Find(facts, entry.Date("date")!.Value);
        if (vector.Expected.TextOrNull("rejected") is { } reason)
        {
            Assert.That((found, reason), Is.EqualTo(((Rate?)null, "no rate")), vector.Why);
            return;
        }

        var expected = ((int)vector.Expected.Whole("rate"), vector.Expected.Decimal("price"), vector.Expected.Decimal("billable"));
        Assert.That((found?.Line, found?.Hourly, found?.Billable.Value), Is.EqualTo(expected), vector.Why);
    }

    private static void IsShadowed(VectorCase vector, RateTable table)
    {
        var expected = vector.Expected.Items("configurationErrors").Select(e => (e.Whole("rate"), e.Whole("shadowedBy")));
        Assert.That(table.Shadowed().Select(s => (s.Later + 1L, s.Earlier + 1L)), Is.EqualTo(expected), vector.Why);
    }

    private static Rate RateOf(JsonElement rate, int index)
    {
        var fields = rate.GetProperty("when").EnumerateObject().ToDictionary(f => f.Name, f => ValuesOf(f.Value));
        var billable = rate.TextOrNull("billable") is { } part ? new Fraction(VectorValues.DecimalOf(part)) : Fraction.One;
        return new(new Condition(fields), rate.Decimal("price"), null, billable, rate.Date("from"), rate.Date("until"), index + 1);
    }

    private static IReadOnlyList<string> ValuesOf(JsonElement value) =>
        value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray().Select(v => v.GetString()!)] : [value.GetString()!];
}
