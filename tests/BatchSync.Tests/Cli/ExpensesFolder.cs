using BatchSync.Tests.Support;

namespace BatchSync.Tests.Cli;

/// <summary>The sample of expenses from files, booked into a file: a whole job that needs nothing but this machine.</summary>
internal static class ExpensesFolder
{
    /// <param name="more">Further lines of the job.</param>
    public static TemporaryFolder Create(string more = "")
    {
        var folder = new TemporaryFolder();
        var sample = Path.Combine(Repository.Root, "samples/expenses-csv");
        foreach (var file in new[] { "job.yaml", "mapping.yaml", "connectors/expense-exports.yaml" }.Concat(Directory.GetFiles(Path.Combine(sample, "exports")).Select(f => "exports/" + Path.GetFileName(f))))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(folder.Path, file))!);
            File.Copy(Path.Combine(sample, file), Path.Combine(folder.Path, file));
        }

        var job = Path.Combine(folder.Path, "job.yaml");
        File.WriteAllLines(job, File.ReadAllLines(job).Select(l => l.Contains("sandbox-books", StringComparison.Ordinal) ? "  all: { connector: journal, settings: { file: books.journal } }" : l));
        File.AppendAllText(job, more);
        return folder;
    }
}
