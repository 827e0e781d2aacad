using BatchSync.Configuration.Fields;
using BatchSync.Core.Diagnostics;
using BatchSync.Core.Sources;
using BatchSync.Core.Time;

namespace BatchSync.Configuration;

/// <summary>What a job says of itself, and of the mapping and connectors that it names.</summary>
internal sealed class JobChecks(ConfigurationDocument job, ConfigurationCatalog catalog)
{
    private readonly Section _job = job.Section;
    private readonly Reading _reading = job.Reading;

    /// <summary>The names of the connectors that a job uses.</summary>
    public static IEnumerable<string> ConnectorsOf(ConfigurationDocument job)
    {
        var source = job.Section.Find(JobFields.Source)?.Value.Find(SourceFields.Connector);
        var destinations = job.Section.Map(JobFields.Destinations).Select(d => d.Value.Find(DestinationFields.Connector));
        return destinations.Prepend(source).OfType<Found<string>>().Select(f => f.Value);
    }

    /// <summary>No two jobs share a series: it is part of every document's identity.</summary>
    public static void CheckSeries(ConfigurationCatalog catalog)
    {
        var known = new Dictionary<string, ConfigurationDocument>(StringComparer.Ordinal);
        foreach (var job in catalog.Of(DocumentKind.Job))
        {
            if (job.Section.Find(JobFields.Series) is not { } series || known.TryAdd(series.Value, job)) continue;
            job.Reading.Report(
                ErrorCodes.DuplicateName, series.Node.Span, $"the series '{series.Value}' is that of another job: {known[series.Value].File.Path}",
                Advice.Next("Give this job a series of its own; that of a job which has run must stay."));
        }
    }

    public void Check()
    {
        if (_job.Find(JobFields.Schedule)?.Value is { } schedule) CheckSchedule(schedule);
        if (_job.TryFind(JobFields.Source, out var source)) CheckSource(source.Value);
        var mapping = _job.TryFind(JobFields.Mapping, out var name) ? catalog.Resolve(DocumentKind.Mapping, name, _reading, []) : null;
        foreach (var destination in _job.Map(JobFields.Destinations)) CheckDestination(destination, mapping);
        if (mapping is not null) CheckEveryEntity(mapping);
        if (mapping is not null) CheckCaps(mapping);
        if (_job.TryFind(JobFields.Posting, out var posting)) CheckPosting(posting.Value, mapping);
        if (_job.Find(JobFields.PartitionBy) is { Value: PartitionBy.Entity } partition) CheckPartition(partition);
        CheckLimits();
        CheckReport();
        if (_job.Find(JobFields.Alerts)?.Value is { } alerts) CheckAlerts(alerts);
    }

    private void CheckPartition(Found<PartitionBy> partition)
    {
        if (_job.Map(JobFields.Destinations).Count == 1)
            _reading.Report(ErrorCodes.CannotPartition, partition.Node.Span, "'partitionBy' is 'entity', and the job has one destination for all entities", Advice.Next("Give each entity a destination of its own, or remove 'partitionBy'."));
        if (_job.Find(JobFields.Limits)?.Value.Find(LimitFields.Calls) is { } calls)
            _reading.Report(ErrorCodes.CannotPartition, calls.Node.Span, "'calls' counts the calls of one process, and 'partitionBy' lets several post", Advice.Next("Remove one of the two."));
    }

    private void CheckSchedule(Section schedule)
    {
        var holidays = schedule.List(ScheduleFields.Holidays).Select(h => h.Value.Find(HolidayFields.Date)).OfType<Found<DateOnly>>().ToList();
        foreach (var twice in holidays.Where((h, i) => holidays.Take(i).Any(e => e.Value == h.Value)))
            _reading.Report(ErrorCodes.DuplicateName, twice.Node.Span, $"the holiday {Intervals.Iso(twice.Value)} is listed twice", Advice.Next("Remove one of the two."));
        if (schedule.Find(ScheduleFields.After) is not { } after || catalog.Resolve(DocumentKind.Job, after, _reading, []) is not { } other) return;
        if (!other.Section.Has(JobFields.Schedule))
            _reading.Report(ErrorCodes.AfterNever, after.Node.Span, $"the job '{after.Value}' has no schedule, so no run of it is waited for", Advice.Next("Give it one, or remove 'after'."));
        else if (IsInCircle())
            _reading.Report(ErrorCodes.AfterNever, after.Node.Span, $"the job '{job.Name?.Value}' waits for itself by way of '{after.Value}'", Advice.Next("Remove one 'after' of the circle."));
    }

    private bool IsInCircle()
    {
        var seen = new HashSet<ConfigurationDocument>();
        for (var at = Earlier(job); at is not null && seen.Add(at); at = Earlier(at))
        {
            if (at == job) return true;
        }

        return false;
    }

    private ConfigurationDocument? Earlier(ConfigurationDocument later) =>
        later.Section.Find(JobFields.Schedule)?.Value.Find(ScheduleFields.After) is { } after ? catalog.Find(DocumentKind.Job, after.Value) : null;

    private void CheckSource(Section source)
    {
        foreach (var setting in source.Map(SourceFields.Settings)) References.CheckSecret(setting, allowSetting: false, _reading);
        CheckStreamsOnce(source);
        if (!source.TryFind(SourceFields.Connector, out var name) || Connector(name, isSource: true) is not { } connector) return;
        var streams = source.List(SourceFields.Streams).Select(s => s.Value.Name()).ToList();
        CheckSettings(source, name, connector, streams);
        CheckStreams(source, name.Value, connector);
        CheckDeletes(source, name.Value, connector);
    }

    private void CheckDeletes(Section source, string name, ConfigurationDocument connector)
    {
        if (source.Find(SourceFields.Deletes)?.Value is not { } deletes || deletes.Find(DeletesFields.By) is not { } by) return;
        if (by.Value != DeletesBy.WindowDiff && deletes.Written(DeletesFields.Window) is { } window)
            _reading.Report(ErrorCodes.WithoutEffect, window.Node.Span, "'window' has no effect: only 'by: window-diff' reads one", Advice.Next("Remove it."));
        var read = source.List(SourceFields.Streams).Select(s => s.Value).Where(s => s.IsBilled()).ToHashSet();
        foreach (var (kind, _, stream) in ConnectorChecks.StreamsOf(connector).Where(s => read.Contains(s.Kind)))
        {
            if (DeletesFault(by.Value, kind, stream) is not { } fault) continue;
            _reading.Report(ErrorCodes.DeletesUnknown, by.Node.Span, $"the stream '{kind.Name()}' of '{name}' {fault}", Advice.Next("Add it to the connector, or write 'by: none'."));
        }
    }

    private static string? DeletesFault(DeletesBy by, StreamKind kind, Section stream) => by switch
    {
        DeletesBy.None => null,
        _ when !stream.Spec.Fields.Contains(StreamFields.ById) => "is read from files, which cannot say that a record is deleted",
        DeletesBy.Feed => stream.Has(StreamFields.Deletions) ? null : "has no 'deletions', which 'by: feed' reads",
        _ => stream.Has(StreamFields.ById) || stream.Has(StreamFields.StatedTotal) ? null : "has neither 'byId' nor 'statedTotal', without which a skipped page would look like deleted records",
    };

    private void CheckStreamsOnce(Section source)
    {
        var streams = source.List(SourceFields.Streams);
        foreach (var stream in streams.Where((s, i) => streams.Take(i).Any(e => e.Value == s.Value)))
        {
            _reading.Report(ErrorCodes.DuplicateName, stream.Node.Span, $"the stream '{stream.Value.Name()}' is listed twice", Advice.Next("Remove one of the two."));
        }
    }

    private ConfigurationDocument? Connector(Found<string> name, bool isSource)
    {
        if (catalog.Resolve(DocumentKind.Connector, name, _reading, ConfigurationPaths.ShippedConnectors()) is not { Variant: { } variant } connector) return null;
        if (variant.IsSource == isSource) return connector;
        var (is_, needed) = isSource ? ("a destination", "source") : ("a source", "destination");
        _reading.Report(ErrorCodes.WrongSide, name.Node.Span, $"the connector '{name.Value}' is {is_}", Advice.Next($"Name a connector of kind '{needed}'."));
        return null;
    }

    private void CheckSettings(Section use, Found<string> name, ConfigurationDocument connector, IReadOnlyCollection<string>? streams)
    {
        var given = use.Map(SourceFields.Settings);
        var needed = ConnectorChecks.SettingsOf(connector, streams);
        var known = ConnectorChecks.SettingsOf(connector, null);
        foreach (var missing in needed.Where(n => given.All(g => g.Name != n)).Order(StringComparer.Ordinal))
        {
            var example = References.NamesSecret(missing) ? "env:NAME" : "VALUE";
            _reading.Report(ErrorCodes.MissingSetting, name.Node.Span, $"the connector '{name.Value}' needs the setting '{missing}'", Advice.Next($"Add 'settings: {{ {missing}: {example} }}' beside it."));
        }

        foreach (var unused in given.Where(g => !known.Contains(g.Name)))
        {
            var advice = known.Count == 0 ? Advice.Next("The connector refers to no settings; remove it.") : Advice.Names("Its settings", [.. known.Order(StringComparer.Ordinal)], unused.Name);
            _reading.Report(ErrorCodes.UnusedSetting, unused.Key.Span, $"the connector '{name.Value}' has no setting '{unused.Name}'", advice);
        }
    }

    private void CheckStreams(Section source, string name, ConfigurationDocument connector)
    {
        var offered = ConnectorChecks.StreamsOf(connector).ToDictionary(s => s.Kind);
        var needsApproval = source.Find(SourceFields.Approval)?.Value == "required";
        foreach (var stream in source.List(SourceFields.Streams))
        {
            if (!offered.TryGetValue(stream.Value, out var found))
            {
                var advice = Advice.Names("Its streams", [.. offered.Keys.Select(k => k.Name())], stream.Value.Name());
                _reading.Report(ErrorCodes.UnknownStream, stream.Node.Span, $"the connector '{name}' has no stream '{stream.Value.Name()}'", advice);
            }
            else if (needsApproval && stream.Value.IsBilled() && LacksApproval(found.Spec, found.Section))
            {
                _reading.Report(
                    ErrorCodes.ApprovalUnknown, source.Written(SourceFields.Approval)?.Node.Span ?? stream.Node.Span,
                    $"approval is required, and the stream '{stream.Value.Name()}' of '{name}' has no field 'approved': every record would be held",
                    Advice.Next("Write 'approval: none' in the job's source, or add the field to the connector."));
            }
        }
    }

    private static bool LacksApproval(StreamSpec spec, Section stream) => stream.Find(spec.Fields) is { } fields && !fields.Value.Has(spec.Canonical["approved"]);

    private void CheckDestination(Named<Section> destination, ConfigurationDocument? mapping)
    {
        var entities = mapping?.Section.Map(MappingFields.Entities).Select(e => e.Name).Append(JobFields.AllEntities).ToList();
        if (entities is not null && !entities.Contains(destination.Name))
        {
            _reading.Report(
                ErrorCodes.UnknownName, destination.Key.Span, $"the mapping has no entity '{destination.Name}'",
                Advice.Names("Known entities, and 'all' for the rest", entities, destination.Name));
        }

        foreach (var setting in destination.Value.Map(SourceFields.Settings)) References.CheckSecret(setting, allowSetting: false, _reading);
        if (destination.Value.TryFind(DestinationFields.Connector, out var name) && Connector(name, isSource: false) is { } connector) CheckSettings(destination.Value, name, connector, null);
    }

    private void CheckEveryEntity(ConfigurationDocument mapping)
    {
        if (_job.Find(JobFields.Destinations) is not { } destinations || destinations.Value.Any(d => d.Name == JobFields.AllEntities)) return;
        foreach (var entity in mapping.Section.Map(MappingFields.Entities).Where(e => e.Name != JobFields.AllEntities && destinations.Value.All(d => d.Name != e.Name)))
        {
            _reading.Report(
                ErrorCodes.NoDestination, destinations.Node.Span, $"the entity '{entity.Name}' of the mapping has no destination",
                Advice.Next($"Add '{entity.Name}:', or 'all:' for every entity that has none of its own."));
        }
    }

    private void CheckCaps(ConfigurationDocument mapping)
    {
        if (_job.Find(JobFields.Period)?.Value is not { } period || period.Find(PeriodFields.Every) is not { } every) return;
        var others = mapping.Section.List(MappingFields.Projects).Where(p => PerOf(p.Value) is { } per && per != every.Value).Select(p => p.Value).ToList();
        if (others.Count == 0) return;
        var (first, span) = (others[0], period.Written(PeriodFields.Every)?.Node.Span ?? _job.Find(JobFields.Mapping)!.Node.Span);
        var (own, capped) = (Kinds.Kebab(every.Value.ToString()), Kinds.Kebab(PerOf(first)!.Value.ToString()));
        var more = others.Count == 1 ? "" : FormattableString.Invariant($", and {others.Count - 1} more like it");
        var place = FormattableString.Invariant($"{mapping.File.Path}:{first.Find(ProjectFields.Cap)!.Node.Span.Line}");
        _reading.Report(
            ErrorCodes.CapPeriod, span, $"the job's period is a {own}, and its mapping caps the project '{first.Find(ThingFields.Code)?.Value}' per {capped} ({place}){more}",
            Advice.Next($"Write 'period: {{ every: {capped} }}' in the job, or 'per: {own}' in the mapping."));
    }

    private static PeriodKind? PerOf(Section project) => project.Find(ProjectFields.Cap)?.Value.Find(CapFields.Per)?.Value;

    private void CheckPosting(Section posting, ConfigurationDocument? mapping)
    {
        if (mapping is not null && posting.TryFind(PostingFields.Pilot, out var pilot)) CheckPilot(pilot.Value, mapping);
        if (posting.Find(PostingFields.OnChange) is { Value: ChangePolicy.Update } update && posting.Find(PostingFields.As) is { } state) CheckDrafts(update, state);
    }

    private void CheckDrafts(Found<ChangePolicy> update, Found<string> state)
    {
        if (state.Value != PostingFields.Draft)
        {
            _reading.Report(
                ErrorCodes.DraftsNeeded, update.Node.Span, $"'onChange' is 'update', which replaces drafts, and 'as' is '{state.Value}'",
                Advice.Next("Write 'as: draft', or let final documents change by 'delta' or 'credit-and-rebill'."));
        }

        foreach (var name in _job.Map(JobFields.Destinations).Select(d => d.Value.Find(DestinationFields.Connector)).OfType<Found<string>>().Where(LeavesDrafts))
        {
            _reading.Report(
                ErrorCodes.DraftsNeeded, name.Node.Span, $"'onChange' is 'update', which replaces drafts, and the connector '{name.Value}' has no call that deletes them",
                Advice.Next("Add 'withdraw:' to the connector, or choose 'delta' or 'credit-and-rebill'."));
        }
    }

    // A plain-text ledger deletes its drafts itself; an API needs to be told how.
    private bool LeavesDrafts(Found<string> name) =>
        catalog.Find(DocumentKind.Connector, name.Value) is { Variant: { IsSource: false, Type: "rest" } } connector && !connector.Section.Has(RestDestinationFields.Withdraw);

    private void CheckPilot(Section pilot, ConfigurationDocument mapping)
    {
        var codes = mapping.Section.List(MappingFields.Clients).Select(c => c.Value.Find(ThingFields.Code)?.Value).OfType<string>().Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        var known = new Dictionary<string, Yaml.Node>(StringComparer.Ordinal);
        foreach (var client in pilot.List(PilotFields.Clients))
        {
            Twice.Check("pilot client", client, known, _reading);
            if (codes.Contains(client.Value)) continue;
            _reading.Report(ErrorCodes.UnknownName, client.Node.Span, $"the mapping has no client '{client.Value}', so nothing of it would ever be billed", Advice.Names("Known clients", codes, client.Value));
        }
    }

    private void CheckLimits()
    {
        if (_job.Find(JobFields.Limits)?.Value.Find(LimitFields.Dates)?.Value is not { } dates) return;
        var (first, last) = (dates.Find(DateLimitFields.First), dates.Find(DateLimitFields.Last));
        if (first is null || last is null || first.Value <= last.Value) return;
        _reading.Report(
            ErrorCodes.EmptyInterval, last.Node.Span, $"'last' is {Intervals.Iso(last.Value)} and 'first' is {Intervals.Iso(first.Value)}, so no day lies between",
            Advice.Next("Both days are inside."));
    }

    private void CheckReport()
    {
        if (_job.Find(JobFields.Report)?.Value is not { } report) return;
        CheckCsv(report);
        if (report.Find(ReportFields.Email)?.Value.Find(EmailFields.Smtp)?.Value is { } smtp) CheckSmtp(smtp);
    }

    private void CheckCsv(Section report)
    {
        if (report.Find(ReportFields.Csv)?.Value is not { } csv) return;
        if (csv.Find(CsvFields.Delimiter) is not { } delimiter || csv.Find(CsvFields.Decimal) is not { } sign || sign.Value[0] != delimiter.Value) return;
        var written = csv.Written(CsvFields.Decimal)?.Node ?? delimiter.Node;
        _reading.Report(ErrorCodes.NotAllowed, written.Span, $"delimiter and decimal sign are both '{sign.Value}'", Advice.Next("Where the decimal sign is ',', the delimiter is usually ';'."));
    }

    private void CheckSmtp(Section smtp)
    {
        if (smtp.Has(SmtpFields.User) == smtp.Has(SmtpFields.Password)) return;
        var (there, missing) = smtp.Has(SmtpFields.User) ? ("user", "password") : ("password", "user");
        _reading.Report(ErrorCodes.MissingField, smtp.Node.Span, $"smtp: '{there}' stands without '{missing}'", Advice.Next($"Add '{missing}', or remove '{there}' where nobody signs in."));
    }

    private void CheckAlerts(Section alerts)
    {
        var routes = alerts.List(AlertFields.Routes);
        foreach (var email in routes.Select(r => r.Value.Find(AlertRouteFields.Email)).OfType<Found<Section>>()) CheckAlertEmail(email);
        foreach (var header in routes.Select(r => r.Value.Find(AlertRouteFields.Webhook)).OfType<Found<Section>>().SelectMany(w => w.Value.Map(WebhookFields.Headers))) References.CheckSecret(header, allowSetting: false, _reading);
        CheckRoutesOnce(routes);
    }

    private void CheckAlertEmail(Found<Section> email)
    {
        var (smtp, report) = (email.Value.Find(AlertEmailFields.Smtp), _job.Find(JobFields.Report)?.Value.Find(ReportFields.Email)?.Value);
        if (smtp is not null) CheckSmtp(smtp.Value);
        var hasWay = email.Value.Has(AlertEmailFields.Smtp) || email.Value.Has(EmailFields.PickupFolder);
        if (email.Value.Has(AlertEmailFields.Smtp) && email.Value.Has(EmailFields.PickupFolder))
            _reading.Report(ErrorCodes.NotExactlyOne, email.Node.Span, $"{email.Value.Spec.Name}: 'smtp' and 'pickupFolder' stand together", Advice.Next("Leave one of the two out, or both where the alert goes as 'report: email' says."));
        if (report is null && !hasWay)
            _reading.Report(ErrorCodes.MissingField, email.Node.Span, $"{email.Value.Spec.Name}: there is no way for it to go", Advice.Next("Add 'smtp' or 'pickupFolder' here, or 'email' to the job's 'report'."));
        if (report is null && !email.Value.Has(AlertEmailFields.From))
            _reading.Report(ErrorCodes.MissingField, email.Node.Span, $"{email.Value.Spec.Name}: the field 'from' is missing", Advice.Next("Add it here, or 'email' to the job's 'report'."));
    }

    // What a route was told is known by where it goes: two with one goal would be told in each other's place.
    private void CheckRoutesOnce(IReadOnlyList<Found<Section>> routes)
    {
        var known = new HashSet<string>(StringComparer.Ordinal);
        foreach (var route in routes)
        {
            var goal = route.Value.Find(AlertRouteFields.Webhook)?.Value.Find(WebhookFields.Url)?.Value.Text
                ?? (route.Value.Find(AlertRouteFields.Email)?.Value is { } email ? string.Join(", ", email.List(EmailFields.To).Select(a => a.Value)) : "");
            if (goal.Length == 0 || known.Add(goal)) continue;
            _reading.Report(ErrorCodes.DuplicateName, route.Node.Span, $"alerts go twice to '{goal}'", Advice.Next("Make one route of the two, with all that it is told of under 'on'."));
        }
    }
}
