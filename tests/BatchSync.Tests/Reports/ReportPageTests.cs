using System.Text;
using BatchSync.Reports;
using NUnit.Framework;

namespace BatchSync.Tests.Reports;

/// <summary>The generated parts of <c>docs/reports.md</c>: the columns from the code, the examples from the approved files.</summary>
internal sealed class ReportPageTests
{
    [Test]
    public void Page_OfTheReports_IsCurrent()
    {
        var path = Path.Combine(Approved.RepositoryRoot, "docs/reports.md");
        var page = File.ReadAllText(path);
        page = WithSection(page, "summary.csv", Columns(ReportColumns.Summary));
        page = WithSection(page, "detail.csv", Columns(ReportColumns.Detail));
        page = WithSection(page, "exceptions.csv", Columns(ReportColumns.Exceptions));
        page = WithSection(page, "example summary.csv", Example("summary.csv"));
        page = WithSection(page, "example detail.csv", Example("detail.csv"));
        page = WithSection(page, "example exceptions.csv", Example("exceptions.csv"));
        page = WithSection(page, "example report.txt", Example("report.txt"));
        Approved.CheckFile(path, Encoding.UTF8.GetBytes(page));
    }

    private static string Columns<TRow>(IEnumerable<ReportColumn<TRow>> columns) =>
        "| column | meaning |\n|---|---|\n" + string.Concat(columns.Select(c => $"| `{c.Name}` | {c.Meaning} |\n"));

    private static string Example(string name)
    {
        var text = File.ReadAllText(Path.Combine(Approved.RepositoryRoot, "tests/BatchSync.Tests/Reports/Approved", name));
        return $"```\n{text.ReplaceLineEndings("\n").TrimEnd()}\n```\n";
    }

    private static string WithSection(string page, string name, string text)
    {
        var start = $"<!-- generated: {name} -->\n";
        const string End = "<!-- end -->";
        var from = page.IndexOf(start, StringComparison.Ordinal);
        Assert.That(from, Is.GreaterThanOrEqualTo(0), $"docs/reports.md has no section '{name}'");
        from += start.Length;
        var to = page.IndexOf(End, from, StringComparison.Ordinal);
        Assert.That(to, Is.GreaterThanOrEqualTo(0), $"the section '{name}' of docs/reports.md has no end");
        return page[..from] + text + page[to..];
    }
}
