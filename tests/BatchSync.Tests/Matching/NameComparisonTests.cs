using BatchSync.Core.Matching;
using BatchSync.Matching;
using NUnit.Framework;

namespace BatchSync.Tests.Matching;

[Parallelizable(ParallelScope.All)]
public sealed class NameComparisonTests
{
    [TestCase("Acme Corp", "Acme Corp", 100, "same name")]
    [TestCase("Acme Corp", "ACME CORP", 98, "the same but for capitals, accents and punctuation")]
    [TestCase("Müller & Söhne", "Muller und Sohne", 98, "the same but for capitals, accents and punctuation")]
    [TestCase("Acme Corp", "ACME, Inc.", 95, "the same without the legal form (CORP, INC)")]
    [TestCase("Nordwind GmbH", "Nordwind", 95, "the same without the legal form (GMBH)")]
    [TestCase("Diaz, Dana", "Dana Diaz", 92, "the same words in another order")]
    [TestCase("Bluebird", "Bluebird Partners", 74, "all words of 'Bluebird' stand in 'Bluebird Partners'")]
    [TestCase("Nordwind", "Nordwnid", 88, "spelled alike (88 of 100)")]
    [TestCase("Dana <dana@acme.example>", "Acme billing <bill@acme.example>", 80, "same e-mail domain: acme.example")]
    [TestCase("Dana <dana@gmail.com>", "Xu <xu@gmail.com>", 0, "nothing in common")]
    [TestCase("Dana D. (dana@acme.example)", "dana@acme.example", 100, "same e-mail address: dana@acme.example")]
    public void Compare_TwoNames_GivesScoreAndReason(string a, string b, int score, string why)
    {
        var comparison = new NameComparison(FuzzyLikeness.Of, byDomain: true);
        var (first, second) = (Comparable.Of([], [a]), Comparable.Of([], [b]));

        Assert.That(comparison.Compare(first, second), Is.EqualTo(new NameMatch(score, why)));
        Assert.That(comparison.Compare(second, first).Score, Is.EqualTo(score), "The order of the two does not matter.");
    }

    [TestCase("acme", "ACME", 100)]
    [TestCase("ACME", "ACME-2", 0)]
    public void Compare_TwoCodes_KnowsTheSameInOtherCapitals(string a, string b, int score) =>
        Assert.That(new NameComparison(FuzzyLikeness.Of, byDomain: true).Compare(Comparable.Of([a], []), Comparable.Of([b], [])).Score, Is.EqualTo(score));

    [Test]
    public void Compare_PeopleOfOneCompany_AreNotOneForTheirDomain()
    {
        var comparison = new NameComparison(FuzzyLikeness.Of, byDomain: false);
        Assert.That(comparison.Compare(Comparable.Of(["dana@acme.example"], ["Dana Diaz"]), Comparable.Of(["eli@acme.example"], ["Eli Evans"])).Score, Is.LessThan(60));
    }
}
