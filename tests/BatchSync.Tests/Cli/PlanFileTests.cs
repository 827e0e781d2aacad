using System.Text.Json.Nodes;
using BatchSync.Cli;
using BatchSync.Configuration;
using BatchSync.Running;
using BatchSync.Tests.Running;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Cli;

/// <summary>A plan as a file: read as it was written, and refused where anybody changed it.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class PlanFileTests
{
    private static readonly ConfigurationFile[] Files = [new("jobs/nightly.yaml", "aa", []), new("mapping-config/rules.yaml", "bb", [])];

    [Test]
    public async Task Read_OfAWrittenPlan_GivesWhatARunNeeds()
    {
        var (file, plan, _) = await WrittenAsync();
        using var folder = file;
        var read = await PlanFile.ReadAsync(PathOf(folder), CancellationToken.None);
        var postable = read.Postable("plan.json", Files);
        Assert.Multiple(() =>
        {
            Assert.That((read.Job, read.Series, read.AsOf), Is.EqualTo(("nightly", Some.Series, new DateTimeOffset(2026, 11, 5, 12, 0, 0, TimeSpan.Zero))));
            Assert.That(postable.ContentByReference, Is.EquivalentTo(plan.New.ToDictionary(d => d.Reference, d => d.ContentHash)));
            Assert.That(postable.Terms[plan.New[0].Reference], Is.EqualTo(new PlannedTerms(Some.Day("2026-10-31"), Some.Money("0.00"), Some.Money("0.00"))));
            Assert.That(postable.Tenants, Is.EqualTo(new[] { new PlanTenant("all", "company-1", "test") }));
            Assert.That(postable.ChangedFiles, Is.Empty);
        });
    }

    [Test]
    public async Task Postable_UnderAnotherConfiguration_NamesWhatBecameOfEachFile()
    {
        var (file, _, _) = await WrittenAsync();
        using var folder = file;
        var now = new ConfigurationFile[] { new("mapping-config/rules.yaml", "cc", []), new("mapping-config/more.yaml", "dd", []) };
        Assert.That(
            (await PlanFile.ReadAsync(PathOf(folder), CancellationToken.None)).Postable("plan.json", now).ChangedFiles,
            Is.EqualTo(new[] { "jobs/nightly.yaml is gone", "mapping-config/more.yaml is new", "mapping-config/rules.yaml changed" }));
    }

    [Test]
    public async Task Read_OfAnEditedPlan_IsRefusedWhateverWasEdited()
    {
        var (file, _, text) = await WrittenAsync();
        using var folder = file;
        var paths = Leaves(JsonNode.Parse(text)!).ToList();
        Assert.That(paths, Has.Count.GreaterThan(40));
        foreach (var path in paths)
        {
            var edited = JsonNode.Parse(text)!;
            Change(edited, path);
            await File.WriteAllTextAsync(PathOf(folder), edited.ToJsonString());
            Assert.That(() => PlanFile.ReadAsync(PathOf(folder), CancellationToken.None), Throws.TypeOf<UsageException>(), path);
        }
    }

    [TestCase("a document less", "was edited: its hash is not that of its content")]
    [TestCase("a document twice", "was edited")]
    [TestCase("a field more", "is no plan")]
    [TestCase("a field less", "is no plan")]
    [TestCase("another format", "has the format 'batchsync-plan 9', and this version reads 'batchsync-plan 1'")]
    [TestCase("no JSON", "is no plan")]
    [TestCase("a list", "is no plan: it has no 'format'")]
    [TestCase("nothing", "cannot be read")]
    public async Task Read_OfAnotherFile_SaysWhatIsWrong(string what, string said)
    {
        var (file, _, text) = await WrittenAsync();
        using var folder = file;
        var plan = JsonNode.Parse(text)!.AsObject();
        var documents = plan["documents"]!.AsArray();
        if (what == "a document less") documents.RemoveAt(0);
        if (what == "a document twice") documents.Add(documents[0]!.DeepClone());
        if (what == "a field more") plan["comment"] = "looks fine";
        if (what == "a field less") plan.Remove("series");
        if (what == "another format") plan["format"] = "batchsync-plan 9";
        if (what == "nothing") File.Delete(PathOf(folder));
        else await File.WriteAllTextAsync(PathOf(folder), what switch { "no JSON" => "job: nightly", "a list" => "[]", _ => plan.ToJsonString() });
        Assert.That(() => PlanFile.ReadAsync(PathOf(folder), CancellationToken.None), Throws.TypeOf<UsageException>().With.Message.Contain(said).And.Message.Contain("batchsync plan"));
    }

    [Test]
    public async Task Hash_OfAPlan_DoesNotDependOnItsLayout()
    {
        var (file, _, text) = await WrittenAsync();
        using var folder = file;
        var turned = new JsonObject(JsonNode.Parse(text)!.AsObject().Reverse().Select(p => KeyValuePair.Create(p.Key, p.Value?.DeepClone())));
        await File.WriteAllTextAsync(PathOf(folder), turned.ToJsonString());
        Assert.That((await PlanFile.ReadAsync(PathOf(folder), CancellationToken.None)).Hash, Is.EqualTo((string)JsonNode.Parse(text)!["hash"]!));
    }

    [Test]
    public async Task Write_WhereNoFileCanBe_SaysSo()
    {
        var (file, _, _) = await WrittenAsync();
        using var folder = file;
        var read = await PlanFile.ReadAsync(PathOf(folder), CancellationToken.None);
        Assert.That(() => read.WriteAsync(Path.Combine(PathOf(folder), "below-a-file.json"), CancellationToken.None), Throws.TypeOf<UsageException>().With.Message.Contain("--out"));
    }

    private static string PathOf(TemporaryFolder folder) => Path.Combine(folder.Path, "plan.json");

    private static async Task<(TemporaryFolder Folder, Plan Plan, string Text)> WrittenAsync()
    {
        await using var firm = await Firm.OpenAsync(Some.TimeEntry("1"), Some.TimeEntry("2", client: "1002"), Some.Expense("3", amount: -20m, client: "1004"));
        var plan = await PlanBench.PlanAsync(firm);
        var folder = new TemporaryFolder();
        await PlanFile.Of(PlanBench.Request(firm) with { Files = Files, From = Some.Day("2026-10-01"), To = Some.Day("2026-10-31") }, plan).WriteAsync(PathOf(folder), CancellationToken.None);
        return (folder, plan, await File.ReadAllTextAsync(PathOf(folder)));
    }

    private static IEnumerable<string> Leaves(JsonNode node) => node switch
    {
        JsonObject o => o.SelectMany(p => p.Value is null ? [] : Leaves(p.Value)),
        JsonArray a => a.SelectMany(n => Leaves(n!)),
        _ => [node.GetPath()],
    };

    private static void Change(JsonNode root, string path)
    {
        var leaf = Find(root, path);
        leaf.ReplaceWith(leaf.GetValueKind() == System.Text.Json.JsonValueKind.Number ? JsonValue.Create(leaf.GetValue<decimal>() + 0.01m) : JsonValue.Create(Other(leaf.GetValue<string>())));
    }

    private static JsonValue Find(JsonNode node, string path) => node switch
    {
        JsonObject o => o.Select(p => p.Value).OfType<JsonNode>().Select(n => FindOrNull(n, path)).First(n => n is not null)!,
        _ => throw new ArgumentException($"No leaf {path}.", nameof(path)),
    };

    private static JsonValue? FindOrNull(JsonNode node, string path) => node switch
    {
        JsonObject o => o.Select(p => p.Value).OfType<JsonNode>().Select(n => FindOrNull(n, path)).FirstOrDefault(n => n is not null),
        JsonArray a => a.OfType<JsonNode>().Select(n => FindOrNull(n, path)).FirstOrDefault(n => n is not null),
        JsonValue v => v.GetPath() == path ? v : null,
        _ => null,
    };

    // A text that may stand there: another day, another letter, something where there was nothing.
    private static string Other(string text) => text.Length == 0 ? "x" : text.Contains("2026-", StringComparison.Ordinal) ? text.Replace("2026-", "2025-", StringComparison.Ordinal) : text[..^1] + (text[^1] == 'x' ? 'y' : 'x');
}
