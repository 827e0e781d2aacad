using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace BatchSync.Benchmarks.Macro;

/// <summary>The whole job by the floor and by the product, one after the other, against one server: the last line is the ratio of their times.</summary>
internal sealed class MacroRun(int entries, ProductProgram product, bool nightly, TextWriter to)
{
    public Task<int> ExecuteAsync() => ScratchFolder.UseAsync(RunAsync);

    private async Task<int> RunAsync(string folder)
    {
        var pages = new EntryPages(entries);
        await using var rig = await RigServer.StartAsync(pages);
        to.WriteLine(FormattableString.Invariant($"{entries} entries of {Entry.ClientsOf(entries)} clients in {(entries + EntryPages.PageSize - 1) / EntryPages.PageSize} pages; {Environment.ProcessorCount} processors, {Environment.OSVersion}, .NET {Environment.Version}"));
        var floor = await MeasuredRun.OfAsync(new ProcessStartInfo(Environment.ProcessPath!, ["floor", rig.Address.ToString(), Path.Combine(folder, "floor.db")]) { UseShellExecute = false });
        if (!Show("floor", floor, rig.Books, expected: null)) return 1;
        var expected = rig.Books.Total;

        rig.Books = new CountingBooks();
        ProductFolder.Write(folder, entries);
        var full = await product.RunAsync(folder, rig.Address);
        if (!Show("product", full, rig.Books, expected)) return 1;
        await ShowStepsAsync(folder, runNo: 1);
        if (nightly)
        {
            Show("nothing new", await product.RunAsync(folder, rig.Address), rig.Books, expected);
            var (store, kept) = (Path.Combine(folder, "batchsync.db"), Path.Combine(folder, "before.db"));
            if (File.Exists(store + "-wal")) throw new InvalidOperationException("The product left its log beside the store.");
            File.Copy(store, kept);
            await ShowNightAsync(folder, rig, pages, pages.OfTheLastDays(), FormattableString.Invariant($"{entries / EntryPages.EditedOf} changed, of the last days"));
            File.Copy(kept, store, overwrite: true);
            await ShowNightAsync(folder, rig, pages, pages.OfTheYear(), FormattableString.Invariant($"{entries / EntryPages.EditedOf} changed, of all days of the year"));
            File.Move(kept, store, overwrite: true);
            ProductFolder.AddClient(folder);
            await ShowNightAsync(folder, rig, pages, Edits.None, "a client added to the mapping");
        }

        to.WriteLine(FormattableString.Invariant($"ratio product/floor: {full.Wall / floor.Wall:F2}"));
        return 0;
    }

    // The third run on a store: none of them sees what another one found. Nothing is posted by it, since the job only reports what changed.
    private async Task ShowNightAsync(string folder, RigServer rig, EntryPages pages, Edits edits, string what)
    {
        pages.Edited = edits;
        Show(what, await product.RunAsync(folder, rig.Address), rig.Books, expected: null);
        await ShowStepsAsync(folder, runNo: 3);
    }

    private async Task ShowStepsAsync(string folder, int runNo)
    {
        using var run = JsonDocument.Parse(await product.ShowRunAsync(folder, runNo));
        var steps = run.RootElement.GetProperty("steps").EnumerateArray().Select(s => FormattableString.Invariant($"{s.GetProperty("step").GetString()} {(s.GetProperty("endedAt").GetDateTimeOffset() - s.GetProperty("startedAt").GetDateTimeOffset()).TotalSeconds:F1}"));
        to.WriteLine($"  its steps, in seconds: {string.Join(", ", steps)}");
    }

    private bool Show(string name, Measured run, CountingBooks books, decimal? expected)
    {
        to.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}: {run.Wall.TotalSeconds:F1} s, {entries / run.Wall.TotalSeconds:F0} records/s, {run.Cpu.TotalSeconds:F1} s of CPU, {run.PeakBytes / 1e6:F0} MB; books: {books.Documents} documents, {books.Total:F2}, {books.Duplicates} twice"));
        if (run.ExitCode is 0 or 3 && books.Duplicates == 0 && (expected is null || expected == books.Total)) return true;
        to.WriteLine(FormattableString.Invariant($"{name} ended with {run.ExitCode}, and the books should hold {expected?.ToString("F2", CultureInfo.InvariantCulture) ?? "each document once"}. It wrote:\n{run.Output}"));
        return false;
    }
}
