using BatchSync.Configuration.Fields;
using BatchSync.Configuration.Schemas;
using BatchSync.Core.Alerting;
using BatchSync.Core.Sources;
using BatchSync.Core.Time;

namespace BatchSync.Configuration;

/// <summary>The fields of a job file.</summary>
internal static class JobFields
{
    public const string AllEntities = "all";

    public static readonly FieldSpec<string> Name = new("job", Kinds.Name, "The job's name, unique among the jobs. It stands on the command line, in reports and in the store.")
    {
        Example = "harvest-to-quickbooks",
    };

    public static readonly FieldSpec<string> Series = new("series", Kinds.Name, "Part of every document's identity, unique among the jobs. It survives renaming the job; changing it would bill everything again.")
    {
        Example = "H",
    };

    public static readonly FieldSpec<DateOnly> BillFrom = new("billFrom", Kinds.Date, "Records of an earlier local date are excluded: they were billed before this job began. A client of the mapping may have a date of its own.")
    {
        Example = "2026-10-01",
    };

    public static readonly FieldSpec<Section> Schedule = new("schedule", Kinds.SectionOf(ScheduleFields.Spec), "When `serve` runs the job. Without it, the job runs by `run` only.")
    {
        IsOptional = true,
        Example = "{ cron: \"0 30 2 ? * TUE-SAT\", timeZone: America/New_York }",
    };

    public static readonly FieldSpec<Section> Period = new("period", Kinds.SectionOf(PeriodFields.Spec), "What time one document covers, and when it is formed.")
    {
        Default = "{}",
        Example = "{ every: month, closeAfter: 3d }",
    };

    public static readonly FieldSpec<Section> Source = new("source", Kinds.SectionOf(SourceFields.Spec), "Where records come from.")
    {
        Example = "{ connector: harvest, settings: { token: env:HARVEST_TOKEN }, streams: [time_entries] }",
    };

    public static readonly FieldSpec<string> Mapping = new("mapping", Kinds.Name, "The mapping that turns records into documents.") { Example = "consulting" };

    public static readonly FieldSpec<IReadOnlyList<Named<Section>>> Destinations = new(
        "destinations",
        Kinds.MapOf(Kinds.Name, Kinds.SectionOf(DestinationFields.Spec), least: 1),
        "Where documents go, by the entity's code; `all` stands for every entity that has no destination of its own.")
    {
        Example = "{ us: { connector: quickbooks-online } }",
    };

    public static readonly FieldSpec<PartitionBy> PartitionBy = new(
        "partitionBy", Kinds.Choice<PartitionBy>(),
        "Which part of a run's documents another host may post: `entity`, those of each destination, to whichever host that runs `serve` takes them first. One run reads, forms and proves all of them.")
    {
        Default = "none",
        Example = "entity",
    };

    public static readonly FieldSpec<Section> Posting = new("posting", Kinds.SectionOf(PostingFields.Spec), "How documents are posted, and what becomes of records that change after that.") { Default = "{}", Example = "{ as: draft, onChange: report }" };

    public static readonly FieldSpec<Section> Limits = new("limits", Kinds.SectionOf(LimitFields.Spec), "Bounds beyond which records are rejected or the run stops.")
    {
        Default = "{}",
        Example = "{ rejections: 50 }",
    };

    public static readonly FieldSpec<Section> Report = new("report", Kinds.SectionOf(ReportFields.Spec), "The proof of each run.")
    {
        Default = "{}",
        Example = "{ email: { to: books@example.com, from: batchsync@example.com, pickupFolder: outgoing } }",
    };

    public static readonly FieldSpec<Section> Alerts = new("alerts", Kinds.SectionOf(AlertFields.Spec), "Who is told what is wrong with the job, and that it is well again. Without it, nobody is.")
    {
        IsOptional = true,
        Example = "{ routes: [ { email: { to: oncall@example.com } } ] }",
    };

    public static readonly SectionSpec Spec = new(
        "job",
        "One job: a source, a mapping, and a destination for each entity. One file in `jobs/`.",
        [Name, SchemaVersion.Field, Series, BillFrom, Schedule, Period, Source, Mapping, Destinations, PartitionBy, Posting, Limits, Report, Alerts]);
}

internal static class ScheduleFields
{
    public static readonly FieldSpec<string> Cron = new("cron", Kinds.Cron, "A Quartz cron expression: seconds, minutes, hours, day of month, month, day of week, optionally year. It fires at most once on a local date. A time that the local clock skips is taken at the next one that it shows, one that it shows twice is taken once.")
    {
        Example = "\"0 30 2 ? * TUE-SAT\"",
    };

    public static readonly FieldSpec<TimeZoneInfo> Zone = new("timeZone", Kinds.TimeZone, "The zone of the expression, as an IANA id.") { Example = "America/New_York" };

    public static readonly FieldSpec<IReadOnlyList<Found<Section>>> Holidays = new(
        "holidays", Kinds.ListOf(Kinds.SectionOf(HolidayFields.Spec)), "Local dates on which the job does not run. Whatever would have been done then, the next run does.")
    {
        Default = "[]",
        Example = "[ { date: 2026-11-26, name: Thanksgiving } ]",
    };

    public static readonly FieldSpec<string> After = new(
        "after",
        Kinds.Name,
        "Another job with a schedule. This one does not begin before that one's run of the same local date is done, or a later run that makes up for it. Where that one has nothing to do on the date, by its schedule or its holidays, "
            + "it is not waited for. Where it fails, this one waits a day and is then skipped.")
    {
        IsOptional = true,
        Example = "harvest-to-ledger",
    };

    public static readonly SectionSpec Spec = new("job: schedule", "When `serve` runs the job.", [Cron, Zone, Holidays, After]);
}

internal static class HolidayFields
{
    public static readonly FieldSpec<DateOnly> Date = new("date", Kinds.Date, "The local date.") { Example = "2026-11-26" };

    public static readonly FieldSpec<string> Name = new("name", Kinds.Text, "What is celebrated: it stands beside the occurrence that was skipped.") { Example = "Thanksgiving" };

    public static readonly SectionSpec Spec = new("job: schedule: holidays", "A local date on which the job does not run.", [Date, Name]);
}

internal static class PeriodFields
{
    public static readonly FieldSpec<PeriodKind> Every = new("every", Kinds.Choice<PeriodKind>(), "The time that one document covers. A week runs from Monday to Sunday.") { Default = "month" };

    public static readonly FieldSpec<TimeSpan> CloseAfter = new("closeAfter", Kinds.Duration("0s", "90d"), "How long after its end, on the entity's clock, a period stays open for late entries. Documents are formed only then.")
    {
        Default = "3d",
    };

    public static readonly FieldSpec<DocumentDateRule> DocumentDate = new("documentDate", Kinds.Choice<DocumentDateRule>(), "The date of a document: the last day of its period, or the day on which the period closes.")
    {
        Default = "period-end",
    };

    public static readonly SectionSpec Spec = new("job: period", "What time one document covers.", [Every, CloseAfter, DocumentDate]);
}

internal static class SourceFields
{
    public static readonly FieldSpec<string> Connector = new("connector", Kinds.Name, "A connector of kind `source`: a file of this configuration, or one that comes with BatchSync.") { Example = "harvest" };

    public static readonly FieldSpec<IReadOnlyList<Named<ValueReference>>> Settings = new(
        "settings",
        Kinds.MapOf(Kinds.Name, References.OfJob),
        "What the connector refers to as `setting:NAME`. Secrets only as `env:NAME` (an environment variable) or `file:PATH` (the content of a file, relative to the configuration folder).")
    {
        Default = "{}",
        Example = "{ accountId: env:HARVEST_ACCOUNT, token: env:HARVEST_TOKEN }",
    };

    public static readonly FieldSpec<IReadOnlyList<Found<StreamKind>>> Streams = new(
        "streams", Kinds.ListOf(Kinds.Choice(Enum.GetValues<StreamKind>(), s => s.Name()), least: 1), "The kinds of record to read. `time_entries` and `expenses` are billed; the others name things.")
    {
        Example = "[time_entries, expenses]",
    };

    public static readonly FieldSpec<TimeSpan> Lookback = new("lookback", Kinds.Duration("0s", "60d"), "Subtracted from the time up to which changes were read, so that what the source shows late is not missed.") { Default = "2d" };

    public static readonly FieldSpec<Section> Deletes = new("deletes", Kinds.SectionOf(DeletesFields.Spec), "How records that vanish at the source are found.") { Default = "{}", Example = "{ by: window-diff, window: 45d }" };

    public static readonly FieldSpec<string> Approval = new("approval", Kinds.Choice("required", "none"), "`required`: records that the source does not call approved are held.") { Default = "required" };

    public static readonly FieldSpec<TimeSpan> KeepRawPages = new(
        "keepRawPages",
        Kinds.Duration("30d", "3650d"),
        "How long pages are kept as they were received, from when they were first read. Left out: for ever. What is not kept cannot be replayed; records, documents and their explanations stay. A page that another job read too stays as long as that job's newest reading of it.")
    {
        IsOptional = true,
        Example = "400d",
    };

    public static readonly SectionSpec Spec = new("job: source", "Where records come from.", [Connector, Settings, Streams, Lookback, Deletes, Approval, KeepRawPages]);
}

internal static class DeletesFields
{
    public static readonly FieldSpec<DeletesBy> By = new(
        "by",
        Kinds.Choice<DeletesBy>(),
        "`none`: only what the source itself marks as deleted. `feed`: the connector's `deletions` are read. "
            + "`window-diff`: every run reads the window of service dates whole; a record that is in the store and not in the reading is asked for by its id where the connector has `byId`, "
            + "else it counts as deleted when the next run misses it too. Streams with `where` are left out.")
    {
        Default = "none",
        Example = "window-diff",
    };

    public static readonly FieldSpec<TimeSpan> Window = new("window", Kinds.Duration("1d", "366d"), "With `window-diff`: how far back service dates are read again, in whole days. Older records that vanish are not found.") { Default = "45d" };

    public static readonly SectionSpec Spec = new("job: source: deletes", "How records that vanish at the source are found.", [By, Window]);
}

internal static class DestinationFields
{
    public static readonly FieldSpec<string> Connector = new("connector", Kinds.Name, "A connector of kind `destination`: a file of this configuration, or one that comes with BatchSync.")
    {
        Example = "quickbooks-online",
    };

    public static readonly SectionSpec Spec = new("job: destinations: ENTITY", "Where the documents of one entity go.", [Connector, SourceFields.Settings]);
}

internal static class PostingFields
{
    public const string Draft = "draft";

    public static readonly FieldSpec<string> As = new("as", Kinds.Choice(Draft, "final"), "`draft`: documents stay drafts at the destination, for a person to release. `final`: they are made final.") { Default = Draft };

    public static readonly FieldSpec<ApprovalRule> Approval = new(
        "approval", Kinds.Choice<ApprovalRule>(), "`plan`: a run posts nothing but what an approved plan says. `none`: a run posts what it finds.")
    {
        Default = "none",
        Example = "plan",
    };

    public static readonly FieldSpec<Section> Pilot = new("pilot", Kinds.SectionOf(PilotFields.Spec), "A start with few clients: the records of all others are held until this is removed. Left out: every client is billed.")
    {
        IsOptional = true,
        Example = "{ clients: [ACME] }",
    };

    public static readonly FieldSpec<ChangePolicy> OnChange = new(
        "onChange",
        Kinds.Choice<ChangePolicy>(),
        "What happens where a record is edited, deleted or mapped otherwise after its document was posted. `report`: the reconciliation shows an open variance. "
            + "`delta`: the next document carries a line with the difference, at the tax date and exchange rate of the original. "
            + "`credit-and-rebill`: the document is credited in full and billed again. `update`: the draft at the destination is replaced; needs `as: draft`.")
    {
        Default = "report",
        Example = "delta",
    };

    public static readonly FieldSpec<LateRule> Late = new(
        "late",
        Kinds.Choice<LateRule>(),
        "Where a record goes that is first billable after the document of its period was posted. `supplement`: to a further document of the same period. "
            + "`next-open-period`: to the document of the next period that has none yet; its service date and rate stay.")
    {
        Default = "supplement",
        Example = "next-open-period",
    };

    public static readonly SectionSpec Spec = new("job: posting", "How documents are posted, and what becomes of records that change after that.", [As, Approval, Pilot, OnChange, Late]);
}

internal static class PilotFields
{
    public static readonly FieldSpec<IReadOnlyList<Found<string>>> Clients = new("clients", Kinds.ListOf(Kinds.Code, least: 1), "Codes of the only clients that are billed, as the mapping names them.") { Example = "[ACME]" };

    public static readonly SectionSpec Spec = new("job: posting: pilot", "A start with few clients.", [Clients]);
}

internal static class LimitFields
{
    public static readonly FieldSpec<int> Rejections = new("rejections", Kinds.Whole(0, 1_000_000, "records"), "More rejected records than this, and the run posts nothing.") { Default = "50" };

    public static readonly FieldSpec<decimal> HoursPerEntry = new("hoursPerEntry", Kinds.Number(0.01m, 10_000m, "hours"), "Entries of more hours, of either sign, are rejected.") { Default = "24" };

    public static readonly FieldSpec<Section> Dates = new("dates", Kinds.SectionOf(DateLimitFields.Spec), "Records of other local dates are rejected.") { Default = "{}", Example = "{ first: 2020-01-01, last: 2030-12-31 }" };

    public static readonly FieldSpec<int> NoteLength = new("noteLength", Kinds.Whole(1, 100_000, "characters"), "Records with longer notes are rejected.") { Default = "4000" };

    public static readonly FieldSpec<int> PagesPerSet = new("pagesPerSet", Kinds.Whole(1, 1_000_000, "pages"), "A reading that goes on longer has no end: the run stops.") { Default = "10000" };

    public static readonly FieldSpec<int> ChangedDocuments = new("changedDocuments", Kinds.Whole(0, 1_000_000, "documents"), "A run that would change more posted documents than this, or one that is more than two periods old, changes none of them and says so; an approved plan may. 0: every change needs one.")
    {
        Default = "5",
    };

    public static readonly FieldSpec<int> Deletes = new("deletes", Kinds.Whole(0, 1_000_000, "records"), "Where more records than this vanish at the source at once, none of them counts as deleted: an empty answer is more likely a fault.") { Default = "20" };

    public static readonly FieldSpec<int> Calls = new("calls", Kinds.Whole(1, 10_000_000, "calls"), "The calls that a run may make to all its APIs together, tries among them. What it would post is not posted where the rest does not reach for it. Left out: as many as it takes.")
    {
        IsOptional = true,
        Example = "4000",
    };

    public static readonly SectionSpec Spec = new(
        "job: limits", "Bounds beyond which records are rejected or the run stops.", [Rejections, HoursPerEntry, Dates, NoteLength, PagesPerSet, ChangedDocuments, Deletes, Calls]);
}

internal static class DateLimitFields
{
    public static readonly FieldSpec<DateOnly> First = new("first", Kinds.Date, "The earliest local date.") { Default = "2000-01-01" };

    public static readonly FieldSpec<DateOnly> Last = new("last", Kinds.Date, "The latest local date. Left out: a year after the date of the run.") { IsOptional = true, Example = "2030-12-31" };

    public static readonly SectionSpec Spec = new("job: limits: dates", "The local dates that records may have; both days are inside.", [First, Last]);
}

internal static class ReportFields
{
    public static readonly FieldSpec<string> Folder = new("folder", Kinds.Text, "Where the CSV files of each run go, relative to the configuration folder.") { Default = "reports" };

    public static readonly FieldSpec<Section> Csv = new("csv", Kinds.SectionOf(CsvFields.Spec), "How the CSV files are written.") { Default = "{}", Example = "{ delimiter: \";\", decimal: \",\" }" };

    public static readonly FieldSpec<Section> Email = new("email", Kinds.SectionOf(EmailFields.Spec), "The proof by e-mail. Without it, none is sent.") { IsOptional = true, Example = "{ to: books@example.com, from: batchsync@example.com, pickupFolder: outgoing }" };

    public static readonly SectionSpec Spec = new("job: report", "The proof of each run.", [Folder, Csv, Email]);
}

internal static class CsvFields
{
    public static readonly FieldSpec<char> Delimiter = new("delimiter", Kinds.Character, "Stands between two cells.") { Default = "\",\"", Example = "\";\"" };

    public static readonly FieldSpec<string> Decimal = new("decimal", Kinds.Choice(".", ","), "The decimal sign of numbers; other than the delimiter.") { Default = "\".\"" };

    public static readonly SectionSpec Spec = new("job: report: csv", "How the CSV files are written.", [Delimiter, Decimal]);
}

internal static class EmailFields
{
    public static readonly FieldSpec<IReadOnlyList<Found<string>>> To = new("to", Kinds.OneOrMany(Kinds.Address), "Who receives it.") { Example = "[books@example.com]" };

    public static readonly FieldSpec<string> From = new("from", Kinds.Address, "Who it comes from.") { Example = "batchsync@example.com" };

    public static readonly FieldSpec<EmailWhen> When = new("when", Kinds.Choice<EmailWhen>(), "After every run, or only after runs with rejections, differences or a failure.") { Default = "always" };

    public static readonly FieldSpec<long> MaxSize = new("maxSize", Kinds.Size(10_000, 100_000_000), "Larger attachments are zipped and, if that is not enough, replaced by their paths.") { Default = "5MB" };

    public static readonly FieldSpec<Section> Smtp = new("smtp", Kinds.SectionOf(SmtpFields.Spec), "The server that sends it.") { IsOptional = true, Example = "{ host: mail.example.com }" };

    public static readonly FieldSpec<string> PickupFolder = new("pickupFolder", Kinds.Text, "A folder into which it is written as an .eml file, relative to the configuration folder.") { IsOptional = true, Example = "outgoing" };

    public static readonly SectionSpec Spec = new("job: report: email", "The proof by e-mail.", [To, From, When, MaxSize, Smtp, PickupFolder]) { ExactlyOne = [[Smtp, PickupFolder]] };
}

internal static class SmtpFields
{
    public static readonly FieldSpec<ValueReference> Host = new("host", References.OfJob, "Name of the server.") { Example = "mail.example.com" };

    public static readonly FieldSpec<int> Port = new("port", Kinds.Whole(1, 65_535), "Its port.") { Default = "587" };

    public static readonly FieldSpec<bool> StartTls = new("startTls", Kinds.Boolean, "The connection is encrypted before anything is said; a server that does not offer it is an error.") { Default = "true" };

    public static readonly FieldSpec<ValueReference> User = new("user", References.SecretOfJob, "Who signs in. Without it, nobody does.") { IsOptional = true, Example = "env:SMTP_USER" };

    public static readonly FieldSpec<ValueReference> Password = new("password", References.SecretOfJob, "Of that user.") { IsOptional = true, Example = "env:SMTP_PASSWORD" };

    public static readonly SectionSpec Spec = new("job: report: email: smtp", "The server that sends the proof.", [Host, Port, StartTls, User, Password]);
}

internal static class AlertFields
{
    public static readonly FieldSpec<IReadOnlyList<Found<Section>>> Routes = new("routes", Kinds.ListOf(Kinds.SectionOf(AlertRouteFields.Spec)), "Where alerts go. Each route is told by itself, and one that cannot be reached is tried again.")
    {
        Default = "[]",
        Example = "[ { email: { to: oncall@example.com } }, { on: [failure, missed], webhook: env:ALERT_WEBHOOK } ]",
    };

    public static readonly FieldSpec<int> FailuresOver = new("failuresOver", Kinds.Whole(0, 1_000, "runs"), "So many failed runs in a row are not told yet: a failure that may pass is tried again by itself under `serve`.") { Default = "0" };

    public static readonly FieldSpec<int> RejectionsOver = new("rejectionsOver", Kinds.Whole(0, 1_000_000, "records"), "So many rejected records are not told.") { Default = "0" };

    public static readonly FieldSpec<TimeSpan> MissedAfter = new(
        "missedAfter", Kinds.Duration("1m", "30d"), "How long after its schedule fired a run must have come to an end, well or not. It is noticed by `serve` and by `alerts check`, also where something else calls `run`.")
    {
        Default = "2h",
    };

    public static readonly FieldSpec<ValueReference> Heartbeat = new(
        "heartbeat", References.SecretOfJob, "A URL that is asked for (GET) after each run that did its work, with or without something to look at. Whoever waits there notices a machine that is off.")
    {
        IsOptional = true,
        Example = "env:HEARTBEAT_URL",
    };

    public static readonly SectionSpec Spec = new("job: alerts", "Who is told what is wrong with the job, and that it is well again.", [Routes, FailuresOver, RejectionsOver, MissedAfter, Heartbeat]);
}

internal static class AlertRouteFields
{
    public static readonly FieldSpec<IReadOnlyList<Found<AlertKind>>> On = new(
        "on",
        Kinds.ListOf(Kinds.Choice<AlertKind>(), least: 1),
        "What it is told of. `failure`: runs fail. `rejections`: records cannot be billed. `differences`: something does not tie out, and nobody has let it stand. `missed`: there was no run when there should have been. `dead-letters`: destinations refused documents.")
    {
        Default = "[failure, rejections, differences, missed, dead-letters]",
        Example = "[failure, missed]",
    };

    public static readonly FieldSpec<Section> Email = new("email", Kinds.SectionOf(AlertEmailFields.Spec), "An e-mail.") { IsOptional = true, Example = "{ to: oncall@example.com }" };

    public static readonly FieldSpec<Section> Webhook = new("webhook", Kinds.SectionOf(WebhookFields.Spec, WebhookFields.Url), "A URL to which JSON is posted. Written alone it is the `url`.") { IsOptional = true, Example = "env:ALERT_WEBHOOK" };

    public static readonly SectionSpec Spec = new("job: alerts: routes", "Where alerts go.", [On, Email, Webhook]) { ExactlyOne = [[Email, Webhook]] };
}

internal static class AlertEmailFields
{
    public static readonly FieldSpec<string> From = EmailFields.From with { IsOptional = true, Description = "Who it comes from. Left out: as `report.email` says." };

    public static readonly FieldSpec<Section> Smtp = EmailFields.Smtp with { Description = "The server that sends it. Where neither this nor `pickupFolder` is there, it goes as `report.email` says." };

    public static readonly SectionSpec Spec = new("job: alerts: routes: email", "An alert by e-mail.", [EmailFields.To, From, Smtp, EmailFields.PickupFolder]);
}

internal static class WebhookFields
{
    public static readonly FieldSpec<ValueReference> Url = new("url", References.SecretOfJob, "Where it is posted to. Whoever knows it may post there, so it is a secret. No redirect is followed.") { Example = "env:ALERT_WEBHOOK" };

    public static readonly FieldSpec<IReadOnlyList<Named<ValueReference>>> Headers = new("headers", Kinds.MapOf(Texts.Header, References.OfJob), "Sent with it. Secrets only as `env:NAME` or `file:PATH`.")
    {
        Default = "{}",
        Example = "{ Authorization: env:ALERT_AUTHORIZATION }",
    };

    public static readonly SectionSpec Spec = new("job: alerts: routes: webhook", "An alert as JSON.", [Url, Headers]);
}
