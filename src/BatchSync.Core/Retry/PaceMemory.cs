namespace BatchSync.Core.Retry;

/// <summary>What is kept of a <see cref="Pace"/> and a <see cref="Circuit"/> from run to run.</summary>
/// <param name="AtOnce">Calls under way at once that the API has shown to take.</param>
/// <param name="Circuit">Null: no call was made since it was stored, and what is stored stays.</param>
public sealed record PaceMemory(IReadOnlyList<WindowMemory> Windows, int AtOnce, DateTimeOffset? WaitsUntil, Circuit? Circuit)
{
    /// <summary>
    /// What is stored after another one is brought: of the windows the greater counts, see <see cref="UsedCalls.Merged"/>; what one process made and the other overlooks, the API's own
    /// words tell. What the newer one has learnt takes the place of the older.
    /// </summary>
    public PaceMemory After(PaceMemory stored, DateTimeOffset now)
    {
        var lengths = Windows.Concat(stored.Windows).Select(w => w.Per).Distinct().Order();
        return new PaceMemory(
            [.. lengths.Select(per => new WindowMemory(per, UsedCalls.Merged(Of(per).Concat(stored.Of(per)), now))).Where(w => w.Used.Count > 0)],
            Circuit is null ? stored.AtOnce : AtOnce,
            WaitsUntil is null || stored.WaitsUntil > WaitsUntil ? stored.WaitsUntil : WaitsUntil,
            Circuit ?? stored.Circuit);
    }

    private IEnumerable<UsedCalls> Of(TimeSpan per) => Windows.Where(w => w.Per == per).SelectMany(w => w.Used);
}

/// <summary>What is used of an allowance, by the length of its span: how many calls it allows may be declared otherwise by the next run.</summary>
public sealed record WindowMemory(TimeSpan Per, IReadOnlyList<UsedCalls> Used);
