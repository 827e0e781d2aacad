using System.Collections.Concurrent;
using System.Reflection;
using BatchSync.Storage;

namespace BatchSync.Tests.Simulation;

/// <summary>
/// The store as a simulated process reaches it. Before and after each write the process may end, sleep or let another one go on; a write may
/// find the disk full or the file locked. A write that the store lets through with a lease that is no longer the newest is noted as a fault of the program.
/// </summary>
public class StoreBorder : DispatchProxy
{
    private static readonly MethodInfo WriteOf = typeof(StoreBorder).GetMethod(nameof(WriteAsync), BindingFlags.Instance | BindingFlags.NonPublic, [typeof(MethodInfo), typeof(object[])])!;
    private static readonly ConcurrentDictionary<MethodInfo, MethodInfo?> Writes = new();

    private IStore _target = null!;
    private World _world = null!;
    private SimulatedProcess _process = null!;

    internal static IStore Of(IStore target, World world, SimulatedProcess process)
    {
        var proxy = Create<IStore, StoreBorder>();
        var border = (StoreBorder)(object)proxy;
        (border._target, border._world, border._process) = (target, world, process);
        return proxy;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        var method = targetMethod!;
        if (method.Name == nameof(IStore.RenewLeaseAsync)) return RenewAsync((Lease)args![0]!, (TimeSpan)args[1]!, (CancellationToken)args[2]!);
        if (Writes.GetOrAdd(method, WriterOf) is not { } write)
        {
            _process.Check();
            return method.Invoke(_target, BindingFlags.DoNotWrapExceptions, null, args, null);
        }

        return write.Invoke(this, BindingFlags.DoNotWrapExceptions, null, [method, args!], null);
    }

    // What takes a lease writes, and so does what takes the lease itself; the rest reads, and a read is where the write before it was.
    private static MethodInfo? WriterOf(MethodInfo method)
    {
        var isWrite = method.Name == nameof(IStore.AcquireLeaseAsync) || method.GetParameters().Any(p => p.ParameterType == typeof(Lease));
        if (!isWrite) return null;
        var result = method.ReturnType.IsGenericType ? method.ReturnType.GetGenericArguments()[0] : typeof(Nothing);
        return WriteOf.MakeGenericMethod(result);
    }

    private async Task<T> WriteAsync<T>(MethodInfo method, object?[] args)
    {
        var name = method.Name;
        await _process.PassAsync($"before {name}");
        if (_world.StoreFaultOf(_process, name) is { } fault) throw fault;
        var result = await CallAsync<T>(method, args);
        _world.Written(_process, name, args.OfType<Lease>().FirstOrDefault(), result as Lease);
        await _process.PassAsync($"after {name}");
        return result;
    }

    private async Task<T> CallAsync<T>(MethodInfo method, object?[] args)
    {
        var task = (Task)method.Invoke(_target, BindingFlags.DoNotWrapExceptions, null, args, null)!;
        if (task is Task<T> typed) return await typed;
        await task;
        return default!;
    }

    private async Task<Lease> RenewAsync(Lease lease, TimeSpan length, CancellationToken cancel)
    {
        _process.Check();
        try
        {
            return await _target.RenewLeaseAsync(lease, length, cancel);
        }
        catch (LeaseLostException)
        {
            _process.Note("its lease is lost");
            _process.LosesLease();
            throw;
        }
    }

    /// <summary>What a write without a result gives.</summary>
    private sealed class Nothing;
}
