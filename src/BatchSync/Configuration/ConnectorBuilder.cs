using BatchSync.Configuration.Fields;
using BatchSync.Core.Posting;
using BatchSync.Core.Retry;
using BatchSync.Core.Sources;

namespace BatchSync.Configuration;

/// <summary>Makes connectors of documents without errors.</summary>
internal static class ConnectorBuilder
{
    public static SourceConnector Source(ConfigurationDocument document)
    {
        var connector = document.Section;
        var name = connector.Get(ConnectorFields.Name);
        var streams = ConnectorChecks.StreamsOf(document).ToDictionary(s => s.Kind, s => StreamOf(s.Kind, s.Spec, s.Section));
        if (document.Variant!.Spec == CsvSourceFields.Spec) return new(name, null, null, null, CsvOf(connector, document.Path.Root), streams);
        var probe = connector.Get(RestSourceFields.Probe);
        return new(name, ApiOf(connector), probe.Get(RestSourceFields.ProbePath), probe.GetOrNull(RestSourceFields.ProbeField), null, streams);
    }

    public static DestinationConnector Destination(ConfigurationDocument document)
    {
        var connector = document.Section;
        var name = connector.Get(ConnectorFields.Name);
        if (document.Variant!.Spec == JournalFields.Spec) return new DestinationConnector.Journal(name, JournalOf(connector, document.Path.Root));
        return new DestinationConnector.Rest(name, ApiOf(connector), DocumentsOf(connector));
    }

    /// <summary>A written path becomes absolute; a reference stays what it is.</summary>
    public static ValueReference Absolute(ValueReference path, string root) =>
        path.IsReference() ? path : new ValueReference(Path.GetFullPath(Path.Combine(root, path.Text)));

    private static ApiDefinition ApiOf(Section connector)
    {
        var calls = connector.Get(ApiFields.Calls);
        return new(
            connector.Get(ApiFields.BaseUrl),
            connector.GetOrNull(ApiFields.Auth) is { } auth ? AuthenticationOf(auth) : new Authentication.None(),
            Values(connector.Map(ApiFields.Headers)),
            calls.Get(CallFields.Timeout),
            calls.Get(CallFields.Attempts),
            calls.Get(CallFields.MaxDelay))
        {
            BusyStatuses = [.. calls.List(CallFields.Busy).Select(s => s.Value)],
            RetryAfterHeader = calls.Get(CallFields.RetryAfter),
            CorrelationHeader = calls.GetOrNull(CallFields.CorrelationHeader),
            TakesGzip = calls.Get(CallFields.Compress) == CallFields.Gzip,
            Allowances = [.. calls.List(CallFields.Allowance).Select(a => AllowanceOf(a.Value))],
            AtOnce = calls.Get(CallFields.InFlight),
        };
    }

    private static ApiAllowance AllowanceOf(Section allowance) =>
        new(new Allowance(allowance.Get(CallFields.Calls), allowance.Get(CallFields.Per)), allowance.GetOrNull(CallFields.Remaining), allowance.GetOrNull(CallFields.Resets));

    private static Authentication AuthenticationOf(Section auth)
    {
        if (auth.GetOrNull(AuthFields.Bearer) is { } token) return new Authentication.Bearer(token);
        if (auth.GetOrNull(AuthFields.Basic) is { } basic) return new Authentication.Basic(basic.Get(AuthFields.User), basic.Get(AuthFields.Password));
        if (auth.GetOrNull(AuthFields.ClientCredentials) is { } credentials) return new Authentication.ClientCredentials(ClientOf(credentials, credentials.Get(AuthFields.ClientSecret)));
        if (auth.GetOrNull(AuthFields.RefreshToken) is { } refresh)
            return new Authentication.RefreshToken(ClientOf(refresh, refresh.GetOrNull(AuthFields.OptionalSecret)), refresh.GetOrNull(AuthFields.AuthorizeUrl), refresh.GetOrNull(AuthFields.Account));
        var apiKey = auth.Get(AuthFields.ApiKey);
        return new Authentication.ApiKey(apiKey.Get(AuthFields.Header), apiKey.Get(AuthFields.Key));
    }

    private static OAuthClient ClientOf(Section oauth, ValueReference? secret) =>
        new(oauth.Get(AuthFields.TokenUrl), oauth.Get(AuthFields.ClientId), secret, [.. oauth.List(AuthFields.Scopes).Select(s => s.Value)], oauth.Get(AuthFields.SecretIn) == "body");

    private static CsvDefinition CsvOf(Section connector, string root) => new(
        Absolute(connector.Get(CsvSourceFields.Folder), root),
        connector.Get(CsvSourceFields.Delimiter).ToString(),
        connector.GetOrNull(CsvSourceFields.Culture) ?? "",
        connector.Get(CsvSourceFields.Encoding));

    private static StreamDefinition StreamOf(StreamKind kind, StreamSpec spec, Section stream)
    {
        var fields = FieldsOf(kind, spec, stream.Get(spec.Fields));
        if (stream.Spec.Fields.Contains(StreamFields.CsvPath))
        {
            return new(kind, stream.Get(StreamFields.CsvPath), Values([]), new Pagination.None(), "", null, null, null, null, stream.GetOrNull(StreamFields.CsvWhere), fields);
        }

        return new(
            kind,
            stream.Get(StreamFields.RestPath),
            Values(stream.Map(StreamFields.Query)),
            PaginationOf(stream.Get(StreamFields.Paginator)),
            stream.Get(StreamFields.Records),
            stream.GetOrNull(StreamFields.StatedTotal),
            stream.GetOrNull(StreamFields.ModifiedSince),
            stream.GetOrNull(StreamFields.FromDate),
            stream.GetOrNull(StreamFields.ToDate),
            stream.GetOrNull(StreamFields.RestWhere),
            fields)
        {
            ById = kind.IsBilled() ? stream.GetOrNull(StreamFields.ById) : null,
            Deletions = kind.IsBilled() && stream.GetOrNull(StreamFields.Deletions) is { } deletions ? DeletionsOf(kind, deletions) : null,
        };
    }

    private static StreamDefinition DeletionsOf(StreamKind kind, Section deletions) => new(
        kind,
        deletions.Get(StreamFields.RestPath),
        Values(deletions.Map(StreamFields.Query)),
        PaginationOf(deletions.Get(StreamFields.Paginator)),
        deletions.Get(StreamFields.Records),
        null,
        deletions.GetOrNull(StreamFields.DeletedSince),
        null,
        null,
        null,
        new Dictionary<string, FieldDefinition>(StringComparer.Ordinal)
        {
            ["id"] = new(deletions.Get(StreamFields.DeletedId), null, ValueKind.Text, [], null),
            ["modifiedAt"] = new(deletions.Get(StreamFields.DeletedWhen), null, ValueKind.Instant, [], null),
            ["deleted"] = new(null, "true", ValueKind.Boolean, [], null),
        });

    private static Dictionary<string, FieldDefinition> FieldsOf(StreamKind kind, StreamSpec spec, Section fields) =>
        StreamFields.Canonical[kind]
            .Where(c => fields.Has(spec.Canonical[c.Name]))
            .ToDictionary(c => c.Name, c => FieldOf(c, fields.Get(spec.Canonical[c.Name])), StringComparer.Ordinal);

    // The path of an API's row and of a file's row are two declarations of one name; the section holds whichever it was read with.
    private static FieldDefinition FieldOf(CanonicalField canonical, Section field) => new(
        field.GetOrNull(ValueFields.RestPath),
        field.GetOrNull(ValueFields.Constant),
        field.Get(ValueFields.As(canonical)),
        [.. field.List(ValueFields.TrueValues).Select(v => v.Value)],
        field.GetOrNull(ValueFields.Format));

    private static Pagination PaginationOf(Section paginator)
    {
        if (paginator.GetOrNull(PaginatorFields.Cursor) is { } cursor) return new Pagination.Cursor(cursor.Get(PaginatorFields.CursorPath), cursor.Get(PaginatorFields.Parameter));
        if (paginator.GetOrNull(PaginatorFields.Link) is { } link) return new Pagination.Link(link.GetOrNull(PaginatorFields.LinkPath));
        if (paginator.GetOrNull(PaginatorFields.Page) is { } page) return PageOf(page);
        if (paginator.GetOrNull(PaginatorFields.Offset) is { } offset)
        {
            return new Pagination.Offset(offset.Get(PaginatorFields.OffsetParameter), offset.Get(PaginatorFields.LimitParameter), offset.Get(PaginatorFields.Limit));
        }

        return new Pagination.None();
    }

    private static Pagination.Page PageOf(Section page) => new(
        page.Get(PaginatorFields.PageParameter),
        page.Get(PaginatorFields.First),
        page.GetOrNull(PaginatorFields.TotalPages),
        page.GetOrNull(PaginatorFields.SizeParameter),
        page.Get(PaginatorFields.Size));

    private static RestDestinationDefinition DocumentsOf(Section connector)
    {
        var company = connector.Get(RestDestinationFields.Company);
        return new(
            new CompanyCall(company.Get(RestDestinationFields.CompanyPath), company.Get(RestDestinationFields.TenantField), company.GetOrNull(RestDestinationFields.EnvironmentField))
            {
                LockedThroughField = company.GetOrNull(RestDestinationFields.LockedThroughField),
            },
            CreateOf(connector.Get(RestDestinationFields.Create)),
            LookUpOf(connector.Get(RestDestinationFields.LookUp)),
            connector.GetOrNull(RestDestinationFields.Finalize) is { } finalize ? FinalizeOf(finalize) : null,
            connector.GetOrNull(RestDestinationFields.IdempotencyHeader),
            Values(connector.Map(RestDestinationFields.DocumentFields)),
            connector.Get(RestDestinationFields.LinesField),
            Values(connector.Map(RestDestinationFields.LineFieldsOf)),
            connector.GetOrNull(RestDestinationFields.TaxesField),
            Values(connector.Map(RestDestinationFields.TaxFieldsOf)),
            connector.Get(RestDestinationFields.InvoiceValue),
            connector.Get(RestDestinationFields.CreditNoteValue),
            connector.Get(RestDestinationFields.ReferenceLength),
            connector.Get(RestDestinationFields.QuantityDecimals),
            connector.Get(RestDestinationFields.Settle))
        {
            Withdraw = connector.GetOrNull(RestDestinationFields.Withdraw) is { } withdraw ? WithdrawOf(withdraw) : null,
            Deductions = new(DeductionOf(connector.GetOrNull(RestDestinationFields.Withholding)), DeductionOf(connector.GetOrNull(RestDestinationFields.Retainer))),
            RateDecimals = connector.ValueOrNull(RestDestinationFields.RateDecimals),
        };
    }

    private static CreateCall CreateOf(Section create) => new(
        create.Get(RestDestinationFields.CreatePath),
        create.Get(RestDestinationFields.Envelope),
        create.Get(RestDestinationFields.BatchSize),
        create.GetOrNull(RestDestinationFields.DraftField),
        create.Get(RestDestinationFields.DraftValue),
        create.Get(RestDestinationFields.FinalValue),
        create.Get(RestDestinationFields.Results),
        create.Get(RestDestinationFields.ResultReference),
        create.Get(RestDestinationFields.ResultId),
        create.Get(RestDestinationFields.ResultStatus),
        [.. create.List(RestDestinationFields.CreatedValues).Select(v => v.Value)],
        [.. create.List(RestDestinationFields.DuplicateValues).Select(v => v.Value)],
        create.Get(RestDestinationFields.ErrorCode),
        create.Get(RestDestinationFields.ErrorMessage));

    private static LookUpCall LookUpOf(Section lookUp)
    {
        var fields = lookUp.Get(RestDestinationFields.LookUpFields);
        return new(
            lookUp.Get(RestDestinationFields.LookUpPath),
            lookUp.Get(RestDestinationFields.LookUpParameter),
            lookUp.Get(RestDestinationFields.Separator),
            lookUp.Get(RestDestinationFields.LookUpBatchSize),
            lookUp.Get(RestDestinationFields.Results),
            RestDestinationFields.ReadBack.Where(fields.Has).ToDictionary(f => f.Name, fields.Get, StringComparer.Ordinal),
            StatusesOf(lookUp.Get(RestDestinationFields.Statuses)));
    }

    private static StatusValues StatusesOf(Section statuses) => new(
        Texts(statuses, RestDestinationFields.DraftStatus),
        Texts(statuses, RestDestinationFields.PartPaidStatus),
        Texts(statuses, RestDestinationFields.PaidStatus),
        Texts(statuses, RestDestinationFields.VoidedStatus));

    private static FinalizeCall FinalizeOf(Section finalize) => new(
        finalize.Get(RestDestinationFields.FinalizePath),
        finalize.Get(RestDestinationFields.Envelope),
        finalize.Get(RestDestinationFields.Results),
        finalize.Get(RestDestinationFields.ResultId),
        finalize.Get(RestDestinationFields.ResultStatus),
        [.. finalize.List(RestDestinationFields.FinalValues).Select(v => v.Value)],
        finalize.Get(RestDestinationFields.ErrorCode),
        finalize.Get(RestDestinationFields.ErrorMessage));

    private static WithdrawCall WithdrawOf(Section withdraw) => new(
        withdraw.Get(RestDestinationFields.WithdrawPath),
        withdraw.Get(RestDestinationFields.Envelope),
        withdraw.Get(RestDestinationFields.Results),
        withdraw.Get(RestDestinationFields.ResultId),
        withdraw.Get(RestDestinationFields.ResultStatus),
        Texts(withdraw, RestDestinationFields.WithdrawnValues),
        Texts(withdraw, RestDestinationFields.GoneValues),
        withdraw.Get(RestDestinationFields.ErrorCode),
        withdraw.Get(RestDestinationFields.ErrorMessage));

    private static DeductionPosting DeductionOf(Section? deduction) => deduction?.Get(RestDestinationFields.As) switch
    {
        null => DeductionPosting.NotPosted,
        DeductionForm.Line => DeductionPosting.Line(
            deduction.GetOrNull(RestDestinationFields.DeductionAccount) ?? "",
            deduction.GetOrNull(RestDestinationFields.DeductionItem) ?? "",
            deduction.GetOrNull(RestDestinationFields.DeductionTaxCode) ?? ""),
        _ => DeductionPosting.Field,
    };

    private static string[] Texts(Section section, FieldSpec<IReadOnlyList<Found<string>>> field) => [.. section.List(field).Select(v => v.Value)];

    private static JournalDefinition JournalOf(Section connector, string root) => new(
        Absolute(connector.Get(JournalFields.File), root),
        connector.Get(JournalFields.Receivable),
        connector.Get(JournalFields.Income),
        connector.Get(JournalFields.TaxPayable))
    {
        Withholding = connector.GetOrNull(JournalFields.Withholding),
        Retainer = connector.GetOrNull(JournalFields.Retainer),
        Prices = connector.Get(JournalFields.Prices),
    };

    private static Dictionary<string, T> Values<T>(IEnumerable<Named<T>> named) => named.ToDictionary(n => n.Name, n => n.Value, StringComparer.Ordinal);

    private static Dictionary<string, ValueReference> Values(IEnumerable<Named<ValueReference>> named) => Values<ValueReference>(named);
}
