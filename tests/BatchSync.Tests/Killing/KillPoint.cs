namespace BatchSync.Tests.Killing;

/// <summary>A moment of a run at which its process is killed.</summary>
/// <param name="Name">As the test's name says it.</param>
/// <param name="Event">What is seen of the run then: <c>step map</c>, or a call, the how many-eth of its path, and how far it has come.</param>
/// <param name="IsDelayed">The call is still on its way when the process dies, and is carried out while the next run is at work.</param>
internal sealed record KillPoint(string Name, string Event, bool IsDelayed = false)
{
    private const string Entries = "GET /time/v1/time_entries";
    private const string Expenses = "GET /time/v1/expenses";
    private const string LookUp = "GET /books/v1/invoices";
    private const string Create = "POST /books/v1/invoices/bulk";
    private const string Finalize = "POST /books/v1/invoices/finalize";
    private const string Withdraw = "POST /books/v1/invoices/delete";

    /// <summary>
    /// Every step, and every call of an undisturbed run. A read is killed while its answer is on the way; a call that changes the books, and
    /// so stands between two commits of the store, before it is carried out, before its answer is out, and while the outcome is being stored.
    /// </summary>
    public static IReadOnlyList<KillPoint> All { get; } =
    [
        new("after step resolve", "step resolve"),
        new("after step extract", "step extract"),
        new("after step map", "step map"),
        new("after step changes", "step changes"),
        new("after step bill", "step bill"),
        new("after step post", "step post"),
        new("after step reconcile", "step reconcile"),
        new("after step report", "step report"),
        new("company probe", "GET /books/v1/company #1 answered"),
        new("source probe", "GET /time/v1/account #1 answered"),
        new("page 1 of time entries requested", $"{Entries} #1 requested"),
        new("page 1 of time entries answered", $"{Entries} #1 answered"),
        new("page 1 of time entries being staged", $"{Entries} #1 returned"),
        new("page 2 of time entries requested", $"{Entries} #2 requested"),
        new("page 2 of time entries answered", $"{Entries} #2 answered"),
        new("page 1 of expenses", $"{Expenses} #1 answered"),
        new("page 2 of expenses", $"{Expenses} #2 answered"),
        new("look-up of all that is ready", $"{LookUp} #1 answered"),
        new("create of batch 1 not carried out", $"{Create} #1 requested"),
        new("create of batch 1 carried out after the process died", $"{Create} #1 requested", IsDelayed: true),
        new("create of batch 1 carried out, not answered", $"{Create} #1 answered"),
        new("create of batch 1 answered, outcome being stored", $"{Create} #1 returned"),
        new("create of batch 2 not carried out", $"{Create} #2 requested"),
        new("create of batch 2 carried out after the process died", $"{Create} #2 requested", IsDelayed: true),
        new("create of batch 2 carried out, not answered", $"{Create} #2 answered"),
        new("create of batch 2 answered, outcome being stored", $"{Create} #2 returned"),
        new("read-back of batch 1", $"{LookUp} #2 answered"),
        new("finalize of batch 1 not carried out", $"{Finalize} #1 requested"),
        new("finalize of batch 1 carried out, not answered", $"{Finalize} #1 answered"),
        new("finalize of batch 1 answered, outcome being stored", $"{Finalize} #1 returned"),
        new("read-back of batch 2", $"{LookUp} #3 answered"),
        new("finalize of batch 2 not carried out", $"{Finalize} #2 requested"),
        new("finalize of batch 2 carried out, not answered", $"{Finalize} #2 answered"),
        new("finalize of batch 2 answered, outcome being stored", $"{Finalize} #2 returned"),
        new("read-back of the reconciliation", $"{LookUp} #4 answered"),
    ];

    /// <summary>The calls of a run that deletes drafts and makes them anew.</summary>
    public static IReadOnlyList<KillPoint> OfWithdrawal { get; } =
    [
        new("withdraw not carried out", $"{Withdraw} #1 requested"),
        new("withdraw carried out, not answered", $"{Withdraw} #1 answered"),
        new("withdraw answered, outcome being stored", $"{Withdraw} #1 returned"),
    ];

    /// <summary>Kills of one run after the other, the last of which is left in peace.</summary>
    public static IReadOnlyList<KillSequence> Sequences { get; } =
    [
        new("create unanswered, then the settling look-up, then the read-back",
            [new("", $"{Create} #1 answered"), new("", $"{LookUp} #1 answered"), new("", $"{LookUp} #2 answered")]),
        new("create of batch 1 lost twice", [new("", $"{Create} #1 requested"), new("", $"{Create} #1 requested")]),
        new("page 2, then after bill, then finalize unanswered",
            [new("", $"{Entries} #2 answered"), new("", "step bill"), new("", $"{Finalize} #1 answered")]),
        new("create of batch 2 delayed, then the wait until it has settled", [new("", $"{Create} #2 requested", IsDelayed: true), new("", "step settle")]),
    ];

    /// <summary>Whether the run's own row in the store is certainly open then.</summary>
    public bool IsWithinRun => Event != "step report";

    /// <summary>Whether the process waits for an answer then, so that the kill cannot come late.</summary>
    public bool HoldsTheProcess => Event.EndsWith(" requested", StringComparison.Ordinal) || Event.EndsWith(" answered", StringComparison.Ordinal);

    public override string ToString() => Name;
}

/// <param name="Points">One a run, in this order.</param>
internal sealed record KillSequence(string Name, IReadOnlyList<KillPoint> Points)
{
    public override string ToString() => Name;
}
