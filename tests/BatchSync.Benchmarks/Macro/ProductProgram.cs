using System.Diagnostics;
using System.Globalization;

namespace BatchSync.Benchmarks.Macro;

/// <summary>The product as it is run by anybody: a process of its own.</summary>
/// <param name="file">Null: the one that was built beside this.</param>
internal sealed class ProductProgram(string? file)
{
    private readonly string _file = file ?? Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "batchsync.exe" : "batchsync");

    /// <summary>Runs the job of a <see cref="ProductFolder"/> against a server.</summary>
    /// <param name="enough">Once it is done the run is ended; null: it ends by itself.</param>
    public Task<Measured> RunAsync(string folder, Uri server, Task? enough = null)
    {
        var start = Command("run", ProductFolder.Job, "--as-of", ProductFolder.AsOf, "--config", folder);
        start.Environment["BENCH_URL"] = server.ToString().TrimEnd('/');
        return MeasuredRun.OfAsync(start, enough);
    }

    /// <summary>The least that can be asked of the program.</summary>
    public Task<Measured> HelpAsync() => MeasuredRun.OfAsync(Command("--help"));

    /// <summary>A run of the folder, with its steps, as JSON.</summary>
    /// <param name="runNo">1: the first one.</param>
    public async Task<string> ShowRunAsync(string folder, int runNo) =>
        (await MeasuredRun.OfAsync(Command("runs", "show", runNo.ToString(CultureInfo.InvariantCulture), "--json", "--config", folder))).Output;

    private ProcessStartInfo Command(params string[] words) => new(_file, words) { UseShellExecute = false };
}
