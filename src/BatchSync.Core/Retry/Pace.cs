using System.Globalization;

namespace BatchSync.Core.Retry;

/// <summary>When the next call may go.</summary>
/// <param name="At">Null: not before a call that is under way has ended.</param>
/// <param name="Why">What holds it back, as half a sentence; empty where nothing does.</param>
public sealed record PaceTurn(DateTimeOffset? At, string Why);

/// <summary>What an answer says of how much may be asked.</summary>
/// <param name="IsBusy">Whether the call was turned away for being one too many.</param>
/// <param name="Asked">How long the API wants us to wait; null: it does not say.</param>
/// <param name="Quotas">What is left of each declared allowance, in their order; fewer, or none, where it does not say.</param>
public sealed record PaceAnswer(bool IsBusy, TimeSpan? Asked, IReadOnlyList<QuotaReading> Quotas)
{
    /// <summary>No answer, or one that says nothing of it.</summary>
    public static PaceAnswer Silent { get; } = new(false, null, []);
}

/// <summary>What is left of one allowance.</summary>
/// <param name="Remaining">Null: the answer does not say.</param>
/// <param name="ResetsAt">When it is whole again; null: the answer does not say.</param>
public readonly record struct QuotaReading(int? Remaining, DateTimeOffset? ResetsAt);

/// <summary>
/// How fast an API is asked: within all of its allowances at once, never against its word, and with so many calls under way as it has shown to take. That number
/// halves when it says that it is busy, and grows again by one after <see cref="AnswersToRaise"/> answers for each.
/// </summary>
/// <param name="Windows">One for each allowance.</param>
/// <param name="Open">Calls that have begun, or are about to, and have not ended.</param>
/// <param name="Most">Calls under way at once that are declared, 1 and up.</param>
/// <param name="AtOnce">Calls under way at once that it takes as far as we know, 1 to <paramref name="Most"/>.</param>
/// <param name="WaitsUntil">Until when it wants no call; null: it has not said.</param>
public sealed record Pace(IReadOnlyList<CallWindow> Windows, int Open, int Most, int AtOnce, DateTimeOffset? WaitsUntil)
{
    /// <summary>Answers that are not busy, for each call that may be under way, before one more may.</summary>
    public const int AnswersToRaise = 10;

    /// <summary>An API that turns a call away and says neither why nor for how long: its allowances up to this one count as used up. Waiting out a longer one would stop the run on a guess.</summary>
    public static readonly TimeSpan LongestGuess = TimeSpan.FromMinutes(1);

    /// <summary>An API that wants no call for longer than this is asked again after it: a word of a year must not end a job for good.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);

    private int Answers { get; init; }
    private DateTimeOffset? LoweredAt { get; init; }

    /// <param name="atOnce">Calls under way at once, 1 and up.</param>
    public static Pace Of(IEnumerable<Allowance> allowances, int atOnce) => new([.. allowances.Select(a => new CallWindow(a, []))], 0, atOnce, atOnce, null);

    /// <summary>When the next call may go: now, where nothing holds it back.</summary>
    public PaceTurn Next(DateTimeOffset now)
    {
        if (Open >= AtOnce) return new PaceTurn(null, string.Create(CultureInfo.InvariantCulture, $"of {AtOnce} that it takes at once all are under way"));
        var turn = WaitsUntil > now ? new PaceTurn(WaitsUntil, "it asked for that") : new PaceTurn(now, "");
        foreach (var window in Windows)
        {
            var at = window.NextAt(now, Open);
            if (at > turn.At || at is null) turn = new PaceTurn(at, $"its allowance of {window.Allowance} is used up");
            if (at is null) break;
        }

        return turn;
    }

    /// <summary>A call begins, or its place is kept.</summary>
    public Pace Begin() => this with { Open = Open + 1 };

    /// <summary>The place was not needed: nothing was called.</summary>
    public Pace GiveBack() => this with { Open = Open - 1 };

    /// <summary>A call has ended, in whatever way.</summary>
    /// <param name="begun">When it began: of calls that were turned away together only the first lowers how many go at once.</param>
    public Pace End(DateTimeOffset now, DateTimeOffset begun, PaceAnswer answer)
    {
        var ended = this with { Open = Open - 1, Windows = [.. Windows.Select((window, i) => Read(window.Ended(now), now, i < answer.Quotas.Count ? answer.Quotas[i] : default))] };
        return answer.IsBusy ? ended.Busy(now, begun, answer.Asked) : ended.Taken();
    }

    /// <summary>The same with what was stored of it, by this process or another: whatever is more careful. How many go at once was learnt here later.</summary>
    public Pace With(PaceMemory memory, DateTimeOffset now)
    {
        var windows = Windows.Select(w => w.With(memory.Windows.Where(m => m.Per == w.Allowance.Per).SelectMany(m => m.Used), now));
        var waits = memory.WaitsUntil > now + LongestWait ? now + LongestWait : memory.WaitsUntil;
        return this with { Windows = [.. windows], WaitsUntil = Later(WaitsUntil, waits > now ? waits : null) };
    }

    /// <summary>The same with how many go at once as it was learnt before.</summary>
    public Pace WithLearnt(int atOnce) => this with { AtOnce = Math.Clamp(atOnce, 1, Most) };

    private CallWindow Read(CallWindow window, DateTimeOffset now, QuotaReading quota) => quota.Remaining is { } remaining ? window.Stated(now, Open - 1, remaining, quota.ResetsAt) : window;

    private Pace Busy(DateTimeOffset now, DateTimeOffset begun, TimeSpan? asked)
    {
        var lowered = LoweredAt is { } before && begun <= before ? this : this with { AtOnce = Math.Max(1, AtOnce / 2), LoweredAt = now, Answers = 0 };
        return asked is { } wait
            ? lowered with { WaitsUntil = Later(WaitsUntil, now + (wait < LongestWait ? wait : LongestWait)) }
            : lowered with { Windows = [.. Windows.Select(w => w.Allowance.Per <= LongestGuess ? w.UsedUp(now, Open) : w)] };
    }

    private Pace Taken()
    {
        if (AtOnce == Most) return this;
        return Answers + 1 < AnswersToRaise * AtOnce ? this with { Answers = Answers + 1 } : this with { AtOnce = AtOnce + 1, Answers = 0 };
    }

    private static DateTimeOffset? Later(DateTimeOffset? a, DateTimeOffset? b) => a is null || b > a ? b : a;
}
