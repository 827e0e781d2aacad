namespace BatchSync.Sandbox;

/// <summary>
/// A row's id as text. Ids of digits alone come first, by their number of any length; the others follow, ordinal. So <c>9</c> stands before
/// <c>10</c> and <c>10</c> before <c>a</c>.
/// </summary>
internal readonly record struct RowId(string Text) : IComparable<RowId>
{
    public int CompareTo(RowId other)
    {
        var (isNumber, otherIsNumber) = (IsNumber(Text), IsNumber(other.Text));
        if (isNumber != otherIsNumber) return isNumber ? -1 : 1;
        if (!isNumber) return string.CompareOrdinal(Text, other.Text);
        var digits = Text.AsSpan().TrimStart('0');
        var otherDigits = other.Text.AsSpan().TrimStart('0');
        return digits.Length.CompareTo(otherDigits.Length) is var byLength and not 0 ? byLength
            : digits.SequenceCompareTo(otherDigits) is var byValue and not 0 ? byValue
            : string.CompareOrdinal(Text, other.Text);
    }

    private static bool IsNumber(string text) => text.Length > 0 && !text.AsSpan().ContainsAnyExceptInRange('0', '9');
}

/// <summary>A row as its file has it, with what the lists filter by.</summary>
/// <param name="Json">The row's own text, served verbatim.</param>
/// <param name="UpdatedAt">Null where the row has none that can be read; such a row matches every filter.</param>
/// <param name="Date">The service date; null where the row has none that can be read.</param>
internal sealed record SandboxRow(RowId Id, ReadOnlyMemory<byte> Json, DateTimeOffset? UpdatedAt, DateOnly? Date);

/// <summary>Which rows of a stream a list shows. All bounds are inclusive, null is no bound.</summary>
internal readonly record struct RowFilter(DateTimeOffset? UpdatedSince, DateOnly? From, DateOnly? To)
{
    public bool Matches(SandboxRow row) =>
        (UpdatedSince is null || row.UpdatedAt is null || row.UpdatedAt >= UpdatedSince)
        && (From is null || row.Date is null || row.Date >= From)
        && (To is null || row.Date is null || row.Date <= To);
}

/// <summary>A row that the source no longer has.</summary>
internal sealed record RowDeletion(string Stream, RowId Id, DateTimeOffset DeletedAt);
