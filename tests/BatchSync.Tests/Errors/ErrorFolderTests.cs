using BatchSync.Configuration;
using BatchSync.Core.Diagnostics;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Errors;

/// <summary>One folder for each error code: a configuration with that mistake, and what the check says of it.</summary>
public sealed class ErrorFolderTests
{
    private static IEnumerable<string> Codes => ErrorCodes.All.Select(c => c.Code);

    [TestCaseSource(nameof(Codes))]
    public void Check_FolderOfACode_SaysWhatIsApproved(string code)
    {
        var actual = ErrorFolder.Check(code);

        Assert.That(actual, Does.Contain($"error {code}: ").Or.Contain($"warning {code}: "), "The folder must show the error that it is named after.");
        Repository.Compare($"{ErrorFolder.PathOf(code)}/expected.txt", actual);
    }

    [Test]
    public void Folders_OfTheTests_AreThoseOfTheCatalogue()
    {
        var folders = Directory.GetDirectories(Path.Combine(Repository.Root, ErrorFolder.Parent)).Select(Path.GetFileName);

        Assert.That(folders, Is.EquivalentTo(Codes));
    }

    [Test]
    public void Catalogue_Codes_AreUniqueAndInOrder() => Assert.That(Codes, Is.Unique.And.Ordered);
}

/// <summary>The cases of the error codes.</summary>
internal static class ErrorFolder
{
    public const string Parent = "tests/BatchSync.Tests/Errors";

    public static string PathOf(string code) => $"{Parent}/{code}";

    /// <summary>What the whole check says of a folder. Values in <c>actual.txt</c> stand in for what the mapping's tests compute.</summary>
    public static string Check(string code)
    {
        var folder = Path.Combine(Repository.Root, PathOf(code));
        var result = ConfigurationLoader.Load(folder);
        var errors = result.Errors.Concat(result.Warnings).Concat(FailedTests(result.Set, Path.Combine(folder, "actual.txt")));
        return ConfigurationErrorText.Render([.. errors]).Replace(folder.Replace('\\', '/'), "FOLDER");
    }

    private static IEnumerable<ConfigurationError> FailedTests(ConfigurationSet? set, string file)
    {
        if (set is null || !File.Exists(file)) return [];
        var actual = File.ReadAllLines(file).Select(l => l.Split('=')).ToDictionary(p => p[0], p => p[1]);
        return set.Tests.Values.SelectMany(t => t).Select(t => t.FailureOf(actual)).OfType<ConfigurationError>();
    }
}
