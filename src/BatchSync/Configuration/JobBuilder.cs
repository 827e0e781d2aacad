using BatchSync.Configuration.Fields;
using BatchSync.Core.Alerting;
using BatchSync.Core.Scheduling;

namespace BatchSync.Configuration;

/// <summary>Makes jobs of documents without errors.</summary>
internal static class JobBuilder
{
    public static JobDefinition Build(ConfigurationDocument document, ConfigurationCatalog catalog)
    {
        var (job, root) = (document.Section, document.Path.Root);
        return new JobDefinition
        {
            Name = job.Get(JobFields.Name),
            Series = job.Get(JobFields.Series),
            BillFrom = job.Get(JobFields.BillFrom),
            Schedule = job.GetOrNull(JobFields.Schedule) is { } schedule ? ScheduleOf(schedule) : null,
            Period = PeriodOf(job.Get(JobFields.Period)),
            Source = SourceOf(job.Get(JobFields.Source), root, catalog),
            Mapping = job.Get(JobFields.Mapping),
            Destinations = job.Map(JobFields.Destinations).ToDictionary(d => d.Name, d => DestinationOf(d.Value, root, catalog), StringComparer.Ordinal),
            PartitionBy = job.Get(JobFields.PartitionBy),
            Posting = PostingOf(job.Get(JobFields.Posting)),
            Limits = LimitsOf(job.Get(JobFields.Limits)),
            Report = ReportOf(job.Get(JobFields.Report), root),
            Alerts = job.GetOrNull(JobFields.Alerts) is { } alerts ? AlertsOf(alerts, job.Get(JobFields.Report).GetOrNull(ReportFields.Email), root) : null,
            File = document.File.Path,
        };
    }

    private static ScheduleDefinition ScheduleOf(Section schedule) => new(schedule.Get(ScheduleFields.Cron), schedule.Get(ScheduleFields.Zone))
    {
        Holidays = [.. schedule.List(ScheduleFields.Holidays).Select(h => new Holiday(h.Value.Get(HolidayFields.Date), h.Value.Get(HolidayFields.Name)))],
        After = schedule.GetOrNull(ScheduleFields.After),
    };

    private static PeriodRules PeriodOf(Section period) => new(period.Get(PeriodFields.Every), period.Get(PeriodFields.CloseAfter), period.Get(PeriodFields.DocumentDate));

    private static SourceUse SourceOf(Section source, string root, ConfigurationCatalog catalog)
    {
        var connector = source.Get(SourceFields.Connector);
        var streams = source.Get(SourceFields.Streams).Select(s => s.Value);
        var deletes = source.Get(SourceFields.Deletes);
        return new(connector, SettingsOf(source, connector, root, catalog), [.. streams], source.Get(SourceFields.Lookback), source.Get(SourceFields.Approval) == "required")
        {
            Deletes = new DeletesRule(deletes.Get(DeletesFields.By), deletes.Get(DeletesFields.Window).Days),
            KeepRawPages = source.ValueOrNull(SourceFields.KeepRawPages),
        };
    }

    private static DestinationUse DestinationOf(Section destination, string root, ConfigurationCatalog catalog)
    {
        var connector = destination.Get(DestinationFields.Connector);
        return new(connector, SettingsOf(destination, connector, root, catalog));
    }

    // A setting that the connector takes for a path is relative to the configuration folder, like every path.
    private static Dictionary<string, ValueReference> SettingsOf(Section use, string connector, string root, ConfigurationCatalog catalog)
    {
        var paths = PathSettingsOf(catalog.Find(DocumentKind.Connector, connector)!);
        return use.Map(SourceFields.Settings)
            .ToDictionary(s => s.Name, s => paths.Contains(s.Name) ? ConnectorBuilder.Absolute(s.Value, root) : s.Value, StringComparer.Ordinal);
    }

    private static IReadOnlyList<string> PathSettingsOf(ConfigurationDocument connector)
    {
        var path = connector.Variant!.Type switch
        {
            "csv" => connector.Section.Get(CsvSourceFields.Folder),
            "journal" => connector.Section.Get(JournalFields.File),
            _ => null,
        };
        return path is not null && References.SettingOf(path.Text) is { } name ? [name] : [];
    }

    private static PostingRules PostingOf(Section posting) => new(posting.Get(PostingFields.As) == PostingFields.Draft)
    {
        Approval = posting.Get(PostingFields.Approval),
        PilotClients = posting.GetOrNull(PostingFields.Pilot) is { } pilot ? [.. pilot.Get(PilotFields.Clients).Select(c => c.Value)] : null,
        OnChange = posting.Get(PostingFields.OnChange),
        Late = posting.Get(PostingFields.Late),
    };

    private static Limits LimitsOf(Section limits) => new(
        limits.Get(LimitFields.Rejections),
        limits.Get(LimitFields.HoursPerEntry),
        limits.Get(LimitFields.Dates).Get(DateLimitFields.First),
        limits.Get(LimitFields.Dates).ValueOrNull(DateLimitFields.Last),
        limits.Get(LimitFields.NoteLength),
        limits.Get(LimitFields.PagesPerSet))
    {
        ChangedDocuments = limits.Get(LimitFields.ChangedDocuments),
        Deletes = limits.Get(LimitFields.Deletes),
        Calls = limits.ValueOrNull(LimitFields.Calls),
    };

    private static ReportDefinition ReportOf(Section report, string root)
    {
        var csv = report.Get(ReportFields.Csv);
        var format = new CsvFormat(csv.Get(CsvFields.Delimiter), csv.Get(CsvFields.Decimal)[0]);
        return new(Absolute(report.Get(ReportFields.Folder), root), format, report.GetOrNull(ReportFields.Email) is { } email ? EmailOf(email, root) : null);
    }

    private static EmailDefinition EmailOf(Section email, string root) => new(
        [.. email.List(EmailFields.To).Select(a => a.Value)],
        email.Get(EmailFields.From),
        email.Get(EmailFields.When),
        email.Get(EmailFields.MaxSize),
        email.GetOrNull(EmailFields.Smtp) is { } smtp ? SmtpOf(smtp) : null,
        email.GetOrNull(EmailFields.PickupFolder) is { } folder ? Absolute(folder, root) : null);

    private static AlertDefinition AlertsOf(Section alerts, Section? report, string root) => new(
        [.. alerts.List(AlertFields.Routes).Select(r => RouteOf(r.Value, report, root))],
        alerts.Get(AlertFields.FailuresOver),
        alerts.Get(AlertFields.RejectionsOver),
        alerts.Get(AlertFields.MissedAfter),
        alerts.GetOrNull(AlertFields.Heartbeat));

    private static AlertRoute RouteOf(Section route, Section? report, string root)
    {
        List<AlertKind> on = [.. route.List(AlertRouteFields.On).Select(k => k.Value)];
        if (route.GetOrNull(AlertRouteFields.Email) is { } email) return new AlertRoute.Email(on, AlertEmailOf(email, report, root));
        var webhook = route.Get(AlertRouteFields.Webhook);
        return new AlertRoute.Webhook(on, webhook.Get(WebhookFields.Url), webhook.Map(WebhookFields.Headers).ToDictionary(h => h.Name, h => h.Value, StringComparer.OrdinalIgnoreCase));
    }

    // What the route leaves out is as the report's e-mail has it; a way of its own takes the place of that one's.
    private static EmailDefinition AlertEmailOf(Section email, Section? report, string root)
    {
        var way = email.Has(AlertEmailFields.Smtp) || email.Has(EmailFields.PickupFolder) ? email : report!;
        return new(
            [.. email.List(EmailFields.To).Select(a => a.Value)],
            email.GetOrNull(AlertEmailFields.From) ?? report!.Get(EmailFields.From),
            EmailWhen.Always,
            EmailFields.MaxSize.DefaultValue!.Value,
            way.GetOrNull(EmailFields.Smtp) is { } smtp ? SmtpOf(smtp) : null,
            way.GetOrNull(EmailFields.PickupFolder) is { } folder ? Absolute(folder, root) : null)
        {
            Field = "alerts.routes.email",
        };
    }

    private static SmtpDefinition SmtpOf(Section smtp) => new(
        smtp.Get(SmtpFields.Host), smtp.Get(SmtpFields.Port), smtp.Get(SmtpFields.StartTls), smtp.GetOrNull(SmtpFields.User), smtp.GetOrNull(SmtpFields.Password));

    private static string Absolute(string path, string root) => Path.GetFullPath(Path.Combine(root, path));
}
