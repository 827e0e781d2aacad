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
