using BatchSync.Core.Amounts;

namespace BatchSync.Core.Posting;

/// <summary>How a destination takes an amount that lowers what the client has to pay.</summary>
public enum DeductionForm
{
    /// <summary>Not at all: it is computed and shown by us alone, and a person books it there.</summary>
    NotPosted,

    /// <summary>In a field or account of its own; the document's net and total stay ours.</summary>
    Field,

    /// <summary>As a negative line; the document's net and total are lower by it there.</summary>
    Line,
}

/// <summary>How one such amount is posted.</summary>
/// <param name="Account">Of the line; empty: none is named. Other forms have none.</param>
/// <param name="Item">Of the line, as the destination calls it; empty: none.</param>
/// <param name="TaxCode">Of the line, as the destination calls it; empty: none. The line never has tax.</param>
public sealed record DeductionPosting(DeductionForm Form, string Account, string Item, string TaxCode)
{
    public static DeductionPosting NotPosted { get; } = new(DeductionForm.NotPosted, "", "", "");
    public static DeductionPosting Field { get; } = new(DeductionForm.Field, "", "", "");

    public static DeductionPosting Line(string account, string item = "", string taxCode = "") => new(DeductionForm.Line, account, item, taxCode);
}

/// <summary>How a destination takes withholding and retainers.</summary>
public sealed record DeductionRules(DeductionPosting Withholding, DeductionPosting Retainer)
{
    public static DeductionRules None { get; } = new(DeductionPosting.NotPosted, DeductionPosting.NotPosted);

    /// <summary>By how much the net and total of a document are lower at the destination than ours.</summary>
    public Money InLines(Money withholding, Money retainer) =>
        PartOf(Withholding, DeductionForm.Line, withholding) + PartOf(Retainer, DeductionForm.Line, retainer);

    internal static Money PartOf(DeductionPosting posting, DeductionForm form, Money amount) => posting.Form == form ? amount : Money.Zero(amount.Currency);
}
