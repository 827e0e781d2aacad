using System.Globalization;
using System.Security.Cryptography;
using BatchSync.Configuration;
using BatchSync.Http;
using BatchSync.Reports;
using BatchSync.Reports.Mail;
using BatchSync.Storage;

namespace BatchSync.Running;

/// <summary>Writes the three CSV files of a run into a folder of its own and mails them: once a run by itself, and again as often as a person asks.</summary>
/// <param name="configFolder">Relative folders of the job start here.</param>
internal sealed class RunReporter(IStore store, string configFolder, SettingValues settings, TimeProvider time) : IRunReporter
{
    private const string MailChannel = "email";

    /// <summary>Rows of the detail that are read together while those before them are written.</summary>
    private const int RowsTogether = 1_000;

    public async Task<string> ReportAsync(RunProof proof, CancellationToken cancel)
    {
        var report = RunReport.Of(proof.Run, proof.Rows, proof.Differences, proof.Rejections, proof.Failure) with { Audit = await store.FindAuditHeadAsync(cancel) };
        var definition = proof.Job.Report;
        var paths = await WriteAsync(FolderOf(proof.Job, proof.Run), proof.Job, proof.Run, report, proof.Periods, cancel);
        var hashes = await HashesAsync(paths, cancel);
        await store.SaveReportAsync(new ReportRow(proof.Run.RunNo, hashes[0], hashes[1], hashes[2], report.Rejections, report.Failure, report.Audit!), cancel);
        var sent = definition.Email is { } email ? await MailAsync(email, OutgoingMail.Of(report, paths, definition.Csv, sending: 1), proof.Run.RunNo, report, cancel) : "no e-mail configured";
        return $"{paths.Folder}; {sent}";
    }

    /// <summary>
    /// Writes the proof of a run that ended once more, from what the store holds now, beside the files that were first sent, and mails it. What it
    /// shows is compared with what was first sent, file by file; a proof of other content says so in its mail.
    /// </summary>
    /// <param name="job">The job as it is configured now: it says where the mail goes.</param>
    /// <param name="mails">Whether the mail is wanted as well.</param>
    /// <param name="author">Who asks for it, for the audit trail.</param>
    public async Task<ReportAgain> ReportAgainAsync(RunRow run, JobDefinition job, bool mails, string author, CancellationToken cancel)
    {
        var rows = await store.ListReconciliationAsync(run.RunNo, cancel);
        var first = await store.FindReportAsync(run.RunNo, cancel);
        var rejections = first?.Rejections ?? (await store.CountRejectionsAsync(run.Series, cancel)).Sum(r => r.Records);
        var sending = Math.Max(2, await store.CountDeliveriesAsync(run.RunNo, cancel) + 1);
        var report = RunReport.Of(run, rows, await store.ListDifferencesAsync(run.Job, cancel), [], first?.Failure) with { Rejections = rejections, Audit = first?.Audit };
        var folder = FreeFolder(FolderOf(job, run));
        var paths = await WriteAsync(folder, job, run, report, [.. rows.Periods], cancel);
        var files = Compare(paths, await HashesAsync(paths, cancel), first);
        var again = new ReportAgain(paths.Folder, files, "no e-mail asked for");
        if (!mails) return again;
        var note = string.Create(CultureInfo.InvariantCulture, $"{again.Verdict} Sent again on {time.GetUtcNow().UtcDateTime:yyyy-MM-dd HH:mm} UTC.");
        return again with { Sent = await MailAgainAsync(job, report with { Note = note }, paths, sending, author, cancel) };
    }

    private async Task<ReportPaths> WriteAsync(string folder, JobDefinition job, RunRow run, RunReport report, IReadOnlyList<Core.Time.Period> periods, CancellationToken cancel)
    {
        var details = Ahead.ReadAsync(store.ReadDetailAsync(run.Series, periods, cancel), RowsTogether, cancel);
        var exceptions = store.ReadExceptionsAsync(run.Series, DateOnly.FromDateTime(run.AsOf.UtcDateTime), cancel);
        return await new ReportFiles(job.Report.Csv).WriteAsync(folder, report, details, exceptions, cancel);
    }

    private static async Task<IReadOnlyList<string>> HashesAsync(ReportPaths paths, CancellationToken cancel)
    {
        var hashes = new List<string>();
        foreach (var path in paths.All)
        {
            await using var file = File.OpenRead(path);
            hashes.Add(Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancel)));
        }

        return hashes;
    }

    private static IReadOnlyList<ReportedFile> Compare(ReportPaths paths, IReadOnlyList<string> hashes, ReportRow? first) =>
        [.. paths.All.Select((path, i) => new ReportedFile(Path.GetFileName(path), hashes[i], first is null ? null : first.Hashes[i] == hashes[i]))];

    // What was first sent stays where it is, whatever became of the store since.
    private static string FreeFolder(string folder)
    {
        for (var number = 2; ; number++)
        {
            var free = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"again-{number:D2}"));
            if (!Directory.Exists(free)) return free;
        }
    }

    private async Task<string> MailAgainAsync(JobDefinition job, RunReport report, ReportPaths paths, int sending, string author, CancellationToken cancel)
    {
        if (job.Report.Email is not { } email) return "no e-mail configured";
        await SendAsync(email, OutgoingMail.Of(report, paths, job.Report.Csv, sending), cancel);
        await store.SaveDeliveryAsync(report.RunNo, string.Create(CultureInfo.InvariantCulture, $"{MailChannel} {sending}"), author, cancel);
        return SentTo(email);
    }

    private async Task<string> MailAsync(EmailDefinition email, OutgoingMail mail, long runNo, RunReport report, CancellationToken cancel)
    {
        if (!report.IsDue(email.When)) return "no e-mail: nothing needs a person";
        if (await store.WasDeliveredAsync(runNo, MailChannel, cancel)) return "e-mailed before";
        await SendAsync(email, mail, cancel);
        await store.SaveDeliveryAsync(runNo, MailChannel, null, cancel);
        return SentTo(email);
    }

    private Task SendAsync(EmailDefinition email, OutgoingMail mail, CancellationToken cancel)
    {
        var placed = email.PickupFolder is { } pickup ? email with { PickupFolder = FullPath(pickup) } : email;
        return Mailers.Of(placed, settings.Resolve, time).SendAsync(mail, cancel);
    }

    private static string SentTo(EmailDefinition email)
    {
        var to = string.Join(", ", email.To);
        return email.PickupFolder is null ? $"e-mailed to {to}" : $"mail to {to} left in {email.PickupFolder}";
    }

    private string FolderOf(JobDefinition job, RunRow run) => Path.Combine(FullPath(job.Report.Folder), run.Job, run.RunNo.ToString("D6", CultureInfo.InvariantCulture));

    private string FullPath(string folder) => Path.GetFullPath(Path.Combine(configFolder, folder));
}

/// <summary>A file of a proof that was written again.</summary>
/// <param name="IsAsFirstSent">Whether it has the bytes that were first sent; null where nobody kept what those were.</param>
internal sealed record ReportedFile(string Name, string ContentHash, bool? IsAsFirstSent);

/// <summary>A proof that was written again.</summary>
/// <param name="Sent">Where the mail went, in words.</param>
internal sealed record ReportAgain(string Folder, IReadOnlyList<ReportedFile> Files, string Sent)
{
    /// <summary>What the proof shows, in a sentence.</summary>
    public string Verdict
    {
        get
        {
            if (Files.All(f => f.IsAsFirstSent == true)) return "Every file is to the byte what was first sent.";
            if (Files.All(f => f.IsAsFirstSent is null)) return "Whether this is what was first sent is not known: no hashes were kept then. Sums of the reconciliation are those of the run; records, differences and exceptions are as the store holds them now.";
            var changed = string.Join(", ", Files.Where(f => f.IsAsFirstSent == false).Select(f => f.Name));
            return $"Not as first sent: {changed}. Sums of the reconciliation are those of the run; records, differences and exceptions are as the store holds them now, after what later runs and people did.";
        }
    }
}
