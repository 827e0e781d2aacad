using BatchSync.Core.Reconciliation;
using BatchSync.Core.Time;
using NUnit.Framework;

namespace BatchSync.Tests.Reconciliation;

[TestFixture]
internal sealed class ReconciliationRowsTests
{
    private static readonly Period October = Period.Of(PeriodKind.Month, new DateOnly(2026, 10, 1));

    private static ReconciliationRow Row(Period? period, string client, string item, decimal? amount = null) =>
        new(period, "revenue", "de", client, "EUR", ReconciliationStep.Amount, item, null, 7, amount);

    [Test]
    public void Rows_OfAnyOrder_StandByPeriodAndWithinItAsTheyWereAdded()
    {
        var week = Period.Of(PeriodKind.Week, new DateOnly(2026, 10, 1));
        var firstOfOctober = Period.Of(PeriodKind.Day, new DateOnly(2026, 10, 1));
        ReconciliationRow[] added = [Row(October, "B", "net"), Row(null, "", "total"), Row(October, "A", "net"), Row(week, "A", "tax"), Row(firstOfOctober, "A", "net"), Row(October, "B", "tax"), Row(null, "", "net")];
        ReconciliationRows rows = [.. added];
        Assert.That(rows, Is.EqualTo(new[] { added[1], added[6], added[3], added[4], added[0], added[2], added[5] }));
        Assert.That(rows.Periods, Is.EqualTo(new[] { week, firstOfOctober, October }));
        Assert.That((rows.Count, rows.ByPeriod.Select(p => p.Count())), Is.EqualTo((7, new[] { 2, 1, 1, 3 })).Using<(int, IEnumerable<int>)>((a, b) => a.Item1 == b.Item1 && a.Item2.SequenceEqual(b.Item2)));
    }

    [Test]
    public void Row_ThatIsPacked_ComesBackWithEveryFieldAndTheDecimalsOfItsAmount()
    {
        var bare = new ReconciliationRow(null, "", "", "", "", ReconciliationStep.Source, "time_entries", 0, null, null);
        ReconciliationRows rows = [bare, Row(October, "A", "exact", 1.10m), Row(October, "A", "exact", -0.0000000001m) with { Records = long.MaxValue }];
        Assert.That(rows.Select(r => r.ToString()), Is.EqualTo(new[] { bare, Row(October, "A", "exact", 1.10m), Row(October, "A", "exact", -0.0000000001m) with { Records = long.MaxValue } }.Select(r => r.ToString())));
    }

    // Compared by their texts, since two decimals of other places are equal.
    [Test]
    public void Rows_OfAnyNumbers_ComeBackAsTheyWere()
    {
        var random = new Random(20261128);
        decimal[] ends = [0m, -0.00m, decimal.MaxValue, decimal.MinValue, 0.0000000000000000000000000001m, -4294967296m, 4294967295.99m, 18446744073709551615m, 18446744073709551616m, -9223372036854775808m];
        long[] longs = [0, 1, -1, 63, 64, -64, -65, int.MinValue, long.MaxValue, long.MinValue];
        decimal? Amount() => random.Next(4) switch
        {
            0 => null,
            1 => ends[random.Next(ends.Length)],
            2 => new decimal(random.Next(int.MinValue, int.MaxValue), random.Next(int.MinValue, int.MaxValue), random.Next(int.MinValue, int.MaxValue), random.Next(2) == 0, (byte)random.Next(29)),
            _ => random.Next(-1_000_000, 1_000_000) / 100m,
        };
        long? Number() => random.Next(3) == 0 ? null : random.Next(2) == 0 ? longs[random.Next(longs.Length)] : random.Next(100_000);
        var steps = Enum.GetValues<ReconciliationStep>();
        var added = Enumerable.Range(0, 5_000).Select(i => new ReconciliationRow(
            October, "revenue", "de", $"C{i / 7}", "EUR", steps[random.Next(steps.Length)], $"item {random.Next(300)}", Number(), Number(), Amount())).ToList();
        ReconciliationRows rows = [.. added];
        Assert.That(rows.Select(Text), Is.EqualTo(added.Select(Text)));

        static string Text(ReconciliationRow row) => $"{row} {(row.Amount is { } amount ? string.Join(' ', decimal.GetBits(amount)) : "")}";
    }

    [Test]
    public void Rows_OfNeighboursThatDifferInOneName_KeepTheirNames()
    {
        var one = Row(October, "A", "net");
        ReconciliationRow[] added = [one, one with { Client = "B" }, one with { Client = "B", Currency = "USD" }, one with { Purpose = "cost" }, one with { Entity = "us" }, one];
        Assert.That(new ReconciliationRows { added[0], added[1], added[2], added[3], added[4], added[5] }, Is.EqualTo(added));
    }
}
