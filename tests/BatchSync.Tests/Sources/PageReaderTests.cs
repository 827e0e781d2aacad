using System.Security.Cryptography;
using System.Text;
using BatchSync.Configuration;
using BatchSync.Core.Sources;
using BatchSync.Http;
using BatchSync.Sources;
using BatchSync.Sources.Rest;
using NUnit.Framework;

namespace BatchSync.Tests.Sources;

public sealed class PageReaderTests
{
    [Test]
    public void Read_OfAWholeRow_FillsTheRecord()
    {
        var record = Only("""
            {"id":636709355,"spent_date":"2026-10-07","hours":2.11,"notes":" Kick-off \u2013 Größe ","billable":false,"updated_at":"2026-10-07T15:00:00+02:00",
             "client":{"id":5735774,"name":"ABC Corp"},"project":{"id":"P-1"},"task":{"name":"Development"},"user":{"id":1782959}}
            """);
        Assert.That(record with { Faults = [] }, Is.EqualTo(new SourceRecord
        {
            Stream = StreamKind.TimeEntries, Id = "636709355", Client = new("5735774", "ABC Corp"), Project = new("P-1", ""), Task = new("", "Development"),
            Person = new("1782959", ""), Date = new DateOnly(2026, 10, 7), Seconds = 7596, Billable = false, Notes = " Kick-off \u2013 Größe ",
            ModifiedAt = new DateTimeOffset(2026, 10, 7, 13, 0, 0, TimeSpan.Zero), Faults = [],
        }));
        Assert.That(record.Faults, Is.Empty);
    }

    // row members that replace good ones, then the faults as field=value
    [TestCase("\"hours\":1", "")]
    [TestCase("\"hours\":\"abc\"", "seconds=abc")]
    [TestCase("\"hours\":\"NaN\"", "seconds=NaN")]
    [TestCase("\"hours\":1234567890123456789012345678901234567890", "seconds=1234567890123456789012345678901234567890")]
    [TestCase("\"hours\":null", "seconds=")]
    [TestCase("\"hours\":\"\"", "seconds=")]
    [TestCase("\"hours\":{\"total\":1}", "seconds={\"total\":1}")]
    [TestCase("\"hours\":[1,2]", "seconds=[1,2]")]
    [TestCase("\"hours\":true", "seconds=true")]
    [TestCase("\"hours\":0", "")]
    [TestCase("\"hours\":-0.5", "")]
    [TestCase("\"spent_date\":\"2026-02-30\"", "date=2026-02-30")]
    [TestCase("\"spent_date\":null", "date=")]
    [TestCase("\"billable\":\"maybe\"", "billable=maybe")]
    [TestCase("\"billable\":null", "")]
    [TestCase("\"updated_at\":\"then\"", "modifiedAt=then")]
    [TestCase("\"client\":{\"id\":{\"x\":1}}", "client={\"x\":1}")]
    [TestCase("\"client\":null", "")]
    [TestCase("\"client\":7", "")]
    [TestCase("\"notes\":\"a\\ud800b\"", "notes=\"a\\ud800b\"")]
    [TestCase("\"hours\":\"x\",\"spent_date\":\"y\"", "date=y|seconds=x")]
    public void Read_OfAValueThatCannotBeRead_KeepsTheRecordWithAFault(string members, string faults)
    {
        var record = Only($$"""{"id":5,"spent_date":"2026-10-01","hours":1,{{members}}}""");
        Assert.That((record.Id, string.Join("|", record.Faults.Select(f => $"{f.Field}={f.Value}"))), Is.EqualTo(("5", faults)));
    }

    [TestCase("""{"spent_date":"2026-10-01","hours":1}""", "id=")]
    [TestCase("""{"id":null,"spent_date":"2026-10-01","hours":1}""", "id=")]
    [TestCase("""{"id":" ","spent_date":"2026-10-01","hours":1}""", "id=")]
    [TestCase("""{"id":[1],"spent_date":"2026-10-01","hours":1}""", "id=[1]")]
    [TestCase("""7""", "id=|date=|seconds=")]
    [TestCase("""null""", "id=|date=|seconds=")]
    [TestCase("""{"\ud800":1,"id":7}""", """row={"\ud800":1,"id":7}""")]
    public void Read_OfARowWithoutId_NamesItByItsContent(string row, string faults)
    {
        var record = Only(row);
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(row)))[..16];
        Assert.That((record.Id, string.Join("|", record.Faults.Select(f => $"{f.Field}={f.Value}"))), Is.EqualTo(("row:" + hash, faults)));
    }

    [Test]
    public void Read_OfADeletedRow_AsksForNothingButTheId()
    {
        var record = Only("""{"id":5,"gone":true}""", Some.TimeEntryFields + "; deleted: gone as Boolean");
        Assert.That((record.Deleted, record.Faults.Count), Is.EqualTo((true, 0)));
    }

    [TestCase("19.99", "19.99")]
    [TestCase("\"19.99\"", "19.99")]
    [TestCase("0.1", "0.1")]
    [TestCase("79228162514.26433759", "79228162514.26433759")]
    public void Read_OfAnAmount_KeepsItsDigits(string amount, string expected)
    {
        var record = Only(
            $$"""{"id":1,"on":"2026-10-01","cost":{{amount}},"cur":"EUR"}""",
            "id: id; date: on as Date; amount: cost as Decimal; currency: cur; categoryName: =Travel", StreamKind.Expenses);
        Assert.That(
            (record.Amount?.ToString(null, System.Globalization.CultureInfo.InvariantCulture), record.Currency, record.Category.Name, record.Faults.Count),
            Is.EqualTo((expected, "EUR", "Travel", 0)));
    }

    [TestCase(100, 0, 100)]
    [TestCase(101, 1, 101)]
    [TestCase(4000, 1, 4000)]
    [TestCase(50000, 1, 4000)]
    public void Read_OfLongNotes_CutsThemAndSaysSo(int length, int faults, int kept)
    {
        var record = Only($$"""{"id":5,"spent_date":"2026-10-01","hours":1,"notes":"{{new string('n', length)}}"}""");
        Assert.That((record.Faults.Count, record.Notes.Length), Is.EqualTo((faults, kept)));
        Assert.That(record.Faults.Select(f => (f.Field, f.Value.Length, f.Rule)), Is.All.EqualTo(("notes", Math.Min(length, 200), "at most 100 characters")));
    }

    [Test]
    public void Read_OfNotesCutInsideAnEmoji_LeavesItOutWhole()
    {
        var record = Only($$"""{"id":5,"spent_date":"2026-10-01","hours":1,"notes":"{{new string('n', 3999)}}😀"}""");
        Assert.That(record.Notes, Is.EqualTo(new string('n', 3999)));
    }

    [Test]
    public void Read_WithWhere_CountsTheRowsOfOtherStreams()
    {
        const string Body = """
            {"time_entries":[
              {"id":1,"spent_on":"2026-10-01","custom_fields":[{"id":1,"name":"Billable","value":"1"},{"id":3,"name":"Expense amount","value":"12.50"}]},
              {"id":2,"spent_on":"2026-10-01","custom_fields":[{"id":1,"name":"Billable","value":"0"},{"id":3,"name":"Expense amount","value":""}]},
              {"id":3,"spent_on":"2026-10-01","custom_fields":[{"id":1,"name":"Billable","value":"0"},{"id":3,"name":"Expense amount","value":"n/a"}]},
              {"id":4,"spent_on":"2026-10-01"}]}
            """;
        var stream = Some.Stream(
            records: "time_entries", where: "custom_fields[name=Expense amount].value", kind: StreamKind.Expenses,
            fields: "id: id; date: spent_on as Date; amount: custom_fields[name=Expense amount].value as Decimal; billable: custom_fields[id=1].value as Boolean");
        var page = new PageReader(stream, Some.NoteLength).Read(Some.Utf8(Body));
        Assert.That(page.LeftOut, Is.EqualTo(2));
        Assert.That(page.Records.Select(r => (r.Id, r.Amount, r.Billable, r.Faults.Count)), Is.EqualTo(new[] { ("1", (decimal?)12.50m, true, 0), ("3", null, false, 1) }));
    }

    [TestCase("", "the body is empty")]
    [TestCase("<!DOCTYPE html><title>Sign in</title>", "it is HTML where JSON is expected")]
    [TestCase(" \n<html>", "it is HTML")]
    [TestCase("{\"rows\":[{\"id\":1},{\"id\"", "it is no whole JSON")]
    [TestCase("{\"rows\":[]} trailing", "it is no whole JSON")]
    [TestCase("Service unavailable", "it is no whole JSON")]
    [TestCase("{\"error\":\"expired\",\"code\":7}", "there is no 'rows', where the connector says the records stand; the body is an object with 'error', 'code'")]
    [TestCase("{}", "the body is an object with nothing in it")]
    [TestCase("[]", "there is no 'rows', where the connector says the records stand; the body is a JSON list")]
    [TestCase("{\"rows\":null}", "there is no 'rows'")]
    [TestCase("{\"rows\":{\"id\":1}}", "'rows', where the connector says the records stand, is no list but a JSON object")]
    [TestCase("{\"rows\":\"none\"}", "is no list but a JSON text")]
    [TestCase("{\"rows\":[],\"total\":\"many\"}", "'total' should be a count and is 'many'")]
    [TestCase("{\"rows\":[],\"total\":-1}", "'total' should be a count and is '-1'")]
    [TestCase("{\"rows\":[],\"next\":{\"page\":2}}", "'next', where the connector says the next page stands, is no text or number")]
    public void Read_OfABodyThatIsNotWhatTheConnectorSays_SaysWhatItIs(string body, string expected)
    {
        var reader = new PageReader(Some.Stream(new Pagination.Cursor("next", "after"), total: "total"), Some.NoteLength);
        Assert.That(() => reader.Read(Some.Utf8(body)), Throws.TypeOf<UnreadablePageException>().With.Message.Contains(expected));
    }

    [Test]
    public void Read_OfAListAsBody_WithAByteOrderMark_TakesItsRows()
    {
        byte[] body = [0xEF, 0xBB, 0xBF, .. Some.Utf8(Some.Rows(1, 3))];
        Assert.That(new PageReader(Some.Stream(records: ""), Some.NoteLength).Read(body).Records.Select(r => r.Id), Is.EqualTo(new[] { "1", "2", "3" }));
    }

    [Test]
    public void Read_OfBytesThatAreNoUtf8_KeepsTheRowWithAFault()
    {
        byte[] body = [.. Some.Utf8("""[{"id":1,"spent_date":"2026-10-01","hours":1,"notes":"Gr"""), 0xF6, .. Some.Utf8("\"}]")];
        var record = new PageReader(Some.Stream(records: ""), Some.NoteLength).Read(body).Records.Single();
        Assert.That((record.Id, record.Faults.Single().Field), Is.EqualTo(("1", "notes")));
    }

    [Test]
    public void Read_AgainOfTheSameBytes_GivesTheSame()
    {
        var body = Some.Utf8($$"""{"rows":{{Some.Rows(1, 50)}}}""");
        var reader = new PageReader(Some.Stream(), Some.NoteLength);
        Assert.That(reader.Read(body).Records, Is.EqualTo(new PageReader(Some.Stream(), Some.NoteLength).Read(body).Records));
    }

    [TestCase("id: a..b", "The path 'a..b' has an empty name")]
    [TestCase("id: id; seconds: hours as Date", "reads the field 'seconds' as Date, which cannot give its value")]
    [TestCase("id: id; amount: hours", "reads the field 'amount' as Text")]
    public void Reader_OfAStreamThatCannotBeRead_IsAFaultOfTheConfiguration(string fields, string expected) =>
        Assert.That(() => new PageReader(Some.Stream(fields: fields), Some.NoteLength), Throws.TypeOf<SettingException>().With.Message.Contains(expected));

    private static SourceRecord Only(string row, string fields = Some.TimeEntryFields, StreamKind kind = StreamKind.TimeEntries)
    {
        var page = new PageReader(Some.Stream(records: "", fields: fields, kind: kind), Some.NoteLength).Read(Some.Utf8($"[{row}]"));
        return page.Records.Single();
    }
}
