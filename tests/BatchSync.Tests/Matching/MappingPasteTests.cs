using BatchSync.Configuration.Yaml;
using BatchSync.Core.Mapping;
using BatchSync.Core.Matching;
using BatchSync.Matching;
using NUnit.Framework;

namespace BatchSync.Tests.Matching;

/// <summary>How proposals stand in a mapping's text, in each way in which its lists may be written.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class MappingPasteTests
{
    [TestCase("clients:\n  - { code: ACME, source: [\"1\", \"2\"] } # both\nrates: []\n", "clients:\n  - { code: ACME, source: [\"1\", \"2\", \"9\"] } # both\nrates: []\n")]
    [TestCase("clients:\n  - { code: ACME, source: 1 }\n", "clients:\n  - { code: ACME, source: [\"1\", \"9\"] }\n")]
    [TestCase("clients:\n  - { code: ACME, source: '1' }\n", "clients:\n  - { code: ACME, source: ['1', \"9\"] }\n")]
    [TestCase("clients:\n  - code: ACME   # the first\n    source:\n      - \"1\"   # old\n    name: Acme\n", "clients:\n  - code: ACME   # the first\n    source:\n      - \"1\"   # old\n      - \"9\"\n    name: Acme\n")]
    [TestCase("{ clients: [ { code: ACME, source: [ \"1\" ] } ] }", "{ clients: [ { code: ACME, source: [ \"1\", \"9\" ] } ] }")]
    public void Id_OfAnEntry_JoinsItsIds(string text, string expected) => Assert.That(MappingPaste.Apply(text, [Known("9", "Acme 2")]), Is.EqualTo(expected));

    [TestCase("clients:\n  - { code: ACME, name: Acme }\n", "clients:\n  - { code: ACME, name: [Acme, \"Acme 2\"] }\n")]
    [TestCase("clients:\n  - code: ACME\n    name: Smith, Jones\n", "clients:\n  - code: ACME\n    name: [\"Smith, Jones\", \"Acme 2\"]\n")]
    public void Name_OfAnEntryWithoutIds_JoinsItsNames(string text, string expected) => Assert.That(MappingPaste.Apply(text, [Known("", "Acme 2")]), Is.EqualTo(expected));

    [TestCase("clients:\n  - { code: A, source: [\"1\"] }\n  # the end\nrates: []\n", "clients:\n  - { code: A, source: [\"1\"] }\n  - { code: NEW, source: [\"9\"], name: New Corp }\n  # the end\nrates: []\n")]
    [TestCase("clients:\n- code: A\n  name:\n    - x\nrates: []\n", "clients:\n- code: A\n  name:\n    - x\n- { code: NEW, source: [\"9\"], name: New Corp }\nrates: []\n")]
    [TestCase("clients:\n  -\n    code: A\nrates: []", "clients:\n  -\n    code: A\n  - { code: NEW, source: [\"9\"], name: New Corp }\nrates: []")]
    [TestCase("clients:\n  - { code: A,\n      name: x }", "clients:\n  - { code: A,\n      name: x }\n  - { code: NEW, source: [\"9\"], name: New Corp }\n")]
    [TestCase("clients: [ { code: A } ]\n", "clients: [ { code: A }, { code: NEW, source: [\"9\"], name: New Corp } ]\n")]
    [TestCase("clients: []\n", "clients: [ { code: NEW, source: [\"9\"], name: New Corp } ]\n")]
    [TestCase("mapping: m\nversion: 1.0.0\n", "mapping: m\nversion: 1.0.0\nclients:\n  - { code: NEW, source: [\"9\"], name: New Corp }\n")]
    [TestCase("{ mapping: m }\n", "{ mapping: m, clients: [ { code: NEW, source: [\"9\"], name: New Corp } ] }\n")]
    public void Entry_NewInAList_StandsBehindTheOthers(string text, string expected) => Assert.That(MappingPaste.Apply(text, [New("9", "New Corp")]), Is.EqualTo(expected));

    [TestCase("true", "\"true\"")]
    [TestCase("a: b", "\"a: b\"")]
    [TestCase("say \"hi\"", "\"say \\\"hi\\\"\"")]
    [TestCase("サクラ", "サクラ")]
    [TestCase("#1", "\"#1\"")]
    [TestCase("Müller & Söhne", "\"Müller & Söhne\"")]
    [TestCase("007", "\"007\"")]
    [TestCase("a - b", "a - b")]
    [TestCase("a -", "\"a -\"")]
    public void Text_Written_IsReadBackAsItIs(string text, string written)
    {
        var node = (Node.Mapping)YamlReader.Read(new SourceText("x", $"a: {{ b: {YamlText.Of(text)} }}"), [])!;

        Assert.That(YamlText.Of(text), Is.EqualTo(written));
        Assert.That(((Node.Scalar)((Node.Mapping)node.Entries[0].Value).Entries[0].Value).Text, Is.EqualTo(text));
    }

    [TestCase("a\nb\nc", "a\nx\nc", "2 -b +x")]
    [TestCase("a\nb\n", "a\nb\nc\n", "3 +c")]
    [TestCase("a\nb\nc\n", "b\n", "1 -a;3 -c")]
    [TestCase("a\n", "a\n", "")]
    public void LineDiff_OfTwoTexts_NamesWhatGoesAndComes(string older, string newer, string expected) => Assert.That(
        string.Join(';', LineDiff.Between(older, newer).Select(c => string.Join(' ', [FormattableString.Invariant($"{c.Line}"), .. c.Removed.Select(l => "-" + l), .. c.Added.Select(l => "+" + l)]))),
        Is.EqualTo(expected));

    private static Proposal Known(string id, string name) => new(new Suggestion(Thing(id, name), []), "ACME", IsNew: false);

    private static Proposal New(string id, string name) => new(new Suggestion(Thing(id, name), []), "NEW", IsNew: true);

    private static UnknownThing Thing(string id, string name) => new(MappingList.Clients, id, [name], "", "", new Stake(1, 1, 0, new Dictionary<string, decimal>()));
}
