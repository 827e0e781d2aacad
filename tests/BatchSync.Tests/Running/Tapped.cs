using System.Reflection;

namespace BatchSync.Tests.Running;

/// <summary>
/// A border with somebody listening on it: told of every call by its method's name, before it is carried out and after. What the
/// listener throws, the caller gets.
/// </summary>
internal static class Tapped
{
    public static T Of<T>(T target, Action<string, bool> listen)
        where T : class
    {
        var proxy = DispatchProxy.Create<T, Tap>();
        ((Tap)(object)proxy).Use(target, listen);
        return proxy;
    }
}

/// <summary>Passes calls on. Public and not sealed because the runtime derives the proxy from it.</summary>
public class Tap : DispatchProxy
{
    private object? _target;
    private Action<string, bool>? _listen;

    internal void Use(object target, Action<string, bool> listen) => (_target, _listen) = (target, listen);

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        _listen!(targetMethod!.Name, false);
        var result = targetMethod.Invoke(_target, BindingFlags.DoNotWrapExceptions, null, args, null);

        // A call that failed has no after: the caller sees its fault.
        if (result is not Task { IsCompletedSuccessfully: false }) _listen(targetMethod.Name, true);
        return result;
    }
}
