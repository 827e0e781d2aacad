namespace BatchSync.Running;

/// <summary>A number with what it counts, for messages: <c>1 document</c>, <c>2 documents</c>.</summary>
internal static class Counted
{
    /// <param name="noun">One of them; more take an s.</param>
    public static string Of(long number, string noun) => FormattableString.Invariant($"{number} {noun}") + (number == 1 ? "" : "s");
}
