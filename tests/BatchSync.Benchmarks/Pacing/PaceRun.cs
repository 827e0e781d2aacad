using BatchSync.Benchmarks.Macro;

namespace BatchSync.Benchmarks.Pacing;

/// <summary>
/// The product against APIs that allow so much and no more, all at the same time, since it waits for most of it. The share of an allowance is taken over whole allowances: from the first measured
/// call to the one with which the next allowance after them begins, as much is allowed as the allowance gives in that time. So neither the burst at the beginning nor what is left at the end is counted in anybody's favour.
/// </summary>
internal sealed class PaceRun(IReadOnlyList<ApiShape> shapes, ProductProgram product, TextWriter to)
{
    private const double LeastUsed = 0.95;
    private const double MostRefused = 0.01;

    public async Task<int> ExecuteAsync()
    {
        var kept = await Task.WhenAll(shapes.Select(MeasureAsync));
        var all = Array.TrueForAll(kept, k => k);
        to.WriteLine(FormattableString.Invariant($"at least {LeastUsed:P0} used and under {MostRefused:P0} refused: {(all ? "yes" : "no")}"));
        return all ? 0 : 1;
    }

    private async Task<bool> MeasureAsync(ApiShape shape)
    {
        var folder = Directory.CreateTempSubdirectory("batchsync-pace-").FullName;
        try
        {
            var api = new LimitedApi(shape);
            await using var rig = await RigServer.StartAsync(new EntryPages(shape.Entries, shape.EntriesPerPage), api.AnswerAsync);
            ProductFolder.Write(folder, shape.Entries, shape.TimeCalls, shape.BooksCalls, shape.DocumentsPerCall);
            // What the job does after that says nothing more of its pace.
            return Show(shape, api, await product.RunAsync(folder, rig.Address, api.AllSeen), rig.Books);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private bool Show(ApiShape shape, LimitedApi api, Measured run, CountingBooks books)
    {
        if (!api.AllSeen.IsCompleted || books.Duplicates > 0)
        {
            to.WriteLine(FormattableString.Invariant($"{shape.Name}: {api.Measured.Count} calls of {shape.MeasuredCalls} came, {books.Duplicates} documents twice. It ended with {run.ExitCode} and wrote:\n{run.Output}"));
            return false;
        }

        var (time, calls, refused) = (api.Measured[shape.MeasuredCalls - 1] - api.Measured[0], shape.MeasuredCalls - 1, (double)api.Refused / api.Came);
        var allowed = shape.Calls * (time / shape.Per);
        var used = calls / allowed;
        to.WriteLine(FormattableString.Invariant($"{shape.Name}, {shape.Calls} calls in {shape.Per.TotalSeconds:F0} s: {calls} let through in {time.TotalSeconds:F1} s, of {allowed:F1} allowed: {used:P1} used; of {api.Came} calls {api.Refused} refused, {refused:P1}"));
        return used >= LeastUsed && refused < MostRefused;
    }
}
