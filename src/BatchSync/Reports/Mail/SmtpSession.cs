using System.Globalization;
using System.Net;
using System.Net.Mail;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using BatchSync.Http;

namespace BatchSync.Reports.Mail;

/// <summary>How long each wait may be.</summary>
/// <param name="Connect">For the connection and for TLS.</param>
/// <param name="Reply">For the answer to a command, and for the sending of the mail's text.</param>
/// <param name="Accepted">For the answer to the whole mail, which a server may search for viruses first.</param>
internal sealed record SmtpWaits(TimeSpan Connect, TimeSpan Reply, TimeSpan Accepted)
{
    public static SmtpWaits Default { get; } = new(TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(5));
}

/// <summary>
/// One conversation with a mail server that carries one mail: to all recipients or to none. Written here because System.Net.Mail's client goes on
/// without authentication when a server offers none that it knows or refuses the one tried, and does not tell a mail that was never
/// sent from one that was sent and not answered. Sources: RFC 5321, 3207 (STARTTLS), 4954 (AUTH), 4616 (PLAIN), 1870 (SIZE), read 2026-11-22.
/// </summary>
/// <param name="trust">Null: the machine's trusted authorities. Else what the certificate is checked against; it is checked in any case.</param>
internal sealed class SmtpSession(SmtpAccount account, SmtpWaits waits, TimeProvider clock, X509ChainPolicy? trust) : IDisposable
{
    private readonly TcpClient _tcp = new();
    private Stream _stream = Stream.Null;
    private SmtpReplyReader _replies = new(Stream.Null);
    private Dictionary<string, string> _offers = [];

    /// <summary>What is being done, for messages.</summary>
    public string Step { get; private set; } = "connecting";

    /// <summary>Whether the end of the mail may have reached the server: from then on it can have the mail without our knowing.</summary>
    public bool IsHandedOver { get; private set; }

    /// <exception cref="OutsideException">The server refused, or does not offer what is configured.</exception>
    /// <exception cref="Exception">The connection, TLS or the protocol broke, or took too long: <see cref="SmtpMailer"/> classifies it by <see cref="IsHandedOver"/>.</exception>
    public async Task DeliverAsync(MailEnvelope mail, CancellationToken cancel)
    {
        await ConnectAsync(cancel);
        await GreetAsync(cancel);
        if (account.StartTls) await EncryptAsync(cancel);
        if (account.User is not null) await AuthenticateAsync(cancel);
        CheckSize(mail.Message.Length);
        await AskAsync("naming the sender", $"MAIL FROM:<{PathOf(mail.From)}>", "Set report.email.from to a sender that this account may use.", cancel);
        foreach (var recipient in mail.To)
            await AskAsync($"naming the recipient {recipient.Address}", $"RCPT TO:<{PathOf(recipient)}>", "Nobody got the mail. Correct report.email.to.", cancel);
        await SendAsync(mail.Message, cancel);
        await LeaveAsync(cancel);
    }

    public void Dispose()
    {
        _stream.Dispose();
        _tcp.Dispose();
    }

    private async Task ConnectAsync(CancellationToken cancel)
    {
        await WithinAsync(waits.Connect, async c => await _tcp.ConnectAsync(account.Host, account.Port, c), cancel);
        Use(_tcp.GetStream());
        Step = "waiting for the greeting";
        var greeting = await ReadAsync(waits.Reply, cancel);
        if (!greeting.IsPositive) throw Refused(greeting, "Check report.email.smtp.host and port.");
    }

    // An address in brackets is a name that every server must take, and gives nothing away about this machine but where the call comes from.
    private async Task GreetAsync(CancellationToken cancel)
    {
        var local = ((IPEndPoint)_tcp.Client.LocalEndPoint!).Address;
        if (local.IsIPv4MappedToIPv6) local = local.MapToIPv4();
        var name = local.AddressFamily == AddressFamily.InterNetworkV6 ? $"[IPv6:{local.ToString().Split('%')[0]}]" : $"[{local}]";
        var offers = await AskAsync("greeting", $"EHLO {name}", "Check report.email.smtp.host and port.", cancel);
        _offers = offers.Lines.Skip(1).Select(line => line.Split([' ', '='], 2)).GroupBy(words => words[0].ToUpperInvariant())
            .ToDictionary(g => g.Key, g => string.Join(' ', g.Where(words => words.Length > 1).Select(words => words[1].ToUpperInvariant())));
    }

    private async Task EncryptAsync(CancellationToken cancel)
    {
        Step = "starting TLS";
        if (!_offers.ContainsKey("STARTTLS"))
            throw Missing("STARTTLS", "Use the server's submission port (often 587), or set report.email.smtp.startTls to false where mail may travel unencrypted.");
        await AskAsync(Step, "STARTTLS", "Ask the server's operator.", cancel);
        if (_replies.HasMore) throw new InvalidDataException("more than the answer to STARTTLS before encryption, which may come from a third party");
        var encrypted = new SslStream(_stream);
        Use(encrypted);
        var options = new SslClientAuthenticationOptions { TargetHost = account.Host, CertificateChainPolicy = trust };
        await WithinAsync(waits.Connect, async c => await encrypted.AuthenticateAsClientAsync(options, c), cancel);

        // What was offered before encryption counts for nothing.
        await GreetAsync(cancel);
    }

    private async Task AuthenticateAsync(CancellationToken cancel)
    {
        const string NextStep = "Check report.email.smtp.user and password.";
        Step = "authenticating";
        RequireSecrecy();
        var mechanisms = _offers.GetValueOrDefault("AUTH", "").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (mechanisms.Contains("PLAIN"))
        {
            Accept(await CommandAsync($"AUTH PLAIN {account.PlainToken}", cancel), 235, NextStep);
        }
        else if (mechanisms.Contains("LOGIN"))
        {
            Accept(await CommandAsync("AUTH LOGIN", cancel), 334, NextStep);
            Accept(await CommandAsync(account.UserToken, cancel), 334, NextStep);
            Accept(await CommandAsync(account.PasswordToken, cancel), 235, NextStep);
        }
        else
        {
            throw Missing("AUTH PLAIN or LOGIN", "Use a server or port that does, or leave out report.email.smtp.user and password where the server needs none.");
        }
    }

    private void RequireSecrecy()
    {
        var isLocal = _tcp.Client.RemoteEndPoint is IPEndPoint remote && IPAddress.IsLoopback(remote.Address);
        if (account.StartTls || isLocal) return;
        throw new OutsideException(
            OutsideFault.Permanent, $"The password for the mail server {account.Server} would travel unencrypted. Set report.email.smtp.startTls to true, or leave out user and password.");
    }

    private void CheckSize(int bytes)
    {
        Step = "comparing sizes";
        if (!long.TryParse(_offers.GetValueOrDefault("SIZE"), NumberStyles.None, CultureInfo.InvariantCulture, out var most) || most == 0 || bytes <= most) return;
        throw new OutsideException(
            OutsideFault.Permanent,
            string.Create(CultureInfo.InvariantCulture, $"The mail has {bytes} bytes and the mail server {account.Server} takes {most}. Set report.email.maxSize below that."));
    }

    // Cancelling ends here: once the end of the mail is on its way, only the answer tells whether it went.
    private async Task SendAsync(byte[] message, CancellationToken cancel)
    {
        const string NextStep = "Ask the server's operator, or lower report.email.maxSize.";
        Step = "sending the mail";
        Accept(await CommandAsync("DATA", cancel), 354, NextStep);
        await WithinAsync(waits.Reply, async c => await _stream.WriteAsync(message, c), cancel);
        await WithinAsync(waits.Reply, async c => await _stream.FlushAsync(c), cancel);
        Step = "waiting for the answer to the mail";
        IsHandedOver = true;
        await WriteAsync(".\r\n", CancellationToken.None);
        var answer = await ReadAsync(waits.Accepted, CancellationToken.None);
        IsHandedOver = false;
        if (!answer.IsPositive) throw Refused(answer, NextStep);
    }

    // The mail is the server's now: how the farewell goes changes nothing.
    private async Task LeaveAsync(CancellationToken cancel)
    {
        try
        {
            await WriteAsync("QUIT\r\n", cancel);
            await ReadAsync(waits.Connect, cancel);
        }
        catch (Exception e) when (e is IOException or SocketException or TimeoutException or InvalidDataException or OperationCanceledException)
        {
        }
    }

    private async Task<SmtpReply> AskAsync(string step, string command, string nextStep, CancellationToken cancel)
    {
        Step = step;
        var reply = await CommandAsync(command, cancel);
        return reply.IsPositive ? reply : throw Refused(reply, nextStep);
    }

    private async Task<SmtpReply> CommandAsync(string command, CancellationToken cancel)
    {
        await WriteAsync(command + "\r\n", cancel);
        return await ReadAsync(waits.Reply, cancel);
    }

    private void Accept(SmtpReply reply, int code, string nextStep)
    {
        if (reply.Code != code) throw Refused(reply, nextStep);
    }

    private OutsideException Refused(SmtpReply reply, string nextStep)
    {
        var said = account.Redacted(reply.ToString());
        return reply.IsTransient
            ? new(OutsideFault.Transient, $"The mail server {account.Server} puts us off while {Step}: {said}. The next run, or 'batchsync report RUN', tries again.")
            : new(OutsideFault.Permanent, $"The mail server {account.Server} refuses while {Step}: {said}. {nextStep}");
    }

    private OutsideException Missing(string feature, string nextStep)
    {
        var offered = string.Join(", ", _offers.Select(o => $"{o.Key} {o.Value}".TrimEnd()));
        return new(OutsideFault.Permanent, $"The mail server {account.Server} does not offer {feature}; it offers {(offered.Length == 0 ? "nothing" : offered)}. {nextStep}");
    }

    private void Use(Stream stream)
    {
        _stream = stream;
        _replies = new SmtpReplyReader(stream);
    }

    private Task WriteAsync(string text, CancellationToken cancel) =>
        WithinAsync(waits.Reply, async c => await _stream.WriteAsync(Encoding.UTF8.GetBytes(text), c), cancel);

    private async Task<SmtpReply> ReadAsync(TimeSpan wait, CancellationToken cancel)
    {
        SmtpReply? reply = null;
        await WithinAsync(wait, async c => reply = await _replies.ReadAsync(c), cancel);
        return reply!;
    }

    private async Task WithinAsync(TimeSpan wait, Func<CancellationToken, Task> work, CancellationToken cancel)
    {
        using var deadline = new CancellationTokenSource(wait, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, deadline.Token);
        try
        {
            await work(either.Token);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !cancel.IsCancellationRequested)
        {
            throw new TimeoutException(string.Create(CultureInfo.InvariantCulture, $"no answer within {wait.TotalSeconds:0.###} s"));
        }
    }

    private static string PathOf(MailAddress address) => $"{address.User}@{MailEnvelope.AsciiHost(address)}";
}
