using System.Net;
using System.Net.Sockets;
using System.Text;
using BatchSync.Configuration;
using BatchSync.Http;
using BatchSync.Reports.Mail;
using NUnit.Framework;

namespace BatchSync.Tests.Reports.Mail;

internal sealed class SmtpMailerTests
{
    private static readonly SmtpWaits Patient = SmtpWaits.Default;
    private static readonly SmtpWaits Impatient = new(TimeSpan.FromSeconds(20), TimeSpan.FromMilliseconds(300), TimeSpan.FromMilliseconds(300));

    private TemporaryFolder _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [Test]
    public async Task Send_ToAServerThatOffersAll_IsEncryptedAuthenticatedAndWhole()
    {
        await using var server = new FakeSmtpServer();
        var mail = await MailSamples.WriteAsync(_folder);
        await MailerFor(server).SendAsync(mail, CancellationToken.None);
        Assert.That(server.Heard.Select(WithoutToken), Is.EqualTo(new[]
        {
            "EHLO [127.0.0.1]", "STARTTLS", "tls EHLO [127.0.0.1]", "tls AUTH PLAIN", "tls MAIL FROM:<batchsync@example.com>",
            "tls RCPT TO:<books@example.com>", "tls RCPT TO:<zoe@example.com>", "tls DATA", "tls QUIT",
        }));
        var pickup = new PickupMailer(MailSamples.Email(), _folder.File("pickup"), MailSamples.Clock);
        await pickup.SendAsync(mail, CancellationToken.None);
        Assert.That(server.Message, Is.EqualTo(await File.ReadAllTextAsync(pickup.PathOf(mail), Encoding.ASCII)));
    }

    [Test]
    public async Task Send_ToAServerWithAuthLoginOnly_AuthenticatesByIt()
    {
        await using var server = new FakeSmtpServer(offers: ["STARTTLS", "AUTH LOGIN CRAM-MD5"]);
        await SendAsync(server);
        Assert.That(server.Heard, Does.Contain("tls AUTH LOGIN").And.Contain("tls QUIT"));
        Assert.That(server.Message, Is.Not.Null);
    }

    [Test]
    public async Task Send_WithoutTlsAndUser_NeedsNeither()
    {
        await using var server = new FakeSmtpServer(offers: []);
        await SendAsync(server, startTls: false, user: null, password: null);
        Assert.That(server.Heard[1], Is.EqualTo("MAIL FROM:<batchsync@example.com>"));
        Assert.That(server.Message, Is.Not.Null);
    }

    // Each fault with its kind and what the message must say; nothing may have reached the server but in the last rows.
    [TestCase("no STARTTLS offered", OutsideFault.Permanent, "does not offer STARTTLS")]
    [TestCase("STARTTLS put off", OutsideFault.Transient, "454")]
    [TestCase("text injected before TLS", OutsideFault.Permanent, "third party")]
    [TestCase("no AUTH offered", OutsideFault.Permanent, "does not offer AUTH PLAIN or LOGIN")]
    [TestCase("AUTH offered before TLS only", OutsideFault.Permanent, "does not offer AUTH PLAIN or LOGIN")]
    [TestCase("other AUTH offered", OutsideFault.Permanent, "AUTH XOAUTH2")]
    [TestCase("AUTH PLAIN refused", OutsideFault.Permanent, "535")]
    [TestCase("AUTH PLAIN unknown", OutsideFault.Permanent, "504")]
    [TestCase("AUTH LOGIN refused", OutsideFault.Permanent, "535")]
    [TestCase("AUTH accepted by a wrong code", OutsideFault.Permanent, "250")]
    [TestCase("AUTH put off", OutsideFault.Transient, "454")]
    [TestCase("greeting refused", OutsideFault.Permanent, "554")]
    [TestCase("greeting put off", OutsideFault.Transient, "421")]
    [TestCase("greeting dropped", OutsideFault.Transient, "waiting for the greeting")]
    [TestCase("greeting of a web server", OutsideFault.Permanent, "no reply of SMTP")]
    [TestCase("greeting without end", OutsideFault.Permanent, "no reply of SMTP")]
    [TestCase("sender refused", OutsideFault.Permanent, "report.email.from")]
    [TestCase("recipient put off", OutsideFault.Transient, "zoe@example.com")]
    [TestCase("recipient refused", OutsideFault.Permanent, "zoe@example.com")]
    [TestCase("too large", OutsideFault.Permanent, "report.email.maxSize")]
    [TestCase("DATA refused", OutsideFault.Permanent, "554")]
    [TestCase("mail put off", OutsideFault.Transient, "452")]
    [TestCase("mail refused", OutsideFault.Permanent, "554")]
    [TestCase("dropped after the mail", OutsideFault.Unknown, "may have arrived")]
    [TestCase("nonsense after the mail", OutsideFault.Unknown, "may have arrived")]
    public async Task Send_ToAServerWithAFault_IsClassified(string fault, OutsideFault expected, string said)
    {
        await using var server = Faulty(fault);
        var thrown = await FaultOfAsync(() => SendAsync(server));
        Assert.That(thrown.Fault, Is.EqualTo(expected), thrown.Message);
        Assert.That(thrown.Message, Does.Contain(said).And.Contain($"localhost:{server.Port}"));
        Assert.That(thrown.Message, Does.Not.Contain(FakeSmtpServer.Password).And.Not.Contain(Base64(FakeSmtpServer.Password)).And.Not.Contain(Base64($"\0{FakeSmtpServer.User}\0{FakeSmtpServer.Password}")));
        var isAboutTheMail = fault.EndsWith("the mail", StringComparison.Ordinal) || fault.StartsWith("mail", StringComparison.Ordinal);
        Assert.That(server.Message is not null, Is.EqualTo(isAboutTheMail));
        if (fault.Contains("AUTH", StringComparison.Ordinal)) Assert.That(server.Heard, Has.None.Contains("MAIL FROM"));
        if (fault.Contains("TLS", StringComparison.Ordinal)) Assert.That(server.Heard, Has.None.Contains("MAIL FROM").And.None.StartsWith("AUTH"));
    }

    [Test]
    public async Task Send_ToAServerThatRepeatsTheCommand_PrintsNoSecret()
    {
        var token = Base64($"\0{FakeSmtpServer.User}\0{FakeSmtpServer.Password}");
        await using var server = new FakeSmtpServer(says: new() { ["AUTH PLAIN"] = $"535 unknown: AUTH PLAIN {token}" });
        var thrown = await FaultOfAsync(() => SendAsync(server));
        Assert.That(thrown.Message, Does.Contain("535 unknown: AUTH PLAIN ***").And.Not.Contain(token));
    }

    [TestCase("greeting", OutsideFault.Transient)]
    [TestCase("MAIL FROM", OutsideFault.Transient)]
    [TestCase("dot", OutsideFault.Unknown)]
    public async Task Send_ToAServerThatSaysNothing_EndsAtTheLimit(string silentAt, OutsideFault expected)
    {
        await using var server = new FakeSmtpServer(says: new() { [silentAt] = "" });
        var thrown = await FaultOfAsync(() => SendAsync(server, waits: Impatient));
        Assert.That(thrown.Fault, Is.EqualTo(expected), thrown.Message);
        Assert.That(thrown.Message, Does.Contain("no answer within 0.3 s"));
    }

    // Larger than what the system takes over before it notices that nobody reads.
    [Test]
    public async Task Send_ToAServerThatDropsDuringTheText_IsTransient()
    {
        await using var server = Saying("text", "drop");
        var mail = await MailSamples.WriteAsync(_folder);
        await File.WriteAllBytesAsync(mail.Attachments[1].Path, new byte[16_000_000]);
        var email = MailSamples.Email() with { MaxBytes = 100_000_000 };
        var mailer = new SmtpMailer(email, Smtp(server.Port), MailSamples.Resolve, MailSamples.Clock, Patient, TestAuthority.Trust());
        var thrown = await FaultOfAsync(() => mailer.SendAsync(mail, CancellationToken.None));
        Assert.That(thrown.Fault, Is.EqualTo(OutsideFault.Transient), thrown.Message);
        Assert.That(thrown.Message, Does.Contain("sending the mail").And.Contain("was not sent"));
    }

    [Test]
    public async Task Send_ToACertificateThatNobodyTrusts_StopsBeforeAnythingIsSaid()
    {
        await using var server = new FakeSmtpServer();
        var mail = await MailSamples.WriteAsync(_folder);
        var mailer = new SmtpMailer(MailSamples.Email(), Smtp(server.Port), MailSamples.Resolve, MailSamples.Clock);
        var thrown = await FaultOfAsync(() => mailer.SendAsync(mail, CancellationToken.None));
        Assert.That(thrown.Fault, Is.EqualTo(OutsideFault.Permanent));
        Assert.That(thrown.Message, Does.Contain("starting TLS").And.Contain("certificate"));
        Assert.That(server.Heard, Is.EqualTo(new[] { "EHLO [127.0.0.1]", "STARTTLS" }));
    }

    [Test]
    public async Task Send_ToACertificateForAnotherName_StopsBeforeAnythingIsSaid()
    {
        await using var server = new FakeSmtpServer();
        var thrown = await FaultOfAsync(() => SendAsync(server, host: "127.0.0.1"));
        Assert.That(thrown.Fault, Is.EqualTo(OutsideFault.Permanent));
        Assert.That(server.Heard, Is.EqualTo(new[] { "EHLO [127.0.0.1]", "STARTTLS" }));
    }

    [Test]
    public async Task Send_WhereNobodyListens_IsTransient()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        var mailer = new SmtpMailer(MailSamples.Email(), Smtp(port), MailSamples.Resolve, MailSamples.Clock);
        var mail = await MailSamples.WriteAsync(_folder);
        var thrown = await FaultOfAsync(() => mailer.SendAsync(mail, CancellationToken.None));
        Assert.That(thrown.Fault, Is.EqualTo(OutsideFault.Transient), thrown.Message);
        Assert.That(thrown.Message, Does.Contain("connecting").And.Contain("was not sent"));
    }

    [TestCase(FakeSmtpServer.User, null)]
    [TestCase(null, "s3cret")]
    public async Task Send_WithHalfOfAnAccount_IsRefusedBeforeConnecting(string? user, string? password)
    {
        await using var server = new FakeSmtpServer();
        var thrown = await FaultOfAsync(() => SendAsync(server, user: user, password: password));
        Assert.That((thrown.Fault, server.Heard.Count), Is.EqualTo((OutsideFault.Permanent, 0)));
    }

    [Test]
    public async Task Send_Cancelled_IsCancelledAndNotAFault()
    {
        using var cancel = new CancellationTokenSource();
        await using var server = new FakeSmtpServer(says: new() { ["greeting"] = "" });
        var mail = await MailSamples.WriteAsync(_folder);
        var sending = MailerFor(server).SendAsync(mail, cancel.Token);
        await cancel.CancelAsync();
        Assert.That(async () => await sending, Throws.InstanceOf<OperationCanceledException>());
    }

    private static FakeSmtpServer Faulty(string fault) => fault switch
    {
        "no STARTTLS offered" => new FakeSmtpServer(offers: ["AUTH PLAIN"]),
        "STARTTLS put off" => new FakeSmtpServer(says: new() { ["STARTTLS"] = "454 4.7.0 later" }),
        "text injected before TLS" => new FakeSmtpServer(injected: "250 evil.example"),
        "no AUTH offered" => new FakeSmtpServer(offers: ["STARTTLS"]),
        "AUTH offered before TLS only" => new FakeSmtpServer(offersInTls: []),
        "other AUTH offered" => new FakeSmtpServer(offers: ["STARTTLS", "AUTH XOAUTH2"]),
        "AUTH PLAIN refused" => Saying("AUTH PLAIN", "535 5.7.8 bad credentials"),
        "AUTH PLAIN unknown" => Saying("AUTH PLAIN", "504 5.5.4 unknown mechanism"),
        "AUTH LOGIN refused" => new FakeSmtpServer(["STARTTLS", "AUTH LOGIN"], new() { [Base64(FakeSmtpServer.Password)] = "535 5.7.8 bad credentials" }),
        "AUTH accepted by a wrong code" => Saying("AUTH PLAIN", "250 fine"),
        "AUTH put off" => Saying("AUTH PLAIN", "454 4.7.0 later"),
        "greeting refused" => Saying("greeting", "554 5.7.1 go away"),
        "greeting put off" => Saying("greeting", "421 4.3.2 too busy"),
        "greeting dropped" => Saying("greeting", "drop"),
        "greeting of a web server" => Saying("greeting", "HTTP/1.1 400 Bad Request"),
        "greeting without end" => Saying("greeting", new string('2', 100_000)),
        "sender refused" => Saying("MAIL FROM", "550 5.7.60 not your address"),
        "recipient put off" => Saying("RCPT TO:<zoe", "450 4.2.0 greylisted"),
        "recipient refused" => Saying("RCPT TO:<zoe", "550 5.1.1 no such user"),
        "too large" => new FakeSmtpServer(offers: ["STARTTLS", "AUTH PLAIN", "SIZE 1000"]),
        "DATA refused" => Saying("DATA", "554 5.5.1 no"),
        "mail put off" => Saying("dot", "452 4.3.1 disk full"),
        "mail refused" => Saying("dot", "554 5.6.0 no attachments"),
        "dropped after the mail" => Saying("dot", "drop"),
        "nonsense after the mail" => Saying("dot", "ok"),
        _ => throw new ArgumentOutOfRangeException(nameof(fault), fault, "no such fault"),
    };

    private static FakeSmtpServer Saying(string to, string answer) => new FakeSmtpServer(says: new() { [to] = answer });

    private async Task SendAsync(
        FakeSmtpServer server, bool startTls = true, string? user = FakeSmtpServer.User, string? password = FakeSmtpServer.Password, string host = "localhost", SmtpWaits? waits = null)
    {
        var mail = await MailSamples.WriteAsync(_folder);
        var smtp = new SmtpDefinition(new ValueReference(host), server.Port, startTls, Reference(user), Reference(password));
        await new SmtpMailer(MailSamples.Email(), smtp, MailSamples.Resolve, MailSamples.Clock, waits ?? Patient, TestAuthority.Trust()).SendAsync(mail, CancellationToken.None);

        static ValueReference? Reference(string? text) => text is null ? null : new ValueReference(text);
    }

    private static SmtpMailer MailerFor(FakeSmtpServer server) =>
        new(MailSamples.Email(), Smtp(server.Port), MailSamples.Resolve, MailSamples.Clock, Patient, TestAuthority.Trust());

    private static SmtpDefinition Smtp(int port) =>
        new(new ValueReference("localhost"), port, true, new ValueReference(FakeSmtpServer.User), new ValueReference(FakeSmtpServer.Password));

    private static async Task<OutsideException> FaultOfAsync(Func<Task> send)
    {
        try
        {
            await send();
        }
        catch (OutsideException e)
        {
            return e;
        }

        throw new AssertionException("The mail went.");
    }

    private static string WithoutToken(string command) => command.StartsWith("tls AUTH PLAIN ", StringComparison.Ordinal) ? "tls AUTH PLAIN" : command;

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
