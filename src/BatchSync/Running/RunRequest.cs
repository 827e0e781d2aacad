using BatchSync.Alerts;
using BatchSync.Configuration;
using BatchSync.Core.Amounts;
using BatchSync.Core.Mapping;
using BatchSync.Core.Scheduling;
using BatchSync.Destinations;
using BatchSync.Http;
using BatchSync.Sources;
using BatchSync.Storage;
using Serilog;

namespace BatchSync.Running;

/// <summary>What one run is asked to do.</summary>
/// <param name="From">First service date that is read again and billed, inclusive; null: no bound.</param>
/// <param name="To">Last service date, inclusive; null: no bound.</param>
/// <param name="AsOf">The instant against which periods are open or closed.</param>
/// <param name="Files">The configuration used, kept with the run.</param>
internal sealed record RunRequest(JobDefinition Job, MappingRules Mapping, IReadOnlyList<ConfigurationFile> Files, DateOnly? From, DateOnly? To, DateTimeOffset AsOf)
{
    /// <summary>The plan that the run may post, and nothing else; null: whatever it forms.</summary>
    public PostablePlan? Plan { get; init; }

    /// <summary>The occurrence of the job's schedule that the run is made for; null: somebody called it.</summary>
    public OccurrenceClaim? Occurrence { get; init; }

    /// <summary>How long to wait for another run of the series to end.</summary>
    public TimeSpan LeaseWait { get; init; }

    /// <summary>The command that does the same again.</summary>
    public string Again => $"batchsync run {Job.Name}{(Plan is null ? "" : $" --plan {Plan.Name}")}";

    /// <summary>Whether only some service dates are read again and billed.</summary>
    public bool IsRange => From is not null || To is not null;
}

/// <summary>What a person let through: documents by reference, each with the hash of its content.</summary>
/// <param name="Name">How messages call it: the file.</param>
internal sealed record PostablePlan(string Name, IReadOnlyDictionary<string, string> ContentByReference)
{
    /// <summary>By reference what else a person let through; what is not named is not compared.</summary>
    public IReadOnlyDictionary<string, PlannedTerms> Terms { get; init; } = new Dictionary<string, PlannedTerms>();

    /// <summary>The companies that it was made for; empty: any.</summary>
    public IReadOnlyList<PlanTenant> Tenants { get; init; } = [];

    /// <summary>Configuration files that are not as they were when it was made, each with what became of it.</summary>
    public IReadOnlyList<string> ChangedFiles { get; init; } = [];

    public bool IsAsPlanned(DocumentRow document) =>
        ContentByReference.TryGetValue(document.Reference, out var content) && content == document.ContentHash
        && (!Terms.TryGetValue(document.Reference, out var terms) || terms == new PlannedTerms(document.Date, document.Withholding, document.Retainer));
}

/// <summary>What a document says beside its lines and taxes: when it is booked, and what lowers the amount due.</summary>
internal sealed record PlannedTerms(DateOnly Date, Money Withholding, Money Retainer);

/// <summary>The company at one destination of a job.</summary>
/// <param name="Destination">As the job lists it.</param>
internal sealed record PlanTenant(string Destination, string Tenant, string Environment);

/// <summary>The borders that a run works across.</summary>
/// <param name="Destinations">By the name under which the job lists them: an entity's code, or <c>all</c>.</param>
internal sealed record RunPorts(
    IStore Store, ISource Source, IReadOnlyDictionary<string, IDestination> Destinations, IRunReporter Reporter, TimeProvider Time, ILogger Log, RunProgress Progress)
{
    /// <summary>What source and destinations take their calls from.</summary>
    public CallBudget Calls { get; init; } = new(null);

    /// <summary>Whether the next page is fetched and parsed while one is staged.</summary>
    public bool ReadsAhead { get; init; }

    /// <summary>The store, for reading what comes next while what came before is written; null: one waits for the other.</summary>
    public IStore? Reading { get; init; }

    /// <summary>Who looks after a run whether something is wrong; null: nobody.</summary>
    public AlertWatch? Alerts { get; init; }
}

/// <summary>Sends the proof of a run to where the job wants it.</summary>
internal interface IRunReporter
{
    /// <returns>What was written and sent, in a few words.</returns>
    Task<string> ReportAsync(RunProof proof, CancellationToken cancel);
}

/// <summary>What a run has to show: handed to reports and to the screen.</summary>
/// <param name="Periods">The periods that changed and so were reconciled.</param>
/// <param name="Differences">All that stand, open and accepted.</param>
internal sealed record RunProof(
    RunRow Run, JobDefinition Job, IReadOnlyList<Core.Time.Period> Periods, Core.Reconciliation.ReconciliationRows Rows,
    IReadOnlyList<StoredDifference> Differences, IReadOnlyList<RejectionCount> Rejections, RunCounts Counts)
{
    /// <summary>Why nothing may be posted, or not everything, with the next step; null where nothing stopped the run.</summary>
    public string? Failure { get; init; }

    /// <summary>Periods with documents that could not be asked for: they are still to be proven.</summary>
    public IReadOnlyList<Core.Time.Period> Unread { get; init; } = [];
}

/// <summary>What a run did, in numbers.</summary>
internal sealed class RunCounts
{
    public int Pages { get; set; }
    public StageCounts Staged { get; set; }
    public int DocumentsFormed { get; set; }
    public int DocumentsPosted { get; set; }
    public int DocumentsAdopted { get; set; }

    /// <summary>Drafts deleted at a destination.</summary>
    public int DocumentsWithdrawn { get; set; }

    /// <summary>References of documents that are not as the plan has them, or that it does not have: not posted.</summary>
    public IReadOnlyList<string> StalePlan { get; set; } = [];

    /// <summary>Which limit on changes was passed; null: none.</summary>
    public string? OverLimit { get; set; }

    /// <summary>Records that changed after posting and whose correction waits for an approved plan.</summary>
    public int ChangesWaiting { get; set; }

    /// <summary>Document keys whose records wait for an approved plan.</summary>
    public int KeysWaiting { get; set; }

    /// <summary>Why documents whose taking back was begun cannot be taken back now.</summary>
    public IReadOnlyList<string> TakeBacksHeld { get; set; } = [];

    /// <summary>Why records that are missing at the source do not count as deleted.</summary>
    public List<string> DeletesHeld { get; } = [];

    /// <summary>Documents that wait for an answer or for a destination that is not there.</summary>
    public int DocumentsPending { get; set; }

    /// <summary>Documents that are not on their way because a person paused them.</summary>
    public int DocumentsPaused { get; set; }

    /// <summary>The pauses that cover something of the job.</summary>
    public IReadOnlyList<Pause> Pauses { get; set; } = [];

    /// <summary>Why documents that could be sent were not, a text a destination.</summary>
    public IReadOnlyList<string> GivenUp { get; set; } = [];

    /// <summary>Destinations that the run leaves alone.</summary>
    public DestinationStops Stops { get; } = new();
}

/// <param name="ExitCode">As the command line returns it.</param>
internal sealed record RunResult(long RunNo, RunStatus Status, int ExitCode, string Message, RunProof? Proof);

/// <summary>Tells whoever watches what a run is doing.</summary>
/// <param name="report">Called on the run's own thread; must be quick.</param>
internal sealed class RunProgress(Action<ProgressEvent> report)
{
    public static RunProgress None { get; } = new(_ => { });

    public void Step(string step) => report(new ProgressEvent(step, null, null, null));
    public void Advance(string step, long done, long? total) => report(new ProgressEvent(step, done, total, null));
    public void Done(string step, string message) => report(new ProgressEvent(step, null, null, message));
}

/// <param name="Message">Set when the step has ended: what it did.</param>
internal sealed record ProgressEvent(string Step, long? Done, long? Total, string? Message);
