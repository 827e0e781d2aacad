using System.Text;
using BatchSync.Core.Posting;
using BatchSync.Core.Retry;
using BatchSync.Destinations;
using BatchSync.Http;

namespace BatchSync.Destinations.Rest;

/// <summary>
/// Sends one bulk call. One that is refused as a whole (400, 409, 413, 422) was not carried out; it is sent again in halves, down to the items
/// that it is refused for, each part with a key of its own (<see cref="IdempotencyKey.OfPart"/>). Nothing is ever sent again that may have been carried out.
/// </summary>
/// <param name="items">In the ordinal order of their references, so that parts and keys are the same in every attempt.</param>
/// <param name="keyHeader">Null: the API takes no key.</param>
/// <param name="deadline">Ends the call and all its parts: what is under way then is unknown, what was not begun is not taken.</param>
internal sealed class PartedCall(ApiClient client, BulkCall call, IReadOnlyList<BulkItem> items, string? keyHeader, string key, CancellationToken deadline)
{
    private static readonly Dictionary<string, string> NoHeaders = [];
    private readonly OutcomeReader _reader = new(call);
    private readonly StringBuilder _requests = new();
    private readonly StringBuilder _responses = new();

    /// <exception cref="OutsideException">Permanent: the call was refused whatever its items are, and none of them was sent otherwise.</exception>
    public async Task<DestinationAnswer> SendAsync(CancellationToken cancel)
    {
        var outcomes = await SendPartAsync(0, items.Count, cancel);
        return new DestinationAnswer(outcomes, AttemptText.Cut(_requests.ToString()), AttemptText.Cut(_responses.ToString()));
    }

    private async Task<IReadOnlyList<PostingOutcome>> SendPartAsync(int first, int count, CancellationToken cancel)
    {
        var part = items.Skip(first).Take(count).ToList();
        if (deadline.IsCancellationRequested) return NotTaken(part, "The time for one call ended before this part of it was sent.");
        try
        {
            var answer = await CallAsync(part, first, cancel);
            return await JudgeAsync(answer, part, first, cancel);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return Unknown(part, "The time for one call ended while it was under way.");
        }
        catch (OutsideException e) when (e.Fault == OutsideFault.Unknown || (e.Fault == OutsideFault.Transient && call.IsRepeatable))
        {
            return Unknown(part, e.Message);
        }
        catch (OutsideException e) when (e.Fault == OutsideFault.Transient || IsPart(part))
        {
            // In a part even a permanent fault must not hide what the parts before it brought about.
            return NotTaken(part, e.Message);
        }
    }

    private async Task<IReadOnlyList<PostingOutcome>> JudgeAsync(ApiAnswer answer, List<BulkItem> part, int first, CancellationToken cancel)
    {
        var what = $"{answer.Location} answered {answer.Status}";
        switch (client.KindOf(answer.Status))
        {
            case HttpStatusKind.Success:
                return _reader.Read(answer, part);
            case HttpStatusKind.Busy:
                return NotTaken(part, what + ": it allows fewer calls.");
            case HttpStatusKind.Failing:
                return Unknown(part, $"{what}: {BodyText.Excerpt(answer.Body)}");
            case HttpStatusKind.Refused when answer.Status == 409 && keyHeader is not null:
                // The key came before, with other content or in a call that is still under way: that call may have made these documents, and a part under another key would make them again.
                return Unknown(part, $"{what}: the key was used before with other content, or its first call is not done. {BodyText.Excerpt(answer.Body)}");
            case HttpStatusKind.Refused when answer.Status is 400 or 409 or 413 or 422:
                return await RefusedAsync(answer, part, first, cancel);
            default:
                throw client.FaultOf(answer, "A bulk call");
        }
    }

    private async Task<IReadOnlyList<PostingOutcome>> RefusedAsync(ApiAnswer answer, List<BulkItem> part, int first, CancellationToken cancel)
    {
        if (part.Count == 1) return [_reader.Refused(answer, part[0])];
        var half = part.Count / 2;
        var left = await SendPartAsync(first, half, cancel);
        var right = await SendPartAsync(first + half, part.Count - half, cancel);
        return [.. left, .. right];
    }

    private async Task<ApiAnswer> CallAsync(List<BulkItem> part, int first, CancellationToken cancel)
    {
        var partKey = IsPart(part) ? IdempotencyKey.OfPart(key, first, part.Count) : key;
        var body = call.Body(part);
        Note(_requests, $"POST {call.Path} key {partKey}\n", body);
        var headers = keyHeader is null ? NoHeaders : new Dictionary<string, string> { [keyHeader] = partKey };
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, deadline);
        var answer = await client.SendAsync(new ApiRequest(HttpMethod.Post, call.Path, body, headers, call.IsRepeatable), either.Token);
        Note(_responses, $"{answer.Status} for key {partKey}\n", answer.Body);
        return answer;
    }

    private bool IsPart(List<BulkItem> part) => part.Count < items.Count;

    // What is beyond the limit would be cut anyway.
    private static void Note(StringBuilder text, string title, ReadOnlyMemory<byte> body)
    {
        if (text.Length > AttemptText.LongestBytes) return;
        text.Append(title).Append(Encoding.UTF8.GetString(body.Span[..Math.Min(body.Length, AttemptText.LongestBytes)])).Append('\n');
    }

    private static PostingOutcome[] NotTaken(List<BulkItem> part, string why) => [.. part.Select(i => new PostingOutcome.NotTaken(i.Reference, why))];

    private static PostingOutcome[] Unknown(List<BulkItem> part, string why) => [.. part.Select(i => new PostingOutcome.Unknown(i.Reference, why))];
}
