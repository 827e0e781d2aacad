using BatchSync.Core.Mapping;
using NUnit.Framework;

namespace BatchSync.Tests.Mapping;

[TestFixture]
public sealed class ConditionTests
{
    private static readonly RecordFacts Facts = new(RecordFacts.Time, "ACME", "ACME-WEB", "DEV", "dana@example.com", "", "");

    // Fields are written field=value|value, with a space between them.
    [TestCase("", true, Description = "no fields: every record")]
    [TestCase("client=ACME", true)]
    [TestCase("client=acme", false, Description = "comparison is ordinal")]
    [TestCase("client=ACM", false)]
    [TestCase("client=ACM*", true)]
    [TestCase("client=ACME*", true, Description = "nothing has to follow")]
    [TestCase("client=ACMEX*", false)]
    [TestCase("client=*", true)]
    [TestCase("client=*ME", false, Description = "a star that does not end the value is a character")]
    [TestCase("client=A*E", false)]
    [TestCase("client=**", false, Description = "only the last star is a wildcard")]
    [TestCase("client=FOO|ACME", true, Description = "one of the values")]
    [TestCase("client=FOO|BAR", false)]
    [TestCase("client=ACME task=DEV", true, Description = "all of the fields")]
    [TestCase("client=ACME task=QA", false)]
    [TestCase("category=*", true, Description = "a star alone takes an empty field")]
    [TestCase("category=", true, Description = "an empty value takes an empty field")]
    [TestCase("task=", false)]
    [TestCase("type=time", true)]
    [TestCase("type=expense", false)]
    [TestCase("person=dana@* project=ACME-*", true)]
    public void Matches_Record_IsWhetherEveryFieldHasOneOfItsValues(string condition, bool matches) =>
        Assert.That(ConditionOf(condition).Matches(Facts), Is.EqualTo(matches));

    [TestCase("", "task=DEV", true)]
    [TestCase("task=DEV", "", false)]
    [TestCase("task=*", "", true, Description = "a star alone asks for nothing")]
    [TestCase("task=*", "client=ACME", true)]
    [TestCase("task=DEV", "task=DEV client=ACME", true)]
    [TestCase("task=DEV client=ACME", "task=DEV", false)]
    [TestCase("task=DEV|QA", "task=QA", true)]
    [TestCase("task=DEV|QA", "task=QA|DEV", true)]
    [TestCase("task=DEV", "task=DEV|QA", false)]
    [TestCase("task=D*", "task=DEV|DOC", true)]
    [TestCase("task=D*", "task=DE*", true)]
    [TestCase("task=D*", "task=D*", true)]
    [TestCase("task=DE*", "task=D*", false)]
    [TestCase("task=DEV", "task=DEV*", false)]
    [TestCase("task=D*|Q*", "task=DEV|QA*", true)]
    public void Covers_OtherCondition_IsWhetherItTakesAllThatTheOtherTakes(string mine, string theirs, bool covers) =>
        Assert.That(ConditionOf(mine).Covers(ConditionOf(theirs)), Is.EqualTo(covers));

    [Test]
    public void Always_AnyRecord_Matches() => Assert.That(Condition.Always.Matches(Facts), Is.True);

    internal static Condition ConditionOf(string text) =>
        new(text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(field => field.Split('=')).ToDictionary(f => f[0], IReadOnlyList<string> (f) => f[1].Split('|')));
}
