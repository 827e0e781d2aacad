using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using BatchSync.Core.Diagnostics;
using BatchSync.Core.Sources;
using NUnit.Framework;

namespace BatchSync.Tests.Sources;

public sealed class FieldHashTests
{
    // As it was first written down, and as stores hold it.
    private static string Slow(IEnumerable<string?> fields)
    {
        var text = string.Concat(fields.Select(f => f is null ? "-1:" : f.Length.ToString(CultureInfo.InvariantCulture) + ":" + f));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 16));
    }

    private static string Of(IEnumerable<string?> fields, int buffer)
    {
        var hash = new FieldHash(new byte[buffer]);
        foreach (var field in fields) hash.Add(field);
        return hash.End();
    }

    [Test]
    public void End_OfAnyFields_IsTheHashOfTheirText([Range(1, 50)] int seed)
    {
        var random = new Random(seed);
        string[] parts = ["", "a", "3:abc", "-1:", "Größe", "😀", "\ud83d", "\ude00", new string('x', 300), new string('€', 700)];
        var fields = Enumerable.Range(0, random.Next(12)).Select(_ => random.Next(6) == 0 ? null : parts[random.Next(parts.Length)]).ToList();
        foreach (var buffer in new[] { 0, 7, FieldHash.Usual }) Assert.That(Of(fields, buffer), Is.EqualTo(Slow(fields)));
    }

    [TestCase(0)]
    [TestCase(-1)]
    [TestCase(long.MinValue)]
    [TestCase(long.MaxValue)]
    public void Add_OfANumber_IsTheFieldOfItsDigits(long number)
    {
        var hash = new FieldHash(stackalloc byte[FieldHash.Usual]);
        hash.Add(number);
        Assert.That(hash.End(), Is.EqualTo(Slow([number.ToString(CultureInfo.InvariantCulture)])));
    }

    [Test]
    public void Rule_ThatHolds_IsNotWrittenAndABrokenOneIs()
    {
        var asked = 0;
        string Told() => FormattableString.Invariant($"told {++asked} times");
        Invariant.Holds(true, $"It was {Told()}.");
        Assert.That(asked, Is.Zero);
        Assert.That(() => Invariant.Holds(asked > 0, $"It was {Told()}, {0.5m:F2}."), Throws.TypeOf<InvariantException>().With.Message.EqualTo("It was told 1 times, 0.50."));
    }
}
