using System.Text;
using BatchSync.Configuration;
using BatchSync.Core.Reconciliation;
using BatchSync.Http;
using BatchSync.Reports;
using NUnit.Framework;

namespace BatchSync.Tests.Reports;

internal sealed class ReportFilesTests
{
    private TemporaryFolder _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [Test]
    public async Task Write_AMonth_IsAsApproved()
    {
        var paths = await WriteAsync(ReportSamples.Comma);
        foreach (var path in paths.All) Approved.Check(Path.GetFileName(path), await File.ReadAllBytesAsync(path));
    }

    [Test]
    public async Task Write_AMonthWithSemicolonAndDecimalComma_IsAsApproved()
    {
        var paths = await WriteAsync(ReportSamples.Semicolon);
        foreach (var path in paths.All) Approved.Check("comma-" + Path.GetFileName(path), await File.ReadAllBytesAsync(path));
    }

    [Test]
    public async Task Write_RowsInAnyOrder_GivesTheSameBytes()
    {
        var first = await File.ReadAllBytesAsync((await WriteAsync(ReportSamples.Comma)).Summary);
        var random = new Random(20261103);
        for (var i = 0; i < 20; i++)
        {
            var report = ReportSamples.Report();
            var rows = report.Rows.ToArray();
            var differences = report.Differences.ToArray();
            random.Shuffle(rows);
            random.Shuffle(differences);
            var paths = await WriteAsync(ReportSamples.Comma, report with { Rows = [.. rows], Differences = differences });
            Assert.That(await File.ReadAllBytesAsync(paths.Summary), Is.EqualTo(first));
        }
    }

    [TestCase("plain", ',')]
    [TestCase("a,b", ',')]
    [TestCase("a;b", ';')]
    [TestCase("a\tb", '\t')]
    [TestCase("say \"hello\"", ',')]
    [TestCase("\"", ',')]
    [TestCase("two\nlines", ',')]
    [TestCase("two\rlines", ',')]
    [TestCase("two\r\nlines", ',')]
    [TestCase(" spaces ", ',')]
    [TestCase("ünï 山 🙂", ',')]
    public async Task Write_AnyText_IsReadBackAsItWas(string person, char delimiter)
    {
        var paths = await WriteAsync(new CsvFormat(delimiter, '.'), details: [ReportSamples.Detail("1", person: person)]);
        Assert.That(CsvText.Column(CsvText.ParseFile(paths.Detail, delimiter), "person"), Is.EqualTo(new[] { person }));
    }

    [Test]
    public async Task Write_FormulaInEveryTextColumn_IsNeutralisedInEach()
    {
        const string Formula = "=1+1";
        var detail = ReportSamples.Detail(Formula) with
        {
            Entity = Formula, Client = Formula, Project = Formula, Task = Formula, Person = Formula, Category = Formula, AmountCurrency = Formula, Bucket = Formula,
            Reference = Formula, DestinationId = Formula, State = Formula, Currency = Formula,
        };
        var exception = ReportSamples.Exception(Formula) with
        {
            Client = Formula, Project = Formula, Person = Formula, Currency = Formula, Bucket = Formula, Field = Formula, Value = Formula, Rule = Formula,
        };
        var report = ReportSamples.Report() with
        {
            Rows = [new ReconciliationRow(null, Formula, Formula, Formula, Formula, ReconciliationStep.Bucket, Formula, 1, 1, 1m)],
            Differences = [new(1, "job", new(new Difference(Formula, Formula, null, Formula, Formula, Formula, Formula, 1m, Formula), Formula, Formula, ReportSamples.AsOf))],
        };
        var paths = await WriteAsync(ReportSamples.Comma, report, [detail], [exception]);
        foreach (var path in paths.All)
        {
            var cells = CsvText.ParseFile(path).Skip(1).SelectMany(r => r).ToList();
            Assert.That(cells, Has.None.StartsWith("="));
            Assert.That(cells.Count(c => c == "'" + Formula), Is.EqualTo(path == paths.Summary ? 5 + 9 : path == paths.Detail ? 13 : 9), path);
        }
    }

    [Test]
    public async Task Write_NegativeNumbers_StayNumbers()
    {
        var detail = ReportSamples.Detail("1") with { Seconds = -5400, Amount = -12.3m, AmountCurrency = "EUR", BilledSeconds = -1, Net = -0.5m, Tax = -0.04m };
        var paths = await WriteAsync(ReportSamples.Semicolon, details: [detail]);
        var records = CsvText.ParseFile(paths.Detail, ';');
        var cells = new[] { "seconds", "hours", "amount", "billed_seconds", "billed_hours", "net", "tax" }.Select(name => CsvText.Column(records, name)[0]);
        Assert.That(cells, Is.EqualTo(new[] { "-5400", "-1,5000", "-12,30", "-1", "-0,0003", "-0,50", "-0,04" }));
    }

    [Test]
    public async Task Write_DecimalCommaWithCommaDelimiter_QuotesTheNumbers()
    {
        var paths = await WriteAsync(new CsvFormat(',', ','), details: [ReportSamples.Detail("1")]);
        Assert.That(CsvText.Column(CsvText.ParseFile(paths.Detail), "net"), Is.EqualTo(new[] { "187,50" }));
    }

    [Test]
    public async Task Write_NothingToReport_LeavesTheHeaders()
    {
        var paths = await WriteAsync(ReportSamples.Comma, ReportSamples.Balanced() with { Rows = [] }, [], []);
        Assert.That(paths.All.Select(p => CsvText.ParseFile(p).Count), Is.All.EqualTo(1));
    }

    [Test]
    public async Task Write_HundredThousandRecords_ReachTheDiskAsTheyCome()
    {
        const int Count = 100_000;
        var part = _folder.File("detail.csv.part");
        var onDiskNearTheEnd = 0L;
        var paths = await new ReportFiles(ReportSamples.Comma).WriteAsync(
            _folder.Path, ReportSamples.Report(), Rows(), ReportSamples.Stream<ExceptionRow>([]), CancellationToken.None);
        Assert.That(CsvText.ParseFile(paths.Detail), Has.Count.EqualTo(Count + 1));
        Assert.That(onDiskNearTheEnd, Is.GreaterThan(new FileInfo(paths.Detail).Length * 9 / 10));

        async IAsyncEnumerable<DetailRow> Rows()
        {
            for (var i = 0; i < Count; i++)
            {
                if (i == Count - 1) onDiskNearTheEnd = new FileInfo(part).Length;
                yield return ReportSamples.Detail($"{i}");
                if (i % 1000 == 0) await Task.Yield();
            }
        }
    }

    [Test]
    public async Task Write_RecordsThatBreakOff_LeavesTheEarlierFileAndNoPart()
    {
        var paths = await WriteAsync(ReportSamples.Comma);
        var before = await File.ReadAllBytesAsync(paths.Detail);
        Assert.That(
            async () => await new ReportFiles(ReportSamples.Comma).WriteAsync(
                _folder.Path, ReportSamples.Report(), BrokenOff(), ReportSamples.Stream<ExceptionRow>([]), CancellationToken.None),
            Throws.InstanceOf<InvalidOperationException>().With.Message.EqualTo("the store is gone"));
        Assert.That(await File.ReadAllBytesAsync(paths.Detail), Is.EqualTo(before));
        Assert.That(Directory.GetFiles(_folder.Path).Select(Path.GetFileName), Is.EquivalentTo(new[] { "summary.csv", "detail.csv", "exceptions.csv" }));

        static async IAsyncEnumerable<DetailRow> BrokenOff()
        {
            yield return ReportSamples.Detail("1");
            await Task.Yield();
            throw new InvalidOperationException("the store is gone");
        }
    }

    [Test]
    public void Write_WhereAFileStandsInTheWay_SaysWhatToDo()
    {
        var blocked = _folder.File("run");
        File.WriteAllText(blocked, "");
        Assert.That(
            async () => await WriteAsync(ReportSamples.Comma, folder: blocked),
            Throws.InstanceOf<OutsideException>().With.Property("Fault").EqualTo(OutsideFault.Permanent)
                .And.Message.Contains(Path.Combine(blocked, "summary.csv")).And.Message.Contains("batchsync report RUN"));
    }

    [Test]
    public void Columns_OfEveryFile_HaveStableUniqueNames()
    {
        foreach (var names in new[] { ReportColumns.Summary.Select(c => c.Name), ReportColumns.Detail.Select(c => c.Name), ReportColumns.Exceptions.Select(c => c.Name) })
            Assert.That(names, Is.Unique.And.All.Match("^[a-z]+(_[a-z]+)*$"));
    }

    private Task<ReportPaths> WriteAsync(
        CsvFormat format, RunReport? report = null, IEnumerable<DetailRow>? details = null, IEnumerable<ExceptionRow>? exceptions = null, string? folder = null) =>
        new ReportFiles(format).WriteAsync(
            folder ?? _folder.Path, report ?? ReportSamples.Report(), ReportSamples.Stream(details ?? ReportSamples.Details()),
            ReportSamples.Stream(exceptions ?? ReportSamples.Exceptions()), CancellationToken.None);
}
