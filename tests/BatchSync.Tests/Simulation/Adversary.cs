using BatchSync.Tests.Support;

namespace BatchSync.Tests.Simulation;

/// <summary>
/// Decides what goes wrong, from one seed alone. Each world has some kinds of faults and not others, weakly or strongly: faults that all come at
/// once hide each other.
/// </summary>
internal sealed class Adversary
{
    private readonly HashSet<Fault> _armed = [];
    private readonly int _strength;

    public Adversary(int seed)
    {
        Random = new Random(seed);
        foreach (var fault in Enum.GetValues<Fault>())
        {
            if (Random.Next(2) == 0) _armed.Add(fault);
        }

        _strength = Random.Pick([1, 2, 3]);
    }

    /// <summary>All choices of a world are drawn from it, in the order of the world's events.</summary>
    public Random Random { get; }

    /// <summary>Whether nothing goes wrong any more.</summary>
    public bool IsCalm { get; set; }

    public bool IsArmed(Fault fault) => _armed.Contains(fault);

    /// <summary>Whether a fault happens at one opportunity for it.</summary>
    public bool Strikes(Fault fault) => !IsCalm && _armed.Contains(fault) && Random.Next(1000) < _strength * PerThousand(fault);

    public bool OneIn(int count) => Random.Next(count) == 0;

    // A run has about forty writes, eight pages and three calls.
    private static int PerThousand(Fault fault) => fault switch
    {
        Fault.ProcessDies => 6,
        Fault.HostPauses => 6,
        Fault.StoreFull or Fault.StoreBusy => 2,
        Fault.SourceDown or Fault.SourceRefuses or Fault.LookUpFails => 25,
        Fault.ClockSkew or Fault.CursorExpired or Fault.RowsUnseen => 250,
        Fault.EditWhilePaging => 100,
        Fault.ProcessDiesInCall or Fault.LateCommit => 120,
        Fault.ReportFails => 50,
        Fault.TouchedByPerson => 150,
        Fault.SecondHost => 200,
        Fault.BackupRestored => 60,
        _ => 70,
    };
}
