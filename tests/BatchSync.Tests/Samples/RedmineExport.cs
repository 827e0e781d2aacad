using System.Text.Json;

namespace BatchSync.Tests.Samples;

/// <summary>
/// The Redmine sample added up straight from its raw files: nothing here uses the product, so that it can be held against it. Prices are
/// those of the sample's mapping: an hour costs so much in a project's currency, half of it for travel.
/// </summary>
internal static class RedmineExport
{
    private static readonly Dictionary<string, decimal> Hourly = new() { ["EUR"] = 110, ["GBP"] = 95, ["JPY"] = 16500, ["USD"] = 120 };

    private static string Folder => Path.Combine(SampleRunner.SamplesFolder, "redmine");

    /// <summary>All entries, page by page.</summary>
    public static IReadOnlyList<JsonElement> Entries { get; } =
        [.. Directory.EnumerateFiles(Path.Combine(Folder, "pages"), "time_entries-*.json").SelectMany(f => Rows(f, "time_entries"))];

    /// <summary>The server's own CSV export of the same entries.</summary>
    public static CsvTable Csv { get; } = CsvTable.Of(File.ReadAllBytes(Path.Combine(Folder, "export", "time_entries.csv")));

    private static Dictionary<int, (string Client, string Currency)> Projects { get; } = Rows(Path.Combine(Folder, "pages", "projects.json"), "projects")
        .ToDictionary(p => p.GetProperty("id").GetInt32(), p => (Field(p, "Client code"), Field(p, "Currency")));

    public static decimal Hours(JsonElement entry) => entry.GetProperty("hours").GetDecimal();

    /// <summary>Two decimals of an hour stand for the nearest whole minute: 0.33 is 20.</summary>
    public static decimal Minutes(JsonElement entry) => Math.Round(Hours(entry) * 60, MidpointRounding.AwayFromZero);

    public static bool IsBillable(JsonElement entry) => Field(entry, "Billable") == "1";

    public static (string Client, string Currency) Of(JsonElement entry) => Projects[entry.GetProperty("project").GetProperty("id").GetInt32()];

    /// <summary>By client and currency: an invoice line is a month of one kind of work in a project, its hours have four decimals.</summary>
    public static Dictionary<(string Client, string Currency), decimal> Nets() => Entries
        .Where(IsBillable)
        .GroupBy(e => (Of(e).Client, Of(e).Currency, Project: e.GetProperty("project").GetProperty("id").GetInt32(), Work: Name(e, "activity"), Month: e.GetProperty("spent_on").GetString()![..7]))
        .GroupBy(line => (line.Key.Client, line.Key.Currency), line => Net(line.Sum(Minutes), line.Key.Work, line.Key.Currency))
        .ToDictionary(g => g.Key, g => g.Sum());

    private static decimal Net(decimal minutes, string work, string currency)
    {
        var quantity = Math.Round(minutes / 60, 4, MidpointRounding.AwayFromZero);
        var price = work == "Travel" ? Hourly[currency] / 2 : Hourly[currency];
        return Math.Round(quantity * price, currency == "JPY" ? 0 : 2, MidpointRounding.AwayFromZero);
    }

    private static List<JsonElement> Rows(string file, string name)
    {
        using var page = JsonDocument.Parse(File.ReadAllText(file));
        return [.. page.RootElement.GetProperty(name).EnumerateArray().Select(r => r.Clone())];
    }

    private static string Name(JsonElement entry, string what) => entry.GetProperty(what).GetProperty("name").GetString()!;

    private static string Field(JsonElement row, string name) =>
        row.GetProperty("custom_fields").EnumerateArray().Single(f => f.GetProperty("name").GetString() == name).GetProperty("value").GetString()!;
}
