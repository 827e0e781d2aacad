using System.Numerics;

namespace BatchSync.Core.Amounts;

/// <summary>
/// Hands a whole number of units out by weight so that the shares add up to the total: each share is
/// total x weight / sum of weights, rounded down, and the units left over go one by one to the largest fractional parts.
/// Source: money rules, "Largest remainder, exactly".
/// </summary>
public static class LargestRemainder
{
    /// <summary>The shares in the order of the weights; equal fractional parts are settled by <paramref name="tieOrder"/>.</summary>
    /// <param name="total">Units to hand out, of either sign; a negative total mirrors its positive twin.</param>
    /// <param name="weights">Exact weights of either sign.</param>
    /// <param name="tieOrder">For each weight its place among equals, lower first; null: the order of the list.</param>
    /// <returns>Null where a total other than zero meets weights that sum to zero: it cannot be shared.</returns>
    public static long[]? Share(long total, IReadOnlyList<Rational> weights, IReadOnlyList<int>? tieOrder = null)
    {
        if (total == 0) return new long[weights.Count];
        var whole = OverCommonDenominator(weights);
        var sum = whole.Aggregate(BigInteger.Zero, (a, b) => a + b);
        if (sum.IsZero) return null;
        var shares = ShareSize(BigInteger.Abs(total), whole, sum, tieOrder);
        return [.. shares.Select(share => (long)(total < 0 ? -share : share))];
    }

    private static BigInteger[] ShareSize(BigInteger total, BigInteger[] weights, BigInteger sum, IReadOnlyList<int>? tieOrder)
    {
        var shares = new BigInteger[weights.Length];
        var remainders = new BigInteger[weights.Length];
        var missing = total;
        for (var i = 0; i < weights.Length; i++)
        {
            var product = total * weights[i] * sum.Sign;
            shares[i] = FloorDivide(product, BigInteger.Abs(sum), out remainders[i]);
            missing -= shares[i];
        }

        var order = Enumerable.Range(0, weights.Length)
            .OrderByDescending(i => remainders[i])
            .ThenBy(i => tieOrder is null ? i : tieOrder[i]);
        foreach (var i in order.Take((int)missing)) shares[i] += 1;
        return shares;
    }

    private static BigInteger FloorDivide(BigInteger dividend, BigInteger divisor, out BigInteger remainder)
    {
        var quotient = BigInteger.DivRem(dividend, divisor, out remainder);
        if (remainder.Sign >= 0) return quotient;
        remainder += divisor;
        return quotient - 1;
    }

    private static BigInteger[] OverCommonDenominator(IReadOnlyList<Rational> weights)
    {
        var common = weights.Select(w => w.Denominator).Distinct()
            .Aggregate(BigInteger.One, (a, b) => a / BigInteger.GreatestCommonDivisor(a, b) * b);
        return [.. weights.Select(w => w.Numerator * (common / w.Denominator))];
    }
}
