using BatchSync.Core.Sources;
using NUnit.Framework;

namespace BatchSync.Tests.Sources;

public sealed class AbsenceTests
{
    // found by its id, whether asking is known to work, missed by an earlier run, verdict
    [TestCase(true, true, false, AbsenceVerdict.Exists)]
    [TestCase(true, false, true, AbsenceVerdict.Exists)]
    [TestCase(false, true, false, AbsenceVerdict.Gone)]
    [TestCase(false, false, false, AbsenceVerdict.Waits)]
    [TestCase(false, false, true, AbsenceVerdict.Gone)]
    [TestCase(null, false, false, AbsenceVerdict.Waits)]
    [TestCase(null, false, true, AbsenceVerdict.Gone)]
    public void Judge_OfAMissingRecord_NeedsMoreThanOneSilence(bool? isFound, bool isTrusted, bool missedBefore, AbsenceVerdict verdict) =>
        Assert.That(Absence.Judge(isFound, isTrusted, missedBefore), Is.EqualTo(verdict));

    // minutes of the row's last change after the deletion, or none; whether the record is gone already; whether the deletion applies
    [TestCase(-1, false, true)]
    [TestCase(0, false, true)]
    [TestCase(1, false, false)]
    [TestCase(null, false, true)]
    [TestCase(-1, true, false)]
    public void Applies_OfADeletion_GoesByTheSourcesClock(int? minutes, bool isGone, bool applies) =>
        Assert.That(Tombstone.Applies(Row(minutes) with { Deleted = isGone }, DateTimeOffset.UnixEpoch), Is.EqualTo(applies));

    [Test]
    public void Applies_OfARecordThatWasNeverRead_IsTrue() => Assert.That(Tombstone.Applies(null, null), Is.True);

    [TestCase(-1, true)]
    [TestCase(0, false)]
    [TestCase(1, false)]
    [TestCase(null, false)]
    public void Outlives_OfARowAfterADeletion_IsTrueForOlderRowsOnly(int? minutes, bool outlives) => Assert.Multiple(() =>
    {
        Assert.That(Tombstone.Outlives(DateTimeOffset.UnixEpoch, Row(minutes)), Is.EqualTo(outlives));
        Assert.That(Tombstone.Outlives(null, Row(minutes)), Is.False, "an absence has no date: what is shown after it holds");
    });

    private static SourceRecord Row(int? minutes) => Support.Some.TimeEntry() with { ModifiedAt = minutes is { } by ? DateTimeOffset.UnixEpoch.AddMinutes(by) : null };
}
