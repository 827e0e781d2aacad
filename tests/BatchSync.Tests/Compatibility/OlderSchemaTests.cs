using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text;
using BatchSync.Configuration;
using BatchSync.Configuration.Schemas;
using BatchSync.Configuration.Yaml;
using BatchSync.Core.Diagnostics;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Compatibility;

/// <summary>
/// Files of every older schema as they were shipped. They are never edited: each must load as it is, and mean what its upgraded twin
/// means. BATCHSYNC_ACCEPT=1 writes the twins.
/// </summary>
[Parallelizable(ParallelScope.All)]
public sealed class OlderSchemaTests
{
    private const string Parent = "tests/BatchSync.Tests/Compatibility";

    private static readonly string[] Folders = ["schema-1", "schema-1/init", "schema-1/samples/consulting", "schema-1/samples/expenses-csv", "schema-1/samples/redmine"];

    private static IEnumerable<string> Files =>
        Directory.EnumerateFiles(Path.Combine(Repository.Root, Parent, "schema-1"), "*.yaml", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(Path.Combine(Repository.Root, Parent), f).Replace('\\', '/')).Order(StringComparer.Ordinal);

    [Test]
    public void Folders_EachOlderSchema_HasItsFiles() =>
        Assert.That(Enumerable.Range(SchemaVersion.Oldest, SchemaVersion.Current - SchemaVersion.Oldest).Where(n => !Files.Any(f => f.StartsWith(FormattableString.Invariant($"schema-{n}/"), StringComparison.Ordinal))), Is.Empty);

    [TestCaseSource(nameof(Files))]
    public void File_OfAnOlderSchema_IsUpgradedToItsTwin(string file)
    {
        var outcome = SchemaUpgrade.Of(new SourceText(file, File.ReadAllText(Path.Combine(Repository.Root, Parent, file))));

        Assert.That(outcome, Is.TypeOf<UpgradeOutcome.Upgraded>(), outcome.ToString());
        Repository.Compare($"{Parent}/upgraded/{file}", ((UpgradeOutcome.Upgraded)outcome).Text);
    }

    [TestCaseSource(nameof(Folders))]
    public void Definitions_OfAnOlderSchema_AreThoseOfItsTwins(string folder)
    {
        var (older, newer) = (Load(folder), Load("upgraded/" + folder));

        Assert.That(older.Errors.Concat(newer.Errors).Select(e => e.Message), Is.Empty);
        Assert.That(newer.Warnings.Select(w => w.Message), Is.Empty);
        Assert.That(older.Warnings.Select(w => w.Code), Is.All.EqualTo(ErrorCodes.DeprecatedField));
        Assert.That(Told(older.Set!, folder), Is.EqualTo(Told(newer.Set!, "upgraded/" + folder)));
        Assert.That(Told(older.Set!, folder), Has.Length.GreaterThan(2000), "What is compared is the whole of it.");
    }

    [Test]
    public void Definitions_ThatDiffer_AreToldApart()
    {
        var limits = Some.Job().Limits;
        Assert.That(Told(limits, ""), Is.Not.EqualTo(Told(limits with { DatesUntil = Some.Day("2030-01-01") }, "")));
        Assert.That(Told(Some.Mapping(), ""), Is.Not.EqualTo(Told(Some.Mapping(account: "4001"), "")));
    }

    [Test]
    public void Error_InAFieldThatMoved_PointsAtTheUsersText()
    {
        using var folder = new Cli.TemporaryFolder();
        File.WriteAllText(Path.Combine(folder.Path, "m.yaml"), "mapping: m\nversion: 1.0.0\nentities: { us: { baseCurrency: USD, timeZone: UTC } }\ndefaults: { entity: us, currency: USD }\nclients: [{ code: A, source: \"1\" }]\nrounding: { money: { taxPer: lin } }\n");
        var result = ConfigurationLoader.Load(folder.Path);

        Assert.That(result.Errors.Select(e => (e.Code.Code, e.Place.Line, e.Place.Column, e.Suggestion)), Is.EqualTo(new[] { ("CFG012", 6, 30, "line") }));
        Assert.That(result.Warnings.Select(e => (e.Code.Code, e.Place.Line, e.Place.Column)), Is.EqualTo(new[] { ("CFG047", 6, 22) }));
    }

    private static ConfigurationResult Load(string folder) => ConfigurationLoader.Load(Path.Combine(Repository.Root, Parent, folder));

    /// <summary>Everything that a value holds, but for hashes and lines, which layout changes, and the folder that it was read from.</summary>
    private static string Told(object value, string folder)
    {
        var text = new StringBuilder();
        Tell(value, text, 0);
        return text.ToString().Replace(Path.Combine(Repository.Root, Parent, folder.Replace('/', Path.DirectorySeparatorChar)), "FOLDER", StringComparison.Ordinal);
    }

    private static void Tell(object? value, StringBuilder text, int depth)
    {
        Assert.That(depth, Is.LessThan(40), "A definition is no ring.");
        if (value is null or string || value.GetType().IsPrimitive || value.GetType().IsEnum || value is TimeZoneInfo || value.GetType() is { Namespace: "System", IsValueType: true }) text.Append(CultureInfo.InvariantCulture, $"{value}\n");
        else if (value is IEnumerable items) foreach (var item in items) Tell(item, text, depth + 1);
        else
        {
            foreach (var property in value.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.GetIndexParameters().Length == 0 && p.Name is not ("ContentHash" or "Line" or "Files" or "Place" or "EqualityContract")))
            {
                text.Append(property.Name).Append(": ");
                Tell(property.GetValue(value), text, depth + 1);
            }
        }
    }
}
