using BatchSync.Core.Amounts;
using BatchSync.Core.Fx;
using BatchSync.Fx;

namespace BatchSync.Storage.Sql;

internal sealed partial class SqlStore
{
    private sealed record FxFields(long RateNo, string FromCurrency, string ToCurrency, string ValidFrom, string? ValidUntil, string Rate, string RetrievedAt)
    {
        public const string Columns = """
            r.rate_no AS RateNo, r.from_currency AS FromCurrency, r.to_currency AS ToCurrency, r.valid_from AS ValidFrom, r.valid_until AS ValidUntil, r.rate AS Rate, i.retrieved_at AS RetrievedAt
            """;

        public StoredFxRate Stored => new(
            RateNo, Currency.Of(FromCurrency), Currency.Of(ToCurrency), StoreText.DateOf(ValidFrom), StoreText.DateOrNull(ValidUntil), StoreText.DecimalOf(Rate), StoreText.InstantOf(RetrievedAt));
    }

    public Task<FxOutcome> ImportFxAsync(FxImport import, CancellationToken cancel) => WriteAsync(
        null,
        session =>
        {
            var stored = session.Query<FxFields>(
                $"SELECT {FxFields.Columns} FROM fx_rates r JOIN fx_imports i ON i.import_no = r.import_no WHERE r.provider = @Provider AND r.kind = @kind AND r.superseded_by = 0",
                new { import.Provider, kind = StoreText.Of(import.Kind) });
            var merge = FxMerge.Of(import.Kind, [.. stored.Select(s => s.Stored)], import.Rates, import.Replaces);
            if (merge.Conflicts.Count > 0) return new FxOutcome(0, 0, 0, merge.Conflicts);
            if (merge.Added.Count + merge.Replaced.Count > 0) Save(session, import, merge);
            return new FxOutcome(merge.Added.Count, merge.Unchanged, merge.Replaced.Count, []);
        },
        cancel);

    private void Save(SqlSession session, FxImport import, FxMerge merge)
    {
        var kind = StoreText.Of(import.Kind);
        var importNo = session.Insert(
            "INSERT INTO fx_imports (provider, kind, file_name, file_hash, retrieved_at, imported_at) VALUES (@Provider, @kind, @FileName, @FileHash, @retrieved, @Now)",
            new { import.Provider, kind, import.FileName, import.FileHash, retrieved = StoreText.Of(import.RetrievedAt), Now });
        foreach (var (_, old) in merge.Replaced)
            session.Execute("UPDATE fx_rates SET superseded_by = @importNo WHERE rate_no = @RateNo", new { importNo, old.RateNo });
        using var insert = session.Prepared(
            """
            INSERT INTO fx_rates (import_no, provider, kind, from_currency, to_currency, valid_from, valid_until, rate, superseded_by)
            VALUES (@import, @provider, @kind, @from, @to, @valid_from, @valid_until, @rate, 0)
            """,
            "import", "provider", "kind", "from", "to", "valid_from", "valid_until", "rate");
        insert.Set(0, importNo, import.Provider, kind);
        foreach (var rate in merge.Added.Concat(merge.Replaced.Select(r => r.New)))
        {
            insert.Set(3, rate.From.Code, rate.To.Code, StoreText.Of(rate.ValidFrom), StoreText.Of(rate.ValidUntil), NumberText.Canonical(rate.Rate));
            insert.Execute();
        }

        Audit(session, import, merge);
    }

    private void Audit(SqlSession session, FxImport import, FxMerge merge)
    {
        var stored = FormattableString.Invariant($"{import.Provider} {StoreText.Of(import.Kind)}: {merge.Added.Count + merge.Replaced.Count} rates, file {import.FileHash}");
        var entries = new List<AuditEntry> { AuditEntry.OfPerson(import.Author, "import fx rates", stored, import.Reason) };
        var changes = merge.Replaced.Select(r => (r.New, Old: ValueOf(r.Old.Rate, r.Old.ValidUntil))).Concat(merge.FilledGaps.Select(g => (g.New, Old: "none")));
        foreach (var (rate, old) in changes)
        {
            var subject = $"{import.Provider} {StoreText.Of(import.Kind)} {StoreText.Of(rate.ValidFrom)} {rate.From}/{rate.To}: {old} -> {ValueOf(rate.Rate, rate.ValidUntil)}, file {import.FileHash}";
            entries.Add(AuditEntry.OfPerson(import.Author, "replace fx rate", subject, import.Reason));
        }

        Append(session, entries);
    }

    private static string ValueOf(decimal rate, DateOnly? until) => NumberText.Canonical(rate) + (until is { } end ? $" until {StoreText.Of(end)}" : "");

    public Task<FxContent> LoadFxAsync(IReadOnlyList<FxSource> sources, IReadOnlyCollection<Currency> currencies, DateOnly from, CancellationToken cancel) => ReadAsync(
        session =>
        {
            var (quotes, contracts) = (new List<FxQuotes>(), new List<FxContracts>());
            foreach (var source in sources.GroupBy(s => (s.Provider, s.Kind), (_, same) => same.MaxBy(s => s.MaxAgeDays)!))
            {
                var rates = Rates(session, source, currencies, from);
                if (source.Kind == FxRateKind.Contract) contracts.Add(new FxContracts(source.Provider, rates.Select(r => new FxContract(r.From, r.To, r.Rate, r.ValidFrom, r.ValidUntil, r.RetrievedAt))));
                else if (rates.Count > 0) quotes.Add(new FxQuotes(source.Provider, source.Kind, rates[0].From, rates.Select(r => new FxQuote(r.ValidFrom, r.To, r.Rate, r.RetrievedAt))));
            }

            return new FxContent(quotes, contracts);
        },
        cancel);

    private static List<StoredFxRate> Rates(SqlSession session, FxSource source, IReadOnlyCollection<Currency> currencies, DateOnly from)
    {
        var earliest = source.Kind switch
        {
            FxRateKind.Spot => from.DayNumber > source.MaxAgeDays ? from.AddDays(-source.MaxAgeDays) : DateOnly.MinValue,
            FxRateKind.MonthAverage => new DateOnly(from.Year, from.Month, 1),
            _ => from,
        };
        var period = source.Kind == FxRateKind.Contract ? "(r.valid_until IS NULL OR r.valid_until > @earliest) AND r.from_currency IN @codes" : "r.valid_from >= @earliest";
        return [.. session.Query<FxFields>(
            $"""
            SELECT {FxFields.Columns} FROM fx_rates r JOIN fx_imports i ON i.import_no = r.import_no
            WHERE r.provider = @Provider AND r.kind = @kind AND r.superseded_by = 0 AND r.to_currency IN @codes AND {period}
            """,
            new { source.Provider, kind = StoreText.Of(source.Kind), codes = currencies.Select(c => c.Code).ToList(), earliest = StoreText.Of(earliest) }).Select(r => r.Stored)];
    }

    public Task<IReadOnlyList<string>> ListExpenseCurrenciesAsync(string series, CancellationToken cancel) => ReadAsync<IReadOnlyList<string>>(
        session => [.. session.Query<string>(
            "SELECT DISTINCT currency FROM records WHERE series = @series AND stream = 'expenses' AND is_current = 1 AND currency <> '' ORDER BY currency", new { series })],
        cancel);

    // Sums have no declared type in SQLite, so an empty answer matches no constructor: Dapper sets properties instead.
    private sealed record FxStockFields
    {
        public string Provider { get; init; } = "";
        public string Kind { get; init; } = "";
        public string PerUnitOf { get; init; } = "";
        public long Currencies { get; init; }
        public long Rates { get; init; }
        public string First { get; init; } = "";
        public string Last { get; init; } = "";
        public string RetrievedAt { get; init; } = "";
    }

    public Task<IReadOnlyList<FxStock>> ListFxStockAsync(CancellationToken cancel) => ReadAsync<IReadOnlyList<FxStock>>(
        session => [.. session.Query<FxStockFields>(
            """
            SELECT r.provider AS Provider, r.kind AS Kind, CASE r.kind WHEN 'contract' THEN '' ELSE MIN(r.from_currency) END AS PerUnitOf, COUNT(DISTINCT r.to_currency) AS Currencies, COUNT(*) AS Rates,
                   MIN(r.valid_from) AS First, MAX(r.valid_from) AS Last, MAX(i.retrieved_at) AS RetrievedAt
            FROM fx_rates r JOIN fx_imports i ON i.import_no = r.import_no WHERE r.superseded_by = 0 GROUP BY r.provider, r.kind ORDER BY r.provider, r.kind
            """).Select(s => new FxStock(
                s.Provider, StoreText.FxKindOf(s.Kind), s.PerUnitOf, (int)s.Currencies, (int)s.Rates, StoreText.DateOf(s.First), StoreText.DateOf(s.Last), StoreText.InstantOf(s.RetrievedAt)))],
        cancel);

    private sealed record FxRowFields(
        string Provider, string Kind, string FromCurrency, string ToCurrency, string ValidFrom, string? ValidUntil, string Rate, string RetrievedAt, string FileName, string FileHash, string? ReplacedAt);

    public Task<IReadOnlyList<FxRateRow>> ListFxRatesAsync(FxFilter filter, CancellationToken cancel) => ReadAsync<IReadOnlyList<FxRateRow>>(
        session => [.. session.Query<FxRowFields>(
            $"""
            SELECT r.provider AS Provider, r.kind AS Kind, r.from_currency AS FromCurrency, r.to_currency AS ToCurrency, r.valid_from AS ValidFrom, r.valid_until AS ValidUntil, r.rate AS Rate,
                   i.retrieved_at AS RetrievedAt, i.file_name AS FileName, i.file_hash AS FileHash, n.imported_at AS ReplacedAt
            FROM fx_rates r JOIN fx_imports i ON i.import_no = r.import_no LEFT JOIN fx_imports n ON n.import_no = r.superseded_by
            WHERE {string.Join(" AND ", Conditions(filter).Prepend("1 = 1"))}
            ORDER BY r.provider, r.kind, r.valid_from DESC, r.from_currency, r.to_currency, r.superseded_by, r.rate_no
            """,
            new
            {
                filter.Provider, kind = filter.Kind is { } kind ? StoreText.Of(kind) : null, from = StoreText.Of(filter.From), to = StoreText.Of(filter.To), filter.Currencies,
                month = filter.From is { } day ? StoreText.Of(new DateOnly(day.Year, day.Month, 1)) : null,
            }).Select(r => new FxRateRow(
                r.Provider, StoreText.FxKindOf(r.Kind), r.FromCurrency, r.ToCurrency, StoreText.DateOf(r.ValidFrom), StoreText.DateOrNull(r.ValidUntil), StoreText.DecimalOf(r.Rate), StoreText.InstantOf(r.RetrievedAt),
                r.FileName, r.FileHash, StoreText.InstantOrNull(r.ReplacedAt)))],
        cancel);

    private static IEnumerable<string> Conditions(FxFilter filter)
    {
        if (!filter.WithReplaced) yield return "r.superseded_by = 0";
        if (filter.Provider is not null) yield return "r.provider = @Provider";
        if (filter.Kind is not null) yield return "r.kind = @kind";
        if (filter.To is not null) yield return "r.valid_from <= @to";
        if (filter.From is not null)
            yield return "((r.kind = 'spot' AND r.valid_from >= @from) OR (r.kind = 'month-average' AND r.valid_from >= @month) OR (r.kind = 'contract' AND (r.valid_until IS NULL OR r.valid_until > @from)))";
        if (filter.Currencies.Count > 0) yield return "(r.to_currency IN @Currencies OR r.from_currency IN @Currencies)";
    }
}
