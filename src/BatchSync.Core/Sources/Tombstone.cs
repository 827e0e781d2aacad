namespace BatchSync.Core.Sources;

/// <summary>
/// What a deletion that the source dates means for rows of the same record, by the source's own clock: pages and deletions come in any order, and an
/// older one never undoes a newer one. An absence has no date, so whatever the source shows after it holds.
/// </summary>
public static class Tombstone
{
    /// <summary>Whether a deletion takes the record off: not where the record is gone already, or was saved again after that instant.</summary>
    /// <param name="current">The version that we hold; null: the record was never read.</param>
    /// <param name="deletedAt">Null: the source does not say when.</param>
    public static bool Applies(SourceRecord? current, DateTimeOffset? deletedAt) => current is null || (!current.Deleted && !(current.ModifiedAt > deletedAt));

    /// <summary>Whether a record that is gone since an instant stays so although a row of it comes: the row is from before that instant.</summary>
    /// <param name="deletedAt">Null: it is not known since when.</param>
    public static bool Outlives(DateTimeOffset? deletedAt, SourceRecord row) => !row.Deleted && row.ModifiedAt < deletedAt;
}
