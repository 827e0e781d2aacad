using BatchSync.Cli;
using BatchSync.Running;
using BatchSync.Tests.Samples;
using BatchSync.Tests.Support;
using NUnit.Framework;
using Serilog;

namespace BatchSync.Tests.Cli;

[Parallelizable(ParallelScope.All)]
public sealed class WorkspaceTests
{
    // As runs that begin at the same instant do. A store of its own for each would be one that nobody closes.
    [Test]
    public async Task Ports_AskedForByManyAtOnce_ShareOneStoreThatIsReadyAndOneForReading()
    {
        const int Runs = 16;
        using var folder = new TemporaryFolder();
        var sample = Path.Combine(SampleRunner.SamplesFolder, "consulting");
        foreach (var file in new[] { "job.yaml", "mapping.yaml" }) File.Copy(Path.Combine(sample, file), Path.Combine(folder.Path, file));
        await using var workspace = new Workspace(folder.Path, StorePlace.OfFile(Path.Combine(folder.Path, "store.db")), new LoggerConfiguration().CreateLogger(), new ManualTime(), _ => "value");
        var set = workspace.Load();
        using var start = new Barrier(Runs);
        var ports = await Task.WhenAll(Enumerable.Range(0, Runs).Select(_ => Task.Factory.StartNew(PortsAsync, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap()));
        Assert.Multiple(() =>
        {
            Assert.That(ports.Select(p => p.Store).Distinct().Count(), Is.EqualTo(1));
            Assert.That(ports.Select(p => p.Reading).Distinct().Count(), Is.EqualTo(1));
        });

        async Task<RunPorts> PortsAsync()
        {
            start.SignalAndWait();
            var made = await workspace.PortsAsync(set, set.Jobs[0], RunProgress.None, CancellationToken.None);
            await made.Store.ListWatermarksAsync(CancellationToken.None);
            return made;
        }
    }
}
