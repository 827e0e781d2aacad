using BatchSync.Configuration.Fields;
using BatchSync.Core.Sources;

namespace BatchSync.Configuration;

/// <summary>A canonical field of a stream, and the ways in which its value may be read; the first is its natural one.</summary>
internal sealed record CanonicalField(string Name, string Description, IReadOnlyList<ValueKind> Kinds, bool IsRequired = false)
{
    public static readonly ValueKind[] Texts = [ValueKind.Text];
    public static readonly ValueKind[] Flags = [ValueKind.Boolean, ValueKind.Not];
    public static readonly ValueKind[] Times = [ValueKind.Seconds, ValueKind.Minutes, ValueKind.Hours, ValueKind.HoursRepairedToMinute, ValueKind.Duration];
}

/// <summary>The fields of a connector's streams.</summary>
internal static class StreamFields
{
    private static readonly CanonicalField[] Common =
    [
        new("id", "The source's own id, unique in the stream.", CanonicalField.Texts, IsRequired: true),
        new("deleted", "Whether the source says that the record is gone.", CanonicalField.Flags),
        new("modifiedAt", "When the source last changed the record.", [ValueKind.Instant]),
    ];

    private static readonly CanonicalField[] Billed =
    [
        .. Common, .. Pair("client"), .. Pair("project"), .. Pair("task"), .. Pair("person"),
        new("purchaseOrder", "The purchase order.", CanonicalField.Texts),
        new("date", "The local date.", [ValueKind.Date]),
        new("start", "The start as an instant; gives the date where there is none.", [ValueKind.Instant]),
        new("billable", "Whether it is billable. Left out: it is.", CanonicalField.Flags),
        new("approved", "Whether the timesheet is approved.", CanonicalField.Flags),
        new("approvedBy", "Who approved it; kept with the record for the auditor.", CanonicalField.Texts),
        new("approvedAt", "When it was approved; kept with the record for the auditor.", [ValueKind.Instant]),
        new("billedElsewhere", "Whether the source says that it is billed.", CanonicalField.Flags),
        new("notes", "The record's own text.", CanonicalField.Texts),
    ];

    private static readonly CanonicalField[] Naming =
    [
        .. Common,
        new("name", "Its name.", CanonicalField.Texts, IsRequired: true),
        new("code", "Its code.", CanonicalField.Texts),
        new("active", "Whether it is in use. Left out: it is.", CanonicalField.Flags),
    ];

    /// <summary>The closed list of fields of each stream.</summary>
    public static readonly IReadOnlyDictionary<StreamKind, IReadOnlyList<CanonicalField>> Canonical = new Dictionary<StreamKind, IReadOnlyList<CanonicalField>>
    {
        [StreamKind.TimeEntries] = [.. Billed, new("seconds", "The time worked.", CanonicalField.Times, IsRequired: true)],
        [StreamKind.Expenses] =
        [
            .. Billed, .. Pair("category"),
            new("amount", "The amount, in major units.", [ValueKind.Decimal], IsRequired: true),
            new("currency", "The currency. Left out: the client's.", CanonicalField.Texts),
        ],
        [StreamKind.Clients] = [.. Naming, new("currency", "The currency.", CanonicalField.Texts)],
        [StreamKind.Projects] = [.. Naming, .. Pair("client")],
        [StreamKind.Tasks] = Naming,
        [StreamKind.People] = Naming,
    };

    public static readonly FieldSpec<string> RestPath = new("path", Texts.ApiPath, "The call.") { Example = "/time_entries" };

    public static readonly FieldSpec<string> CsvPath = new("path", Kinds.Text, "The file names, with `*` for any characters.") { Example = "time-*.csv" };

    public static readonly FieldSpec<IReadOnlyList<Named<ValueReference>>> Query = new("query", Kinds.MapOf(Kinds.Text, References.OfConnector), "Fixed parameters.") { Default = "{}", Example = "{ per_page: 2000 }" };

    public static readonly FieldSpec<Section> Paginator = new("paginator", Kinds.SectionOf(PaginatorFields.Spec), "The rule for the next page.") { Example = "{ link: { path: links.next } }" };

    public static readonly FieldSpec<string> Records = new("records", Texts.JsonPathOrEmpty, "Where the rows stand in the body. Left out: the body itself is the list.") { Default = "\"\"", Example = "time_entries" };

    public static readonly FieldSpec<string> StatedTotal = new("statedTotal", Texts.JsonPath, "Where the source states the number of rows in all; the reconciliation compares it.") { IsOptional = true, Example = "total_entries" };

    public static readonly FieldSpec<string> ModifiedSince = new("modifiedSince", Kinds.Text, "The parameter for rows changed since an instant. Left out: every run reads everything.") { IsOptional = true, Example = "updated_since" };

    public static readonly FieldSpec<string> FromDate = new("fromDate", Kinds.Text, "The parameter for the first service date, inclusive.") { IsOptional = true, Example = "from" };

    public static readonly FieldSpec<string> ToDate = new("toDate", Kinds.Text, "The parameter for the last service date, inclusive.") { IsOptional = true, Example = "to" };

    public static readonly FieldSpec<string> RestWhere = new("where", Texts.JsonPath, "Rows without a value there belong to another stream.") { IsOptional = true, Example = "custom_fields[name=Expense amount].value" };

    public static readonly FieldSpec<string> CsvWhere = new("where", Kinds.Text, "Rows without a value in this column belong to another stream.") { IsOptional = true, Example = "Amount" };

    public static readonly FieldSpec<string> ById = new("byId", Texts.PathById, "The call for one record, `{id}` in place of its id. 404 and 410 mean that there is none. With it, a record that a reading did not show is asked for before it counts as deleted.") { IsOptional = true, Example = "/time_entries/{id}" };

    public static readonly FieldSpec<string> DeletedId = new("id", Texts.JsonPath, "Where a row has the id of the deleted record.") { Default = "id" };

    public static readonly FieldSpec<string> DeletedWhen = new("when", Texts.JsonPath, "Where a row has the instant of the deletion. A row of the record that was saved later undoes it, one that was saved earlier does not.") { Example = "deleted_at" };

    public static readonly FieldSpec<string> DeletedSince = new("since", Kinds.Text, "The parameter for deletions since an instant. Left out: every run reads the whole list.") { IsOptional = true, Example = "since" };

    private static readonly SectionSpec DeletionsSpec = new(
        "connector (REST source): streams: deletions", "The API's own list of deleted records.", [RestPath, Query, Paginator, Records, DeletedId, DeletedWhen, DeletedSince]);

    public static readonly FieldSpec<Section> Deletions = new("deletions", Kinds.SectionOf(DeletionsSpec), "The API's own list of deleted records.") { IsOptional = true, Example = "{ path: /time_entries_deleted, paginator: { none: {} }, records: deletions, id: id, when: deleted_at, since: since }" };

    private static readonly Dictionary<StreamKind, StreamSpec> RestSpecs = Enum.GetValues<StreamKind>()
        .ToDictionary(s => s, s => SpecOf(isCsv: false, s, fields => [RestPath, Query, Paginator, Records, StatedTotal, ModifiedSince, FromDate, ToDate, RestWhere, .. s.IsBilled() ? (FieldSpec[])[ById, Deletions] : [], fields]));

    private static readonly Dictionary<StreamKind, StreamSpec> CsvSpecs = Enum.GetValues<StreamKind>()
        .ToDictionary(s => s, s => SpecOf(isCsv: true, s, fields => [CsvPath, CsvWhere, fields]));

    /// <summary>The spec of one stream of an API.</summary>
    public static StreamSpec Rest(StreamKind stream) => RestSpecs[stream];

    /// <summary>The spec of one stream of files.</summary>
    public static StreamSpec Csv(StreamKind stream) => CsvSpecs[stream];

    /// <summary>A section with a field for every stream.</summary>
    public static SectionSpec AllOf(string connector, Func<StreamKind, StreamSpec> specOf)
    {
        var fields = Enum.GetValues<StreamKind>().Select(s => specOf(s).Field).ToList();
        return new($"{connector}: streams", "What can be read; at least one.", [.. fields]) { AtLeastOne = [fields] };
    }

    private static StreamSpec SpecOf(bool isCsv, StreamKind stream, Func<FieldSpec, IReadOnlyList<FieldSpec>> fieldsOf)
    {
        var canonical = Canonical[stream].ToDictionary(c => c.Name, c => ValueFields.FieldOf(c, isCsv));
        var title = $"connector ({(isCsv ? "CSV" : "REST")} source): streams: {stream.Name()}";
        var map = new SectionSpec($"{title}: fields", "Where the value of each canonical field stands.", [.. canonical.Values])
        {
            IsDocumentedElsewhere = isCsv,
            AtLeastOne = stream.IsBilled() ? [[canonical["date"], canonical["start"]]] : [],
        };
        var fields = new FieldSpec<Section>("fields", Kinds.SectionOf(map), isCsv ? "The column of each canonical field; the fields are those of a REST source." : "Where the value of each canonical field stands.") { Example = stream.IsBilled() ? "{ id: id, date: spent_date }" : "{ id: id, name: name }" };
        var section = new SectionSpec(title, $"How {stream.Name()} are read.", fieldsOf(fields));
        return new(new(stream.Name(), Kinds.SectionOf(section), $"How {stream.Name()} are read.") { IsOptional = true, Example = "{ path: ..., fields: ... }" }, fields, canonical);
    }

    private static CanonicalField[] Pair(string what) =>
    [
        new(what, $"The id of the {what}.", CanonicalField.Texts),
        new(what + "Name", $"The name of the {what}.", CanonicalField.Texts),
    ];
}

/// <summary>The declared fields of one stream.</summary>
/// <param name="Field">The stream within <c>streams</c>.</param>
/// <param name="Fields">The field map within the stream.</param>
/// <param name="Canonical">The fields within the map, by canonical name.</param>
internal sealed record StreamSpec(FieldSpec<Section> Field, FieldSpec<Section> Fields, IReadOnlyDictionary<string, FieldSpec<Section>> Canonical);

/// <summary>Where a canonical field's value stands and how its text is read.</summary>
internal static class ValueFields
{
    public static readonly FieldSpec<string> RestPath = new("path", Texts.JsonPath, "Where the value stands in a row.") { IsOptional = true, Example = "client.id" };
    public static readonly FieldSpec<string> CsvPath = new("path", Kinds.Text, "The column's name.") { IsOptional = true, Example = "Client" };
    public static readonly FieldSpec<string> Constant = new("constant", Kinds.Text, "A fixed value for every row.") { IsOptional = true, Example = "EUR" };

    public static readonly FieldSpec<IReadOnlyList<Found<string>>> TrueValues = new("trueValues", Kinds.OneOrMany(Kinds.Text), "The texts that mean true, of a field that is true or false. Left out: true, 1, yes.") { IsOptional = true, Example = "[approved]" };
    public static readonly FieldSpec<string> Format = new("format", Kinds.Text, "The exact .NET format of a date or instant. Left out: ISO 8601.") { IsOptional = true, Example = "dd.MM.yyyy" };

    /// <summary>How the text is read: the field of a canonical field's section.</summary>
    public static FieldSpec<ValueKind> As(CanonicalField canonical) =>
        new("as", Kinds.Choice([.. canonical.Kinds], k => Kinds.Kebab(k.ToString())), "How the text is read.") { Default = Kinds.Kebab(canonical.Kinds[0].ToString()) };

    public static FieldSpec<Section> FieldOf(CanonicalField canonical, bool isCsv)
    {
        var path = isCsv ? CsvPath : RestPath;
        var spec = new SectionSpec(
            $"connector ({(isCsv ? "CSV" : "REST")} source): a value read as {Kinds.Kebab(canonical.Kinds[0].ToString())}",
            "Where a value stands and how it is read. A text alone is its `path`.",
            [path, Constant, As(canonical), TrueValues, Format])
        {
            IsDocumentedElsewhere = isCsv,
            ExactlyOne = [[path, Constant]],
        };
        return new(canonical.Name, Kinds.SectionOf(spec, path), canonical.Description) { IsOptional = !canonical.IsRequired, Example = canonical.Name };
    }
}
