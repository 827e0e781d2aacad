using BatchSync.Core.Amounts;

namespace BatchSync.Core.Billing;

/// <summary>Money paid in advance that documents use up. Source: money rules, section 5.</summary>
public static class Retainer
{
    /// <summary>What a document draws: as much as is there, at most its total less the withholding, and nothing for a credit.</summary>
    /// <param name="balance">What is there before the document; below zero counts as nothing.</param>
    /// <param name="total">With tax; negative for a credit.</param>
    /// <param name="withholding">What the client keeps back of the document.</param>
    /// <returns>Never below zero.</returns>
    public static Money Draw(Money balance, Money total, Money withholding)
    {
        var open = total - withholding;
        var drawn = balance < open ? balance : open;
        return drawn.Sign > 0 ? drawn : Money.Zero(total.Currency);
    }
}
