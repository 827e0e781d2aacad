using System.CommandLine;
using System.Globalization;
using BatchSync.Core.Billing;
using BatchSync.Running;
using BatchSync.Storage;

namespace BatchSync.Cli;

/// <summary><c>deadletters list</c>, <c>show</c>, <c>retry</c> and <c>discard</c>: documents that a destination refused for good, and what a person makes of them.</summary>
internal static class DeadLettersCommand
{
    public static Command Create(GlobalOptions options, TimeProvider time) => new("deadletters", "Documents that a destination refused for good, and decisions about them")
    {
        CreateList(options, time),
        CreateShow(options, time),
        CreateDecision(
            options, time, "retry", "Takes refused documents apart now; the next run forms and sends them anew, changed or not", (_, _, _) => Task.CompletedTask,
            Decision.Retry),
        CreateDecision(
            options, time, "discard", "Gives refused documents up: their records stay off the books until they are released", CheckDiscardAsync,
            Decision.Discard),
    };

    private static Command CreateList(GlobalOptions options, TimeProvider time)
    {
        var job = JobNames.Option(options, "Only documents of this job");
        var json = new Option<bool>("--json") { Description = "As JSON" };
        var command = new Command("list", "All documents that stand refused, how often and since when") { job, json };
        command.SetAction(async (parsed, cancel) =>
        {
            await using var workspace = Workspace.Of(options, parsed, time);
            var letters = (await (await workspace.ExistingStoreAsync(cancel)).ListDeadLettersAsync(cancel)).Where(l => parsed.GetValue(job) is not { } name || l.Job == name).ToList();
            var screen = options.Screen(parsed);
            if (parsed.GetValue(json)) screen.Write(letters.Select(View));
            else if (letters.Count == 0) screen.Line("No dead letters.");
            else Show(screen, letters);
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command CreateShow(GlobalOptions options, TimeProvider time)
    {
        var number = new Argument<long>("number") { Description = "Number of the document, from: batchsync deadletters list" };
        var json = new Option<bool>("--json") { Description = "As JSON" };
        var command = new Command("show", "A refused document with every call for it: what was sent, and what came back") { number, json };
        command.SetAction(async (parsed, cancel) =>
        {
            await using var workspace = Workspace.Of(options, parsed, time);
            var store = await workspace.ExistingStoreAsync(cancel);
            var letter = (await NamedAsync(store, [parsed.GetValue(number)], cancel))[0];
            var exchanges = await store.ListExchangesAsync(letter.Document.Reference, cancel);
            var screen = options.Screen(parsed);
            if (parsed.GetValue(json)) screen.Write(new { Document = View(letter), Attempts = exchanges.Select(View) });
            else Show(screen, letter, exchanges);
            return ExitCodes.Done;
        });
        return command;
    }

    private static Command CreateDecision(
        GlobalOptions options, TimeProvider time, string name, string description, Func<IStore, IReadOnlyList<DeadLetter>, CancellationToken, Task> check,
        Func<IReadOnlyList<long>, string, string, Decision> decide)
    {
        var numbers = new Argument<long[]>("number") { Description = "Numbers of documents, from: batchsync deadletters list", Arity = ArgumentArity.OneOrMore };
        var reason = new Option<string>("--reason") { Description = "Why; kept for the auditor", Required = true, HelpName = "text" };
        var json = new Option<bool>("--json") { Description = "The result as JSON" };
        var command = new Command(name, description) { numbers, reason, json };
        command.SetAction(async (parsed, cancel) =>
        {
            await using var workspace = Workspace.Of(options, parsed, time);
            var why = UnpostCommand.Reason(parsed.GetValue(reason)!);
            var store = await workspace.ExistingStoreAsync(cancel);
            var letters = await NamedAsync(store, parsed.GetValue(numbers)!, cancel);
            await check(store, letters, cancel);
            var set = workspace.Load();
            var series = letters.Select(l => l.Document.Series).Distinct().ToList();
            if (series.Count > 1) throw new UsageException($"These documents are of the series {string.Join(", ", series)}: decide for one job at a time.");
            var job = set.Jobs.FirstOrDefault(j => j.Series == series[0]) ?? throw new UsageException($"These documents are of series '{series[0]}', and no job here has it. Series: {string.Join(", ", set.Jobs.Select(j => j.Series))}");
            var call = new JobCall(workspace, options.Screen(parsed), job.Name, null, null, time.GetUtcNow(), parsed.GetValue(json));
            var decision = decide([.. letters.Select(l => l.Document.DocumentNo)], Environment.UserName, why);
            var result = await call.WithRunnerAsync(set, job, (runner, request) => runner.DecideAsync(request, decision, cancel), cancel);
            return RunCommand.Show(call, result);
        });
        return command;
    }

    private static async Task<IReadOnlyList<DeadLetter>> NamedAsync(IStore store, IReadOnlyList<long> numbers, CancellationToken cancel)
    {
        var letters = (await store.ListDeadLettersAsync(cancel)).ToDictionary(l => l.Document.DocumentNo);
        var unknown = numbers.Where(n => !letters.ContainsKey(n)).Select(n => n.ToString(CultureInfo.InvariantCulture)).ToList();
        return unknown.Count == 0
            ? [.. numbers.Distinct().Select(n => letters[n])]
            : throw new UsageException($"No dead letter has the number {string.Join(", ", unknown)}: a document that was refused gets a new one whenever a run forms it anew. See: batchsync deadletters list");
    }

    // Records of a correction are on the books, on the documents that it corrects: there is nothing to keep off them.
    private static async Task CheckDiscardAsync(IStore store, IReadOnlyList<DeadLetter> letters, CancellationToken cancel)
    {
        foreach (var document in letters.Select(l => l.Document))
        {
            var adjusts = (await store.LoadDocumentsAsync([document.DocumentNo], cancel))[0].Lines.Any(l => l.Type == DocumentLine.Adjustment);
            if (document.TakesBack || adjusts)
                throw new UsageException(FormattableString.Invariant($"Document {document.DocumentNo} corrects what is on the books, so its records cannot be kept off them. Mend what the destination refuses, or correct it there and let the difference stand: batchsync differences accept NUMBER --reason TEXT"));
        }
    }

    private static void Show(Screen screen, IReadOnlyList<DeadLetter> letters) => screen.Table(
        [Column.Number("number"), Column.Name("job"), Column.Name("reference"), Column.Name("client"), "period", Column.Number("total"), Column.Number("refused"), "since", "last", "why"],
        letters.Select(l => (IReadOnlyList<string>)
        [
            l.Document.DocumentNo.ToString(CultureInfo.InvariantCulture), l.Job, l.Document.Reference, l.Document.Key.Client, l.Document.Key.Period.ToString(), BookedMoney.Of(l.Document.Type, l.Document.Net, l.Document.Tax).Total.ToString(),
            l.Refusals.ToString(CultureInfo.InvariantCulture), RunsCommand.Minute(l.Since), RunsCommand.Minute(l.Last), l.Document.Message,
        ]));

    private static void Show(Screen screen, DeadLetter letter, IReadOnlyList<Exchange> exchanges)
    {
        Show(screen, [letter]);
        foreach (var exchange in exchanges)
        {
            var a = exchange.Attempt;
            screen.Line(FormattableString.Invariant($"\nattempt {a.AttemptNo} of run {a.RunNo}, {RunsCommand.Minute(a.StartedAt)}: {a.Action}, {a.Outcome} {a.Message}").TrimEnd());
            screen.Line(exchange.Request.Length == 0 ? "nothing was sent" : exchange.Request.TrimEnd());
            if (exchange.Response.Length > 0) screen.Line(exchange.Response.TrimEnd());
        }
    }

    private static object View(DeadLetter letter)
    {
        var d = letter.Document;
        return new
        {
            d.DocumentNo, letter.Job, d.Reference, d.Destination, d.Key.Entity, d.Key.Client, Currency = d.Key.Currency.Code, Period = d.Key.Period.ToString(), d.Type, d.Purpose, d.Revision,
            Total = d.Total.Amount, Error = d.Message, letter.Refusals, letter.Since, letter.Last,
        };
    }

    private static object View(Exchange exchange) => new
    {
        exchange.Attempt.AttemptNo, exchange.Attempt.RunNo, exchange.Attempt.Action, exchange.Attempt.IdempotencyKey, exchange.Attempt.StartedAt, exchange.Attempt.EndedAt, exchange.Attempt.Outcome, exchange.Attempt.Message,
        exchange.Request, exchange.Response,
    };
}
