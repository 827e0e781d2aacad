using BatchSync.Configuration.Yaml;
using BatchSync.Core.Diagnostics;

namespace BatchSync.Configuration.Fields;

/// <summary>Messages about values that have another shape than their field.</summary>
internal static class Shapes
{
    public static void Refuse(Node node, string subject, string title, Reading reading)
    {
        if (node is Node.Refused) return;
        var nothing = node is Node.Scalar { IsNothing: true };
        var message = nothing ? $"'{subject}' has no value" : $"'{subject}' is {node.Shape}";
        var next = $"Expected here: {title}." + (nothing ? " Remove the field if it is not needed." : "");
        reading.Report(ErrorCodes.WrongShape, node.Span, message, Advice.Next(next));
    }

    public static void TooShort(Node node, string subject, int least, Reading reading) =>
        reading.Report(ErrorCodes.OutOfRange, node.Span, $"'{subject}' is empty", Advice.Next(FormattableString.Invariant($"It needs at least {least} entry.")));
}
