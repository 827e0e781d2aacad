using System.CommandLine;
using System.CommandLine.Parsing;
using BatchSync.Http;
using BatchSync.Running;
using BatchSync.Sandbox;
using BatchSync.Storage;

namespace BatchSync.Cli;

/// <summary>The command line as a whole: parses, runs one command, and turns whatever went wrong into an exit code and a message.</summary>
internal static class CommandLine
{
    public static async Task<int> RunAsync(string[] args, TimeProvider time)
    {
        Console.OutputEncoding = System.Text.Encoding.UTF8;
        var options = new GlobalOptions();
        var root = Root(options, time);
        var parsed = root.Parse(args);
        if (parsed.Errors.Count > 0) return Refuse(parsed);
        using var stop = new CancellationTokenSource();
        ConsoleCancelEventHandler onCancel = (_, e) =>
        {
            e.Cancel = true;
            stop.Cancel();
        };
        Console.CancelKeyPress += onCancel;
        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false }, stop.Token);
        }
        catch (Exception e)
        {
            return Explain(e);
        }
        finally
        {
            Console.CancelKeyPress -= onCancel;
        }
    }

    private static RootCommand Root(GlobalOptions options, TimeProvider time)
    {
        var root = new RootCommand("Turns approved time and expenses into correct books: extract, map, bill, post, reconcile.")
        {
            DemoCommand.Create(options, time),
            InitCommand.Create(options),
            CheckCommand.Create(options),
            PlanCommand.Create(options, time),
            RunCommand.Create(options, time),
            StatusCommand.Create(options, time),
            RunsCommand.Create(options, time),
            DifferencesCommand.Create(options, time),
            SandboxCommand.Create(options, time),
            StoreCommand.Create(options, time),
        };
        options.AddTo(root);
        return root;
    }

    private static int Refuse(ParseResult parsed)
    {
        foreach (var error in parsed.Errors) Console.Error.WriteLine($"error: {error.Message}");
        var command = parsed.CommandResult.Command;
        var path = string.Join(' ', Ancestors(parsed.CommandResult).Reverse().Select(c => c.Name).Where(name => name != parsed.RootCommandResult.Command.Name));
        Console.Error.WriteLine($"See: batchsync {path}{(path.Length > 0 ? " " : "")}--help");
        return command is null ? ExitCodes.Defect : ExitCodes.Configuration;
    }

    private static IEnumerable<Command> Ancestors(CommandResult result)
    {
        for (SymbolResult? at = result; at is not null; at = at.Parent)
        {
            if (at is CommandResult command) yield return command.Command;
        }
    }

    private static int Explain(Exception e)
    {
        var (code, text) = e switch
        {
            UsageException or SettingException or SandboxSetupException or TenantException => (ExitCodes.Configuration, e.Message),
            StoreException or OutsideException => (ExitCodes.Failed, e.Message),
            OperationCanceledException => (ExitCodes.Cancelled, "Cancelled."),
            _ => (ExitCodes.Defect, $"Bug in BatchSync: {e.Message}\n{e}"),
        };
        if (text.Length > 0) Console.Error.WriteLine(code == ExitCodes.Cancelled ? text : $"error: {text}");
        return code;
    }
}

/// <summary>The command cannot be carried out as it was given; the message says what to give instead. An empty one: it was shown already.</summary>
internal sealed class UsageException(string message) : Exception(message);
