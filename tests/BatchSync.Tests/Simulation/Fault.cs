namespace BatchSync.Tests.Simulation;

/// <summary>What can go wrong in a simulated world.</summary>
internal enum Fault
{
    /// <summary>A page or the probe fails and will go well next time.</summary>
    SourceDown,

    /// <summary>The source answers 401 for a while.</summary>
    SourceRefuses,

    /// <summary>A row stands twice on a page.</summary>
    RowDoubled,

    /// <summary>A page comes twice.</summary>
    PageRepeated,

    /// <summary>A page is left out; the source's stated total says so.</summary>
    PageMissing,

    /// <summary>People work at the source between two pages of one reading, so that rows shift.</summary>
    EditWhilePaging,
    CursorExpired,

    /// <summary>Rows are left out of a reading of a window, and the stated total is without them. Of no row twice: nobody could tell that from a deletion.</summary>
    RowsUnseen,

    /// <summary>For one run the account sees no row in a window and none by its id.</summary>
    AccountSeesNothing,

    /// <summary>For one run the source has nothing by its id of what it lists.</summary>
    NothingFoundById,

    /// <summary>A row's stamp of its last change is wrong by up to a day and a half, less than the look-back.</summary>
    ClockSkew,

    /// <summary>A call is answered 429 and not carried out.</summary>
    CallRefused,

    /// <summary>A call is answered 401.</summary>
    CallNotAllowed,

    /// <summary>A document of a call is refused for good.</summary>
    DocumentRejected,

    /// <summary>Some documents of a call are carried out, and the answer does not say which.</summary>
    PartialBatch,
    TimeOutBeforeCommit,
    TimeOutAfterCommit,

    /// <summary>A call that timed out is carried out later, within the destination's settle time.</summary>
    LateCommit,

    /// <summary>The destination books other amounts than it was told.</summary>
    WrongTotals,
    LookUpFails,

    /// <summary>A person voids, pays, edits or deletes a document at the destination, or makes a draft final.</summary>
    TouchedByPerson,
    ReportFails,
    StoreFull,
    StoreBusy,

    /// <summary>The process ends without a word, before or after a commit, a call or a page.</summary>
    ProcessDies,

    /// <summary>The process ends while its call is on the way; the call may be carried out afterwards.</summary>
    ProcessDiesInCall,

    /// <summary>The host sleeps, for longer than a call may wait and maybe longer than its lease lasts.</summary>
    HostPauses,

    /// <summary>A second host starts a run of the same job.</summary>
    SecondHost,

    /// <summary>The store is put back to an earlier backup after a run.</summary>
    BackupRestored,
}
