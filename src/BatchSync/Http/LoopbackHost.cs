using System.Net;

namespace BatchSync.Http;

/// <summary>Names of this machine for itself. A page of the web may be led here by another name; it has no business with this machine.</summary>
internal static class LoopbackHost
{
    public static bool Is(string host) => host is "localhost" || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));
}
