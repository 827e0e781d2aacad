using BatchSync.Configuration;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Errors;

/// <summary>Documentation and schemas in the repository are those that the declarations make. BATCHSYNC_ACCEPT=1 rewrites them.</summary>
public sealed class GeneratedFileTests
{
    private static IEnumerable<string> Schemas => ConfigurationPages.Schemas().Keys;

    [Test]
    public void ConfigurationReference_InTheRepository_IsCurrent() => Repository.Compare("docs/configuration.md", ConfigurationPages.Reference());

    [Test]
    public void ErrorPage_InTheRepository_IsCurrent() => Repository.Compare("docs/errors.md", ConfigurationPages.Errors(c => ErrorFolder.Check(c.Code)));

    [TestCaseSource(nameof(Schemas))]
    public void Schema_InTheRepository_IsCurrent(string file) => Repository.Compare($"schemas/{file}", ConfigurationPages.Schemas()[file]);
}
