namespace BatchSync.Running;

/// <summary>What the process returns; schedulers and scripts rely on it.</summary>
internal static class ExitCodes
{
    public const int Done = 0;

    /// <summary>Failed, and resumable by running again.</summary>
    public const int Failed = 1;

    /// <summary>Configuration or usage; also a store that belongs to another company at the destination.</summary>
    public const int Configuration = 2;

    /// <summary>Done, with rejections or differences that a person should see.</summary>
    public const int Differences = 3;

    /// <summary>Another run of the job is under way.</summary>
    public const int Busy = 4;

    /// <summary>A bug in BatchSync.</summary>
    public const int Defect = 70;
    public const int Cancelled = 130;
}
