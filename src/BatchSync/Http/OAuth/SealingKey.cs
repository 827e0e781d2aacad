using System.Security.Cryptography;
using System.Text;

namespace BatchSync.Http.OAuth;

/// <summary>
/// Keeps refresh tokens unreadable in the store: AES-GCM with a random nonce, under a key that is derived from the file that <c>BATCHSYNC_KEY_FILE</c> names.
/// A sealed text opens only for the sign-in that it was sealed for.
/// </summary>
internal sealed class SealingKey : IDisposable
{
    public const string Variable = "BATCHSYNC_KEY_FILE";

    /// <summary>Bytes that the file must have at least; what makes them is the user's: <c>openssl rand -base64 48</c>.</summary>
    public const int LeastBytes = 32;

    private const int KeyBytes = 32;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;
    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    private readonly AesGcm _cipher;

    private SealingKey(byte[] secret)
    {
        _cipher = new AesGcm(HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, KeyBytes, info: "BatchSync: seal refresh tokens"u8.ToArray()), TagBytes);
        Id = Convert.ToHexStringLower(HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, 8, info: "BatchSync: name of the key"u8.ToArray()));
    }

    /// <summary>Tells keys apart, and tells nothing of the key.</summary>
    public string Id { get; }

    /// <exception cref="SettingException">No file is named, it is not there, too short, or others may read it.</exception>
    public static SealingKey Load(Func<string, string?> environment)
    {
        if (environment(Variable) is not { Length: > 0 } path)
            throw new SettingException($"The environment variable '{Variable}' is not set. It names the file with the key that seals refresh tokens in the store. Make one, readable by this user alone: (umask 077; openssl rand -base64 48 > batchsync.key)");
        var secret = Read(path);
        if (secret.Length < LeastBytes) throw new SettingException(FormattableString.Invariant($"The key file '{path}' has {secret.Length} bytes; it needs {LeastBytes} or more. Make one: (umask 077; openssl rand -base64 48 > batchsync.key)"));
        return new SealingKey(secret);
    }

    /// <param name="context">What the text is for; the same is needed to open it.</param>
    public string Seal(string text, string context)
    {
        var plain = Encoding.UTF8.GetBytes(text);
        var box = new byte[NonceBytes + TagBytes + plain.Length];
        var nonce = box.AsSpan(0, NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        _cipher.Encrypt(nonce, plain, box.AsSpan(NonceBytes + TagBytes), box.AsSpan(NonceBytes, TagBytes), Encoding.UTF8.GetBytes(context));
        return Convert.ToBase64String(box);
    }

    /// <returns>Null where it was sealed with another key or for something else, or was changed since.</returns>
    public string? Open(string box, string context)
    {
        var bytes = Convert.FromBase64String(box);
        if (bytes.Length < NonceBytes + TagBytes) return null;
        var plain = new byte[bytes.Length - NonceBytes - TagBytes];
        try
        {
            _cipher.Decrypt(bytes.AsSpan(0, NonceBytes), bytes.AsSpan(NonceBytes + TagBytes), bytes.AsSpan(NonceBytes, TagBytes), plain, Encoding.UTF8.GetBytes(context));
            return Encoding.UTF8.GetString(plain);
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
    }

    public void Dispose() => _cipher.Dispose();

    private static byte[] Read(string path)
    {
        try
        {
            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & Others) != 0)
                throw new SettingException($"The key file '{path}' may be read or written by others than its owner. Take that right away: chmod 600 '{path}'");
            return File.ReadAllBytes(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new SettingException($"The key file '{path}' that {Variable} names cannot be read: {error.Message}", error);
        }
    }
}
