using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace BatchSync.Core.Sources;

/// <summary>
/// A hash over fields that cannot be mistaken for that of other fields: each is written as its number of UTF-16 characters, a colon and its text, <c>3:abc</c>, and one that is missing
/// as <c>-1:</c>. It is made for every record, so nothing is kept of the text but its bytes. Used once: <see cref="End"/> gives the buffer back.
/// </summary>
public ref struct FieldHash
{
    /// <summary>Bytes that most records need no more of.</summary>
    public const int Usual = 1024;

    private Span<byte> _bytes;
    private byte[]? _rented;
    private int _length;

    /// <param name="buffer">Where the text begins; a longer one goes on elsewhere.</param>
    public FieldHash(Span<byte> buffer) => _bytes = buffer;

    /// <summary>Adds a field; null: it is missing.</summary>
    public void Add(string? field)
    {
        if (field is null) Write("-1:");
        else Add(field.AsSpan());
    }

    /// <summary>Adds a field.</summary>
    public void Add(scoped ReadOnlySpan<char> field)
    {
        Span<char> count = stackalloc char[12];
        field.Length.TryFormat(count, out var digits, provider: CultureInfo.InvariantCulture);
        count[digits] = ':';
        Write(count[..(digits + 1)]);
        Write(field);
    }

    /// <summary>Adds a whole number as its digits.</summary>
    public void Add(long number)
    {
        Span<char> digits = stackalloc char[20];
        number.TryFormat(digits, out var length, provider: CultureInfo.InvariantCulture);
        Add(digits[..length]);
    }

    /// <summary>32 hexadecimal digits: the first half of the SHA-256 of all fields.</summary>
    public string End()
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(_bytes[.._length], hash);
        if (_rented is not null) ArrayPool<byte>.Shared.Return(_rented);
        this = default;
        return Convert.ToHexStringLower(hash[..16]);
    }

    private void Write(scoped ReadOnlySpan<char> text)
    {
        var most = Encoding.UTF8.GetMaxByteCount(text.Length);
        if (_length + most > _bytes.Length) Grow(_length + most);
        _length += Encoding.UTF8.GetBytes(text, _bytes[_length..]);
    }

    private void Grow(int least)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(least, 2 * _bytes.Length));
        _bytes[.._length].CopyTo(larger);
        if (_rented is not null) ArrayPool<byte>.Shared.Return(_rented);
        _bytes = _rented = larger;
    }
}
