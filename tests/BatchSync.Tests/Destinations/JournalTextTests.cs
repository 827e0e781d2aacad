using BatchSync.Destinations.Journal;
using NUnit.Framework;

namespace BatchSync.Tests.Destinations;

internal sealed class JournalTextTests
{
    [TestCase("Acme Corp", "Acme Corp")]
    [TestCase("Müller & Söhne 日本 👩‍💻", "Müller & Söhne 日本 👩‍💻")]
    [TestCase("Acme: East", "Acme%3A East")]
    [TestCase("Acme; x | y", "Acme%3B x %7C y")]
    [TestCase("50% off", "50%25 off")]
    [TestCase("two  spaces", "two %20spaces")]
    [TestCase(" edge ", "%20edge%20")]
    [TestCase("line\nbreak\tand\u00a0more", "line%0Abreak%09and%C2%A0more")]
    [TestCase("*(starred)", "%2A(starred)")]
    [TestCase("", "")]
    public void AccountPart_Name_EscapesWhatLedgersReadAsSyntax(string name, string expected) =>
        Assert.That(JournalText.AccountPart(name), Is.EqualTo(expected));

    [TestCase("Income:Consulting", "Income:Consulting")]
    [TestCase("a::b: c", "a:b:%20c")]
    public void AccountPath_Levels_Stay(string path, string expected) => Assert.That(JournalText.AccountPath(path), Is.EqualTo(expected));

    [TestCase("Acme Corp", "Acme Corp")]
    [TestCase("*!(Acme\n; x | y  z\u2028", "Acme , x / y z")]
    [TestCase(" \t", "-")]
    public void Payee_Name_IsOneLineWithoutMarks(string name, string expected) => Assert.That(JournalText.Payee(name), Is.EqualTo(expected));

    [Test]
    public void Payee_HalfASurrogatePair_BecomesTheReplacementSign() => Assert.That(JournalText.Payee("half " + '\ud800'), Is.EqualTo("half \ufffd"));

    [Test]
    public void Comment_Text_HoldsNoTagAndNoBracketedDate() =>
        Assert.That(JournalText.Comment("a, date: x [2026-13-45]\r\nb"), Is.EqualTo("a; date: x (2026-13-45) b"));

    [TestCase("%")]
    [TestCase("%2")]
    [TestCase("%C3")]
    [TestCase("%61")]
    [TestCase("a;b")]
    [TestCase("%u12")]
    public void FromTagValue_NotWrittenByTagValue_IsNull(string value) => Assert.That(JournalText.FromTagValue(value), Is.Null);

    [Test]
    public void TagValueAndAccountPart_AnyTexts_ComeBackAndStayApart()
    {
        const string Signs = "ab%:;|,[] \t\n\r(*!0u\u00a0\u0085\u2028\ufeffé日\ud83d\ude00\ud800";
        var random = new Random(20261122);
        var accounts = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var round = 0; round < 20_000; round++)
        {
            var text = new string([.. Enumerable.Range(0, random.Next(1, 7)).Select(_ => Signs[random.Next(Signs.Length)])]);
            Assert.That(JournalText.FromTagValue(JournalText.TagValue(text)), Is.EqualTo(text));
            var account = JournalText.AccountPart(text);
            Assert.That(JournalText.IsAccount(account), Is.True, account);
            Assert.That(accounts.TryAdd(account, text) || accounts[account] == text, Is.True, $"two names became {account}");
        }
    }
}
