using System.Text;

namespace BatchSync.Configuration.Yaml;

/// <summary>Characters of a text that are to be replaced.</summary>
/// <param name="Start">How many characters stand before them.</param>
/// <param name="Length">How many they are; 0 where something is put in.</param>
internal sealed record TextEdit(int Start, int Length, string Replacement)
{
    /// <summary>The text with all edits. They do not overlap; what is put in at one place keeps its order.</summary>
    public static string Apply(string text, IEnumerable<TextEdit> edits)
    {
        var result = new StringBuilder(text.Length);
        var at = 0;
        foreach (var edit in edits.OrderBy(e => e.Start).ThenBy(e => e.Length))
        {
            result.Append(text, at, edit.Start - at).Append(edit.Replacement);
            at = edit.Start + edit.Length;
        }

        return result.Append(text, at, text.Length - at).ToString();
    }
}

/// <summary>Lines of a file that stand in another's place.</summary>
/// <param name="Line">Of the older text, from 1: the first line that goes, or where none goes the line before which the new ones stand.</param>
internal sealed record LineChange(int Line, IReadOnlyList<string> Removed, IReadOnlyList<string> Added);

/// <summary>What changed between two texts, line by line.</summary>
internal static class LineDiff
{
    /// <summary>The changes in order, as few lines as can be.</summary>
    public static IReadOnlyList<LineChange> Between(string older, string newer)
    {
        var (a, b) = (LinesOf(older), LinesOf(newer));
        var common = LongestCommon(a, b);
        var changes = new List<LineChange>();
        var (i, j) = (0, 0);
        while (i < a.Length || j < b.Length)
        {
            var (fromA, fromB) = (i, j);
            while (i < a.Length || j < b.Length)
            {
                if (i < a.Length && j < b.Length && a[i] == b[j]) break;
                if (j == b.Length || (i < a.Length && common[i + 1, j] >= common[i, j + 1])) i++;
                else j++;
            }

            if (i > fromA || j > fromB) changes.Add(new(fromA + 1, a[fromA..i], b[fromB..j]));
            while (i < a.Length && j < b.Length && a[i] == b[j]) (i, j) = (i + 1, j + 1);
        }

        return changes;
    }

    private static string[] LinesOf(string text) => text.Length == 0 ? [] : text.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n');

    private static int[,] LongestCommon(string[] a, string[] b)
    {
        var common = new int[a.Length + 1, b.Length + 1];
        for (var i = a.Length - 1; i >= 0; i--)
        {
            for (var j = b.Length - 1; j >= 0; j--) common[i, j] = a[i] == b[j] ? common[i + 1, j + 1] + 1 : Math.Max(common[i + 1, j], common[i, j + 1]);
        }

        return common;
    }
}
