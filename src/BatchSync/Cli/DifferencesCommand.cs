using System.CommandLine;
using BatchSync.Running;

namespace BatchSync.Cli;

/// <summary><c>differences list</c> and <c>accept</c>: what does not tie out, and a person's word that it may stand.</summary>
internal static class DifferencesCommand
{
    public static Command Create(GlobalOptions options, TimeProvider time) =>
        new("differences", "What does not tie out, and decisions about it") { CreateList(options, time), CreateAccept(options, time) };

    private static Command CreateList(GlobalOptions options, TimeProvider time)
    {
        var job = JobNames.Option(options, "Only differences of this job");
        var json = new Option<bool>("--json") { Description = "As JSON" };
        var command = new Command("list", "All differences that stand, open and accepted") { job, json };
        command.SetAction(async (parsed, cancel) =>
        {
            await using var workspace = Workspace.Of(options, parsed, time);
            var differences = await (await workspace.ExistingStoreAsync(cancel)).ListDifferencesAsync(parsed.GetValue(job), cancel);
            var screen = options.Screen(parsed);
            if (parsed.GetValue(json)) screen.Write(differences.Select(RunView.Of));
            else if (differences.Count == 0) screen.Line("No differences.");
            else ProofView.ShowDifferences(screen, differences);
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command CreateAccept(GlobalOptions options, TimeProvider time)
    {
        var no = new Argument<long>("difference") { Description = "Number of the difference, from: batchsync differences list" };
        var reason = new Option<string>("--reason") { Description = "Why it may stand; kept for the auditor", Required = true };
        var author = new Option<string?>("--author") { Description = "Who decides (default: the name of the user)" };
        var command = new Command("accept", "Lets a difference stand: it stays printed, but no longer sets the exit code while it is unchanged") { no, reason, author };
        command.SetAction(async (parsed, cancel) =>
        {
            await using var workspace = Workspace.Of(options, parsed, time);
            var (number, why, who) = (parsed.GetValue(no), parsed.GetValue(reason)!, parsed.GetValue(author) ?? Environment.UserName);
            if (string.IsNullOrWhiteSpace(why) || string.IsNullOrWhiteSpace(who)) throw new UsageException("--reason and --author must say something: they are kept for the auditor.");
            var accepted = await (await workspace.ExistingStoreAsync(cancel)).AcceptDifferenceAsync(number, who, why, cancel);
            if (!accepted) throw new UsageException(FormattableString.Invariant($"There is no difference {number}. See: batchsync differences list"));
            options.Screen(parsed).Line(FormattableString.Invariant($"Difference {number} accepted by {who}: {why}"));
            return ExitCodes.Done;
        });
        return command;
    }
}
