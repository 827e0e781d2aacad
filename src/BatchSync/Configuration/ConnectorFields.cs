using System.Globalization;
using System.Text.RegularExpressions;
using BatchSync.Configuration.Fields;
using BatchSync.Configuration.Schemas;
using BatchSync.Core.Posting;

namespace BatchSync.Configuration;

/// <summary>The fields of connector files: two of sources (REST, CSV) and two of destinations (REST, journal).</summary>
internal static class ConnectorFields
{
    public const string SourceKind = "source";
    public const string DestinationKind = "destination";

    public static readonly FieldSpec<string> Name = new("connector", Kinds.Name, "The connector's name, unique among the connectors. Jobs name it.") { Example = "harvest" };

    /// <summary>What is read first, to know which fields the rest may have.</summary>
    public static readonly FieldSpec<string> Kind = KindOf(SourceKind, DestinationKind);
    public static readonly FieldSpec<string> Type = TypeOf("rest", "csv", "journal");
    public static readonly SectionSpec Head = new("connector", "A connector.", [Name, SchemaVersion.Field, Kind, Type]);

    public static FieldSpec<string> KindOf(params string[] values) => new("kind", Kinds.Choice(values), "Whether records are read from it, or documents are sent to it.") { Example = values[0] };

    public static FieldSpec<string> TypeOf(params string[] values) => new("type", Kinds.Choice(values), "`rest`: an API of JSON over HTTP; `csv`: files of exported records; `journal`: a plain-text ledger file.") { Example = values[0] };
}

/// <summary>One kind of connector, by the values of <c>kind</c> and <c>type</c>.</summary>
internal sealed record ConnectorVariant(string Kind, string Type, SectionSpec Spec)
{
    public static readonly IReadOnlyList<ConnectorVariant> All =
    [
        new(ConnectorFields.SourceKind, "rest", RestSourceFields.Spec),
        new(ConnectorFields.SourceKind, "csv", CsvSourceFields.Spec),
        new(ConnectorFields.DestinationKind, "rest", RestDestinationFields.Spec),
        new(ConnectorFields.DestinationKind, "journal", JournalFields.Spec),
    ];

    public bool IsSource => Kind == ConnectorFields.SourceKind;
}

/// <summary>How an API is reached: alike for sources and destinations.</summary>
internal static class ApiFields
{
    public static readonly FieldSpec<ValueReference> BaseUrl = new("baseUrl", References.OfConnector, "Absolute `https` or `http` address; paths are added to it.") { Example = "https://api.harvestapp.com/v2" };

    public static readonly FieldSpec<Section> Auth = new("auth", Kinds.SectionOf(AuthFields.Spec), "How calls are signed. Without it, they are not.") { IsOptional = true, Example = "{ bearer: setting:token }" };

    public static readonly FieldSpec<IReadOnlyList<Named<ValueReference>>> Headers = new("headers", Kinds.MapOf(Texts.Header, References.OfConnector), "Headers that every call has.")
    {
        Default = "{}",
        Example = "{ Harvest-Account-Id: setting:accountId }",
    };

    public static readonly FieldSpec<Section> Calls = new("calls", Kinds.SectionOf(CallFields.Spec), "How long, how often and how fast the API is called.") { Default = "{}", Example = "{ timeout: 30s, attempts: 3 }" };

    public static readonly IReadOnlyList<FieldSpec> All = [BaseUrl, Auth, Headers, Calls];
}

internal static class CallFields
{
    public static readonly FieldSpec<TimeSpan> Timeout = new("timeout", Kinds.Duration("1s", "10m"), "How long one call may take.") { Default = "100s" };

    public static readonly FieldSpec<int> Attempts = new("attempts", Kinds.Whole(1, 20, "calls"), "How often a call that may be repeated is tried in all.") { Default = "5" };

    public static readonly FieldSpec<TimeSpan> MaxDelay = new("maxDelay", Kinds.Duration("1s", "1h"), "The longest wait for the turn of a call: between two tries, or for its place in the allowance. Where the API asks for more, it is not called again in this run.") { Default = "60s" };

    public const string Gzip = "gzip";

    public static readonly FieldSpec<IReadOnlyList<Found<int>>> Busy = new("busy", Kinds.ListOf(Kinds.Whole(400, 499, "status")), "Statuses by which this API says that too much was asked of it, beside 429: such a call was certainly not carried out, and is tried again.") { Default = "[]", Example = "[402]" };

    public static readonly FieldSpec<string> RetryAfter = new("retryAfter", Texts.Header, "The header that says how long to wait, in seconds or as a date.") { Default = "Retry-After", Example = "X-Toggl-Quota-Resets-In" };

    public static readonly FieldSpec<string> CorrelationHeader = new("correlationHeader", Texts.Header, "A header in which the API takes the name of what a call is for: `H-12` for run 12 of series H, `H-12-345` for its posting attempt 345. The same name stands in our log, spans and attempts. Left out: it is not told.")
    {
        IsOptional = true,
        Example = "X-Request-Id",
    };

    public static readonly FieldSpec<string> Compress = new("compress", Kinds.Choice("none", Gzip), "How bodies that we send are compressed; only where the API takes it.") { Default = "none", Example = Gzip };

    public static readonly FieldSpec<int> Calls = new("calls", Kinds.Whole(1, 1_000_000, "calls"), "How many calls.") { Example = "100" };

    public static readonly FieldSpec<TimeSpan> Per = new("per", Kinds.Duration("1s", "31d"), "In any span of this length.") { Example = "15s" };

    public static readonly FieldSpec<string> Remaining = new("remaining", Texts.Header, "The header that says how many are left. Where it says less than we counted, somebody else calls too, and it is believed.") { IsOptional = true, Example = "X-MinLimit-Remaining" };

    public static readonly FieldSpec<string> Resets = new("resets", Texts.Header, "The header that says when all are there again: in seconds, as seconds since 1970, or as a date.") { IsOptional = true, Example = "X-RateLimit-Reset" };

    public static readonly SectionSpec AllowanceSpec = new("connector: calls: allowance", "How many calls the API allows in a span of time.", [Calls, Per, Remaining, Resets]);

    public static readonly FieldSpec<IReadOnlyList<Found<Section>>> Allowance = new(
        "allowance",
        Kinds.ListOf(Kinds.SectionOf(AllowanceSpec)),
        "How many calls the API allows, one entry for each span that it counts by; all of them are kept, over runs and hosts on the same store. Without it, calls go until the API says that it is busy. A least gap of a second is `{ calls: 1, per: 1s }`.")
    {
        Default = "[]",
        Example = "[{ calls: 60, per: 1m, remaining: X-MinLimit-Remaining }, { calls: 5000, per: 1d }]",
    };

    public static readonly FieldSpec<int> InFlight = new("inFlight", Kinds.Whole(1, 100, "calls"), "How many calls may be under way at once. Halved each time the API says that it is busy, and raised again slowly.") { Default = "1", Example = "5" };

    public static readonly SectionSpec Spec = new("connector: calls", "How long, how often and how fast the API is called.", [Timeout, Attempts, MaxDelay, Busy, RetryAfter, CorrelationHeader, Compress, Allowance, InFlight]);
}

internal static class AuthFields
{
    public static readonly FieldSpec<ValueReference> Bearer = new("bearer", References.SecretOfConnector, "A token, sent as `Authorization: Bearer`.") { IsOptional = true, Example = "setting:token" };

    public static readonly FieldSpec<ValueReference> User = new("user", References.SecretOfConnector, "The user.") { Example = "setting:user" };

    public static readonly FieldSpec<ValueReference> Password = new("password", References.SecretOfConnector, "The password.") { Example = "setting:password" };

    public static readonly SectionSpec BasicSpec = new("connector: auth: basic", "User and password.", [User, Password]);

    public static readonly FieldSpec<Section> Basic = new("basic", Kinds.SectionOf(BasicSpec), "User and password, sent as `Authorization: Basic`.") { IsOptional = true, Example = "{ user: setting:user, password: setting:password }" };

    public static readonly FieldSpec<string> Header = new("header", Texts.Header, "The header's name.") { Example = "X-Redmine-API-Key" };

    public static readonly FieldSpec<ValueReference> Key = new("key", References.SecretOfConnector, "The key itself.") { Example = "setting:apiKey" };

    public static readonly SectionSpec ApiKeySpec = new("connector: auth: apiKey", "A key in a header of the API's own.", [Header, Key]);

    public static readonly FieldSpec<Section> ApiKey = new("apiKey", Kinds.SectionOf(ApiKeySpec), "A key in a header of the API's own.") { IsOptional = true, Example = "{ header: X-Redmine-API-Key, key: setting:apiKey }" };

    public static readonly FieldSpec<ValueReference> TokenUrl = new("tokenUrl", References.OfConnector, "Where tokens are had: an absolute `https` address, or a path that is added to `baseUrl`.") { Example = "https://login.example.com/oauth/token" };

    public static readonly FieldSpec<ValueReference> ClientId = new("clientId", References.OfConnector, "The client's id.") { Example = "setting:clientId" };

    public static readonly FieldSpec<ValueReference> ClientSecret = new("clientSecret", References.SecretOfConnector, "The client's secret.") { Example = "setting:clientSecret" };

    public static readonly FieldSpec<ValueReference> OptionalSecret = ClientSecret with { Description = "The client's secret. Left out: a public client.", IsOptional = true };

    public static readonly FieldSpec<IReadOnlyList<Found<string>>> Scopes = new("scopes", Kinds.ListOf(Kinds.Text), "What the client may do there.") { Default = "[]", Example = "[accounting, offline_access]" };

    public static readonly FieldSpec<string> SecretIn = new("secretIn", Kinds.Choice("header", "body"), "Where id and secret stand in a call for tokens: `header`, as user and password, or `body`, in the form.") { Default = "header" };

    public static readonly SectionSpec ClientCredentialsSpec = new("connector: auth: oauth2ClientCredentials", "OAuth2, where the client signs in for itself.", [TokenUrl, ClientId, ClientSecret, Scopes, SecretIn]);

    public static readonly FieldSpec<Section> ClientCredentials = new("oauth2ClientCredentials", Kinds.SectionOf(ClientCredentialsSpec), "OAuth2, where the client signs in for itself. Access tokens are kept in memory only.")
    {
        IsOptional = true,
        Example = "{ tokenUrl: https://login.example.com/token, clientId: setting:clientId, clientSecret: setting:clientSecret }",
    };

    public static readonly FieldSpec<ValueReference> AuthorizeUrl = new("authorizeUrl", References.OfConnector, "Where a person lets the client in; `auth login` shows it. Left out: refresh tokens are only brought with `--refresh-token`.") { IsOptional = true, Example = "https://login.example.com/oauth/authorize" };

    public static readonly FieldSpec<ValueReference> Account = new("account", References.OfConnector, "Tells sign-ins of one client apart, such as the company's id. Left out: there is one.") { IsOptional = true, Example = "setting:realm" };

    public static readonly SectionSpec RefreshTokenSpec = new(
        "connector: auth: oauth2RefreshToken", "OAuth2, where a person lets the client in once.", [TokenUrl, AuthorizeUrl, ClientId, OptionalSecret, Scopes, Account, SecretIn]);

    public static readonly FieldSpec<Section> RefreshToken = new(
        "oauth2RefreshToken",
        Kinds.SectionOf(RefreshTokenSpec),
        "OAuth2, where a person lets the client in once: `batchsync auth login CONNECTOR`. The refresh token, which may change with every use, is kept in the store, sealed with the key in the file that `BATCHSYNC_KEY_FILE` names.")
    {
        IsOptional = true,
        Example = "{ tokenUrl: https://login.example.com/token, authorizeUrl: https://login.example.com/authorize, clientId: setting:clientId }",
    };

    private static readonly FieldSpec[] Ways = [Bearer, Basic, ApiKey, ClientCredentials, RefreshToken];

    public static readonly SectionSpec Spec = new("connector: auth", "How calls are signed.", Ways) { ExactlyOne = [Ways] };
}

internal static class RestSourceFields
{
    public static readonly FieldSpec<string> ProbePath = new("path", Texts.ApiPath, "The call.") { Example = "/users/me" };

    public static readonly FieldSpec<string> ProbeField = new("field", Texts.JsonPath, "A field that the answer must have. Left out: any answer that is a success will do.") { IsOptional = true, Example = "id" };

    public static readonly SectionSpec ProbeSpec = new("connector (REST source): probe", "A call that must succeed before an extract is believed, above all an empty one.", [ProbePath, ProbeField]);

    public static readonly FieldSpec<Section> Probe = new("probe", Kinds.SectionOf(ProbeSpec), "A call that must succeed before an extract is believed, above all an empty one.") { Example = "{ path: /users/me, field: id }" };

    public static readonly FieldSpec<Section> Streams = new("streams", Kinds.SectionOf(StreamFields.AllOf("connector (REST source)", StreamFields.Rest)), "What can be read.")
    {
        Example = "{ time_entries: { path: /time_entries, paginator: { link: {} }, fields: { id: id, date: spent_date, seconds: seconds } } }",
    };

    public static readonly SectionSpec Spec = new(
        "connector (REST source)",
        "An API that records are read from.",
        [ConnectorFields.Name, SchemaVersion.Field, ConnectorFields.KindOf(ConnectorFields.SourceKind), ConnectorFields.TypeOf("rest"), .. ApiFields.All, Probe, Streams]);
}

internal static class CsvSourceFields
{
    public static readonly FieldSpec<ValueReference> Folder = new("folder", References.OfConnector, "Where the files are, relative to the configuration folder.") { Example = "setting:folder" };

    public static readonly FieldSpec<char> Delimiter = new("delimiter", Kinds.Character, "Stands between two cells.") { Default = "\",\"", Example = "\";\"" };

    public static readonly FieldSpec<string> Culture = new("culture", Kinds.Checked("culture", CultureFault, "de-DE"), "How numbers and dates are written, such as `en-US` or `de-DE`. Left out: a decimal point, and ISO dates.")
    {
        IsOptional = true,
        Example = "de-DE",
    };

    public static readonly FieldSpec<string> Encoding = new("encoding", Kinds.Choice("utf-8", "utf-16", "iso-8859-1", "windows-1252"), "How the files are encoded; a byte order mark wins.") { Default = "utf-8" };

    public static readonly FieldSpec<Section> Streams = new("streams", Kinds.SectionOf(StreamFields.AllOf("connector (CSV source)", StreamFields.Csv)), "What can be read.")
    {
        Example = "{ time_entries: { path: time-*.csv, fields: { id: Id, date: Date, seconds: { path: Hours, as: hours } } } }",
    };

    public static readonly SectionSpec Spec = new(
        "connector (CSV source)",
        "Files of exported records.",
        [ConnectorFields.Name, SchemaVersion.Field, ConnectorFields.KindOf(ConnectorFields.SourceKind), ConnectorFields.TypeOf("csv"), Folder, Delimiter, Culture, Encoding, Streams]);

    private static string? CultureFault(string text) =>
        CultureInfo.GetCultures(CultureTypes.SpecificCultures | CultureTypes.NeutralCultures).Any(c => c.Name == text && text.Length > 0) ? null : "this system has no such culture";
}

internal static class PaginatorFields
{
    public static readonly FieldSpec<string> CursorPath = new("path", Texts.JsonPath, "Where the body gives the next cursor; absent, null or empty: the last page.") { Example = "next_cursor" };

    public static readonly FieldSpec<string> Parameter = new("parameter", Kinds.Text, "The parameter that it is sent back in.") { Example = "cursor" };

    public static readonly SectionSpec CursorSpec = new("connector: paginator: cursor", "The body gives an opaque cursor, which is sent back in a parameter.", [CursorPath, Parameter]);

    public static readonly FieldSpec<Section> Cursor = Style("cursor", CursorSpec, "The body gives an opaque cursor, which is sent back in a parameter.", "{ path: next_cursor, parameter: cursor }");

    public static readonly FieldSpec<string> LinkPath = new("path", Texts.JsonPath, "Where the body gives the next address. Left out: the header `Link` with rel=\"next\" does.") { IsOptional = true, Example = "links.next" };

    public static readonly SectionSpec LinkSpec = new("connector: paginator: link", "The answer gives the address of the next page.", [LinkPath]);

    public static readonly FieldSpec<Section> Link = Style("link", LinkSpec, "The answer gives the address of the next page.", "{ path: links.next }");

    public static readonly FieldSpec<string> PageParameter = new("parameter", Kinds.Text, "The parameter with the page's number.") { Default = "page" };

    public static readonly FieldSpec<int> First = new("first", Kinds.Whole(0, 1), "The number of the first page.") { Default = "1" };

    public static readonly FieldSpec<string> TotalPages = new("totalPages", Texts.JsonPath, "Where the body states the number of pages. Left out: a page with fewer rows than `size` is the last.") { IsOptional = true, Example = "meta.total_pages" };

    public static readonly FieldSpec<string> SizeParameter = new("sizeParameter", Kinds.Text, "The parameter with the page's size. Left out: the size is not sent.") { IsOptional = true, Example = "per_page" };

    public static readonly FieldSpec<int> Size = new("size", Kinds.Whole(1, 50_000, "rows"), "Rows of a full page, as the API really gives them.") { Example = "100" };

    public static readonly SectionSpec PageSpec = new("connector: paginator: page", "Pages are numbered.", [PageParameter, First, TotalPages, SizeParameter, Size]);

    public static readonly FieldSpec<Section> Page = Style("page", PageSpec, "Pages are numbered.", "{ parameter: page, sizeParameter: per_page, size: 100 }");

    public static readonly FieldSpec<string> OffsetParameter = new("parameter", Kinds.Text, "The parameter with the number of rows to skip.") { Default = "offset" };

    public static readonly FieldSpec<string> LimitParameter = new("limitParameter", Kinds.Text, "The parameter with the page's size.") { Default = "limit" };

    public static readonly FieldSpec<int> Limit = new("limit", Kinds.Whole(1, 50_000, "rows"), "Rows of a full page, as the API really gives them.") { Example = "100" };

    public static readonly SectionSpec OffsetSpec = new("connector: paginator: offset", "Rows are skipped. Such a reading cannot be resumed, only begun again.", [OffsetParameter, LimitParameter, Limit]);

    public static readonly FieldSpec<Section> Offset = Style("offset", OffsetSpec, "Rows are skipped.", "{ limit: 100 }");

    public static readonly SectionSpec NoneSpec = new("connector: paginator: none", "One page is all.", []);

    public static readonly FieldSpec<Section> None = Style("none", NoneSpec, "One page is all.", "{}");

    public static readonly SectionSpec Spec = new("connector: paginator", "The rule for the next page.", [Cursor, Link, Page, Offset, None]) { ExactlyOne = [[Cursor, Link, Page, Offset, None]] };

    private static FieldSpec<Section> Style(string name, SectionSpec spec, string description, string example) => new(name, Kinds.SectionOf(spec), description) { IsOptional = true, Example = example };
}

internal static class RestDestinationFields
{
    public static readonly string[] DocumentValues =
    [
        "reference", "type", "client", "clientName", "date", "due", "currency", "net", "tax", "total", "status",
        "discount", "withholding", "retainer", "amountDue", "corrects", "exchangeRate", "baseCurrency", "baseTotal",
    ];

    public static readonly string[] LineValues =
    [
        "number", "description", "quantity", "unitPrice", "account", "item", "taxCode", "net", "tax", "total", "amount", "lineDiscount", "documentDiscount", "discount",
    ];

    public static readonly string[] TaxValues = ["taxCode", "component", "rate", "amount"];

    public static readonly FieldSpec<string> CompanyPath = new("path", Texts.ApiPath, "The call.") { Example = "/company" };
    public static readonly FieldSpec<string> TenantField = new("tenantField", Texts.JsonPath, "Where the answer has the company's id.") { Example = "company.id" };
    public static readonly FieldSpec<string> EnvironmentField = new("environmentField", Texts.JsonPath, "Where the answer names the environment. Left out: it is `production`.") { IsOptional = true, Example = "company.environment" };
    public static readonly FieldSpec<string> LockedThroughField = new("lockedThroughField", Texts.JsonPath, "Where the answer has the last day on which the books take nothing more, as a date; nothing there: no day is locked. Left out: the API does not say.") { IsOptional = true, Example = "company.locked_through" };
    public static readonly SectionSpec CompanySpec = new("connector (REST destination): company", "The call that says whose books these are.", [CompanyPath, TenantField, EnvironmentField, LockedThroughField]);
    public static readonly FieldSpec<Section> Company = new("company", Kinds.SectionOf(CompanySpec), "The call that says whose books these are.") { Example = "{ path: /company, tenantField: company.id }" };

    public static readonly FieldSpec<string> CreatePath = new("path", Texts.ApiPath, "The bulk call.") { Example = "/invoices/bulk" };
    public static readonly FieldSpec<string> Envelope = new("envelope", Texts.JsonPathOrEmpty, "The name under which the list stands in the body. Left out: the body is the list.") { Default = "\"\"", Example = "invoices" };
    public static readonly FieldSpec<int> BatchSize = new("batchSize", Kinds.Whole(1, 1000, "documents"), "The most in one call.") { Example = "100" };
    public static readonly FieldSpec<string> DraftField = new("draftField", Texts.JsonPath, "Where a document says whether it is a draft. Left out: the API has no drafts.") { IsOptional = true, Example = "status" };
    public static readonly FieldSpec<string> DraftValue = new("draftValue", Kinds.Text, "The value of that field for a draft.") { Default = "draft" };
    public static readonly FieldSpec<string> FinalValue = new("finalValue", Kinds.Text, "The value of that field for a final document.") { Default = "final" };
    public static readonly FieldSpec<string> Results = new("results", Texts.JsonPathOrEmpty, "Where the list of outcomes stands in the answer. Left out: the answer is the list.") { Default = "\"\"", Example = "results" };
    public static readonly FieldSpec<string> ResultReference = new("resultReference", Texts.JsonPath, "Where an outcome has our reference.") { Example = "reference" };
    public static readonly FieldSpec<string> ResultId = new("resultId", Texts.JsonPath, "Where an outcome has the destination's id.") { Example = "id" };
    public static readonly FieldSpec<string> ResultStatus = new("resultStatus", Texts.JsonPath, "Where an outcome has its status.") { Example = "status" };
    public static readonly FieldSpec<IReadOnlyList<Found<string>>> CreatedValues = new("createdValues", Kinds.OneOrMany(Kinds.Text), "Values of the status that mean: created.") { Example = "[created]" };
    public static readonly FieldSpec<IReadOnlyList<Found<string>>> DuplicateValues = new("duplicateValues", Kinds.ListOf(Kinds.Text), "Values of the status that mean: it was there already.") { Default = "[]", Example = "[duplicate]" };
    public static readonly FieldSpec<string> ErrorCode = new("errorCode", Texts.JsonPath, "Where a refused outcome has its code.") { Example = "error.code" };
    public static readonly FieldSpec<string> ErrorMessage = new("errorMessage", Texts.JsonPath, "Where a refused outcome has its message.") { Example = "error.message" };

    public static readonly SectionSpec CreateSpec = new(
        "connector (REST destination): create",
        "The call that creates documents. Every document has an outcome of its own in the answer.",
        [CreatePath, Envelope, BatchSize, DraftField, DraftValue, FinalValue, Results, ResultReference, ResultId, ResultStatus, CreatedValues, DuplicateValues, ErrorCode, ErrorMessage]);

    public static readonly FieldSpec<Section> Create = new("create", Kinds.SectionOf(CreateSpec), "The call that creates documents.") { Example = "{ path: /invoices/bulk, batchSize: 100, createdValues: [created] }" };

    public static readonly FieldSpec<string> LookUpPath = new("path", Texts.ApiPath, "The call.") { Example = "/invoices" };
    public static readonly FieldSpec<string> LookUpParameter = new("parameter", Kinds.Text, "The parameter with the references.") { Example = "references" };
    public static readonly FieldSpec<string> Separator = new("separator", Kinds.TextOrEmpty, "Stands between two references.") { Default = "\",\"" };
    public static readonly FieldSpec<int> LookUpBatchSize = new("batchSize", Kinds.Whole(1, 1000, "references"), "The most in one call.") { Default = "50" };

    public static readonly FieldSpec<string> StatusField = Back("status", "the status; needed where documents are drafts first") with { IsOptional = true };

    /// <summary>What is read back of a document.</summary>
    public static readonly IReadOnlyList<FieldSpec<string>> ReadBack =
    [
        Back("reference", "our reference"), Back("id", "the destination's id"), Back("client", "the customer's id"), Back("type", "whether it is an invoice or a credit note"),
        Back("currency", "the currency"), Back("net", "the net"), Back("tax", "the tax"), Back("total", "the total"), StatusField,
    ];

    public static readonly SectionSpec ReadBackSpec = new("connector (REST destination): lookUp: fields", "Where a document that is looked up has its values.", [.. ReadBack]);
    public static readonly FieldSpec<Section> LookUpFields = new("fields", Kinds.SectionOf(ReadBackSpec), "Where a document that is looked up has its values.") { Example = "{ reference: reference, id: id, total: total }" };

    public static readonly FieldSpec<IReadOnlyList<Found<string>>> DraftStatus = new("draft", Kinds.OneOrMany(Kinds.Text), "Values of a draft.") { Default = "draft", Example = "[draft, open]" };
    public static readonly FieldSpec<IReadOnlyList<Found<string>>> PartPaidStatus = Status("partPaid", "of a document that is paid in part", "part_paid");
    public static readonly FieldSpec<IReadOnlyList<Found<string>>> PaidStatus = Status("paid", "of a document that is paid", "paid");
    public static readonly FieldSpec<IReadOnlyList<Found<string>>> VoidedStatus = Status("voided", "of a document that a person took back there", "void");

    public static readonly SectionSpec StatusesSpec = new(
        "connector (REST destination): lookUp: statuses", "What the values of a document's status mean. One that is not listed means: final, in the books and open.", [DraftStatus, PartPaidStatus, PaidStatus, VoidedStatus]);

    public static readonly FieldSpec<Section> Statuses = new("statuses", Kinds.SectionOf(StatusesSpec), "What the values of the status mean.") { Default = "{}", Example = "{ draft: draft, partPaid: part_paid, paid: paid, voided: [void, deleted] }" };
    public static readonly SectionSpec LookUpSpec = new("connector (REST destination): lookUp", "The call that finds documents by our references.", [LookUpPath, LookUpParameter, Separator, LookUpBatchSize, Results, LookUpFields, Statuses]);
    public static readonly FieldSpec<Section> LookUp = new("lookUp", Kinds.SectionOf(LookUpSpec), "The call that finds documents by our references.") { Example = "{ path: /invoices, parameter: references, results: invoices }" };

    public static readonly FieldSpec<string> FinalizePath = new("path", Texts.ApiPath, "The call.") { Example = "/invoices/finalize" };
    public static readonly FieldSpec<IReadOnlyList<Found<string>>> FinalValues = new("finalValues", Kinds.OneOrMany(Kinds.Text), "Values of the status that mean: final.") { Example = "[final]" };
    public static readonly SectionSpec FinalizeSpec = new("connector (REST destination): finalize", "The call that makes drafts final; repeating it does no harm.", [FinalizePath, Envelope, Results, ResultId, ResultStatus, FinalValues, ErrorCode, ErrorMessage]);
    public static readonly FieldSpec<Section> Finalize = new("finalize", Kinds.SectionOf(FinalizeSpec), "The call that makes drafts final. Left out: the API has no drafts.") { IsOptional = true, Example = "{ path: /invoices/finalize, envelope: ids, finalValues: [final] }" };

    public static readonly FieldSpec<string> WithdrawPath = new("path", Texts.ApiPath, "The call.") { Example = "/invoices/delete" };
    public static readonly FieldSpec<IReadOnlyList<Found<string>>> WithdrawnValues = new("withdrawnValues", Kinds.OneOrMany(Kinds.Text), "Values of the status that mean: deleted now.") { Example = "[deleted]" };
    public static readonly FieldSpec<IReadOnlyList<Found<string>>> GoneValues = new("goneValues", Kinds.OneOrMany(Kinds.Text), "Values of the status that mean: it was gone already.") { IsOptional = true, Example = "[gone]" };
    public static readonly SectionSpec WithdrawSpec = new("connector (REST destination): withdraw", "The call that deletes drafts by their ids; repeating it does no harm. One that is final already is refused there.", [WithdrawPath, Envelope, Results, ResultId, ResultStatus, WithdrawnValues, GoneValues, ErrorCode, ErrorMessage]);
    public static readonly FieldSpec<Section> Withdraw = new("withdraw", Kinds.SectionOf(WithdrawSpec), "The call that deletes drafts. Left out: a draft that is taken back is credited as a final document is.") { IsOptional = true, Example = "{ path: /invoices/delete, envelope: ids, withdrawnValues: [deleted], goneValues: [gone] }" };

    public static readonly FieldSpec<string> IdempotencyHeader = new("idempotencyHeader", Texts.Header, "The header with a key that is the same for every attempt. Left out: the API takes none.") { IsOptional = true, Example = "Idempotency-Key" };
    public static readonly FieldSpec<int> IdempotencyKeyLength = new("idempotencyKeyLength", Kinds.Whole(IdempotencyKey.Length, 255, "characters"), "How long a key may be. BatchSync's keys have 28 characters, A-Z and 2-7: an API that takes fewer, or that insists on a form of its own, takes none of them.") { Default = "36" };

    public static readonly FieldSpec<IReadOnlyList<Named<string>>> DocumentFields = new("documentFields", Kinds.MapOf(Texts.TargetPath, Kinds.Choice(DocumentValues), least: 1), "The fields of a document, each with the value that it gets.")
    {
        Example = "{ reference: reference, customer.id: client, total: total }",
    };

    public static readonly FieldSpec<string> LinesField = new("linesField", Texts.TargetPath, "The field of a document with its lines.") { Default = "lines" };
    public static readonly FieldSpec<IReadOnlyList<Named<string>>> LineFieldsOf = new("lineFields", Kinds.MapOf(Texts.TargetPath, LineValue.Kind, least: 1), "The fields of a line, each with the value that it gets. `dimensions.NAME` is the line's value of a dimension; a line without one does not get the field.") { Example = "{ description: description, amount: net }" };
    public static readonly FieldSpec<string> TaxesField = new("taxesField", Texts.TargetPath, "The field of a document with its taxes. Left out: taxes are not sent.") { IsOptional = true, Example = "taxes" };
    public static readonly FieldSpec<IReadOnlyList<Named<string>>> TaxFieldsOf = new("taxFields", Kinds.MapOf(Texts.TargetPath, Kinds.Choice(TaxValues)), "The fields of a tax, each with the value that it gets.") { Default = "{}", Example = "{ tax_code: taxCode, amount: amount }" };
    public static readonly FieldSpec<string> InvoiceValue = new("invoiceValue", Kinds.Text, "The type of an invoice, as the API calls it.") { Default = "invoice" };
    public static readonly FieldSpec<string> CreditNoteValue = new("creditNoteValue", Kinds.Text, "The type of a credit note, as the API calls it.") { Default = "credit_note" };
    public static readonly FieldSpec<int> ReferenceLength = new("referenceLength", Kinds.Whole(10, 52, "characters"), "How long a reference may be.") { Default = "20" };
    public static readonly FieldSpec<int> QuantityDecimals = new("quantityDecimals", Kinds.Whole(0, 10, "decimals"), "Decimals of a quantity that the API stores.") { Default = "4" };
    public static readonly FieldSpec<int> RateDecimals = new("rateDecimals", Kinds.Whole(0, 18, "decimals"), "Decimals of an exchange rate that the API stores; `exchangeRate` is rounded half-up to them. Left out: no rate is sent.") { IsOptional = true, Example = "6" };

    public static readonly FieldSpec<DeductionForm> As = new(
        "as", Kinds.Choice([DeductionForm.Field, DeductionForm.Line], f => Kinds.Kebab(f.ToString())),
        "`field`: in a field of the document, whose net and total stay; `line`: as a negative line, by which its net and total are lower at the destination.") { Example = "line" };

    public static readonly FieldSpec<string> DeductionAccount = new("account", Kinds.Text, "Account of the line.") { IsOptional = true, Example = "1450" };
    public static readonly FieldSpec<string> DeductionItem = new("item", Kinds.Text, "Item of the line.") { IsOptional = true, Example = "WHT" };
    public static readonly FieldSpec<string> DeductionTaxCode = new("taxCode", Kinds.Text, "Tax code of the line, as the API calls it; the line has no tax.") { IsOptional = true, Example = "NON" };
    public static readonly SectionSpec DeductionSpec = new("connector (REST destination): withholding, retainer", "How an amount that lowers what the client pays is posted.", [As, DeductionAccount, DeductionItem, DeductionTaxCode]);
    public static readonly FieldSpec<Section> Withholding = Deduction("withholding", "How withheld tax is posted.");
    public static readonly FieldSpec<Section> Retainer = Deduction("retainer", "How what is drawn from a retainer is posted.");

    public static readonly FieldSpec<TimeSpan> Settle = new("settle", Kinds.Duration("0s", "1h"), "How long a call may still take effect after it timed out.") { Default = "60s" };

    public static readonly SectionSpec Spec = new(
        "connector (REST destination)",
        "An accounting API that takes documents.",
        [
            ConnectorFields.Name, SchemaVersion.Field, ConnectorFields.KindOf(ConnectorFields.DestinationKind), ConnectorFields.TypeOf("rest"), .. ApiFields.All,
            Company, Create, LookUp, Finalize, Withdraw, IdempotencyHeader, IdempotencyKeyLength, DocumentFields, LinesField, LineFieldsOf, TaxesField, TaxFieldsOf, InvoiceValue, CreditNoteValue,
            Withholding, Retainer, ReferenceLength, QuantityDecimals, RateDecimals, Settle,
        ]);

    private static FieldSpec<IReadOnlyList<Found<string>>> Status(string name, string of, string example) =>
        new(name, Kinds.OneOrMany(Kinds.Text), $"Values {of}. Left out: the API does not say.") { IsOptional = true, Example = example };

    private static FieldSpec<Section> Deduction(string name, string description) => new(name, Kinds.SectionOf(DeductionSpec), description + " Left out: not at all, it is only shown by BatchSync.")
    {
        IsOptional = true,
        Example = "{ as: line, account: \"1450\" }",
    };

    private static FieldSpec<string> Back(string name, string what) => new(name, Texts.JsonPath, $"Where it has {what}.") { Example = name };
}

internal static class JournalFields
{
    public static readonly FieldSpec<ValueReference> File = new("file", References.OfConnector, "The ledger file, relative to the configuration folder; made where it does not exist.") { Example = "setting:file" };
    public static readonly FieldSpec<string> Receivable = Account("receivable", "Account under which every client gets its own.", "Assets:Receivable");
    public static readonly FieldSpec<string> Income = Account("income", "Account under which every revenue account gets its own.", "Income");
    public static readonly FieldSpec<string> TaxPayable = Account("taxPayable", "Account under which every tax code gets its own.", "Liabilities:Tax");

    public static readonly FieldSpec<string> Withholding = Account("withholding", "Account under which the withheld tax of every client gets its own. Left out: it stays in the receivable.", "Assets:Withholding") with { Default = "", IsOptional = true, Example = "Assets:Withholding" };
    public static readonly FieldSpec<string> Retainer = Account("retainer", "Account under which the retainer of every client has its own. Left out: what is drawn stays in the receivable.", "Liabilities:Retainers") with { Default = "", IsOptional = true, Example = "Liabilities:Retainers" };
    public static readonly FieldSpec<bool> Prices = new("prices", Kinds.Boolean, "Whether amounts in a foreign currency carry the document's exchange rate (`100.00 EUR @ 1.136 USD`), so that the ledger can value them at cost.") { Default = "false" };

    public static readonly SectionSpec Spec = new(
        "connector (journal)",
        "A plain-text ledger file that takes documents.",
        [ConnectorFields.Name, SchemaVersion.Field, ConnectorFields.KindOf(ConnectorFields.DestinationKind), ConnectorFields.TypeOf("journal"), File, Receivable, Income, TaxPayable, Withholding, Retainer, Prices]);

    private static FieldSpec<string> Account(string name, string description, string usual) => new(name, Kinds.Checked("account", AccountFault, usual), description) { Default = usual };

    private static string? AccountFault(string text)
    {
        var parts = text.Split(':');
        if (parts.Any(p => p.Trim() != p || p.Length == 0 || p.Contains("  ", StringComparison.Ordinal))) return "the parts between colons are not empty, and have single spaces inside only";
        return text.Any(c => char.IsControl(c) || c is ';' or '|') || text[0] is '(' or '[' or '*' or '!' ? "an account has no ';', '|' or control characters, and does not begin with '(', '[', '*' or '!'" : null;
    }
}

/// <summary>Texts of connectors that have a form.</summary>
internal static partial class Texts
{
    public static Kind<string> Header { get; } = Kinds.Pattern("header name", HeaderPattern(), "letters, digits and hyphens");

    /// <summary>Added to the base URL.</summary>
    public static Kind<string> ApiPath { get; } = Kinds.Pattern("path", ApiPathPattern(), "a '/' at its beginning, and neither spaces nor a query");

    /// <summary>Added to the base URL, with one place for an id.</summary>
    public static Kind<string> PathById { get; } = Kinds.Pattern("path by id", PathByIdPattern(), "a '/' at its beginning, {id} once, and neither spaces nor a query");

    public static Kind<string> JsonPath { get; } = Kinds.Pattern("JSON path", JsonPathPattern(), "names separated by dots, and [key=value] to pick from a list, as in custom_fields[name=Billable].value");

    public static Kind<string> JsonPathOrEmpty { get; } = Kinds.Checked("JSON path", text => text.Length == 0 || JsonPathPattern().IsMatch(text) ? null : "names are separated by dots", "data.items");

    /// <summary>Where a value is written: no picking.</summary>
    public static Kind<string> TargetPath { get; } = Kinds.Pattern("target path", TargetPathPattern(), "names separated by dots, as in customer.id");

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9-]{0,99}\z")]
    private static partial Regex HeaderPattern();

    [GeneratedRegex(@"^/[^\s?#]*\z")]
    private static partial Regex ApiPathPattern();

    [GeneratedRegex(@"^/[^\s?#{}]*\{id\}[^\s?#{}]*\z")]
    private static partial Regex PathByIdPattern();

    [GeneratedRegex(@"^[^.\[\]\s][^.\[\]]*(\[[^=\[\]]+=[^\[\]]*\])?(\.[^.\[\]]+(\[[^=\[\]]+=[^\[\]]*\])?)*\z")]
    private static partial Regex JsonPathPattern();

    [GeneratedRegex(@"^[^.\[\]\s]+(\.[^.\[\]\s]+)*\z")]
    private static partial Regex TargetPathPattern();
}
