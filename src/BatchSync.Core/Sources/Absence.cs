namespace BatchSync.Core.Sources;

/// <summary>What has become of a record that a complete reading of its service date did not show.</summary>
public enum AbsenceVerdict
{
    /// <summary>The source has it, it only was not listed: moved while pages were read, or hidden from lists.</summary>
    Exists,

    /// <summary>Missing for the first time, and nobody can be asked: the next complete reading tells.</summary>
    Waits,

    /// <summary>Deleted at the source.</summary>
    Gone,
}

/// <summary>When an absence is a deletion. Whoever bills by it takes money back, so one silence of a source is never enough.</summary>
public static class Absence
{
    /// <param name="isFound">What the source said when it was asked for the record by its id; null: it cannot be asked.</param>
    /// <param name="isTrusted">Whether asking by id is known to work: a record that the same reading did show was found so.</param>
    /// <param name="missedBefore">Whether the complete reading of an earlier run missed the record too, and none has shown it since.</param>
    public static AbsenceVerdict Judge(bool? isFound, bool isTrusted, bool missedBefore) =>
        isFound == true ? AbsenceVerdict.Exists
        : (isFound == false && isTrusted) || missedBefore ? AbsenceVerdict.Gone
        : AbsenceVerdict.Waits;
}
