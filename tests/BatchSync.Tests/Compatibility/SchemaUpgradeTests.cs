using BatchSync.Configuration.Schemas;
using BatchSync.Configuration.Yaml;
using NUnit.Framework;

namespace BatchSync.Tests.Compatibility;

/// <summary>How files of an older schema are rewritten, in each layout that they may have.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class SchemaUpgradeTests
{
    [TestCase("mapping: m\nversion: 1.0.0\n", "mapping: m\nschema: 2\nversion: 1.0.0\n")]
    [TestCase("mapping: m   # rules\nschema: 1 # old\nversion: 1.0.0", "mapping: m   # rules\nschema: 2 # old\nversion: 1.0.0")]
    [TestCase("{ mapping: m, version: 1.0.0 }\n", "{ mapping: m, schema: 2, version: 1.0.0 }\n")]
    [TestCase("job: j", "job: j\nschema: 2\n")]
    [TestCase("job: j\r\nseries: J\r\n", "job: j\r\nschema: 2\r\nseries: J\r\n")]
    public void Version_OfAFile_StandsBelowItsName(string older, string newer) => Assert.That(Upgraded(older), Is.EqualTo(newer));

    [TestCase("  money: { mode: up, taxPer: line, taxPoint: service-date }\n", "  money: { mode: up }\ntax: { per: line, point: service-date }\n")]
    [TestCase("  money: { taxPer: line, mode: up, taxPoint: service-date }\n", "  money: { mode: up }\ntax: { per: line, point: service-date }\n")]
    [TestCase("  money: { taxPoint: service-date, mode: up }\n", "  money: { mode: up }\ntax: { point: service-date }\n")]
    [TestCase("  money:\n    mode: up\n    taxPer: line      # by law\n  time: {}\n", "  money:\n    mode: up\n  time: {}\ntax:\n  per: line           # by law\n")]
    [TestCase("  time: {}\n  money: { taxPer: \"line\" }\n", "  time: {}\ntax: { per: \"line\" }\n")]
    [TestCase("  money: { taxPer: line }\ntax: { inclusive: true }\n", "tax: { inclusive: true, per: line }\n")]
    [TestCase("  money: { taxPer: line }\ntax:\n  inclusive: true\n# end\n", "tax:\n  inclusive: true\n  per: line\n# end\n")]
    [TestCase("  money: { taxPer: line }\ntax: {}\n", "tax: { per: line }\n")]
    public void TaxRules_OfAMapping_MoveToTheirBlock(string rounding, string expected)
    {
        var older = $"mapping: m\nschema: 1\nrounding:\n{rounding}";
        var isGone = !expected.StartsWith("  ", StringComparison.Ordinal);
        Assert.That(Upgraded(older), Is.EqualTo($"mapping: m\nschema: 2\n{(isGone ? "" : "rounding:\n")}{expected}"));
    }

    [TestCase("rounding: { money: { taxPer: line } }   # as agreed\n", "tax: { per: line }                      # as agreed\n")]
    [TestCase("{ mapping: m, schema: 1, rounding: { time: {}, money: { taxPer: line } }, lines: {} }", "{ mapping: m, schema: 2, rounding: { time: {} }, tax: { per: line }, lines: {} }")]
    public void TaxRules_InBraces_MoveToo(string older, string expected) =>
        Assert.That(Upgraded(older.StartsWith('{') ? older : "mapping: m\nschema: 1\n" + older), Is.EqualTo(older.StartsWith('{') ? expected : "mapping: m\nschema: 2\n" + expected));

    [TestCase("limits: { rejections: 5, datesFrom: 2020-01-01, datesUntil: 2030-12-31 }  # of old\n", "limits: { rejections: 5, dates: { first: 2020-01-01, last: 2030-12-31 } }  # of old\n")]
    [TestCase("limits: { datesUntil: 2030-12-31, rejections: 5 }\n", "limits: { dates: { last: 2030-12-31 }, rejections: 5 }\n")]
    [TestCase("limits:\n  datesFrom: 2020-01-01\n  rejections: 5\n  datesUntil: 2030-12-31\n", "limits:\n  dates: { first: 2020-01-01, last: 2030-12-31 }\n  rejections: 5\n")]
    [TestCase("limits:\n  # the first of our books\n  datesFrom: 2020-01-01   # new year\n  datesUntil: 2030-12-31\n", "limits:\n  # the first of our books\n  dates:\n    first: 2020-01-01     # new year\n    last: 2030-12-31\n")]
    [TestCase("limits: {\n  rejections: 5, # few\n  datesFrom: 2020-01-01 }\n", "limits: {\n  rejections: 5, # few\n  dates: { first: 2020-01-01 } }\n")]
    public void DateLimits_OfAJob_BecomeOneBlock(string limits, string expected) => Assert.That(Upgraded("job: j\nschema: 1\n" + limits), Is.EqualTo("job: j\nschema: 2\n" + expected));

    [TestCase("timeout: 30s\nattempts: 4\nmaxDelay: 10s\nprobe: {}\n", "calls: { timeout: 30s, attempts: 4, maxDelay: 10s }\nprobe: {}\n")]
    [TestCase("timeout: 30s\n# a quota of 100\nmaxDelay: 10s   # at most\nprobe: {}\n", "calls:\n  timeout: 30s\n  maxDelay: 10s # at most\n# a quota of 100\nprobe: {}\n")]
    public void Waits_OfAConnector_BecomeOneBlock(string fields, string expected) => Assert.That(Upgraded("connector: c\nschema: 1\n" + fields), Is.EqualTo("connector: c\nschema: 2\n" + expected));

    [TestCase("job: j\nschema: 2\n", typeof(UpgradeOutcome.Current))]
    [TestCase("on: push\njobs: {}\n", typeof(UpgradeOutcome.Foreign))]
    [TestCase("# nothing\n", typeof(UpgradeOutcome.Foreign))]
    [TestCase("- a\n", typeof(UpgradeOutcome.Foreign))]
    [TestCase("job: j\nschema: 3\n", typeof(UpgradeOutcome.Refused))]
    [TestCase("job: j\nschema: two\n", typeof(UpgradeOutcome.Refused))]
    [TestCase("job: 'j\n", typeof(UpgradeOutcome.Refused))]
    [TestCase("mapping: m\nrounding: { money: { taxPer: line } }\ntax: { per: line }\n", typeof(UpgradeOutcome.Refused))]
    [TestCase("mapping: m\ntax: 5\nrounding: { money: { taxPer: line } }\n", typeof(UpgradeOutcome.Refused))]
    [TestCase("mapping: m\nversion: 2.3\n", typeof(UpgradeOutcome.Refused))]
    [TestCase("connector: c\ntimeout: [30s]\n", typeof(UpgradeOutcome.Refused))]
    [TestCase("mapping: m\nrounding:    # by the book\n  money: { taxPer: line }\n", typeof(UpgradeOutcome.Refused))]
    [TestCase("mapping: m\nrounding: { money: { mode: up, # as usual\n    taxPer: line } }\n", typeof(UpgradeOutcome.Refused))]
    public void Outcome_OfAFileThatIsNotRewritten_SaysWhy(string text, Type outcome) => Assert.That(SchemaUpgrade.Of(new SourceText("x.yaml", text)), Is.TypeOf(outcome));

    [TestCase("1.0.0", true)]
    [TestCase("0.10.200", true)]
    [TestCase("2.3", false)]
    [TestCase("1.0.0.0", false)]
    [TestCase("01.0.0", false)]
    [TestCase("v1.0.0", false)]
    [TestCase("1.0.0-rc.1", false)]
    [TestCase("1.0.0\n", false)]
    public void SemanticVersion_IsThreeNumbers(string version, bool expected) => Assert.That(SemanticVersion.Is(version), Is.EqualTo(expected));

    [Test]
    public void Refusal_ForItsLayout_SaysWhatToWriteByHand()
    {
        var refused = (UpgradeOutcome.Refused)SchemaUpgrade.Of(new SourceText("x.yaml", "mapping: m\nrounding:    # by the book\n  money: { taxPer: line }\n"));
        Assert.That(refused.Reason, Is.EqualTo("Its layout cannot be kept: write by hand 'tax: { per: ... }' for 'rounding: money: taxPer', and 'schema: 2' below the first line."));
    }

    private static string Upgraded(string text)
    {
        var outcome = SchemaUpgrade.Of(new SourceText("x.yaml", text));
        Assert.That(outcome, Is.TypeOf<UpgradeOutcome.Upgraded>(), outcome.ToString());
        var newer = ((UpgradeOutcome.Upgraded)outcome).Text;
        Assert.That(SchemaUpgrade.Of(new SourceText("x.yaml", newer)), Is.TypeOf<UpgradeOutcome.Current>(), "A second time there is nothing to do.");
        return newer;
    }
}
