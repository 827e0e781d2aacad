namespace BatchSync.Configuration.Schemas;

/// <summary>A field with another name or place than before; its value means what it meant. Paths begin at the file and lead through sections only.</summary>
internal sealed record FieldMove(IReadOnlyList<string> From, IReadOnlyList<string> To)
{
    /// <summary>Of paths as people write them: <c>limits: datesFrom</c>.</summary>
    public static FieldMove Of(string from, string to) => new(from.Split(": "), to.Split(": "));

    /// <summary>How the field is written now: <c>limits: { dates: { from: VALUE } }</c>.</summary>
    public string Written(string value) =>
        To.Take(To.Count - 1).Reverse().Aggregate($"{To[^1]}: {value}", (inner, section) => $"{section}: {{ {inner} }}");
}

/// <summary>What changed between a schema and the next one, for one kind of file.</summary>
/// <param name="FileKind">The first field of such files: <c>job</c>, <c>mapping</c> or <c>connector</c>.</param>
/// <param name="From">The older schema.</param>
/// <param name="RemovedIn">The version of BatchSync that no longer reads it.</param>
internal sealed record SchemaStep(string FileKind, int From, string RemovedIn, IReadOnlyList<FieldMove> Moves);
