using System.Globalization;
using BatchSync.Configuration;
using BatchSync.Core.Sources;
using BatchSync.Http;

namespace BatchSync.Sources.Fields;

/// <summary>
/// Makes the canonical record of a row by the stream's field map. A value that cannot be read becomes a fault of the record; no
/// row is ever dropped for one. An empty text counts as absent.
/// </summary>
/// <typeparam name="TRow">What the format's parser gives for a row.</typeparam>
internal sealed class RecordReader<TRow>
{
    /// <summary>Longer notes are cut to this many characters.</summary>
    public const int NotesKept = 4000;

    private readonly StreamDefinition _stream;
    private readonly int _noteLength;
    private readonly Func<string, FieldDefinition, DateOnly?> _date;
    private readonly Func<string, FieldDefinition, DateTimeOffset?> _instant;
    private readonly Func<string, FieldDefinition, long?> _seconds;
    private readonly Func<string, FieldDefinition, decimal?> _amount;
    private readonly Func<string, FieldDefinition, bool?> _boolean = ValueReading.Boolean;
    private readonly Dictionary<string, Place> _places = new(StringComparer.Ordinal);
    private readonly Func<TRow, FieldText>? _where;

    /// <param name="noteLength">Notes of more characters get a fault.</param>
    /// <param name="valueAt">For a path of the field map the function that takes the value there out of a row.</param>
    /// <exception cref="SettingException">A field is to be read in a way that cannot give its value.</exception>
    public RecordReader(StreamDefinition stream, CultureInfo culture, int noteLength, Func<string, Func<TRow, FieldText>> valueAt)
    {
        (_stream, _noteLength) = (stream, noteLength);
        var values = new ValueReading(culture);
        _date = (text, field) => values.Date(text, field.Format);
        _instant = (text, field) => values.Instant(text, field.Format);
        _seconds = (text, field) => values.Seconds(text, field.As);
        _amount = (text, _) => values.Decimal(text);
        _where = stream.Where is null ? null : valueAt(stream.Where);
        foreach (var (name, field) in stream.Fields) _places.Add(name, PlaceOf(name, field, valueAt));
    }

    /// <summary>Whether the stream's <c>where</c> says that the row belongs to another stream: its value is absent or empty.</summary>
    public bool IsLeftOut(TRow row) => _where is not null && string.IsNullOrWhiteSpace(_where(row).Text);

    /// <summary>The record of a row.</summary>
    /// <param name="idWithoutOne">The id that the record gets where the row has none, besides the fault.</param>
    public SourceRecord Read(TRow row, Func<TRow, string> idWithoutOne)
    {
        var fields = new Fields(this, row);
        var id = fields.Text("id");
        if (id.Length == 0 && !fields.HasFault("id")) fields.Fault("id", "", "an id, unique in the stream");
        var record = new SourceRecord
        {
            Stream = _stream.Stream,
            Id = id.Length > 0 ? id : idWithoutOne(row),
            Client = new Reference(fields.Text("client"), fields.Text("clientName")),
            Project = new Reference(fields.Text("project"), fields.Text("projectName")),
            Task = new Reference(fields.Text("task"), fields.Text("taskName")),
            Person = new Reference(fields.Text("person"), fields.Text("personName")),
            Category = new Reference(fields.Text("category"), fields.Text("categoryName")),
            PurchaseOrder = fields.Text("purchaseOrder"),
            Date = fields.Value("date", _date),
            Start = fields.Value("start", _instant),
            Seconds = fields.Value("seconds", _seconds),
            Amount = fields.Value("amount", _amount),
            Currency = fields.Text("currency"),
            Billable = fields.Value("billable", _boolean) ?? true,
            Approved = fields.Value("approved", _boolean),
            ApprovedBy = fields.Text("approvedBy"),
            ApprovedAt = fields.Value("approvedAt", _instant),
            BilledElsewhere = fields.Value("billedElsewhere", _boolean) ?? false,
            Deleted = fields.Value("deleted", _boolean) ?? false,
            Notes = fields.Notes(_noteLength),
            ModifiedAt = fields.Value("modifiedAt", _instant),
            Name = fields.Text("name"),
            Code = fields.Text("code"),
            Active = fields.Value("active", _boolean) ?? true,
        };
        if (!record.Deleted) AddMissing(record, fields);
        return fields.Faults.Count == 0 ? record : record with { Faults = fields.Faults };
    }

    private static void AddMissing(SourceRecord record, Fields fields)
    {
        if (!record.Stream.IsBilled()) return;
        if (record.Date is null && record.Start is null && !fields.HasFault("date") && !fields.HasFault("start"))
            fields.Fault("date", "", "a date or a start");
        if (record.Stream == StreamKind.TimeEntries && record.Seconds is null && !fields.HasFault("seconds"))
            fields.Fault("seconds", "", "a length of time");
        if (record.Stream == StreamKind.Expenses && record.Amount is null && !fields.HasFault("amount"))
            fields.Fault("amount", "", "an amount");
    }

    private static Place PlaceOf(string name, FieldDefinition field, Func<string, Func<TRow, FieldText>> valueAt)
    {
        if (!CanGive(name, field.As))
            throw new SettingException($"The connector reads the field '{name}' as {field.As}, which cannot give its value. Remove 'as', or take a way that fits.");
        if (field.Path is { } path) return new Place(field, valueAt(path));
        var constant = FieldText.Of(field.Constant ?? "");
        return new Place(field, _ => constant);
    }

    private static bool CanGive(string name, ValueKind kind) => name switch
    {
        "seconds" => kind is ValueKind.Hours or ValueKind.HoursRepairedToMinute or ValueKind.Minutes or ValueKind.Seconds or ValueKind.Duration,
        "amount" => kind is ValueKind.Decimal,
        "date" => kind is ValueKind.Date,
        "start" or "modifiedAt" or "approvedAt" => kind is ValueKind.Instant,
        "billable" or "approved" or "billedElsewhere" or "deleted" or "active" => kind is ValueKind.Boolean or ValueKind.Not,
        _ => true,
    };

    private sealed record Place(FieldDefinition Definition, Func<TRow, FieldText> ValueIn);

    /// <summary>The values of one row, and the faults found on the way.</summary>
    private readonly struct Fields(RecordReader<TRow> reader, TRow row)
    {
        public List<FieldFault> Faults { get; } = [];

        public void Fault(string name, string value, string rule) => Faults.Add(new FieldFault(name, FieldText.Shown(value), rule));

        public bool HasFault(string name) => Faults.Exists(f => f.Field == name);

        public string Text(string name) => Raw(name, out _)?.Trim() ?? "";

        public T? Value<T>(string name, Func<string, FieldDefinition, T?> read)
            where T : struct
        {
            var text = Raw(name, out var field)?.Trim();
            if (string.IsNullOrEmpty(text)) return null;
            var value = read(text, field!);
            if (value is null) Fault(name, text, ValueReading.RuleOf(field!));
            return value;
        }

        public string Notes(int noteLength)
        {
            var notes = Raw("notes", out _) ?? "";
            if (notes.Length > noteLength) Fault("notes", notes, string.Create(CultureInfo.InvariantCulture, $"at most {noteLength} characters"));
            return FieldText.Cut(notes, NotesKept);
        }

        private string? Raw(string name, out FieldDefinition? field)
        {
            field = null;
            if (!reader._places.TryGetValue(name, out var place)) return null;
            field = place.Definition;
            var value = place.ValueIn(row);
            if (!value.IsUnreadable) return value.Text;
            Fault(name, value.Text ?? "", "a text, a number or true or false");
            return null;
        }
    }
}
