using System.Diagnostics;
using System.Globalization;
using BatchSync.Core.Scheduling;
using BatchSync.Running;
using BatchSync.Storage;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Killing;

/// <summary>
/// Two hosts that keep the schedule of one job on one store and share its entities, as real processes of which one after the other is killed without warning and started again: what was due is
/// done once, and the books are those of a run that nothing disturbed.
/// </summary>
[TestFixtureSource(typeof(TestStore), nameof(TestStore.Kinds))]
internal sealed class HostsTests(string store)
{
    private const int Kills = 4;
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(4);

    /// <summary>What fires before a host began to keep the schedule is nobody's.</summary>
    private static readonly TimeSpan UntilHostsAreUp = TimeSpan.FromSeconds(15);

    [Test]
    public async Task Hosts_KilledAtRandom_PerformTheOccurrenceOnce()
    {
        var expected = await UndisturbedAsync();
        foreach (var (seed, random) in Seeded.Cases(1))
        {
            await using var bench = await KillBench.StartAsync(store, timeout: 2, sendsKeys: false);
            var (done, killed) = await ServeAsync(bench, random);
            await Assert.MultipleAsync(async () =>
            {
                Assert.That(killed, Is.Positive, $"seed {seed}");
                Assert.That(done.Select(o => o.Occurrence.State), Is.EqualTo(new[] { OccurrenceState.Done }), $"seed {seed}: {string.Join("; ", done.Select(o => o.Occurrence.Reason))}");
                Assert.That(await bench.BooksAsync(), Is.EqualTo(expected), $"seed {seed}");
                Assert.That((await bench.StateAsync()).Differences, Is.Empty, $"seed {seed}");
            });
        }
    }

    private async Task<IReadOnlyList<string>> UndisturbedAsync()
    {
        await using var bench = await KillBench.StartAsync(store, timeout: 60, sendsKeys: true);
        await bench.SpreadAsync("0 0 0 1 1 ? 2099");
        var run = await bench.RunAsync(null);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCodes.Done), run.Output);
        return await bench.BooksAsync();
    }

    private static async Task<(IReadOnlyList<OccurrenceRow> Occurrences, int Killed)> ServeAsync(KillBench bench, Random random)
    {
        await bench.SpreadAsync(CronOf(TimeProvider.System.GetUtcNow() + UntilHostsAreUp));
        var hosts = new[] { bench.Serve(), bench.Serve() };
        var (clock, killed) = (Stopwatch.StartNew(), 0);
        try
        {
            while (true)
            {
                var occurrences = await bench.OccurrencesAsync();
                if (occurrences.Any(o => o.Occurrence.State is OccurrenceState.Done or OccurrenceState.Skipped) || clock.Elapsed > LongestWait) return (occurrences, killed);
                if (killed < Kills && occurrences.Any(o => o.Occurrence.State == OccurrenceState.Running))
                {
                    await Task.Delay(random.Next(1_500));
                    var at = random.Next(hosts.Length);
                    hosts[at].Kill();
                    await hosts[at].WaitForExitAsync();
                    hosts[at].Dispose();
                    (hosts[at], killed) = (bench.Serve(), killed + 1);
                }

                await Task.Delay(100);
            }
        }
        finally
        {
            foreach (var host in hosts)
            {
                host.Kill();
                await host.WaitForExitAsync();
                host.Dispose();
            }
        }
    }

    private static string CronOf(DateTimeOffset instant) => instant.UtcDateTime.ToString("s m H", CultureInfo.InvariantCulture) + " ? * *";
}
