using System.Globalization;
using System.Text;
using BatchSync.Configuration;
using BatchSync.Http;

namespace BatchSync.Reports.Mail;

/// <summary>The server and who we are there, with the secrets resolved: lives as long as one mail, is never printed.</summary>
internal sealed class SmtpAccount
{
    private SmtpAccount(string host, int port, bool startTls, string? user, string? password)
    {
        Host = host;
        Port = port;
        StartTls = startTls;
        User = user;
        Password = password;
    }

    public string Host { get; }
    public int Port { get; }
    public bool StartTls { get; }

    /// <summary>Null: no authentication; else <see cref="Password"/> is set too.</summary>
    public string? User { get; }
    public string? Password { get; }

    /// <summary><c>mail.example.com:587</c>.</summary>
    public string Server => string.Create(CultureInfo.InvariantCulture, $"{Host}:{Port}");

    /// <param name="field">The section of the job that names the server, for messages.</param>
    /// <exception cref="OutsideException">There is a user without a password, or a password without a user.</exception>
    public static SmtpAccount Of(SmtpDefinition smtp, string field, Func<ValueReference, string> resolve)
    {
        var account = new SmtpAccount(resolve(smtp.Host), smtp.Port, smtp.StartTls, Resolved(smtp.User), Resolved(smtp.Password));
        if (account.User is null == account.Password is null) return account;
        throw new OutsideException(
            OutsideFault.Permanent, $"The mail server {account.Server} has a user or a password, but not both. Set both or none of {field}.smtp.user and password.");

        string? Resolved(ValueReference? reference) => reference is null ? null : resolve(reference);
    }

    /// <summary>The answer to AUTH PLAIN: no authorisation id, user, password. Source: RFC 4616, read 2026-11-22.</summary>
    public string PlainToken => Base64($"\0{User}\0{Password}");

    public string UserToken => Base64(User ?? "");
    public string PasswordToken => Base64(Password ?? "");

    /// <summary>A server's text without what is secret here: some servers repeat the command that they refuse.</summary>
    public string Redacted(string text)
    {
        if (User is null) return text;
        foreach (var secret in new[] { PlainToken, PasswordToken, UserToken, Password, User })
        {
            if (!string.IsNullOrEmpty(secret)) text = text.Replace(secret, "***", StringComparison.Ordinal);
        }

        return text;
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
