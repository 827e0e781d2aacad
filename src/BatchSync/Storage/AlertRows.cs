using BatchSync.Configuration.Fields;
using BatchSync.Core.Alerting;

namespace BatchSync.Storage;

/// <summary>What the newest notice of an alert says. No secrets.</summary>
/// <param name="Summary">In a line, as it stands in a subject.</param>
/// <param name="Details">What it means and what to do, in lines.</param>
internal sealed record AlertWords(string Summary, string Details);

/// <summary>An alert as the store has it.</summary>
/// <param name="AlertNo">0 before it is stored.</param>
/// <param name="RunNo">The run that it is about; null: none.</param>
internal sealed record AlertRow(long AlertNo, string Series, string Job, Alert Alert, AlertWords Words, long? RunNo)
{
    /// <summary>By receiver the number of the last notice that it was told.</summary>
    public IReadOnlyDictionary<string, int> Told { get; init; } = new Dictionary<string, int>();

    public bool IsOpen => Alert.ResolvedAt is null;

    /// <summary>As jobs and receivers write it.</summary>
    public string KindName => Kinds.Kebab(Alert.Kind.ToString());

    /// <summary>The lease under which the alerts of a series are looked at and told. It is not that of the series: telling may take its time, and must not keep a run from beginning.</summary>
    public static string LeaseOf(string series) => $"alerts {series}";
}
