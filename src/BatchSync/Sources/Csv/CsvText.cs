using System.Text;
using BatchSync.Configuration;
using BatchSync.Http;

namespace BatchSync.Sources.Csv;

/// <summary>The bytes of a file as text, and back without loss. A byte order mark wins over the encoding that the connector names.</summary>
/// <param name="Encoding">One that refuses bytes it does not know.</param>
/// <param name="Mark">The byte order mark at the start; empty: none.</param>
internal sealed record CsvText(Encoding Encoding, ReadOnlyMemory<byte> Mark)
{
    /// <summary>Bytes that are enough to see a mark.</summary>
    public const int MarkBytes = 3;

    /// <summary>The encoding of bytes that start so.</summary>
    /// <exception cref="SettingException">The connector names an encoding that there is not.</exception>
    public static CsvText Of(ReadOnlySpan<byte> start, CsvDefinition csv)
    {
        foreach (var name in new[] { "utf-8", "utf-16", "utf-16BE" })
        {
            var mark = Encoding.GetEncoding(name).GetPreamble();
            if (start.StartsWith(mark)) return new CsvText(Strict(name)!, mark);
        }

        var declared = csv.Encoding.Length == 0 ? "utf-8" : csv.Encoding;
        return new CsvText(
            Strict(declared) ?? throw new SettingException($"There is no encoding '{declared}'. Use for example utf-8, windows-1252, iso-8859-1 or utf-16."), default);
    }

    /// <summary>For a file that holds bytes which its encoding does not know.</summary>
    public UnreadablePageException Refusal(DecoderFallbackException error) => new(
        $"it is not in the encoding {Encoding.WebName}: it holds the bytes {Convert.ToHexString(error.BytesUnknown ?? [])}. Set the connector's encoding, for example windows-1252", error);

    private static Encoding? Strict(string name)
    {
        try
        {
            return CodePagesEncodingProvider.Instance.GetEncoding(name, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback)
                ?? Encoding.GetEncoding(name, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }
}
