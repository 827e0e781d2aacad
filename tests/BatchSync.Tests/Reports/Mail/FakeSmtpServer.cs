using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace BatchSync.Tests.Reports.Mail;

/// <summary>
/// A mail server on this machine that does what a test scripts: it speaks to one client, says what it is told to, and keeps what it
/// heard. Commands heard through TLS are noted with a leading <c>tls </c>.
/// </summary>
internal sealed class FakeSmtpServer : IAsyncDisposable
{
    public const string User = "batchsync";
    public const string Password = "s3cret=päss";

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Dictionary<string, string> _says;
    private readonly IReadOnlyList<string> _offers;
    private readonly IReadOnlyList<string> _offersInTls;
    private readonly string _injected;
    private readonly Task _serving;

    /// <param name="offers">What is offered before TLS, by default <c>STARTTLS</c> and <c>AUTH PLAIN LOGIN</c>.</param>
    /// <param name="says">The lines said to commands that start with a text, and to <c>greeting</c>, <c>text</c> (the mail's) and <c>dot</c> (its end). Empty: nothing is said. <c>drop</c>: the connection closes.</param>
    /// <param name="offersInTls">By default the same without <c>STARTTLS</c>.</param>
    /// <param name="injected">Said right behind the answer to STARTTLS, still unencrypted.</param>
    public FakeSmtpServer(IReadOnlyList<string>? offers = null, Dictionary<string, string>? says = null, IReadOnlyList<string>? offersInTls = null, string injected = "")
    {
        _offers = offers ?? ["STARTTLS", "AUTH PLAIN LOGIN"];
        _offersInTls = offersInTls ?? [.. _offers.Where(o => o != "STARTTLS")];
        _says = says ?? [];
        _injected = injected;
        _listener.Start();
        _serving = ServeAsync();
    }

    public List<string> Heard { get; } = [];

    /// <summary>The mail as it arrived, without the closing dot; null until it is whole.</summary>
    public string? Message { get; private set; }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _serving;
        _stop.Dispose();
    }

    private async Task ServeAsync()
    {
        try
        {
            using var client = await _listener.AcceptTcpClientAsync(_stop.Token);
            await ConverseAsync(client.GetStream());
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or ObjectDisposedException or System.Security.Authentication.AuthenticationException)
        {
        }
    }

    private async Task ConverseAsync(Stream stream)
    {
        var isEncrypted = false;
        if (!await SayAsync(stream, _says.GetValueOrDefault("greeting", "220 fake.example ESMTP"))) return;
        while (await ReadLineAsync(stream) is { } line)
        {
            Heard.Add((isEncrypted ? "tls " : "") + line);
            if (!await SayAsync(stream, AnswerTo(line, isEncrypted))) return;
            if (line == "STARTTLS" && !isEncrypted)
            {
                var encrypted = new SslStream(stream);
                await encrypted.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = TestAuthority.ServerCertificate }, _stop.Token);
                stream = encrypted;
                isEncrypted = true;
            }

            if (line == "DATA" && AnswerTo(line, isEncrypted).StartsWith("354", StringComparison.Ordinal))
            {
                if (_says.GetValueOrDefault("text") == "drop") return;
                Message = await ReadMessageAsync(stream);
                if (!await SayAsync(stream, _says.GetValueOrDefault("dot", "250 2.0.0 queued"))) return;
            }

            if (line == "QUIT") return;
        }
    }

    private string AnswerTo(string line, bool isEncrypted)
    {
        var scripted = _says.Keys.Where(k => line.StartsWith(k, StringComparison.Ordinal)).MaxBy(k => k.Length);
        if (scripted is not null) return _says[scripted];
        if (line.StartsWith("EHLO ", StringComparison.Ordinal)) return Offered(isEncrypted);
        if (line.StartsWith("AUTH PLAIN ", StringComparison.Ordinal)) return line[11..] == Base64($"\0{User}\0{Password}") ? "235 2.7.0 welcome" : "535 5.7.8 bad credentials";
        if (line == "AUTH LOGIN") return "334 VXNlcm5hbWU6";
        if (line == Base64(User)) return "334 UGFzc3dvcmQ6";
        if (line == Base64(Password)) return "235 2.7.0 welcome";
        if (line == "STARTTLS") return "220 go ahead" + (_injected.Length == 0 ? "" : "\r\n" + _injected);
        if (line == "DATA") return "354 go ahead";
        if (line == "QUIT") return "221 bye";
        return line.StartsWith("MAIL FROM:", StringComparison.Ordinal) || line.StartsWith("RCPT TO:", StringComparison.Ordinal) ? "250 2.1.0 ok" : "500 5.5.2 what?";
    }

    private string Offered(bool isEncrypted)
    {
        List<string> lines = ["fake.example", .. isEncrypted ? _offersInTls : _offers];
        return string.Join("\r\n", lines.Select((l, i) => $"250{(i == lines.Count - 1 ? ' ' : '-')}{l}"));
    }

    // False: the conversation is over.
    private async Task<bool> SayAsync(Stream stream, string answer)
    {
        if (answer == "drop") return false;
        if (answer.Length > 0) await stream.WriteAsync(Encoding.UTF8.GetBytes(answer + "\r\n"), _stop.Token);
        return true;
    }

    private async Task<string> ReadMessageAsync(Stream stream)
    {
        var message = new StringBuilder();
        while (await ReadLineAsync(stream) is { } line and not ".") message.Append(line).Append("\r\n");
        return message.ToString();
    }

    private async Task<string?> ReadLineAsync(Stream stream)
    {
        var bytes = new List<byte>();
        var one = new byte[1];
        while (await stream.ReadAsync(one, _stop.Token) > 0)
        {
            if (one[0] == '\n') return Encoding.UTF8.GetString([.. bytes]).TrimEnd('\r');
            bytes.Add(one[0]);
        }

        return null;
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}

/// <summary>An authority of this test run with one server certificate, for the name <c>localhost</c> only.</summary>
internal static class TestAuthority
{
    private static readonly DateTimeOffset From = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Until = new(2090, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly X509Certificate2 Authority = MakeAuthority();

    public static X509Certificate2 ServerCertificate { get; } = MakeServer();

    /// <summary>Trusts this authority and no other; names and dates are checked as ever.</summary>
    public static X509ChainPolicy Trust()
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(Authority);
        return policy;
    }

    private static X509Certificate2 MakeAuthority()
    {
        var request = new CertificateRequest("CN=BatchSync test authority", ECDsa.Create(ECCurve.NamedCurves.nistP256), HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request.CreateSelfSigned(From, Until);
    }

    private static X509Certificate2 MakeServer()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.Create(Authority, From, Until, [1]);
        using var withKey = certificate.CopyWithPrivateKey(key);

        // On Windows a server cannot use a key that only lives in memory.
        return X509CertificateLoader.LoadPkcs12(withKey.Export(X509ContentType.Pkcs12), null);
    }
}
