using System.Collections;
using BatchSync.Core.Time;

namespace BatchSync.Core.Reconciliation;

/// <summary>
/// The rows of a proof, period by period: first those of none, then by the first day of a period and by its last. Within a period they stand as they were added. A large
/// firm has a million of them, so they are kept as bytes, a dozen each: texts by their numbers, who it is about once for its neighbours, numbers as short as they are.
/// </summary>
public sealed class ReconciliationRows : IEnumerable<ReconciliationRow>
{
    private readonly SortedDictionary<PeriodPlace, PackedRows> _periods = [];
    private readonly Texts _texts = new();
    private PackedRows? _newest;

    private readonly record struct PeriodPlace(Period? Period) : IComparable<PeriodPlace>
    {
        public int CompareTo(PeriodPlace other) => PeriodOrder.Instance.Compare(Period, other.Period);
    }

    private sealed record Scope(string Purpose, string Entity, string Client, string Currency)
    {
        public static Scope Of(ReconciliationRow row) => new(row.Purpose, row.Entity, row.Client, row.Currency);
    }

    /// <summary>How many rows there are.</summary>
    public int Count { get; private set; }

    /// <summary>The periods that have rows, in their order.</summary>
    public IEnumerable<Period> Periods => _periods.Keys.Select(p => p.Period).OfType<Period>();

    /// <summary>The rows of each period, in the order of the periods.</summary>
    public IEnumerable<IEnumerable<ReconciliationRow>> ByPeriod => _periods.Select(p => p.Value.Rows(p.Key.Period));

    /// <summary>Adds a row behind those of its period.</summary>
    public void Add(ReconciliationRow row)
    {
        if (!_periods.TryGetValue(new(row.Period), out var rows)) _periods.Add(new(row.Period), rows = new PackedRows(_texts));
        if (rows != _newest)
        {
            // The rows of a period come one after the other: what was kept for more of the last one is given up.
            _newest?.Trim();
            _newest = rows;
        }

        rows.Add(row);
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

    /// <summary>Texts by their numbers: equal ones are one.</summary>
    private sealed class Texts
    {
        private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);
        private readonly List<string> _texts = [];

        public string this[int number] => _texts[number];

        public int NumberOf(string text)
        {
            if (_numbers.TryGetValue(text, out var number)) return number;
            _texts.Add(text);
            _numbers.Add(text, _texts.Count - 1);
            return _texts.Count - 1;
        }
    }

    /// <summary>Rows one behind the other: what is told, who it is about where that is not as in the row before, the step, the item, and the numbers that are told.</summary>
    private sealed class PackedRows(Texts texts)
    {
        private byte[] _bytes = new byte[256];
        private int _length;
        private Scope? _last;

        [Flags]
        private enum Told : byte
        {
            Scope = 1,
            Records = 2,
            Seconds = 4,
            Amount = 8,
        }

        public void Add(ReconciliationRow row)
        {
            var scope = Scope.Of(row);
            Write((byte)((scope == _last ? 0 : Told.Scope) | (row.Records is null ? 0 : Told.Records) | (row.Seconds is null ? 0 : Told.Seconds) | (row.Amount is null ? 0 : Told.Amount)));
            if (scope != _last) Write(_last = scope);
            Write((byte)row.Step);
            Write(row.Item);
            if (row.Records is { } records) Write(records);
            if (row.Seconds is { } seconds) Write(seconds);
            if (row.Amount is { } amount) Write(amount);
        }

        public void Trim() => Array.Resize(ref _bytes, _length);

        public IEnumerable<ReconciliationRow> Rows(Period? period)
        {
            var scope = new Scope("", "", "", "");
            for (var at = 0; at < _length;)
            {
                var told = (Told)_bytes[at++];
                if (told.HasFlag(Told.Scope)) scope = new Scope(ReadText(ref at), ReadText(ref at), ReadText(ref at), ReadText(ref at));
                yield return new ReconciliationRow(
                    period, scope.Purpose, scope.Entity, scope.Client, scope.Currency, (ReconciliationStep)_bytes[at++], ReadText(ref at),
                    told.HasFlag(Told.Records) ? ReadSigned(ref at) : null, told.HasFlag(Told.Seconds) ? ReadSigned(ref at) : null, told.HasFlag(Told.Amount) ? ReadAmount(ref at) : null);
            }
        }

        private void Write(Scope scope)
        {
            foreach (var text in (ReadOnlySpan<string>)[scope.Purpose, scope.Entity, scope.Client, scope.Currency]) Write(text);
        }

        private void Write(string text) => Write((ulong)texts.NumberOf(text));

        // The sign stands in the last bit: a small negative number is as short as a small one.
        private void Write(long number) => Write(unchecked((ulong)((number << 1) ^ (number >> 63))));

        // One byte says how many places there are, the sign, and whether the digits fit 64 bits, as those of most amounts do.
        private void Write(decimal amount)
        {
            Span<int> parts = stackalloc int[4];
            decimal.GetBits(amount, parts);
            unchecked
            {
                Write((byte)((amount.Scale << 2) | (decimal.IsNegative(amount) ? 2 : 0) | (parts[2] == 0 ? 0 : 1)));
                Write(((ulong)(uint)parts[1] << 32) | (uint)parts[0]);
                if (parts[2] != 0) Write((ulong)(uint)parts[2]);
            }
        }

        // Seven bits a byte, the lowest first; the eighth says that more follow.
        private void Write(ulong number)
        {
            for (; number > 0x7F; number >>= 7) Write((byte)((number & 0x7F) | 0x80));
            Write((byte)number);
        }

        private void Write(byte value)
        {
            if (_length == _bytes.Length) Array.Resize(ref _bytes, 2 * _length);
            _bytes[_length++] = value;
        }

        private string ReadText(ref int at) => texts[(int)Read(ref at)];

        private long ReadSigned(ref int at)
        {
            var packed = unchecked((long)Read(ref at));
            return (packed >>> 1) ^ -(packed & 1);
        }

        private decimal ReadAmount(ref int at)
        {
            var form = _bytes[at++];
            var digits = Read(ref at);
            return unchecked(new decimal((int)digits, (int)(digits >> 32), (form & 1) == 0 ? 0 : (int)Read(ref at), (form & 2) != 0, (byte)(form >> 2)));
        }

        private ulong Read(ref int at)
        {
            for (var (number, shift) = (0UL, 0); ; shift += 7)
            {
                var value = _bytes[at++];
                number |= (value & 0x7FUL) << shift;
                if (value <= 0x7F) return number;
            }
        }
    }
}
