using BatchSync.Cli;
using BatchSync.Running;
using BatchSync.Sandbox;
using BatchSync.Tests.Sandbox;
using NUnit.Framework;

namespace BatchSync.Tests.Cli;

/// <summary><c>auth</c> as a person uses it, against the sandbox's OAuth2 server.</summary>
[NonParallelizable]
public sealed class AuthCommandTests
{
    [Test]
    public async Task Login_WithABrowser_KeepsASealedTokenAndShowsNone()
    {
        await using var sandbox = await RunningSandbox.StartAsync();
        using var desk = new Desk(sandbox);
        var (login, consent) = desk.LoginInBrowser();
        var url = await consent;
        using var browser = new HttpClient();
        Assert.That(await browser.GetStringAsync(url), Does.StartWith("You can close this window"));
        Assert.That(await login, Is.EqualTo(ExitCodes.Done), desk.Said);
        var status = await desk.RunAsync("auth", "status");
        Assert.Multiple(() =>
        {
            Assert.That(status, Is.EqualTo(ExitCodes.Done));
            Assert.That(desk.Said, Does.Contain("Signed in to tracker for the account 'eu'.").And.Contain("tracker").And.Contain(Environment.UserName));
            Assert.That(desk.Said, Does.Not.Contain("refresh-").And.Not.Contain("access-"));
        });
    }

    [Test]
    public async Task Login_WithARefreshTokenThatIsNotTaken_SaysSo()
    {
        await using var sandbox = await RunningSandbox.StartAsync();
        using var desk = new Desk(sandbox) { Input = "refresh-that-is-none\n" };
        Assert.That(await desk.RunAsync("auth", "login", "tracker", "--refresh-token"), Is.EqualTo(ExitCodes.Failed));
        Assert.That(desk.Said, Does.Contain("(invalid_grant)").And.Contain("batchsync auth login tracker").And.Not.Contain("refresh-that-is-none"));
    }

    [TestCase("nobody", "No job uses an API with the connector 'nobody'")]
    [TestCase("ledger", "No job uses an API with the connector 'ledger'")]
    public async Task Login_OfAConnectorWithoutASignIn_IsRefused(string connector, string said)
    {
        await using var sandbox = await RunningSandbox.StartAsync();
        using var desk = new Desk(sandbox);
        Assert.That(await desk.RunAsync("auth", "login", connector), Is.EqualTo(ExitCodes.Configuration));
        Assert.That(desk.Said, Does.Contain(said));
    }

    [Test]
    public async Task Login_WithoutAKeyFile_SaysHowToMakeOne()
    {
        await using var sandbox = await RunningSandbox.StartAsync();
        using var desk = new Desk(sandbox);
        Environment.SetEnvironmentVariable("BATCHSYNC_KEY_FILE", null);
        Assert.That(await desk.RunAsync("auth", "login", "tracker", "--refresh-token"), Is.EqualTo(ExitCodes.Configuration), "before anything is read or anybody is sent to a browser");
        Assert.That(desk.Said, Does.Contain("'BATCHSYNC_KEY_FILE' is not set").And.Contain("openssl rand"));
    }

    [Test]
    public async Task Login_WithNothingOnStandardInput_IsRefused()
    {
        await using var sandbox = await RunningSandbox.StartAsync();
        using var desk = new Desk(sandbox);
        Assert.That(await desk.RunAsync("auth", "login", "tracker", "--refresh-token"), Is.EqualTo(ExitCodes.Configuration));
        Assert.That(desk.Said, Does.Contain("Nothing came on standard input"));
    }

    /// <summary>A configuration whose time tracker wants a sign-in, a key file, and what the commands said.</summary>
    private sealed class Desk : IDisposable
    {
        private readonly TemporaryFolder _folder = new();
        private readonly StringWriter _said = new();
        private readonly TextWriter _output;

        public Desk(RunningSandbox sandbox)
        {
            // A command writes on its own thread while the test reads: the writer locks itself.
            _output = TextWriter.Synchronized(_said);
            var address = sandbox.Server.Address.ToString().TrimEnd('/');
            Write("jobs/job.yaml", """
                job: nightly
                schema: 2
                series: N
                billFrom: 2026-10-01
                source: { connector: tracker, settings: { account: eu, secret: env:TRACKER_SECRET }, streams: [time_entries], approval: none }
                mapping: m
                destinations: { all: { connector: ledger, settings: { file: books.ledger } } }
                """);
            Write("mapping-config/m.yaml", """
                mapping: m
                schema: 2
                version: 1.0.0
                entities: { us: { baseCurrency: USD, timeZone: America/New_York } }
                defaults: { entity: us, currency: USD }
                clients: [{ code: ACME, source: "1001" }]
                """);
            Write("mapping-config/connectors/ledger.yaml", "connector: ledger\nschema: 2\nkind: destination\ntype: journal\nfile: setting:file\n");
            Write("mapping-config/connectors/tracker.yaml", $$"""
                connector: tracker
                schema: 2
                kind: source
                type: rest
                baseUrl: {{address}}
                auth: { oauth2RefreshToken: { tokenUrl: /oauth/token, authorizeUrl: /oauth/authorize, clientId: sandbox-client, clientSecret: setting:secret, scopes: [read], account: setting:account, secretIn: body } }
                probe: { path: /time/v1/account }
                streams:
                  time_entries:
                    path: /time/v1/time_entries
                    paginator: { none: {} }
                    records: time_entries
                    fields: { id: id, date: spent_date, seconds: seconds }
                """);
            Write("batchsync.key", "a key of more than thirty-two bytes in all");
            var key = Path.Combine(_folder.Path, "batchsync.key");
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            Environment.SetEnvironmentVariable("BATCHSYNC_KEY_FILE", key);
            Environment.SetEnvironmentVariable("TRACKER_SECRET", SandboxOptions.DefaultToken);
        }

        public string Input { get; init; } = "";

        public string Said
        {
            get
            {
                lock (_output) return _said.ToString();
            }
        }

        public Task<int> RunAsync(params string[] arguments)
        {
            var terminal = new Terminal(_output, _output, IsInteractive: false, ErrorIsSame: true, null) { Input = new StringReader(Input) };
            return CommandLine.RunAsync([.. arguments, "--config", _folder.Path], TimeProvider.System, terminal, CancellationToken.None);
        }

        /// <summary>Begins a login, and the address that it shows as soon as it does.</summary>
        public (Task<int> Login, Task<string> Consent) LoginInBrowser()
        {
            var login = Task.Run(() => RunAsync("auth", "login", "tracker"));
            return (login, AddressAsync(login));
        }

        public void Dispose()
        {
            Environment.SetEnvironmentVariable("BATCHSYNC_KEY_FILE", null);
            Environment.SetEnvironmentVariable("TRACKER_SECRET", null);
            _output.Dispose();
            _said.Dispose();
            _folder.Dispose();
        }

        private async Task<string> AddressAsync(Task login)
        {
            while (true)
            {
                if (Said.Split('\n').FirstOrDefault(l => l.Contains("/oauth/authorize?", StringComparison.Ordinal)) is { } line) return line.Trim();
                if (login.IsCompleted) Assert.Fail($"The login ended before it showed an address: {Said}");
                await Task.Yield();
            }
        }

        private void Write(string file, string text)
        {
            var path = Path.Combine(_folder.Path, file);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, text);
        }
    }
}
