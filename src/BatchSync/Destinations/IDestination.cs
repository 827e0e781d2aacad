using BatchSync.Core.Billing;
using BatchSync.Core.Posting;
using BatchSync.Core.Reconciliation;
using BatchSync.Http;

namespace BatchSync.Destinations;

/// <summary>Where documents go: one company at one accounting system, or one ledger file.</summary>
internal interface IDestination
{
    DestinationTraits Traits { get; }

    /// <summary>Who we talk to. Documents are posted only where this is the tenant that the store knows.</summary>
    Task<DestinationTenant> ProbeAsync(CancellationToken cancel);

    /// <summary>The documents that the destination holds under our references, more than one for a reference where it has duplicates.</summary>
    /// <exception cref="OutsideException">It could not be asked; nothing follows about what it holds.</exception>
    Task<IReadOnlyList<DestinationDocument>> LookUpAsync(IReadOnlyList<string> references, CancellationToken cancel);

    /// <summary>
    /// Waits for the turn of a call that creates, makes final or deletes. Such a call is committed before it goes out and has to go at once then, so its turn comes first;
    /// all other calls wait for themselves.
    /// </summary>
    /// <returns>The place of that call, given to it with its batch; disposed without, it is given back.</returns>
    /// <exception cref="OutsideException">Transient: the turn is too far off. Nothing was called.</exception>
    Task<CallSlot> ReadyAsync(CancellationToken cancel);

    /// <summary>
    /// Creates documents in one call and gives one outcome for each, in any order. Never retries what may have been carried out, and sends nothing
    /// in parts: where the call is refused as a whole, the caller divides it.
    /// </summary>
    Task<DestinationAnswer> CreateAsync(CreateBatch batch, CancellationToken cancel);

    /// <summary>Makes drafts final; repeating it does no harm.</summary>
    Task<DestinationAnswer> FinalizeAsync(FinalizeBatch batch, CancellationToken cancel);

    /// <summary>Deletes drafts; repeating it does no harm. Asked only where <see cref="DestinationTraits.DeletesDrafts"/>.</summary>
    Task<DestinationAnswer> WithdrawAsync(FinalizeBatch batch, CancellationToken cancel);
}

/// <summary>The company that answers.</summary>
/// <param name="Tenant">The destination's own id of the company; part of every document's identity.</param>
/// <param name="Environment"><c>production</c>, <c>sandbox</c> or what the destination calls it.</param>
internal sealed record DestinationTenant(string Tenant, string Environment)
{
    /// <summary>The last day on which its books take nothing more; null: it does not say, or no day is locked.</summary>
    public DateOnly? LockedThrough { get; init; }
}

/// <summary>What a destination can do and hold.</summary>
/// <param name="BatchSize">Most documents in one call, 1 and up.</param>
/// <param name="ReferenceLength">Characters of its reference field.</param>
/// <param name="QuantityDecimals">Decimals of a quantity that it stores.</param>
/// <param name="HasDrafts">Whether documents are created as drafts and made final by a second call.</param>
/// <param name="Settle">How long a call may still take effect after it timed out.</param>
/// <param name="CallTimeout">How long one call may take.</param>
internal sealed record DestinationTraits(
    int BatchSize, int ReferenceLength, int QuantityDecimals, bool HasDrafts, TimeSpan Settle, TimeSpan CallTimeout)
{
    /// <summary>Whether a draft can be deleted by its id.</summary>
    public bool DeletesDrafts { get; init; }

    /// <summary>References that are looked up together and what was found kept in memory: 1 and up, some hundreds at most. It may take several calls, see <see cref="ReferencesPerLookUp"/>.</summary>
    public required int LookUpSize { get; init; }

    /// <summary>Calls that a batch takes where all goes well, beside the look-ups of many batches together: created, and where drafts are made final read back and made final. 0: nothing is called.</summary>
    public int CallsPerBatch { get; init; }

    /// <summary>Calls that may be under way at once.</summary>
    public int CallsAtOnce { get; init; } = 1;

    /// <summary>References in one call of a look-up; 0: nothing is called.</summary>
    public int ReferencesPerLookUp { get; init; }

    /// <summary>Decimals of an exchange rate that it stores; null: it takes no rate.</summary>
    public int? RateDecimals { get; init; }

    /// <summary>How it takes withholding and retainers; see <see cref="ExpectedDocument.PostedBy"/> for what it shows of them.</summary>
    public DeductionRules Deductions { get; init; } = DeductionRules.None;
}

/// <summary>Documents to create in one call.</summary>
/// <param name="IdempotencyKey">The same for every attempt at the same documents; 28 characters A-Z and 2-7.</param>
internal sealed record CreateBatch(string IdempotencyKey, IReadOnlyList<Document> Documents, bool AsDraft)
{
    /// <summary>The place that <see cref="IDestination.ReadyAsync"/> kept for it; null: it waits for its turn.</summary>
    public CallSlot? Slot { get; init; }
}

/// <summary>Drafts to make final, or to delete.</summary>
/// <param name="Items">Reference and the destination's id of each draft.</param>
internal sealed record FinalizeBatch(string IdempotencyKey, IReadOnlyList<(string Reference, string DestinationId)> Items)
{
    /// <summary>The place that <see cref="IDestination.ReadyAsync"/> kept for it; null: it waits for its turn.</summary>
    public CallSlot? Slot { get; init; }
}

/// <summary>What came back: an outcome for every item, and both texts for the posting attempt (no secrets, at most 64 KiB each).</summary>
internal sealed record DestinationAnswer(IReadOnlyList<PostingOutcome> Outcomes, string Request, string Response);
