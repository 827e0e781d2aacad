using System.Globalization;
using BatchSync.Configuration;
using BatchSync.Core.Retry;
using BatchSync.Storage;
using BatchSync.Telemetry;

namespace BatchSync.Http;

/// <summary>
/// Lets calls to one account of an API go as its <see cref="Pace"/> and its <see cref="Circuit"/> allow. All that call it in this process share one; what it knows is kept
/// in the store, so that the next run, or another host, does not begin by being refused.
/// </summary>
/// <param name="name">Whose calls these are.</param>
internal sealed class CallGate(PaceName name, ApiDefinition api, TimeProvider time)
{
    private readonly Lock _gate = new();
    private Pace _pace = Pace.Of(api.Allowances.Select(a => a.Allowance), api.AtOnce);
    private Circuit _circuit = Circuit.Closed;
    private TaskCompletionSource _ended = NextEnd();
    private bool _hasCalled;
    private DateTimeOffset _lastEnd = DateTimeOffset.MinValue;

    public PaceName Name => name;

    /// <summary>Whether the API has turned a call away since <see cref="Memory"/> was last taken.</summary>
    public bool WasRefused { get; private set; }

    /// <summary>Stores what is known, at most now and then; see <see cref="CallGates"/>.</summary>
    public Func<Task> KeepAsync { get; init; } = () => Task.CompletedTask;

    /// <summary>Waits for the turn of a call.</summary>
    /// <param name="since">From when on it waits. Where one of our calls has ended later it is from then: only time in which nothing moves can be too long.</param>
    /// <param name="patience">How long it waits; a turn that is further off is not waited for.</param>
    /// <returns>Its place, to be used by one call or given back.</returns>
    /// <exception cref="OutsideException">Transient, and nothing was called: the API keeps failing, or the turn is too far off.</exception>
    public async Task<CallSlot> TakeAsync(DateTimeOffset since, TimeSpan patience, CancellationToken cancel)
    {
        await KeepAsync();
        while (true)
        {
            cancel.ThrowIfCancellationRequested();
            var (slot, turn, latest, ended) = TakeOrLook(since, patience);
            if (slot is not null) return slot;
            await WaitAsync(ended, (turn.At ?? latest) - time.GetUtcNow(), cancel);
        }
    }

    /// <summary>A call begins that nobody waited for, since it follows from one that did: a redirect, or once more with another access token. It counts all the same.</summary>
    public CallSlot TakeNow()
    {
        lock (_gate) return Begin();
    }

    /// <summary>What of this is worth keeping.</summary>
    public PaceMemory Memory()
    {
        lock (_gate)
        {
            WasRefused = false;
            var windows = _pace.Windows.Select(w => new WindowMemory(w.Allowance.Per, w.Used)).Where(w => w.Used.Count > 0);
            var memory = new PaceMemory([.. windows], _pace.AtOnce, _pace.WaitsUntil, _hasCalled ? _circuit : null);
            _hasCalled = false;
            return memory;
        }
    }

    /// <summary>Takes over what was stored, before the first call.</summary>
    public void Recall(PaceMemory stored)
    {
        lock (_gate)
        {
            _pace = _pace.With(stored, time.GetUtcNow()).WithLearnt(stored.AtOnce);
            _circuit = stored.Circuit?.Recalled(time.GetUtcNow()) ?? _circuit;
        }
    }

    /// <summary>Takes over what other processes have stored meanwhile.</summary>
    public void Learn(PaceMemory stored)
    {
        lock (_gate) _pace = _pace.With(stored, time.GetUtcNow());
    }

    /// <summary>A call sets out. After a rest it is the one that decides.</summary>
    public void SetOut()
    {
        lock (_gate) _circuit = _circuit.Begin(time.GetUtcNow());
    }

    /// <summary>A call was answered.</summary>
    public void Answered(DateTimeOffset begun, int status, Func<string, string?> header)
    {
        var (now, kind) = (time.GetUtcNow(), api.KindOf(status));
        var asked = kind == HttpStatusKind.Busy ? RetryDelay.Asked(header(api.RetryAfterHeader), now) : null;
        End(now, begun, new PaceAnswer(kind == HttpStatusKind.Busy, asked, [.. api.Allowances.Select(a => ReadingOf(a, header, now))]), kind == HttpStatusKind.Failing);
    }

    /// <summary>A call has ended without an answer.</summary>
    public void NotAnswered(DateTimeOffset begun) => End(time.GetUtcNow(), begun, PaceAnswer.Silent, isFailing: true);

    /// <summary>A place was not used.</summary>
    public void GiveBack()
    {
        lock (_gate) Release(_pace.GiveBack());
    }

    private void End(DateTimeOffset now, DateTimeOffset begun, PaceAnswer answer, bool isFailing)
    {
        lock (_gate)
        {
            (_hasCalled, _lastEnd) = (true, now);
            WasRefused |= answer.IsBusy;
            _circuit = isFailing ? _circuit.Failed(now) : Circuit.Closed;
            Release(_pace.End(now, begun, answer));
            if (Signals.QuotaLeft.Enabled) ShowQuotas(now);
        }
    }

    private void ShowQuotas(DateTimeOffset now)
    {
        foreach (var window in _pace.Windows)
            Signals.QuotaLeft.Record(Math.Max(0, window.Allowance.Calls - _pace.Open - window.Used.Where(u => u.FreeAt > now).Sum(u => u.Count)), Signals.Tag(SignalTags.Connector, name.Connector), Signals.Tag(SignalTags.Allowance, window.Allowance.ToString()));
    }

    private static QuotaReading ReadingOf(ApiAllowance allowance, Func<string, string?> header, DateTimeOffset now)
    {
        var remaining = allowance.RemainingHeader is { } name && long.TryParse(header(name), NumberStyles.AllowLeadingSign | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var stated)
            ? (int?)Math.Clamp(stated, 0, allowance.Allowance.Calls)
            : null;
        return new QuotaReading(remaining, allowance.ResetsHeader is { } resets ? RetryDelay.ResetsAt(header(resets), now) : null);
    }

    // Looked at and taken at once: nobody comes between the two.
    private (CallSlot? Slot, PaceTurn Turn, DateTimeOffset Latest, Task Ended) TakeOrLook(DateTimeOffset since, TimeSpan patience)
    {
        lock (_gate)
        {
            var (now, latest) = (time.GetUtcNow(), (since > _lastEnd ? since : _lastEnd) + patience);
            if (!_circuit.MayCall(now)) throw NotCalled(FormattableString.Invariant($"the last {_circuit.Failures} calls to {name.Connector} failed, and it is not asked again before {_circuit.RestsUntil:yyyy-MM-dd HH:mm:ss'Z'}. Run again later"));
            var turn = _circuit.RestsUntil is not null && _pace.Open > 0 ? new PaceTurn(null, "the one call that finds out whether it is back is under way") : _pace.Next(now);
            if (turn.At <= now) return (Begin(), turn, latest, Task.CompletedTask);
            if (turn.At > latest) throw NotCalled(FormattableString.Invariant($"{name.Connector} takes no call before {turn.At:yyyy-MM-dd HH:mm:ss'Z'}: {turn.Why}. Run again then"));
            if (turn.At is null && now >= latest) throw NotCalled($"{name.Connector} has not answered for too long: {turn.Why}. Run again later");
            return (null, turn, latest, _ended.Task);
        }
    }

    private async Task WaitAsync(Task ended, TimeSpan atMost, CancellationToken cancel)
    {
        try
        {
            await ended.WaitAsync(atMost > TimeSpan.Zero ? atMost : TimeSpan.Zero, time, cancel);
        }
        catch (TimeoutException)
        {
            // Its turn has come, or none will: it looks once more.
        }
    }

    private static OutsideException NotCalled(string why) => new(OutsideFault.Transient, $"A call was not sent: {why}; nothing that was done is lost.");

    private CallSlot Begin()
    {
        _pace = _pace.Begin();
        return new CallSlot(this, time.GetUtcNow());
    }

    private void Release(Pace pace)
    {
        _pace = pace;
        _ended.TrySetResult();
        _ended = NextEnd();
    }

    // What goes on then must not run under the lock.
    private static TaskCompletionSource NextEnd() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>A place among the calls to an API: kept, then used by one call, or given back.</summary>
/// <param name="gate">Null: nothing holds calls back.</param>
/// <param name="begun">When it was taken.</param>
internal sealed class CallSlot(CallGate? gate, DateTimeOffset begun) : IDisposable
{
    /// <summary>How a request carries its place to the network.</summary>
    public static readonly HttpRequestOptionsKey<CallSlot> Key = new("BatchSync.CallSlot");

    private bool _isUsed;
    private bool _isDone;

    /// <summary>The place of a call that leaves no machine.</summary>
    public static CallSlot Free { get; } = new(null, DateTimeOffset.MinValue);

    /// <summary>The place of a call that follows from this one.</summary>
    public CallSlot Next() => gate?.TakeNow() ?? Free;

    /// <summary>The call sets out.</summary>
    /// <returns>False where another one has.</returns>
    public bool TryUse()
    {
        if (_isUsed || _isDone || gate is null) return false;
        gate.SetOut();
        return _isUsed = true;
    }

    /// <summary>The call was answered.</summary>
    public void Answered(int status, Func<string, string?> header)
    {
        if (HasEnded()) gate!.Answered(begun, status, header);
    }

    /// <summary>The call has ended; where it was answered before, this says nothing.</summary>
    public void NotAnswered()
    {
        if (HasEnded()) gate!.NotAnswered(begun);
    }

    public void Dispose()
    {
        if (_isDone || _isUsed || gate is null) return;
        _isDone = true;
        gate.GiveBack();
    }

    private bool HasEnded() => _isUsed && !_isDone && (_isDone = true);
}
