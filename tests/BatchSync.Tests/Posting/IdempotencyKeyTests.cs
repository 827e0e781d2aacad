using BatchSync.Core.Diagnostics;
using BatchSync.Core.Posting;
using NUnit.Framework;

namespace BatchSync.Tests.Posting;

internal sealed class IdempotencyKeyTests
{
    // Computed outside of this project. A call under way while the program is replaced is known by such a key: they may never change.
    [TestCase(null, "FTRYKO73KATVJH4Q7G6VZZ6UDST5")]
    [TestCase(3, "6EA6G6K5GTO6J5X6ZBVS7QQUE6WH")]
    public void Of_KnownReferences_IsPinnedForever(int? group, string expected) =>
        Assert.That(IdempotencyKey.Of(["BBBBBBBBBB", "AAAAAAAAAA"], group), Is.EqualTo(expected));

    [Test]
    public void Of_AnyOrder_IsTheSameKey() =>
        Assert.That(IdempotencyKey.Of(["C", "A", "B"], null), Is.EqualTo(IdempotencyKey.Of(["A", "B", "C"], null)));

    [Test]
    public void Of_OtherReferences_IsAnotherKey()
    {
        var keys = new[] { IdempotencyKey.Of(["AB"], null), IdempotencyKey.Of(["A", "B"], null), IdempotencyKey.Of(["A"], null), IdempotencyKey.Of(["A"], 0), IdempotencyKey.Of(["A"], 1) };
        Assert.That(keys, Is.Unique);
    }

    [TestCase("")]
    [TestCase("A,B,A")]
    public void Of_NoReferenceOrOneTwice_IsRefused(string references) =>
        Assert.That(() => IdempotencyKey.Of(references.Split(',', StringSplitOptions.RemoveEmptyEntries), null), Throws.TypeOf<InvariantException>());

    [TestCase(0, 1, "FTRYKO73KATVJH4Q7G6VZZ6UDST5-000001")]
    [TestCase(50, 25, "FTRYKO73KATVJH4Q7G6VZZ6UDST5-032019")]
    [TestCase(4095, 4095, "FTRYKO73KATVJH4Q7G6VZZ6UDST5-FFFFFF")]
    public void OfPart_PlaceInTheCall_IsPinnedForever(int first, int count, string expected)
    {
        var key = IdempotencyKey.Of(["AAAAAAAAAA", "BBBBBBBBBB"], null);
        Assert.That(IdempotencyKey.OfPart(key, first, count), Is.EqualTo(expected));
        Assert.That(expected, Has.Length.LessThanOrEqualTo(IdempotencyKey.LongestLength));
    }

    [TestCase(4096, 1)]
    [TestCase(0, 4096)]
    [TestCase(0, 0)]
    [TestCase(-1, 1)]
    public void OfPart_BeyondThreeDigits_IsRefused(int first, int count) =>
        Assert.That(() => IdempotencyKey.OfPart("KEY", first, count), Throws.TypeOf<InvariantException>());
}
