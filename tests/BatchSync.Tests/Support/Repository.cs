using NUnit.Framework;

namespace BatchSync.Tests.Support;

/// <summary>The files of the repository that the tests run in.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    /// <summary>Whether files that tests compare with are to be rewritten instead.</summary>
    public static bool Accepts => Environment.GetEnvironmentVariable("BATCHSYNC_ACCEPT") == "1";

    /// <summary>Compares a text with a file of the repository, or writes it where the run accepts changes.</summary>
    public static void Compare(string path, string actual)
    {
        var file = Path.Combine(Root, path);
        if (Accepts)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, actual);
        }

        Assert.That(File.Exists(file) ? File.ReadAllText(file) : "(no such file)", Is.EqualTo(actual), $"{path} is not current; run the tests with BATCHSYNC_ACCEPT=1 and look at what changed.");
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(TestContext.CurrentContext.TestDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "BatchSync.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new DirectoryNotFoundException("No folder above the tests holds BatchSync.sln.");
    }
}
