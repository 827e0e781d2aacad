using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using BatchSync.Configuration;
using BatchSync.Http;

namespace BatchSync.Reports.Mail;

/// <summary>Sends mail through an SMTP server: encrypted and authenticated as configured, or not at all.</summary>
internal sealed class SmtpMailer : IMailer
{
    private readonly EmailDefinition _email;
    private readonly SmtpDefinition _smtp;
    private readonly Func<ValueReference, string> _resolve;
    private readonly TimeProvider _clock;
    private readonly SmtpWaits _waits;
    private readonly X509ChainPolicy? _trust;

    public SmtpMailer(EmailDefinition email, SmtpDefinition smtp, Func<ValueReference, string> resolve, TimeProvider clock)
        : this(email, smtp, resolve, clock, SmtpWaits.Default, trust: null)
    {
    }

    /// <param name="trust">What the certificate is checked against instead of the machine's authorities: for tests, which bring their own.</param>
    internal SmtpMailer(
        EmailDefinition email, SmtpDefinition smtp, Func<ValueReference, string> resolve, TimeProvider clock, SmtpWaits waits, X509ChainPolicy? trust)
    {
        _email = email;
        _smtp = smtp;
        _resolve = resolve;
        _clock = clock;
        _waits = waits;
        _trust = trust;
    }

    public async Task SendAsync(OutgoingMail mail, CancellationToken cancel)
    {
        var envelope = await MailEnvelope.ComposeAsync(mail, _email, _clock.GetUtcNow(), cancel);
        var account = SmtpAccount.Of(_smtp, _email.Field, _resolve);
        using var session = new SmtpSession(account, _waits, _clock, _trust);
        try
        {
            await session.DeliverAsync(envelope, cancel);
        }
        catch (Exception e) when (e is IOException or SocketException or TimeoutException or InvalidDataException or AuthenticationException)
        {
            throw Classified(e, account.Server, session, _email.Field, mail.Again);
        }
    }

    private static OutsideException Classified(Exception e, string server, SmtpSession session, string field, string again)
    {
        var what = $"The mail server {server} failed while {session.Step}: {e.Message.TrimEnd('.')}.";
        if (session.IsHandedOver)
        {
            return new(
                OutsideFault.Unknown,
                $"{what} The whole mail was sent, so that it may have arrived: look before {again} sends it again.", e);
        }

        return e switch
        {
            AuthenticationException => new(
                OutsideFault.Permanent, $"{what} Its certificate must be valid for that name and issued by an authority that this machine trusts: correct {field}.smtp.host or add the authority.", e),
            InvalidDataException => new(OutsideFault.Permanent, $"{what} Check {field}.smtp.host and port.", e),
            SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData } => new(OutsideFault.Permanent, $"{what} Check {field}.smtp.host.", e),
            _ => new(OutsideFault.Transient, $"{what} The mail was not sent; the next run, or {again}, tries again.", e),
        };
    }
}
