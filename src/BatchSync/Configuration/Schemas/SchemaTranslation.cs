using BatchSync.Configuration.Fields;
using BatchSync.Configuration.Yaml;
using BatchSync.Core.Diagnostics;

namespace BatchSync.Configuration.Schemas;

/// <summary>
/// Puts the fields of an older file where the current schema has them, in memory. Each keeps its own place in the user's text, so
/// that messages about it point at what the user wrote.
/// </summary>
/// <param name="fileKind">The file's first field.</param>
/// <param name="fields">The fields that such a file has now; a move into one that it does not have is not for it.</param>
internal sealed class SchemaTranslation(string fileKind, SectionSpec fields, Reading reading)
{
    /// <summary>The file by the current schema. Fields of an older one are warned of where they are understood, and an error in a file that claims to be newer.</summary>
    public Node.Mapping Translate(Node.Mapping file)
    {
        var version = SchemaVersion.Of(file);
        foreach (var step in SchemaVersion.History.Where(s => s.FileKind == fileKind))
        {
            foreach (var move in step.Moves.Where(m => fields.Fields.Any(f => f.Name == m.To[0]))) file = Apply(file, move, step, version);
        }

        return file;
    }

    private Node.Mapping Apply(Node.Mapping file, FieldMove move, SchemaStep step, int version)
    {
        var (rest, taken) = NodePath.Take(file, move.From);
        if (taken is null) return file;
        var name = move.From[^1];
        if (version > step.From)
        {
            reading.Report(
                ErrorCodes.OlderField, taken.Key.Span, FormattableString.Invariant($"'{name}' is a field of schema {step.From}, and the file says that it is of schema {version}"),
                Advice.Next($"Write '{move.Written(TextOf(taken.Value))}'."));
            return rest;
        }

        if (NodePath.Find(rest, move.To) is { } other)
        {
            reading.Report(
                ErrorCodes.DuplicateField, taken.Key.Span, FormattableString.Invariant($"'{name}' is the former name of '{string.Join(": ", move.To)}', which stands in line {other.Key.Span.Line}"),
                Advice.Next("Remove one of the two."));
            return rest;
        }

        reading.Report(
            ErrorCodes.DeprecatedField, taken.Key.Span, $"'{name}' is deprecated and will be removed in version {step.RemovedIn}",
            Advice.Next($"Write '{move.Written(TextOf(taken.Value))}', or let `batchsync config upgrade` do it."));
        return NodePath.Put(rest, move.To, taken);
    }

    private static string TextOf(Node value) => value is Node.Scalar { IsNothing: false } scalar ? Kinds.Cut(scalar.Text) : "...";
}
