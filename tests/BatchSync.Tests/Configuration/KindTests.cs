using BatchSync.Configuration;
using BatchSync.Configuration.Fields;
using BatchSync.Configuration.Yaml;
using BatchSync.Core.Amounts;
using BatchSync.Core.Diagnostics;
using NUnit.Framework;

namespace BatchSync.Tests.Configuration;

public sealed class KindTests
{
    [TestCase("0s", 0)]
    [TestCase("30s", 30)]
    [TestCase("15m", 900)]
    [TestCase("1h30m", 5400)]
    [TestCase("2d", 172_800)]
    [TestCase("1d1h1m1s", 90_061)]
    [TestCase("", null)]
    [TestCase("15", null)]
    [TestCase("m", null)]
    [TestCase("30m1h", null)]
    [TestCase("1.5h", null)]
    [TestCase("-1h", null)]
    [TestCase(" 1h", null)]
    [TestCase("1h ", null)]
    [TestCase("1H", null)]
    [TestCase("999999d", null)]
    public void Duration_Text_IsSeconds(string text, int? seconds) =>
        Assert.That(DurationText.Parse(text)?.TotalSeconds, Is.EqualTo(seconds));

    [TestCase("0s")]
    [TestCase("45s")]
    [TestCase("1d2h3m4s")]
    [TestCase("90d")]
    public void Duration_WrittenAgain_IsTheSame(string text) => Assert.That(DurationText.Write(DurationText.Parse(text)!.Value), Is.EqualTo(text));

    [TestCase("5MB", 5_000_000L)]
    [TestCase("500KB", 500_000L)]
    [TestCase("1 GB", 1_000_000_000L)]
    [TestCase("5", null)]
    [TestCase("5mb", null)]
    [TestCase("1.5MB", null)]
    [TestCase("2GB", null)]
    public void Size_Text_IsBytes(string text, long? bytes) => Assert.That(Read(Kinds.Size(1000, 1_000_000_000), text), Is.EqualTo(bytes));

    [TestCase("7.25%", "0.0725")]
    [TestCase("0%", "0")]
    [TestCase("100 %", "1")]
    [TestCase("0.0000001%", "0.000000001")]
    [TestCase("0.000000001%", null)]
    [TestCase("7.25", null)]
    [TestCase("-1%", null)]
    [TestCase("100.1%", null)]
    [TestCase("%", null)]
    [TestCase("NaN%", null)]
    public void Percent_Text_IsAFraction(string text, string? expected) =>
        Assert.That(Read(Kinds.Percent(0, 100), text) is decimal value ? NumberText.Canonical(value) : null, Is.EqualTo(expected));

    [TestCase("180.00", "180")]
    [TestCase("0.1234567891", "0.1234567891")]
    [TestCase("0.12345678912", null)]
    [TestCase("1e2", "100")]
    [TestCase("1,5", null)]
    [TestCase("1_000", null)]
    [TestCase(".inf", null)]
    [TestCase("0x10", null)]
    [TestCase("1000000001", null)]
    public void Number_Text_IsExact(string text, string? expected) =>
        Assert.That(Read(Kinds.Number(0, 1_000_000_000), text) is decimal value ? NumberText.Canonical(value) : null, Is.EqualTo(expected));

    [TestCase("2026-10-01", true)]
    [TestCase("2024-02-29", true)]
    [TestCase("2026-02-29", false)]
    [TestCase("2026-1-1", false)]
    [TestCase("2026-10-01T00:00:00", false)]
    public void Date_Text_IsIso(string text, bool isDate) => Assert.That(Read(Kinds.Date, text) is DateOnly, Is.EqualTo(isDate));

    [TestCase("UTC", true)]
    [TestCase("Etc/UTC", true)]
    [TestCase("Asia/Calcutta", true)]
    [TestCase("Pacific/Auckland", true)]
    [TestCase("europe/berlin", false)]
    [TestCase("W. Europe Standard Time", false)]
    [TestCase("../../etc/localtime", false)]
    [TestCase("+02:00", false)]
    public void TimeZone_Text_IsAnIanaId(string text, bool isZone) => Assert.That(Read(Kinds.TimeZone, "'" + text + "'") is TimeZoneInfo, Is.EqualTo(isZone));

    [TestCase("net-30", 30)]
    [TestCase("net-0", 0)]
    [TestCase("net-366", null)]
    [TestCase("30", null)]
    public void Terms_Text_IsDays(string text, int? days) => Assert.That(Read(Kinds.Terms, text), Is.EqualTo(days));

    [TestCase("\",\"", ',')]
    [TestCase("'\\t'", '\t')]
    [TestCase("\"\\t\"", '\t')]
    [TestCase("a", null)]
    [TestCase(",,", null)]
    [TestCase("'\"'", null)]
    public void Character_Text_Separates(string yaml, char? expected) => Assert.That(Read(Kinds.Character, yaml), Is.EqualTo(expected));

    [TestCase("NO", "NO")]
    [TestCase("007", "007")]
    [TestCase("1e3", "1e3")]
    [TestCase("'null'", "null")]
    [TestCase("null", null)]
    [TestCase("~", null)]
    [TestCase("''", null)]
    [TestCase("\"a\\nb\"", null)]
    public void Text_Scalar_IsTakenAsItIsWritten(string yaml, string? expected) => Assert.That(Read(Kinds.Text, yaml), Is.EqualTo(expected));

    [TestCase("ACME-WEB", true)]
    [TestCase("dana@example.com", true)]
    [TestCase("Größe & Söhne", true)]
    [TestCase("A", true)]
    [TestCase("INT-*", false)]
    [TestCase("' A'", false)]
    public void Code_Text_HasNoWildcardOrOuterSpace(string yaml, bool isCode) => Assert.That(Read(Kinds.Code, yaml) is string, Is.EqualTo(isCode));

    [TestCase("0 30 2 ? * TUE-SAT", true)]
    [TestCase("0 0/15 8-18 ? * MON-FRI 2026-2030", true)]
    [TestCase("0 0 3 L * ?", true)]
    [TestCase("0 0 3 ? * 6#3", true)]
    [TestCase("0 0 3 ? * ?", false)]
    [TestCase("? 0 3 ? * MON", false)]
    [TestCase("30 2 * * *", false)]
    [TestCase("0 0 3 1 * ? 2026 x", false)]
    [TestCase("", false)]
    public void Cron_Text_HasTheShape(string text, bool isGood) => Assert.That(CronShape.FaultOf(text) is null, Is.EqualTo(isGood));

    [TestCase("token", true)]
    [TestCase("accessToken", true)]
    [TestCase("access_token", true)]
    [TestCase("X-Api-Key", true)]
    [TestCase("apiKey", true)]
    [TestCase("KEY", true)]
    [TestCase("clientSecret", true)]
    [TestCase("Password", true)]
    [TestCase("Authorization", true)]
    [TestCase("monkey", false)]
    [TestCase("keyword", false)]
    [TestCase("accountId", false)]
    [TestCase("baseUrl", false)]
    public void SettingName_ThatNamesASecret_IsKnown(string name, bool isSecret) => Assert.That(References.NamesSecret(name), Is.EqualTo(isSecret));

    [TestCase("env:HARVEST_TOKEN", true)]
    [TestCase("env:", false)]
    [TestCase("env:1A", false)]
    [TestCase("env:A B", false)]
    [TestCase("file:secrets/token.txt", true)]
    [TestCase("file:", false)]
    [TestCase("setting:token", true)]
    [TestCase("setting:", false)]
    [TestCase("https://api.example.com", true)]
    public void Reference_OfAConnector_IsRead(string text, bool isGood) => Assert.That(Read(References.OfConnector, text) is ValueReference, Is.EqualTo(isGood));

    [TestCase("custom_fields[name=Billable].value", true)]
    [TestCase("custom_fields[name=Expense amount].value", true)]
    [TestCase("a.b.c", true)]
    [TestCase("items[id=3]", true)]
    [TestCase("@odata.nextLink", true)]
    [TestCase("a..b", false)]
    [TestCase(".a", false)]
    [TestCase("a[0]", false)]
    [TestCase("a[", false)]
    public void JsonPath_Text_HasTheForm(string text, bool isGood) => Assert.That(Read(Texts.JsonPath, "'" + text + "'") is string, Is.EqualTo(isGood));

    private static object? Read<T>(Kind<T> kind, string yaml)
    {
        var errors = new List<ConfigurationError>();
        var reading = new Reading(new SourceText("value", yaml), errors);
        var found = YamlReader.Read(reading.Text, errors) is { } node ? kind.Read(node, "value", reading) : null;
        Assert.That(found is null, Is.EqualTo(errors.Count > 0), "A value or an error, not both.");
        return found is null ? null : found.Value;
    }
}
