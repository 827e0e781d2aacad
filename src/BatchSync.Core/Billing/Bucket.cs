namespace BatchSync.Core.Billing;

/// <summary>Where a record of one purpose has gone. Every record version is in exactly one; they add up to the source.</summary>
public enum BucketKind
{
    /// <summary>An older version of a record.</summary>
    Superseded,

    /// <summary>Gone at the source.</summary>
    Deleted,

    /// <summary>Cannot be billed until somebody mends it: at the source or in the mapping.</summary>
    Rejected,

    /// <summary>Left out on purpose, by a written rule.</summary>
    Excluded,
    NonBillable,

    /// <summary>Will be billed once what holds it is over.</summary>
    Held,

    /// <summary>Mapped, its document not formed yet: empty when a run has ended well.</summary>
    Ready,

    /// <summary>On a document.</summary>
    Billed,
}

/// <summary>A bucket with its reason; the reason is empty where the kind says it all.</summary>
public readonly record struct Bucket(BucketKind Kind, string Reason)
{
    private static readonly string[] Names = ["superseded", "deleted", "rejected", "excluded", "non-billable", "held", "ready", "billed"];

    public static Bucket Superseded => new(BucketKind.Superseded, "");
    public static Bucket Deleted => new(BucketKind.Deleted, "");
    public static Bucket Invalid => new(BucketKind.Rejected, "invalid");
    public static Bucket NoClient => new(BucketKind.Rejected, "no client");
    public static Bucket NoRate => new(BucketKind.Rejected, "no rate");
    public static Bucket NoTaxCode => new(BucketKind.Rejected, "no tax code");
    public static Bucket NoFxRate => new(BucketKind.Rejected, "no FX rate");
    public static Bucket BeforeStart => new(BucketKind.Excluded, "before start");
    public static Bucket BilledElsewhere => new(BucketKind.Excluded, "billed elsewhere");
    public static Bucket NonBillable => new(BucketKind.NonBillable, "");
    public static Bucket NotApproved => new(BucketKind.Held, "not approved");
    public static Bucket PeriodLocked => new(BucketKind.Held, "period locked");
    public static Bucket SwitchedOff => new(BucketKind.Held, "switched off");
    public static Bucket PilotFilter => new(BucketKind.Held, "pilot filter");
    public static Bucket PeriodOpen => new(BucketKind.Held, "period open");
    public static Bucket ChangedAtDestination => new(BucketKind.Held, "changed at destination");
    public static Bucket Unposted => new(BucketKind.Held, "unposted");
    public static Bucket Cap => new(BucketKind.Held, "cap");
    public static Bucket Ready => new(BucketKind.Ready, "");
    public static Bucket Billed => new(BucketKind.Billed, "");

    /// <summary>The name of the kind, as the store and the reports write it.</summary>
    public string Name => Names[(int)Kind];

    public static Bucket Rule(string rule) => new(BucketKind.Excluded, rule);

    public static Bucket Parse(string name, string reason) =>
        Array.IndexOf(Names, name) is var index and >= 0
            ? new((BucketKind)index, reason)
            : throw new ArgumentException($"'{name}' is no bucket.", nameof(name));

    /// <summary><c>rejected: no rate</c>.</summary>
    public override string ToString() => Reason.Length == 0 ? Name : $"{Name}: {Reason}";
}

/// <summary>Why amounts exist; each purpose ties out by itself.</summary>
public static class Purposes
{
    public const string Revenue = "revenue";
}
