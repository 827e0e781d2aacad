using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using System.Runtime.InteropServices;
using BatchSync.Core.Diagnostics;
using BatchSync.Http;
using BatchSync.Running;
using BatchSync.Sandbox;
using BatchSync.Storage;
using BatchSync.Telemetry;

namespace BatchSync.Cli;

/// <summary>The command line as a whole: parses, runs one command, and turns whatever went wrong into an exit code and a message.</summary>
internal static class CommandLine
{
    public static async Task<int> RunAsync(string[] args, TimeProvider time)
    {
        Console.OutputEncoding = System.Text.Encoding.UTF8;
        using var stop = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnStop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnStop);
        await using var telemetry = TelemetryExport.Start(Environment.GetEnvironmentVariable, Console.Error.WriteLine);
        return await RunAsync(args, time, Terminal.OfProcess(), stop.Token);

        // The first signal ends the run between two calls; the second one ends the process, whatever it is doing.
        void OnStop(PosixSignalContext signal)
        {
            if (stop.IsCancellationRequested) Environment.Exit(ExitCodes.Cancelled);
            signal.Cancel = true;
            stop.Cancel();
        }
    }

    public static async Task<int> RunAsync(string[] args, TimeProvider time, Terminal terminal, CancellationToken cancel)
    {
        var parsed = Parse(args, time, terminal);
        if (parsed.Errors.Count > 0) return Refuse(parsed, terminal.Error);
        try
        {
            var invocation = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null, Output = terminal.Output, Error = terminal.Error };
            return await parsed.InvokeAsync(invocation, cancel);
        }
        catch (Exception e)
        {
            return Explain(e, terminal.Error);
        }
    }

    /// <summary>The command line understood as far as it can be; nothing is carried out.</summary>
    public static ParseResult Parse(string[] args, TimeProvider time, Terminal terminal)
    {
        var root = Root(new GlobalOptions(terminal), time);
        var help = root.Options.OfType<HelpOption>().Single();
        var sections = (HelpAction)help.Action!;
        if (!terminal.IsInteractive) sections.MaxWidth = int.MaxValue;
        help.Action = new HelpWithExamples(sections);
        return root.Parse(args);
    }

    private static RootCommand Root(GlobalOptions options, TimeProvider time)
    {
        var root = new RootCommand("Turns approved time and expenses into correct books: extract, map, bill, post, reconcile.")
        {
            DemoCommand.Create(options, time),
            InitCommand.Create(options),
            CheckCommand.Create(options),
            ConfigUpgradeCommand.Create(options),
            PlanCommand.Create(options, time),
            RunCommand.Create(options, time),
            ServeCommand.Create(options, time),
            UnpostCommand.Create(options, time),
            ReleaseCommand.Create(options, time),
            StatusCommand.Create(options, time),
            RunsCommand.Create(options, time),
            ReportCommand.Create(options, time),
            AlertsCommand.Create(options, time),
            DifferencesCommand.Create(options, time),
            DeadLettersCommand.Create(options, time),
            PauseCommand.CreatePause(options, time),
            PauseCommand.CreateResume(options, time),
            ExplainCommand.Create(options, time),
            ReplayCommand.Create(options, time),
            AuditCommand.Create(options, time),
            MappingCommand.Create(options, time),
            AuthCommand.Create(options, time),
            FxCommand.Create(options, time),
            SandboxCommand.Create(options, time),
            StoreCommand.Create(options, time),
            CompletionCommand.Create(options),
        };
        root.HelpName = "batchsync";
        options.AddTo(root);
        return root;
    }

    private static int Refuse(ParseResult parsed, TextWriter error)
    {
        var command = parsed.CommandResult.Command;
        var needsCommand = command.Subcommands.Count > 0 && command.Action is null;
        foreach (var message in needsCommand ? [NoCommand(parsed, command)] : parsed.Errors.Select(e => e.Message)) error.WriteLine($"error: {message}");
        error.WriteLine($"See: {Path(parsed)} --help");
        return ExitCodes.Configuration;
    }

    private static string NoCommand(ParseResult parsed, Command command)
    {
        var commands = string.Join(", ", command.Subcommands.Select(c => c.Name));
        return parsed.UnmatchedTokens is [var first, ..] ? $"'{first}' is none of the commands here: {commands}." : $"Say what to do: {commands}.";
    }

    private static string Path(ParseResult parsed)
    {
        var names = new Stack<string>();
        for (SymbolResult? at = parsed.CommandResult; at is not null; at = at.Parent)
        {
            if (at is CommandResult { Command: not RootCommand } command) names.Push(command.Command.Name);
        }

        return string.Join(' ', names.Prepend("batchsync"));
    }

    private static int Explain(Exception e, TextWriter error)
    {
        var (code, text) = e switch
        {
            ConfigurationException wrong => (ExitCodes.Configuration, $"{ConfigurationErrorText.Render(wrong.Errors).TrimEnd()}\nNothing was started."),
            UsageException or SettingException or SandboxSetupException or TenantException => (ExitCodes.Configuration, $"error: {e.Message}"),
            StoreException or OutsideException or LeaseLostException => (ExitCodes.Failed, $"error: {e.Message}"),
            OperationCanceledException => (ExitCodes.Cancelled, "Cancelled."),
            _ => (ExitCodes.Defect, $"error: Bug in BatchSync: {e.Message}\n{e}"),
        };
        error.WriteLine(text);
        return code;
    }
}

/// <summary>The command cannot be carried out as it was given; the message says what to give instead.</summary>
internal sealed class UsageException(string message) : Exception(message);

/// <summary>The configuration has errors, all of them here; nothing was started.</summary>
internal sealed class ConfigurationException(IReadOnlyList<ConfigurationError> errors) : Exception($"The configuration has {errors.Count} errors.")
{
    public IReadOnlyList<ConfigurationError> Errors => errors;
}
