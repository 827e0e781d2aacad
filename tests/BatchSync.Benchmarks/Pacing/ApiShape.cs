namespace BatchSync.Benchmarks.Pacing;

/// <summary>What an API allows, as its provider says, and a job that has more to ask for than that.</summary>
/// <param name="Calls">So many in any span; where the provider does not say whether spans slide, they do: who keeps to those keeps to fixed ones.</param>
/// <param name="AtOnce">More calls under way are refused as well.</param>
/// <param name="Counted">The paths whose calls count.</param>
/// <param name="Measured">The path that the job asks for until its step is done: while these calls come, work is waiting.</param>
/// <param name="Spans">So many allowances are measured.</param>
internal sealed record ApiShape(string Name, int Calls, TimeSpan Per, int AtOnce, string[] Counted, string Measured, int Spans)
{
    /// <summary>An answer takes so long at least, and at most a half more.</summary>
    public required TimeSpan Answers { get; init; }

    /// <summary>Whether a call that is refused is told for how long.</summary>
    public bool SaysHowLong { get; init; } = true;

    /// <summary>The header that says how many calls are left; null: none does.</summary>
    public string? RemainingHeader { get; init; }

    /// <summary>As many as it takes to keep the step busy for all spans, and few enough that the store is no bottleneck.</summary>
    public required int Entries { get; init; }

    public int EntriesPerPage { get; init; } = 2_000;
    public int DocumentsPerCall { get; init; } = 100;

    /// <summary>What the time tracker's connector says of calls; empty: nothing.</summary>
    public string TimeCalls { get; init; } = "";

    /// <summary>What the books' connector says of calls; empty: nothing.</summary>
    public string BooksCalls { get; init; } = "";

    /// <summary>Measured calls that it takes to see all spans: the one that ends the last of them comes after it.</summary>
    public int MeasuredCalls => (Calls * Spans) + 1;

    // help.getharvest.com/api-v2/introduction; it does not limit calls under way, and a reader that follows cursors has one.
    private static readonly ApiShape Harvest = new("harvest", 100, TimeSpan.FromSeconds(15), int.MaxValue, ["/account", "/time_entries"], "/time_entries", Spans: 5)
    {
        Answers = TimeSpan.FromMilliseconds(80),
        Entries = 2_040,
        EntriesPerPage = 4,
        TimeCalls = "calls: { allowance: [ { calls: 100, per: 15s } ] }",
    };

    // developer.xero.com/documentation/guides/oauth2/limits
    private static readonly ApiShape Xero = new("xero", 60, TimeSpan.FromMinutes(1), 5, ["/company", "/invoices", "/invoices/bulk"], "/invoices/bulk", Spans: 3)
    {
        Answers = TimeSpan.FromMilliseconds(120),
        RemainingHeader = "X-MinLimit-Remaining",
        Entries = 9_600,
        DocumentsPerCall = 1,
        BooksCalls = "calls: { inFlight: 5, allowance: [ { calls: 60, per: 1m, remaining: X-MinLimit-Remaining } ] }",
    };

    // Of batches 40 a minute, ten calls at once; a refusal says nothing. Look-ups have an allowance of their own, far above what they need.
    private static readonly ApiShape QuickBooks = new("quickbooks", 40, TimeSpan.FromMinutes(1), 10, ["/invoices/bulk"], "/invoices/bulk", Spans: 3)
    {
        Answers = TimeSpan.FromMilliseconds(120),
        SaysHowLong = false,
        Entries = 12_600,
        DocumentsPerCall = 2,
        BooksCalls = "calls: { inFlight: 10, allowance: [ { calls: 40, per: 1m } ] }",
    };

    public static IReadOnlyList<ApiShape> All { get; } = [Harvest, Xero, QuickBooks];
}
