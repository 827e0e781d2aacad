using System.Text.Json.Nodes;
using BatchSync.Configuration.Fields;
using BatchSync.Core.Diagnostics;

namespace BatchSync.Configuration;

/// <summary>What a field of a line may get: one of its values, or the value of a dimension by the dimension's name.</summary>
internal static class LineValue
{
    private const string DimensionPrefix = "dimensions.";
    private const string AnyDimension = DimensionPrefix + "NAME";

    public static Kind<string> Kind { get; } = new ScalarKind<string>($"one of {string.Join(", ", RestDestinationFields.LineValues)}, {AnyDimension}", Parse, Schema);

    /// <summary>The name of the dimension; null where the value is none.</summary>
    public static string? DimensionOf(string value) => value.StartsWith(DimensionPrefix, StringComparison.Ordinal) ? value[DimensionPrefix.Length..] : null;

    private static Parsed<string> Parse(string text, string subject)
    {
        if (RestDestinationFields.LineValues.Contains(text) || DimensionOf(text) is { Length: > 0 }) return text;
        return new Fault(ErrorCodes.NotAllowed, $"'{subject}' is '{Kinds.Cut(text)}'", Advice.Names("Allowed values", [.. RestDestinationFields.LineValues, AnyDimension], text));
    }

    private static JsonObject Schema() => new()
    {
        ["anyOf"] = new JsonArray(
            new JsonObject { ["enum"] = new JsonArray([.. RestDestinationFields.LineValues.Select(v => (JsonNode)v)]) },
            new JsonObject { ["type"] = "string", ["pattern"] = @"^dimensions\..+$" }),
    };
}
