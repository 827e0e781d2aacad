using BatchSync.Tests.Support;

namespace BatchSync.Tests.Simulation;

/// <summary>Thrown at whatever a process does after its end: nothing of it reaches anything.</summary>
internal sealed class ProcessEndedException : Exception;

/// <summary>
/// One process of the program. It works until it comes to a border, where the world may let another one go on, put its host to sleep, or end it;
/// its timers stand still while its host sleeps.
/// </summary>
internal sealed class SimulatedProcess(Stage stage, Adversary adversary, string name)
{
    private readonly ProcessQueue _queue = new();
    private TaskCompletionSource? _gate;
    private DateTimeOffset _sleepsUntil;
    private bool _isBeingCancelled;

    public string Name => name;

    public ManualTime Clock { get; } = new(stage.Now);

    /// <summary>What it was started for; null before that.</summary>
    public Task? Work { get; private set; }

    public bool IsDead { get; private set; }

    public bool IsOver => IsDead || Work is { IsCompleted: true };

    public bool IsParked => _gate is not null;

    /// <summary>When its host wakes up; in the past: it is awake.</summary>
    public DateTimeOffset SleepsUntil => _sleepsUntil;

    public void Start(Func<Task> work) => _queue.Within(() => Work = work());

    public bool Sleeps(DateTimeOffset at) => at < _sleepsUntil;

    /// <summary>Goes on until it has to wait for the world.</summary>
    public void GoOn() => _queue.Within(() =>
    {
        while (!IsOver)
        {
            if (_queue.DoNext()) continue;
            if (IsParked || WaitsForTime) return;
            _queue.AwaitWork();
        }
    });

    /// <summary>Leaves the border where it stands.</summary>
    /// <param name="timersFirst">Whether what fell due meanwhile comes before, as it may when a host wakes up.</param>
    public void Resume(bool timersFirst)
    {
        if (timersFirst) GoOn();
        if (IsOver) return;
        var gate = _gate!;
        _gate = null;
        _queue.Within(gate.SetResult);
        GoOn();
    }

    /// <summary>A border: what happens to processes happens here.</summary>
    /// <param name="maySleep">Not between the last look at the clock and a call: no program can know of a sleep there.</param>
    public async Task PassAsync(string where, bool maySleep = true)
    {
        Check();
        if (adversary.Strikes(Fault.ProcessDies)) End($"ends {where}");
        if (maySleep && adversary.Strikes(Fault.HostPauses)) await SleepAsync(where);
        else if (stage.HasOther(this) && adversary.OneIn(3)) await ParkAsync();
        Check();
    }

    /// <exception cref="ProcessEndedException">It has ended.</exception>
    public void Check()
    {
        if (IsDead) throw new ProcessEndedException();
        _isBeingCancelled = false;
    }

    public void End(string why)
    {
        Note(why);
        IsDead = true;
        throw new ProcessEndedException();
    }

    /// <summary>What it waits for will be cancelled, by a thread of the runtime's.</summary>
    public void LosesLease() => _isBeingCancelled = true;

    public void Note(string what) => stage.Note(name, what);

    // One timer renews the lease; a second one is waited for.
    private bool WaitsForTime => Clock.Timers >= 2 && !_isBeingCancelled;

    private async Task SleepAsync(string where)
    {
        var seconds = adversary.Random.Pick([7, 20, 60, 150, 400]);
        _sleepsUntil = stage.Now.AddSeconds(seconds);
        Note(FormattableString.Invariant($"its host sleeps {seconds} s {where}"));
        stage.Slept(this);
        await ParkAsync();
    }

    private async Task ParkAsync()
    {
        _gate = new TaskCompletionSource();
        await _gate.Task;
    }
}
