using BatchSync.Core.Sources;

namespace BatchSync.Sources;

/// <summary>What a stored or fresh page says: a function of the connector's stream and the page's bytes alone, so that pages can be replayed.</summary>
/// <param name="LeftOut">Rows that belong to another stream.</param>
/// <param name="StatedTotal">Rows in the whole set as the page states it; null: it does not.</param>
/// <param name="Next">The cursor or link to the next page in the body; null: none.</param>
/// <param name="StatedPages">The number of pages as the page states it; null: it does not.</param>
internal sealed record ParsedPage(IReadOnlyList<SourceRecord> Records, int LeftOut, long? StatedTotal, string? Next, long? StatedPages)
{
    public int Rows => Records.Count + LeftOut;
}

/// <summary>A page is not what the connector says. The message is what is wrong, to be completed by where.</summary>
internal sealed class UnreadablePageException(string problem, Exception? inner = null) : Exception(problem, inner);
