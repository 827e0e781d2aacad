using System.CommandLine;
using System.Globalization;
using BatchSync.Core.Billing;
using BatchSync.Core.Sources;
using BatchSync.Running;

namespace BatchSync.Cli;

/// <summary><c>plan JOB</c>: what a run would post, to the cent, and the preview of open periods; posts nothing.</summary>
internal static class PlanCommand
{
    public static Command Create(GlobalOptions options, TimeProvider time) =>
        JobCommand.Create("plan", "Extract and bill, but post nothing: shows what a run would post, to the cent", "The plan as JSON", options, time, ExecuteAsync);

    private static async Task<int> ExecuteAsync(JobCall call, CancellationToken cancel)
    {
        Plan? plan = null;
        var result = await call.WithRunnerAsync(
            (runner, request) => runner.PlanAsync(
                request,
                made =>
                {
                    plan = made;
                    return Task.CompletedTask;
                },
                cancel),
            cancel);
        if (result is null) return RunCommand.Busy(call.Screen, call.Job);
        if (plan is null) call.Screen.Complain(result.Message);
        else if (call.Json) call.Screen.Write(View(plan));
        else Show(call.Screen, plan);
        return result.ExitCode;
    }

    private static void Show(Screen screen, Plan plan)
    {
        Show(screen, "Would be posted:", plan.New);
        Show(screen, "Preview of open periods:", plan.Preview);
        foreach (var row in plan.Changed)
            screen.Say($"changed after posting: {row.Variance.Stream.Name()}/{row.Variance.SourceId} on {row.Reference}: posted {row.Variance.PostedNet}, now {row.Variance.CorrectNet} {row.Variance.Correct}".TrimEnd());
        foreach (var rejection in plan.Rejections) screen.Line($"{rejection.Bucket}: {Counted.Of(rejection.Records, "record")}");
        screen.Say(plan.Headline);
    }

    private static void Show(Screen screen, string title, IReadOnlyList<PlannedDocument> documents)
    {
        if (documents.Count == 0) return;
        screen.Line(title);
        screen.Table(
            [
                Column.Name("reference"), Column.Name("entity"), Column.Name("client"), Column.Name("period"), "what", "date", Column.Number("lines"), Column.Number("records"),
                Column.Number("net"), Column.Number("tax"), Column.Number("total"),
            ],
            documents.Select(d => (IReadOnlyList<string>)
            [
                d.Reference, d.Key.Entity, d.Key.Client, d.Key.Period.ToString(), What(d), d.Date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), Text(d.Lines), Text(d.Records),
                d.Net.ToAmountString(), d.Tax.ToAmountString(), d.Total.ToString(),
            ]));
    }

    private static string What(PlannedDocument d)
    {
        var type = d.Type == DocumentType.CreditNote ? "credit note" : "invoice";
        return d.Purpose == DocumentPurpose.Supplement ? FormattableString.Invariant($"supplement {d.Revision} ({type})") : type;
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static object View(Plan plan) => new
    {
        New = plan.New.Select(View),
        Preview = plan.Preview.Select(View),
        Changed = plan.Changed.Select(c => new
        {
            Record = $"{c.Variance.Stream.Name()}/{c.Variance.SourceId}", c.Reference, PostedNet = c.Variance.PostedNet.Amount, PostedTax = c.Variance.PostedTax.Amount,
            CorrectNet = c.Variance.CorrectNet.Amount, CorrectTax = c.Variance.CorrectTax.Amount, c.Variance.Correct, c.Variance.Reason,
        }),
        plan.Unchanged,
        Rejections = plan.Rejections.Select(r => new { Bucket = r.Bucket.ToString(), r.Records }),
    };

    private static object View(PlannedDocument d) => new
    {
        d.Reference, d.Key.Entity, d.Key.Client, Currency = d.Key.Currency.Code, Period = d.Key.Period.ToString(), d.Key.Split, d.Purpose, d.Revision, d.Type, d.Date, d.Lines, d.Records,
        Net = d.Net.Amount, Tax = d.Tax.Amount, Total = d.Total.Amount,
    };
}
