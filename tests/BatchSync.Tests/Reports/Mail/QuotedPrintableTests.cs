using System.Text;
using BatchSync.Reports.Mail;
using NUnit.Framework;

namespace BatchSync.Tests.Reports.Mail;

internal sealed class QuotedPrintableTests
{
    [TestCase("plain", "plain")]
    [TestCase("a=b", "a=3Db")]
    [TestCase("ends with a space ", "ends with a space=20")]
    [TestCase("ends with a tab\t\nnext", "ends with a tab=09\r\nnext")]
    [TestCase(".\n..", "=2E\r\n=2E.")]
    [TestCase("ü", "=C3=BC")]
    [TestCase("", "")]
    [TestCase("two\n\nlines\n", "two\r\n\r\nlines\r\n")]
    public void Encode_AText_IsAsTheRuleSays(string text, string expected) => Assert.That(QuotedPrintable.Encode(text), Is.EqualTo(expected));

    [Test]
    public void Encode_RandomTexts_AreReadBackFromShortSafeLines()
    {
        const string Letters = "ab .=\t\nü山🙂";
        var random = new Random(76);
        for (var i = 0; i < 2000; i++)
        {
            var runes = Letters.EnumerateRunes().ToArray();
            var text = string.Concat(Enumerable.Range(0, random.Next(300)).Select(_ => runes[random.Next(runes.Length)].ToString()));
            var encoded = QuotedPrintable.Encode(text);
            Assert.That(Encoding.UTF8.GetString(MailText.QuotedPrintable(encoded)), Is.EqualTo(text.Replace("\n", "\r\n", StringComparison.Ordinal)));
            foreach (var line in encoded.Split("\r\n"))
            {
                Assert.That(line, Has.Length.LessThanOrEqualTo(76).And.Not.StartsWith(".").And.Not.EndsWith(" ").And.Not.EndsWith("\t"));
                Assert.That(line, Does.Not.Contain("=_").And.Not.Contain("\r").And.Not.Contain("\n"));
            }
        }
    }
}
