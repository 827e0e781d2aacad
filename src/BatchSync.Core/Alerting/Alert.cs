namespace BatchSync.Core.Alerting;

/// <summary>What may be wrong at a job. The names, in kebab case, stand in jobs and in what receivers get.</summary>
public enum AlertKind
{
    /// <summary>Its newest runs failed.</summary>
    Failure,

    /// <summary>Records cannot be billed until somebody mends them.</summary>
    Rejections,

    /// <summary>Something does not tie out, and nobody has let it stand.</summary>
    Differences,

    /// <summary>No run came to an end since its schedule fired.</summary>
    Missed,

    /// <summary>Destinations refused documents for good.</summary>
    DeadLetters,
}

/// <summary>How much of one kind is wrong at a job now.</summary>
/// <param name="Count">Failed runs in a row, records, differences, dates, documents; 0: all is well.</param>
/// <param name="Newest">Since when the newest of them is there; null where only their number is known.</param>
public sealed record Finding(AlertKind Kind, long Count, DateTimeOffset? Newest)
{
    /// <summary>Whether all that counts was looked at. Where it was not, as after a run that stopped on its way, fewer than before says nothing.</summary>
    public bool IsWhole { get; init; } = true;

    /// <summary>What a job does not want to be told of: no more of it than its limit counts as none.</summary>
    public Finding Over(long limit) => Count > limit ? this : this with { Count = 0, Newest = null };
}

/// <summary>Something that is wrong at a job, from when it was noticed until it is well again. Of each kind one stands at a time.</summary>
/// <param name="Count">As it was found last.</param>
/// <param name="Newest">As it was found last.</param>
/// <param name="Notice">What there is to tell has this number: 1 says that it is there, each further one that it grew, still stands, or is well again.</param>
/// <param name="NoticeAt">Since when there is that to tell.</param>
/// <param name="ResolvedAt">Null while it stands.</param>
public sealed record Alert(AlertKind Kind, long Count, DateTimeOffset? Newest, DateTimeOffset RaisedAt, int Notice, DateTimeOffset NoticeAt, DateTimeOffset? ResolvedAt);

/// <summary>What a notice says.</summary>
public enum NoticeState
{
    /// <summary>It was not there before.</summary>
    Raised,

    /// <summary>It was told before, and has grown or stood for long since.</summary>
    Still,

    /// <summary>It is well again.</summary>
    Resolved,
}
