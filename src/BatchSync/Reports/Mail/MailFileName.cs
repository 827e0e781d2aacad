namespace BatchSync.Reports.Mail;

/// <summary>Names for files that came from job names and run ids.</summary>
internal static class MailFileName
{
    private const string Refused = "\\/:*?\"<>|";

    /// <summary>The text with what any common file system refuses turned to <c>-</c>: <c>a/b: c</c> is <c>a-b- c</c>.</summary>
    public static string Of(string text)
    {
        var name = string.Create(text.Length, text, static (span, source) =>
        {
            for (var i = 0; i < span.Length; i++) span[i] = char.IsControl(source[i]) || Refused.Contains(source[i]) ? '-' : source[i];
        });
        return name.Trim(' ', '.') is { Length: > 0 } trimmed ? trimmed : "report";
    }
}
