using System.Globalization;
using System.Net.Mail;
using System.Text;
using BatchSync.Configuration;
using BatchSync.Http;

namespace BatchSync.Reports.Mail;

/// <summary>A mail as it travels: whom the server is told, and the message.</summary>
/// <param name="Message">ASCII in lines that end with CRLF; none starts with a dot, which would mean something to a mail server.</param>
internal sealed record MailEnvelope(MailAddress From, IReadOnlyList<MailAddress> To, byte[] Message)
{
    /// <summary>
    /// The message of RFC 5322 with its parts. It is written here because System.Net.Mail's own draws its part boundaries at random
    /// and its date from the machine's clock, and can write to a server or a folder only.
    /// </summary>
    /// <exception cref="OutsideException">An address or an attachment cannot be used.</exception>
    public static async Task<MailEnvelope> ComposeAsync(OutgoingMail mail, EmailDefinition email, DateTimeOffset now, CancellationToken cancel)
    {
        var from = AddressOf(email.From, email.Field);
        var to = email.To.Select(address => AddressOf(address, email.Field)).ToList();
        var packed = await PackAsync(mail, email, now, cancel);
        var message = new StringBuilder();
        AddHeaders(message, mail, from, to, now);
        var boundary = $"=_{mail.Identity}";
        AddLine(message, "Content-Type: multipart/mixed;");
        AddLine(message, $" boundary=\"{boundary}\"");
        AddLine(message, "");
        AddBody(message, boundary, packed.Note.Length == 0 ? mail.Body : $"{mail.Body}\n{packed.Note}\n");
        foreach (var part in packed.Parts) AddPart(message, boundary, part);
        AddLine(message, $"--{boundary}--");
        return new MailEnvelope(from, to, Encoding.ASCII.GetBytes(message.ToString()));
    }

    /// <summary>The domain in ASCII: <c>bücher.example</c> is <c>xn--bcher-kva.example</c>.</summary>
    public static string AsciiHost(MailAddress address) => address.Host.StartsWith('[') ? address.Host : new IdnMapping().GetAscii(address.Host);

    private static async Task<PackedAttachments> PackAsync(OutgoingMail mail, EmailDefinition email, DateTimeOffset now, CancellationToken cancel)
    {
        try
        {
            return await AttachmentPacking.PackAsync(mail.Attachments, MailFileName.Of(mail.Title), email.MaxBytes, now.ToUniversalTime(), cancel);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OutsideException(
                OutsideFault.Permanent, $"The files of {mail.Name} cannot be attached: {e.Message} Have them written again with 'batchsync report RUN'.", e);
        }
    }

    private static void AddHeaders(StringBuilder message, OutgoingMail mail, MailAddress from, IReadOnlyList<MailAddress> to, DateTimeOffset now)
    {
        AddLine(message, MailHeader.Date(now));
        AddLine(message, MailHeader.Addresses("From", [from]));
        AddLine(message, MailHeader.Addresses("To", to));
        AddLine(message, MailHeader.Text("Subject", mail.Subject));
        AddLine(message, $"Message-ID: <{mail.Identity}@{AsciiHost(from)}>");

        // Keeps holiday notices from answering. Source: RFC 3834, read 2026-11-22.
        AddLine(message, "Auto-Submitted: auto-generated");
        AddLine(message, "MIME-Version: 1.0");
    }

    // Neither of the two encodings can write "=_", so that no line of a part can be taken for the boundary.
    private static void AddBody(StringBuilder message, string boundary, string body)
    {
        AddLine(message, $"--{boundary}");
        AddLine(message, "Content-Type: text/plain; charset=utf-8");
        AddLine(message, "Content-Transfer-Encoding: quoted-printable");
        AddLine(message, "");
        AddLine(message, QuotedPrintable.Encode(body));
    }

    private static void AddPart(StringBuilder message, string boundary, MailPart part)
    {
        AddLine(message, $"--{boundary}");
        AddLine(message, $"Content-Type: {part.ContentType}");
        AddLine(message, MailHeader.Attachment(part.FileName));
        AddLine(message, "Content-Transfer-Encoding: base64");
        AddLine(message, "");
        AddLine(message, Convert.ToBase64String(part.Content, Base64FormattingOptions.InsertLineBreaks));
    }

    // The server need not offer SMTPUTF8, so that the part before the @ is ASCII; a domain has an ASCII form.
    private static MailAddress AddressOf(string text, string field)
    {
        if (!text.Any(char.IsControl) && MailAddress.TryCreate(text, out var address) && Ascii.IsValid(address.User) && HasAsciiHost(address)) return address;
        throw new OutsideException(
            OutsideFault.Permanent,
            $"'{text}' cannot be used as a mail address. Allowed: name@example.com or \"Name <name@example.com>\", with ASCII before the @. Correct {field} in the job.");
    }

    private static bool HasAsciiHost(MailAddress address)
    {
        try
        {
            return Ascii.IsValid(AsciiHost(address));
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private static void AddLine(StringBuilder message, string line) => message.Append(line).Append("\r\n");
}
