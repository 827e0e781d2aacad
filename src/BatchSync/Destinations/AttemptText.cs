using System.Text;

namespace BatchSync.Destinations;

/// <summary>What was sent and what came back, as it is kept with a posting attempt.</summary>
internal static class AttemptText
{
    /// <summary>The most that is kept of each, in bytes of UTF-8.</summary>
    public const int LongestBytes = 64 * 1024;

    private const string Mark = "\n[cut: only the first 64 KiB are kept]";

    public static string Cut(string text)
    {
        if (Encoding.UTF8.GetMaxByteCount(text.Length) <= LongestBytes || Encoding.UTF8.GetByteCount(text) <= LongestBytes) return text;
        Encoding.UTF8.GetEncoder().Convert(text, new byte[LongestBytes - Mark.Length], flush: false, out var used, out _, out _);
        return text[..used] + Mark;
    }
}
