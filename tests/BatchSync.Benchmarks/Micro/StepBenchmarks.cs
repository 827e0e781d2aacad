using BatchSync.Core.Amounts;
using BatchSync.Core.Billing;
using BatchSync.Core.Tax;
using BatchSync.Core.Time;
using BenchmarkDotNet.Attributes;

namespace BatchSync.Benchmarks.Micro;

/// <summary>The steps that a record goes through in memory, for a page of 2,000 entries at a time.</summary>
[MemoryDiagnoser]
public class StepBenchmarks
{
    private static readonly TimeRounding QuarterHours = new(900, RoundingMode.HalfUp, RoundingScope.Entry, 0);

    private BilledPage _page = null!;
    private Rational[] _weights = null!;
    private TaxableLine[] _lines = null!;

    [GlobalSetup]
    public void Load()
    {
        _page = BilledPage.Load();
        _weights = [.. _page.Records.Take(50).Select(r => (Rational)r.Seconds!.Value)];
        var euro = Currency.Of("EUR");
        _lines = [.. Enumerable.Range(1, 8).Select(i => new TaxableLine(Money.OfMinorUnits(i * 12_345, euro), _page.Mapping.Taxes["VAT"], new DateOnly(2025, 6, 30)))];
    }

    [Benchmark]
    public object ParsePage() => _page.Reader.Read(_page.Body);

    [Benchmark]
    public long RoundTime() => _page.Records.Sum(r => QuarterHours.Round(r.Seconds!.Value));

    [Benchmark]
    public int MatchAndPrice() => _page.Records.Count(r => _page.Eligibility.Assess(r).Bucket == Bucket.Ready);

    [Benchmark]
    public object BuildDocuments() => new DocumentBuilder(_page.Mapping).Build(_page.Requests);

    [Benchmark]
    public object TaxOfDocument() => TaxCalculation.Of(_lines, new TaxMethod(false, TaxPer.Line, RoundingMode.HalfUp), _lines[0].Amount.Currency);

    [Benchmark]
    public object? ShareByLargestRemainder() => LargestRemainder.Share(123_457, _weights);
}
