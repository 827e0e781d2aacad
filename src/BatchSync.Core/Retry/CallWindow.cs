namespace BatchSync.Core.Retry;

/// <summary>
/// One allowance and what is used of it. A call counts while it is open and then for the whole span after its end: the API saw it somewhere between its
/// beginning and its end, so that no span of the allowance's length, wherever the API lets it begin, has more calls in it than are allowed.
/// </summary>
/// <param name="Used">In the order of their instants, each once.</param>
public sealed record CallWindow(Allowance Allowance, IReadOnlyList<UsedCalls> Used)
{
    /// <summary>Ends are counted in so many parts of the span: a window stays small, and waits for a hundredth of the span longer than it has to.</summary>
    private const int Parts = 100;

    /// <summary>When another call may begin.</summary>
    /// <param name="open">Calls that have begun and not ended.</param>
    /// <returns>Null: not before one of the open calls has ended.</returns>
    public DateTimeOffset? NextAt(DateTimeOffset now, int open)
    {
        if (open >= Allowance.Calls) return null;
        var over = open + 1 - Allowance.Calls + Counted(now);
        if (over <= 0) return now;
        foreach (var used in Used.Where(u => u.FreeAt > now))
        {
            over -= used.Count;
            if (over <= 0) return used.FreeAt;
        }

        return null;
    }

    /// <summary>A call has ended.</summary>
    public CallWindow Ended(DateTimeOffset now) => Add(now, FreeAt(now), 1);

    /// <summary>Nothing is left, the API says, or we take it so.</summary>
    public CallWindow UsedUp(DateTimeOffset now, int open) => Stated(now, open, 0, null);

    /// <summary>
    /// The API has said how many calls are left. Where that is less than we counted, somebody else uses the same allowance, and what is missing counts like calls of our
    /// own; where it is more, our count stands: the API may count by spans that begin elsewhere.
    /// </summary>
    /// <param name="resets">When it is whole again; null: it does not say.</param>
    public CallWindow Stated(DateTimeOffset now, int open, int remaining, DateTimeOffset? resets)
    {
        var missing = Allowance.Calls - Counted(now) - open - remaining;
        if (missing <= 0) return this;
        var freeAt = FreeAt(now);
        return Add(now, resets is { } reset && PartAfter(reset) < freeAt ? PartAfter(reset) : freeAt, missing);
    }

    /// <summary>The same with what was stored of it.</summary>
    public CallWindow With(IEnumerable<UsedCalls> stored, DateTimeOffset now)
    {
        // A clock that was set back must not hold us up for longer than the span.
        var latest = FreeAt(now);
        return this with { Used = UsedCalls.Merged(Used.Concat(stored.Select(u => u with { FreeAt = u.FreeAt < latest ? u.FreeAt : latest })), now) };
    }

    private int Counted(DateTimeOffset now) => Used.Sum(u => u.FreeAt > now ? u.Count : 0);

    private CallWindow Add(DateTimeOffset now, DateTimeOffset freeAt, int calls)
    {
        var before = Used.FirstOrDefault(u => u.FreeAt == freeAt).Count;
        var others = Used.Where(u => u.FreeAt > now && u.FreeAt != freeAt);
        return this with { Used = [.. others.Append(new UsedCalls(freeAt, before + calls)).OrderBy(u => u.FreeAt)] };
    }

    // The end of the part in which the call ended, and the span after it: strictly later than the call's own span, since some servers take both ends as inside.
    private DateTimeOffset FreeAt(DateTimeOffset ended) => PartAfter(ended) + Allowance.Per;

    private DateTimeOffset PartAfter(DateTimeOffset instant)
    {
        var part = Math.Max(1, Allowance.Per.Ticks / Parts);
        return new DateTimeOffset(((instant.UtcTicks / part) + 1) * part, TimeSpan.Zero);
    }
}
