namespace BatchSync.Core.Alerting;

/// <summary>
/// When there is something to tell of a job: once when it is noticed, again when it grows or has stood for long, and once when it is well. The same facts twice say nothing the
/// second time.
/// </summary>
public static class AlertRules
{
    /// <summary>A job that fails, or does not run at all, bills nothing: a day of it is a day late.</summary>
    public static readonly TimeSpan RemindOfStandstill = TimeSpan.FromDays(1);

    /// <summary>What people work off stands for days, and each run's report has it anyway.</summary>
    public static readonly TimeSpan RemindOfWork = TimeSpan.FromDays(7);

    /// <summary>The alert as it is from now on.</summary>
    /// <param name="open">The one of this kind that stands; null: none does.</param>
    /// <returns>Null where nothing changes. With another <see cref="Alert.Notice"/> than before there is something to tell.</returns>
    public static Alert? Next(Finding finding, Alert? open, DateTimeOffset now)
    {
        if (open is null) return finding.Count == 0 ? null : new Alert(finding.Kind, finding.Count, finding.Newest, now, 1, now, null);
        if (!finding.IsWhole && finding.Count < open.Count) finding = finding with { Count = open.Count, Newest = open.Newest };
        var found = open with { Count = finding.Count, Newest = finding.Newest };
        if (finding.Count == 0) return Told(found, now) with { ResolvedAt = now };
        if (HasGrown(finding, open) || now - open.NoticeAt >= RemindAfter(finding.Kind)) return Told(found, now);
        return found == open ? null : found;
    }

    /// <summary>What a receiver is to be told.</summary>
    /// <param name="told">The number of the last notice that it was told; 0: none.</param>
    /// <returns>Null: nothing. What was well again before the receiver heard of it is not told any more.</returns>
    public static NoticeState? DueTo(Alert alert, int told)
    {
        if (told >= alert.Notice) return null;
        if (alert.ResolvedAt is not null) return told == 0 ? null : NoticeState.Resolved;
        return told == 0 ? NoticeState.Raised : NoticeState.Still;
    }

    private static Alert Told(Alert alert, DateTimeOffset now) => alert with { Notice = alert.Notice + 1, NoticeAt = now };

    // One more failed run, or one more date without any, is the same trouble; one more document that is refused is another one.
    private static bool HasGrown(Finding finding, Alert open) => !IsStandstill(finding.Kind) && (finding.Count > open.Count || finding.Newest > open.Newest);

    private static TimeSpan RemindAfter(AlertKind kind) => IsStandstill(kind) ? RemindOfStandstill : RemindOfWork;

    private static bool IsStandstill(AlertKind kind) => kind is AlertKind.Failure or AlertKind.Missed;
}
