using BatchSync.Configuration;
using BatchSync.Reports;
using BatchSync.Reports.Mail;

namespace BatchSync.Tests.Reports.Mail;

/// <summary>A mail with the files of the sample month; what a test changes is what matters to it.</summary>
internal static class MailSamples
{
    public static FixedClock Clock { get; } = new(ReportSamples.AsOf);

    public static EmailDefinition Email(string? folder = null, SmtpDefinition? smtp = null) =>
        new(["books@example.com", "Zoë Ångström <zoe@example.com>"], "BatchSync <batchsync@example.com>", EmailWhen.Always, 5_000_000, smtp, folder);

    /// <summary>The values are written out in tests: a reference is its own text.</summary>
    public static string Resolve(ValueReference reference) => reference.Text;

    public static async Task<OutgoingMail> WriteAsync(TemporaryFolder folder, RunReport? report = null, int sending = 1)
    {
        var of = report ?? ReportSamples.Report();
        var paths = await new ReportFiles(ReportSamples.Comma).WriteAsync(
            folder.File("files"), of, ReportSamples.Stream(ReportSamples.Details()), ReportSamples.Stream(ReportSamples.Exceptions()), CancellationToken.None);
        return OutgoingMail.Of(of, paths, ReportSamples.Comma, sending);
    }
}
