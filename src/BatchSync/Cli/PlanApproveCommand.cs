using System.CommandLine;
using BatchSync.Running;
using BatchSync.Storage;

namespace BatchSync.Cli;

/// <summary><c>plan approve FILE</c>: a person lets a plan through, for jobs that post approved plans only.</summary>
internal static class PlanApproveCommand
{
    public static Command Create(GlobalOptions options, TimeProvider time)
    {
        var file = new Argument<string>("file") { Description = "The plan, as written by 'plan --out'" };
        var reason = new Option<string>("--reason") { Description = "Why it may be posted; kept for the auditor", Required = true, HelpName = "text" };
        var command = new Command("approve", "Lets a plan through and shows what it posts; an edited file is refused") { file, reason };
        command.SetAction(async (parsed, cancel) =>
        {
            await using var workspace = Workspace.Of(options, parsed, time);
            var (path, why) = (parsed.GetValue(file)!, parsed.GetValue(reason)!);
            if (string.IsNullOrWhiteSpace(why)) throw new UsageException("--reason must say something: it is kept for the auditor.");
            var plan = await PlanFile.ReadAsync(path, cancel);
            PlanGate.CheckJob(plan, path, Workspace.Job(workspace.Load(), plan.Job));
            var approval = await (await workspace.ExistingStoreAsync(cancel)).ApprovePlanAsync(plan.Hash, plan.Series, Environment.UserName, why, cancel);
            Show(options.Screen(parsed), path, plan, approval);
            return ExitCodes.Done;
        });
        return command;
    }

    private static void Show(Screen screen, string path, PlanFile plan, PlanApproval approval)
    {
        screen.Table(
            [Column.Name("reference"), Column.Name("entity"), Column.Name("client"), "period", "what", "date", Column.Number("net"), Column.Number("tax"), Column.Number("total"), "corrects"],
            plan.Documents.Select(d => (IReadOnlyList<string>)
            [
                d.Reference, d.Entity, d.Client, Core.Time.Period.Of(StoreText.PeriodKindOf(d.PeriodKind), d.PeriodFrom).ToString(), What(d), StoreText.Of(d.Date), Amount(d, d.Net), Amount(d, d.Tax),
                $"{Amount(d, d.Total)} {d.Currency}", d.Corrects,
            ]));
        foreach (var total in plan.Documents.GroupBy(d => d.Currency, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal))
            screen.Line($"{Counted.Of(total.Count(), "document")}: {total.First().MoneyOf(total.Sum(d => d.IsCreditNote ? -d.Total : d.Total))}");
        screen.Say($"{path}, as of {RunsCommand.Minute(plan.AsOf)}, approved by {approval.Author} at {RunsCommand.Minute(approval.At)}: {approval.Reason}");
        screen.Say($"Post it: batchsync run {plan.Job} --plan {path}");
    }

    private static string What(PlanFileDocument d) => FormattableString.Invariant($"{d.Purpose} {d.Revision} ({d.Type})");

    // With the sign of the books, so that the column adds up.
    private static string Amount(PlanFileDocument d, decimal amount) => d.MoneyOf(d.IsCreditNote ? -amount : amount).ToAmountString();
}
