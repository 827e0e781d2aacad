using BatchSync.Configuration;

namespace BatchSync.Reports.Mail;

/// <summary>The mailer that a job's configuration names.</summary>
internal static class Mailers
{
    /// <param name="resolve">Gives the text that a reference points at; called when a mail is sent, not before.</param>
    public static IMailer Of(EmailDefinition email, Func<ValueReference, string> resolve, TimeProvider clock) => email switch
    {
        { Smtp: { } smtp, PickupFolder: null } => new SmtpMailer(email, smtp, resolve, clock),
        { Smtp: null, PickupFolder: { } folder } => new PickupMailer(email, folder, clock),
        _ => throw new ArgumentException("A mail goes through an SMTP server or a pickup folder: one of the two is set.", nameof(email)),
    };
}
