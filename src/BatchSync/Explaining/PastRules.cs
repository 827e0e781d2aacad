using BatchSync.Configuration;
using BatchSync.Configuration.Fields;
using BatchSync.Core.Billing;
using BatchSync.Core.Fx;
using BatchSync.Core.Mapping;
using BatchSync.Core.Time;
using BatchSync.Running;
using BatchSync.Storage;

namespace BatchSync.Explaining;

/// <summary>The rules of a past run, read from what the store keeps of its configuration.</summary>
/// <param name="Mapping">Null where the store does not have it, or this version cannot read it; then <paramref name="Missing"/> says which.</param>
/// <param name="Places">Of the mapping; null with it.</param>
/// <param name="Missing">Empty where there is a mapping.</param>
internal sealed record PastRules(MappingRules? Mapping, RulePlaces? Places, string Missing)
{
    /// <summary>The job's file; null where the run's files are not there or cannot be read.</summary>
    public ConfigurationDocument? Job { get; init; }

    /// <summary>The decimals of a quantity that the document's destination stored; null where that is not known, or it takes as many as a mapping may ask for.</summary>
    public int? DestinationDecimals { get; init; }

    public BillingRules? Billing { get; init; }
}

/// <summary>Finds and reads configuration as it was.</summary>
internal sealed class RuleArchive(IStore store)
{
    private readonly Dictionary<(long RunNo, string Hash, string Destination), PastRules> _read = [];

    /// <summary>The rules by which a document was made.</summary>
    public async Task<PastRules> OfDocumentAsync(DocumentRow document, CancellationToken cancel)
    {
        var key = (document.RunNo, document.MappingHash, document.Destination);
        if (!_read.TryGetValue(key, out var rules)) _read.Add(key, rules = await ReadAsync(document.RunNo, document.MappingHash, document.Destination, cancel));
        return rules;
    }

    /// <summary>
    /// The rules by which a record's bucket was decided: those of the newest run that used them. Where no run did, as after an update that hashes
    /// rules in another way, those of the newest run, and the answer says so.
    /// </summary>
    public async Task<(PastRules Rules, RunRow? Run, bool IsSame)> OfBucketAsync(string series, string rulesHash, CancellationToken cancel)
    {
        (PastRules Rules, RunRow Run)? newest = null;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var run in (await store.ListRunsAsync(null, int.MaxValue, cancel)).Where(r => r.Series == series))
        {
            var files = await store.ListRunFilesAsync(run.RunNo, cancel);
            if (files.Count == 0 || !seen.Add(string.Join(' ', files.Select(f => f.ContentHash)))) continue;
            var rules = Read(files, run);
            newest ??= (rules, run);
            if (rules is { Mapping: { } mapping, Billing: { } billing } && RulesHash.Of(mapping, billing) == rulesHash) return (rules, run, true);
        }

        return newest is { } found ? (found.Rules, found.Run, false) : (new PastRules(null, null, "the store has no configuration of this job's runs"), null, false);
    }

    private async Task<PastRules> ReadAsync(long runNo, string mappingHash, string destination, CancellationToken cancel)
    {
        var files = await store.ListRunFilesAsync(runNo, cancel);
        var file = files.FirstOrDefault(f => f.ContentHash == mappingHash) ?? await store.FindConfigurationFileAsync(mappingHash, cancel);
        if (file is null) return new PastRules(null, null, $"the store does not have the mapping that made it (content {Shown.Hash(mappingHash)})");
        var run = await store.FindRunAsync(runNo, cancel);
        var catalog = Catalog(files);
        var job = run is null ? null : catalog.Find(DocumentKind.Job, run.Job);
        return Mapping(file) with { Job = job, DestinationDecimals = job is null ? null : Decimals(job, destination, catalog) };
    }

    private static PastRules Read(IReadOnlyList<ConfigurationFile> files, RunRow run)
    {
        var catalog = Catalog(files);
        if (catalog.Find(DocumentKind.Job, run.Job) is not { } job) return new PastRules(null, null, $"the configuration of run {Shown.Number(run.RunNo)} has no job '{run.Job}' that this version can read");
        var name = job.Section.Get(JobFields.Mapping);
        if (catalog.Find(DocumentKind.Mapping, name) is not { } mapping) return new PastRules(null, null, $"the configuration of run {Shown.Number(run.RunNo)} has no mapping '{name}' that this version can read") { Job = job };
        var connectors = job.Section.Map(JobFields.Destinations).Select(d => d.Value.Get(DestinationFields.Connector)).Append(job.Section.Get(JobFields.Source).Get(SourceFields.Connector));
        var isWhole = connectors.All(c => catalog.Find(DocumentKind.Connector, c) is not null);
        return new PastRules(MappingBuilder.Build(mapping), new RulePlaces(mapping), "")
        {
            Job = job,
            Billing = isWhole ? RunRules.Of(JobBuilder.Build(job, catalog), run.AsOf) : null,
        };
    }

    private static PastRules Mapping(ConfigurationFile file) => Document(file) is { Kind: DocumentKind.Mapping } document
        ? new PastRules(MappingBuilder.Build(document), new RulePlaces(document), "")
        : new PastRules(null, null, $"this version cannot read the mapping that made it ({file.Path}, content {Shown.Hash(file.ContentHash)})");

    /// <summary>What this version can read of some configuration files.</summary>
    public static ConfigurationCatalog Catalog(IReadOnlyList<ConfigurationFile> files)
    {
        var catalog = new ConfigurationCatalog();
        foreach (var file in files)
        {
            if (Document(file) is { } document) catalog.Add(document);
        }

        return catalog;
    }

    // What an earlier version wrote is understood by the schema of its time; what this one would refuse altogether is not guessed at.
    private static ConfigurationDocument? Document(ConfigurationFile file)
    {
        var errors = new List<Core.Diagnostics.ConfigurationError>();
        var path = new ConfigurationPath(Path.GetFullPath("."), file.Path, file.Path, IsNamed: false);
        var document = DocumentReader.Read(path, file, errors, new HashSet<string>());
        return errors.TrueForAll(e => e.Code.IsWarning) ? document : null;
    }

    private static int? Decimals(ConfigurationDocument job, string destination, ConfigurationCatalog catalog)
    {
        var use = job.Section.Map(JobFields.Destinations).FirstOrDefault(d => d.Name == destination);
        var connector = use is null ? null : catalog.Find(DocumentKind.Connector, use.Value.Get(DestinationFields.Connector));
        return connector?.Variant is { IsSource: false, Type: "rest" } ? connector.Section.Get(RestDestinationFields.QuantityDecimals) : null;
    }
}

/// <summary>How a record that documents hold is assessed again: by the mapping and the document alone, since all else was decided when it was posted.</summary>
internal static class PastBilling
{
    public static Eligibility Of(MappingRules mapping, PeriodKind every, FxTable fx) =>
        new(mapping, new BillingRules(DateOnly.MinValue, every, TimeSpan.Zero, DocumentDateIsClose: false, ApprovalRequired: false, MostHours, DateOnly.MinValue, DateOnly.MaxValue), DateTimeOffset.MaxValue, mapping.Fx is null ? null : fx);

    private const decimal MostHours = 1_000_000m;
}
