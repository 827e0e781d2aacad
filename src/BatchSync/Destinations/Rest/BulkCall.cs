using System.Text.Json;
using BatchSync.Configuration;

namespace BatchSync.Destinations.Rest;

/// <summary>One item of a bulk call.</summary>
/// <param name="Reference">Ours.</param>
/// <param name="Key">By what the answer names it: the reference, or the destination's id.</param>
/// <param name="Json">As it stands in the request's list.</param>
internal sealed record BulkItem(string Reference, string Key, ReadOnlyMemory<byte> Json);

/// <summary>A call that takes a list and answers with an outcome for each item: what creating, finalizing and deleting have in common.</summary>
/// <param name="ResultKey">Field of an outcome that names its item.</param>
/// <param name="DoneValues">Values of the status that mean: carried out now.</param>
/// <param name="DuplicateValues">Values of the status that mean: it was there before.</param>
/// <param name="IsRepeatable">Whether repeating it does no harm.</param>
internal sealed record BulkCall(
    string Path, string Envelope, string Results, string ResultKey, string ResultId, string ResultStatus,
    IReadOnlyList<string> DoneValues, IReadOnlyList<string> DuplicateValues, string ErrorCode, string ErrorMessage, bool IsRepeatable)
{
    public static BulkCall Of(CreateCall call) => new(
        call.Path, call.Envelope, call.Results, call.ResultReference, call.ResultId, call.ResultStatus,
        call.CreatedValues, call.DuplicateValues, call.ErrorCode, call.ErrorMessage, IsRepeatable: false);

    public static BulkCall Of(FinalizeCall call) => new(
        call.Path, call.Envelope, call.Results, call.ResultId, call.ResultId, call.ResultStatus,
        call.FinalValues, [], call.ErrorCode, call.ErrorMessage, IsRepeatable: true);

    public static BulkCall Of(WithdrawCall call) => new(
        call.Path, call.Envelope, call.Results, call.ResultId, call.ResultId, call.ResultStatus,
        call.WithdrawnValues, call.GoneValues, call.ErrorCode, call.ErrorMessage, IsRepeatable: true);

    /// <summary>The request's body: the list, inside of its envelope where it has one.</summary>
    public byte[] Body(IEnumerable<BulkItem> items)
    {
        var names = Envelope.Length == 0 ? [] : Envelope.Split('.');
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            foreach (var name in names)
            {
                json.WriteStartObject();
                json.WritePropertyName(name);
            }

            json.WriteStartArray();
            foreach (var item in items) json.WriteRawValue(item.Json.Span, skipInputValidation: true);
            json.WriteEndArray();
            foreach (var _ in names) json.WriteEndObject();
        }

        return bytes.ToArray();
    }
}
