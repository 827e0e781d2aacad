using System.IO.Compression;
using System.Text;
using BatchSync.Configuration;
using BatchSync.Http;
using BatchSync.Reports.Mail;
using NUnit.Framework;

namespace BatchSync.Tests.Reports.Mail;

internal sealed class PickupMailerTests
{
    private TemporaryFolder _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [Test]
    public async Task Send_TheSampleMonth_IsAsApproved()
    {
        var mail = await MailSamples.WriteAsync(_folder);

        // The body names the folder of the files, which is another one each time.
        var text = Encoding.ASCII.GetString(await SendAsync(mail with { Body = mail.Body.Replace(_folder.Path, "/var/reports", StringComparison.Ordinal) }));
        Approved.Check("report.eml", Encoding.ASCII.GetBytes(text));
    }

    [Test]
    public async Task Send_TheSampleMonth_CarriesTheFilesByteForByte()
    {
        var mail = await MailSamples.WriteAsync(_folder);
        var parts = MailText.Parts(Encoding.ASCII.GetString(await SendAsync(mail)));
        Assert.That(Encoding.UTF8.GetString(parts[0].Content).ReplaceLineEndings("\n"), Is.EqualTo(mail.Body));
        Assert.That(parts.Skip(1).Select(p => p.Fields["Content-Type"]), Is.All.EqualTo("text/csv; charset=utf-8"));
        Assert.That(
            parts.Skip(1).Select(p => MailText.FileName(p.Fields["Content-Disposition"])),
            Is.EqualTo(new[] { "summary", "detail", "exceptions" }.Select(n => $"harvest-to-quickbooks-2026-10-{n}.csv")));
        for (var i = 0; i < 3; i++) Assert.That(parts[i + 1].Content, Is.EqualTo(await File.ReadAllBytesAsync(mail.Attachments[i].Path)));
    }

    [Test]
    public async Task Send_TheSameMailTwice_TakesItsOwnPlace()
    {
        var mail = await MailSamples.WriteAsync(_folder);
        var first = await SendAsync(mail);
        Assert.That(await SendAsync(mail), Is.EqualTo(first));
        Assert.That(Directory.GetFiles(_folder.File("pickup")).Select(Path.GetFileName), Is.EqualTo(new[] { "harvest-to-quickbooks-20261103T073000Z-run-17.eml" }));
    }

    [Test]
    public async Task Send_AgainOnPurpose_IsAnotherFileWithAnotherMessageId()
    {
        var first = Encoding.ASCII.GetString(await SendAsync(await MailSamples.WriteAsync(_folder)));
        var second = Encoding.ASCII.GetString(await SendAsync(await MailSamples.WriteAsync(_folder, sending: 2)));
        Assert.That(
            Directory.GetFiles(_folder.File("pickup")).Select(Path.GetFileName),
            Is.EquivalentTo(new[] { "harvest-to-quickbooks-20261103T073000Z-run-17.eml", "harvest-to-quickbooks-20261103T073000Z-run-17-2.eml" }));
        Assert.That(IdOf(second), Is.Not.EqualTo(IdOf(first)));

        static string IdOf(string message) => MailText.Fields(message[..message.IndexOf("\r\n\r\n", StringComparison.Ordinal)])["Message-ID"];
    }

    [Test]
    public async Task Send_AJobNameWithLineEndsAndSlashes_ForgesNothing()
    {
        var report = ReportSamples.Balanced() with { Job = "Löhne\r\nBcc: thief@evil.example\r\n\r\n../../x" };
        var message = Encoding.ASCII.GetString(await SendAsync(await MailSamples.WriteAsync(_folder, report)));
        var fields = MailText.Fields(message[..message.IndexOf("\r\n\r\n", StringComparison.Ordinal)]);
        Assert.That(fields.Keys, Is.EqualTo(new[] { "Date", "From", "To", "Subject", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type" }));
        Assert.That(MailText.DecodedWords(fields["Subject"]), Is.EqualTo("BatchSync Löhne Bcc: thief@evil.example ../../x 2026-10: balanced"));
        Assert.That(Directory.GetFiles(_folder.File("pickup")).Select(Path.GetFileName), Is.EqualTo(new[] { "Löhne--Bcc- thief@evil.example----..-..-x-20261103T073000Z-run-17.eml" }));
        Assert.That(
            MailText.FileName(MailText.Parts(message)[1].Fields["Content-Disposition"]), Is.EqualTo("Löhne--Bcc--thief@evil.example----..-..-x-2026-10-summary.csv"));
    }

    [Test]
    public async Task Send_FilesAboveTheLimit_GoInOneZip()
    {
        var mail = await MailSamples.WriteAsync(_folder);
        var limit = AttachmentPacking.TravelBytes(mail.Attachments.Sum(a => new FileInfo(a.Path).Length)) - 10;
        var parts = MailText.Parts(Encoding.ASCII.GetString(await SendAsync(mail, limit)));
        Assert.That(parts, Has.Count.EqualTo(2));
        Assert.That(MailText.FileName(parts[1].Fields["Content-Disposition"]), Is.EqualTo("harvest-to-quickbooks-2026-10.zip"));
        Assert.That(Encoding.UTF8.GetString(parts[0].Content), Does.Contain("are attached in one zip."));
        using var zip = new ZipArchive(new MemoryStream(parts[1].Content));
        Assert.That(zip.Entries.Select(e => e.Name), Is.EqualTo(mail.Attachments.Select(a => a.Name)));
        Assert.That(zip.Entries.Select(e => e.LastWriteTime.DateTime), Is.All.EqualTo(ReportSamples.AsOf.UtcDateTime));
        for (var i = 0; i < 3; i++)
        {
            using var content = new MemoryStream();
            await using (var entry = await zip.Entries[i].OpenAsync()) await entry.CopyToAsync(content);
            Assert.That(content.ToArray(), Is.EqualTo(await File.ReadAllBytesAsync(mail.Attachments[i].Path)));
        }
    }

    [Test]
    public async Task Send_FilesAboveTheLimitEvenZipped_AreNamedByTheirPaths()
    {
        var mail = await MailSamples.WriteAsync(_folder);
        var noise = new byte[3_000_000];
        new Random(3).NextBytes(noise);
        await File.WriteAllBytesAsync(mail.Attachments[1].Path, noise);
        var message = await SendAsync(mail, 1_000_000);
        var parts = MailText.Parts(Encoding.ASCII.GetString(message));
        Assert.That(parts, Has.Count.EqualTo(1));
        var body = Encoding.UTF8.GetString(parts[0].Content);
        Assert.That(body, Does.Contain("too large to attach").And.Contain("3.0 MB").And.Contain("1.0 MB").And.Contain("report.email.maxSize"));
        foreach (var attachment in mail.Attachments) Assert.That(body, Does.Contain(attachment.Path));
    }

    [TestCase("not an address")]
    [TestCase("müller@example.com")]
    [TestCase("books@example.com\r\nBcc: thief@evil.example")]
    [TestCase("")]
    public async Task Send_ToAnAddressThatIsNone_SaysWhichAndSendsNothing(string address)
    {
        var mail = await MailSamples.WriteAsync(_folder);
        var mailer = new PickupMailer(MailSamples.Email() with { To = ["books@example.com", address] }, _folder.File("pickup"), MailSamples.Clock);
        Assert.That(
            async () => await mailer.SendAsync(mail, CancellationToken.None),
            Throws.InstanceOf<OutsideException>().With.Property("Fault").EqualTo(OutsideFault.Permanent).And.Message.Contains(address).And.Message.Contains("report.email"));
        Assert.That(Directory.Exists(_folder.File("pickup")), Is.False);
    }

    [Test]
    public async Task Send_WithAFileGone_SaysHowToMakeItAgain()
    {
        var mail = await MailSamples.WriteAsync(_folder);
        File.Delete(mail.Attachments[2].Path);
        Assert.That(
            async () => await SendAsync(mail),
            Throws.InstanceOf<OutsideException>().With.Message.Contains("exceptions.csv").And.Message.Contains("batchsync report RUN"));
    }

    [Test]
    public void Of_AFolderOrAServer_IsTheMailerForIt()
    {
        var smtp = new SmtpDefinition(new ValueReference("localhost"), 25, false, null, null);
        Assert.That(Mailers.Of(MailSamples.Email(folder: "mail"), MailSamples.Resolve, MailSamples.Clock), Is.InstanceOf<PickupMailer>());
        Assert.That(Mailers.Of(MailSamples.Email(smtp: smtp), MailSamples.Resolve, MailSamples.Clock), Is.InstanceOf<SmtpMailer>());
        Assert.That(() => Mailers.Of(MailSamples.Email(), MailSamples.Resolve, MailSamples.Clock), Throws.ArgumentException);
        Assert.That(() => Mailers.Of(MailSamples.Email("mail", smtp), MailSamples.Resolve, MailSamples.Clock), Throws.ArgumentException);
    }

    private async Task<byte[]> SendAsync(OutgoingMail mail, long maxBytes = 5_000_000)
    {
        var mailer = new PickupMailer(MailSamples.Email() with { MaxBytes = maxBytes }, _folder.File("pickup"), MailSamples.Clock);
        await mailer.SendAsync(mail, CancellationToken.None);
        return await File.ReadAllBytesAsync(mailer.PathOf(mail));
    }
}
