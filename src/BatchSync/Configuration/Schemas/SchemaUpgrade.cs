using System.Globalization;
using BatchSync.Configuration.Yaml;
using BatchSync.Core.Diagnostics;

namespace BatchSync.Configuration.Schemas;

/// <summary>What becomes of a file that is brought to the current schema.</summary>
internal abstract record UpgradeOutcome
{
    private UpgradeOutcome()
    {
    }

    /// <summary>It is of the current schema.</summary>
    internal sealed record Current : UpgradeOutcome;

    /// <summary>It is no job, mapping or connector.</summary>
    internal sealed record Foreign : UpgradeOutcome;

    /// <summary>The same content in the current schema, comments and layout kept.</summary>
    internal sealed record Upgraded(int From, string Text) : UpgradeOutcome;

    /// <summary>It stays as it is.</summary>
    /// <param name="Reason">A sentence, with what to do.</param>
    internal sealed record Refused(string Reason) : UpgradeOutcome;
}

/// <summary>
/// Brings the text of a file to the current schema by small edits where its fields stand. The result is read again: it must say
/// what the translation in memory says, and hold every comment, or the file is left alone.
/// </summary>
internal static class SchemaUpgrade
{
    public static UpgradeOutcome Of(SourceText text)
    {
        var errors = new List<ConfigurationError>();
        var root = YamlReader.Read(text, errors);
        if (errors.Exists(e => e.Code == ErrorCodes.EmptyFile)) return new UpgradeOutcome.Foreign();
        if (errors.Count > 0) return new UpgradeOutcome.Refused($"It has errors ({At(errors[0])}): correct them first, see batchsync check.");
        return root is Node.Mapping { Entries.Count: > 0 } file && SchemaVersion.FileKinds.Contains(file.Entries[0].Key.Text) ? Of(text, file) : new UpgradeOutcome.Foreign();
    }

    private static UpgradeOutcome Of(SourceText text, Node.Mapping file)
    {
        if (SchemaVersion.Written(file) is not { } version) return new UpgradeOutcome.Refused("Its 'schema' is no number: correct it first.");
        if (version > SchemaVersion.Current) return new UpgradeOutcome.Refused(FormattableString.Invariant($"It is written by schema {version}, and this version of BatchSync knows {SchemaVersion.Oldest} to {SchemaVersion.Current}: update BatchSync."));
        if (version == SchemaVersion.Current) return new UpgradeOutcome.Current();
        if (NodePath.Find(file, ["version"])?.Value is Node.Scalar { IsNothing: false } own && file.Entries[0].Key.Text == "mapping" && !SemanticVersion.Is(own.Text))
            return new UpgradeOutcome.Refused($"Its 'version' is '{own.Text}', and schema {SchemaVersion.Current} takes MAJOR.MINOR.PATCH: correct it first.");
        var moves = SchemaVersion.MovesFrom(version, file).ToList();
        if (moves.FirstOrDefault(m => NodePath.Find(file, m.From) is not null && NodePath.Find(file, m.To) is not null) is { } both)
            return new UpgradeOutcome.Refused($"It has both '{both.From[^1]}' and '{string.Join(": ", both.To)}', which are the same: remove one of the two.");
        var upgraded = new SchemaEdits(text, file).Upgrade(moves);
        var wanted = moves.Aggregate(WithVersion(file), Moved);
        return IsFaithful(text.Text, upgraded, wanted)
            ? new UpgradeOutcome.Upgraded(version, upgraded)
            : new UpgradeOutcome.Refused($"Its layout cannot be kept: write by hand {string.Join(", ", moves.Where(m => NodePath.Find(file, m.From) is not null).Select(m => $"'{m.Written("...")}' for '{string.Join(": ", m.From)}'"))}{(moves.Any(m => NodePath.Find(file, m.From) is not null) ? ", and " : "")}'schema: {SchemaVersion.Current}' below the first line.");
    }

    private static Node.Mapping Moved(Node.Mapping file, FieldMove move)
    {
        var (rest, taken) = NodePath.Take(file, move.From);
        return taken is null ? file : NodePath.Put(rest, move.To, taken);
    }

    private static Node.Mapping WithVersion(Node.Mapping file)
    {
        var number = new Node.Scalar(file.Span, SchemaVersion.Current.ToString(CultureInfo.InvariantCulture), IsPlain: true);
        var key = new Node.Scalar(file.Span, SchemaVersion.Field.Name, IsPlain: true);
        return new(file.Span, [.. file.Entries.Where(e => e.Key.Text != SchemaVersion.Field.Name), new(key, number)]);
    }

    private static bool IsFaithful(string older, string newer, Node.Mapping wanted)
    {
        var errors = new List<ConfigurationError>();
        var read = YamlReader.Read(new SourceText("upgraded", newer), errors);
        return errors.Count == 0 && read is Node.Mapping file && file.Entries[0].Key.Text == wanted.Entries[0].Key.Text && SaysTheSame(file, wanted)
            && YamlComments.Of(newer).Order(StringComparer.Ordinal).SequenceEqual(YamlComments.Of(older).Order(StringComparer.Ordinal));
    }

    private static bool SaysTheSame(Node a, Node b) => (a, b) switch
    {
        (Node.Scalar one, Node.Scalar other) => one.Text == other.Text && one.IsNothing == other.IsNothing,
        (Node.Sequence one, Node.Sequence other) => one.Items.Count == other.Items.Count && one.Items.Zip(other.Items).All(pair => SaysTheSame(pair.First, pair.Second)),
        (Node.Mapping one, Node.Mapping other) => one.Entries.Count == other.Entries.Count && one.Entries.All(e => other.Entries.FirstOrDefault(o => o.Key.Text == e.Key.Text) is { } match && SaysTheSame(e.Value, match.Value)),
        _ => false,
    };

    private static string At(ConfigurationError error) => error.Place.Line == 0 ? error.Code.Code : FormattableString.Invariant($"{error.Code.Code} in line {error.Place.Line}");
}
