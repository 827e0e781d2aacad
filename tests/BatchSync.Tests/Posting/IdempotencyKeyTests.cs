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
}
