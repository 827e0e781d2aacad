using System.Globalization;
using BatchSync.Configuration;
using BatchSync.Core.Amounts;
using BatchSync.Core.Billing;
using BatchSync.Core.Posting;
using BatchSync.Core.Reconciliation;
using BatchSync.Core.Sources;
using BatchSync.Storage;

namespace BatchSync.Tests.Simulation;

/// <summary>
/// Holds a healed world against the oracle: what the books say against what they should say, and what the store says against both.
/// Whatever a further promise can be checked by (the chain of the audit trail, say) belongs into <see cref="FaultsAsync"/>.
/// </summary>
internal sealed class Verdict(World world, IReadOnlySet<(string Stream, string Id, string Hash)> staged)
{
    private readonly Oracle _oracle = new(world.Terms, world.Stage.Now);
    private readonly List<string> _faults = [];

    /// <summary>A record whose documents do not hold what it should be, as the program says.</summary>
    private sealed record OpenVariance(string Stream, string Id, string Account, Owed Posted, bool WasChanged, string Text);

    public async Task<IReadOnlyList<string>> FaultsAsync()
    {
        var variances = Variances();
        CheckStaged();
        CheckReferences();
        CheckOutbox();
        CheckShares();
        CheckBuckets(variances);
        CheckVariances(variances);
        CheckMoney(variances);
        await CheckDifferencesAsync(variances);
        return _faults;
    }

    private void CheckStaged()
    {
        foreach (var record in world.Source.Records.Where(r => !staged.Contains((r.Stream.Name(), r.Id, RecordContent.Hash(r))))) _faults.Add($"record {record.Id} was not read as it is");
    }

    private void CheckReferences()
    {
        foreach (var twice in world.Books.Documents.GroupBy(d => d.Shown.Reference).Where(g => g.Count() > 1)) _faults.Add($"reference {twice.Key} stands {twice.Count()} times in the books");
    }

    // Every document of the store is where it should be, and the books hold nothing else.
    private void CheckOutbox()
    {
        var posted = new HashSet<string>(StringComparer.Ordinal);
        foreach (var row in world.File.Rows("SELECT d.reference, o.state, d.currency, d.net, d.tax, d.total FROM documents d JOIN outbox o ON o.document_no = d.document_no").Select(r => r.Split('|')))
        {
            if (row[1] == "Withdrawn") continue;
            if (row[1] != "Posted") _faults.Add($"document {row[0]} is {row[1]}");
            posted.Add(row[0]);
            if (world.Books.Documents.Find(d => d.Shown.Reference == row[0])?.Shown is not { } shown) _faults.Add($"document {row[0]} is {row[1]}, and the books do not have it");
            else if ((shown.Net, shown.Tax, shown.Total) != (MoneyOf(row[3], row[2]), MoneyOf(row[4], row[2]), MoneyOf(row[5], row[2]))) _faults.Add($"document {row[0]} is {shown.Total} in the books and {MoneyOf(row[5], row[2])} in the store");
        }

        foreach (var stray in world.Books.Documents.Where(d => !posted.Contains(d.Shown.Reference))) _faults.Add($"the books hold {stray.Shown.Reference}, and the store does not say so");
    }

    private void CheckShares()
    {
        var lines = world.File.Rows(
            """
            SELECT l.document_no, l.line_no FROM document_lines l
            WHERE l.net <> (SELECT COALESCE(SUM(s.net), 0) FROM line_shares s WHERE s.document_no = l.document_no AND s.line_no = l.line_no)
               OR l.tax <> (SELECT COALESCE(SUM(s.tax), 0) FROM line_shares s WHERE s.document_no = l.document_no AND s.line_no = l.line_no)
            """);
        var documents = world.File.Rows(
            """
            SELECT d.reference FROM documents d
            WHERE d.net <> (SELECT SUM(l.net) FROM document_lines l WHERE l.document_no = d.document_no)
               OR d.tax <> (SELECT SUM(l.tax) FROM document_lines l WHERE l.document_no = d.document_no) OR d.total <> d.net + d.tax
            """);
        _faults.AddRange(lines.Select(l => $"the shares of line {l} do not add up to it"));
        _faults.AddRange(documents.Select(d => $"the lines of {d} do not add up to it"));
    }

    private void CheckBuckets(List<OpenVariance> variances)
    {
        var rows = world.File.Rows(
            """
            SELECT r.stream, r.source_id, COALESCE(b.bucket, 'none'), COALESCE(b.reason, ''), (SELECT COUNT(*) FROM buckets x WHERE x.record_no = r.record_no)
            FROM records r LEFT JOIN buckets b ON b.record_no = r.record_no WHERE r.is_current = 1
            """).Select(r => r.Split('|')).ToDictionary(r => (r[0], r[1]), r => (Bucket: r[3].Length == 0 ? r[2] : $"{r[2]}: {r[3]}", Count: r[4]));
        foreach (var record in world.Source.Records)
        {
            var expected = _oracle.Of(record).Bucket;
            if (!rows.TryGetValue((record.Stream.Name(), record.Id), out var found)) continue;
            if (found.Count != "1") _faults.Add($"record {record.Id} is in {found.Count} buckets");
            var staysWhereItWas = expected == "held: period open" && found.Bucket == "billed" && variances.Exists(v => v.Stream == record.Stream.Name() && v.Id == record.Id);
            if (found.Bucket != expected && !staysWhereItWas) _faults.Add($"record {record.Id} is '{found.Bucket}' and should be '{expected}'");
        }
    }

    // Only what somebody changed can differ from what was posted, and a policy that corrects leaves only what the rules reject.
    private void CheckVariances(List<OpenVariance> variances)
    {
        var corrects = world.Job.Posting.OnChange != ChangePolicy.Report;
        foreach (var variance in variances)
        {
            if (corrects && world.IsMended) _faults.Add($"record {variance.Id} was left uncorrected: {variance.Text}");
            else if (!variance.WasChanged && world.Terms.Version == 1) _faults.Add($"record {variance.Id} differs from what was posted, and nobody changed it: {variance.Text}");
        }
    }

    private void CheckMoney(List<OpenVariance> variances)
    {
        var expected = new Dictionary<string, Owed>(StringComparer.Ordinal);
        foreach (var record in world.Source.Records)
        {
            if (variances.Find(v => v.Stream == record.Stream.Name() && v.Id == record.Id) is { } variance) Add(expected, variance.Account, variance.Posted);
            else if (_oracle.Of(record) is { Account.Length: > 0 } judged) Add(expected, judged.Account, judged.Owed);
        }

        var booked = new Dictionary<string, Owed>(StringComparer.Ordinal);
        foreach (var shown in world.Books.Documents.Select(d => d.Shown))
        {
            var sign = shown.Type == DocumentType.CreditNote ? -1 : 1;
            Add(booked, $"{shown.Client} {shown.Total.Currency}", new Owed(sign * shown.Net.Amount, sign * shown.Tax.Amount));
        }

        foreach (var account in expected.Keys.Union(booked.Keys).Order(StringComparer.Ordinal))
        {
            var (should, has, allowed) = (expected.GetValueOrDefault(account), booked.GetValueOrDefault(account), Allowed(account));
            if (Math.Abs(should.Net - has.Net) > allowed || Math.Abs(should.Tax - has.Tax) > allowed)
                _faults.Add(FormattableString.Invariant($"account {account} holds {has.Net} + {has.Tax} and should hold {should.Net} + {should.Tax}"));
        }
    }

    // Where amounts are rounded, each line may be off by half a minor unit, and by what its quantity's four decimals lose.
    private decimal Allowed(string account)
    {
        if (world.RoundsWell) return 0m;
        var parts = account.Split(' ');
        var lines = world.Books.Documents.Where(d => d.Shown.Client == parts[0] && d.Shown.Total.Currency.Code == parts[1]).Sum(d => d.Content?.Lines.Count ?? 0);
        var unit = Money.OfMinorUnits(1, Currency.Of(parts[1])).Amount;
        return lines * (unit + (0.00005m * world.Terms.HourlyOf(parts[1], Terms.Consulting)));
    }

    private async Task CheckDifferencesAsync(List<OpenVariance> variances)
    {
        await using var store = world.File.Open(TimeProvider.System);
        foreach (var difference in (await store.ListDifferencesAsync(world.Job.Name, CancellationToken.None)).Select(d => d.Judged.Difference))
        {
            var isExplained = difference.Code == DifferenceCodes.ChangedAfterPosting && variances.Exists(v => $"{v.Stream}/{v.Id}" == difference.Subject);
            if (!isExplained) _faults.Add($"a difference is left: {difference.Code} {difference.Subject} {difference.Explanation}");
        }
    }

    private List<OpenVariance> Variances() =>
        [.. world.File.Rows(
            """
            SELECT v.stream, v.source_id, d.destination_client, d.currency, v.posted_net, v.posted_tax, CASE WHEN v.version > 1 THEN 1 ELSE 0 END, v.reason, v.hold, v.correct
            FROM record_variances v JOIN documents d ON d.document_no = v.document_no
            WHERE v.correct <> '' OR v.posted_net <> v.correct_net OR v.posted_tax <> v.correct_tax
            """).Select(r => r.Split('|')).Select(r => new OpenVariance(
            r[0], r[1], $"{r[2]} {r[3]}", new Owed(MoneyOf(r[4], r[3]).Amount, MoneyOf(r[5], r[3]).Amount), r[6] == "1", $"{r[7]} {r[8]} {r[9]}".Trim()))];

    private static void Add(Dictionary<string, Owed> sums, string account, Owed owed) => sums[account] = sums.GetValueOrDefault(account) + owed;

    private static Money MoneyOf(string minorUnits, string currency) => Money.OfMinorUnits(long.Parse(minorUnits, CultureInfo.InvariantCulture), Currency.Of(currency));
}
