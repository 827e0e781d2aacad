using System.CommandLine;
using System.Text;
using BatchSync.Configuration;
using BatchSync.Configuration.Schemas;
using BatchSync.Configuration.Yaml;
using BatchSync.Core.Diagnostics;
using BatchSync.Http;
using BatchSync.Reports;
using BatchSync.Running;

namespace BatchSync.Cli;

/// <summary><c>config upgrade [PATH...]</c>: rewrites files of an older schema to the current one, comments and layout kept, and shows what changes.</summary>
internal static class ConfigUpgradeCommand
{
    public static Command Create(GlobalOptions options) => new("config", "The configuration files themselves") { CreateUpgrade(options) };

    private static Command CreateUpgrade(GlobalOptions options)
    {
        var paths = new Argument<string[]>("path") { Description = "Files or folders (default: the configuration folder)", Arity = ArgumentArity.ZeroOrMore };
        var check = new Option<bool>("--check") { Description = "Writes nothing; exit code 3 where a file would change" };
        var command = new Command("upgrade", "Rewrites files of an older schema to the current one, comments and layout kept") { paths, check };
        command.SetAction(async (parsed, _) =>
        {
            var given = parsed.GetValue(paths) ?? [];
            foreach (var path in given.Where(p => !File.Exists(p) && !Directory.Exists(p))) throw new UsageException($"'{path}' does not exist.");
            return await ExecuteAsync(options.Screen(parsed), given.Length > 0 ? given : [options.ConfigFolder(parsed)], parsed.GetValue(check));
        });
        return command;
    }

    private static async Task<int> ExecuteAsync(Screen screen, IReadOnlyList<string> paths, bool onlyCheck)
    {
        var errors = new List<ConfigurationError>();
        var (upgraded, refused) = (0, 0);
        foreach (var path in ConfigurationPaths.Of(paths, errors).Where(p => p.IsNamed).OrderBy(p => p.Path, StringComparer.Ordinal))
        {
            var bytes = await File.ReadAllBytesAsync(path.FullPath);
            var text = SourceText.Decode(path.Path, bytes, errors);
            if (text is null) continue;
            var outcome = SchemaUpgrade.Of(text);
            if (outcome is UpgradeOutcome.Refused no)
            {
                screen.Outcome(ExitCodes.Configuration, $"{path.Path}: left as it is. {no.Reason}");
                refused++;
            }

            if (outcome is not UpgradeOutcome.Upgraded done) continue;
            Show(screen, path.Path, text.Text, done);
            upgraded++;
            if (!onlyCheck) await WriteAsync(path.FullPath, done.Text, withMark: bytes.AsSpan().StartsWith(Encoding.UTF8.Preamble));
        }

        if (errors.Count > 0) throw new ConfigurationException(errors);
        var exit = refused > 0 ? ExitCodes.Configuration : onlyCheck && upgraded > 0 ? ExitCodes.Differences : ExitCodes.Done;
        screen.Outcome(exit, FormattableString.Invariant($"{Counted.Of(upgraded, "file")} {(onlyCheck ? "would be upgraded" : "upgraded")} to schema {SchemaVersion.Current}{(refused > 0 ? FormattableString.Invariant($", {refused} left as {(refused == 1 ? "it is" : "they are")}") : "")}."));
        return exit;
    }

    private static void Show(Screen screen, string path, string older, UpgradeOutcome.Upgraded done)
    {
        screen.Line(FormattableString.Invariant($"{path}: schema {done.From} to {SchemaVersion.Current}"));
        foreach (var change in LineDiff.Between(older, done.Text))
        {
            screen.Line(FormattableString.Invariant($"@@ line {change.Line}"));
            foreach (var line in change.Removed) screen.Line("-" + line);
            foreach (var line in change.Added) screen.Line("+" + line);
        }

        screen.Line();
    }

    private static async Task WriteAsync(string path, string text, bool withMark)
    {
        try
        {
            await AtomicFile.WriteAsync(path, async stream =>
            {
                await using var writer = new StreamWriter(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: withMark), leaveOpen: true);
                await writer.WriteAsync(text);
            });
        }
        catch (OutsideException e)
        {
            throw new UsageException($"{path} cannot be written: {e.InnerException?.Message ?? e.Message} It is as it was, and so are those after it; files above are upgraded.");
        }
    }
}
