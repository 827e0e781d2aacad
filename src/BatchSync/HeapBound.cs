namespace BatchSync;

/// <summary>
/// Keeps a run small beside whatever else the host does. The runtime of a host with much memory sees no reason to collect what pages and batches leave behind, and a
/// run grew to twice of what it needs; so garbage is collected when there is some, between two pieces of work.
/// </summary>
internal static class HeapBound
{
    /// <summary>Managed memory from which on it is worth a look.</summary>
    private const long Least = 64L * 1024 * 1024;

    /// <summary>How much may come to what is in use before it is looked at again: a share of what is in use would let a large run keep as much garbage as it uses.</summary>
    private const long Garbage = 32L * 1024 * 1024;

    private static long _next = Least;

    /// <summary>Collects garbage where there may be much of it. What is in use does not count.</summary>
    public static void Keep()
    {
        if (GC.GetTotalMemory(forceFullCollection: false) < Volatile.Read(ref _next)) return;
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true, compacting: false);
        Volatile.Write(ref _next, Math.Max(Least, GC.GetTotalMemory(forceFullCollection: false) + Garbage));
    }
}
