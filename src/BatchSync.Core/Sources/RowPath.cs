using System.Diagnostics.CodeAnalysis;

namespace BatchSync.Core.Sources;

/// <summary>One step of a path: a name, then, where there is a key, the first element of the list there whose key has the value.</summary>
/// <param name="Name">Empty: stay where we are (a path that begins with a bracket).</param>
/// <param name="Key">Null: no bracket.</param>
/// <param name="Value">Compared with the text of the key's value; never null where there is a key.</param>
public readonly record struct RowStep(string Name, string? Key, string? Value);

/// <summary>
/// Where a value stands in a row: <c>client.id</c>, or <c>custom_fields[name=Expense amount].value</c> to pick from a list.
/// A value may be quoted (<c>[name="a]b"]</c>); dots and spaces within brackets need no quotes.
/// </summary>
public sealed class RowPath
{
    private RowPath(string text, RowStep[] steps)
    {
        Text = text;
        Steps = steps;
    }

    public string Text { get; }

    /// <summary>From the row inwards; at least one.</summary>
    public IReadOnlyList<RowStep> Steps { get; }

    /// <exception cref="ArgumentException">It is no path.</exception>
    public static RowPath Of(string text) => TryOf(text, out var path, out var problem) ? path : throw new ArgumentException(problem, nameof(text));

    /// <summary>Reads a path.</summary>
    /// <param name="problem">Where it is none: what is wrong, as a whole sentence.</param>
    public static bool TryOf(string text, [NotNullWhen(true)] out RowPath? path, [NotNullWhen(false)] out string? problem)
    {
        var steps = new List<RowStep>();
        path = null;
        var at = 0;
        do
        {
            problem = ReadStep(text, ref at, out var step);
            if (problem is not null) return false;
            steps.Add(step);
        }
        while (at++ < text.Length);

        path = new RowPath(text, [.. steps]);
        return true;
    }

    public override string ToString() => Text;

    // Leaves 'at' on the dot after the step, or at the end of the text.
    private static string? ReadStep(string text, ref int at, out RowStep step)
    {
        step = default;
        var end = EndOf(text, at, ".[");
        var name = text[at..end];
        at = end;
        if (at == text.Length || text[at] == '.')
        {
            step = new RowStep(name, null, null);
            return name.Length > 0 ? null : $"The path '{text}' has an empty name. Write names separated by single dots, such as client.id.";
        }

        var equals = text.IndexOf('=', at);
        if (equals < 0 || equals == at + 1) return Unclosed(text);
        var key = text[(at + 1)..equals];
        if (ReadValue(text, equals + 1, out at) is not { } value) return Unclosed(text);
        step = new RowStep(name, key, value);
        return at == text.Length || text[at] == '.' ? null : Unclosed(text);
    }

    private static string? ReadValue(string text, int start, out int next)
    {
        var quoted = start < text.Length && text[start] == '"';
        var end = quoted ? text.IndexOf("\"]", start + 1, StringComparison.Ordinal) : text.IndexOf(']', start);
        next = end + (quoted ? 2 : 1);
        return end < 0 ? null : text[(quoted ? start + 1 : start)..end];
    }

    private static int EndOf(string text, int start, string stops) =>
        text.AsSpan(start).IndexOfAny(stops) is var length and >= 0 ? start + length : text.Length;

    private static string Unclosed(string text) => $"The path '{text}' has a bracket that is not [key=value]. Write for example custom_fields[id=1].value.";
}
