using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using BatchSync.Cli;
using BatchSync.Sandbox;
using BatchSync.Tests.Reports;
using BatchSync.Tests.Reports.Mail;
using NUnit.Framework;
using Serilog;

namespace BatchSync.Tests.Samples;

/// <summary>Runs a sample through the program's own composition, in a copy of its folder and against a sandbox in this process.</summary>
internal sealed partial class SampleRunner : IAsyncDisposable
{
    private static readonly ConcurrentDictionary<string, Lazy<Task<SampleOutcome>>> Outcomes = new(StringComparer.Ordinal);

    private readonly SampleClock _clock = new();
    private readonly TemporaryFolder _temporary = new();
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private readonly StringWriter _commands = new() { NewLine = "\n" };
    private SandboxServer? _sandbox;

    // What a run by hand left in the sample's folder is not part of it.
    private SampleRunner(string folder) => Copy(folder, Folder, "expected", "reports", "mail", "redmine.journal");

    public static string SamplesFolder => Path.Combine(Approved.RepositoryRoot, "samples");

    private string Folder => Path.Combine(_temporary.Path, "sample");
    private string StoreFile => Path.Combine(_temporary.Path, "store.db");
    private SandboxServer Sandbox => _sandbox!;

    public static string Expected(string sample) => Path.Combine(SamplesFolder, sample, "expected");

    /// <summary>What the steps of a sample give; they are done once for all tests that ask.</summary>
    public static Task<SampleOutcome> OutcomeOfAsync(string sample) => Outcomes.GetOrAdd(sample, name => new(() => PlayAsync(name))).Value;

    /// <summary>One run of a job in <c>jobs</c> by its mapping in <c>mapping-config</c>; the sandbox serves the rows of a sample.</summary>
    public static async Task<SampleRunOutcome> RunOnceAsync(string job, DateTimeOffset asOf, string rowsOf)
    {
        await using var runner = new SampleRunner(Path.Combine(SamplesFolder, rowsOf, "pages"));
        foreach (var folder in new[] { "jobs", "mapping-config" }) Copy(Path.Combine(Approved.RepositoryRoot, folder), Path.Combine(runner.Folder, folder));
        await runner.OpenSandboxAsync(runner.Folder);
        return await runner.RunAsync(new SampleStep.Run(job, asOf));
    }

    public async ValueTask DisposeAsync()
    {
        if (_sandbox is not null) await _sandbox.DisposeAsync();
        _temporary.Dispose();
    }

    private static async Task<SampleOutcome> PlayAsync(string sample)
    {
        var steps = SampleStep.Read(Path.Combine(Expected(sample), "steps.txt"));
        await using var runner = new SampleRunner(Path.Combine(SamplesFolder, sample));
        await runner.OpenSandboxAsync(Path.Combine(runner.Folder, "pages"));
        var runs = new List<SampleRunOutcome>();
        foreach (var step in steps)
        {
            if (step is SampleStep.Run run) runs.Add(await runner.RunAsync(run));
            else if (step is SampleStep.Load load) runner.Sandbox.Load(Path.Combine(runner.Folder, load.Folder));
            else if (step is SampleStep.Copy copy) Copy(Path.Combine(runner.Folder, copy.Folder), Path.Combine(runner.Folder, copy.To));
            else if (step is SampleStep.Command command) await runner.CommandAsync(command);
            else if (step is SampleStep.Clerk clerk) await runner.ClerkAsync(clerk);
        }

        var journals = Directory.EnumerateFiles(runner.Folder, "*.journal").ToDictionary(f => Path.GetFileName(f), File.ReadAllBytes);
        return new SampleOutcome(runs, journals, runner.Scrubbed(runner._commands.ToString()));
    }

    private async Task OpenSandboxAsync(string rows) =>
        _sandbox = await SandboxServer.StartAsync(new SandboxOptions(rows, 0, null, null, SandboxOptions.DefaultToken, _clock), CancellationToken.None);

    private async Task CommandAsync(SampleStep.Command step)
    {
        _clock.Now = step.At;
        _commands.WriteLine($"$ batchsync {string.Join(' ', step.Arguments)}");
        var arguments = step.Arguments.Select(a => File.Exists(Path.Combine(Folder, a)) ? Path.Combine(Folder, a) : a);
        var exit = await CommandLine.RunAsync([.. arguments, "--config", Folder, "--store", StoreFile], _clock, new Terminal(_commands, _commands, IsInteractive: false, ErrorIsSame: false, Width: null), CancellationToken.None);
        _commands.WriteLine(FormattableString.Invariant($"exit code {exit}"));
    }

    private async Task ClerkAsync(SampleStep.Clerk step)
    {
        using var client = new HttpClient { BaseAddress = Sandbox.Address };
        using var call = new HttpRequestMessage(HttpMethod.Post, AdminApi.Root + step.Call) { Headers = { { "X-Api-Key", SandboxOptions.DefaultToken } } };
        using var answer = await client.SendAsync(call, CancellationToken.None);
        Assert.That(answer.IsSuccessStatusCode, $"clerk {step.Call}: {await answer.Content.ReadAsStringAsync(CancellationToken.None)}");
    }

    private async Task<SampleRunOutcome> RunAsync(SampleStep.Run step)
    {
        _clock.Now = step.AsOf;
        var output = new StringWriter { NewLine = "\n" };
        var environment = SandboxSettings.Environment(Sandbox, SandboxOptions.DefaultToken);
        int exit;
        await using (var workspace = new Workspace(Folder, StorePlace.OfFile(StoreFile), new LoggerConfiguration().CreateLogger(), _clock, environment))
        {
            var screen = new Screen(new Terminal(output, output, IsInteractive: false, ErrorIsSame: false, Width: null), noColor: true);
            exit = await RunCommand.ExecuteAsync(new JobCall(workspace, screen, step.Job, null, null, step.AsOf, Json: false) { Verbose = true }, CancellationToken.None);
        }

        var books = Sandbox.Books.Ledger();
        var reports = New("reports", "*.csv").ToDictionary(f => Path.GetFileName(f), File.ReadAllBytes);
        var mail = New("mail", "*.eml").Select(f => MailOf(File.ReadAllText(f))).SingleOrDefault();
        var others = Sandbox.Companies.All.Skip(1).ToList();
        return new SampleRunOutcome(step.Job, exit, Scrubbed(output.ToString()), reports, mail, books, Json(writer => LedgerJson.Write(writer, books)))
        {
            BooksOfCompanies = others.ToDictionary(b => b.Company.Id, b => Json(writer => LedgerJson.Write(writer, b.Ledger()))),
            DocumentsOfCompanies = others.ToDictionary(b => b.Company.Id, b => Json(writer => LedgerJson.Write(writer, b.Documents(), b.Company.BaseCurrency))),
        };
    }

    private List<string> New(string folder, string pattern)
    {
        var path = Path.Combine(Folder, folder);
        return Directory.Exists(path) ? [.. Directory.EnumerateFiles(path, pattern, SearchOption.AllDirectories).Order(StringComparer.Ordinal).Where(_seen.Add)] : [];
    }

    private string MailOf(string message)
    {
        var fields = MailText.Fields(message[..message.IndexOf("\r\n\r\n", StringComparison.Ordinal)]);
        var parts = MailText.Parts(message);
        var attached = parts.Skip(1).Select(p => MailText.FileName(p.Fields["Content-Disposition"]));
        var text = Encoding.UTF8.GetString(parts[0].Content).ReplaceLineEndings("\n");
        return $"Subject: {MailText.DecodedWords(fields["Subject"])}\nTo: {fields["To"]}\nAttached: {string.Join(", ", attached)}\n\n{Scrubbed(text)}";
    }

    // The length of the folder's path decides where a text wraps before it.
    private string Scrubbed(string text)
    {
        var named = text.ReplaceLineEndings("\n").Replace(Folder, "SAMPLE", StringComparison.Ordinal);
        named = HashOfTrail().Replace(named, "HASH");
        return FolderAfterWrap().Replace(PathOfSample().Replace(named, m => m.Value.Replace('\\', '/')), " SAMPLE");
    }

    private static string Json(Action<Utf8JsonWriter> write)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" })) write(writer);
        return Encoding.UTF8.GetString(stream.ToArray()) + "\n";
    }

    private static void Copy(string from, string to, params string[] except)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var relative = Path.GetRelativePath(from, file);
            if (except.Contains(relative.Split(Path.DirectorySeparatorChar)[0])) continue;
            var target = Path.Combine(to, relative);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target, overwrite: true);
        }
    }

    [GeneratedRegex("(?m)^[0-9a-f]{64}$")]
    private static partial Regex HashOfTrail();

    [GeneratedRegex(@"SAMPLE[^\s;]*")]
    private static partial Regex PathOfSample();

    [GeneratedRegex(@"\s+SAMPLE")]
    private static partial Regex FolderAfterWrap();
}
