using System.Text;
using BatchSync.Sandbox;

namespace BatchSync.Tests.Samples;

/// <summary>What one run of a sample gave.</summary>
/// <param name="Output">As the command writes it into a pipe, with the sample's folder called <c>SAMPLE</c>.</param>
/// <param name="Reports">The CSV files by name.</param>
/// <param name="Mail">Subject and text of the mail; null where none was sent.</param>
/// <param name="Books">The sandbox's own ledger after the run: that of its default company.</param>
/// <param name="BooksJson">The same as its API shows it.</param>
internal sealed record SampleRunOutcome(
    string Job, int ExitCode, string Output, IReadOnlyDictionary<string, byte[]> Reports, string? Mail, LedgerTotals Books, string BooksJson)
{
    /// <summary>The ledgers of the companies in the sample's <c>companies.json</c>, by id.</summary>
    public IReadOnlyDictionary<string, string> BooksOfCompanies { get; init; } = new Dictionary<string, string>();

    /// <summary>Every document that those companies hold after the run, by the company's id.</summary>
    public IReadOnlyDictionary<string, string> DocumentsOfCompanies { get; init; } = new Dictionary<string, string>();

    public CsvTable Summary => CsvTable.Of(Reports["summary.csv"]);
    public CsvTable Detail => CsvTable.Of(Reports["detail.csv"]);
    public CsvTable Exceptions => CsvTable.Of(Reports["exceptions.csv"]);
}

/// <summary>What a sample gave from its first step to its last.</summary>
/// <param name="Journals">Plain-text ledgers as they are at the end, by file name.</param>
/// <param name="Commands">What its other commands answered, one after the other; empty: it has none.</param>
internal sealed record SampleOutcome(IReadOnlyList<SampleRunOutcome> Runs, IReadOnlyDictionary<string, byte[]> Journals, string Commands)
{
    /// <summary>
    /// A detail.csv of more bytes is not kept: nobody would read it, and the tests of such a sample add it up instead.
    /// </summary>
    private const int LargestDetail = 100_000;

    /// <summary>All that is compared with <c>expected</c>, by path in it.</summary>
    public IReadOnlyDictionary<string, byte[]> Files()
    {
        var files = new SortedDictionary<string, byte[]>(Journals.ToDictionary(), StringComparer.Ordinal);
        if (Commands.Length > 0) files.Add("commands.txt", Encoding.UTF8.GetBytes(Commands));
        for (var i = 0; i < Runs.Count; i++) Add(files, $"{i + 1}-{Runs[i].Job}/", Runs[i]);
        return files;
    }

    private static void Add(SortedDictionary<string, byte[]> files, string folder, SampleRunOutcome run)
    {
        files.Add(folder + "output.txt", Encoding.UTF8.GetBytes(FormattableString.Invariant($"{run.Output}exit code {run.ExitCode}\n")));
        if (run.Books.References.Count > 0 || run.BooksOfCompanies.Count == 0) files.Add(folder + "books.json", Encoding.UTF8.GetBytes(run.BooksJson));
        foreach (var (company, books) in run.BooksOfCompanies) files.Add($"{folder}books-{company}.json", Encoding.UTF8.GetBytes(books));
        foreach (var (company, documents) in run.DocumentsOfCompanies) files.Add($"{folder}documents-{company}.json", Encoding.UTF8.GetBytes(documents));
        if (run.Mail is not null) files.Add(folder + "mail.txt", Encoding.UTF8.GetBytes(run.Mail));
        foreach (var (name, bytes) in run.Reports.Where(r => r.Key != "detail.csv" || r.Value.Length <= LargestDetail)) files.Add(folder + name, bytes);
    }
}
