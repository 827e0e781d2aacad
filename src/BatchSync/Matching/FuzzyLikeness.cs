using FuzzySharp;

namespace BatchSync.Matching;

/// <summary>Likeness of spelling by FuzzySharp, whose own cleaning of texts is passed by: it would drop every letter outside ASCII.</summary>
internal static class FuzzyLikeness
{
    public static int Of(string a, string b) => a.Length == 0 || b.Length == 0 ? 0 : Fuzz.Ratio(a, b);
}
