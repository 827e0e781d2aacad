using System.Globalization;
using BatchSync.Configuration.Fields;
using BatchSync.Configuration.Yaml;
using BatchSync.Core.Diagnostics;

namespace BatchSync.Configuration.Schemas;

/// <summary>By which schema a file is written: a number that grows when fields move, so that older files keep their meaning.</summary>
internal static class SchemaVersion
{
    /// <summary>What a file is of that does not say.</summary>
    public const int Oldest = 1;

    public const int Current = 2;

    public static readonly FieldSpec<int> Field = new(
        "schema", Kinds.Whole(Oldest, Current), "The schema by which the file is written. Older ones are understood; `batchsync config upgrade` rewrites them to the current one.")
    {
        Default = "1",
        Example = "2",
    };

    /// <summary>Everything that has changed since the oldest schema, in order.</summary>
    public static IReadOnlyList<SchemaStep> History { get; } =
    [
        new("job", 1, "3.0",
        [
            FieldMove.Of("limits: datesFrom", "limits: dates: first"),
            FieldMove.Of("limits: datesUntil", "limits: dates: last"),
        ]),
        new("mapping", 1, "3.0",
        [
            FieldMove.Of("rounding: money: taxPer", "tax: per"),
            FieldMove.Of("rounding: money: taxPoint", "tax: point"),
        ]),
        new("connector", 1, "3.0",
        [
            FieldMove.Of("timeout", "calls: timeout"),
            FieldMove.Of("attempts", "calls: attempts"),
            FieldMove.Of("maxDelay", "calls: maxDelay"),
            FieldMove.Of("lookUp: draftValue", "lookUp: statuses: draft"),
        ]),
    ];

    /// <summary>The first fields of the files that have a schema.</summary>
    public static IReadOnlyList<string> FileKinds { get; } = ["job", "mapping", "connector"];

    /// <summary>What has moved for a file of an older schema since then.</summary>
    public static IEnumerable<FieldMove> MovesFrom(int version, Node.Mapping file) => History.Where(s => s.FileKind == file.Entries[0].Key.Text && s.From >= version).SelectMany(s => s.Moves);

    /// <summary>The schema that a file says, known or not; the oldest where it says none, null where it says something else than a number.</summary>
    public static int? Written(Node.Mapping file) => Entry(file) is { } entry ? Number(entry) : Oldest;

    /// <summary>The schema that a file says; the current one where it says nothing readable, which is reported when its fields are read.</summary>
    public static int Of(Node.Mapping file)
    {
        if (Entry(file) is not { } entry) return Oldest;
        return Number(entry) is { } number and >= Oldest and <= Current ? number : Current;
    }

    /// <summary>Reports a file that was written for a newer BatchSync: nothing else in it can be judged. True where it was.</summary>
    public static bool IsNewer(Node.Mapping file, Reading reading)
    {
        if (Entry(file) is not { } entry || Number(entry) is not > Current) return false;
        reading.Report(
            ErrorCodes.NewerSchema, entry.Value.Span, FormattableString.Invariant($"the file is written by schema {Number(entry)}, and this version of BatchSync reads {Oldest} to {Current}"),
            Advice.Next("Update BatchSync. The rest of the file was not checked."));
        return true;
    }

    private static Node.Entry? Entry(Node.Mapping file) => file.Entries.FirstOrDefault(e => e.Key.Text == Field.Name);

    private static int? Number(Node.Entry entry) =>
        entry.Value is Node.Scalar scalar && int.TryParse(scalar.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
