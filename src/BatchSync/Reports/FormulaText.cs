using System.Globalization;

namespace BatchSync.Reports;

/// <summary>
/// Text that a spreadsheet would run as a formula, made harmless with a leading apostrophe. Who can name a project or write a note can
/// otherwise make the accountant's spreadsheet call a program or send data away. Source: OWASP, "CSV Injection", read 2026-11-22.
/// </summary>
internal static class FormulaText
{
    // The ASCII starters with their full-width and small forms, which East Asian spreadsheets take for the same.
    private const string Starters = "=+-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20\uFE66\uFE62\uFE63\uFE6B";

    /// <summary><c>=1+1</c> is <c>'=1+1</c>; what starts with none of the starters, also after white space and invisible characters, stays.</summary>
    public static string Neutralise(string text)
    {
        foreach (var c in text)
        {
            if (Starters.Contains(c)) return "'" + text;
            if (!IsInvisible(c)) return text;
        }

        return text;
    }

    private static bool IsInvisible(char c) =>
        char.IsWhiteSpace(c) || char.IsControl(c) || char.GetUnicodeCategory(c) == UnicodeCategory.Format;
}
