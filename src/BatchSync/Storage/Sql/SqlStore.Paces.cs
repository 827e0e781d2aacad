using System.Text.Json;
using System.Text.Json.Serialization;
using BatchSync.Core.Retry;

namespace BatchSync.Storage.Sql;

internal sealed partial class SqlStore
{
    private sealed record PaceFields(string Windows, long AtOnce, string? WaitsUntil, long Failures, string? RestsUntil, long NextRestSeconds)
    {
        public const string Columns = "used AS Windows, at_once AS AtOnce, waits_until AS WaitsUntil, failures AS Failures, rests_until AS RestsUntil, next_rest_seconds AS NextRestSeconds";

        public PaceMemory Memory => new(
            WindowsOf(Windows), (int)AtOnce, StoreText.InstantOrNull(WaitsUntil), new Circuit((int)Failures, StoreText.InstantOrNull(RestsUntil), TimeSpan.FromSeconds(NextRestSeconds)));
    }

    /// <summary><c>[{"seconds":15,"used":{"2026-11-05T12:00:15.3000000Z":4}}]</c>: four calls of the allowance of 15 seconds count until then.</summary>
    private sealed record WindowText(long Seconds, SortedDictionary<string, int> Used);

    // Every run reads paces before its first call: with shapes made while the program is built it need not look at types for them.
    [JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
    [JsonSerializable(typeof(List<WindowText>))]
    private sealed partial class PaceJson : JsonSerializerContext;

    public Task<PaceMemory?> FindPaceAsync(string key, CancellationToken cancel) => ReadAsync(session => PaceIn(session, key), cancel);

    public Task<PaceMemory> SavePaceAsync(PaceName name, PaceMemory memory, CancellationToken cancel) => WriteAsync(
        null,
        session =>
        {
            var kept = PaceIn(session, name.Key) is { } stored ? memory.After(stored, _time.GetUtcNow()) : memory;
            var circuit = kept.Circuit ?? Circuit.Closed;
            session.Save(
                """
                UPDATE paces SET connector = @Connector, used = @used, at_once = @AtOnce, waits_until = @waits, failures = @Failures, rests_until = @rests, next_rest_seconds = @rest, saved_at = @Now
                WHERE pace_key = @Key
                """,
                """
                INSERT INTO paces (pace_key, connector, used, at_once, waits_until, failures, rests_until, next_rest_seconds, saved_at)
                VALUES (@Key, @Connector, @used, @AtOnce, @waits, @Failures, @rests, @rest, @Now)
                """,
                new
                {
                    name.Key, name.Connector, used = TextOf(kept.Windows), kept.AtOnce, waits = StoreText.Of(kept.WaitsUntil),
                    circuit.Failures, rests = StoreText.Of(circuit.RestsUntil), rest = (long)circuit.Rest.TotalSeconds, Now,
                });
            return kept;
        },
        cancel);

    private static PaceMemory? PaceIn(SqlSession session, string key) => session.QuerySingleOrDefault<PaceFields>($"SELECT {PaceFields.Columns} FROM paces WHERE pace_key = @key", new { key })?.Memory;

    private static string TextOf(IReadOnlyList<WindowMemory> windows) => JsonSerializer.Serialize(
        [.. windows.Select(w => new WindowText(w.Per.Ticks / TimeSpan.TicksPerSecond, new(w.Used.ToDictionary(u => StoreText.Of(u.FreeAt), u => u.Count), StringComparer.Ordinal)))],
        PaceJson.Default.ListWindowText);

    private static IReadOnlyList<WindowMemory> WindowsOf(string text) =>
        [.. JsonSerializer.Deserialize(text, PaceJson.Default.ListWindowText)!.Select(w => new WindowMemory(TimeSpan.FromSeconds(w.Seconds), [.. w.Used.Select(u => new UsedCalls(StoreText.InstantOf(u.Key), u.Value))]))];
}
