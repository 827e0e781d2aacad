using System.Reflection;
using System.Runtime.CompilerServices;
using BatchSync.Core.Sources;
using BatchSync.Sources;
using BatchSync.Storage;

namespace BatchSync.Tests.Simulation;

/// <summary>A bug put into the program on purpose, at its borders: the simulation must find it.</summary>
internal enum PlantedBug
{
    None,

    /// <summary>That rows are sent is committed together with their outcomes, after the call.</summary>
    OutboxCommitAfterTheCall,

    /// <summary>The watermark moves with the first page of a set.</summary>
    WatermarkMovedEarly,

    /// <summary>The watermark moves past a reading that holds fewer records than the source stated.</summary>
    WatermarkMovedPastGaps,

    /// <summary>What got no answer is sent again without having been looked for.</summary>
    NoLookUpBeforeResend,

    /// <summary>Writes of a process that has lost its lease are let through.</summary>
    NoTokenCheck,

    /// <summary>A reading of a window counts as whole, and what it does not show as not found by its id.</summary>
    NoDeleteGuard,

    /// <summary>What a restored store does not know is not found at the destination.</summary>
    RestoredStorePostsAgain,

    /// <summary>A document that a lost run made is looked for only where its records are now.</summary>
    NoLookWhereRecordsWere,
}

/// <summary>A source that answers without being asked: what it did not show is not there.</summary>
internal sealed class UnguardedSource(ISource source) : ISource
{
    private readonly HashSet<(StreamKind Stream, string Id)> _shown = [];

    public Task ProbeAsync(CancellationToken cancel) => source.ProbeAsync(cancel);

    public StreamTraits TraitsOf(StreamKind stream) => source.TraitsOf(stream) with { FindsById = true };

    public Task<bool> HasAsync(StreamKind stream, string id, CancellationToken cancel) => Task.FromResult(_shown.Contains((stream, id)));

    public async IAsyncEnumerable<SourcePage> ReadAsync(PageSetRequest request, [EnumeratorCancellation] CancellationToken cancel)
    {
        if (request.FromDate is not null) _shown.RemoveWhere(s => s.Stream == request.Stream);
        await foreach (var page in source.ReadAsync(request, cancel))
        {
            _shown.UnionWith(page.Records.Select(r => (r.Stream, r.Id)));
            yield return request.FromDate is null ? page : page with { StatedTotal = null };
        }
    }
}

/// <summary>A store with a bug.</summary>
public class BuggedStore : DispatchProxy
{
    private readonly Dictionary<long, object?[]> _begun = [];
    private IStore _target = null!;
    private Func<Lease, Lease> _newest = null!;
    private PlantedBug _bug;

    /// <param name="newest">The newest lease of the same series.</param>
    internal static IStore Of(IStore target, PlantedBug bug, Func<Lease, Lease> newest)
    {
        if (bug is PlantedBug.None or PlantedBug.NoLookUpBeforeResend or PlantedBug.NoDeleteGuard or PlantedBug.RestoredStorePostsAgain) return target;
        var proxy = Create<IStore, BuggedStore>();
        var bugged = (BuggedStore)(object)proxy;
        (bugged._target, bugged._bug, bugged._newest) = (target, bug, newest);
        return proxy;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        var (method, values) = (targetMethod!, args!);
        switch (_bug)
        {
            case PlantedBug.OutboxCommitAfterTheCall when method.Name == nameof(IStore.BeginAttemptAsync):
                _begun.Add(_begun.Count + 1, [.. values]);
                return Task.FromResult(new BegunAttempt(_begun.Count, Begun: long.MaxValue, DateTimeOffset.MaxValue));
            case PlantedBug.OutboxCommitAfterTheCall when method.Name == nameof(IStore.EndAttemptAsync):
                return CommitBothAsync(values);
            case PlantedBug.WatermarkMovedEarly when method.Name == nameof(IStore.StagePageAsync):
                return Call(method, [values[0], values[1], (StagedPage)values[2]! with { IsLast = true }, values[3]]);
            case PlantedBug.WatermarkMovedPastGaps when method.Name == nameof(IStore.StagePageAsync):
                return Call(method, [values[0], values[1], (StagedPage)values[2]! with { StatedTotal = null }, values[3]]);
            case PlantedBug.NoLookWhereRecordsWere when method.Name == nameof(IStore.ListFormerKeysAsync):
                return Task.FromResult<IReadOnlyList<FormerKey>>([]);
            case PlantedBug.NoTokenCheck:
                return Call(method, [.. values.Select(v => v is Lease lease ? _newest(lease) : v)]);
            default:
                return Call(method, values);
        }
    }

    private object? Call(MethodInfo method, object?[] args) => method.Invoke(_target, BindingFlags.DoNotWrapExceptions, null, args, null);

    private async Task CommitBothAsync(object?[] end)
    {
        var begin = _begun[(long)end[1]!];
        var attempt = await _target.BeginAttemptAsync((Lease)begin[0]!, (AttemptStart)begin[1]!, (IReadOnlyList<OutboxRow>)begin[2]!, (CancellationToken)begin[3]!);
        await _target.EndAttemptAsync((Lease)end[0]!, attempt.AttemptNo, (string)end[2]!, (string)end[3]!, (IReadOnlyList<OutboxChange>)end[4]!, (CancellationToken)end[5]!);
    }
}
