namespace BatchSync.Http;

/// <summary>How many calls a run may make to all its APIs together. Every try counts; calls for tokens do not.</summary>
/// <param name="limit">Null: as many as it takes.</param>
internal sealed class CallBudget(int? limit)
{
    private int _used;

    public int? Limit => limit;

    /// <summary>How many are left; null: as many as it takes.</summary>
    public int? Left => limit - Volatile.Read(ref _used);

    /// <summary>Takes one call.</summary>
    /// <returns>False where none is left.</returns>
    public bool TryTake()
    {
        if (Interlocked.Increment(ref _used) <= (limit ?? int.MaxValue)) return true;
        Interlocked.Decrement(ref _used);
        return false;
    }
}

/// <summary>Lets calls through while the run's budget lasts.</summary>
internal sealed class BudgetHandler(CallBudget budget, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => budget.TryTake()
        ? base.SendAsync(request, cancellationToken)
        : throw new OutsideException(
            OutsideFault.Transient,
            FormattableString.Invariant($"{request.Method} {ApiAddress.Shown(request.RequestUri!)} was not sent: the {budget.Limit} calls that a run may make (limits.calls) are used up. Raise the limit where every run ends so."));
}
