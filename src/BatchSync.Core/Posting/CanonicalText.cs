using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using BatchSync.Core.Diagnostics;

namespace BatchSync.Core.Posting;

/// <summary>
/// Turns fields into a name that can never be mistaken for that of other fields: every field is written as its length in UTF-8
/// bytes, a colon and its text, the whole is hashed with SHA-256 and written in Base32 (RFC 4648: A-Z and 2-7, no padding).
/// </summary>
internal static class CanonicalText
{
    /// <summary>Characters of the whole hash: 256 bits at five a character.</summary>
    public const int HashLength = 52;

    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <exception cref="InvariantException">A field holds half a surrogate pair: two such texts could have one encoding.</exception>
    public static string Hash(IEnumerable<string> fields)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var field in fields)
        {
            var bytes = Encode(field);
            hash.AppendData(Encoding.ASCII.GetBytes(bytes.Length.ToString(CultureInfo.InvariantCulture) + ":"));
            hash.AppendData(bytes);
        }

        return Base32(hash.GetHashAndReset());
    }

    private static byte[] Encode(string field)
    {
        try
        {
            return Strict.GetBytes(field);
        }
        catch (EncoderFallbackException)
        {
            throw new InvariantException("A text with half a surrogate pair came into an identity; readers must refuse such text.");
        }
    }

    private static string Base32(byte[] bytes)
    {
        var text = new StringBuilder(HashLength);
        int buffer = 0, bits = 0;
        foreach (var value in bytes)
        {
            buffer = ((buffer & 31) << 8) | value;
            for (bits += 8; bits >= 5; bits -= 5) text.Append(Alphabet[(buffer >> (bits - 5)) & 31]);
        }

        if (bits > 0) text.Append(Alphabet[(buffer << (5 - bits)) & 31]);
        return text.ToString();
    }
}
