using BatchSync.Configuration;
using BatchSync.Core.Billing;
using BatchSync.Core.Amounts;
using BatchSync.Core.Diagnostics;
using BatchSync.Core.Fx;
using BatchSync.Core.Mapping;
using BatchSync.Core.Posting;
using BatchSync.Core.Sources;
using BatchSync.Core.Time;
using BatchSync.Destinations;
using BatchSync.Http;
using BatchSync.Storage;

namespace BatchSync.Running;

/// <summary>A destination of the job with the company that answered there.</summary>
/// <param name="Name">As the job lists it.</param>
internal sealed record OpenDestination(string Name, IDestination Port, DestinationTenant Tenant);

/// <summary>All that the steps of one run share.</summary>
internal sealed record ActiveRun(
    RunRequest Request, RunPorts Ports, LeaseKeeper Keeper, RunRow Row, IReadOnlyDictionary<string, OpenDestination> Destinations, BillingRules Rules, FxTable Fx, RunCounts Counts)
{
    public IStore Store => Ports.Store;
    public Lease Lease => Keeper.Lease;
    public string Series => Request.Job.Series;
    public MappingRules Mapping => Request.Mapping;
    public Eligibility Eligibility { get; } = new(Request.Mapping, Rules, Request.AsOf, Request.Mapping.Fx is null ? null : Fx);

    /// <summary>What a record's bucket was decided by, besides the record and the as-of instant.</summary>
    public string RulesHash { get; } = Running.RulesHash.Of(Request.Mapping, Rules);

    /// <summary>What documents become when they are formed: a plan's are never sent, and a run with a plan compares them first.</summary>
    public OutboxState FormsAs => IsOfPlan ? OutboxState.Planned : OutboxState.Ready;

    /// <summary>Whether this makes a plan or posts one: limits that stop a run by itself are for a person to pass here.</summary>
    public bool IsOfPlan => Row.Kind == RunKind.Plan || Request.Plan is not null;

    /// <summary>Whether the job posts approved plans only, and this run has none.</summary>
    public bool WaitsForPlan => !IsOfPlan && Request.Job.Posting.Approval == ApprovalRule.Plan;

    /// <summary>The commands by which a person lets documents through.</summary>
    public string HowToPlan
    {
        get
        {
            var approve = Request.Job.Posting.Approval == ApprovalRule.Plan ? ", batchsync plan approve plan.json --reason TEXT" : "";
            return $"batchsync plan {Request.Job.Name} --out plan.json{approve}, then batchsync run {Request.Job.Name} --plan plan.json";
        }
    }

    /// <summary>Which destinations are left alone.</summary>
    public DestinationStops Stops => Counts.Stops;

    /// <summary>
    /// Does work at a destination. One that fails us is left alone for the rest of the run, which goes on with the others and ends as failed.
    /// </summary>
    /// <exception cref="OutsideException">It was the last one; or this is a plan, which has to be whole.</exception>
    public async Task AtAsync(OpenDestination destination, Func<Task> work)
    {
        if (Stops.IsDown(destination.Name)) return;
        try
        {
            await work();
        }
        catch (OutsideException e) when (Row.Kind != RunKind.Plan)
        {
            Stops.AddFault(destination.Name, e);
            if (Destinations.Keys.All(Stops.IsDown)) throw Stops.Together();
            Ports.Log.Warning("Destination {Destination} is left alone in run {RunNo}: {Reason}", destination.Name, Row.RunNo, e.Message);
        }
    }

    /// <summary>Whether documents of a key can be formed and sent: its destination is there.</summary>
    public bool IsReachable(DocumentKey key) => !Stops.IsDown(DestinationOf(key.Entity).Name);

    /// <summary>The pauses that cover something of the job.</summary>
    public async Task<IReadOnlyList<Pause>> PausesAsync(CancellationToken cancel) =>
        [.. (await Store.ListPausesAsync(cancel)).Where(pause => Mapping.Entities.Keys.Any(entity => pause.Covers(Series, entity)))];

    /// <summary>The identity of the next document of a key and purpose.</summary>
    public async Task<DocumentIdentity> IdentityAsync(OpenDestination destination, DocumentKey key, DocumentPurpose purpose, CancellationToken cancel)
    {
        Invariant.Holds(!Stops.IsDown(destination.Name), $"Documents are formed for destinations that answer, and '{destination.Name}' does not.");
        var tenant = destination.Tenant.Tenant;
        return new DocumentIdentity(tenant, Series, key, purpose, await Store.CountRevisionsAsync(tenant, Series, key, purpose, cancel) + 1);
    }

    /// <summary>Stores a document with its outbox row; nothing is sent.</summary>
    /// <param name="after">The document that must be at its destination first; null: none.</param>
    public Task FormAsync(Document document, OpenDestination destination, long? after, CancellationToken cancel) => FormAsync([NewOf(document, destination, after)], cancel);

    /// <summary>Stores documents with their outbox rows, all of them or none; nothing is sent.</summary>
    public async Task FormAsync(IReadOnlyList<NewDocument> documents, CancellationToken cancel)
    {
        if (documents.Count == 0) return;
        await Store.CreateDocumentsAsync(Lease, documents, cancel);
        Counts.DocumentsFormed += documents.Count;
        Ports.Progress.Advance("bill", Counts.DocumentsFormed, null);
    }

    /// <param name="after">The document that must be at its destination first; null: none.</param>
    public NewDocument NewOf(Document document, OpenDestination destination, long? after) =>
        new(new DocumentEntry(Row.RunNo, destination.Name, DocumentContent.Hash(document)) { State = FormsAs, After = after }, document);

    /// <summary>
    /// Documents that no destination took and that are formed again, of destinations that are there. One that was never refused may be a part of what a run that died meant to
    /// form, so it is not sent as it is, whatever this run's dates; outside them a refused one must stay visible as refused.
    /// </summary>
    public async Task<IReadOnlyList<long>> NeverTakenAsync(CancellationToken cancel)
    {
        var documents = new List<long>();
        foreach (var destination in Destinations.Values.Where(d => !Stops.IsDown(d.Name)))
        {
            await foreach (var row in this.ReadOutboxAsync(destination, [OutboxState.Ready, OutboxState.Rejected], cancel))
            {
                if (row.State == OutboxState.Ready || await IsConsideredAsync(row.Key.Period, cancel)) documents.Add(row.DocumentNo);
            }
        }

        return documents;
    }

    /// <summary>What the retainer of a key's client holds for a document dated now; null where the client has none.</summary>
    public async Task<Money?> RetainerBalanceAsync(DocumentKey key, CancellationToken cancel)
    {
        var date = Rules.DocumentDate(key.Period, EntityOf(key));
        var deposits = Mapping.Retainers.Where(r => r.Client == key.Client && r.Amount.Currency == key.Currency).ToList();
        if (deposits.Count == 0) return null;
        var received = Money.Sum(deposits.Where(r => r.Received <= date).Select(r => r.Amount), key.Currency);
        return received - (await Store.SumUsedUpAsync(Series, key, cancel)).Retainer;
    }

    /// <summary>The entity of a key; the default one where documents are left of an entity that the mapping does not have any more.</summary>
    public Entity EntityOf(DocumentKey key) => Mapping.Entities.TryGetValue(key.Entity, out var entity) ? entity : Mapping.Entities[Mapping.Defaults.Entity];

    /// <summary>The same run with the rates that its records need: which currencies those have is known once they are staged.</summary>
    public ActiveRun WithRates(FxTable rates) => new(Request, Ports, Keeper, Row, Destinations, Rules, rates, Counts);

    /// <summary>
    /// Items that are made from what the store holds, each made while the one before it is worked on. Nothing that is done with one may change what another is made of.
    /// </summary>
    /// <param name="make">Reads the store of the run that it is given, and writes nothing.</param>
    public IAsyncEnumerable<T> AheadAsync<T>(Func<ActiveRun, CancellationToken, IAsyncEnumerable<T>> make, CancellationToken cancel) =>
        Ports.Reading is { } reading ? Ahead.ReadAsync(token => make(this with { Ports = Ports with { Store = reading, Reading = null } }, token), cancel) : make(this, cancel);

    public OpenDestination DestinationOf(string entity) => FindDestination(entity)!;

    /// <summary>The destination of an entity; null: the job has none any more.</summary>
    public OpenDestination? FindDestination(string entity) => Destinations.TryGetValue(entity, out var own) ? own : Destinations.GetValueOrDefault("all");

    /// <summary>
    /// Whether documents of a period are formed in this run: with --from and --to those whose period has a day in the range. A period
    /// that the range cuts counts only where a full reading has been staged before, since a document is made from all its records.
    /// </summary>
    public async Task<bool> IsConsideredAsync(Period period, CancellationToken cancel)
    {
        var (from, to) = (Request.From ?? DateOnly.MinValue, Request.To ?? DateOnly.MaxValue);
        if (period.LastDay < from || period.From > to) return false;
        if (period.From >= from && period.LastDay <= to) return true;
        foreach (var stream in Request.Job.Source.Streams.Where(s => s.IsBilled()))
        {
            if (await Store.FindWatermarkAsync(Series, stream, cancel) is null) return false;
        }

        return true;
    }

    /// <summary>From a document's currency to the base currency of its entity; null where that is its own, and where no rates are configured.</summary>
    public FxRate? BaseRate(DocumentKey key, DateOnly date)
    {
        var currency = Mapping.Entities[key.Entity].BaseCurrency;
        return Mapping.Fx is null || currency == key.Currency ? null : Fx.Find(key.Currency, currency, date);
    }
}
