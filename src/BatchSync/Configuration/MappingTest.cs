using BatchSync.Core.Amounts;
using BatchSync.Core.Diagnostics;

namespace BatchSync.Configuration;

/// <summary>A case under a mapping's <c>tests:</c>, to be computed with that mapping.</summary>
/// <param name="Place">Of the expectation.</param>
/// <param name="Written">The expected values by name, as they are written: <c>net</c> -> <c>225.00</c>.</param>
internal sealed record MappingTest(string Mapping, TextPlace Place, TestRecord Given, TestExpectation Expect, IReadOnlyDictionary<string, string> Written)
{
    /// <summary>
    /// The error of a test that failed, with a line of what differs (<c>net: expected 225.00, got 198.00</c>), or null where every expected
    /// value came out. Numbers are compared by value; a bucket without a reason takes any reason.
    /// </summary>
    /// <param name="actual">Name to text, with the names of <see cref="TestExpectation"/> in camel case; a name that is absent came out as nothing.</param>
    public ConfigurationError? FailureOf(IReadOnlyDictionary<string, string> actual)
    {
        var differences = Written.Where(e => !Same(e.Key, e.Value, actual.GetValueOrDefault(e.Key)))
            .Select(e => $"{e.Key}: expected {e.Value}, got {actual.GetValueOrDefault(e.Key) ?? "nothing"}")
            .ToList();
        if (differences.Count == 0) return null;
        return new ConfigurationError(ErrorCodes.FailedTest, Place, $"test of mapping '{Mapping}' failed: {string.Join("; ", differences)}")
        {
            NextStep = "Correct the rules, or the expectation if the rules are right.",
        };
    }

    private static bool Same(string name, string expected, string? actual)
    {
        if (actual is null) return false;
        if (name == ExpectFields.Bucket.Name) return actual == expected || actual.StartsWith(expected + ": ", StringComparison.Ordinal);
        if (name == ExpectFields.Client.Name) return actual == expected;
        return NumberText.TryParse(expected, out var a) && NumberText.TryParse(actual, out var b) ? a == b : actual == expected;
    }
}

/// <summary>The record of a test, in the words of the source: ids or names, whichever the mapping goes by.</summary>
/// <param name="Hours">Of a time entry; null for an expense.</param>
/// <param name="Amount">Of an expense, in major units; null for a time entry.</param>
/// <param name="Currency">Of an expense; null: the client's.</param>
internal sealed record TestRecord(
    string? Client, string? Project, string? Task, string? Person, string? Category, DateOnly Date, decimal? Hours, decimal? Amount, Currency? Currency);

/// <summary>What a test expects; null: not compared.</summary>
/// <param name="Client">The mapping's code.</param>
/// <param name="Bucket"><c>billed</c>, or with a reason <c>rejected: no rate</c>.</param>
internal sealed record TestExpectation(
    string? Client, decimal? Quantity, decimal? UnitPrice, decimal? Net, decimal? Tax, decimal? Total, string? Bucket)
{
    public decimal? Discount { get; init; }
    public decimal? Withholding { get; init; }
}
