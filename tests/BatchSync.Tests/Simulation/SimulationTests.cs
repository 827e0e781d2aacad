using NUnit.Framework;

namespace BatchSync.Tests.Simulation;

/// <summary>
/// The whole program under an adversary: whatever happened, once the world is well again the books are those of an oracle, and the store tells the truth.
/// A failing seed prints its history; <c>dotnet run --project tests/BatchSync.Tests -- simulate --seeds 1 --from SEED</c> plays it again.
/// </summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
public sealed class SimulationTests
{
    private const int SeedsPerSlice = 100;

    private const int Seeds = 2_000;

    [Test]
    public async Task Simulation_OfAnySeed_KeepsEveryPromise([Range(0, (Seeds / SeedsPerSlice) - 1)] int slice)
    {
        for (var seed = (slice * SeedsPerSlice) + 1; seed <= (slice + 1) * SeedsPerSlice; seed++)
        {
            var result = await Simulator.PlayAsync(seed);
            Assert.That(result.IsGood, Is.True, result.ToString());
        }
    }

    // What the simulation is good for: a bug that somebody puts into the program makes one of its seeds fail.
    [Test]
    public async Task Simulation_OfAPlantedBug_FindsIt([Values("OutboxCommitAfterTheCall", "WatermarkMovedEarly", "WatermarkMovedPastGaps", "NoLookUpBeforeResend", "NoTokenCheck", "NoDeleteGuard", "RestoredStorePostsAgain", "NoLookWhereRecordsWere")] string bug)
    {
        for (var seed = 1; seed <= Seeds; seed++)
        {
            if (!(await Simulator.PlayAsync(seed, Enum.Parse<PlantedBug>(bug))).IsGood) Assert.Pass($"found by seed {seed}");
        }

        Assert.Fail($"{Seeds} seeds did not find it");
    }
}
