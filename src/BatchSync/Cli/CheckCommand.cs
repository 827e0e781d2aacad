using System.CommandLine;
using BatchSync.Core.Diagnostics;
using BatchSync.Running;

namespace BatchSync.Cli;

/// <summary><c>check [PATH...]</c>: every mistake in the configuration at once, and the mapping's own tests; no network.</summary>
internal static class CheckCommand
{
    public static Command Create(GlobalOptions options)
    {
        var paths = new Argument<string[]>("path") { Description = "Files or folders (default: the configuration folder)", Arity = ArgumentArity.ZeroOrMore };
        var json = new Option<bool>("--json") { Description = "The errors as JSON" };
        var command = new Command("check", "Finds every mistake in the configuration, without network") { paths, json };
        command.SetAction(parsed =>
        {
            var given = parsed.GetValue(paths) ?? [];
            foreach (var path in given.Where(p => !File.Exists(p) && !Directory.Exists(p))) throw new UsageException($"'{path}' does not exist.");
            var result = ConfigurationCheck.Of(given.Length > 0 ? given : [options.ConfigFolder(parsed)]);
            var screen = options.Screen(parsed);
            if (parsed.GetValue(json)) screen.Write(result.Errors.Concat(result.Warnings).Select(e => new { e.Code.Code, Severity = e.Code.IsWarning ? "warning" : "error", e.Place.File, e.Place.Line, e.Place.Column, e.Message, Advice = ConfigurationErrorText.Advice(e) }));
            else Show(screen, result);
            return result.Set is null ? ExitCodes.Configuration : ExitCodes.Done;
        });
        return command;
    }

    private static void Show(Screen screen, CheckResult result)
    {
        var found = result.Errors.Concat(result.Warnings).ToList();
        if (found.Count > 0) screen.Line(ConfigurationErrorText.Render(found).TrimEnd());
        if (result.Set is not { } set) return;

        screen.Outcome(
            ExitCodes.Done,
            $"{Counted.Of(set.Jobs.Count, "job")}, {Counted.Of(set.Mappings.Count, "mapping")}, {Counted.Of(set.Sources.Count + set.Destinations.Count, "connector")}, {Counted.Of(result.TestsPassed, "mapping test")}: no errors");
    }
}
