using BatchSync.Core.Fx;
using BatchSync.Tests.Configuration;
using NUnit.Framework;

namespace BatchSync.Tests.Fx;

/// <summary>The sources of exchange rates in a mapping.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class FxMappingTests
{
    [Test]
    public void Fx_OfAMapping_IsItsListOfSources()
    {
        using var folder = TemporaryFolder.WithMapping(TemporaryFolder.Mapping + "fx:\n  - { provider: treasury, kind: contract }\n  - { provider: ecb }\n  - { provider: bank, kind: spot, maxAge: 0s }\n  - { provider: ecb, kind: month-average }\n");
        Assert.That(folder.Load().Set!.Mappings["m"].Fx!.Sources, Is.EqualTo(new[]
        {
            new FxSource("treasury", FxRateKind.Contract), new FxSource("ecb", FxRateKind.Spot, 5), new FxSource("bank", FxRateKind.Spot, 0), new FxSource("ecb", FxRateKind.MonthAverage),
        }));
    }

    [Test]
    public void Fx_LeftOut_IsNone()
    {
        using var folder = TemporaryFolder.WithMapping(TemporaryFolder.Mapping);
        Assert.That(folder.Load().Set!.Mappings["m"].Fx, Is.Null);
    }

    [TestCase("[]", "CFG013: 'fx' is empty")]
    [TestCase("[{ kind: spot }]", "CFG009: mapping: fx: the field 'provider' is missing")]
    [TestCase("[{ provider: ecb, kind: daily }]", "CFG012: 'kind' is 'daily'")]
    [TestCase("[{ provider: ecb, maxAge: 36h }]", "CFG011: 'maxAge' is 1d12h, and rates are of whole days")]
    [TestCase("[{ provider: ecb, maxAge: 400d }]", "CFG013: 'maxAge' is 400d")]
    [TestCase("[{ provider: ecb, kind: contract, maxAge: 5d }]", "CFG033: 'maxAge' has no effect on rates of the kind contract")]
    [TestCase("[{ provider: ecb }, { provider: ecb, kind: spot, maxAge: 7d }]", "CFG019: the FX source 'ecb spot' is used twice")]
    public void Fx_WithAMistake_IsAnErrorWithItsNextStep(string fx, string expected)
    {
        using var folder = TemporaryFolder.WithMapping(TemporaryFolder.Mapping + $"fx: {fx}\n");
        Assert.That(folder.Errors(), Does.StartWith("mapping.yaml:7:").And.Contain($"error {expected}").And.Contain("1 error in 1 file."));
    }
}
