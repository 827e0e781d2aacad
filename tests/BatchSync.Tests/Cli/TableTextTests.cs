using BatchSync.Cli;
using NUnit.Framework;

namespace BatchSync.Tests.Cli;

[Parallelizable(ParallelScope.All)]
public sealed class TableTextTests
{
    [TestCase("mail left in /srv/books/mail/out", 16, "mail left in|/srv/books/mail/|out")]
    [TestCase("/srv/books/reports/consulting/000001; sent", 30, "/srv/books/reports/consulting/|000001; sent")]
    [TestCase("3 periods, 0 open", 12, "3 periods, 0|open")]
    [TestCase("", 10, "")]
    public void Folded_OfAText_BreaksBetweenWordsAndAfterSeparators(string text, int width, string lines) => Assert.That(string.Join('|', TableText.Folded(text, width)), Is.EqualTo(lines));

    private static readonly Column[] Columns = [Column.Name("client"), Column.Name("currency"), Column.Number("net"), "message"];

    private static readonly string[][] Rows =
    [
        ["ACME", "USD", "11132.00", "Nothing new to post; the reconciliation balances."],
        ["サクラ", "JPY", "-5", ""],
    ];

    [Test]
    public void Aligned_WideCharactersAndNumbers_StandUnderTheirHeadings() => Assert.That(
        new TableText(Columns, Rows).Aligned(),
        Is.EqualTo(new[]
        {
            "client  currency       net  message",
            "ACME    USD       11132.00  Nothing new to post; the reconciliation balances.",
            "サクラ  JPY             -5",
        }));

    [Test]
    public void Stacked_LongText_IsBrokenBetweenWordsAndNothingIsLost() => Assert.That(
        new TableText(Columns, Rows).Stacked(30),
        Is.EqualTo(new[]
        {
            "ACME USD",
            "  net: 11132.00",
            "  message: Nothing new to",
            "  post; the reconciliation",
            "  balances.",
            "サクラ JPY",
            "  net: -5",
        }));

    [TestCase(20)]
    [TestCase(37)]
    [TestCase(80)]
    [TestCase(160)]
    public void Packed_AnyWidth_KeepsAllWordsInOrderWithinTheWidth(int width)
    {
        var random = new Random(width);
        for (var round = 0; round < 200; round++)
        {
            var pieces = Enumerable.Range(0, random.Next(1, 12)).Select(_ => string.Join(' ', Enumerable.Range(0, random.Next(1, 9)).Select(_ => new string('x', random.Next(1, 12))))).ToList();
            var lines = TableText.Packed(pieces, "  ", width).ToList();
            Assert.That(lines, Has.All.Length.LessThanOrEqualTo(width));
            Assert.That(Words(string.Join(' ', lines)), Is.EqualTo(Words(string.Join(' ', pieces))));
        }
    }

    private static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
