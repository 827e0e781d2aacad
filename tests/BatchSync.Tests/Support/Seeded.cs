using System.Numerics;

namespace BatchSync.Tests.Support;

/// <summary>Random cases that come out the same every time: the number of a case is its seed, and a failing test names it.</summary>
public static class Seeded
{
    public static IEnumerable<(int Case, Random Random)> Cases(int count = 10_000) => Enumerable.Range(1, count).Select(number => (number, new Random(number)));

    /// <summary>A whole number of up to some bytes, of either sign.</summary>
    public static BigInteger Big(this Random random, int bytes)
    {
        var digits = new byte[random.Next(1, bytes + 1)];
        random.NextBytes(digits);
        return new BigInteger(digits);
    }

    public static T Pick<T>(this Random random, IReadOnlyList<T> choices) => choices[random.Next(choices.Count)];
}
