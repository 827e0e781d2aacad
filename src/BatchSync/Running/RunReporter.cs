using System.Globalization;
using BatchSync.Configuration;
using BatchSync.Http;
using BatchSync.Reports;
using BatchSync.Reports.Mail;
using BatchSync.Storage;

namespace BatchSync.Running;

/// <summary>Writes the three CSV files of a run into a folder of its own and mails them, once a run.</summary>
/// <param name="configFolder">Relative folders of the job start here.</param>
internal sealed class RunReporter(IStore store, string configFolder, SettingValues settings, TimeProvider time) : IRunReporter
{
    private const string MailChannel = "email";

    public async Task<string> ReportAsync(RunProof proof, CancellationToken cancel)
    {
        var report = RunReport.Of(proof.Run, proof.Rows, proof.Differences, proof.Rejections, proof.Failure);
        var definition = proof.Job.Report;
        var folder = Path.Combine(FullPath(definition.Folder), proof.Job.Name, proof.Run.RunNo.ToString("D6", CultureInfo.InvariantCulture));
        var details = store.ReadDetailAsync(proof.Run.Series, proof.Periods, cancel);
        var exceptions = store.ReadExceptionsAsync(proof.Run.Series, DateOnly.FromDateTime(proof.Run.AsOf.UtcDateTime), cancel);
        var paths = await new ReportFiles(definition.Csv).WriteAsync(folder, report, details, exceptions, cancel);
        var sent = definition.Email is { } email ? await MailAsync(email, ReportMail.Of(report, paths, definition.Csv, sending: 1), proof.Run.RunNo, report, cancel) : "no e-mail configured";
        return $"{folder}; {sent}";
    }

    private async Task<string> MailAsync(EmailDefinition email, ReportMail mail, long runNo, RunReport report, CancellationToken cancel)
    {
        if (!report.IsDue(email.When)) return "no e-mail: nothing needs a person";
        if (await store.WasDeliveredAsync(runNo, MailChannel, cancel)) return "e-mailed before";
        var placed = email.PickupFolder is { } pickup ? email with { PickupFolder = FullPath(pickup) } : email;
        await Mailers.Of(placed, settings.Resolve, time).SendAsync(mail, cancel);
        await store.SaveDeliveryAsync(runNo, MailChannel, cancel);
        var to = string.Join(", ", email.To);
        return email.PickupFolder is null ? $"e-mailed to {to}" : $"mail to {to} left in {email.PickupFolder}";
    }

    private string FullPath(string folder) => Path.GetFullPath(Path.Combine(configFolder, folder));
}
