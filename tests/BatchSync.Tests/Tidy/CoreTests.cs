using System.Reflection;
using BatchSync.Core.Amounts;
using NUnit.Framework;

namespace BatchSync.Tests.Tidy;

/// <summary>Core computes, and cannot do anything else; inside it, what stands above uses what stands below and never the other way round.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class CoreTests
{
    private const string Root = "BatchSync.Core.";

    private static readonly Assembly Core = typeof(Money).Assembly;

    /// <summary>From the bottom to the top; two in one row do not use each other.</summary>
    private static readonly string[][] Layers =
    [
        ["Diagnostics", "Retry", "Texts"],
        ["Amounts"],
        ["Sources"],
        ["Tax", "Time", "Fx"],
        ["Mapping", "Scheduling"],
        ["Matching", "Alerting"],
        ["Billing"],
        ["Posting"],
        ["Reconciliation"],
    ];

    /// <summary>Beginnings of what a pure function has no use for.</summary>
    private static readonly string[] Outside =
    [
        "System.IO.", "System.Net.", "System.Threading.", "System.Data.", "System.Diagnostics.Process", "System.Diagnostics.Stopwatch", "System.Diagnostics.Trace", "System.Console",
        "System.Environment", "System.Random", "System.TimeProvider", "System.AppContext", "System.Reflection.", "System.Double", "System.Single", "Microsoft.", "Serilog.",
    ];

    [Test]
    public void Namespaces_EachUse_GoesDownTheLayers() => Assert.That(Edges(Core).Where(edge => !GoesDown(edge.From, edge.To)).Select(edge => $"{edge.From} uses {edge.To}: {edge.Example}"), Is.Empty);

    [Test]
    public void Namespaces_All_HaveAPlaceInTheLayers() =>
        Assert.That(Core.GetTypes().Where(UsedTypes.IsWritten).Select(NamespaceOf).Distinct().Except(Layers.SelectMany(l => l)), Is.Empty);

    [Test]
    public void Core_UsesNothingOfTheOutsideWorld() => Assert.That(OutsideUses(Core), Is.Empty);

    [Test]
    public void Core_ReferencesTheFrameworkOnly() =>
        Assert.That(Core.GetReferencedAssemblies().Select(a => a.Name).Where(name => !name!.StartsWith("System.", StringComparison.Ordinal)), Is.Empty);

    [Test]
    public void Core_HasNoAsyncMethods() => Assert.That(
        Core.GetTypes().SelectMany(t => t.GetMethods(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly))
            .Where(m => m.IsDefined(typeof(System.Runtime.CompilerServices.AsyncStateMachineAttribute))),
        Is.Empty);

    [TestCase("Billing", "Amounts", true)]
    [TestCase("Amounts", "Billing", false)]
    [TestCase("Tax", "Time", false)]
    [TestCase("Tax", "Tax", true)]
    public void GoesDown_OfTwoLayers_IsTrueTowardsTheBottom(string from, string to, bool expected) => Assert.That(GoesDown(from, to), Is.EqualTo(expected));

    [Test]
    public void OutsideUses_OfTheApplication_AreFound() =>
        Assert.That(OutsideUses(typeof(BatchSync.Storage.IStore).Assembly), Has.Some.Contains("System.IO.").And.Some.Contains("Serilog.").And.Some.Contains("System.Threading."));

    [Test]
    public void UsedTypes_InTheCodeOfAMethod_AreFound()
    {
        var used = UsedTypes.Of(typeof(CoreTests).Assembly)[typeof(CoreTests)];
        Assert.That(used, Does.Contain(typeof(File)).And.Contain(typeof(List<>)).And.Contain(typeof(Uri)));
    }

    private static IEnumerable<(string From, string To, string Example)> Edges(Assembly assembly) =>
        from uses in UsedTypes.Of(assembly)
        from used in uses
        where used.Assembly == assembly && uses.Key.Namespace is not null && used.Namespace is not null && NamespaceOf(uses.Key) != NamespaceOf(used)
        group $"{uses.Key.Name} -> {used.Name}" by (From: NamespaceOf(uses.Key), To: NamespaceOf(used)) into edge
        select (edge.Key.From, edge.Key.To, edge.First());

    private static List<string> OutsideUses(Assembly assembly) =>
    [
        .. from uses in UsedTypes.Of(assembly)
           where UsedTypes.IsWritten(uses.Key)
           from used in uses
           where Outside.Any(start => used.FullName?.StartsWith(start, StringComparison.Ordinal) == true)
           select $"{uses.Key.FullName} uses {used.FullName}",
    ];

    private static bool GoesDown(string from, string to) => from == to || LayerOf(to) < LayerOf(from);

    private static int LayerOf(string name) => Array.FindIndex(Layers, layer => layer.Contains(name));

    private static string NamespaceOf(Type type) => type.Namespace!.StartsWith(Root, StringComparison.Ordinal) ? type.Namespace[Root.Length..] : type.Namespace;

    private static class UsesInCodeOnly
    {
        public static bool Any() => new List<Uri>().Count > 0 || File.Exists("nowhere");
    }
}
