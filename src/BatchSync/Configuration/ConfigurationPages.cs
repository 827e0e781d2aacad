using System.Globalization;
using System.Text;
using BatchSync.Configuration.Fields;
using BatchSync.Configuration.Schemas;
using BatchSync.Core.Diagnostics;

namespace BatchSync.Configuration;

/// <summary>The documentation and editor schemas that are made from the declarations of the fields and errors.</summary>
internal static class ConfigurationPages
{
    private static readonly (string Title, string Intro, SectionSpec[] Roots)[] Kinds =
    [
        ("Jobs", "A job is a file in `jobs/` whose first field is `job:`.", [JobFields.Spec]),
        ("Mappings", "A mapping is a file in `mapping-config/` whose first field is `mapping:`.", [MappingFields.Spec]),
        ("Connectors", "A connector is a file in `mapping-config/connectors/` whose first field is `connector:`. It describes an API or a file format; a job gives it settings. Connectors that come with BatchSync need no file.", [.. ConnectorVariant.All.Select(v => v.Spec)]),
    ];

    /// <summary><c>docs/configuration.md</c>.</summary>
    public static string Reference()
    {
        var page = new StringBuilder(Opening);
        AppendMoves(page);
        foreach (var (title, intro, roots) in Kinds)
        {
            page.Append(CultureInfo.InvariantCulture, $"\n## {title}\n\n{intro}\n");
            foreach (var section in WithSectionsInside(roots)) AppendSection(page, section);
        }

        return page.ToString();
    }

    /// <summary><c>schemas/job.json</c>, <c>mapping.json</c> and <c>connector.json</c>, by file name.</summary>
    public static IReadOnlyDictionary<string, string> Schemas() => new Dictionary<string, string>
    {
        ["job.json"] = SchemaDefinitions.Of("A job of BatchSync", [JobFields.Spec]),
        ["mapping.json"] = SchemaDefinitions.Of("A mapping of BatchSync", [MappingFields.Spec]),
        ["connector.json"] = SchemaDefinitions.Of("A connector of BatchSync", [.. ConnectorVariant.All.Select(v => v.Spec)]),
    };

    /// <summary><c>docs/errors.md</c>.</summary>
    /// <param name="exampleOf">What the check says in a case of the code.</param>
    public static string Errors(Func<ErrorCode, string> exampleOf)
    {
        var page = new StringBuilder("""
            # Configuration errors

            `batchsync check` finds every mistake of every file at once, without network, and ends with exit code 2 where there is one; warnings do not count.
            Codes are stable. This page is generated from the error catalogue and from the cases in `tests/BatchSync.Tests/Errors`.

            | code | |
            |---|---|

            """);
        foreach (var code in ErrorCodes.All) page.Append(CultureInfo.InvariantCulture, $"| [{code.Code}](#{Anchor(code)}) | {code.Title} |\n");
        foreach (var code in ErrorCodes.All)
        {
            page.Append(CultureInfo.InvariantCulture, $"\n## {code.Code}: {code.Title}\n\n{code.Meaning}\n\n**What to do.** {code.Remedy}\n\n```text\n{exampleOf(code).TrimEnd('\n')}\n```\n");
        }

        return page.ToString();
    }

    private const string Opening = """
        # Configuration

        This page is generated from the declarations that the check itself uses. Editors complete and check these files with the schemas in `schemas/`:
        put `# yaml-language-server: $schema=../schemas/job.json` on the first line.

        - The configuration folder holds `jobs/` and `mapping-config/` (with `connectors/` inside), or simply the YAML files themselves. What a file is, its first field says.
        - Text files are UTF-8. Anchors, aliases, tags and several documents in one file are refused. A field without value is an error: leave it out instead.
        - **Dates** are ISO (`2026-10-01`); of a range, `from` is the first day and `until` the first day after. **Durations** are days, hours, minutes and seconds
          in this order (`2d`, `15m`, `1h30m`). **Sizes** are `500KB`, `5MB`, `1GB`; a KB is 1,000 bytes. **Percentages** carry their sign (`7.25%`).
          **Numbers** are taken digit by digit as they are written, never rounded.
        - **References** keep secrets out of the files: `env:NAME` is an environment variable, `file:PATH` the content of a file, and in connectors
          `setting:NAME` a setting of the job. Everything in `auth`, and every setting, header or parameter whose name says token, password, secret or key, must be one.
        - Paths are relative to the configuration folder.
        - **Schemas**: a file says below its first line by which schema it is written (`schema: 2`, the current one); without it, it is of schema 1. Older files mean
          what they meant, and moved fields are warned of. `batchsync config upgrade` rewrites them, comments and layout kept; with `--check` it only says what would change.

        """;

    private static void AppendMoves(StringBuilder page)
    {
        page.Append("\n| file | from schema | field | now | removed in |\n|---|---|---|---|---|\n");
        foreach (var step in SchemaVersion.History)
        {
            foreach (var move in step.Moves) page.Append(CultureInfo.InvariantCulture, $"| {step.FileKind} | {step.From} | `{string.Join(": ", move.From)}` | `{move.Written("...")}` | {step.RemovedIn} |\n");
        }
    }

    private static IEnumerable<SectionSpec> WithSectionsInside(IEnumerable<SectionSpec> roots)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var pending = new Stack<SectionSpec>(roots.Reverse());
        while (pending.TryPop(out var section))
        {
            if (!seen.Add(section.Name)) continue;
            yield return section;
            foreach (var inside in section.Fields.SelectMany(f => f.Kind.Sections).Reverse()) pending.Push(inside);
        }
    }

    private static void AppendSection(StringBuilder page, SectionSpec section)
    {
        if (section.Fields.Count == 0 || section.IsDocumentedElsewhere) return;
        page.Append(CultureInfo.InvariantCulture, $"\n### {section.Name}\n\n{section.Description}\n\n| field | value | | meaning |\n|---|---|---|---|\n");
        foreach (var field in section.Fields) page.Append(CultureInfo.InvariantCulture, $"| `{field.Name}` | {Value(field.Kind)} | {Presence(field)} | {Meaning(field)} |\n");
        foreach (var group in section.ExactlyOne) page.Append(CultureInfo.InvariantCulture, $"\nExactly one of {Names(group)}.\n");
        foreach (var group in section.AtLeastOne) page.Append(CultureInfo.InvariantCulture, $"\nAt least one of {Names(group)}.\n");
    }

    private static string Value(Kind kind)
    {
        var range = kind.Range.Length == 0 ? "" : ", " + kind.Range;
        var unit = kind.Unit.Length == 0 ? "" : " " + kind.Unit;
        return Cell(kind.Title + range + unit);
    }

    private static string Presence(FieldSpec field) => field switch
    {
        { IsRequired: true } => "required",
        { IsOptional: true } or { Default: "{}" or "[]" } => "optional",
        _ => $"default `{Cell(field.Default)}`",
    };

    private static string Meaning(FieldSpec field) =>
        Cell(field.Description) + (field.Example.Length == 0 || field.Example == "{ ... }" ? "" : $" Example: `{Cell(field.Example)}`");

    private static string Names(IEnumerable<FieldSpec> fields) => string.Join(", ", fields.Select(f => $"`{f.Name}`"));

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);

    private static string Anchor(ErrorCode code) =>
        string.Concat($"{code.Code}-{code.Title}".ToLowerInvariant().Select(c => c == ' ' ? '-' : c).Where(c => char.IsLetterOrDigit(c) || c == '-'));
}
