using System.Net.Mail;
using BatchSync.Reports.Mail;
using NUnit.Framework;

namespace BatchSync.Tests.Reports.Mail;

internal sealed class MailHeaderTests
{
    [TestCase("BatchSync harvest-to-quickbooks 2026-10: balanced")]
    [TestCase("BatchSync Zeiterfassung-München 2026-10: 2 open differences, 1 rejection")]
    [TestCase("請求 🙂 2026-10: balanced")]
    [TestCase("a text that is long enough to need a fold or two because it does not fit into seventy-eight characters of one line")]
    [TestCase("ein Text, der länger ist als eine Zeile und darum in mehrere kodierte Wörter zerfällt, über alle Zeilen hinweg: äöüß")]
    [TestCase("=?utf-8?B?bm8=?= is no encoded word")]
    [TestCase("山山山山山山山山山山山山山山山山山山山山山山山山山山山山山山山山山山山山山山山山山山山山山山山山山山")]
    [TestCase("🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂")]
    [TestCase("a-word-of-more-than-a-line-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa end")]
    public void Text_AnySubject_IsReadBackAndFitsItsLines(string subject)
    {
        var field = MailHeader.Text("Subject", subject);
        Assert.That(MailText.DecodedWords(MailText.Fields(field)["Subject"]), Is.EqualTo(subject));
        AssertLines(field);
    }

    [Test]
    public void Text_APlainSubject_StaysReadable() =>
        Assert.That(MailHeader.Text("Subject", "BatchSync harvest 2026-10: balanced"), Is.EqualTo("Subject: BatchSync harvest 2026-10: balanced"));

    [TestCase("job\r\nBcc: thief@evil.example")]
    [TestCase("job\nBcc: thief@evil.example")]
    [TestCase("job\r\n\r\n<html>")]
    [TestCase("jöb\r\nBcc: thief@evil.example")]
    [TestCase("job\u0085Bcc: x")]
    [TestCase("job\u2028Bcc: x")]
    [TestCase("job\0x")]
    public void Text_WithLineEnds_StaysOneField(string subject)
    {
        var field = MailHeader.Text("Subject", subject);
        Assert.That(MailText.Fields(field).Keys, Is.EqualTo(new[] { "Subject" }));
        Assert.That(MailText.DecodedWords(MailText.Fields(field)["Subject"]).Any(char.IsControl), Is.False);
        AssertLines(field);
    }

    [TestCase("summary.csv")]
    [TestCase("Zeiten München 2026-10 summary.csv")]
    [TestCase("請求書.csv")]
    [TestCase("a \"quoted\" 100% name; x=1.csv")]
    [TestCase("c'est ça.csv")]
    [TestCase("ein-sehr-langer-Jobname-für-die-Abrechnung-der-Zeiten-und-Auslagen-aller-Gesellschaften-2026-08..2026-10-exceptions.csv")]
    [TestCase("an-ascii-name-that-is-longer-than-one-line-of-a-header-may-be-and-so-goes-on-2026-08..2026-10-exceptions.csv")]
    public void Attachment_AnyName_IsReadBackAndFitsItsLines(string name)
    {
        var field = MailHeader.Attachment(name);
        var disposition = MailText.Fields(field)["Content-Disposition"];
        if (!name.Contains(';', StringComparison.Ordinal) || disposition.Contains("filename*", StringComparison.Ordinal))
            Assert.That(MailText.FileName(disposition), Is.EqualTo(name));
        AssertLines(field);
    }

    [TestCase("books@example.com", "books@example.com")]
    [TestCase("BatchSync <books@example.com>", "\"BatchSync\" <books@example.com>")]
    [TestCase("\"Smith, \\\"Bob\\\"\" <bob@example.com>", "\"Smith, \\\"Bob\\\"\" <bob@example.com>")]
    [TestCase("books@bücher.example", "books@xn--bcher-kva.example")]
    public void Addresses_OfOneMailbox_AreWrittenFor(string mailbox, string expected) =>
        Assert.That(MailText.Fields(MailHeader.Addresses("From", [new MailAddress(mailbox)]))["From"], Is.EqualTo(expected));

    [Test]
    public void Addresses_WithANameInAnotherScript_AreEncoded()
    {
        var field = MailHeader.Addresses("To", [new MailAddress("books@example.com", "Zoë Ångström, Buchhaltung und Controlling der ganzen Gruppe"), new MailAddress("b@example.com")]);
        Assert.That(
            MailText.DecodedWords(MailText.Fields(field)["To"]),
            Is.EqualTo("Zoë Ångström, Buchhaltung und Controlling der ganzen Gruppe <books@example.com>, b@example.com"));
        AssertLines(field);
    }

    [Test]
    public void Date_OfAnotherOffset_IsInUtc() =>
        Assert.That(MailHeader.Date(new DateTimeOffset(2026, 11, 3, 1, 5, 9, TimeSpan.FromHours(-5))), Is.EqualTo("Date: Tue, 03 Nov 2026 06:05:09 +0000"));

    private static void AssertLines(string field)
    {
        foreach (var line in field.Split("\r\n"))
        {
            Assert.That(line, Has.Length.LessThanOrEqualTo(line.Contains("=?utf-8", StringComparison.Ordinal) ? 76 : 78));
            Assert.That(line.All(c => c is >= ' ' and <= '~'), Is.True, line);
            Assert.That(line.Trim(), Is.Not.Empty);
        }
    }
}
