using BatchSync.Configuration;
using BatchSync.Configuration.Fields;
using BatchSync.Core.Amounts;
using BatchSync.Core.Billing;
using BatchSync.Core.Fx;
using BatchSync.Core.Mapping;
using BatchSync.Core.Sources;
using BatchSync.Running;
using BatchSync.Storage;

namespace BatchSync.Explaining;

/// <summary>The fate of a record: its versions, its bucket with the rule that decided, all that documents hold of it, and what it should be.</summary>
internal sealed class RecordExplainer(IStore store)
{
    private readonly RuleArchive _archive = new(store);

    public async Task<Explanation> ExplainAsync(RecordOfSeries record, CancellationToken cancel)
    {
        var (series, name) = (record.Series, record.Name);
        var versions = await store.ListVersionsAsync(series, name, cancel);
        var current = (await store.FindRecordAsync(series, name.Stream, name.SourceId, cancel))!;
        var shares = await store.ListPostedSharesOfRecordAsync(series, name.Stream, name.SourceId, cancel);
        var fate = await FateAsync(series, versions.Single(v => v.IsCurrent), current, shares, cancel);
        var variance = (await store.ListVariancesAsync(series, cancel)).FirstOrDefault(v => v.Variance.Stream == name.Stream && v.Variance.SourceId == name.SourceId);
        var mark = (await store.ListUnpostedAsync(series, cancel)).FirstOrDefault(m => m.Record == name);
        var root = new Step("record", name.ToString())
        {
            Result = $"series {series}: {fate.Stored?.Bucket.ToString() ?? "in no bucket yet: the next run maps it"}",
            Steps =
            [
                .. versions.Select(Version),
                .. fate.Steps(),
                .. await DocumentsAsync(shares, cancel),
                .. shares.Count == 0 ? [] : Money(shares, fate, variance),
                .. mark is null ? [] : new[] { new Step("unposted") { Result = $"kept off the books by {mark.Author} since {Shown.Instant(mark.At)}, until it is released", Rule = mark.Reason } },
            ],
        };
        return new Explanation($"record {name}", root);
    }

    private static Step Version(RecordReading version) => new("version", Shown.Number(version.Stored.Version))
    {
        Input = RecordText.Of(version.Stored.Record) + Flags(version.Stored.Record),
        Rule = (version.IsCurrent ? "" : "superseded; ") + (version.Page is { } page
            ? $"read {Shown.Instant(page.ReceivedAt)} by run {Shown.Number(page.RunNo)}, page {Shown.Number(page.Number)}"
            : "its page is not kept any more"),
        Place = version.Page?.Location ?? "",
    };

    private static string Flags(SourceRecord record)
    {
        var flags = new[]
        {
            (record.Deleted, "deleted"), (!record.Billable, "not billable"), (record.Approved == false, "not approved"), (record.Approved == true, "approved" + By(record)), (record.BilledElsewhere, "billed elsewhere"),
            (record.Faults.Count > 0, $"unreadable {string.Join(", ", record.Faults.Select(f => f.Field))}"),
        };
        return string.Concat(flags.Where(f => f.Item1).Select(f => $", {f.Item2}"));
    }

    private static string By(SourceRecord record) =>
        (record.ApprovedBy.Length > 0 ? $" by {record.ApprovedBy}" : "") + (record.ApprovedAt is { } at ? $" at {Shown.Instant(at)}" : "");

    private async Task<RecordFate> FateAsync(string series, RecordReading version, StoredRecord current, IReadOnlyList<PostedShare> shares, CancellationToken cancel)
    {
        if (version.Bucket is not { } stored) return new RecordFate(current, null, null, null, null, false, "it was not mapped yet");
        var (rules, run, isSame) = await _archive.OfBucketAsync(series, stored.RulesHash, cancel);
        if (rules is not { Mapping: { } mapping, Billing: { } billing } || run is null)
            return new RecordFate(current, stored, null, rules, run, isSame, rules.Missing.Length > 0 ? rules.Missing : "this version cannot read the job that decided it");
        var from = shares.Select(s => s.DocumentDate).Append(stored.Date ?? billing.BillFrom).Append(billing.BillFrom).Min();
        var fx = await FxLoader.LoadAsync(store, series, mapping, from, cancel);
        var eligibility = new Eligibility(mapping, billing, run.AsOf, mapping.Fx is null ? null : fx);
        var now = eligibility.Assess(current.Record, current.IsPosted ? AssessmentView.Posted : AssessmentView.New, JudgedRecord.PlaceOf(eligibility, shares), current.IsUnposted && !current.IsPosted);
        return new RecordFate(current, stored, now, rules, run, isSame, "");
    }

    private async Task<IReadOnlyList<Step>> DocumentsAsync(IReadOnlyList<PostedShare> shares, CancellationToken cancel)
    {
        var steps = new List<Step>();
        foreach (var document in shares.GroupBy(s => s.Reference))
        {
            var row = (await store.FindDocumentsAsync(document.Key, cancel)).First(d => d.Reference == document.Key);
            var (name, content) = (DocumentArchive.NameOf(document.First()).Record, await store.LoadWithSharesAsync(row.DocumentNo, cancel));
            var lines = content.Lines.SelectMany(l => l.Shares.Where(s => new RecordName(s.Stream, s.RecordId) == name).Select(s => (Line: l, Share: s)));
            foreach (var (line, share) in lines) steps.Add(Document(row, line, share));
        }

        return steps;
    }

    // Amounts have the sign of the books, so that they add up.
    private static Step Document(DocumentRow row, DocumentLine line, RecordShare share)
    {
        var sign = row.Type == DocumentType.CreditNote;
        Money Books(Money money) => sign ? -money : money;
        var did = row.Purpose switch
        {
            DocumentPurpose.Credit => "credited",
            DocumentPurpose.Withdrawal => "withdrawn",
            _ when line.Type == DocumentLine.Adjustment => "adjusted",
            DocumentPurpose.Rebill => "billed anew",
            _ => "billed",
        };
        return new Step("document", $"{row.Reference}/{Shown.Number(line.Number)}")
        {
            Input = $"{did}, version {Shown.Number(share.Version)}{(line.Type == RecordFacts.Expense ? "" : $", {Shown.Seconds(share.BilledSeconds)}")}",
            Result = $"net {Books(share.Net)}, tax {Books(share.Tax)}",
            Rule = $"{Shown.Type(row.Type)} of {Shown.Iso(row.Date)}, {row.State}{(row.DestinationId.Length > 0 ? $" as {row.DestinationId}" : "")}",
        };
    }

    private static IEnumerable<Step> Money(IReadOnlyList<PostedShare> shares, RecordFate fate, VarianceRow? variance)
    {
        foreach (var currency in shares.GroupBy(s => s.Net.Currency))
        {
            var (net, tax) = (Core.Amounts.Money.Sum(currency.Select(s => s.Net), currency.Key), Core.Amounts.Money.Sum(currency.Select(s => s.Tax), currency.Key));
            yield return new Step("on the books") { Input = Shown.Sum([.. currency.Select(s => s.Net.ToAmountString())]), Result = $"net {net}, tax {tax}" };
        }

        yield return variance is null ? fate.Correct(shares) : Variance(variance.Variance);
    }

    private static Step Variance(RecordVariance variance) => new("variance")
    {
        Input = $"net {variance.PostedNet.ToAmountString()}, tax {variance.PostedTax} posted",
        Result = $"net {variance.CorrectNet.ToAmountString()}, tax {variance.CorrectTax} correct{(variance.Correct.Length > 0 ? $": {variance.Correct}" : "")}",
        Rule = string.Join("; ", new[] { $"open: {variance.Reason}", variance.Hold }.Where(t => t.Length > 0)),
    };
}

/// <summary>Why a record is in its bucket.</summary>
/// <param name="Stored">Null where it has none.</param>
/// <param name="Now">What the rules say of it; null where they are not known, and then <paramref name="Missing"/> says why.</param>
/// <param name="IsSame">Whether the rules are those that decided.</param>
internal sealed record RecordFate(StoredRecord Current, BucketOfRecord? Stored, Assessment? Now, PastRules? Rules, RunRow? Run, bool IsSame, string Missing)
{
    public IEnumerable<Step> Steps()
    {
        if (Stored is not { } stored) yield break;
        var step = new Step("bucket") { Result = stored.Bucket.ToString(), Rule = Reason(stored), Place = Place(stored), NotChecked = Missing };
        if (Now is { } now && IsSame && !Agree(now.Bucket, stored.Bucket)) step = step with { Fault = $"{now.Bucket} comes out by the rules that decided it, {stored.Bucket} is stored" };
        if (Now is not null && !IsSame) step = step with { NotChecked = $"{(stored.RulesHash.Length == 0 ? "the next run decides it anew" : "decided by rules that no kept configuration has")}; places are those of run {Shown.Number(Run!.RunNo)}" };
        yield return step with { Steps = Now is null ? [] : [.. Facts(Now, stored.Key ?? Now.Key, Rules!.Mapping!, Rules.Places!)] };
    }

    /// <summary>A record whose inputs did not change has what was posted of it as its correct amount.</summary>
    public Step Correct(IReadOnlyList<PostedShare> shares)
    {
        var last = shares[^1];
        var step = new Step("correct") { Result = last.InputsHash.Length == 0 ? "nothing: it is off the books" : "what is posted" };
        if (last.InputsHash.Length == 0) return step;
        if (Now is null) return step with { NotChecked = Missing };
        if (Now.Bucket != Bucket.Ready) return step with { Fault = $"it is {Now.Bucket} by now, and no variance is noted; the next run of the job judges it" };
        var hash = RecordInputs.Hash(new AssessedRecord(Current.Record, Current.Version, Now), Rules!.Mapping!);
        return hash == last.InputsHash
            ? step with { Rule = "its content, price, taxes and roundings are those that it was posted with" }
            : step with { Fault = "its content or rules changed since, and no variance is noted; the next run of the job judges it" };
    }

    // What is ready becomes billed when its document is formed, unless a cap or a person at the destination is in the way.
    private bool Agree(Bucket now, Bucket stored) =>
        now == stored || (now == Bucket.Ready && (stored == Bucket.Cap || stored == Bucket.ChangedAtDestination || (stored == Bucket.Billed && Current.IsPosted)));

    private string Reason(BucketOfRecord stored)
    {
        if (stored.Fault is { } fault) return $"{fault.Field} '{fault.Value}': {fault.Rule}";
        var bucket = stored.Bucket;
        if (bucket == Bucket.Deleted) return "the source says that it is gone";
        if (bucket == Bucket.BilledElsewhere) return "the source calls it billed";
        if (bucket == Bucket.NonBillable) return Current.Record.Billable ? "the rate bills none of it" : "the source calls it not billable";
        if (bucket == Bucket.NotApproved) return "the job bills approved records only";
        if (bucket == Bucket.PeriodOpen && stored.Key is { } key && Rules is { Mapping: { } mapping, Billing: { } billing }) return $"{key.Period} closes {Shown.Instant(key.Period.ClosesAt(billing.CloseAfter, mapping.Entities[key.Entity].Zone))}";
        if (bucket == Bucket.Cap) return "the project's cap has no room for it";
        return bucket.Kind == BucketKind.Excluded && bucket != Bucket.BeforeStart ? "first rule that matches" : "";
    }

    private string Place(BucketOfRecord stored)
    {
        if (Rules is not { Places: { } places, Job: { } job } || Now is not { } now) return "";
        var bucket = stored.Bucket;
        if (bucket == Bucket.BeforeStart) return Rules.Mapping!.Clients.Any(c => c.Code == now.Facts.Client && c.BillFrom is not null) ? places.Client(now.Facts.Client) : At(job, JobFields.BillFrom);
        if (bucket == Bucket.NotApproved) return At(job, job.Section.Get(JobFields.Source), SourceFields.Approval);
        if (bucket == Bucket.PilotFilter) return At(job, job.Section.Get(JobFields.Posting), PostingFields.Pilot);
        if (bucket == Bucket.PeriodOpen) return At(job, JobFields.Period);
        if (bucket == Bucket.PeriodLocked && now.Key is { } key) return places.Entity(key.Entity);
        if (bucket == Bucket.SwitchedOff) return places.Client(now.Facts.Client);
        if (bucket == Bucket.Cap) return places.Project(now.Facts.Project);
        if (bucket == Bucket.NonBillable && Current.Record.Billable && now.Date is { } date && Rules.Mapping!.Rates.Find(now.Facts, date) is { } rate) return places.Rate(rate);
        return bucket.Kind == BucketKind.Excluded && bucket != Bucket.BilledElsewhere ? places.Exclusion(bucket.Reason) : "";
    }

    private static string At<T>(ConfigurationDocument job, FieldSpec<T> field) => At(job, job.Section, field);

    private static string At<T>(ConfigurationDocument job, Section section, FieldSpec<T> field) =>
        section.Written(field) is { } found ? FormattableString.Invariant($"{job.File.Path}:{found.Node.Span.Line}") : job.File.Path;

    private static IEnumerable<Step> Facts(Assessment now, DocumentKey? key, MappingRules mapping, RulePlaces places)
    {
        var finder = new FactFinder(mapping);
        var facts = now.Facts;
        if (now.Date is { } date) yield return new Step("date") { Result = Shown.Iso(date), Rule = key is null ? "" : $"in {mapping.Entities[key.Entity].Zone.Id}; its document is of {key.Period}" };
        if (finder.Client(facts.Client) is { } client) yield return new Step("client") { Result = client.Code, Place = places.Client(client.Code) };
        if (key is not null) yield return new Step("entity") { Result = key.Entity, Place = Routed(mapping, facts, places, key.Entity) };
        if (finder.Project(facts.Project) is { } project) yield return new Step("project") { Result = project.Code, Place = places.Project(project.Code) };
        if (facts.Type == RecordFacts.Time && finder.Task(facts.Task) is { } task) yield return new Step("task") { Result = task.Code, Place = places.Task(task.Code) };
        if (facts.Type == RecordFacts.Expense && finder.Category(facts.Category) is { } category) yield return new Step("category") { Result = category.Code, Place = places.Category(category.Code) };
        if (now.Pricing is not { } pricing) yield break;
        if (pricing.Rate is { } rate) yield return new Step("rate") { Result = $"{pricing.UnitPrice} an hour", Rule = $"first that matches{(pricing.Billable.Value == 1 ? "" : $", billable {pricing.Billable}")}", Place = places.Rate(rate) };
        if (pricing.ExpenseRate is { } exchange) yield return new Step("exchange rate", $"{exchange.From}/{exchange.To}") { Result = Shown.Rate(exchange), Place = places.Fx };
        yield return new Step("tax code") { Result = pricing.TaxCode.Code, Place = places.TaxCode(pricing.TaxCode.Code) };
        if (pricing.Account.Length > 0) yield return new Step("account") { Result = pricing.Account };
    }

    private static string Routed(MappingRules mapping, RecordFacts facts, RulePlaces places, string entity) =>
        mapping.EntityRules.FirstOrDefault(r => r.When.Matches(facts)) is { } rule ? places.EntityRule(LineExplainer.Index(mapping.EntityRules, rule)) : places.Entity(entity);
}
