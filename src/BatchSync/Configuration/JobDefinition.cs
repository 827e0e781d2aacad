using System.Security.Cryptography;
using System.Text;
using BatchSync.Core.Alerting;
using BatchSync.Core.Scheduling;
using BatchSync.Core.Sources;
using BatchSync.Core.Time;

namespace BatchSync.Configuration;

/// <summary>One job as its YAML file says, checked: every name it uses exists.</summary>
internal sealed record JobDefinition
{
    public required string Name { get; init; }

    /// <summary>Part of every document's identity; unique among the jobs.</summary>
    public required string Series { get; init; }
    public required DateOnly BillFrom { get; init; }
    public ScheduleDefinition? Schedule { get; init; }
    public required PeriodRules Period { get; init; }
    public required SourceUse Source { get; init; }

    /// <summary>The mapping's name.</summary>
    public required string Mapping { get; init; }

    /// <summary>By entity code; <c>all</c> stands for every entity that has none of its own.</summary>
    public required IReadOnlyDictionary<string, DestinationUse> Destinations { get; init; }

    /// <summary>What part of a run's documents another host may post.</summary>
    public PartitionBy PartitionBy { get; init; }
    public required PostingRules Posting { get; init; }
    public required Limits Limits { get; init; }
    public required ReportDefinition Report { get; init; }

    /// <summary>Who is told what is wrong; null: nobody.</summary>
    public AlertDefinition? Alerts { get; init; }

    /// <summary>Path of the file it came from.</summary>
    public required string File { get; init; }
}

/// <param name="Cron">A Quartz expression that fires at most once on a local date.</param>
internal sealed record ScheduleDefinition(string Cron, TimeZoneInfo Zone)
{
    public IReadOnlyList<Holiday> Holidays { get; init; } = [];

    /// <summary>The job whose occurrence of the same date must be done first; null: none.</summary>
    public string? After { get; init; }
}

internal enum PartitionBy
{
    /// <summary>None: one host posts all of them.</summary>
    None,

    /// <summary>Those of a destination: each entity has a company of its own there.</summary>
    Entity,
}

internal enum DocumentDateRule
{
    PeriodEnd,
    CloseDate,
}

internal sealed record PeriodRules(PeriodKind Every, TimeSpan CloseAfter, DocumentDateRule DocumentDate);

/// <param name="Settings">By name; values are references.</param>
/// <param name="Lookback">Subtracted from the modified-since watermark.</param>
/// <param name="ApprovalRequired">Whether records that the source does not call approved are held.</param>
internal sealed record SourceUse(
    string Connector, IReadOnlyDictionary<string, ValueReference> Settings, IReadOnlyList<StreamKind> Streams, TimeSpan Lookback, bool ApprovalRequired)
{
    /// <summary>How long pages are kept as they were received; null: for ever.</summary>
    public TimeSpan? KeepRawPages { get; init; }

    public DeletesRule Deletes { get; init; } = new(DeletesBy.None, 45);
}

/// <summary>How records that vanish at the source are found.</summary>
internal enum DeletesBy
{
    /// <summary>Not at all, but for those that the source itself marks as deleted.</summary>
    None,

    /// <summary>The source lists them.</summary>
    Feed,

    /// <summary>A window of service dates is read whole by every run; what the store has in it and the reading does not show is missing.</summary>
    WindowDiff,
}

/// <param name="WindowDays">How many days back the window reaches; its last day is today.</param>
internal sealed record DeletesRule(DeletesBy By, int WindowDays);

internal sealed record DestinationUse(string Connector, IReadOnlyDictionary<string, ValueReference> Settings);

/// <summary>How documents are posted, and what becomes of records that change after that.</summary>
/// <param name="AsDraft">Documents stay drafts at the destination; else they are made final.</param>
internal sealed record PostingRules(bool AsDraft)
{
    public ApprovalRule Approval { get; init; }

    /// <summary>Codes of the only clients that are billed; null: all.</summary>
    public IReadOnlyList<string>? PilotClients { get; init; }
    public ChangePolicy OnChange { get; init; }
    public LateRule Late { get; init; }
}

/// <summary>Whether a person looks at a plan before anything is posted.</summary>
internal enum ApprovalRule
{
    None,

    /// <summary>Only an approved plan is posted.</summary>
    Plan,
}

/// <summary>What becomes of a document when a record in it is edited, deleted or mapped otherwise (money rules, section 9).</summary>
internal enum ChangePolicy
{
    /// <summary>Nothing; the reconciliation shows an open variance.</summary>
    Report,

    /// <summary>The next document carries adjustment lines.</summary>
    Delta,

    /// <summary>It is credited in full and billed again.</summary>
    CreditAndRebill,

    /// <summary>The draft is deleted and made again.</summary>
    Update,
}

/// <summary>Where a record goes that is first billable after the document of its period was posted.</summary>
internal enum LateRule
{
    /// <summary>To a further document of its own period.</summary>
    Supplement,

    /// <summary>To the document of the next period that has none yet.</summary>
    NextOpenPeriod,
}

/// <param name="Rejections">More rejected records than this and the run posts nothing.</param>
/// <param name="HoursPerEntry">Entries of more hours, either sign, are <c>rejected: invalid</c>.</param>
/// <param name="DatesFrom">Earlier local dates are <c>rejected: invalid</c>.</param>
/// <param name="DatesUntil">Later local dates are <c>rejected: invalid</c>; null: a year after the as-of date.</param>
/// <param name="NoteLength">Longer notes, in characters, are <c>rejected: invalid</c>.</param>
/// <param name="PagesPerSet">A page set that goes on longer has no end: the run stops.</param>
internal sealed record Limits(int Rejections, decimal HoursPerEntry, DateOnly DatesFrom, DateOnly? DatesUntil, int NoteLength, int PagesPerSet)
{
    /// <summary>A run that would change more posted documents changes none of them.</summary>
    public int ChangedDocuments { get; init; } = 5;

    /// <summary>The calls that a run may make to all its APIs together; null: as many as it takes.</summary>
    public int? Calls { get; init; }

    /// <summary>Where more records vanish at the source at once, none of them counts as deleted.</summary>
    public int Deletes { get; init; } = 20;
}

/// <param name="Folder">Where the CSV files of each run go.</param>
internal sealed record ReportDefinition(string Folder, CsvFormat Csv, EmailDefinition? Email);

internal sealed record CsvFormat(char Delimiter, char Decimal);

internal enum EmailWhen
{
    Always,

    /// <summary>Only runs with rejections, differences or a failure.</summary>
    Problems,
}

/// <summary>The proof by e-mail: through an SMTP server, or as .eml files in a pickup folder. One of the two is set.</summary>
/// <param name="MaxBytes">Attachments above this in all are zipped, and if that is not enough replaced by their paths.</param>
internal sealed record EmailDefinition(
    IReadOnlyList<string> To, string From, EmailWhen When, long MaxBytes, SmtpDefinition? Smtp, string? PickupFolder)
{
    /// <summary>The section of the job that says so, for messages.</summary>
    public string Field { get; init; } = "report.email";
}

/// <param name="StartTls">The connection is encrypted before anything is said; a server that does not offer it is an error.</param>
internal sealed record SmtpDefinition(ValueReference Host, int Port, bool StartTls, ValueReference? User, ValueReference? Password);

/// <summary>Who is told what is wrong with a job.</summary>
/// <param name="FailuresOver">So many failed runs in a row are not told.</param>
/// <param name="RejectionsOver">So many rejected records are not told.</param>
/// <param name="MissedAfter">How long after its schedule fired a run must have come to an end.</param>
/// <param name="Heartbeat">A URL that is asked for after each run that did its work; null: none.</param>
internal sealed record AlertDefinition(IReadOnlyList<AlertRoute> Routes, int FailuresOver, int RejectionsOver, TimeSpan MissedAfter, ValueReference? Heartbeat);

/// <summary>Where alerts go.</summary>
internal abstract record AlertRoute
{
    /// <summary>The store knows what a route was told by its name.</summary>
    public const int LongestName = 300;

    private AlertRoute(IReadOnlyList<AlertKind> on) => On = on;

    /// <summary>What it is told of.</summary>
    public IReadOnlyList<AlertKind> On { get; }

    /// <summary>What tells it from the others of its job: where it goes, without secrets. It is the same as long as that is.</summary>
    public string Name => Target.Length <= LongestName ? Target : $"{Target[..(LongestName - 40)]}... {Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Target)))[..32]}";

    protected abstract string Target { get; }

    internal sealed record Email(IReadOnlyList<AlertKind> Kinds, EmailDefinition Mail) : AlertRoute(Kinds)
    {
        protected override string Target => $"e-mail to {string.Join(", ", Mail.To)}";
    }

    internal sealed record Webhook(IReadOnlyList<AlertKind> Kinds, ValueReference Url, IReadOnlyDictionary<string, ValueReference> Headers) : AlertRoute(Kinds)
    {
        protected override string Target => $"webhook {Url.Text}";
    }
}
