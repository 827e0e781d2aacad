using BatchSync.Configuration.Yaml;
using BatchSync.Core.Diagnostics;
using NUnit.Framework;

namespace BatchSync.Tests.Configuration;

public sealed class YamlReaderTests
{
    [TestCase("a: 1\n\tb: 2\n", "CFG003 2:1")]
    [TestCase("a: [1, 2\nb: 3\n", "CFG003 1:4")]
    [TestCase("a: 'x\n", "CFG003 1:4")]
    [TestCase("a: b: c\n", "CFG003 1:5")]
    [TestCase("a: @x\n", "CFG003 1:4")]
    [TestCase(" a: 1\nb: 2\n", "CFG003 2:1")]
    [TestCase("a: &x 1\nb: *x\n", "CFG005 1:4, CFG005 2:4")]
    [TestCase("a: !!str 1\n", "CFG005 1:4")]
    [TestCase("a: 1\n---\nb: 2\n", "CFG005 2:1")]
    [TestCase("? [a, b]\n: 2\n", "CFG005 1:3")]
    [TestCase("a: 1\na: 2\na: 3\n", "CFG008 2:1, CFG008 3:1")]
    [TestCase("", "CFG006 0:0")]
    [TestCase("# only\n", "CFG006 0:0")]
    [TestCase("~\n", "CFG006 0:0")]
    [TestCase("---\na: 1\n...\n", "")]
    [TestCase("a: 1", "")]
    [TestCase("%YAML 1.1\n---\na: 1\n", "")]
    public void Read_Text_ReportsWithPlace(string text, string expected)
    {
        var errors = new List<ConfigurationError>();

        YamlReader.Read(new SourceText("file", text), errors);

        Assert.That(string.Join(", ", errors.Select(e => FormattableString.Invariant($"{e.Code} {e.Place.Line}:{e.Place.Column}"))), Is.EqualTo(expected));
    }

    [Test]
    public void Read_NestingWithoutEnd_IsRefusedAtTheLimit()
    {
        var errors = new List<ConfigurationError>();

        var node = YamlReader.Read(new SourceText("file", "a: " + new string('[', 100_000)), errors);

        Assert.That(node, Is.Null);
        Assert.That(errors.Select(e => e.Code), Is.EqualTo(new[] { ErrorCodes.UnsupportedYaml }));
    }

    [Test]
    public void Read_Values_HaveTheirPlaces()
    {
        var errors = new List<ConfigurationError>();

        var node = (Node.Mapping)YamlReader.Read(new SourceText("file", "a: { b: 'x y' }\nc:\n  - d: 1\n    e: 2\n"), errors)!;

        Assert.That(node.Entries[0].Value.Span, Is.EqualTo(new Span(1, 4, 12)), "A section in braces is all of it.");
        Assert.That(((Node.Mapping)node.Entries[0].Value).Entries[0].Value.Span, Is.EqualTo(new Span(1, 9, 5)));
        Assert.That(((Node.Sequence)node.Entries[1].Value).Items[0].Span, Is.EqualTo(new Span(3, 5, 1)), "A section in lines is its first name.");
        Assert.That(errors, Is.Empty);
    }
}
