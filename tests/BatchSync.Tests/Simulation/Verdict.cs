using System.Globalization;
using BatchSync.Configuration;
using BatchSync.Core.Amounts;
using BatchSync.Core.Billing;
using BatchSync.Core.Posting;
using BatchSync.Core.Reconciliation;
using BatchSync.Core.Sources;
using BatchSync.Storage;
using BatchSync.Storage.Sql;

namespace BatchSync.Tests.Simulation;

/// <summary>
/// Holds a healed world against the oracle: what the books say against what they should say, and what the store says against both.
/// Whatever a further promise can be checked by belongs into <see cref="FaultsAsync"/>.
/// </summary>
internal sealed class Verdict(World world, IReadOnlySet<(string Stream, string Id, string Hash)> staged)
{
    private const string HeldBehind = "held: changed at destination";
    private const string MovesTo = "belongs to ";
    private const string CancelsOut = "held: the time on its line cancels out to nothing";

    private readonly Oracle _oracle = new(world.Terms, world.Stage.Now);
    private readonly List<string> _faults = [];

    /// <summary>Records whose place in the books nobody can say, because of what is left.</summary>
    private readonly HashSet<(string Stream, string Id)> _unsure = [];

    /// <summary>Records that stand where they stood, since their correction hangs together with what a person has to look at.</summary>
    private readonly HashSet<(string Stream, string Id)> _waiting = [];
    private readonly List<SourceRecord> _gone = GoneOf(world, staged);

    /// <summary>A record whose documents do not hold what it should be, as the program says.</summary>
    private sealed record OpenVariance(string Stream, string Id, string Account, Owed Posted, bool WasChanged, string Text);

    /// <summary>Documents that a restored store does not know, and those of which it says that they are gone or have other amounts: a person has to look.</summary>
    private readonly HashSet<string> _left = new(StringComparer.Ordinal);

    public async Task<IReadOnlyList<string>> FaultsAsync()
    {
        var variances = Variances();
        await FindLeftAsync();
        CheckStaged();
        CheckReferences();
        CheckOutbox();
        CheckShares();
        CheckBuckets(variances);
        CheckVariances(variances);
        CheckMoney(variances);
        CheckUnsure();
        await CheckDifferencesAsync(variances);
        await CheckTrailAsync();
        return _faults;
    }

    private async Task FindLeftAsync()
    {
        if (!world.WasRestored) return;
        var known = world.File.Rows("SELECT d.reference FROM documents d JOIN outbox o ON o.document_no = d.document_no WHERE o.state <> 'Withdrawn'").ToHashSet(StringComparer.Ordinal);
        _left.UnionWith(world.Books.Documents.Select(d => d.Shown.Reference).Except(known, StringComparer.Ordinal));
        await using var store = world.File.Open(TimeProvider.System);
        var told = (await store.ListDifferencesAsync(world.Job.Name, CancellationToken.None)).Select(d => d.Judged.Difference);
        _left.UnionWith(told.Where(d => d.Code is DifferenceCodes.UnknownToStore or DifferenceCodes.MissingAtDestination or DifferenceCodes.AmountAtDestination).Select(d => d.Subject));
        foreach (var row in world.File.Rows("SELECT s.stream, s.source_id, d.reference FROM line_shares s JOIN documents d ON d.document_no = s.document_no").Select(r => r.Split('|')).Where(r => _left.Contains(r[2])))
            _unsure.Add((row[0], row[1]));

        // What was billed under the same key is not corrected before a person has dealt with it.
        var keys = world.Books.Documents.Where(d => _left.Contains(d.Shown.Reference)).Select(d => d.Content!.Identity.Key).ToHashSet();
        _unsure.UnionWith(world.Books.Documents.Where(d => keys.Contains(d.Content!.Identity.Key)).SelectMany(d => world.Shares[d.Content!]).Select(s => s.Record));
        _unsure.UnionWith(Variances().Where(v => keys.Any(key => v.Text.EndsWith($"belongs to {key}", StringComparison.Ordinal))).Select(v => (v.Stream, v.Id)));
        FindWaiting([.. keys, .. HeldFor(keys)], await store.ListVariancesAsync(world.Job.Series, CancellationToken.None));
        _unsure.UnionWith(world.File.Rows($"SELECT r.stream, r.source_id FROM records r JOIN buckets b ON b.record_no = r.record_no WHERE r.is_current = 1 AND b.bucket || ': ' || b.reason = '{HeldBehind}'").Select(r => r.Split('|')).Select(r => (r[0], r[1])));
    }

    // A key is held as well where a record of it had another key before, as an earlier version or under earlier rules, that has a document which the store does not know.
    private IEnumerable<DocumentKey> HeldFor(HashSet<DocumentKey> left)
    {
        const string Held = $"FROM buckets b JOIN records r ON r.record_no = b.record_no WHERE r.is_current = 1 AND b.bucket || ': ' || b.reason = '{HeldBehind}' AND b.currency <> '' AND b.period_from <> ''";
        var rows = world.File.Rows(
            $"""
            SELECT {Columns("b")}, {Columns("p")} FROM (SELECT r.series, r.stream, r.source_id, b.* {Held}) b
            JOIN records o ON o.series = b.series AND o.stream = b.stream AND o.source_id = b.source_id AND o.is_current = 0 JOIN buckets p ON p.record_no = o.record_no WHERE p.currency <> '' AND p.period_from <> ''
            UNION SELECT {Columns("b")}, {Columns("f")} FROM (SELECT b.* {Held}) b JOIN former_places f ON f.record_no = b.record_no WHERE f.currency <> '' AND f.period_from <> ''
            """);
        return rows.Select(r => r.Split('|')).Where(r => left.Contains(KeyOf(r[7..]))).Select(KeyOf);

        static string Columns(string table) => string.Join(", ", new[] { "entity", "client", "currency", "kind", "period_kind", "period_from", "split" }.Select(c => $"{table}.{c}"));
        static DocumentKey KeyOf(string[] r) => new KeyFields(r[0], r[1], r[2], r[3], r[4], r[5], r[6]).Key;
    }

    // A correction hangs together with those of its key, and with what its record moves to: what hangs together with a key that waits for a person waits as well.
    private void FindWaiting(IReadOnlyCollection<DocumentKey> held, IReadOnlyList<VarianceRow> variances)
    {
        var keys = held.Select(key => key.ToString()).ToHashSet(StringComparer.Ordinal);
        for (var before = -1; before != _waiting.Count;)
        {
            before = _waiting.Count;
            foreach (var row in variances)
            {
                var movesTo = row.Variance.Correct.StartsWith(MovesTo, StringComparison.Ordinal) ? row.Variance.Correct[MovesTo.Length..] : null;
                if (!keys.Contains(row.Key.ToString()) && (movesTo is null || !keys.Contains(movesTo))) continue;
                _waiting.Add((row.Variance.Stream.Name(), row.Variance.SourceId));
                keys.Add(row.Key.ToString());
                if (movesTo is not null) keys.Add(movesTo);
            }
        }
    }

    // Nobody knows what such a record should stand at, but it stands there once: at one customer, with what was right at some time, or not at all.
    private void CheckUnsure()
    {
        foreach (var record in SharesOfUnsure().GroupBy(s => s.Record))
        {
            var accounts = record.GroupBy(s => s.Account).Select(a => (Account: a.Key, Owed: a.Aggregate(default(Owed), (sum, s) => sum + s.Owed))).Where(a => !IsAbout(a.Owed, default, a.Account)).ToList();
            var right = world.Source.VersionsOf(StreamNames.Parse(record.Key.Stream), record.Key.Id).SelectMany(v => world.AllTerms.Select(t => new Oracle(t, world.Stage.Now).Of(v))).ToList();
            if (accounts.Count > 1) _faults.Add($"record {record.Key.Id} stands at {string.Join(" and at ", accounts)}");
            foreach (var (account, owed) in accounts)
            {
                if (!right.Exists(r => r.Account == account && IsAbout(r.Owed, owed, account))) _faults.Add($"record {record.Key.Id} stands at {account} with {owed}, which it never was worth");
            }
        }
    }

    private bool IsAbout(Owed a, Owed b, string account) => Math.Abs(a.Net - b.Net) <= Allowed(account) && Math.Abs(a.Tax - b.Tax) <= Allowed(account);

    private IEnumerable<((string Stream, string Id) Record, string Account, Owed Owed)> SharesOfUnsure() =>
        from entry in world.WasRestored ? world.Books.Documents : []
        let sign = entry.Shown.Type == DocumentType.CreditNote ? -1 : 1
        from share in world.Shares[entry.Content!]
        where _unsure.Contains(share.Record)
        select (share.Record, $"{entry.Shown.Client} {entry.Shown.Total.Currency}", new Owed(sign * share.Net.Amount, sign * share.Tax.Amount));

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
            if (_left.Contains(row[0])) continue;
            if (world.Books.Documents.Find(d => d.Shown.Reference == row[0])?.Shown is not { } shown) _faults.Add($"document {row[0]} is {row[1]}, and the books do not have it");
            else if ((shown.Net, shown.Tax, shown.Total) != (MoneyOf(row[3], row[2]), MoneyOf(row[4], row[2]), MoneyOf(row[5], row[2]))) _faults.Add($"document {row[0]} is {shown.Total} in the books and {MoneyOf(row[5], row[2])} in the store");
        }

        foreach (var stray in world.Books.Documents.Where(d => !posted.Contains(d.Shown.Reference) && !_left.Contains(d.Shown.Reference))) _faults.Add($"the books hold {stray.Shown.Reference}, and the store does not say so");
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
        foreach (var record in world.Source.Records.Concat(_gone))
        {
            var expected = _oracle.Of(record).Bucket;
            if (!rows.TryGetValue((record.Stream.Name(), record.Id), out var found)) continue;
            if (found.Count != "1") _faults.Add($"record {record.Id} is in {found.Count} buckets");
            var staysWhereItWas = expected == "held: period open" && found.Bucket == "billed" && variances.Exists(v => v.Stream == record.Stream.Name() && v.Id == record.Id);
            var waitsForPerson = world.WasRestored && found.Bucket == HeldBehind;
            if (found.Bucket != expected && !staysWhereItWas && !waitsForPerson) _faults.Add($"record {record.Id} is '{found.Bucket}' and should be '{expected}'");
        }
    }

    // Only what somebody changed can differ from what was posted, and a policy that corrects leaves only what the rules reject, and what no adjustment makes right.
    private void CheckVariances(List<OpenVariance> variances)
    {
        var corrects = world.Job.Posting.OnChange != ChangePolicy.Report;
        foreach (var variance in variances.Where(v => !_unsure.Contains((v.Stream, v.Id)) && !_waiting.Contains((v.Stream, v.Id))))
        {
            if (world.Job.Posting.OnChange == ChangePolicy.Delta && variance.Text.Contains(CancelsOut, StringComparison.Ordinal)) continue;
            if (corrects && world.IsMended && world.Source.Has(StreamNames.Parse(variance.Stream), variance.Id)) _faults.Add($"record {variance.Id} was left uncorrected: {variance.Text}");
            else if (!variance.WasChanged && world.Terms.Version == 1) _faults.Add($"record {variance.Id} differs from what was posted, and nobody changed it: {variance.Text}");
        }
    }

    private void CheckMoney(List<OpenVariance> variances)
    {
        var (expected, cancelled) = (new Dictionary<string, Owed>(StringComparer.Ordinal), Cancelled());
        foreach (var record in world.Source.Records.Concat(_gone))
        {
            if (_unsure.Contains((record.Stream.Name(), record.Id))) continue;
            if (variances.Find(v => v.Stream == record.Stream.Name() && v.Id == record.Id) is { } variance) Add(expected, variance.Account, variance.Posted);
            else if (cancelled.TryGetValue((record.Stream.Name(), record.Id), out var held)) held.ForEach(share => Add(expected, share.Account, share.Owed));
            else if (_oracle.Of(record) is { Account.Length: > 0 } judged) Add(expected, judged.Account, judged.Owed);
        }

        var booked = new Dictionary<string, Owed>(StringComparer.Ordinal);
        foreach (var shown in world.Books.Documents.Select(d => d.Shown))
        {
            var sign = shown.Type == DocumentType.CreditNote ? -1 : 1;
            Add(booked, $"{shown.Client} {shown.Total.Currency}", new Owed(sign * shown.Net.Amount, sign * shown.Tax.Amount));
        }

        foreach (var (_, account, owed) in SharesOfUnsure()) Add(expected, account, owed);
        foreach (var account in expected.Keys.Union(booked.Keys).Order(StringComparer.Ordinal))
        {
            var (should, has, allowed) = (expected.GetValueOrDefault(account), booked.GetValueOrDefault(account), Allowed(account));
            if (Math.Abs(should.Net - has.Net) > allowed || Math.Abs(should.Tax - has.Tax) > allowed)
                _faults.Add(FormattableString.Invariant($"account {account} holds {has.Net} + {has.Tax} and should hold {should.Net} + {should.Tax}"));
        }
    }

    // Records that cancel each other out on a line hold nothing of it each, by the rules of the largest remainder; when one of them leaves, the other one still holds nothing.
    private Dictionary<(string Stream, string Id), List<(string Account, Owed Owed)>> Cancelled() => world.File.Rows(
        """
        SELECT s.stream, s.source_id, d.destination_client, d.currency, SUM(CASE d.type WHEN 'credit-note' THEN -s.net ELSE s.net END), SUM(CASE d.type WHEN 'credit-note' THEN -s.tax ELSE s.tax END)
        FROM line_shares s JOIN documents d ON d.document_no = s.document_no
        WHERE EXISTS (
            SELECT 1 FROM line_shares o JOIN document_lines l ON l.document_no = o.document_no AND l.line_no = o.line_no
            WHERE o.stream = s.stream AND o.source_id = s.source_id AND l.net = 0 AND EXISTS (SELECT 1 FROM line_shares x WHERE x.document_no = o.document_no AND x.line_no = o.line_no AND x.source_id <> o.source_id))
        GROUP BY s.stream, s.source_id, d.destination_client, d.currency
        """).Select(r => r.Split('|')).GroupBy(r => (r[0], r[1])).ToDictionary(g => g.Key, g => g.Select(r => ($"{r[2]} {r[3]}", new Owed(MoneyOf(r[4], r[3]).Amount, MoneyOf(r[5], r[3]).Amount))).ToList());

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
            var isExplained = _left.Contains(difference.Subject) || (difference.Code == DifferenceCodes.ChangedAfterPosting && variances.Exists(v => $"{v.Stream}/{v.Id}" == difference.Subject));
            if (!isExplained) _faults.Add($"a difference is left: {difference.Code} {difference.Subject} {difference.Explanation}");
        }
    }

    private async Task CheckTrailAsync()
    {
        await using var store = world.File.Open(TimeProvider.System);
        if ((await AuditChain.VerifyAsync(store.ReadAuditAsync(null, null, CancellationToken.None), null, CancellationToken.None)).Broken is { } broken) _faults.Add($"the audit trail is broken at event {broken.EventNo}: {broken.Why}");
    }

    // What is gone and lay in the window counts as deleted. What the window has left behind stands as it was read, or was found while it was in it.
    private static List<SourceRecord> GoneOf(World world, IReadOnlySet<(string Stream, string Id, string Hash)> staged)
    {
        var known = staged.ToDictionary(s => (s.Stream, s.Id), s => s.Hash);
        var today = DateOnly.FromDateTime(world.Stage.Now.UtcDateTime);
        var gone = new List<SourceRecord>();
        foreach (var versions in world.Source.Gone)
        {
            if (!known.TryGetValue((versions[^1].Stream.Name(), versions[^1].Id), out var hash)) continue;
            var read = versions.Find(v => RecordContent.Hash(v) == hash);
            var isInWindow = read is not null && read.Date >= today.AddDays(-world.Job.Source.Deletes.WindowDays);
            gone.Add(read is null || isInWindow ? versions[^1] with { Deleted = true } : read);
        }

        return gone;
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
