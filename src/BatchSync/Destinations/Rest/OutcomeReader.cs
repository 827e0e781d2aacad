using System.Text.Json;
using BatchSync.Core.Posting;
using BatchSync.Http;

namespace BatchSync.Destinations.Rest;

/// <summary>
/// Reads what became of each item. Success of the call says nothing about its items, and what an answer does not say plainly is
/// <see cref="PostingOutcome.Unknown"/>, for look-ups to settle: no outcome, two that differ, an id that is missing, a status that the connector does not name.
/// </summary>
internal sealed class OutcomeReader(BulkCall call)
{
    private const int ShownCharacters = 500;

    /// <summary>The outcomes of the items of a call that was answered with success, in the items' order.</summary>
    public IReadOnlyList<PostingOutcome> Read(ApiAnswer answer, IReadOnlyList<BulkItem> items)
    {
        using var body = AnswerField.Parse(answer.Body);
        if (body is null) return AllUnknown(items, $"{answer.Location} answered {answer.Status} with what is no JSON: {BodyText.Excerpt(answer.Body)}");
        if (AnswerField.List(body.RootElement, call.Results) is not { } results)
            return AllUnknown(items, $"{answer.Location} answered {answer.Status} without a list of outcomes at '{call.Results}': {BodyText.Excerpt(answer.Body)}");
        var byKey = results.ToLookup(result => AnswerField.Text(result, call.ResultKey) ?? "", StringComparer.Ordinal);
        var strangers = byKey.Select(g => g.Key).Except(items.Select(i => i.Key), StringComparer.Ordinal).Count();
        return [.. items.Select(item => OutcomeOf(item, [.. byKey[item.Key]], strangers))];
    }

    /// <summary>The outcomes of the items of a call that was refused as a whole: of the only one, that it is refused; of several, that one of them is.</summary>
    public IReadOnlyList<PostingOutcome> Refused(ApiAnswer answer, IReadOnlyList<BulkItem> items)
    {
        using var body = AnswerField.Parse(answer.Body);
        var code = body is null ? null : AnswerField.Text(body.RootElement, call.ErrorCode);
        var message = body is null ? null : AnswerField.Text(body.RootElement, call.ErrorMessage);
        var (why, said) = (code ?? $"http-{answer.Status}", Shown(message ?? $"{answer.Location} answered {answer.Status}: {BodyText.Excerpt(answer.Body)}"));
        return items.Count == 1 ? [new PostingOutcome.Rejected(items[0].Reference, why, said)] : [.. items.Select(i => new PostingOutcome.RefusedTogether(i.Reference, why, said))];
    }

    private static PostingOutcome[] AllUnknown(IReadOnlyList<BulkItem> items, string why) =>
        [.. items.Select(item => new PostingOutcome.Unknown(item.Reference, why))];

    private PostingOutcome OutcomeOf(BulkItem item, JsonElement[] results, int strangers)
    {
        var outcomes = results.Select(result => OutcomeOf(item, result)).Distinct().ToList();
        if (outcomes.Count == 1) return outcomes[0];
        if (outcomes.Count > 1) return new PostingOutcome.Unknown(item.Reference, $"The answer has {outcomes.Count} outcomes for it that differ.");
        var others = strangers == 0 ? "" : $" It has {strangers} for items that were not sent.";
        return new PostingOutcome.Unknown(item.Reference, "The answer has no outcome for it." + others);
    }

    private PostingOutcome OutcomeOf(BulkItem item, JsonElement result)
    {
        var status = AnswerField.Text(result, call.ResultStatus);
        var id = AnswerField.Text(result, call.ResultId);
        var isDone = status is not null && call.DoneValues.Contains(status, StringComparer.Ordinal);
        var isDuplicate = status is not null && call.DuplicateValues.Contains(status, StringComparer.Ordinal);
        if ((isDone || isDuplicate) && string.IsNullOrEmpty(id)) return new PostingOutcome.Unknown(item.Reference, $"Its status is '{status}', but it has no id.");
        if (isDone) return new PostingOutcome.Posted(item.Reference, id!);
        if (isDuplicate) return new PostingOutcome.AlreadyPosted(item.Reference, id!);
        var (code, message) = (AnswerField.Text(result, call.ErrorCode), AnswerField.Text(result, call.ErrorMessage));
        if (string.IsNullOrEmpty(code) && string.IsNullOrEmpty(message))
            return new PostingOutcome.Unknown(item.Reference, $"Its status is '{Shown(status ?? "(none)")}', which the connector does not name, and it has no error.");
        return new PostingOutcome.Rejected(item.Reference, Shown(string.IsNullOrEmpty(code) ? status ?? "refused" : code), Shown(message ?? code!));
    }

    private static string Shown(string text) => text.Length <= ShownCharacters ? text : text[..ShownCharacters] + "...";
}
