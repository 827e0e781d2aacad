using BatchSync.Core.Posting;
using BatchSync.Core.Retry;
using BatchSync.Core.Sources;

namespace BatchSync.Configuration;

/// <summary>
/// A text that may point elsewhere: a literal, <c>setting:NAME</c> (the job's settings for this connector), <c>env:NAME</c> or <c>file:PATH</c>.
/// Resolved as late as possible; what came from env or file is never printed.
/// </summary>
internal sealed record ValueReference(string Text);

/// <summary>How calls are signed. Values are references, never secrets.</summary>
internal abstract record Authentication
{
    private Authentication() { }

    internal sealed record None : Authentication;

    /// <summary><c>Authorization: Bearer token</c>.</summary>
    internal sealed record Bearer(ValueReference Token) : Authentication;

    internal sealed record Basic(ValueReference User, ValueReference Password) : Authentication;

    /// <summary>A header of the API's own name with the key.</summary>
    internal sealed record ApiKey(string Header, ValueReference Key) : Authentication;

    /// <summary>OAuth2: the client signs in for itself.</summary>
    internal sealed record ClientCredentials(OAuthClient Client) : Authentication;

    /// <summary>OAuth2: a person let the client in once, and a refresh token that changes with every use lets it in again.</summary>
    /// <param name="AuthorizeUrl">Where the person goes; null: refresh tokens are only brought.</param>
    /// <param name="Account">Tells sign-ins of one client apart, such as the company's id; null: there is one.</param>
    internal sealed record RefreshToken(OAuthClient Client, ValueReference? AuthorizeUrl, ValueReference? Account) : Authentication;
}

/// <summary>A client of an OAuth2 server.</summary>
/// <param name="TokenUrl">Absolute, or a path that is added to the base URL.</param>
/// <param name="Secret">Null: a public client.</param>
/// <param name="SecretInBody">Whether id and secret stand in the form; else they are the user and password of Basic.</param>
internal sealed record OAuthClient(ValueReference TokenUrl, ValueReference Id, ValueReference? Secret, IReadOnlyList<string> Scopes, bool SecretInBody);

/// <summary>How an API is reached.</summary>
/// <param name="BaseUrl">Absolute; paths are added to it.</param>
/// <param name="Headers">Sent with every call.</param>
/// <param name="Timeout">Of one call.</param>
/// <param name="Attempts">Tries of one repeatable call in all, 1 and up.</param>
/// <param name="MaxDelay">The longest wait for the turn of a call, between two tries and for Retry-After too.</param>
internal sealed record ApiDefinition(
    ValueReference BaseUrl, Authentication Authentication, IReadOnlyDictionary<string, ValueReference> Headers, TimeSpan Timeout, int Attempts, TimeSpan MaxDelay)
{
    /// <summary>Statuses by which this API says that too much was asked of it, beside 429.</summary>
    public IReadOnlyList<int> BusyStatuses { get; init; } = [];

    /// <summary>The header with how long to wait: seconds or a date.</summary>
    public string RetryAfterHeader { get; init; } = "Retry-After";

    /// <summary>The header with the name of what a call is for; null: it takes none.</summary>
    public string? CorrelationHeader { get; init; }

    /// <summary>Whether it takes bodies compressed by gzip.</summary>
    public bool TakesGzip { get; init; }

    /// <summary>How much may be asked of it, all of them at once; none: it does not say.</summary>
    public IReadOnlyList<ApiAllowance> Allowances { get; init; } = [];

    /// <summary>Calls under way at once, 1 and up.</summary>
    public int AtOnce { get; init; } = 1;

    /// <summary>How long the turn of a call is waited for: a span of the longest wait is waited out, with the part of it in which its last call is counted.</summary>
    public TimeSpan Patience => MaxDelay + (MaxDelay / 50);

    /// <summary>What a status means at this API.</summary>
    public HttpStatusKind KindOf(int status) => BusyStatuses.Contains(status) ? HttpStatusKind.Busy : HttpStatusTable.KindOf(status);
}

/// <summary>One allowance of an API, and where its answers say what is left of it.</summary>
/// <param name="RemainingHeader">Null: nowhere.</param>
/// <param name="ResetsHeader">Where they say when it is whole again, in seconds or as an instant; null: nowhere.</param>
internal sealed record ApiAllowance(Allowance Allowance, string? RemainingHeader, string? ResetsHeader);

/// <summary>An API or file format that is read.</summary>
/// <param name="ProbePath">Path of a call that must succeed before an extract is believed; null for files.</param>
/// <param name="ProbeField">A field that the probe's answer must have; null: any 2xx will do.</param>
internal sealed record SourceConnector(
    string Name, ApiDefinition? Api, string? ProbePath, string? ProbeField, CsvDefinition? Csv, IReadOnlyDictionary<StreamKind, StreamDefinition> Streams);

/// <summary>How exports are read: which files, and how text in them is meant.</summary>
/// <param name="Folder">Where the files are.</param>
/// <param name="Delimiter">One character.</param>
/// <param name="Culture">Of numbers and dates, such as <c>en-US</c> or <c>de-DE</c>; empty: invariant.</param>
internal sealed record CsvDefinition(ValueReference Folder, string Delimiter, string Culture, string Encoding);

/// <summary>How one stream is read.</summary>
/// <param name="Path">Of the API, or the file pattern (<c>expenses-*.csv</c>) of a CSV connector.</param>
/// <param name="Query">Fixed parameters.</param>
/// <param name="Records">Where the rows stand in the body: a path; empty: the body itself is the list.</param>
/// <param name="StatedTotal">Where the source states the number of rows in the set; null: nowhere.</param>
/// <param name="ModifiedSince">Name of the parameter for changed-since; null: the API has none.</param>
/// <param name="FromDate">Name of the parameter for the first service date, inclusive.</param>
/// <param name="ToDate">Name of the parameter for the last service date, inclusive.</param>
/// <param name="Where">Rows for which this path is absent or empty belong to no record of this stream; null: every row does.</param>
/// <param name="Fields">Canonical field to where its value stands.</param>
internal sealed record StreamDefinition(
    StreamKind Stream, string Path, IReadOnlyDictionary<string, ValueReference> Query, Pagination Pagination, string Records, string? StatedTotal,
    string? ModifiedSince, string? FromDate, string? ToDate, string? Where, IReadOnlyDictionary<string, FieldDefinition> Fields)
{
    /// <summary>Stands in <see cref="ById"/> where the id goes.</summary>
    public const string IdPlace = "{id}";

    /// <summary>Path of the call for one record; 404 and 410 mean that there is none. Null: the API has none.</summary>
    public string? ById { get; init; }

    /// <summary>How the list of deleted records is read: rows of an id and an instant, all of them gone. Null: the API has none.</summary>
    public StreamDefinition? Deletions { get; init; }
}

/// <summary>Where a canonical field's value stands and how its text is read.</summary>
/// <param name="Path">Dotted path into the row, with <c>[key=value]</c> to pick from a list; a column name for CSV. Null with a constant.</param>
/// <param name="Constant">A fixed value for every row; null with a path.</param>
/// <param name="As">How the text is read.</param>
/// <param name="TrueValues">With <see cref="ValueKind.Boolean"/>: the texts that mean true; empty: true, 1, yes.</param>
/// <param name="Format">With dates and instants: an exact .NET format; null: ISO 8601.</param>
internal sealed record FieldDefinition(string? Path, string? Constant, ValueKind As, IReadOnlyList<string> TrueValues, string? Format);

/// <summary>The closed list of ways in which a value is read.</summary>
internal enum ValueKind
{
    Text,
    Boolean,

    /// <summary>True where the value is false: <c>approved</c> from <c>is_open</c>.</summary>
    Not,
    Decimal,

    /// <summary>Decimal hours to whole seconds, half-up.</summary>
    Hours,

    /// <summary>Decimal hours that the source rounded to two decimals, to whole minutes, half-up.</summary>
    HoursRepairedToMinute,
    Minutes,
    Seconds,

    /// <summary>ISO 8601 duration such as <c>PT1H30M</c>.</summary>
    Duration,
    Date,

    /// <summary>ISO 8601 with an offset or Z.</summary>
    Instant,
}

/// <summary>The rule for the next page.</summary>
internal abstract record Pagination
{
    private Pagination() { }

    /// <summary>One page is all.</summary>
    internal sealed record None : Pagination;

    /// <summary>The body gives an opaque cursor at a path; it is sent back in a parameter. Ends when absent, null or empty.</summary>
    internal sealed record Cursor(string Path, string Parameter) : Pagination;

    /// <summary>The body gives the next URL at a path or, where the path is null, the <c>Link</c> header does with rel="next".</summary>
    internal sealed record Link(string? Path) : Pagination;

    /// <summary>Pages are numbered; ends at the stated last page, else at a page with fewer rows than the size.</summary>
    internal sealed record Page(string Parameter, int First, string? TotalPages, string? SizeParameter, int Size) : Pagination;

    /// <summary>Rows are skipped; ends at the stated total, else at a page with fewer rows than the limit. Cannot be resumed.</summary>
    internal sealed record Offset(string Parameter, string LimitParameter, int Limit) : Pagination;
}

/// <summary>An accounting API, or a plain-text ledger file, that takes documents.</summary>
internal abstract record DestinationConnector
{
    private DestinationConnector(string name) => Name = name;

    public string Name { get; }

    internal sealed record Rest(string Connector, ApiDefinition Api, RestDestinationDefinition Documents) : DestinationConnector(Connector);

    internal sealed record Journal(string Connector, JournalDefinition Definition) : DestinationConnector(Connector);
}

/// <summary>How a REST accounting API takes documents.</summary>
/// <param name="Company">Path of the call that says who we talk to, with the fields of tenant and environment (null: <c>production</c>).</param>
/// <param name="Create">Path of the bulk endpoint, the name under which the documents stand in the body (empty: the body is the list), and the most in one call.</param>
/// <param name="DraftField">Field of a document that says draft, with the values for draft and final; null where there are none.</param>
/// <param name="IdempotencyHeader">Null: the API takes none.</param>
/// <param name="LookUp">Path of the look-up, its parameter for the references and what separates them, and the most in one call.</param>
/// <param name="Finalize">Path of the call that makes drafts final; null where the API has no drafts.</param>
internal sealed record RestDestinationDefinition(
    CompanyCall Company, CreateCall Create, LookUpCall LookUp, FinalizeCall? Finalize, string? IdempotencyHeader,
    IReadOnlyDictionary<string, string> DocumentFields, string LinesField, IReadOnlyDictionary<string, string> LineFields,
    string? TaxesField, IReadOnlyDictionary<string, string> TaxFields,
    string InvoiceValue, string CreditNoteValue, int ReferenceLength, int QuantityDecimals, TimeSpan Settle)
{
    /// <summary>The call that deletes drafts; null where the API has none.</summary>
    public WithdrawCall? Withdraw { get; init; }

    /// <summary>How withholding and retainers are posted.</summary>
    public DeductionRules Deductions { get; init; } = DeductionRules.None;

    /// <summary>Decimals of an exchange rate that the API stores; null: none is sent.</summary>
    public int? RateDecimals { get; init; }

    /// <summary>Whether a document is created as a draft: a field of it says so.</summary>
    public bool HasDrafts => Create.DraftField is not null || DocumentFields.Values.Contains("status");
}

internal sealed record CompanyCall(string Path, string TenantField, string? EnvironmentField)
{
    /// <summary>Where the answer has the last day on which the books are locked; null: nowhere.</summary>
    public string? LockedThroughField { get; init; }
}

/// <param name="Results">Where the outcomes stand in the answer: one an item, in any order.</param>
/// <param name="ResultReference">Field of an outcome with our reference.</param>
/// <param name="ResultStatus">Field of an outcome with its status, and which values mean what.</param>
internal sealed record CreateCall(
    string Path, string Envelope, int BatchSize, string? DraftField, string DraftValue, string FinalValue,
    string Results, string ResultReference, string ResultId, string ResultStatus,
    IReadOnlyList<string> CreatedValues, IReadOnlyList<string> DuplicateValues, string ErrorCode, string ErrorMessage);

/// <param name="Fields">Read-back fields: reference, id, client, type, currency, net, tax, total, status.</param>
/// <param name="Statuses">What the values of the status field mean.</param>
internal sealed record LookUpCall(string Path, string Parameter, string Separator, int BatchSize, string Results, IReadOnlyDictionary<string, string> Fields, StatusValues Statuses);

/// <summary>The values of a status field by what they mean; no value means two things, and one that is not listed means final.</summary>
internal sealed record StatusValues(IReadOnlyList<string> Draft, IReadOnlyList<string> PartPaid, IReadOnlyList<string> Paid, IReadOnlyList<string> Voided)
{
    public DocumentStanding StandingOf(string status) =>
        Draft.Contains(status, StringComparer.Ordinal) ? DocumentStanding.Draft
        : PartPaid.Contains(status, StringComparer.Ordinal) ? DocumentStanding.PartPaid
        : Paid.Contains(status, StringComparer.Ordinal) ? DocumentStanding.Paid
        : Voided.Contains(status, StringComparer.Ordinal) ? DocumentStanding.Voided
        : DocumentStanding.Final;
}

internal sealed record FinalizeCall(
    string Path, string Envelope, string Results, string ResultId, string ResultStatus, IReadOnlyList<string> FinalValues, string ErrorCode, string ErrorMessage);

/// <param name="WithdrawnValues">Values of the status that mean: deleted now.</param>
/// <param name="GoneValues">Values of the status that mean: it was gone before.</param>
internal sealed record WithdrawCall(
    string Path, string Envelope, string Results, string ResultId, string ResultStatus, IReadOnlyList<string> WithdrawnValues, IReadOnlyList<string> GoneValues, string ErrorCode, string ErrorMessage);

/// <summary>How a plain-text ledger is written.</summary>
/// <param name="File">The ledger file; made where it does not exist.</param>
/// <param name="Receivable">Account under which every client gets its own.</param>
/// <param name="Income">Account under which every revenue account gets its own.</param>
/// <param name="TaxPayable">Account under which every tax code gets its own.</param>
internal sealed record JournalDefinition(ValueReference File, string Receivable, string Income, string TaxPayable)
{
    /// <summary>Account under which the withholding of every client gets its own; null: withholding is not posted.</summary>
    public string? Withholding { get; init; }

    /// <summary>Account under which the retainer of every client has its own; null: retainers are not posted.</summary>
    public string? Retainer { get; init; }

    /// <summary>Whether amounts in a foreign currency carry the document's exchange rate.</summary>
    public bool Prices { get; init; }
}
