using BatchSync.Configuration;
using NUnit.Framework;

namespace BatchSync.Tests.Configuration;

public sealed class JobTests
{
    [Test]
    public void Posting_LeftOut_ChangesNothingByItself()
    {
        using var folder = Folder("");

        var job = JobOf(folder);

        Assert.That(job.Posting, Is.EqualTo(new PostingRules(AsDraft: true) { Approval = ApprovalRule.None, PilotClients = null, OnChange = ChangePolicy.Report, Late = LateRule.Supplement }));
        Assert.That((job.Limits.ChangedDocuments, job.Limits.Deletes), Is.EqualTo((5, 20)));
    }

    [TestCase("report", "supplement", "none", ChangePolicy.Report, LateRule.Supplement, ApprovalRule.None)]
    [TestCase("delta", "next-open-period", "plan", ChangePolicy.Delta, LateRule.NextOpenPeriod, ApprovalRule.Plan)]
    [TestCase("credit-and-rebill", "supplement", "plan", ChangePolicy.CreditAndRebill, LateRule.Supplement, ApprovalRule.Plan)]
    [TestCase("update", "supplement", "none", ChangePolicy.Update, LateRule.Supplement, ApprovalRule.None)]
    public void Posting_Written_IsReadAsWritten(string change, string late, string approval, object policy, object lateRule, object approvalRule)
    {
        using var folder = Folder($"posting: {{ as: {(change == "update" ? "draft" : "final")}, onChange: {change}, late: {late}, approval: {approval} }}\n");

        var posting = JobOf(folder).Posting;

        Assert.That((posting.AsDraft, posting.OnChange, posting.Late, posting.Approval), Is.EqualTo((change == "update", (ChangePolicy)policy, (LateRule)lateRule, (ApprovalRule)approvalRule)));
    }

    [Test]
    public void Pilot_Clients_AreTheOnlyOnes()
    {
        using var folder = Folder("posting: { pilot: { clients: [ACME] } }\nlimits: { changedDocuments: 0, deletes: 3 }\n");

        var job = JobOf(folder);

        Assert.That(job.Posting.PilotClients, Is.EqualTo(new[] { "ACME" }));
        Assert.That((job.Limits.ChangedDocuments, job.Limits.Deletes), Is.EqualTo((0, 3)));
    }

    [TestCase("{ pilot: { clients: [] } }", "CFG013")]
    [TestCase("{ pilot: {} }", "CFG009")]
    [TestCase("{ pilot: { clients: [\"1001\"] } }", "CFG021")]
    [TestCase("{ pilot: { clients: [ACME, ACME] } }", "CFG019")]
    [TestCase("{ as: final, onChange: update }", "CFG060")]
    [TestCase("{ late: delta }", "CFG012")]
    public void Posting_ThatCannotBe_IsRefused(string posting, string code)
    {
        using var folder = Folder($"posting: {posting}\n");

        Assert.That(folder.Load().Errors.Select(e => e.Code.Code), Is.EqualTo(new[] { code }));
    }

    [TestCase("week", "period: { every: week }\n", "")]
    [TestCase("month", "", "")]
    [TestCase("week", "", "job.yaml:5:10: error CFG064: the job's period is a month, and its mapping caps the project 'WEB' per week (mapping.yaml:8)\n")]
    [TestCase("month", "period: { every: day }\n", "job.yaml:7:18: error CFG064: the job's period is a day, and its mapping caps the project 'WEB' per month (mapping.yaml:8)\n")]
    public void Cap_OfAPeriod_IsThatOfTheJob(string per, string period, string error)
    {
        using var folder = Folder(period).Write("mapping.yaml", TemporaryFolder.Mapping + $"projects:\n  - {{ code: WEB, source: \"300\", client: ACME, cap: {{ amount: 5000, per: {per} }} }}\n");

        Assert.That(folder.Errors(), error.Length == 0 ? Is.Empty : Does.StartWith(error));
    }

    [Test]
    public void Alerts_Written_AreReadAsWritten()
    {
        using var folder = Folder("""
            report: { email: { to: books@example.com, from: batchsync@example.com, when: problems, smtp: { host: mail.example.com } } }
            alerts:
              routes:
                - email: { to: [a@example.com, b@example.com] }
                - { on: [failure, dead-letters], email: { to: c@example.com, from: alerts@example.com, pickupFolder: outgoing } }
                - webhook: env:HOOK
                - { on: [missed], webhook: { url: file:hook.txt, headers: { Authorization: env:HOOK_KEY } } }
              failuresOver: 1
              rejectionsOver: 20
              missedAfter: 90m
              heartbeat: env:HEART

            """);

        var (job, alerts) = (JobOf(folder), JobOf(folder).Alerts!);

        var mails = alerts.Routes.OfType<AlertRoute.Email>().Select(r => r.Mail).ToList();
        var hooks = alerts.Routes.OfType<AlertRoute.Webhook>().ToList();
        Assert.Multiple(() =>
        {
            Assert.That(alerts.Routes.Select(r => r.Name), Is.EqualTo(new[] { "e-mail to a@example.com, b@example.com", "e-mail to c@example.com", "webhook env:HOOK", "webhook file:hook.txt" }));
            Assert.That(alerts.Routes.Select(r => r.On.Count), Is.EqualTo(new[] { 5, 2, 5, 1 }));
            Assert.That((mails[0].From, mails[0].Smtp, mails[0].PickupFolder), Is.EqualTo(("batchsync@example.com", job.Report.Email!.Smtp, (string?)null)), "as the report goes");
            Assert.That((mails[1].From, mails[1].Smtp, Path.GetFileName(mails[1].PickupFolder)), Is.EqualTo(("alerts@example.com", (SmtpDefinition?)null, "outgoing")));
            Assert.That(hooks[1].Headers, Is.EqualTo(new Dictionary<string, ValueReference> { ["Authorization"] = new("env:HOOK_KEY") }));
            Assert.That((alerts.FailuresOver, alerts.RejectionsOver, alerts.MissedAfter, alerts.Heartbeat), Is.EqualTo((1, 20, TimeSpan.FromMinutes(90), new ValueReference("env:HEART"))));
        });
    }

    [Test]
    public void Alerts_LeftOut_AreNone()
    {
        using var folder = Folder("");
        Assert.That(JobOf(folder).Alerts, Is.Null);
    }

    [TestCase("{ routes: [ {} ] }", "CFG018")]
    [TestCase("{ routes: [ { webhook: env:HOOK, email: { to: a@example.com, from: b@example.com, pickupFolder: out } } ] }", "CFG018")]
    [TestCase("{ routes: [ { webhook: \"https://chat.example.com/secret\" } ] }", "CFG014")]
    [TestCase("{ routes: [ { webhook: { url: env:HOOK, headers: { Authorization: Bearer-123 } } } ] }", "CFG014")]
    [TestCase("{ routes: [ { on: [], webhook: env:HOOK } ] }", "CFG013")]
    [TestCase("{ routes: [ { on: [fire], webhook: env:HOOK } ] }", "CFG012")]
    [TestCase("{ routes: [ { webhook: env:HOOK }, { on: [missed], webhook: env:HOOK } ] }", "CFG019")]
    [TestCase("{ routes: [ { email: { to: a@example.com, from: b@example.com } } ] }", "CFG009", Description = "no way for it to go")]
    [TestCase("{ routes: [ { email: { to: a@example.com, pickupFolder: out } } ] }", "CFG009", Description = "from nobody")]
    [TestCase("{ routes: [ { email: { to: a@example.com, from: b@example.com, pickupFolder: out, smtp: { host: mail.example.com } } } ] }", "CFG018")]
    [TestCase("{ routes: [ { email: { to: a@example.com, from: b@example.com, smtp: { host: mail.example.com, user: env:USER } } } ] }", "CFG009")]
    [TestCase("{ heartbeat: \"https://beats.example.com/1234\" }", "CFG014")]
    [TestCase("{ missedAfter: 10s }", "CFG013")]
    public void Alerts_ThatCannotBe_AreRefused(string alerts, string code)
    {
        using var folder = Folder($"alerts: {alerts}\n");

        Assert.That(folder.Load().Errors.Select(e => e.Code.Code), Is.EqualTo(new[] { code }));
    }

    private static JobDefinition JobOf(TemporaryFolder folder)
    {
        Assert.That(folder.Errors(), Is.Empty);
        return folder.Load().Set!.Jobs[0];
    }

    private static TemporaryFolder Folder(string more) => TemporaryFolder.WithMapping(TemporaryFolder.Mapping).Write("job.yaml", """
        job: j
        series: J
        billFrom: 2026-10-01
        source: { connector: redmine, settings: { baseUrl: "https://redmine.example.com", apiKey: env:REDMINE_KEY }, streams: [time_entries], approval: none }
        mapping: m
        destinations: { us: { connector: journal, settings: { file: books.ledger } } }

        """ + more);
}
