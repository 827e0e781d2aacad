namespace BatchSync.Tests.Simulation;

/// <summary>The world's time, what is due in it, and the processes that are at work: one of them moves at a time.</summary>
internal sealed class Stage(History history, Adversary adversary, DateTimeOffset start)
{
    private readonly List<(DateTimeOffset At, int Number, Action Happens)> _events = [];
    private readonly List<SimulatedProcess> _processes = [];
    private int _numbered;

    public DateTimeOffset Now { get; private set; } = start;

    /// <summary>Called when a host falls asleep.</summary>
    public Action<SimulatedProcess> Slept { get; set; } = _ => { };

    public void Note(string who, string what) => history.Note(Now, who, what);

    public bool HasOther(SimulatedProcess process) => _processes.Exists(p => p != process && !p.IsOver);

    public void Add(SimulatedProcess process) => _processes.Add(process);

    /// <summary>Something that happens by itself.</summary>
    public void At(DateTimeOffset at, Action happens) => _events.Add((at, ++_numbered, happens));

    public void Advance(TimeSpan by)
    {
        var end = Now + by;
        while (NextDue() is { } due && due <= end) Move(due);
        Move(end);
    }

    /// <summary>Lets all processes come to their ends.</summary>
    public void Play()
    {
        while (true)
        {
            foreach (var process in _processes.Where(p => !p.IsParked).ToList()) process.GoOn();
            _processes.RemoveAll(p => p.IsOver);
            if (_processes.Count == 0) return;
            var awake = _processes.Where(p => p.IsParked && !p.Sleeps(Now)).ToList();
            if (awake.Count > 0) awake[adversary.Random.Next(awake.Count)].Resume(timersFirst: adversary.OneIn(2));
            else Move(NextDue() ?? throw new InvalidOperationException("All processes wait, and nothing is due."));
        }
    }

    private void Move(DateTimeOffset to)
    {
        Now = to > Now ? to : Now;
        foreach (var due in _events.Where(e => e.At <= Now).OrderBy(e => e.At).ThenBy(e => e.Number).ToList())
        {
            _events.Remove(due);
            due.Happens();
        }

        foreach (var process in _processes.Where(p => !p.IsOver && !p.Sleeps(Now)).ToList()) process.Clock.AdvanceTo(Now);
    }

    private DateTimeOffset? NextDue()
    {
        var dues = _processes.Where(p => !p.IsOver).Select(p => p.Sleeps(Now) ? p.SleepsUntil : p.Clock.NextDue).Concat(_events.Select(e => (DateTimeOffset?)e.At));
        return dues.Min();
    }
}
