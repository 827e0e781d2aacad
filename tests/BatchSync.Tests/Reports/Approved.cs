using System.Text;
using NUnit.Framework;

namespace BatchSync.Tests.Reports;

/// <summary>Approved files. <c>BATCHSYNC_ACCEPT=1</c> makes what a test produced the approved text; review the change like code.</summary>
internal static class Approved
{
    public static string RepositoryRoot { get; } = FindRoot();

    public static bool IsAccepting => Environment.GetEnvironmentVariable("BATCHSYNC_ACCEPT") == "1";

    /// <summary>Compares byte by byte, with the difference shown as text.</summary>
    public static void Check(string name, byte[] actual) => CheckFile(Path.Combine(RepositoryRoot, "tests/BatchSync.Tests/Reports/Approved", name), actual);

    public static void CheckFile(string path, byte[] actual)
    {
        if (IsAccepting) File.WriteAllBytes(path, actual);
        Assert.That(File.Exists(path), Is.True, $"{path} is missing: run with BATCHSYNC_ACCEPT=1 and review it.");
        Assert.That(Encoding.UTF8.GetString(actual), Is.EqualTo(Encoding.UTF8.GetString(File.ReadAllBytes(path))));
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "BatchSync.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("The tests run outside of their repository.");
    }
}
