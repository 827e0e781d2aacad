using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace BatchSync.Telemetry;

/// <summary>
/// What the program shows of its work to whoever watches it: spans and metrics, all under one name. Nobody listening, they cost next to nothing. No attribute has an amount, a name of a
/// person or client, or anything that came out of a record: docs/telemetry.md has all of them.
/// </summary>
internal static class Signals
{
    public const string Name = "BatchSync";

    public static readonly ActivitySource Spans = new(Name, ProgramVersion.Short);

    private static readonly Meter Meter = new(Name, ProgramVersion.Short);

    public static readonly Counter<long> Runs = Meter.CreateCounter<long>("batchsync.runs", "{run}", "Runs that ended");
    public static readonly Histogram<double> RunDuration = Meter.CreateHistogram<double>("batchsync.run.duration", "s", "How long runs took");
    public static readonly Histogram<double> StepDuration = Meter.CreateHistogram<double>("batchsync.step.duration", "s", "How long the steps of runs took");
    public static readonly Counter<long> Records = Meter.CreateCounter<long>("batchsync.records", "{record}", "Records read");
    public static readonly Counter<long> Documents = Meter.CreateCounter<long>("batchsync.documents", "{document}", "Documents, by what became of them");
    public static readonly Gauge<long> Rejected = Meter.CreateGauge<long>("batchsync.records.rejected", "{record}", "Records that cannot be billed as they are, at the end of the newest run");
    public static readonly Gauge<long> Differences = Meter.CreateGauge<long>("batchsync.differences.open", "{difference}", "Open differences at the end of the newest run");
    public static readonly Gauge<long> DeadLetters = Meter.CreateGauge<long>("batchsync.dead_letters", "{document}", "Documents that stand refused at the end of the newest run");
    public static readonly Gauge<double> Lag = Meter.CreateGauge<double>("batchsync.lag", "s", "How long ago the instant is through which changes are read");
    public static readonly Histogram<double> CallDuration = Meter.CreateHistogram<double>("batchsync.api.call.duration", "s", "Calls to APIs, every try for itself");
    public static readonly Counter<long> Retries = Meter.CreateCounter<long>("batchsync.api.retries", "{call}", "Calls that were tried again");
    public static readonly Gauge<long> QuotaLeft = Meter.CreateGauge<long>("batchsync.api.quota.left", "{call}", "Calls that an allowance has left");

    public static KeyValuePair<string, object?> Tag(string name, object? value) => new(name, value);
}

/// <summary>The names of attributes, of spans and metrics alike.</summary>
internal static class SignalTags
{
    public const string Job = "batchsync.job";
    public const string Run = "batchsync.run";
    public const string Kind = "batchsync.run.kind";
    public const string ExitCode = "batchsync.run.exit_code";
    public const string Correlation = "batchsync.correlation_id";
    public const string Step = "batchsync.step";
    public const string Stream = "batchsync.stream";
    public const string Page = "batchsync.page";
    public const string Records = "batchsync.records";
    public const string Change = "batchsync.change";
    public const string Destination = "batchsync.destination";
    public const string Action = "batchsync.action";
    public const string Documents = "batchsync.documents";
    public const string Outcome = "batchsync.outcome";
    public const string Bucket = "batchsync.bucket";
    public const string Connector = "batchsync.connector";
    public const string Allowance = "batchsync.allowance";
    public const string Method = "http.request.method";
    public const string Status = "http.response.status_code";
    public const string Server = "server.address";
    public const string Error = "error.type";
}
