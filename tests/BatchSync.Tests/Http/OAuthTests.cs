using System.Net;
using System.Text;
using BatchSync.Configuration;
using BatchSync.Http;
using BatchSync.Http.OAuth;
using BatchSync.Sandbox;
using BatchSync.Storage;
using BatchSync.Tests.Sandbox;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Http;

/// <summary>Signing in by OAuth2 against the sandbox's own server, which takes each refresh token once and withdraws the sign-in of whoever uses one twice.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
public sealed class OAuthTests
{
    private const string Account = "/time/v1/account";

    [Test]
    public async Task ClientCredentials_OfAClient_SignItsCallsWithOneToken()
    {
        await using var bench = await Bench.OpenAsync();
        using var client = bench.Client(bench.Api(bench.Credentials()));
        for (var call = 0; call < 3; call++) Assert.That((await client.SendAsync(ApiRequest.Get(Account), CancellationToken.None)).Status, Is.EqualTo(200));
        Assert.That(bench.TokenCalls, Is.EqualTo(1));
    }

    [Test]
    public async Task ClientCredentials_OfAWrongSecret_AreRefusedWithoutShowingIt()
    {
        await using var bench = await Bench.OpenAsync(secret: "wrong-secret-value");
        using var client = bench.Client(bench.Api(bench.Credentials()));
        var fault = (await Assert.ThrowsAsync<OutsideException>(() => client.SendAsync(ApiRequest.Get(Account), CancellationToken.None)))!;
        Assert.Multiple(() =>
        {
            Assert.That(fault.Fault, Is.EqualTo(OutsideFault.Permanent));
            Assert.That(fault.Message, Does.Contain("answered 401 (invalid_client)").And.Not.Contain("wrong-secret-value"));
        });
    }

    [Test]
    public async Task RefreshToken_UsedByRunAfterRun_IsReplacedEachTime()
    {
        await using var bench = await Bench.SignedInAsync();
        for (var run = 0; run < 3; run++)
        {
            using var client = bench.Client(bench.Api(bench.Refresh()));
            Assert.That((await client.SendAsync(ApiRequest.Get(Account), CancellationToken.None)).Status, Is.EqualTo(200));
        }

        // One call to sign in, and one for each process.
        Assert.That(bench.TokenCalls, Is.EqualTo(4));
    }

    [Test]
    public async Task RefreshToken_InTheStore_IsNotReadableAndEachTimeSealedAnew()
    {
        await using var bench = await Bench.SignedInAsync();
        var before = bench.File.Rows("SELECT sealed_token FROM sign_ins").Single();
        using var client = bench.Client(bench.Api(bench.Refresh()));
        await client.SendAsync(ApiRequest.Get(Account), CancellationToken.None);
        var rows = bench.File.Rows("SELECT * FROM sign_ins").Single();
        Assert.Multiple(() =>
        {
            Assert.That(bench.File.Rows("SELECT sealed_token FROM sign_ins").Single(), Is.Not.EqualTo(before));
            Assert.That(rows, Does.Not.Contain("refresh-").And.Not.Contain("access-"));
            Assert.That(Encoding.UTF8.GetString(Convert.FromBase64String(before)), Does.Not.Contain("refresh-"));
        });
    }

    [Test]
    public async Task AccessToken_ThatIsRefused_IsReplacedOnceAndTheCallMadeAgain()
    {
        await using var bench = await Bench.SignedInAsync();
        using var client = bench.Client(bench.Api(bench.Refresh()));
        await client.SendAsync(ApiRequest.Get(Account), CancellationToken.None);
        bench.Sandbox.Server.ExpireAccess();
        var answer = await client.SendAsync(new ApiRequest(HttpMethod.Post, "/books/v1/invoices/bulk", "{}"u8.ToArray(), new Dictionary<string, string>(), IsRepeatable: false), CancellationToken.None);
        Assert.Multiple(() =>
        {
            Assert.That(answer.Status, Is.EqualTo(422), "the call came through, with its body");
            Assert.That(bench.TokenCalls, Is.EqualTo(3));
        });
    }

    [Test]
    public async Task AccessToken_ThatIsRefusedTwice_IsAPermanentFault()
    {
        await using var bench = await Bench.SignedInAsync();
        using var client = bench.Client(bench.Api(bench.Refresh()));
        bench.Sandbox.Server.UseFaults($"faults: [{{ on: 'GET {Account}', times: 99, do: status, status: 401 }}]", "test");
        var fault = (await Assert.ThrowsAsync<OutsideException>(() => client.SendAsync(ApiRequest.Get(Account), CancellationToken.None)))!;
        Assert.Multiple(() =>
        {
            Assert.That(fault.Fault, Is.EqualTo(OutsideFault.Permanent));
            Assert.That(fault.Message, Does.Contain("batchsync auth login"));
            Assert.That(bench.TokenCalls, Is.EqualTo(3), "one to sign in, one at the start, one for the refusal");
        });
    }

    [Test]
    public async Task AccessToken_ThatEnds_IsReplacedBeforeItDoes()
    {
        var time = new ManualTime();
        var fetched = 0;
        using var tokens = new AccessTokens(() => Task.FromResult(new TokenAnswer($"token {++fetched}", null, TimeSpan.FromMinutes(10))), time);
        await tokens.GetAsync(null, CancellationToken.None);
        time.Advance(TimeSpan.FromMinutes(9) - TimeSpan.FromTicks(1));
        Assert.That(await tokens.GetAsync(null, CancellationToken.None), Is.EqualTo("token 1"));
        time.Advance(TimeSpan.FromTicks(1));
        Assert.That(await tokens.GetAsync(null, CancellationToken.None), Is.EqualTo("token 2"));
    }

    [Test]
    public async Task AccessToken_AskedForByManyAtOnce_IsFetchedOnce()
    {
        var answer = new TaskCompletionSource<TokenAnswer>();
        var fetched = 0;
        using var tokens = new AccessTokens(() => { fetched++; return answer.Task; }, new ManualTime());
        var asked = Enumerable.Range(0, 5).Select(_ => tokens.GetAsync(null, CancellationToken.None)).ToList();
        answer.SetResult(new TokenAnswer("the token", null, null));
        Assert.That(await Task.WhenAll(asked), Is.All.EqualTo("the token"));
        Assert.That(fetched, Is.EqualTo(1));
    }

    [Test]
    public async Task AccessToken_OfACallThatWasNotCarriedOut_IsAskedForAgainAndOneWithoutAnswerIsNot()
    {
        var time = new ManualTime();
        var calls = 0;
        using var passing = new AccessTokens(() => ++calls < 3 ? throw new OutsideException(OutsideFault.Transient, "busy") : Task.FromResult(new TokenAnswer("good", null, null)), time);
        Assert.That(await time.RunAsync(passing.GetAsync(null, CancellationToken.None), TimeSpan.FromMinutes(1)), Is.EqualTo("good"));
        calls = 0;
        using var silent = new AccessTokens(() => { calls++; throw new OutsideException(OutsideFault.Unknown, "no answer"); }, time);
        await Assert.ThrowsAsync<OutsideException>(() => silent.GetAsync(null, CancellationToken.None));
        Assert.That(calls, Is.EqualTo(1), "whether it was used up is not known: nobody sends it twice by himself");
    }

    // The answer is lost after the server gave another token: the stored one is dead, and who uses it loses the sign-in.
    [Test]
    public async Task RefreshToken_WhoseAnswerWasLost_IsNotTakenAnyMoreAndTheMessageSaysWhyAndWhatToDo()
    {
        await using var bench = await Bench.SignedInAsync();
        bench.Sandbox.Server.UseFaults("faults: [{ on: 'POST /oauth/token', do: drop-after-commit }]", "test");
        using (var client = bench.Client(bench.Api(bench.Refresh())))
        {
            var lost = (await Assert.ThrowsAsync<OutsideException>(() => client.SendAsync(ApiRequest.Get(Account), CancellationToken.None)))!;
            Assert.That(lost.Message, Does.Contain("gave no full answer"));
        }

        using var next = bench.Client(bench.Api(bench.Refresh()));
        var dead = (await Assert.ThrowsAsync<OutsideException>(() => next.SendAsync(ApiRequest.Get(Account), CancellationToken.None)))!;
        Assert.Multiple(() =>
        {
            Assert.That(dead.Fault, Is.EqualTo(OutsideFault.Permanent));
            Assert.That(dead.Message, Does.Contain("it was sent and no answer was stored").And.EndWith("Sign in again: batchsync auth login sandbox-time"));
            Assert.That(dead.Message, Does.Not.Contain("refresh-"));
        });

        await bench.SignInAsync();
        using var mended = bench.Client(bench.Api(bench.Refresh()));
        Assert.That((await mended.SendAsync(ApiRequest.Get(Account), CancellationToken.None)).Status, Is.EqualTo(200));
    }

    // The token may be used up: in the same process it is not sent once more either, which would end the whole sign-in.
    [Test]
    public async Task RefreshToken_OfACallWithoutAnswer_IsNotSentAgainByTheSameProcess()
    {
        await using var bench = await Bench.SignedInAsync();
        bench.Sandbox.Server.UseFaults("faults: [{ on: 'POST /oauth/token', do: drop-after-commit }]", "test");
        using var signIns = bench.SignIns(bench.Store);
        var (tokens, before) = (signIns.RefreshTokensOf("sandbox-time", bench.Api(bench.Refresh()), bench.Settings), bench.TokenCalls);
        for (var use = 0; use < 2; use++)
        {
            var fault = (await Assert.ThrowsAsync<OutsideException>(tokens.RefreshAsync))!;
            Assert.That(fault.Fault, Is.EqualTo(OutsideFault.Unknown));
        }

        Assert.That(bench.TokenCalls - before, Is.EqualTo(1));
    }

    // The process ends at each of its writes; what was stored must either be good, or be known to have been sent.
    [TestCase(1, true)]
    [TestCase(2, false)]
    public async Task RefreshToken_OfAProcessThatDiesAroundACall_IsStoredBeforeItIsUsed(int savesDone, bool isStillGood)
    {
        await using var bench = await Bench.SignedInAsync();
        var saves = 0;
        var dying = Running.Tapped.Of(bench.Store, (method, isDone) =>
        {
            if (method == nameof(IStore.SaveSignInAsync) && !isDone && ++saves == savesDone) throw new InvalidOperationException("the process ended");
        });
        using (var signIns = bench.SignIns(dying))
        {
            await Assert.ThrowsAsync<InvalidOperationException>(() => signIns.RefreshTokensOf("sandbox-time", bench.Api(bench.Refresh()), bench.Settings).RefreshAsync());
        }

        using var next = bench.Client(bench.Api(bench.Refresh()));
        if (isStillGood)
        {
            Assert.That((await next.SendAsync(ApiRequest.Get(Account), CancellationToken.None)).Status, Is.EqualTo(200));
            return;
        }

        var dead = (await Assert.ThrowsAsync<OutsideException>(() => next.SendAsync(ApiRequest.Get(Account), CancellationToken.None)))!;
        Assert.That(dead.Message, Does.Contain("it was sent and no answer was stored"));
    }

    [Test]
    public async Task RefreshToken_OfTwoProcessesAtOnce_IsNeverSentTwice()
    {
        await using var bench = await Bench.SignedInAsync();
        await using var other = bench.File.Open(TimeProvider.System);
        using var second = bench.SignIns(other);
        using var first = bench.SignIns(bench.Store);
        var both = new[] { first, second }.SelectMany(s => Enumerable.Range(0, 4).Select(_ => Task.Run(() => s.RefreshTokensOf("sandbox-time", bench.Api(bench.Refresh()), bench.Settings).RefreshAsync())));
        var answers = await Task.WhenAll(both);
        Assert.That(answers.Select(a => a.AccessToken), Is.Unique.And.Exactly(8).Items, "the server withdraws the sign-in of whoever sends one twice");
    }

    [Test]
    public async Task RefreshToken_OfNobody_SaysHowToSignIn()
    {
        await using var bench = await Bench.OpenAsync();
        using var client = bench.Client(bench.Api(bench.Refresh()));
        var fault = (await Assert.ThrowsAsync<OutsideException>(() => client.SendAsync(ApiRequest.Get(Account), CancellationToken.None)))!;
        Assert.That(fault.Message, Is.EqualTo("Nobody has signed in to 'sandbox-time' for the account 'eu'. Sign in: batchsync auth login sandbox-time"));
    }

    [Test]
    public async Task RefreshToken_SealedWithAnotherKey_SaysSo()
    {
        await using var bench = await Bench.SignedInAsync();
        bench.WriteKey("another key of more than thirty-two bytes");
        using var client = bench.Client(bench.Api(bench.Refresh()));
        var fault = (await Assert.ThrowsAsync<SettingException>(() => client.SendAsync(ApiRequest.Get(Account), CancellationToken.None)))!;
        Assert.That(fault.Message, Does.StartWith("The refresh token of 'sandbox-time' was sealed with another key (id ").And.Contain(SealingKey.Variable));
    }

    [Test]
    public async Task TokenEndpoint_WithoutEncryption_IsRefusedBeyondThisMachine()
    {
        await using var bench = await Bench.OpenAsync();
        using var client = bench.Client(bench.Api(new Authentication.ClientCredentials(bench.OAuth with { TokenUrl = new ValueReference("http://login.example.com/token") })));
        var fault = (await Assert.ThrowsAsync<SettingException>(() => client.SendAsync(ApiRequest.Get(Account), CancellationToken.None)))!;
        Assert.That(fault.Message, Is.EqualTo("The address http://login.example.com/token is not encrypted, and secrets are sent there. Write it with https."));
    }

    [Test]
    public async Task Consent_WithAStrangersAnswer_IsRefused()
    {
        await using var bench = await Bench.OpenAsync();
        var consent = ConsentRequest.New(new Uri("https://login.example.com/authorize?tenant=7"), "me", ["read", "offline_access"], "http://127.0.0.1:5/callback");
        Assert.Multiple(() =>
        {
            Assert.That(consent.Url, Does.StartWith("https://login.example.com/authorize?tenant=7&response_type=code&client_id=me&").And.Contain("scope=read%20offline_access").And.Contain("code_challenge_method=S256"));
            Assert.That(consent.Url, Does.Not.Contain(consent.Verifier));
            Assert.Throws<OutsideException>(() => consent.CodeIn(new Dictionary<string, string> { ["state"] = "another", ["code"] = "stolen" }));
            Assert.That(Assert.Throws<OutsideException>(() => consent.CodeIn(new Dictionary<string, string> { ["state"] = consent.State, ["error"] = "access_denied" }))!.Message, Does.Contain("access_denied"));
            Assert.That(consent.CodeIn(new Dictionary<string, string> { ["state"] = consent.State, ["code"] = "c1" }), Is.EqualTo("c1"));
        });
    }

    /// <summary>A sandbox, a store and a key file.</summary>
    private sealed class Bench : IAsyncDisposable
    {
        private readonly string _keyFile;
        private readonly List<SignIns> _signIns = [];
        private readonly SocketsHttpHandler _network = ApiClient.Network();

        private Bench(RunningSandbox sandbox, TestStore file, IStore store, string secret)
        {
            (Sandbox, File, Store) = (sandbox, file, store);
            _keyFile = Path.Combine(sandbox.Folder, "batchsync.key");
            WriteKey("a key of more than thirty-two bytes in all");
            Settings = new SettingValues(
                new Dictionary<string, ValueReference> { ["secret"] = new("env:SECRET"), ["account"] = new("eu") }, sandbox.Folder, name => name == "SECRET" ? secret : null);
        }

        public RunningSandbox Sandbox { get; }
        public TestStore File { get; }
        public IStore Store { get; }
        public SettingValues Settings { get; }

        public OAuthClient OAuth { get; } = new(new ValueReference("/oauth/token"), new ValueReference(OAuthApi.ClientId), new ValueReference("setting:secret"), [], SecretInBody: false);

        public int TokenCalls => Sandbox.Server.RequestCounts().SingleOrDefault(c => c.Path == "/oauth/token").Count;

        public static async Task<Bench> OpenAsync(string secret = SandboxOptions.DefaultToken)
        {
            var file = TestStore.Of("sqlite");
            return new Bench(await RunningSandbox.StartAsync(), file, await file.OpenMigratedAsync(TimeProvider.System), secret);
        }

        public static async Task<Bench> SignedInAsync()
        {
            var bench = await OpenAsync();
            await bench.SignInAsync();
            return bench;
        }

        public Authentication Credentials() => new Authentication.ClientCredentials(OAuth);

        public Authentication Refresh() => new Authentication.RefreshToken(OAuth, new ValueReference("/oauth/authorize"), new ValueReference("setting:account"));

        public ApiDefinition Api(Authentication authentication) => BatchSync.Tests.Http.Api.Definition(Sandbox.Server.Address.ToString().TrimEnd('/'), attempts: 1, authentication: authentication);

        /// <summary>As another process would have them.</summary>
        public SignIns SignIns(IStore store)
        {
            var signIns = new SignIns(store, name => name == SealingKey.Variable ? _keyFile : null, TimeProvider.System, _network);
            _signIns.Add(signIns);
            return signIns;
        }

        public ApiClient Client(ApiDefinition api) =>
            new(api, Settings, SignIns(Store).HandlerOf("sandbox-time", api, Settings, _network), null, TimeProvider.System, Serilog.Core.Logger.None);

        /// <summary>Lets a browser in, as a person would.</summary>
        public async Task SignInAsync()
        {
            var (signIns, api) = (SignIns(Store), Api(Refresh()));
            var endpoint = signIns.EndpointOf(api, Settings);
            var consent = ConsentRequest.New(endpoint.AddressOf(new ValueReference("/oauth/authorize")), OAuthApi.ClientId, ["read"], "http://127.0.0.1:5/callback");
            using var browser = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false });
            using var sent = await browser.GetAsync(new Uri(consent.Url));
            Assert.That(sent.StatusCode, Is.EqualTo(HttpStatusCode.Found));
            var query = Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(sent.Headers.Location!.Query).ToDictionary(q => q.Key, q => q.Value.ToString());
            var answer = await endpoint.AskAsync(consent.FormFor(consent.CodeIn(query)));
            await signIns.RefreshTokensOf("sandbox-time", api, Settings).SaveAsync(answer.RefreshToken!, "eve");
        }

        public void WriteKey(string key)
        {
            System.IO.File.WriteAllText(_keyFile, key);
            if (!OperatingSystem.IsWindows()) System.IO.File.SetUnixFileMode(_keyFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var signIns in _signIns) signIns.Dispose();
            _network.Dispose();
            await Store.DisposeAsync();
            await File.DisposeAsync();
            await Sandbox.DisposeAsync();
        }
    }
}
