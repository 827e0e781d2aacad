using BatchSync.Core.Diagnostics;
using NUnit.Framework;

namespace BatchSync.Tests.Configuration;

public sealed class ConfigurationErrorTextTests
{
    [Test]
    public void Render_ErrorWithPlace_PointsAtIt()
    {
        var error = new ConfigurationError(ErrorCodes.UnknownField, new("mapping-config/harvest.yaml", 14, 5, 7, "    roundng: { increment: 15m }"), "unknown field 'roundng'")
        {
            Allowed = "Fields allowed here: from, to, round, default.",
            Suggestion = "round",
        };

        Assert.That(ConfigurationErrorText.Render(error), Is.EqualTo("""
            mapping-config/harvest.yaml:14:5: error CFG004: unknown field 'roundng'
              14 |     roundng: { increment: 15m }
                 |     ^^^^^^^
            Fields allowed here: from, to, round, default. Did you mean 'round'?

            """));
    }

    [Test]
    public void Render_WholeFile_HasNoExcerpt() =>
        Assert.That(ConfigurationErrorText.Render(new ConfigurationError(ErrorCodes.EmptyFile, TextPlace.WholeFile("a.yaml"), "the file is empty")), Is.EqualTo("a.yaml: error CFG006: the file is empty\n"));

    [TestCase("\tx: 1", 2, 1, "\tx: 1", "\t^")]
    [TestCase("a: \u001b[31mred", 4, 8, "a: ?[31mred", "   ^^^^^^^^")]
    [TestCase("a: \u202eb", 5, 1, "a: ?b", "    ^")]
    [TestCase("short", 3, 99, "short", "  ^^^")]
    [TestCase("", 1, 1, "", "^")]
    [TestCase("x", 9, 1, "x", " ^")]
    public void Render_OddLine_KeepsTheCaretUnderItsText(string line, int column, int length, string shown, string caret)
    {
        var lines = ConfigurationErrorText.Render(new ConfigurationError(ErrorCodes.Syntax, new("f", 1, column, length, line), "m")).Split('\n');

        Assert.That(lines[1], Is.EqualTo("  1 | " + shown));
        Assert.That(lines[2], Is.EqualTo("    | " + caret));
    }

    [Test]
    public void Render_LongLine_ShowsTheWindowAroundThePlace()
    {
        var line = new string('a', 500) + "HERE" + new string('b', 500);

        var lines = ConfigurationErrorText.Render(new ConfigurationError(ErrorCodes.Syntax, new("f", 1, 501, 4, line), "m")).Split('\n');

        Assert.That(lines[1], Has.Length.EqualTo(6 + ConfigurationErrorText.ExcerptWidth).And.Contain("HERE").And.EndWith("...").And.StartWith("  1 | ..."));
        Assert.That(lines[2].IndexOf("^^^^", StringComparison.Ordinal), Is.EqualTo(lines[1].IndexOf("HERE", StringComparison.Ordinal)));
    }

    [Test]
    public void Render_Several_CountsThem()
    {
        ConfigurationError Of(string file) => new(ErrorCodes.EmptyFile, TextPlace.WholeFile(file), "the file is empty");

        Assert.That(ConfigurationErrorText.Render([]), Is.Empty);
        Assert.That(ConfigurationErrorText.Render([Of("a")]), Does.EndWith("\n\n1 error in 1 file.\n"));
        Assert.That(ConfigurationErrorText.Render([Of("a"), Of("a"), Of("b")]), Does.EndWith("\n\n3 errors in 2 files.\n"));
    }

    [Test]
    public void Mask_PlaceOfTheSameLine_HidesItsText() =>
        Assert.That(new TextPlace("f", 1, 1, 1, "token: abc, x: 1").Mask(new("f", 1, 8, 3, "token: abc, x: 1")).Excerpt, Is.EqualTo("token: ***, x: 1"));
}
