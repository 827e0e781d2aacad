using System.Collections;
using BatchSync.Core.Texts;
using BatchSync.Core.Time;

namespace BatchSync.Core.Reconciliation;

/// <summary>
/// The rows of a proof, period by period: first those of none, then by the first day of a period and by its last. Within a period they stand as they were added. A firm of
/// a thousand clients has a quarter of a million of them, so each is packed: who it is about is kept once for its neighbours, and equal texts are one text.
/// </summary>
public sealed class ReconciliationRows : IEnumerable<ReconciliationRow>
{
    private readonly SortedDictionary<PeriodPlace, List<PackedRow>> _periods = [];
    private readonly TextPool _texts = new();
    private List<PackedRow> _newest = [];
    private Scope _last = new("", "", "", "");

    private sealed record Scope(string Purpose, string Entity, string Client, string Currency);

    private readonly record struct PeriodPlace(Period? Period) : IComparable<PeriodPlace>
    {
        public int CompareTo(PeriodPlace other) => PeriodOrder.Instance.Compare(Period, other.Period);
    }

    [Flags]
    private enum Told : byte
    {
        Nothing = 0,
        Records = 1,
        Seconds = 2,
        Amount = 4,
    }

    private readonly record struct PackedRow(Scope Scope, string Item, long Records, long Seconds, decimal Amount, Told Told, byte Step)
    {
        public ReconciliationRow Of(Period? period) => new(
            period, Scope.Purpose, Scope.Entity, Scope.Client, Scope.Currency, (ReconciliationStep)Step, Item,
            Told.HasFlag(Told.Records) ? Records : null, Told.HasFlag(Told.Seconds) ? Seconds : null, Told.HasFlag(Told.Amount) ? Amount : null);
    }

    /// <summary>How many rows there are.</summary>
    public int Count { get; private set; }

    /// <summary>The periods that have rows, in their order.</summary>
    public IEnumerable<Period> Periods => _periods.Keys.Select(p => p.Period).OfType<Period>();

    /// <summary>The rows of each period, in the order of the periods.</summary>
    public IEnumerable<IEnumerable<ReconciliationRow>> ByPeriod => _periods.Select(p => p.Value.Select(row => row.Of(p.Key.Period)));

    /// <summary>Adds a row behind those of its period.</summary>
    public void Add(ReconciliationRow row)
    {
        if (!_periods.TryGetValue(new(row.Period), out var rows)) _periods.Add(new(row.Period), rows = []);
        if (rows != _newest)
        {
            // The rows of a period come one after the other: what was kept for more of the last one is given up.
            _newest.TrimExcess();
            _newest = rows;
        }

        rows.Add(Packed(row));
        Count++;
    }

    /// <summary>Adds rows, each behind those of its period.</summary>
    public void AddRange(IEnumerable<ReconciliationRow> rows)
    {
        foreach (var row in rows) Add(row);
    }

    /// <inheritdoc/>
    public IEnumerator<ReconciliationRow> GetEnumerator() => ByPeriod.SelectMany(rows => rows).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private PackedRow Packed(ReconciliationRow row) => new(
        ScopeOf(row), _texts.Of(row.Item), row.Records ?? 0, row.Seconds ?? 0, row.Amount ?? 0,
        (row.Records is null ? Told.Nothing : Told.Records) | (row.Seconds is null ? Told.Nothing : Told.Seconds) | (row.Amount is null ? Told.Nothing : Told.Amount), (byte)row.Step);

    private Scope ScopeOf(ReconciliationRow row)
    {
        var scope = new Scope(row.Purpose, row.Entity, row.Client, row.Currency);
        return _last == scope ? _last : _last = new Scope(_texts.Of(row.Purpose), _texts.Of(row.Entity), _texts.Of(row.Client), _texts.Of(row.Currency));
    }
}
