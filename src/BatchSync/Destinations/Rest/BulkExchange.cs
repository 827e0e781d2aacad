using System.Text;
using BatchSync.Core.Posting;
using BatchSync.Core.Retry;
using BatchSync.Http;

namespace BatchSync.Destinations.Rest;

/// <summary>
/// Sends one bulk call and says of each item what became of it. What the call contains is never sent in parts here: whoever sends a part has to
/// commit that it does.
/// </summary>
/// <param name="items">At least one.</param>
/// <param name="keyHeader">Null: the API takes no key.</param>
/// <param name="deadline">Ends the call: what is under way then is unknown.</param>
internal sealed class BulkExchange(ApiClient client, BulkCall call, IReadOnlyList<BulkItem> items, string? keyHeader, string key, CancellationToken deadline)
{
    private static readonly Dictionary<string, string> NoHeaders = [];
    private readonly OutcomeReader _reader = new(call);
    private readonly StringBuilder _request = new();
    private readonly StringBuilder _response = new();

    /// <param name="slot">The place that was kept for it; null: it waits for its turn.</param>
    /// <exception cref="OutsideException">Permanent: the call was refused whatever its items are.</exception>
    public async Task<DestinationAnswer> SendAsync(CallSlot? slot, CancellationToken cancel)
    {
        var outcomes = await OutcomesAsync(slot, cancel);
        return new DestinationAnswer(outcomes, AttemptText.Cut(_request.ToString()), AttemptText.Cut(_response.ToString()));
    }

    private async Task<IReadOnlyList<PostingOutcome>> OutcomesAsync(CallSlot? slot, CancellationToken cancel)
    {
        try
        {
            return Judge(await CallAsync(slot, cancel));
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return Unknown("The time for one call ended while it was under way.");
        }
        catch (OutsideException e) when (e.Fault == OutsideFault.Unknown || (e.Fault == OutsideFault.Transient && call.IsRepeatable))
        {
            return Unknown(e.Message);
        }
        catch (OutsideException e) when (e.Fault == OutsideFault.Transient)
        {
            return NotTaken(e.Message);
        }
    }

    private IReadOnlyList<PostingOutcome> Judge(ApiAnswer answer)
    {
        var what = $"{answer.Location} answered {answer.Status}";
        return client.KindOf(answer.Status) switch
        {
            HttpStatusKind.Success => _reader.Read(answer, items),
            HttpStatusKind.Busy => NotTaken(what + ": it allows fewer calls."),
            HttpStatusKind.Failing => Unknown($"{what}: {BodyText.Excerpt(answer.Body)}"),

            // The key came before, with other content or in a call that is still under way: that call may have made these documents, and a part under another key would make them again.
            HttpStatusKind.BadContent when answer.Status == 409 && keyHeader is not null =>
                Unknown($"{what}: the key was used before with other content, or its first call is not done. {BodyText.Excerpt(answer.Body)}"),
            HttpStatusKind.BadContent when answer.FollowsUnanswered => Unknown($"{what} to a repeated call whose first try may have been carried out: {BodyText.Excerpt(answer.Body)}"),
            HttpStatusKind.BadContent => _reader.Refused(answer, items),
            _ => throw client.FaultOf(answer, "A bulk call"),
        };
    }

    private async Task<ApiAnswer> CallAsync(CallSlot? slot, CancellationToken cancel)
    {
        var body = call.Body(items);
        Note(_request, $"POST {call.Path} key {key}{(client.CorrelationId is { } id ? $" correlation {id}" : "")}\n", body);
        var headers = keyHeader is null ? NoHeaders : new Dictionary<string, string> { [keyHeader] = key };
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, deadline);
        var answer = await client.SendAsync(new ApiRequest(HttpMethod.Post, call.Path, body, headers, call.IsRepeatable) { Slot = slot }, either.Token);
        Note(_response, $"{answer.Status} for key {key}\n", answer.Body);
        return answer;
    }

    // What is beyond the limit would be cut anyway.
    private static void Note(StringBuilder text, string title, ReadOnlyMemory<byte> body) =>
        text.Append(title).Append(Encoding.UTF8.GetString(body.Span[..Math.Min(body.Length, AttemptText.LongestBytes)])).Append('\n');

    private PostingOutcome[] NotTaken(string why) => [.. items.Select(i => new PostingOutcome.NotTaken(i.Reference, why))];

    private PostingOutcome[] Unknown(string why) => [.. items.Select(i => new PostingOutcome.Unknown(i.Reference, why))];
}
