using System.Globalization;

namespace BatchSync.Tests.Simulation;

/// <summary>What happened in a world, call by call.</summary>
internal sealed class History
{
    private readonly List<string> _lines = [];

    public int Count => _lines.Count;

    public void Note(DateTimeOffset at, string who, string what) => _lines.Add($"{at.ToString("yyyy-MM-dd HH:mm:ss.f", CultureInfo.InvariantCulture)} {who}: {what}");

    public override string ToString() => string.Join('\n', _lines);
}
