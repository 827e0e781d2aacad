namespace BatchSync.Tests.Simulation;

/// <param name="Faults">What is wrong; empty: all promises held.</param>
/// <param name="History">What happened, call by call.</param>
internal sealed record SeedResult(int Seed, IReadOnlyList<string> Faults, string History)
{
    public bool IsGood => Faults.Count == 0;

    public override string ToString() => $"Seed {Seed}:\n{History}\n\nWrong in the end of seed {Seed}:\n{string.Join('\n', Faults)}\n";
}

/// <summary>Plays worlds.</summary>
internal static class Simulator
{
    public static async Task<SeedResult> PlayAsync(int seed, PlantedBug bug = PlantedBug.None)
    {
        await using var world = await World.OpenAsync(seed, bug);
        await world.PlayAsync();
        return new SeedResult(seed, world.Faults, world.Faults.Count == 0 ? "" : $"{world.History}\n\nThe books:\n{string.Join('\n', world.Books.Shown)}");
    }
}
