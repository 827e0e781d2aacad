using BatchSync.Cli;
using BatchSync.Running;
using NUnit.Framework;

namespace BatchSync.Tests.Cli;

/// <summary>A screen of a given width shows everything: nothing is cut, whatever the width.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class ScreenTests
{
    private static readonly Column[] Columns = [Column.Name("period"), Column.Name("client"), Column.Number("records"), Column.Number("net"), Column.Number("at destination")];
    private static readonly string[] Row = ["2026-10", "BLUEBIRD", "31", "11132.00", "1 / 11132.00"];

    // Characters of one to four bytes, some of them cut wherever a piece ends.
    [Test]
    public void Text_ThatComesInPieces_IsWhole([Range(1, 7)] int size)
    {
        const string Text = "Größe € 😀 x";
        using var shown = new StringWriter();
        using (var stream = new TextWriterStream(shown))
        {
            foreach (var piece in System.Text.Encoding.UTF8.GetBytes(Text).Chunk(size)) stream.Write(piece);
        }

        Assert.That(shown.ToString(), Is.EqualTo(Text));
    }

    [TestCase(30)]
    [TestCase(40)]
    [TestCase(80)]
    [TestCase(160)]
    public void Table_AnyWidth_ShowsEveryCellWhole(int width)
    {
        var shown = Shown(width, screen => screen.Table(Columns, [Row]));
        Assert.That(Row.Where(cell => !shown.Contains(cell, StringComparison.Ordinal)), Is.Empty, shown);
        Assert.That(shown.Split('\n'), Has.All.Length.LessThanOrEqualTo(width));
    }

    [Test]
    public void Table_ThatFits_IsRuled() => Assert.That(Shown(80, screen => screen.Table(Columns, [Row])).Split('\n'), Has.Length.GreaterThan(4));

    [Test]
    public void Table_ThatDoesNotFit_IsStacked() =>
        Assert.That(Shown(40, screen => screen.Table(Columns, [Row])), Is.EqualTo("2026-10 BLUEBIRD\n  records: 31  net: 11132.00\n  at destination: 1 / 11132.00\n"));

    [Test]
    public void Table_ThatFitsWithoutColumnsThatSayNothing_IsRuledWithoutThem()
    {
        var shown = Shown(30, screen => screen.Table([Column.Name("period"), "a heading of some length", Column.Number("net")], [["2026-10", "", "1.00"]]));
        Assert.That(shown, Does.Contain("│ 2026-10 │ 1.00 │").And.Not.Contain("length"));
    }

    [Test]
    public void Table_WithNamesInCommon_IsGroupedBelowThem()
    {
        Column[] columns = [Column.Name("period"), Column.Name("client"), Column.Name("item"), Column.Number("records"), Column.Number("amount")];
        var shown = Shown(36, screen => screen.Table(columns, [["", "", "read", "5", ""], ["2026-10", "ACME", "documents", "1", "11966.92"], ["2026-10", "ACME", "read-back", "1", "11966.92"], ["2026-11", "ACME", "held", "2", ""], ["2026-11", "ACME", "all", "2", ""], ["2026-11", "ACME", "none", "0", ""]]));
        Assert.That(shown, Is.EqualTo("  item       records    amount\n  read             5\n2026-10 ACME\n  documents        1  11966.92\n  read-back        1  11966.92\n2026-11 ACME\n  held             2\n  all              2\n  none             0\n"));
    }

    [Test]
    public async Task Watch_AtATerminal_LeavesNothingOfALongerLineBehind()
    {
        using var output = new StringWriter();
        var screen = new Screen(new Terminal(output, output, IsInteractive: true, ErrorIsSame: true, 30), noColor: true);
        await screen.WatchAsync(quiet: false, progress =>
        {
            progress.Step("report");
            progress.Done("report", "a folder with a long name; no e-mail");
            return Task.FromResult(true);
        });
        Assert.That(output.ToString().ReplaceLineEndings("\n").Split('\n').Where(line => line.Trim().Length > 0), Is.EqualTo(new[] { "report: a folder with a long".PadRight(29), "name; no e-mail".PadRight(29) }));
    }

    [Test]
    public void Table_WithSquareBrackets_ShowsThemAsTheyAre() =>
        Assert.That(Shown(80, screen => screen.Table(["item"], [["[red]alert[/]"]])), Does.Contain("[red]alert[/]"));

    [Test]
    public void Say_OnATerminal_BreaksBetweenWords() =>
        Assert.That(Shown(20, screen => screen.Say("All that it made is in this folder.")), Is.EqualTo("All that it made is\nin this folder.\n"));

    [Test]
    public void Say_Piped_IsOneLine()
    {
        using var output = new StringWriter();
        new Screen(new Terminal(output, output, IsInteractive: false, ErrorIsSame: false, 20), noColor: true).Say("All that it made is in this folder.");
        Assert.That(output.ToString().TrimEnd(), Is.EqualTo("All that it made is in this folder."));
    }

    [Test]
    public async Task Watch_Piped_IsOneLineForEachFinishedStep()
    {
        using var output = new StringWriter();
        var screen = new Screen(new Terminal(output, output, IsInteractive: false, ErrorIsSame: false, null), noColor: true);
        await screen.WatchAsync(quiet: false, progress =>
        {
            progress.Step("extract");
            progress.Advance("read time_entries", 1, 2);
            progress.Advance("read time_entries", 2, 2);
            progress.Done("extract", "1 page");
            return Task.FromResult(true);
        });
        Assert.That(output.ToString().ReplaceLineEndings("\n"), Is.EqualTo("extract: 1 page\n"));
    }

    [Test]
    public async Task Watch_Quiet_SaysNothing()
    {
        using var output = new StringWriter();
        var screen = new Screen(new Terminal(output, output, IsInteractive: false, ErrorIsSame: false, null), noColor: true);
        await screen.WatchAsync(quiet: true, progress =>
        {
            progress.Done("extract", "1 page");
            return Task.FromResult(true);
        });
        Assert.That(output.ToString(), Is.Empty);
    }

    private static string Shown(int width, Action<Screen> show)
    {
        using var output = new StringWriter();
        show(new Screen(new Terminal(output, output, IsInteractive: true, ErrorIsSame: true, width), noColor: true));
        return output.ToString().ReplaceLineEndings("\n");
    }
}
