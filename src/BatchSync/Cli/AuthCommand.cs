using System.CommandLine;
using BatchSync.Configuration;
using BatchSync.Http;
using BatchSync.Http.OAuth;
using BatchSync.Running;

namespace BatchSync.Cli;

/// <summary><c>auth</c>: signs in to APIs by OAuth2 where a person has to, and shows who is signed in.</summary>
internal static class AuthCommand
{
    public static Command Create(GlobalOptions options, TimeProvider time) => new("auth", "Signs in to APIs that want a person to, and shows who is signed in")
    {
        CreateLogin(options, time),
        CreateStatus(options, time),
    };

    private static Command CreateLogin(GlobalOptions options, TimeProvider time)
    {
        var connector = new Argument<string>("connector") { Description = "Name of a connector with 'auth: { oauth2RefreshToken: ... }'" };
        var job = JobNames.Option(options, "Job whose settings name client and account; needed where several jobs differ");
        var entity = new Option<string?>("--entity") { Description = "Destination of the job, where several of them use the connector", HelpName = "code" };
        var token = new Option<bool>("--refresh-token") { Description = "Read a refresh token from standard input instead of using a browser" };
        var port = new Option<int>("--port") { Description = "Port on 127.0.0.1 to which the browser is sent back, as the API has it registered; 0: any free one", DefaultValueFactory = _ => 0 };
        var command = new Command("login", "Signs in, and keeps the refresh token sealed in the store") { connector, job, entity, token, port };
        command.SetAction(async (parsed, cancel) =>
        {
            await using var workspace = Workspace.Of(options, parsed, time);
            var use = ConnectorUse.Find(workspace.Load(), parsed.GetValue(connector)!, parsed.GetValue(job), parsed.GetValue(entity));
            var screen = options.Screen(parsed);
            var signIns = await workspace.SignInsAsync(cancel);

            // Before anybody is sent to a browser: what comes back from there could not be kept.
            signIns.RequireKey();
            var settings = workspace.SettingsOf(use.Settings);
            var tokens = signIns.RefreshTokensOf(use.Connector, use.Api, settings);
            await tokens.SaveAsync(parsed.GetValue(token) ? options.ReadLine() : await BrowserAsync(signIns, use, settings, parsed.GetValue(port), screen, time, cancel), Environment.UserName);

            // Used at once: a token that is not taken must not be found out at night.
            await tokens.RefreshAsync();
            screen.Say($"Signed in to {use.Connector}{SignIns.NameOf(use.Connector, use.Api, settings).OfAccount}. The refresh token is kept sealed in the store.");
            return ExitCodes.Done;
        });
        return command;
    }

    private static async Task<string> BrowserAsync(SignIns signIns, ConnectorUse use, SettingValues settings, int port, Screen screen, TimeProvider time, CancellationToken cancel)
    {
        var refresh = (Authentication.RefreshToken)use.Api.Authentication;
        if (refresh.AuthorizeUrl is not { } reference) throw new UsageException($"The connector '{use.Connector}' has no authorizeUrl. Add it, or bring a refresh token: batchsync auth login {use.Connector} --refresh-token < FILE");
        var endpoint = signIns.EndpointOf(use.Api, settings);
        using var callback = LoopbackCallback.Listen(port, time);
        var consent = ConsentRequest.New(endpoint.AddressOf(reference), settings.Resolve(refresh.Client.Id), refresh.Client.Scopes, callback.Address);
        screen.Line("Open this address in a browser on this machine, and let BatchSync in:");
        screen.Line($"  {consent.Url}");
        var answer = await ExchangeAsync(endpoint, consent, consent.CodeIn(await callback.WaitAsync(cancel)));
        return answer.RefreshToken ?? throw new OutsideException(OutsideFault.Permanent, $"{use.Connector} gave an access token and no refresh token. Ask for the scope that gives one, often offline_access, in the connector's 'scopes'.");
    }

    private static async Task<TokenAnswer> ExchangeAsync(TokenEndpoint endpoint, ConsentRequest consent, string code)
    {
        try
        {
            return await endpoint.AskAsync(consent.FormFor(code), code, consent.Verifier);
        }
        catch (RefusedGrantException refused)
        {
            throw new OutsideException(OutsideFault.Permanent, $"{refused.Message} The code of the browser was not taken: sign in again.", refused);
        }
    }

    private static Command CreateStatus(GlobalOptions options, TimeProvider time)
    {
        var json = new Option<bool>("--json") { Description = "As JSON" };
        var command = new Command("status", "Who is signed in where, and since when; no secrets") { json };
        command.SetAction(async (parsed, cancel) =>
        {
            await using var workspace = Workspace.Of(options, parsed, time);
            var signIns = await (await workspace.ExistingStoreAsync(cancel)).ListSignInsAsync(cancel);
            var screen = options.Screen(parsed);
            if (parsed.GetValue(json)) screen.Write(signIns.Select(s => new { s.Name.Connector, s.Name.Account, s.Author, s.SignedInAt, s.RefreshedAt, UnansweredSince = s.SentAt, s.KeyId }));
            else if (signIns.Count == 0) screen.Line("Nobody is signed in anywhere. See: batchsync auth login --help");
            else screen.Table(
                [Column.Name("connector"), Column.Name("account"), "signed in by", "signed in", "token renewed", "unanswered since", "key"],
                signIns.Select(s => (IReadOnlyList<string>)[s.Name.Connector, s.Name.Account, s.Author, RunsCommand.Minute(s.SignedInAt), RunsCommand.Minute(s.RefreshedAt), RunsCommand.Minute(s.SentAt), s.KeyId]));
            return ExitCodes.Done;
        });
        return command;
    }
}

/// <summary>A connector with the settings that one job gives it.</summary>
internal sealed record ConnectorUse(string Connector, ApiDefinition Api, IReadOnlyDictionary<string, ValueReference> Settings)
{
    /// <summary>The only use of a connector, or the only one of a job or entity.</summary>
    /// <exception cref="UsageException">There is none, it does not sign in by refresh token, or several differ.</exception>
    public static ConnectorUse Find(ConfigurationSet set, string connector, string? job, string? entity)
    {
        var jobs = job is null ? set.Jobs : [Workspace.Job(set, job)];
        var uses = jobs.SelectMany(j => UsesOf(set, j, entity)).Where(u => u.Connector == connector).ToList();
        if (uses.Count == 0) throw new UsageException($"No job uses an API with the connector '{connector}'{(job is null && entity is null ? "" : " there")}: its settings say who signs in. Write the job first.");
        if (uses[0].Api.Authentication is not Authentication.RefreshToken) throw new UsageException($"The connector '{connector}' signs in without a person: it has no 'auth: {{ oauth2RefreshToken: ... }}'.");
        return uses.Select(u => string.Join('\n', u.Settings.OrderBy(s => s.Key, StringComparer.Ordinal).Select(s => $"{s.Key}={s.Value.Text}"))).Distinct().Count() == 1
            ? uses[0]
            : throw new UsageException($"Several jobs or entities use '{connector}' with different settings. Say which: --job NAME, and --entity CODE for one of its destinations.");
    }

    private static IEnumerable<ConnectorUse> UsesOf(ConfigurationSet set, JobDefinition job, string? entity)
    {
        if (entity is null && set.Sources[job.Source.Connector].Api is { } api) yield return new ConnectorUse(job.Source.Connector, api, job.Source.Settings);
        foreach (var (code, use) in job.Destinations.Where(d => entity is null || d.Key == entity))
        {
            if (set.Destinations[use.Connector] is DestinationConnector.Rest rest) yield return new ConnectorUse(use.Connector, rest.Api, use.Settings);
        }
    }
}
