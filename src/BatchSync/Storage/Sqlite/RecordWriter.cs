using BatchSync.Core.Billing;
using BatchSync.Core.Sources;
using BatchSync.Storage.Sql;

namespace BatchSync.Storage.Sqlite;

/// <summary>Stages the records of one page through prepared statements: new, changed (a new version), or seen again.</summary>
internal sealed class RecordWriter : IDisposable
{
    private readonly PageSet _set;
    private readonly string _pageHash;
    private readonly SqlStatement _find;
    private readonly SqlStatement _insert;
    private readonly SqlStatement _seen;
    private readonly SqlStatement _replace;
    private readonly SqlStatement _period;
    private readonly SqlStatement _supersede;
    private readonly SqlStatement _bucket;
    private readonly SqlValue[] _values = new SqlValue[RecordRow.Names.Length];
    private readonly HashSet<(string Kind, string From)> _touched = [];

    public RecordWriter(SqlSession session, PageSet set, string pageHash)
    {
        _set = set;
        _pageHash = pageHash;
        _find = session.Prepared("SELECT record_no, version, content_hash, deleted, modified_at FROM records WHERE series = @series AND stream = @stream AND source_id = @source_id ORDER BY version DESC LIMIT 1", "series", "stream", "source_id");
        _insert = session.Prepared($"INSERT INTO records ({string.Join(", ", RecordRow.Names)}) VALUES ({string.Join(", ", RecordRow.Names.Select(c => "@" + c))})", RecordRow.Names);
        _seen = session.Prepared("UPDATE records SET seen_in = @seen_in WHERE record_no = @record_no", "seen_in", "record_no");
        _replace = session.Prepared("UPDATE records SET is_current = 0 WHERE record_no = @record_no", "record_no");
        _period = session.Prepared($"SELECT period_kind, period_from FROM buckets WHERE record_no = @record_no AND purpose = '{Purposes.Revenue}'", "record_no");
        _supersede = session.Prepared(
            $"UPDATE buckets SET bucket = 'superseded', reason = '', fault_field = '', fault_value = '', fault_rule = '' WHERE record_no = @record_no AND purpose = '{Purposes.Revenue}'", "record_no");
        _bucket = session.Prepared(
            $"""
            INSERT INTO buckets (record_no, purpose, series, bucket, reason, entity, client, currency, kind, period_kind, period_from, split, local_date,
                                 project, task, person, category, fault_field, fault_value, fault_rule, rules_hash)
            VALUES (@record_no, '{Purposes.Revenue}', @series, 'superseded', '', '', '', '', '', '', '', '', NULL, '', '', '', '', '', '', '', '')
            """,
            "record_no", "series");
        _find.Set(0, set.Start.Series, set.Start.Stream.Name());
    }

    public StageCounts Counts { get; private set; }

    public IReadOnlyCollection<(string Kind, string From)> Touched => _touched;

    public void Write(HashedRecord hashed)
    {
        var (record, hash) = hashed;
        _find.Set(2, record.Id);
        if (_find.First(ReadKnown) is not { } known)
        {
            Insert(record, 1, hash);
            Counts += new StageCounts(1, 0, 0);
            return;
        }

        if (string.Equals(known.Hash, hash, StringComparison.Ordinal) || Tombstone.Outlives(known.GoneSince, record))
        {
            _seen.Run(_set.PageSetNo, known.RecordNo);
            Counts += new StageCounts(0, 0, 1);
            return;
        }

        _replace.Run(known.RecordNo);
        if (record.Stream.IsBilled()) Supersede(known.RecordNo);
        Insert(record, known.Version + 1, hash);
        Counts += new StageCounts(0, 1, 0);
    }

    private void Insert(SourceRecord record, long version, string hash)
    {
        RecordRow.Fill(_values, record, _set, _pageHash, version, hash);
        _insert.Run(_values);
    }

    private sealed record Known(long RecordNo, long Version, string Hash, DateTimeOffset? GoneSince);

    private static Known ReadKnown(ISqlRow row) =>
        new(row.Number(0), row.Number(1), row.Text(2), row.Number(3) != 0 && !row.IsNull(4) ? StoreText.InstantOf(row.Text(4)) : null);

    // A record that no run has mapped yet has no bucket: its older version gets one now, of no period.
    private void Supersede(long recordNo)
    {
        var period = PeriodOf(recordNo);
        if (period is null) _bucket.Run(recordNo, _set.Start.Series);
        else _supersede.Run(recordNo);
        _touched.Add(period ?? ("", ""));
    }

    private (string Kind, string From)? PeriodOf(long recordNo)
    {
        _period.Set(0, recordNo);
        return _period.First<(string, string)?>(row => (row.Text(0), row.Text(1)));
    }

    public void Dispose()
    {
        _find.Dispose();
        _insert.Dispose();
        _seen.Dispose();
        _replace.Dispose();
        _period.Dispose();
        _supersede.Dispose();
        _bucket.Dispose();
    }
}
