using System.Net;
using BatchSync.Configuration;
using BatchSync.Sandbox;
using NUnit.Framework;
using YamlDotNet.RepresentationModel;

namespace BatchSync.Tests.Sandbox;

[Parallelizable(ParallelScope.All)]
public sealed class SandboxConnectorTests
{
    [TestCase("sandbox-time")]
    [TestCase("sandbox-redmine")]
    [TestCase("sandbox-books")]
    public async Task Connector_OfTheSandbox_NamesPathsThatItHas(string connector)
    {
        await using var sandbox = await RunningSandbox.StartAsync(("rows.json", """{"time_entries":[{"id":1}],"expenses":[{"id":1}]}"""));
        var paths = PathsOf(Path.Combine(RepositoryRoot(), "mapping-config", "connectors", connector + ".yaml"));
        Assert.That(paths, Is.Not.Empty);
        foreach (var path in paths)
        {
            // A known path answers a GET, or refuses the method; only an unknown one is missing.
            var reply = await sandbox.GetAsync(path.Replace(StreamDefinition.IdPlace, "1", StringComparison.Ordinal), (RedmineApi.KeyHeader, SandboxOptions.DefaultToken));
            Assert.That(reply.Status, Is.AnyOf(HttpStatusCode.OK, HttpStatusCode.UnprocessableEntity, HttpStatusCode.MethodNotAllowed), path);
        }
    }

    private static IReadOnlyList<string> PathsOf(string file)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(File.ReadAllText(file)));
        return [.. stream.Documents[0].AllNodes.OfType<YamlScalarNode>().Select(n => n.Value!).Where(v => v.StartsWith('/')).Distinct()];
    }

    private static string RepositoryRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "BatchSync.sln"))) folder = Path.GetDirectoryName(folder) ?? throw new DirectoryNotFoundException("No folder above the tests has BatchSync.sln.");
        return folder;
    }
}
