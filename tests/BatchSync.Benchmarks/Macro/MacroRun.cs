using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace BatchSync.Benchmarks.Macro;

/// <summary>The whole job by the floor and by the product, one after the other, against one server: the last line is the ratio of their times.</summary>
internal sealed class MacroRun(int entries, string? product, bool nightly, TextWriter to)
{
    /// <summary>Of a night with changes: every hundredth entry.</summary>
    private const int EditedOf = 100;

    public async Task<int> ExecuteAsync()
    {
        var folder = Directory.CreateTempSubdirectory("batchsync-bench-").FullName;
        try
        {
            return await RunAsync(folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private async Task<int> RunAsync(string folder)
    {
        var pages = new EntryPages(entries, nightly ? EditedOf : 0);
        await using var rig = await RigServer.StartAsync(pages);
        to.WriteLine(FormattableString.Invariant($"{entries} entries of {Entry.ClientsOf(entries)} clients in {(entries + EntryPages.PageSize - 1) / EntryPages.PageSize} pages; {Environment.ProcessorCount} processors, {Environment.OSVersion}, .NET {Environment.Version}"));
        var floor = await MeasuredRun.OfAsync(Command(Environment.ProcessPath!, "floor", rig.Address.ToString(), Path.Combine(folder, "floor.db")));
        if (!Show("floor", floor, rig.Books, expected: null)) return 1;
        var expected = rig.Books.Total;

        rig.Books = new CountingBooks();
        ProductFolder.Write(folder, entries);
        var full = await RunProductAsync(folder, rig.Address);
        if (!Show("product", full, rig.Books, expected)) return 1;
        await ShowStepsAsync(folder);
        if (nightly)
        {
            Show("nothing new", await RunProductAsync(folder, rig.Address), rig.Books, expected);
            pages.ShowsEdits = true;
            Show(FormattableString.Invariant($"{pages.EditedEntries} changed"), await RunProductAsync(folder, rig.Address), rig.Books, expected);
        }

        to.WriteLine(FormattableString.Invariant($"ratio product/floor: {full.Wall / floor.Wall:F2}"));
        return 0;
    }

    private string Program { get; } = product ?? Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "batchsync.exe" : "batchsync");

    private async Task ShowStepsAsync(string folder)
    {
        var shown = await MeasuredRun.OfAsync(Command(Program, "runs", "show", "1", "--json", "--config", folder));
        using var run = JsonDocument.Parse(shown.Output);
        var steps = run.RootElement.GetProperty("steps").EnumerateArray().Select(s => FormattableString.Invariant($"{s.GetProperty("step").GetString()} {(s.GetProperty("endedAt").GetDateTimeOffset() - s.GetProperty("startedAt").GetDateTimeOffset()).TotalSeconds:F1}"));
        to.WriteLine($"  its steps, in seconds: {string.Join(", ", steps)}");
    }

    private Task<Measured> RunProductAsync(string folder, Uri server)
    {
        var start = Command(Program, "run", ProductFolder.Job, "--as-of", ProductFolder.AsOf, "--config", folder);
        start.Environment["BENCH_URL"] = server.ToString().TrimEnd('/');
        return MeasuredRun.OfAsync(start);
    }

    private static ProcessStartInfo Command(string program, params string[] words) => new(program, words) { UseShellExecute = false };

    private bool Show(string name, Measured run, CountingBooks books, decimal? expected)
    {
        to.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}: {run.Wall.TotalSeconds:F1} s, {entries / run.Wall.TotalSeconds:F0} records/s, {run.Cpu.TotalSeconds:F1} s of CPU, {run.PeakBytes / 1e6:F0} MB; books: {books.Documents} documents, {books.Total:F2}, {books.Duplicates} twice"));
        if (run.ExitCode is 0 or 3 && books.Duplicates == 0 && (expected is null || expected == books.Total)) return true;
        to.WriteLine(FormattableString.Invariant($"{name} ended with {run.ExitCode}, and the books should hold {expected?.ToString("F2", CultureInfo.InvariantCulture) ?? "each document once"}. It wrote:\n{run.Output}"));
        return false;
    }
}
