using BatchSync.Core.Amounts;
using BatchSync.Core.Billing;
using BatchSync.Core.Diagnostics;
using BatchSync.Core.Posting;
using BatchSync.Core.Time;
using NUnit.Framework;

namespace BatchSync.Tests.Posting;

internal sealed class DocumentReferenceTests
{
    private static readonly DocumentIdentity October = new(
        "sandbox-co", "H", new DocumentKey("us", "ACME", Currency.Of("USD"), "invoice", Period.Of(PeriodKind.Month, new DateOnly(2026, 10, 17)), ""), DocumentPurpose.Original, 1);

    private static readonly DocumentIdentity Week = new(
        "journal:books.ledger", "R", new DocumentKey("eu", "MÜLLER-日本", Currency.Of("EUR"), "invoice", Period.Of(PeriodKind.Week, new DateOnly(2026, 10, 7)), "PO-7"), DocumentPurpose.Supplement, 12);

    // Computed outside of this project (SHA-256 and Base32 of the documented text). Documents are posted under such names: they may never change.
    [Test]
    public void Of_TwoKnownIdentities_IsPinnedForever()
    {
        Assert.That(DocumentReference.Of(October, 52), Is.EqualTo("HVEZBAAANNHWQCWY2A4MMGQUAG46GNWHMLFL53EAVTQTGOHWU3NQ"));
        Assert.That(DocumentReference.Of(Week, 52), Is.EqualTo("EQ74LUPI6NFKO4JHASUDSXWSBZ67UQZHYRBE76V2VUQFZBCU74LA"));
    }

    [TestCase(10, "HVEZBAAANN")]
    [TestCase(21, "HVEZBAAANNHWQCWY2A4MM")]
    [TestCase(255, "HVEZBAAANNHWQCWY2A4MMGQUAG46GNWHMLFL53EAVTQTGOHWU3NQ")]
    public void Of_Length_CutsTheSameText(int length, string expected) => Assert.That(DocumentReference.Of(October, length), Is.EqualTo(expected));

    [TestCaseSource(nameof(OneFieldChanged))]
    public void Of_OneFieldChanged_IsAnotherReference(DocumentIdentity changed) =>
        Assert.That(DocumentReference.Of(changed, 52), Is.Not.EqualTo(DocumentReference.Of(October, 52)));

    [Test]
    public void Of_TextMovedBetweenFields_IsAnotherReference()
    {
        var left = October with { Tenant = "ab", Series = "c" };
        var right = October with { Tenant = "a", Series = "bc" };
        Assert.That(DocumentReference.Of(left, 52), Is.Not.EqualTo(DocumentReference.Of(right, 52)));
    }

    [Test]
    public void Of_TooShort_IsRefused() =>
        Assert.That(() => DocumentReference.Of(October, 9), Throws.TypeOf<InvariantException>().With.Message.Contains("9 characters"));

    [Test]
    public void Of_RevisionZero_IsRefused() =>
        Assert.That(() => DocumentReference.Of(October with { Revision = 0 }, 20), Throws.TypeOf<InvariantException>());

    [Test]
    public void Of_HalfASurrogatePair_IsRefused() =>
        Assert.That(() => DocumentReference.Of(October with { Series = "\ud800" }, 20), Throws.TypeOf<InvariantException>());

    private static IEnumerable<DocumentIdentity> OneFieldChanged()
    {
        var key = October.Key;
        yield return October with { Tenant = "other" };
        yield return October with { Series = "R" };
        yield return October with { Purpose = DocumentPurpose.Supplement };
        yield return October with { Revision = 2 };
        yield return October with { Key = key with { Entity = "de" } };
        yield return October with { Key = key with { Client = "acme" } };
        yield return October with { Key = key with { Currency = Currency.Of("EUR") } };
        yield return October with { Key = key with { Kind = "bill" } };
        yield return October with { Key = key with { Period = Period.Of(PeriodKind.Day, new DateOnly(2026, 10, 1)) } };
        yield return October with { Key = key with { Period = Period.Of(PeriodKind.Month, new DateOnly(2026, 9, 1)) } };
        yield return October with { Key = key with { Split = "PO-1" } };
    }
}
