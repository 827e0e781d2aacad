using BatchSync.Configuration;
using BatchSync.Core.Diagnostics;
using NUnit.Framework;

namespace BatchSync.Tests.Configuration;

public sealed class MappingTestTests
{
    [TestCase("net=225.00", "net=225", null)]
    [TestCase("net=225.00", "net=198", "net: expected 225.00, got 198")]
    [TestCase("net=225.00", "", "net: expected 225.00, got nothing")]
    [TestCase("client=ACME", "client=acme", "client: expected ACME, got acme")]
    [TestCase("client=007", "client=7", "client: expected 007, got 7")]
    [TestCase("bucket=rejected", "bucket=rejected: no rate", null)]
    [TestCase("bucket=rejected: no rate", "bucket=rejected: no client", "bucket: expected rejected: no rate, got rejected: no client")]
    [TestCase("bucket=rejected: no rate", "bucket=rejected", "bucket: expected rejected: no rate, got rejected")]
    [TestCase("net=1;tax=2", "net=1;tax=3", "tax: expected 2, got 3")]
    [TestCase("net=1;tax=2", "net=2;tax=3", "net: expected 1, got 2; tax: expected 2, got 3")]
    public void FailureOf_ExpectedAndActual_ShowsWhatDiffers(string expected, string actual, string? difference)
    {
        var test = new MappingTest("m", TextPlace.WholeFile("m.yaml"), new(null, null, null, null, null, default, 1, null, null), new(null, null, null, null, null, null, null), Pairs(expected));

        Assert.That(test.FailureOf(Pairs(actual))?.Message, Is.EqualTo(difference is null ? null : "test of mapping 'm' failed: " + difference));
    }

    private static Dictionary<string, string> Pairs(string text) =>
        text.Split(';', StringSplitOptions.RemoveEmptyEntries).Select(p => p.Split('=')).ToDictionary(p => p[0], p => p[1]);
}
