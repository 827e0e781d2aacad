using System.Globalization;
using System.Numerics;
using System.Text.Json;
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
/// The vector files beside the tests, or those of the folder that the environment variable <c>BATCHSYNC_VECTORS</c> names.
/// </summary>
public static class VectorFile
{
    public const string FolderVariable = "BATCHSYNC_VECTORS";

    private static string Folder => Environment.GetEnvironmentVariable(FolderVariable) is { Length: > 0 } other
        ? other
        : Path.Combine(AppContext.BaseDirectory, "Vectors");

    /// <summary>One test a case, named by its id.</summary>
    public static IEnumerable<TestCaseData> Cases(string file, Func<VectorCase, bool>? filter = null)
    {
        using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, file + ".json")));
        return [.. json.RootElement.EnumerateArray().Select(Read).Where(c => filter?.Invoke(c) ?? true).Select(c => new TestCaseData(c).SetName(c.Id))];
    }

    private static VectorCase Read(JsonElement item) =>
        new(item.Text("id"), item.Text("why"), item.GetProperty("given").Clone(), item.GetProperty("expected").Clone());
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
