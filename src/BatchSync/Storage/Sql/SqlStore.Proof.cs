using System.Data.Common;
using System.Runtime.CompilerServices;
using BatchSync.Core.Amounts;
using BatchSync.Core.Billing;
using BatchSync.Core.Mapping;
using BatchSync.Core.Posting;
using BatchSync.Core.Reconciliation;
using BatchSync.Core.Sources;
using BatchSync.Core.Time;

namespace BatchSync.Storage.Sql;

internal sealed partial class SqlStore
{
    public Task<IReadOnlyList<Period>> ListTouchedPeriodsAsync(string series, CancellationToken cancel) => ReadAsync<IReadOnlyList<Period>>(
        session => [.. session.Query<(string Kind, string From)>("SELECT period_kind, period_from FROM touched_periods WHERE series = @series AND period_from <> '' ORDER BY period_from, period_kind", new { series })
            .Select(p => PeriodOf(p.Kind, p.From)!.Value)],
        cancel);

    private const int RecordsSummedTogether = 50_000;
    private const int DocumentsSummedTogether = 1_000;

    private const string RecordsOfPeriod =
        "SELECT MIN(record_no) AS First, MAX(record_no) AS Last FROM buckets WHERE series = @series AND purpose = 'revenue' AND period_kind = @kind AND period_from = @from";

    private const string DocumentsOfPeriod =
        "SELECT MIN(document_no) AS First, MAX(document_no) AS Last FROM documents WHERE series = @series AND period_kind = @kind AND period_from = @from";

    private sealed record NumberRange
    {
        public long? First { get; init; }
        public long? Last { get; init; }
    }

    // A database sorts in memory what it groups, and a month of a large firm has half a million records: they are summed range by range of their numbers, and the sums of the ranges once more.
    private static IEnumerable<(long First, long Behind)> Ranges(SqlSession session, string sql, object scope, int together)
    {
        var range = session.QuerySingle<NumberRange>(sql, scope);
        for (var first = range.First ?? long.MaxValue; first <= (range.Last ?? 0); first += together) yield return (first, first + together);
    }

    public Task<PeriodTotals> SumPeriodAsync(string series, Period? period, CancellationToken cancel) => ReadAsync(
        session =>
        {
            var (kind, from) = period is { } p ? (StoreText.Of(p.Kind), StoreText.Of(p.From)) : ("", "");
            var scope = new { series, kind, from };
            var documents = Ranges(session, DocumentsOfPeriod, scope, DocumentsSummedTogether).Select(r => new { series, kind, from, r.First, r.Behind }).ToList();
            return new PeriodTotals(
                SumBuckets(Ranges(session, RecordsOfPeriod, scope, RecordsSummedTogether).SelectMany(r => BucketSums(session, new { series, kind, from, r.First, r.Behind }))),
                SumBilled(documents.SelectMany(range => BilledSums(session, range))),
                SumLines(documents.SelectMany(range => LineSums(session, range))),
                SumDocuments(session, scope))
            {
                RecordsOnSeveralDocuments = [.. session.Query<string>(RecordsBilledTwice, scope)],
                UnsharedLines = documents.Sum(range => session.QuerySingle<long>(UnsharedLines, range)),
            };
        },
        cancel);

    // Sums have no declared type in SQLite, so an empty answer matches no constructor: Dapper sets properties instead.
    private sealed record BucketFields
    {
        public string Stream { get; init; } = "";
        public string Entity { get; init; } = "";
        public string Client { get; init; } = "";
        public string Currency { get; init; } = "";
        public string Bucket { get; init; } = "";
        public string Reason { get; init; } = "";
        public string? Amount { get; init; }
        public string AmountCurrency { get; init; } = "";
        public long Records { get; init; }
        public long Seconds { get; init; }
    }

    private static IEnumerable<BucketFields> BucketSums(SqlSession session, object scope) => session.Query<BucketFields>(
            """
            SELECT r.stream AS Stream, b.entity AS Entity, b.client AS Client, b.currency AS Currency, b.bucket AS Bucket, b.reason AS Reason, r.amount AS Amount, r.currency AS AmountCurrency,
                   COUNT(*) AS Records, COALESCE(SUM(r.seconds), 0) AS Seconds
            FROM buckets b JOIN records r ON r.record_no = b.record_no
            WHERE b.series = @series AND b.purpose = 'revenue' AND b.period_kind = @kind AND b.period_from = @from AND b.record_no >= @First AND b.record_no < @Behind
            GROUP BY r.stream, b.entity, b.client, b.currency, b.bucket, b.reason, r.amount, r.currency
            """,
            scope);

    private static List<BucketTotal> SumBuckets(IEnumerable<BucketFields> groups) => Sums(
        groups.Select(g => new BucketTotal(StreamNames.Parse(g.Stream), g.Entity, g.Client, CurrencyOf(g), Bucket.Parse(g.Bucket, g.Reason), g.Records, g.Seconds, AmountsOf(g))),
        t => (t.Stream, t.Entity, t.Client, t.Currency, t.Bucket),
        (sum, t) => sum + t);

    // Each is added to the sum of its group and let go, since a large firm's period has as many of them as lines.
    private static List<T> Sums<T, TKey>(IEnumerable<T> groups, Func<T, TKey> keyOf, Func<T, T, T> add) where TKey : notnull where T : class =>
        [.. groups.AggregateBy(keyOf, _ => (T?)null, (sum, t) => sum is null ? t : add(sum, t)).Select(sum => sum.Value!)];

    // An expense is proven in its own currency, also where its client is billed in another one or nobody knows the client: only so do amounts add up.
    private static string CurrencyOf(BucketFields group) => group.Amount is not null && Currency.TryOf(group.AmountCurrency, out _) ? group.AmountCurrency : group.Currency;

    // Source amounts are text: SQL groups equal ones, and their sum is made here, exactly.
    private static IReadOnlyDictionary<string, Rational> AmountsOf(BucketFields group) => group.Amount is not { } amount
        ? BucketTotal.NoAmounts
        : new Dictionary<string, Rational>(StringComparer.Ordinal) { [group.AmountCurrency.Length > 0 ? group.AmountCurrency : group.Currency] = (Rational)StoreText.DecimalOf(amount) * group.Records };

    // Whether a share is held stands among the groups, so that it is found out once for each.
    private static IEnumerable<BilledFields> BilledSums(SqlSession session, object scope) => session.Query<BilledFields>(
            $"""
            SELECT Stream, Entity, Client, Currency, IsHeld, COUNT(*) AS Records, SUM(Seconds) AS Seconds, SUM(Billed) AS Billed
            FROM (
                SELECT s.stream AS Stream, d.entity AS Entity, d.client AS Client, d.currency AS Currency, COALESCE(r.seconds, 0) AS Seconds, s.billed_seconds AS Billed,
                       CAST(CASE WHEN s.inputs_hash NOT IN ('', '{Reversal.Elsewhere}') AND NOT EXISTS (
                           SELECT 1 FROM line_shares n WHERE n.series = s.series AND n.stream = s.stream AND n.source_id = s.source_id AND n.inputs_hash <> '{Reversal.Elsewhere}'
                              AND n.document_no >= s.document_no AND (n.document_no > s.document_no OR n.line_no > s.line_no)) THEN 1 ELSE 0 END AS bigint) AS IsHeld
                FROM documents d JOIN line_shares s ON s.document_no = d.document_no JOIN records r ON r.record_no = s.record_no
                WHERE d.series = @series AND d.period_kind = @kind AND d.period_from = @from AND d.document_no >= @First AND d.document_no < @Behind) held
            GROUP BY Stream, Entity, Client, Currency, IsHeld
            """,
            scope);

    private static List<BilledTotal> SumBilled(IEnumerable<BilledFields> groups) => Sums(
        groups.Select(g => new BilledTotal(StreamNames.Parse(g.Stream), g.Entity, g.Client, g.Currency, g.IsHeld * g.Records, g.IsHeld * g.Seconds, g.Billed)),
        t => (t.Stream, t.Entity, t.Client, t.Currency),
        (sum, t) => sum + t);

    // Sums have no declared type in SQLite, so an empty answer matches no constructor: Dapper sets properties instead.
    private sealed record BilledFields
    {
        public string Stream { get; init; } = "";
        public string Entity { get; init; } = "";
        public string Client { get; init; } = "";
        public string Currency { get; init; } = "";
        public long IsHeld { get; init; }
        public long Records { get; init; }
        public long Seconds { get; init; }
        public long Billed { get; init; }
    }

    // Sums have no declared type in SQLite, so an empty answer matches no constructor: Dapper sets properties instead.
    private sealed record LineSum
    {
        public string Entity { get; init; } = "";
        public string Client { get; init; } = "";
        public string Currency { get; init; } = "";
        public string Type { get; init; } = "";
        public string Variance { get; init; } = "";
        public string ChargedSeconds { get; init; } = "";
        public long BilledSeconds { get; init; }
        public long Sign { get; init; }
        public long Lines { get; init; }
        public long Amount { get; init; }
        public long LineDiscount { get; init; }
        public long DocumentDiscount { get; init; }
        public long Net { get; init; }
        public long Tax { get; init; }
    }

    private static IEnumerable<LineSum> LineSums(SqlSession session, object scope) => session.Query<LineSum>(
            """
            SELECT d.entity AS Entity, d.client AS Client, d.currency AS Currency, l.type AS Type, l.variance AS Variance, l.charged_seconds AS ChargedSeconds, SUM(l.billed_seconds) AS BilledSeconds, CASE d.type WHEN 'credit-note' THEN -1 ELSE 1 END AS Sign,
                   COUNT(*) AS Lines, SUM(l.amount) AS Amount, SUM(l.line_discount) AS LineDiscount, SUM(l.document_discount) AS DocumentDiscount, SUM(l.net) AS Net, SUM(l.tax) AS Tax
            FROM documents d JOIN document_lines l ON l.document_no = d.document_no
            WHERE d.series = @series AND d.period_kind = @kind AND d.period_from = @from AND d.document_no >= @First AND d.document_no < @Behind
            GROUP BY d.entity, d.client, d.currency, l.type, l.variance, l.charged_seconds, CASE d.type WHEN 'credit-note' THEN -1 ELSE 1 END
            """,
            scope);

    private static List<LineTotal> SumLines(IEnumerable<LineSum> groups) => Sums(groups.Select(LineTotalOf), t => (t.Entity, t.Client, t.Currency, t.Type), (sum, t) => sum + t);

    private static LineTotal LineTotalOf(LineSum group)
    {
        var currency = Currency.Of(group.Currency);
        Money Signed(long units) => Money.OfMinorUnits(group.Sign * units, currency);
        return new LineTotal(group.Entity, group.Client, group.Currency, group.Type, group.Lines, Signed(group.Net), Signed(group.Tax), StoreText.RationalOf(group.Variance) * (group.Sign * group.Lines))
        {
            ChargedSeconds = group.ChargedSeconds.Length == 0 ? group.BilledSeconds : StoreText.RationalOf(group.ChargedSeconds) * group.Lines,
            Amount = Signed(group.Amount),
            LineDiscount = Signed(group.LineDiscount),
            DocumentDiscount = Signed(group.DocumentDiscount),
        };
    }

    // Sums have no declared type in SQLite, so an empty answer matches no constructor: Dapper sets properties instead.
    private sealed record DocumentSum
    {
        public string Entity { get; init; } = "";
        public string Client { get; init; } = "";
        public string Currency { get; init; } = "";
        public string State { get; init; } = "";
        public string BaseCurrency { get; init; } = "";
        public long Documents { get; init; }
        public long Net { get; init; }
        public long Tax { get; init; }
        public long Total { get; init; }
        public long Withholding { get; init; }
        public long Retainer { get; init; }
        public long BaseTotal { get; init; }
        public long BaseRounding { get; init; }
    }

    private static List<DocumentTotal> SumDocuments(SqlSession session, object scope) =>
        [.. session.Query<DocumentSum>(
            """
            SELECT Entity, Client, Currency, State, BaseCurrency, COUNT(*) AS Documents, SUM(Sign * net) AS Net, SUM(Sign * tax) AS Tax, SUM(Sign * total) AS Total, SUM(Sign * withholding) AS Withholding,
                   SUM(Sign * retainer) AS Retainer, SUM(Sign * base_total) AS BaseTotal, SUM(Sign * base_rounding) AS BaseRounding
            FROM (
                SELECT d.entity AS Entity, d.client AS Client, d.currency AS Currency, o.state AS State, d.base_currency AS BaseCurrency, CASE d.type WHEN 'credit-note' THEN -1 ELSE 1 END AS Sign,
                       d.net, d.tax, d.total, d.withholding, d.retainer, d.base_total, d.base_rounding
                FROM documents d JOIN outbox o ON o.document_no = d.document_no
                WHERE d.series = @series AND d.period_kind = @kind AND d.period_from = @from) signed
            GROUP BY Entity, Client, Currency, State, BaseCurrency
            """,
            scope).Select(t =>
            {
                Money Of(long units) => Money.OfMinorUnits(units, Currency.Of(t.Currency));
                return new DocumentTotal(t.Entity, t.Client, t.Currency, Enum.Parse<OutboxState>(t.State), t.Documents, Of(t.Net), Of(t.Tax), Of(t.Total))
                {
                    Withholding = Of(t.Withholding),
                    Retainer = Of(t.Retainer),
                    Base = t.BaseCurrency.Length == 0 ? null : new ValuedTotal(Money.OfMinorUnits(t.BaseTotal, Currency.Of(t.BaseCurrency)), Money.OfMinorUnits(t.BaseRounding, Currency.Of(t.BaseCurrency))),
                };
            })];

    // Only a record that has several shares can have been billed more than once.
    private const string RecordsBilledTwice = """
        SELECT CONCAT(s.stream, '/', s.source_id)
        FROM (SELECT DISTINCT i.series, i.stream, i.source_id FROM documents e JOIN line_shares i ON i.document_no = e.document_no
              WHERE e.series = @series AND e.period_kind = @kind AND e.period_from = @from
                AND EXISTS (SELECT 1 FROM line_shares o WHERE o.series = i.series AND o.stream = i.stream AND o.source_id = i.source_id
                              AND (o.document_no <> i.document_no OR o.line_no <> i.line_no OR o.record_no <> i.record_no))) mine
        JOIN line_shares s ON s.series = mine.series AND s.stream = mine.stream AND s.source_id = mine.source_id
        JOIN documents d ON d.document_no = s.document_no
        LEFT JOIN document_lines l ON l.document_no = s.document_no AND l.line_no = s.line_no
        GROUP BY s.stream, s.source_id
        HAVING SUM(CASE WHEN s.inputs_hash = '' THEN -1 WHEN l.type = 'adjustment' OR d.purpose IN ('credit', 'withdrawal') THEN 0 ELSE 1 END) > 1
        ORDER BY 1
        """;

    private const string UnsharedLines = """
        SELECT COUNT(*) FROM (
            SELECT l.document_no
            FROM documents d
            JOIN document_lines l ON l.document_no = d.document_no
            LEFT JOIN line_shares s ON s.document_no = l.document_no AND s.line_no = l.line_no
            WHERE d.series = @series AND d.period_kind = @kind AND d.period_from = @from AND d.document_no >= @First AND d.document_no < @Behind
            GROUP BY l.document_no, l.line_no, l.net, l.tax, l.billed_seconds
            HAVING COALESCE(SUM(s.net), 0) <> l.net OR COALESCE(SUM(s.tax), 0) <> l.tax OR COALESCE(SUM(s.billed_seconds), 0) <> l.billed_seconds
        ) unshared
        """;

    private sealed record DocumentStateFields(string State, string DestinationId, string Message);

    public Task<IReadOnlyList<DocumentRow>> ListDocumentsAsync(string series, Period? period, CancellationToken cancel) => ReadAsync(
        session => QueryDocuments(
            session,
            "d.series = @series AND (@from IS NULL OR (d.period_kind = @kind AND d.period_from = @from))",
            new { series, kind = period is { } p ? StoreText.Of(p.Kind) : null, from = period is { } q ? StoreText.Of(q.From) : null }),
        cancel);

    public Task<IReadOnlyList<DocumentRow>> ListDocumentsAsync(string series, Period period, DocumentPortion portion, CancellationToken cancel) => ReadAsync(
        session => QueryDocuments(
            session,
            "d.series = @series AND d.period_kind = @kind AND d.period_from = @from AND d.document_no > @After",
            new { series, kind = StoreText.Of(period.Kind), from = StoreText.Of(period.From), portion.After, portion.AtMost },
            "LIMIT @AtMost"),
        cancel);

    public Task<IReadOnlyList<DocumentRow>> ListDocumentsOfClientAsync(string series, string client, Period period, CancellationToken cancel) => ReadAsync(
        session => QueryDocuments(
            session,
            "d.series = @series AND d.client = @client AND d.period_kind = @kind AND d.period_from = @from",
            new { series, client, kind = StoreText.Of(period.Kind), from = StoreText.Of(period.From) }),
        cancel);

    private static IReadOnlyList<DocumentRow> QueryDocuments(SqlSession session, string where, object parameters, string limit = "") =>
        [.. session.Query<DocumentFields, DocumentStateFields, DocumentRow>(
            $"""
            SELECT {DocumentFields.Columns}, o.state AS State, o.destination_id AS DestinationId, o.message AS Message
            FROM documents d JOIN outbox o ON o.document_no = d.document_no
            WHERE {where} ORDER BY d.document_no {limit}
            """,
            (d, o) => new DocumentRow(
                d.DocumentNo, d.Reference, d.Key, StoreText.PurposeOf(d.Purpose), (int)d.Revision, StoreText.TypeOf(d.Type), StoreText.DateOf(d.DocumentDate), d.Destination, d.DestinationClient,
                d.Money(d.Net), d.Money(d.Tax), d.Money(d.Total), Enum.Parse<OutboxState>(o.State), o.DestinationId, o.Message)
            {
                Series = d.Series, Corrects = d.Corrects, RunNo = d.RunNo, MappingHash = d.MappingHash, ContentHash = d.ContentHash, After = d.AfterDocument,
                Withholding = d.Money(d.Withholding), Retainer = d.Money(d.Retainer), Valuation = d.Valuation,
            },
            parameters,
            splitOn: "State")];

    private sealed record VarianceFields(
        string Stream, string SourceId, long Version, string RulesHash, long DocumentNo, long PostedNet, long PostedTax, string Correct, long CorrectNet, long CorrectTax, string Reason, string Hold, string Reference,
        string Entity, string Client, string Currency, string Kind, string PeriodKind, string PeriodFrom, string Split);

    public Task<IReadOnlyList<VarianceRow>> ListVariancesAsync(string series, CancellationToken cancel) => ReadAsync<IReadOnlyList<VarianceRow>>(
        session => [.. session.Query<VarianceFields>(
            """
            SELECT v.stream AS Stream, v.source_id AS SourceId, v.version AS Version, v.rules_hash AS RulesHash, v.document_no AS DocumentNo, v.posted_net AS PostedNet, v.posted_tax AS PostedTax,
                   v.correct AS Correct, v.correct_net AS CorrectNet, v.correct_tax AS CorrectTax, v.reason AS Reason, v.hold AS Hold, d.reference AS Reference, d.entity AS Entity, d.client AS Client,
                   d.currency AS Currency, d.kind AS Kind, d.period_kind AS PeriodKind, d.period_from AS PeriodFrom, d.split AS Split
            FROM record_variances v JOIN documents d ON d.document_no = v.document_no WHERE v.series = @series ORDER BY v.stream, v.source_id
            """,
            new { series }).Select(v => Variance(series, v))],
        cancel);

    private static VarianceRow Variance(string series, VarianceFields v)
    {
        var key = new KeyFields(v.Entity, v.Client, v.Currency, v.Kind, v.PeriodKind, v.PeriodFrom, v.Split).Key;
        Money Of(long units) => Money.OfMinorUnits(units, key.Currency);
        return new VarianceRow(
            new RecordVariance(
                series, StreamNames.Parse(v.Stream), v.SourceId, (int)v.Version, v.RulesHash, v.DocumentNo, Of(v.PostedNet), Of(v.PostedTax), v.Correct, Of(v.CorrectNet), Of(v.CorrectTax), v.Reason) { Hold = v.Hold },
            v.Reference,
            key);
    }

    public Task SaveReconciliationAsync(
        Lease lease, RunRow run, IReadOnlyList<Period> periods, ReconciliationRows rows, IReadOnlyList<Difference> differences, CancellationToken cancel) => WriteAsync(
        lease,
        session =>
        {
            InsertRows(session, run.RunNo, rows);
            foreach (var difference in differences) SaveDifference(session, run, difference);
            session.Execute("UPDATE differences SET job = @Job WHERE series = @Series AND job <> @Job", new { run.Job, run.Series });
            foreach (var (kind, from) in periods.Select(p => (StoreText.Of(p.Kind), StoreText.Of(p.From))).Append(("", "")))
            {
                var scope = new { run.Series, run.RunNo, kind, from };
                session.Execute("DELETE FROM differences WHERE series = @Series AND period_kind = @kind AND period_from = @from AND last_run <> @RunNo", scope);
            }
        },
        cancel);

    public Task ForgetTouchedPeriodsAsync(Lease lease, IReadOnlyList<Period> periods, CancellationToken cancel) => WriteAsync(
        lease,
        session =>
        {
            foreach (var period in periods)
            {
                session.Execute(
                    "DELETE FROM touched_periods WHERE series = @Name AND period_kind = @kind AND period_from = @from",
                    new { lease.Name, kind = StoreText.Of(period.Kind), from = StoreText.Of(period.From) });
            }
        },
        cancel);

    private static void InsertRows(SqlSession session, long runNo, ReconciliationRows rows)
    {
        using var insert = session.Prepared(
            """
            INSERT INTO reconciliation_rows (run_no, position, period_kind, period_from, purpose, entity, client, currency, step, item, records, seconds, amount)
            VALUES (@run, @position, @kind, @from, @purpose, @entity, @client, @currency, @step, @item, @records, @seconds, @amount)
            """,
            "run", "position", "kind", "from", "purpose", "entity", "client", "currency", "step", "item", "records", "seconds", "amount");
        var position = 0;
        foreach (var row in rows)
        {
            insert.Run(
                runNo, ++position, row.Period is { } p ? StoreText.Of(p.Kind) : "", row.Period is { } q ? StoreText.Of(q.From) : "", row.Purpose, row.Entity, row.Client, row.Currency, row.Step.ToString(), row.Item,
                row.Records, row.Seconds, row.Amount is { } amount ? NumberText.Canonical(amount) : null);
        }
    }

    private void SaveDifference(SqlSession session, RunRow run, Difference d)
    {
        var row = new
        {
            run.Series, d.Code, d.Subject, run.Job, run.RunNo, Now, kind = d.Period is { } p ? StoreText.Of(p.Kind) : "", from = d.Period is { } q ? StoreText.Of(q.From) : "",
            d.Client, d.Currency, d.Expected, d.Actual, amount = d.Amount is { } amount ? NumberText.Canonical(amount) : null, d.Explanation, d.Basis,
        };
        session.Save(
            """
            UPDATE differences SET job = @Job, period_kind = @kind, period_from = @from, client = @Client, currency = @Currency, expected = @Expected, actual = @Actual, amount = @amount,
                explanation = @Explanation, basis = @Basis, last_run = @RunNo
            WHERE series = @Series AND code = @Code AND subject = @Subject
            """,
            """
            INSERT INTO differences (series, code, subject, difference_no, job, period_kind, period_from, client, currency, expected, actual, amount, explanation, basis, first_run, first_seen_at, last_run)
            SELECT @Series, @Code, @Subject, COALESCE(MAX(difference_no), 0) + 1, @Job, @kind, @from, @Client, @Currency, @Expected, @Actual, @amount, @Explanation, @Basis, @RunNo, @Now, @RunNo FROM differences
            """,
            row);
    }

    public async Task<ReconciliationRows> ListReconciliationAsync(long runNo, CancellationToken cancel)
    {
        const string Sql = """
            SELECT period_kind, period_from, purpose, entity, client, currency, step, item, records, seconds, amount FROM reconciliation_rows WHERE run_no = @runNo ORDER BY position
            """;
        var rows = new ReconciliationRows();
        await foreach (var row in StreamAsync(Sql, [("runNo", runNo)], Read, cancel)) rows.Add(row);
        return rows;

        static ReconciliationRow Read(ISqlRow row) => new(
            PeriodOf(row.Text(0), row.Text(1)), row.Text(2), row.Text(3), row.Text(4), row.Text(5), Enum.Parse<ReconciliationStep>(row.Text(6)), row.Text(7),
            row.IsNull(8) ? null : row.Number(8), row.IsNull(9) ? null : row.Number(9), row.IsNull(10) ? null : StoreText.DecimalOf(row.Text(10)));
    }

    private sealed record DifferenceFields(
        long DifferenceNo, string Job, string Code, string Subject, string PeriodKind, string PeriodFrom, string Client, string Currency, string Expected, string Actual, string? Amount, string Explanation,
        string FirstSeenAt, string? AcceptedSignature, string? AcceptedBy, string? AcceptedReason, string Basis, string AcceptedBasis)
    {
        public StoredDifference Stored
        {
            get
            {
                var difference = new Difference(
                    Code, Subject, PeriodOf(PeriodKind, PeriodFrom), Client, Currency, Expected, Actual, Amount is null ? null : StoreText.DecimalOf(Amount), Explanation)
                {
                    Basis = Basis,
                };
                var accepted = AcceptedSignature == difference.Signature;
                return new StoredDifference(DifferenceNo, Job, new JudgedDifference(difference, accepted ? AcceptedBy : null, accepted ? AcceptedReason : null, StoreText.InstantOf(FirstSeenAt)) { LetStandAs = AcceptedBasis });
            }
        }

        public const string Columns = """
            difference_no AS DifferenceNo, job AS Job, code AS Code, subject AS Subject, period_kind AS PeriodKind, period_from AS PeriodFrom, client AS Client, currency AS Currency, expected AS Expected,
            actual AS Actual, amount AS Amount, explanation AS Explanation, first_seen_at AS FirstSeenAt, accepted_signature AS AcceptedSignature, accepted_by AS AcceptedBy, accepted_reason AS AcceptedReason, basis AS Basis, accepted_basis AS AcceptedBasis
            """;
    }

    public Task<IReadOnlyList<StoredDifference>> ListDifferencesAsync(string? job, CancellationToken cancel) => ReadAsync<IReadOnlyList<StoredDifference>>(
        session => [.. session.Query<DifferenceFields>($"SELECT {DifferenceFields.Columns} FROM differences WHERE @job IS NULL OR job = @job ORDER BY difference_no", new { job }).Select(d => d.Stored)],
        cancel);

    public Task<bool> AcceptDifferenceAsync(long differenceNo, string author, string reason, CancellationToken cancel) => WriteAsync(
        null,
        session =>
        {
            var found = session.QuerySingleOrDefault<DifferenceFields>($"SELECT {DifferenceFields.Columns} FROM differences WHERE difference_no = @differenceNo", new { differenceNo });
            if (found is null) return false;
            var difference = found.Stored.Judged.Difference;
            session.Execute(
                "UPDATE differences SET accepted_signature = @Signature, accepted_basis = basis, accepted_by = @author, accepted_at = @Now, accepted_reason = @reason WHERE difference_no = @differenceNo",
                new { difference.Signature, author, reason, Now, differenceNo });
            Audit(session, author, "accept difference", $"{difference.Key}: {difference.Signature}", reason);
            return true;
        },
        cancel);

    public Task<IReadOnlyList<RejectionCount>> CountRejectionsAsync(string series, CancellationToken cancel) => ReadAsync<IReadOnlyList<RejectionCount>>(
        session => [.. session.Query<(string Bucket, string Reason, long Records)>(
            "SELECT bucket, reason, CAST(COUNT(*) AS bigint) FROM buckets WHERE series = @series AND purpose = 'revenue' AND bucket = 'rejected' GROUP BY bucket, reason ORDER BY reason", new { series })
            .Select(r => new RejectionCount(Bucket.Parse(r.Bucket, r.Reason), r.Records))],
        cancel);

    /// <summary>A reader of its own, so that a long report neither waits for writers nor holds them up.</summary>
    private async IAsyncEnumerable<T> StreamAsync<T>(string sql, (string Name, SqlValue Value)[] parameters, Func<ISqlRow, T> read, [EnumeratorCancellation] CancellationToken cancel)
    {
        await using var connection = await ExplainedAsync(() => _dialect.OpenReaderAsync(cancel), cancel);
        await using var rows = new SqlSession(_dialect, connection).EachAsync(sql, read, parameters, cancel).GetAsyncEnumerator(cancel);
        while (await NextAsync(rows, cancel)) yield return rows.Current;
    }

    // One row after the other is there at once: a task for each would be most of the work.
    private ValueTask<bool> NextAsync<T>(IAsyncEnumerator<T> rows, CancellationToken cancel)
    {
        try
        {
            var next = rows.MoveNextAsync();
            return next.IsCompletedSuccessfully ? next : new ValueTask<bool>(ExplainedAsync(next.AsTask, cancel));
        }
        catch (DbException e)
        {
            cancel.ThrowIfCancellationRequested();
            throw _dialect.Explained(e);
        }
    }

    // SQL Server's driver says so with a failure of its own when it is cancelled.
    private async Task<T> ExplainedAsync<T>(Func<Task<T>> work, CancellationToken cancel)
    {
        try
        {
            return await work();
        }
        catch (DbException e)
        {
            cancel.ThrowIfCancellationRequested();
            throw _dialect.Explained(e);
        }
    }

    private const string DetailColumns = """
        r.stream, r.source_id, r.version, b.local_date, b.client, b.project, b.task, b.person, b.category, r.seconds, r.amount, r.currency, b.bucket, b.reason, b.entity
        """;

    public async IAsyncEnumerable<DetailRow> ReadDetailAsync(string series, IReadOnlyList<Period> periods, [EnumeratorCancellation] CancellationToken cancel)
    {
        foreach (var period in periods)
        {
            (string, SqlValue)[] scope = [("series", series), ("kind", StoreText.Of(period.Kind)), ("from", StoreText.Of(period.From))];
            await foreach (var documents in TogetherAsync(scope, cancel))
            {
                await foreach (var row in StreamAsync(PostedDetail(documents), [], ReadPostedDetail, cancel)) yield return row;
            }

            await foreach (var row in StreamAsync(UnpostedDetail, scope, ReadUnpostedDetail, cancel)) yield return row;
        }
    }

    /// <summary>Shares of documents that are sorted together: a month of a large firm has half a million, which a database would sort in memory.</summary>
    private const long SharesTogether = 10_000;

    /// <summary>Documents that are named in one statement: SQL Server refuses to plan one that names many thousands.</summary>
    private const int DocumentsTogether = 500;

    /// <summary>The documents of a period in the order of its detail, so many together that they have shares enough.</summary>
    private async IAsyncEnumerable<IReadOnlyList<long>> TogetherAsync((string, SqlValue)[] scope, [EnumeratorCancellation] CancellationToken cancel)
    {
        const string Sql = """
            SELECT d.document_no, (SELECT CAST(COUNT(*) AS bigint) FROM line_shares s WHERE s.document_no = d.document_no) FROM documents d
            WHERE d.series = @series AND d.period_kind = @kind AND d.period_from = @from ORDER BY d.entity, d.client, d.currency, d.document_no
            """;
        var (together, shares) = (new List<long>(), 0L);
        foreach (var (document, its) in await StreamAsync(Sql, scope, row => (row.Number(0), row.Number(1)), cancel).ToListAsync(cancel))
        {
            together.Add(document);
            shares += its;
            if (shares < SharesTogether && together.Count < DocumentsTogether) continue;
            yield return together;
            (together, shares) = ([], 0);
        }

        if (together.Count > 0) yield return together;
    }

    private static string PostedDetail(IEnumerable<long> documents) => $"""
        SELECT {DetailColumns}, d.reference, s.line_no, o.destination_id, o.state, s.billed_seconds, d.currency, d.type, s.net, s.tax, d.entity, d.client
        FROM documents d
        JOIN outbox o ON o.document_no = d.document_no
        JOIN line_shares s ON s.document_no = d.document_no
        JOIN records r ON r.record_no = s.record_no
        JOIN buckets b ON b.record_no = r.record_no AND b.purpose = 'revenue'
        WHERE d.document_no IN ({string.Join(',', documents)})
        ORDER BY d.entity, d.client, d.currency, d.document_no, s.line_no, r.source_id
        """;

    private const string UnpostedDetail = $"""
        SELECT {DetailColumns}
        FROM buckets b JOIN records r ON r.record_no = b.record_no
        WHERE b.series = @series AND b.purpose = 'revenue' AND b.period_kind = @kind AND b.period_from = @from
          AND NOT EXISTS (SELECT 1 FROM line_shares s WHERE s.series = r.series AND s.stream = r.stream AND s.source_id = r.source_id AND s.record_no = r.record_no)
        ORDER BY b.entity, b.client, b.currency, r.stream, r.source_id, r.version
        """;

    private static DetailRow ReadUnpostedDetail(ISqlRow row) => new(
        StreamNames.Parse(row.Text(0)), row.Text(1), (int)row.Number(2), row.IsNull(3) ? null : StoreText.DateOf(row.Text(3)), row.Text(14), row.Text(4),
        row.Text(5), row.Text(6), row.Text(7), row.Text(8), row.IsNull(9) ? null : row.Number(9), row.IsNull(10) ? null : StoreText.DecimalOf(row.Text(10)), row.Text(11),
        Bucket.Parse(row.Text(12), row.Text(13)).ToString(), "", null, "", "", null, "", null, null);

    private static DetailRow ReadPostedDetail(ISqlRow row)
    {
        var currency = Currency.Of(row.Text(20));
        var sign = StoreText.TypeOf(row.Text(21)) == DocumentType.CreditNote ? -1 : 1;
        return ReadUnpostedDetail(row) with
        {
            Reference = row.Text(15),
            Line = (int)row.Number(16),
            DestinationId = row.Text(17),
            State = row.Text(18),
            BilledSeconds = row.Text(0) == StreamKind.TimeEntries.Name() ? row.Number(19) : null,
            Currency = currency.Code,
            Net = Money.OfMinorUnits(sign * row.Number(22), currency).Amount,
            Tax = Money.OfMinorUnits(sign * row.Number(23), currency).Amount,
            Entity = row.Text(24),
            Client = row.Text(25),
        };
    }

    public IAsyncEnumerable<ExceptionRow> ReadExceptionsAsync(string series, DateOnly asOf, CancellationToken cancel) => StreamAsync(
        $"""
        SELECT r.stream, r.source_id, r.version, b.local_date, b.client, r.client_name, b.project, b.person, r.seconds, r.amount, r.currency, b.currency, b.bucket, b.reason, b.fault_field, b.fault_value, b.fault_rule
        FROM buckets b JOIN records r ON r.record_no = b.record_no
        WHERE b.series = @series AND b.purpose = 'revenue' AND {OpenBuckets}
        ORDER BY b.local_date, r.stream, r.source_id
        """,
        [("series", series)],
        row =>
        {
            var date = row.IsNull(3) ? (DateOnly?)null : StoreText.DateOf(row.Text(3));
            return new ExceptionRow(
                StreamNames.Parse(row.Text(0)), row.Text(1), (int)row.Number(2), date, date is { } day ? asOf.DayNumber - day.DayNumber : null,
                row.Text(4).Length > 0 ? row.Text(4) : row.Text(5), row.Text(6), row.Text(7), row.IsNull(8) ? null : row.Number(8),
                row.IsNull(9) ? null : StoreText.DecimalOf(row.Text(9)), row.Text(10).Length > 0 ? row.Text(10) : row.Text(11),
                Bucket.Parse(row.Text(12), row.Text(13)).ToString(), row.Text(14), row.Text(15), row.Text(16));
        },
        cancel);

    public Task<bool> WasDeliveredAsync(long runNo, string channel, CancellationToken cancel) => ReadAsync(
        session => session.QuerySingle<long>("SELECT COUNT(*) FROM deliveries WHERE run_no = @runNo AND channel = @channel", new { runNo, channel }) > 0, cancel);

    public Task SaveDeliveryAsync(long runNo, string channel, string? author, CancellationToken cancel) => WriteAsync(
        null,
        session =>
        {
            session.Execute("INSERT INTO deliveries (run_no, channel, sent_at) VALUES (@runNo, @channel, @Now)", new { runNo, channel, Now });
            var job = session.QuerySingle<string>("SELECT job FROM runs WHERE run_no = @runNo", new { runNo });
            Append(session, [new AuditEntry(author is null ? AuthorKinds.Run : AuthorKinds.Person, author ?? job, runNo, "send report", channel, "")]);
        },
        cancel);
}
