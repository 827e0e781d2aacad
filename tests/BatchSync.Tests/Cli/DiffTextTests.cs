using BatchSync.Cli;
using NUnit.Framework;

namespace BatchSync.Tests.Cli;

[Parallelizable(ParallelScope.All)]
public sealed class DiffTextTests
{
    private static readonly DiffRow[] Rows =
    [
        new('+', "Website - Design", ["2 x 150.00", "net 300.00"]),
        new('~', "日本語 - Travel", ["", "net 9.00 -> 1000.00"]),
        new(' ', "in all", ["", "net 9.00 -> 1300.00"]),
    ];

    [Test]
    public void Lines_ThatFit_StandInColumns() => Assert.That(DiffText.Lines(Rows, 60).Select(l => l.Line), Is.EqualTo(new[]
    {
        "  + Website - Design  2 x 150.00           net 300.00",
        "  ~ 日本語 - Travel               net 9.00 -> 1000.00",
        "    in all                        net 9.00 -> 1300.00",
    }));

    [Test]
    public void Lines_ThatDoNotFit_AreStacked() => Assert.That(DiffText.Lines(Rows, 30).Select(l => l.Line), Is.EqualTo(new[]
    {
        "  + Website - Design", "      2 x 150.00  net 300.00", "  ~ 日本語 - Travel", "      net 9.00 -> 1000.00", "    in all", "      net 9.00 -> 1300.00",
    }));

    [Test]
    public void Lines_OfNothing_AreNone() => Assert.That(DiffText.Lines([], 80), Is.Empty);

    [Test]
    public void Change_Piped_IsPlain()
    {
        using var output = new StringWriter();
        new Screen(new Terminal(output, output, IsInteractive: false, ErrorIsSame: false, null), noColor: false).Change('+', "+ new [document]");
        Assert.That(output.ToString().TrimEnd(), Is.EqualTo("+ new [document]"));
    }

    [Test]
    public void Lines_InColumns_KeepTheirSign() => Assert.That(DiffText.Lines(Rows, 80).Select(l => l.Sign), Is.EqualTo("+~ "));
}
