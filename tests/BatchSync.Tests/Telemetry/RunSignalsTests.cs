using System.Diagnostics;
using BatchSync.Core.Posting;
using BatchSync.Running;
using BatchSync.Telemetry;
using BatchSync.Tests.Running;
using BatchSync.Tests.Support;
using BatchSync.Tests.Tidy;
using NUnit.Framework;

namespace BatchSync.Tests.Telemetry;

/// <summary>What a run shows to whoever watches it.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
public sealed class RunSignalsTests
{
    [Test]
    public async Task Spans_OfARun_HangTogetherFromTheRunToTheBatch()
    {
        using var watcher = new Watcher();
        await using var firm = await OpenAsync("watched-spans");
        var result = await firm.ExpectAsync(ExitCodes.Done);
        var spans = watcher.SpansOf("watched-spans");
        var run = spans.Single(s => s.OperationName == "run");
        Assert.Multiple(() =>
        {
            Assert.That((run.ParentId, run.Status, Watcher.Tag(run, SignalTags.Run), Watcher.Tag(run, SignalTags.ExitCode)), Is.EqualTo(((string?)null, ActivityStatusCode.Ok, FormattableString.Invariant($"{result.RunNo}"), "0")));
            Assert.That(spans.Where(s => s.ParentSpanId == run.SpanId).Select(s => s.OperationName), Is.EqualTo(new[] { "resolve", "extract", "map", "changes", "bill", "post", "reconcile", "report" }.Select(s => $"step {s}")));
            Assert.That(Below(spans, "step extract").Select(s => (s.OperationName, Watcher.Tag(s, SignalTags.Stream), Watcher.Tag(s, SignalTags.Records))), Is.EqualTo(new[] { ("page", "time_entries", "2"), ("page", "expenses", "0") }));
            Assert.That(Below(spans, "step post").Select(s => (s.OperationName, Watcher.Tag(s, SignalTags.Documents), Watcher.Tag(s, $"{SignalTags.Outcome}.Posted"))), Is.EqualTo(new[] { ("batch create", "2", "2"), ("batch finalize", "2", "2") }));
        });
    }

    [Test]
    public async Task Spans_OfARunThatFails_SayWhichStepDid()
    {
        using var watcher = new Watcher();
        await using var firm = await OpenAsync("watched-failure");
        firm.Books.OnCreate = _ => throw new BatchSync.Http.OutsideException(BatchSync.Http.OutsideFault.Permanent, "no licence");
        await firm.ExpectAsync(ExitCodes.Failed);
        var spans = watcher.SpansOf("watched-failure");
        Assert.That(spans.Where(s => s.Status == ActivityStatusCode.Error).Select(s => s.OperationName), Is.EqualTo(new[] { "step post", "run" }));
        Assert.That(watcher.MetricsOf(SignalTags.Job, "watched-failure").Single(m => m.Name == "batchsync.runs").Tags[SignalTags.ExitCode], Is.EqualTo("1"));
    }

    [Test]
    public async Task Metrics_OfARun_AreItsNumbers()
    {
        using var watcher = new Watcher();
        await using var firm = await OpenAsync("watched-metrics");
        firm.Books.OnCreate = call => call.CarryOut(d => d.DestinationClient == "61" ? new PostingOutcome.Rejected(d.Reference, "E1", "no such customer") : null);
        await firm.ExpectAsync(ExitCodes.Differences);
        var metrics = watcher.MetricsOf(SignalTags.Job, "watched-metrics");
        double Value(string name, string? tag = null, string? value = null) => metrics.Where(m => m.Name == name && (tag is null || m.Tags[tag] == value)).Sum(m => m.Value);
        Assert.Multiple(() =>
        {
            Assert.That(Value("batchsync.records", SignalTags.Change, "added"), Is.EqualTo(2));
            Assert.That(Value("batchsync.documents", SignalTags.Outcome, "formed"), Is.EqualTo(2));
            Assert.That(Value("batchsync.documents", SignalTags.Outcome, "posted"), Is.EqualTo(1));
            Assert.That(Value("batchsync.dead_letters"), Is.EqualTo(1));
            Assert.That(Value("batchsync.differences.open"), Is.GreaterThan(0));
            Assert.That(Value("batchsync.lag", SignalTags.Stream, "time_entries"), Is.EqualTo(60), "the bound is taken a minute before now");
            Assert.That(metrics.Count(m => m.Name == "batchsync.step.duration"), Is.EqualTo(8));
            Assert.That(metrics.Count(m => m.Name == "batchsync.run.duration"), Is.EqualTo(1));
        });
    }

    [Test]
    public async Task Signals_OfARun_AreThoseOfThePageAndSayNothingOfAmountsOrPeople()
    {
        using var watcher = new Watcher();
        await using var firm = await OpenAsync("watched-tags");
        await firm.ExpectAsync(ExitCodes.Done);
        var page = Page.Of("docs/telemetry.md").Text;
        var metrics = watcher.MetricsOf(SignalTags.Job, "watched-tags");
        var tags = watcher.SpansOf("watched-tags").SelectMany(s => s.TagObjects.Select(t => (t.Key, Value: Convert.ToString(t.Value, System.Globalization.CultureInfo.InvariantCulture)!)))
            .Concat(metrics.SelectMany(m => m.Tags.Select(t => (t.Key, t.Value)))).Distinct().ToList();
        Assert.Multiple(() =>
        {
            Assert.That(tags.Select(t => t.Key.StartsWith(SignalTags.Outcome, StringComparison.Ordinal) ? SignalTags.Outcome : t.Key).Distinct().Where(k => !page.Contains($"`{k}`", StringComparison.Ordinal)), Is.Empty);
            Assert.That(metrics.Select(m => $"| `{m.Name}` | `{m.Unit}` |").Distinct().Where(row => !page.Contains(row, StringComparison.Ordinal)), Is.Empty);
            Assert.That(tags.Where(t => t.Value.Contains("ACME", StringComparison.Ordinal) || t.Value.Contains("Dana", StringComparison.Ordinal) || t.Value.Contains("150", StringComparison.Ordinal)), Is.Empty);
        });
    }

    [Test]
    public async Task Correlation_WithinACall_NamesRunAndAttempt()
    {
        await using var firm = await OpenAsync("watched-names");
        var seen = new List<string?>();
        firm.Books.OnCreate = call =>
        {
            seen.Add(Correlation.Current);
            return call.CarryOut();
        };
        var result = await firm.ExpectAsync(ExitCodes.Done);
        var attempt = firm.File.Rows("SELECT CAST(MIN(attempt_no) AS text) FROM posting_attempts").Single();
        Assert.That(seen, Is.EqualTo(new[] { $"{Some.Series}-{result.RunNo}-{attempt}" }));
        Assert.That(Correlation.Current, Is.Null);
    }

    private static async Task<Firm> OpenAsync(string job)
    {
        var firm = await Firm.OpenAsync(Some.TimeEntry("1", hours: 1.5m, person: "Dana"), Some.TimeEntry("2", client: "1002"));
        firm.Job = Some.Job(job);
        return firm;
    }

    private static IEnumerable<Activity> Below(IReadOnlyList<Activity> spans, string name) => spans.Where(s => s.ParentSpanId == spans.Single(p => p.OperationName == name).SpanId);
}
