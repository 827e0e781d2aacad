using System.Globalization;
using System.Numerics;
using System.Text.Json;
using System.Text.RegularExpressions;
using BatchSync.Core.Amounts;
using BatchSync.Core.Time;
using NUnit.Framework;

namespace BatchSync.Tests.Support;

/// <summary>A worked case of the money rules: what is given, and all that is expected.</summary>
public sealed record VectorCase(string Id, string Why, JsonElement Given, JsonElement Expected)
{
    public override string ToString() => Id;
}

/// <summary>
/// The vector files beside the tests, or those of the folder that the environment variable <c>BATCHSYNC_VECTORS</c> names. A topic
/// is one file (<c>fx.json</c>) or cut into several (<c>fx-01.json</c>, <c>fx-02.json</c>); one that is absent there has no cases.
/// </summary>
public static partial class VectorFile
{
    public const string FolderVariable = "BATCHSYNC_VECTORS";

    /// <summary>Every topic has its tests.</summary>
    public static IReadOnlyList<string> Topics { get; } =
    [
        "billed-time", "discounts", "document", "fx", "largest-remainder", "line-net", "rate", "rounding", "tax-compound", "tax-document", "tax-inclusive", "tax-line",
    ];

    /// <summary>What the money rules describe and the product does not do: a folder may hold them.</summary>
    public static IReadOnlyList<string> TopicsWithoutTests { get; } = ["allocation", "depreciation"];

    public static string OwnFolder => Path.Combine(AppContext.BaseDirectory, "Vectors");

    public static string Folder => Environment.GetEnvironmentVariable(FolderVariable) is { Length: > 0 } other ? other : OwnFolder;

    /// <summary>One test a case, named by the test and the case's id.</summary>
    public static IEnumerable<TestCaseData> Cases(string topic) => Read(Folder, topic).Select(c => new TestCaseData(c).SetArgDisplayNames(c.Id));

    /// <summary>The cases of a topic in the order of its files, none where the folder has no file of it.</summary>
    /// <exception cref="ArgumentException">There is no such topic.</exception>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    public static IReadOnlyList<VectorCase> Read(string folder, string topic)
    {
        if (!Topics.Contains(topic)) throw new ArgumentException($"'{topic}' is no topic of the vectors: {string.Join(", ", Topics)}.", nameof(topic));
        return [.. FilesOf(folder).Where(f => f.Topic == topic).SelectMany(f => Read(f.Path))];
    }

    /// <summary>Every JSON file of a folder with the topic that its name gives.</summary>
    public static IReadOnlyList<(string Path, string Topic)> FilesOf(string folder)
    {
        if (!Directory.Exists(folder)) throw new DirectoryNotFoundException($"'{folder}' is no folder: {FolderVariable} names one with vector files by its full path.");
        return [.. Directory.GetFiles(folder, "*.json").Order(StringComparer.Ordinal).Select(path => (path, Part().Replace(Path.GetFileNameWithoutExtension(path), "")))];
    }

    private static List<VectorCase> Read(string path)
    {
        using var json = JsonDocument.Parse(File.ReadAllText(path));
        return [.. json.RootElement.EnumerateArray().Select(Read)];
    }

    private static VectorCase Read(JsonElement item) =>
        new(item.Text("id"), item.Text("why"), item.GetProperty("given").Clone(), item.GetProperty("expected").Clone());

    [GeneratedRegex("-[0-9]+$", RegexOptions.CultureInvariant)]
    private static partial Regex Part();
}

/// <summary>Reads the values of a vector as its README writes them: decimals are strings, whole numbers are integers.</summary>
public static class VectorValues
{
    public static string Text(this JsonElement item, string name) => item.GetProperty(name).GetString()!;

    public static string? TextOrNull(this JsonElement item, string name) => item.TryGetProperty(name, out var value) ? value.GetString() : null;

    public static long Whole(this JsonElement item, string name) => item.GetProperty(name).GetInt64();

    public static IEnumerable<JsonElement> Items(this JsonElement item, string name) => item.GetProperty(name).EnumerateArray();

    public static decimal Decimal(this JsonElement item, string name) => DecimalOf(item.Text(name));

    public static decimal DecimalOf(string text) => decimal.Parse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture);

    public static Rational Exact(this JsonElement item, string name) => ExactOf(item.Text(name));

    /// <summary>A decimal of any length, exactly.</summary>
    public static Rational ExactOf(string text)
    {
        var point = text.IndexOf('.', StringComparison.Ordinal);
        var decimals = point < 0 ? 0 : text.Length - point - 1;
        var digits = point < 0 ? text : text.Remove(point, 1);
        return new Rational(BigInteger.Parse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture), BigInteger.Pow(10, decimals));
    }

    public static Currency Currency(this JsonElement item) => Core.Amounts.Currency.Of(item.Text("currency"));

    public static RoundingMode Mode(this JsonElement item) => item.Text("mode") switch
    {
        "half-up" => RoundingMode.HalfUp,
        "half-even" => RoundingMode.HalfEven,
        "up" => RoundingMode.Up,
        "down" => RoundingMode.Down,
        var other => throw new ArgumentException($"'{other}' is no rounding mode."),
    };

    public static RoundingScope Scope(this JsonElement item) => item.Text("scope") switch
    {
        "entry" => RoundingScope.Entry,
        "day" => RoundingScope.Day,
        "line" => RoundingScope.Line,
        var other => throw new ArgumentException($"'{other}' is no scope."),
    };

    public static DateOnly? Date(this JsonElement item, string name) =>
        item.TextOrNull(name) is { } text ? DateOnly.ParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture) : null;
}
