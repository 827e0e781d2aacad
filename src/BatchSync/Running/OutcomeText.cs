using BatchSync.Core.Posting;
using BatchSync.Storage;

namespace BatchSync.Running;

/// <summary>What the outcome of a call that creates or deletes makes of a document, with its name in the history of attempts.</summary>
internal static class OutcomeText
{
    public static OutboxChange ChangeOf(OutboxRow row, PostingOutcome outcome)
    {
        var name = NameOf(outcome);
        return outcome.Match(
            posted => new OutboxChange(row.DocumentNo, row.Reference, OutboxState.Created, name, "", posted.DestinationId),
            already => new OutboxChange(row.DocumentNo, row.Reference, OutboxState.Created, name, "the destination had it already", already.DestinationId),
            rejected => new OutboxChange(row.DocumentNo, row.Reference, OutboxState.Rejected, name, $"{rejected.Code}: {rejected.Message}"),
            together => new OutboxChange(row.DocumentNo, row.Reference, OutboxState.Ready, name, $"its call was refused as a whole: {together.Code}: {together.Message}"),
            notTaken => new OutboxChange(row.DocumentNo, row.Reference, OutboxState.Ready, name, notTaken.Why),
            unknown => new OutboxChange(row.DocumentNo, row.Reference, OutboxState.Unknown, name, unknown.Why));
    }

    public static string NameOf(PostingOutcome outcome) => outcome.Match(_ => "Posted", _ => "AlreadyPosted", _ => "Rejected", _ => "RefusedTogether", _ => "NotTaken", _ => "Unknown");
}
