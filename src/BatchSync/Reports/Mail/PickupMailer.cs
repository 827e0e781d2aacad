using System.Globalization;
using BatchSync.Configuration;

namespace BatchSync.Reports.Mail;

/// <summary>Leaves each mail as an .eml file in a folder: for a mail server that watches it, or for a person to open.</summary>
internal sealed class PickupMailer(EmailDefinition email, string folder, TimeProvider clock) : IMailer
{
    /// <summary>The file is named after the run or notice, so that the same mail sent again takes its own place.</summary>
    /// <exception cref="Http.OutsideException">The file cannot be written, or an address or attachment cannot be used.</exception>
    public async Task SendAsync(OutgoingMail mail, CancellationToken cancel)
    {
        var envelope = await MailEnvelope.ComposeAsync(mail, email, clock.GetUtcNow(), cancel);
        await AtomicFile.WriteAsync(PathOf(mail), async stream => await stream.WriteAsync(envelope.Message, cancel), mail.Again);
    }

    /// <summary><c>FOLDER/JOB-20261103T073000Z-run-17.eml</c>, for the second sending <c>...-run-17-2.eml</c>.</summary>
    public string PathOf(OutgoingMail mail)
    {
        var sending = mail.Sending == 1 ? "" : "-" + mail.Sending.ToString(CultureInfo.InvariantCulture);
        return Path.Combine(folder, $"{MailFileName.Of(mail.Name)}{sending}.eml");
    }
}
