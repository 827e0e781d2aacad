using System.Diagnostics;
using BatchSync.Storage;
using BatchSync.Telemetry;
using Serilog.Context;

namespace BatchSync.Running;

/// <summary>One run to whoever watches it: its span, its name in the log and to APIs, and its numbers at the end.</summary>
internal sealed class RunSignals : IDisposable
{
    private readonly RunRow _row;
    private readonly TimeProvider _time;
    private readonly long _began;
    private readonly Activity? _span;
    private readonly IDisposable[] _names;

    private RunSignals(string span, RunRow row, TimeProvider time)
    {
        (_row, _time, _began) = (row, time, time.GetTimestamp());
        var id = Correlation.Of(row.Series, row.RunNo);
        _span = Signals.Spans.StartActivity(span)?.SetTag(SignalTags.Job, row.Job).SetTag(SignalTags.Run, row.RunNo).SetTag(SignalTags.Kind, Word(row.Kind)).SetTag(SignalTags.Correlation, id);
        _names = [LogContext.PushProperty("Job", row.Job), LogContext.PushProperty("RunNo", row.RunNo), Correlation.Begin(id)];
    }

    public static RunSignals OfRun(RunRow row, TimeProvider time) => new("run", row, time);

    /// <summary>What this process does of a run of another one.</summary>
    public static RunSignals OfPartition(RunRow row, TimeProvider time) => new("partition", row, time);

    /// <returns>The same.</returns>
    public RunResult Ended(RunResult result)
    {
        _span?.SetTag(SignalTags.ExitCode, result.ExitCode).SetStatus(result.ExitCode is ExitCodes.Done or ExitCodes.Differences ? ActivityStatusCode.Ok : ActivityStatusCode.Error);
        var tags = new TagList { { SignalTags.Job, _row.Job }, { SignalTags.Kind, Word(_row.Kind) }, { SignalTags.ExitCode, result.ExitCode } };
        Signals.Runs.Add(1, tags);
        Signals.RunDuration.Record(_time.GetElapsedTime(_began).TotalSeconds, tags);
        return result;
    }

    /// <summary>What was done, however the run ended.</summary>
    public static void Count(ActiveRun run)
    {
        var (job, counts) = (Signals.Tag(SignalTags.Job, run.Request.Job.Name), run.Counts);
        foreach (var (change, records) in new[] { ("added", counts.Staged.Added), ("changed", counts.Staged.Changed), ("unchanged", counts.Staged.Unchanged) }) Signals.Records.Add(records, job, Signals.Tag(SignalTags.Change, change));
        if (run.Row.Kind == RunKind.Plan) return;
        foreach (var (outcome, documents) in new[] { ("formed", counts.DocumentsFormed), ("posted", counts.DocumentsPosted), ("adopted", counts.DocumentsAdopted), ("withdrawn", counts.DocumentsWithdrawn), ("pending", counts.DocumentsPending) })
            Signals.Documents.Add(documents, job, Signals.Tag(SignalTags.Outcome, outcome));
    }

    /// <summary>How things stand now that the run has proven them. Asks the store only where somebody listens; one that cannot be asked is worth no run.</summary>
    public static async Task StandAsync(ActiveRun run, RunProof proof, CancellationToken cancel)
    {
        try
        {
            await MeasureAsync(run, proof, cancel);
        }
        catch (StoreException e)
        {
            run.Ports.Log.Warning("How job {Job} stands was not measured: {Reason}", run.Request.Job.Name, e.Message);
        }
    }

    private static async Task MeasureAsync(ActiveRun run, RunProof proof, CancellationToken cancel)
    {
        var job = Signals.Tag(SignalTags.Job, run.Request.Job.Name);
        Signals.Rejected.Record(proof.Rejections.Sum(r => r.Records), job);
        Signals.Differences.Record(proof.Differences.Count(d => d.Judged.IsOpen), job);
        if (Signals.DeadLetters.Enabled) Signals.DeadLetters.Record((await run.Store.ListDeadLettersAsync(cancel)).Count(l => l.Job == run.Request.Job.Name), job);
        if (!Signals.Lag.Enabled) return;
        foreach (var stream in (await run.Store.ListWatermarksAsync(cancel)).Where(w => w.Series == run.Series))
            Signals.Lag.Record((run.Ports.Time.GetUtcNow() - stream.ModifiedThrough).TotalSeconds, job, Signals.Tag(SignalTags.Stream, stream.Stream));
    }

    /// <summary>Does a step.</summary>
    public static async Task<T> StepAsync<T>(ActiveRun run, string step, Func<Task<T>> work)
    {
        using var span = Signals.Spans.StartActivity($"step {step}")?.SetTag(SignalTags.Step, step);
        var began = run.Ports.Time.GetTimestamp();
        try
        {
            return await work();
        }
        catch (Exception e)
        {
            span?.SetStatus(ActivityStatusCode.Error).SetTag(SignalTags.Error, e.GetType().Name);
            throw;
        }
        finally
        {
            Signals.StepDuration.Record(run.Ports.Time.GetElapsedTime(began).TotalSeconds, Signals.Tag(SignalTags.Job, run.Request.Job.Name), Signals.Tag(SignalTags.Step, step));
        }
    }

    private static string Word(RunKind kind) => kind.ToString().ToLowerInvariant();

    public void Dispose()
    {
        foreach (var name in _names.Reverse()) name.Dispose();
        _span?.Dispose();
    }
}

/// <summary>A span for each page of a set, from asking for it until it is staged.</summary>
internal sealed class PageSpans : IDisposable
{
    private readonly string _stream;
    private Activity? _open;

    public PageSpans(string stream)
    {
        _stream = stream;
        Begin();
    }

    public void Staged(int number, int records, bool isLast)
    {
        _open?.SetTag(SignalTags.Page, number).SetTag(SignalTags.Records, records).Dispose();
        _open = null;
        if (!isLast) Begin();
    }

    // One that is still open was not read or not staged.
    public void Dispose() => _open?.SetStatus(ActivityStatusCode.Error).Dispose();

    private void Begin() => _open = Signals.Spans.StartActivity("page")?.SetTag(SignalTags.Stream, _stream);
}

/// <summary>A span for a batch that is sent in one call, from waiting for its turn until its outcomes are stored.</summary>
internal sealed class BatchSpan(string action, string destination) : IDisposable
{
    private readonly Activity? _span = Signals.Spans.StartActivity($"batch {action}")?.SetTag(SignalTags.Action, action).SetTag(SignalTags.Destination, destination);

    public void Begun(string correlation, int documents) => _span?.SetTag(SignalTags.Correlation, correlation).SetTag(SignalTags.Documents, documents);

    /// <summary>How many came to which outcome.</summary>
    public void Ended(IEnumerable<string> outcomes)
    {
        if (_span is null) return;
        foreach (var outcome in outcomes.GroupBy(o => o)) _span.SetTag($"{SignalTags.Outcome}.{outcome.Key}", outcome.Count());
    }

    public void Dispose() => _span?.Dispose();
}
