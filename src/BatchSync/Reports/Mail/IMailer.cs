using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using BatchSync.Configuration;

namespace BatchSync.Reports.Mail;

/// <summary>Sends mail: the proof of a run, or an alert. It keeps no record of what it sent: that something is mailed once is the caller's part.</summary>
internal interface IMailer
{
    /// <exception cref="Http.OutsideException">
    /// The mail did not go: transient, permanent, or unknown where the server took all of it and did not answer. The same mail
    /// sent again keeps its message id, by which mail servers and readers drop the second copy.
    /// </exception>
    Task SendAsync(OutgoingMail mail, CancellationToken cancel);
}

/// <summary>A file that goes along.</summary>
/// <param name="Name">What the reader sees; any text that a file may be called.</param>
internal sealed record ReportAttachment(string Name, string Path);

/// <summary>What is mailed of one run, or of one alert.</summary>
/// <param name="Name">Of the run or notice, among all jobs and stores that mail to the same people: job, instant, number.</param>
/// <param name="Sending">1 for the first mail and every retry of it; one more each time a person has it sent again, so that it is not dropped as a copy.</param>
/// <param name="Title">Names the mail's zip file: job and periods.</param>
internal sealed record OutgoingMail(string Name, int Sending, string Title, string Subject, string Body, IReadOnlyList<ReportAttachment> Attachments)
{
    /// <summary>What sends it again where it did not go, for messages.</summary>
    public string Again { get; init; } = "'batchsync report RUN'";

    /// <summary>The mail of a run whose files are written: <c>BatchSync harvest-to-quickbooks 2026-10: balanced</c>.</summary>
    public static OutgoingMail Of(RunReport report, ReportPaths files, CsvFormat format, int sending)
    {
        var title = $"{report.Job}-{report.Periods}".Replace(' ', '-');
        return new OutgoingMail(
            string.Create(CultureInfo.InvariantCulture, $"{report.Job}-{report.AsOf.UtcDateTime:yyyyMMdd'T'HHmmss'Z'}-run-{report.RunNo}"),
            sending,
            title,
            $"BatchSync {report.Job} {report.Periods}: {report.Headline}",
            ReportText.Of(report, format, files),
            [.. files.All.Select(path => new ReportAttachment($"{title}-{Path.GetFileName(path)}", path))]);
    }

    /// <summary>32 hexadecimal digits that no other sending has: for the message id and the part boundary.</summary>
    public string Identity => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{Name}\n{Sending}")).AsSpan(0, 16));
}
