using System.Globalization;
using BatchSync.Configuration;
using BatchSync.Core.Amounts;
using BatchSync.Core.Billing;
using BatchSync.Core.Diagnostics;
using BatchSync.Core.Mapping;
using BatchSync.Core.Posting;
using BatchSync.Core.Sources;
using BatchSync.Core.Time;

namespace BatchSync.Running;

/// <summary>
/// Runs a mapping's own tests: each record is assessed and billed alone, as approved time of a closed month, so that an accountant
/// can say in YAML what a rule must do.
/// </summary>
internal static class MappingTests
{
    /// <summary>Quantities are not lowered for any one destination.</summary>
    private const int AnyQuantityDecimals = 10;

    public static IEnumerable<ConfigurationError> Failures(MappingRules mapping, IEnumerable<MappingTest> tests) =>
        tests.Select(test => test.FailureOf(Actual(mapping, test.Given))).OfType<ConfigurationError>();

    private static Dictionary<string, string> Actual(MappingRules mapping, TestRecord given)
    {
        var record = RecordOf(given);
        var assessed = new AssessedRecord(record, 1, new Eligibility(mapping, Rules, DateTimeOffset.MaxValue).Assess(record));
        var found = assessed.Assessment;
        var actual = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["client"] = found.Facts.Client,
            ["bucket"] = found.Bucket == Bucket.Ready ? Bucket.Billed.ToString() : found.Bucket.ToString(),
        };
        if (found.Bucket != Bucket.Ready) return actual;
        if (Bill(mapping, assessed) is { } document) AddAmounts(actual, document);
        else actual["bucket"] = Bucket.Cap.ToString();
        return actual;
    }

    /// <summary>The document of one record; null where the record alone is more than its project's cap.</summary>
    private static Document? Bill(MappingRules mapping, AssessedRecord record)
    {
        var key = record.Assessment.Key!;
        var identity = new DocumentIdentity("test", "test", key, DocumentPurpose.Original, 1);
        var frame = new DocumentFrame(identity, DocumentReference.Of(identity, DocumentReference.ShortestLength), Rules.DocumentDate(key.Period, mapping.Entities[key.Entity]), AnyQuantityDecimals)
        {
            CapUsed = new Dictionary<string, Money>(StringComparer.Ordinal),
        };
        return new DocumentBuilder(mapping).Build(frame, [record], []).Document;
    }

    // A credit note shows positive amounts; a test speaks of the record, whose amounts are negative then.
    private static void AddAmounts(Dictionary<string, string> actual, Document document)
    {
        var line = document.Lines[0];
        var credit = document.Type == DocumentType.CreditNote;
        string Signed(Money amount) => (credit ? -amount : amount).ToAmountString();
        actual["quantity"] = (credit ? -line.Quantity : line.Quantity).ToString();
        actual["unitPrice"] = NumberText.Canonical(line.UnitPrice.Amount);
        actual["discount"] = Signed(line.LineDiscount + line.DocumentDiscount);
        actual["net"] = Signed(document.Net);
        actual["tax"] = Signed(document.Tax);
        actual["total"] = Signed(document.Total);
        actual["withholding"] = Signed(document.Withholding);
    }

    private static SourceRecord RecordOf(TestRecord given) => new()
    {
        Stream = given.Amount is null ? StreamKind.TimeEntries : StreamKind.Expenses,
        Id = "test",
        Client = Named(given.Client),
        Project = Named(given.Project),
        Task = Named(given.Task),
        Person = Named(given.Person),
        Category = Named(given.Category),
        Date = given.Date,
        Seconds = given.Hours is { } hours ? Duration.SecondsOf(hours, HoursRepair.None) : null,
        Amount = given.Amount,
        Currency = given.Currency?.Code ?? "",
        Approved = true,
    };

    private static Reference Named(string? text) => text is null ? Reference.None : new Reference(text, text);

    private static BillingRules Rules { get; } = new(
        DateOnly.MinValue, PeriodKind.Month, TimeSpan.Zero, DocumentDateIsClose: false, ApprovalRequired: false, decimal.Truncate(NumberLimit), DateOnly.MinValue, DateOnly.MaxValue);

    /// <summary>Hours that any test may give.</summary>
    private const decimal NumberLimit = 1_000_000m;
}

/// <summary>The configuration with the outcome of its own tests.</summary>
/// <param name="Set">Null where there are errors.</param>
/// <param name="Warnings">What holds today and should be changed.</param>
internal sealed record CheckResult(ConfigurationSet? Set, IReadOnlyList<ConfigurationError> Errors, IReadOnlyList<ConfigurationError> Warnings, int TestsPassed);

/// <summary>What <c>check</c> does, and what every command does before it starts: all errors of all files, and the mappings' own tests.</summary>
internal static class ConfigurationCheck
{
    public static CheckResult Of(IReadOnlyList<string> paths) => Of(paths is [var folder] && Directory.Exists(folder) ? ConfigurationLoader.Load(folder) : ConfigurationLoader.Load(paths));

    /// <summary>A mapping by itself, wherever it lies and whatever lies beside it.</summary>
    public static CheckResult OfMapping(string file) => Of(ConfigurationLoader.LoadAlone(file));

    private static CheckResult Of(ConfigurationResult loaded)
    {
        if (loaded.Set is not { } set) return new CheckResult(null, loaded.Errors, loaded.Warnings, 0);
        var failures = set.Tests.SelectMany(t => MappingTests.Failures(set.Mappings[t.Key], t.Value)).ToList();
        return new CheckResult(failures.Count == 0 ? set : null, failures, loaded.Warnings, set.Tests.Sum(t => t.Value.Count) - failures.Count);
    }
}
