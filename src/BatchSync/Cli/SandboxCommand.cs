using System.CommandLine;
using BatchSync.Core.Retry;
using BatchSync.Running;
using BatchSync.Sandbox;

namespace BatchSync.Cli;

/// <summary><c>sandbox</c>: fake source and accounting APIs on loopback, with faults by script, to rehearse against one's own configuration.</summary>
internal static class SandboxCommand
{
    public static Command Create(GlobalOptions options, TimeProvider time)
    {
        var data = new Option<string>("--data") { Description = "Folder of *.json files whose rows the time-tracking API serves", Required = true, HelpName = "folder" };
        var port = new Option<int>("--port") { Description = "Port on 127.0.0.1; 0: any free one", DefaultValueFactory = _ => 5090 };
        var books = new Option<string?>("--books") { Description = "File in which the accounting API keeps its books over restarts", HelpName = "file" };
        var faults = new Option<string?>("--faults") { Description = "Fault script (YAML or JSON)", HelpName = "file" };
        var limit = new Option<string?>("--limit") { Description = "How many calls each API takes, such as 100/15s; one more is answered 429", HelpName = "calls/time" };
        var token = new Option<string>("--token") { Description = "Token that both APIs want", DefaultValueFactory = _ => "sandbox-token" };
        var command = new Command("sandbox", "Fake time-tracking and accounting APIs on this machine, to rehearse runs and failures") { data, port, books, faults, limit, token };
        command.SetAction(async (parsed, cancel) =>
        {
            var setup = new SandboxOptions(parsed.GetValue(data)!, parsed.GetValue(port), parsed.GetValue(books), parsed.GetValue(faults), parsed.GetValue(token)!, time) { Limit = LimitOf(parsed.GetValue(limit)) };
            await using var server = await SandboxServer.StartAsync(setup, cancel);
            Show(options.Screen(parsed), server, setup.Token);
            await Task.Delay(Timeout.InfiniteTimeSpan, cancel).ContinueWith(_ => { }, TaskScheduler.Default);
            return ExitCodes.Done;
        });
        return command;
    }

    private static Allowance? LimitOf(string? text) => text is null ? null
        : CallLimit.Parse(text) ?? throw new UsageException($"'{text}' is no --limit. Write calls and a time, such as 100/15s or 60/1m.");

    private static void Show(Screen screen, SandboxServer server, string token)
    {
        var address = server.Address;
        var url = SandboxSettings.UrlOf(address);
        screen.Line($"Sandbox on {url} until Ctrl+C. Set this for the jobs that use it:");
        screen.Line($"  {Setting(SandboxSettings.Url, url)}");
        screen.Line($"  {Setting(SandboxSettings.RedmineUrl, SandboxSettings.RedmineUrlOf(address))}");
        screen.Line($"  {Setting(SandboxSettings.Token, token)}");
        foreach (var books in server.Companies.All.Skip(1)) screen.Line($"  {Setting(SandboxSettings.UrlVariableOf(books.Company), SandboxSettings.UrlOf(address, books.Company))}");
        screen.Line("What its books hold:");
        screen.Line($"  curl -H 'Authorization: Bearer {token}' {url}/_sandbox/books");
    }

    private static string Setting(string name, string value) => OperatingSystem.IsWindows() ? $"$env:{name} = '{value}'" : $"export {name}='{value}'";
}

/// <summary>The environment variables by which the shipped samples find a sandbox.</summary>
internal static class SandboxSettings
{
    public const string Url = "BATCHSYNC_SANDBOX_URL";
    public const string RedmineUrl = "BATCHSYNC_SANDBOX_REDMINE_URL";
    public const string Token = "BATCHSYNC_SANDBOX_TOKEN";

    public static string UrlOf(Uri address) => address.ToString().TrimEnd('/');

    /// <summary>What stands for the address of a Redmine server.</summary>
    public static string RedmineUrlOf(Uri address) => UrlOf(address) + RedmineApi.Root.TrimEnd('/');

    /// <summary>What stands for the address of a company beside the default one: its API is below it, as the default company's is below <see cref="Url"/>.</summary>
    public static string UrlOf(Uri address, Company company) => UrlOf(address) + SandboxApis.CompaniesRoot + company.Id;

    /// <summary><c>BATCHSYNC_SANDBOX_URL_DE</c> of company <c>de</c>.</summary>
    public static string UrlVariableOf(Company company) => $"{Url}_{company.Id.ToUpperInvariant().Replace('-', '_')}";

    /// <summary>The process's variables, with those of a sandbox that runs in this process in front.</summary>
    public static Func<string, string?> Environment(SandboxServer server, string token) => name => name switch
    {
        Url => UrlOf(server.Address),
        RedmineUrl => RedmineUrlOf(server.Address),
        Token => token,
        _ when server.Companies.All.Skip(1).FirstOrDefault(b => UrlVariableOf(b.Company) == name) is { } books => UrlOf(server.Address, books.Company),
        _ => System.Environment.GetEnvironmentVariable(name),
    };
}
