using System.Reflection;

namespace BatchSync;

/// <summary>Which program this is, as the tags of its repository say.</summary>
internal static class ProgramVersion
{
    /// <summary>The version with its commit: <c>0.2.0+3812f7f…</c>; between two tags <c>0.2.1-alpha.0.5+3812f7f…</c>.</summary>
    public static string Full { get; } = typeof(ProgramVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    /// <summary>Without the commit.</summary>
    public static string Short { get; } = Full.Split('+')[0];
}
