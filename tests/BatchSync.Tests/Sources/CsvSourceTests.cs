using System.Globalization;
using System.Text;
using BatchSync.Configuration;
using BatchSync.Core.Sources;
using BatchSync.Http;
using BatchSync.Sources;
using BatchSync.Sources.Csv;
using BatchSync.Tests.Http;
using NUnit.Framework;
using Serilog.Core;

namespace BatchSync.Tests.Sources;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class CsvSourceTests : IDisposable
{
    private const string Fields = "id: Id; date: Date as Date; seconds: Hours as Hours; clientName: Client; notes: Notes";
    private readonly string _folder = Directory.CreateTempSubdirectory("batchsync-csv-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // the file with \n for line ends and ~ for quotes, then id/seconds/client/notes of each record, faults as !field
    [TestCase("Id,Date,Hours,Client,Notes\n1,2026-10-01,1.5,ACME,hi\n", "1/5400/ACME/hi")]
    [TestCase("Id,Date,Hours,Client,Notes\n1,2026-10-01,1.5,ACME,hi", "1/5400/ACME/hi")]
    [TestCase("\n\nId,Date,Hours,Client,Notes\n\n1,2026-10-01,1.5,ACME,hi\n\n\n", "1/5400/ACME/hi")]
    [TestCase("Notes,Client,Hours,Date,Id,Other\nhi,ACME,1.5,2026-10-01,1,x\n", "1/5400/ACME/hi")]
    [TestCase(" id , DATE ,hours,client,notes\n1,2026-10-01, 1.5 , ACME ,hi\n", "1/5400/ACME/hi")]
    [TestCase("Id,Date,Hours,Client,Notes\n~1~,~2026-10-01~,~1.5~,~Größe & ~~Sons~~ <Ltd>~,~a,b\nc~\n", "1/5400/Größe & \"Sons\" <Ltd>/a,b|c")]
    [TestCase("Id,Date,Hours,Client,Notes\n", "")]
    [TestCase("Id,Date,Hours,Client,Notes", "")]
    [TestCase("Id,Date,Hours,Client,Notes\n,2026-10-01,1.5,ACME,hi\n", "t.csv:2!id/5400/ACME/hi")]
    [TestCase("Id,Date,Hours,Client,Notes\n1,2026-10-01,abc,ACME,hi\n2,2026-10-01,2,ACME,hi\n", "1!seconds//ACME/hi 2/7200/ACME/hi")]
    [TestCase("Id,Date,Hours,Client,Notes\n1,01/10/2026,1,ACME,hi\n", "1!date/3600/ACME/hi")]
    [TestCase("Id,Date,Hours,Client,Notes\n1,,,ACME,hi\n", "1!date!seconds//ACME/hi")]
    [TestCase("Id,Date,Hours,Client,Notes\n1,2026-10-01,1\n2,2026-10-01,2,ACME,hi\n", "t.csv:2!row/// 2/7200/ACME/hi")]
    [TestCase("Id,Date,Hours,Client,Notes\n1,2026-10-01,1,ACME,hi,more\n2,2026-10-01,2,ACME,hi\n", "t.csv:2!row/// 2/7200/ACME/hi")]
    [TestCase("Id,Date,Hours,Client,Notes\n1,2026-10-01,1,AC~ME,hi\n2,2026-10-01,2,ACME,hi\n", "t.csv:2!row/// 2/7200/ACME/hi")]
    [TestCase("Id,Date,Hours,Client,Notes\n1,2026-10-01,1,~AC~ME,hi\n2,2026-10-01,2,ACME,hi\n", "t.csv:2!row/// 2/7200/ACME/hi")]
    [TestCase("Id,Date,Hours,Client,Notes\n1,2026-10-01,1,ACME,~hi\n2,2026-10-01,2,ACME,hi\n3,2026-10-01,3,~A~,hi\n", "t.csv:2!row/// 2/7200/ACME/hi 3/10800/A/hi")]
    [TestCase("Id,Date,Hours,Client,Notes\n1,2026-10-01,1,~ACME,hi\n2,2026-10-01,2,ACME,hi~\n3,2026-10-01,3,A,hi\n", "t.csv:2!row/// t.csv:3!row/// 3/10800/A/hi")]
    [TestCase("Id,Date,Hours,Client,Notes\n1,2026-10-01,1,ACME,~hi", "t.csv:2!row///")]
    [TestCase("Id,Date,Hours,Client,Notes\n1,2026-10-01,1,ACME,~a\nb~\n,2026-10-01,2,ACME,hi\n", "1/3600/ACME/a|b t.csv:4!id/7200/ACME/hi")]
    [TestCase("Id,Date,Hours,Client,Notes\n,,,,\n", "t.csv:2!id!date!seconds///")]
    public async Task Read_GivesARecordForEveryRowOfData(string text, string expected)
    {
        foreach (var lineEnd in new[] { "\n", "\r\n", "\r" })
        {
            Write("t.csv", text.Replace("\n", lineEnd, StringComparison.Ordinal).Replace('~', '"'));
            var records = (await Source().ReadAsync()).SelectMany(p => p.Records);
            Assert.That(string.Join(" ", records.Select(Shape)), Is.EqualTo(expected), $"line end {lineEnd.Length}");
        }
    }

    [TestCase("1,2026-10-01,1\n", "row", "1,2026-10-01,1", "5 columns as in the header, not 3")]
    [TestCase("1,2026-10-01,1,A\"B,\n", "row", "1,2026-10-01,1,A\"B,", "quotes around whole values only, doubled inside them")]
    [TestCase("1,2026-10-01,1,A,\"B\n", "row", "1,2026-10-01,1,A,\"B", "quotes around whole values only, doubled inside them")]
    [TestCase("1,2026-10-01,x,A,B\n", "seconds", "x", "decimal hours, at most 1,000,000")]
    public async Task Read_OfAFaultyRow_SaysWhatWasThereAndTheRule(string row, string field, string value, string rule)
    {
        Write("t.csv", "Id,Date,Hours,Client,Notes\n" + row);
        Assert.That((await Source().ReadAsync()).Single().Records.Single().Faults, Is.EqualTo(new[] { new FieldFault(field, value, rule) }));
    }

    [Test]
    public async Task Read_OfSeveralFiles_GoesByOrdinalOrderAndMarksTheLastPage()
    {
        Write("t-b.csv", "Id,Date,Hours,Client,Notes\n3,2026-10-01,1,A,\n");
        Write("t-a.csv", "Id,Date,Hours,Client,Notes\n2,2026-10-01,1,A,\n");
        Write("t-B.csv", "Id,Date,Hours,Client,Notes\n1,2026-10-01,1,A,\n");
        Write("other.csv", "nothing of ours");
        var pages = await Source(pattern: "t-*.csv").ReadAsync();
        Assert.That(
            pages.Select(p => (p.Number, p.Location, p.Records.Single().Id, p.IsLast, p.NextCursor, p.StatedTotal)),
            Is.EqualTo(new[] { (1, "t-B.csv:2", "1", false, (string?)null, (long?)null), (2, "t-a.csv:2", "2", false, null, null), (3, "t-b.csv:2", "3", true, null, null) }));
    }

    [TestCase("de-DE", ";", "windows-1252", "Id;Date;Hours;Client;Notes\n1;31.10.2026;1.234,5;Größe;x\n", "1/4444200/Größe/x")]
    [TestCase("en-US", "\t", "utf-8", "Id\tDate\tHours\tClient\tNotes\n1\t10/31/2026\t1,234.5\tGröße\tx\n", "1/4444200/Größe/x")]
    [TestCase("", "|", "utf-16", "Id|Date|Hours|Client|Notes\n1|2026-10-31|1.5|Größe|x\n", "1/5400/Größe/x")]
    public async Task Read_FollowsDelimiterCultureAndEncoding(string culture, string delimiter, string encoding, string text, string expected)
    {
        Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
        File.WriteAllBytes(Path.Combine(_folder, "t.csv"), Encoding.GetEncoding(encoding).GetBytes(text));
        var records = (await Source(culture: culture, delimiter: delimiter, encoding: encoding).ReadAsync()).SelectMany(p => p.Records);
        Assert.That(string.Join(" ", records.Select(Shape)), Is.EqualTo(expected));
    }

    [TestCase("utf-8")]
    [TestCase("utf-16")]
    [TestCase("utf-16BE")]
    public async Task Read_OfAFileWithAByteOrderMark_GoesByTheMark(string encoding)
    {
        File.WriteAllText(Path.Combine(_folder, "t.csv"), "Id,Date,Hours,Client,Notes\n1,2026-10-01,1,Größe,x\n", Encoding.GetEncoding(encoding));
        var page = (await Source(encoding: "windows-1252").ReadAsync()).Single();
        Assert.That(Shape(page.Records.Single()), Is.EqualTo("1/3600/Größe/x"));
        Assert.That(page.Body.ToArray(), Is.EqualTo(File.ReadAllBytes(Path.Combine(_folder, "t.csv"))));
    }

    [TestCase("", "it is empty: there is not even a header row")]
    [TestCase("\n\n", "it is empty")]
    [TestCase("Id,Date,Client,Notes\n1,2026-10-01,A,x\n", "there is no column 'Hours', which the connector maps; the columns are 'Id', 'Date', 'Client', 'Notes'")]
    [TestCase("Id,Date,Hours,Client,Notes,Hours\n", "the column 'Hours', which the connector maps, stands in the header more than once")]
    [TestCase("Id;Date;Hours;Client;Notes\n", "there is no column 'Id', which the connector maps; the columns are 'Id;Date;Hours;Client;Notes'")]
    [TestCase("Id,Da\"te,Hours,Client,Notes\n", "its header row has a quote that does not fit")]
    public async Task Read_OfAFileThatIsNotWhatTheConnectorSays_SaysWhatItIs(string text, string expected)
    {
        Write("t.csv", text);
        Assert.That(await MessageAsync(() => Source().ReadAsync()), Does.StartWith($"Permanent Reading time_entries from {Path.Combine(_folder, "t.csv")}: ").And.Contains(expected));
    }

    [Test]
    public async Task Read_OfAFileInAnotherEncoding_NamesTheBytes()
    {
        File.WriteAllBytes(Path.Combine(_folder, "t.csv"), [.. "Id,Date,Hours,Client,Notes\n1,2026-10-01,1,Gr"u8, 0xF6, .. "\n"u8]);
        Assert.That(await MessageAsync(() => Source().ReadAsync()), Does.Contain("it is not in the encoding utf-8: it holds the bytes F6. Set the connector's encoding, for example windows-1252"));
    }

    [Test]
    public async Task Probe_WithoutFolderOrFiles_SaysWhatItLookedFor()
    {
        Assert.That(await MessageAsync(() => Source().ProbeAsync(CancellationToken.None)), Does.StartWith($"Permanent No file in {_folder} matches 't.csv' (time_entries)."));
        Assert.That(await MessageAsync(() => Source().ReadAsync()), Does.StartWith($"Permanent No file in {_folder} matches 't.csv' (time_entries)."));
        Assert.That(await MessageAsync(() => Source(folder: "absent").ProbeAsync(CancellationToken.None)), Does.Contain("absent of the connector 'exports' does not exist"));
        Write("t.csv", "Id\n");
        Assert.That(await MessageAsync(() => Source().ProbeAsync(CancellationToken.None)), Is.Null);
    }

    [TestCase("xx-nowhere", ",", "utf-8", "There is no culture 'xx-nowhere'")]
    [TestCase("", ",,", "utf-8", "The CSV delimiter ',,' must be one character")]
    [TestCase("", ",", "utf-9", "There is no encoding 'utf-9'")]
    public async Task Source_ThatCannotBeUsed_IsAFaultOfTheConfiguration(string culture, string delimiter, string encoding, string expected)
    {
        Write("t.csv", "Id,Date,Hours,Client,Notes\n");
        await Assert.ThatAsync(async () => await Source(culture: culture, delimiter: delimiter, encoding: encoding).ReadAsync(), Throws.TypeOf<SettingException>().With.Message.Contains(expected));
    }

    [Test]
    public async Task Read_WithWhere_CountsTheRowsOfOtherStreams()
    {
        Write("t.csv", "Id,Date,Hours,Client,Notes\n1,2026-10-01,1,A,\n2,2026-10-01,1,,\nbroken\n");
        var page = (await Source(where: "Client").ReadAsync()).Single();
        Assert.That((page.LeftOut, string.Join(" ", page.Records.Select(Shape))), Is.EqualTo((1, "1/3600/A/ t.csv:4!row///")));
    }

    [Test]
    public async Task Read_OfManyRows_GivesPagesThatCanBeReadAlone()
    {
        const int Count = 12_345;
        var text = new StringBuilder("Id,Date,Hours,Client,Notes\r\n");
        for (var i = 1; i <= Count; i++) text.Append(CultureInfo.InvariantCulture, $"{i},2026-10-01,0.5,ACME,\"line {i}\r\nand, more\"\r\n");
        Write("t.csv", text.ToString());
        var pages = await Source().ReadAsync();
        Assert.That(pages.Select(p => (p.Records.Count, p.Location)), Is.EqualTo(new[] { (5000, "t.csv:2"), (5000, "t.csv:10002"), (2345, "t.csv:20002") }));
        Assert.That(pages.SelectMany(p => p.Records).Select(r => r.Id), Is.EqualTo(Enumerable.Range(1, Count).Select(i => i.ToString(CultureInfo.InvariantCulture))));
        var reader = new CsvPageReader(Definition(), Stream(), Some.NoteLength);
        Assert.That(pages.SelectMany(p => reader.Read(p.Body, p.Location).Records), Is.EqualTo(pages.SelectMany(p => p.Records)));
    }

    // A slow, obvious oracle: a file is written from known values, some rows are broken in known ways, and cut into pages of every size.
    [Test]
    public async Task Slices_OfSeededFiles_LoseNothingAndCutAnywhere([Range(1, 60)] int seed)
    {
        var random = new Random(seed);
        var lineEnd = new[] { "\n", "\r\n", "\r" }[seed % 3];
        var text = new StringBuilder("Id,Date,Hours,Client,Notes" + lineEnd);
        var expected = new List<string>();
        var line = 2;
        for (var i = 0; i < random.Next(0, 60); i++)
        {
            var notes = Text(random);
            var isBroken = random.Next(5) == 0;
            expected.Add(isBroken ? $"t.csv:{line}!row///" : $"{i}/{i * 3600}/ACME/{notes.Replace("\n", "|", StringComparison.Ordinal)}");
            var row = isBroken ? $"{i},2026-10-01,1" : $"{i},2026-10-01,{i},ACME,\"{notes.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
            text.Append(row).Append(lineEnd);
            line += 1 + (isBroken ? 0 : notes.Count(c => c == '\n'));
        }

        var bytes = Encoding.UTF8.GetBytes(text.ToString());
        var reader = new CsvPageReader(Definition(), Stream(), 4000);
        var actual = new List<string>();
        var cut = new List<byte>();
        using var content = new MemoryStream(bytes);
        await foreach (var (location, body) in CsvSlices.ReadAsync(content, "t.csv", Definition(), random.Next(1, 20), CancellationToken.None))
        {
            actual.AddRange(reader.Read(body, location).Records.Select(Shape));
            cut.AddRange(cut.Count == 0 ? body.Span : body.Span[("Id,Date,Hours,Client,Notes" + lineEnd).Length..]);
        }

        Assert.That(actual, Is.EqualTo(expected));
        Assert.That(cut, Is.EqualTo(bytes));
    }

    [Test]
    public async Task Read_OfAQuoteThatNeverCloses_LosesOnlyItsLine()
    {
        var text = new StringBuilder("Id,Date,Hours,Client,Notes\n0,2026-10-01,1,ACME,\"open\n");
        for (var i = 1; i <= 40_000; i++) text.Append(CultureInfo.InvariantCulture, $"{i},2026-10-01,1,ACME,a note of some length\n");
        Write("t.csv", text.ToString());
        var records = (await Source().ReadAsync()).SelectMany(p => p.Records).ToList();
        Assert.That((records.Count, records.Count(r => r.Faults.Count > 0), records[0].Id), Is.EqualTo((40_001, 1, "t.csv:2")));
    }

    private static string Text(Random random) =>
        new([.. Enumerable.Range(0, random.Next(0, 12)).Select(_ => "ab,\"\n ;ü\t"[random.Next(9)])]);

    private static StreamDefinition Stream(string pattern = "t.csv", string? where = null) => Some.Stream(records: "", fields: Fields, path: pattern, where: where);

    private static CsvDefinition Definition(string culture = "", string delimiter = ",", string encoding = "utf-8", string folder = ".") =>
        new(new ValueReference(folder), delimiter, culture, encoding);

    private static string Shape(SourceRecord record) => string.Create(
        CultureInfo.InvariantCulture,
        $"{record.Id}{string.Concat(record.Faults.Select(f => "!" + f.Field))}/{record.Seconds}/{record.Client.Name}/{record.Notes.ReplaceLineEndings("|")}");

    private static async Task<string?> MessageAsync(Func<Task> act)
    {
        try
        {
            await act();
            return null;
        }
        catch (OutsideException error)
        {
            return $"{error.Fault} {error.Message}";
        }
    }

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(_folder, name), text);

    private ISource Source(string pattern = "t.csv", string culture = "", string delimiter = ",", string encoding = "utf-8", string folder = ".", string? where = null)
    {
        var connector = new SourceConnector(
            "exports", null, null, null, Definition(culture, delimiter, encoding, folder),
            new Dictionary<StreamKind, StreamDefinition> { [StreamKind.TimeEntries] = Stream(pattern, where) });
        var settings = new SettingValues(new Dictionary<string, ValueReference>(), _folder);
        return SourceFactory.Create(connector, settings, Some.Limits(), null, null, TimeProvider.System, Logger.None);
    }
}
