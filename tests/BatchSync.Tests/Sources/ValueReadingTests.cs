using System.Globalization;
using BatchSync.Configuration;
using BatchSync.Core.Sources;
using BatchSync.Sources.Fields;
using NUnit.Framework;

namespace BatchSync.Tests.Sources;

public sealed class ValueReadingTests
{
    // kind, text, whole seconds (null: cannot be read)
    [TestCase("Hours", "1.1", 3960L)]
    [TestCase("Hours", "0.33", 1188L)]
    [TestCase("Hours", "-0.25", -900L)]
    [TestCase("Hours", "1.5e1", 54000L)]
    [TestCase("Hours", " 2 ", 7200L)]
    [TestCase("Hours", "0.00013888888888888888", 0L)]
    [TestCase("Hours", "0.000138888888888888889", 1L)]
    [TestCase("Hours", "-0.000138888888888888889", -1L)]
    [TestCase("Hours", "0.30000000000000004", 1080L)]
    [TestCase("Hours", "1000000", 3_600_000_000L)]
    [TestCase("Hours", "1000000.001", null)]
    [TestCase("Hours", "1.234567890123456789012345678901234567890", null)]
    [TestCase("Hours", "9999999999999999999999999999999999999999", null)]
    [TestCase("Hours", "NaN", null)]
    [TestCase("Hours", "Infinity", null)]
    [TestCase("Hours", "abc", null)]
    [TestCase("Hours", "1,5", null)]
    [TestCase("Hours", "1:30", null)]
    [TestCase("HoursRepairedToMinute", "0.33", 1200L)]
    [TestCase("HoursRepairedToMinute", "0.02", 60L)]
    [TestCase("HoursRepairedToMinute", "-0.33", -1200L)]
    [TestCase("HoursRepairedToMinute", "1.67", 6000L)]
    [TestCase("HoursRepairedToMinute", "0.025", 120L)]
    [TestCase("Minutes", "90", 5400L)]
    [TestCase("Minutes", "0.5", 30L)]
    [TestCase("Seconds", "5400", 5400L)]
    [TestCase("Seconds", "0.5", 1L)]
    [TestCase("Seconds", "-0.5", -1L)]
    [TestCase("Duration", "PT1H30M", 5400L)]
    [TestCase("Duration", "PT0.5H", 1800L)]
    [TestCase("Duration", "-PT15M", -900L)]
    [TestCase("Duration", "P1DT2H", 93600L)]
    [TestCase("Duration", "P1W", 604800L)]
    [TestCase("Duration", "PT1.5S", 2L)]
    [TestCase("Duration", "PT0S", 0L)]
    [TestCase("Duration", "P1M", null)]
    [TestCase("Duration", "P1Y", null)]
    [TestCase("Duration", "PT", null)]
    [TestCase("Duration", "P", null)]
    [TestCase("Duration", "P1DT", null)]
    [TestCase("Duration", "1H", null)]
    [TestCase("Duration", "PT99999999999999999999H", null)]
    public void Seconds_AreRoundedHalfUpOrRefused(string kind, string text, long? expected) =>
        Assert.That(Invariant.Seconds(text, Enum.Parse<ValueKind>(kind)), Is.EqualTo(expected));

    // culture, text, invariant text of the value (null: cannot be read)
    [TestCase("", "1234.50", "1234.50")]
    [TestCase("", "1,234.50", null)]
    [TestCase("", "-12.5", "-12.5")]
    [TestCase("", "0.12345678901", null)]
    [TestCase("", "1000000000000", null)]
    [TestCase("", "-999999999999.99", "-999999999999.99")]
    [TestCase("en-US", "1,234,567.50", "1234567.50")]
    [TestCase("en-US", "1,5", null)]
    [TestCase("en-US", "1,2345", null)]
    [TestCase("en-US", ",123", null)]
    [TestCase("en-US", "1.", null)]
    [TestCase("en-US", ".5", null)]
    [TestCase("en-US", "$5", null)]
    [TestCase("en-US", "(5.00)", null)]
    [TestCase("de-DE", "1.234,50", "1234.50")]
    [TestCase("de-DE", "-0,25", "-0.25")]
    [TestCase("de-DE", "1.5", null)]
    [TestCase("fr-FR", "1\u202F234,5", "1234.5")]
    [TestCase("fr-FR", "1\u00A0234,5", "1234.5")]
    [TestCase("fr-FR", "1 234,5", "1234.5")]
    [TestCase("de-CH", "1'234.50", "1234.50")]
    [TestCase("de-CH", "1\u2019234.50", "1234.50")]
    [TestCase("sv-SE", "\u221212,5", "-12.5")]
    [TestCase("sv-SE", "-12,5", "-12.5")]
    [TestCase("en-US", "+7.25", "7.25")]
    [TestCase("en-US", "--7", null)]
    [TestCase("en-US", "\u0661", null)]
    public void Decimal_FollowsTheCultureAndCatchesTheWrongOne(string culture, string text, string? expected) =>
        Assert.That(Reading(culture).Decimal(text)?.ToString(null, CultureInfo.InvariantCulture), Is.EqualTo(expected));

    [TestCase("", null, "2026-10-01", "2026-10-01")]
    [TestCase("", null, "2026-02-30", null)]
    [TestCase("", null, "2026-10-1", null)]
    [TestCase("", null, "10/01/2026", null)]
    [TestCase("", null, "2026-10-01T00:00:00Z", null)]
    [TestCase("en-US", null, "10/01/2026", "2026-10-01")]
    [TestCase("en-US", null, "10/1/2026", "2026-10-01")]
    [TestCase("en-US", null, "2026-10-01", "2026-10-01")]
    [TestCase("en-US", null, "31/10/2026", null)]
    [TestCase("de-DE", null, "31.10.2026", "2026-10-31")]
    [TestCase("", "yyyyMMdd", "20261001", "2026-10-01")]
    [TestCase("", "yyyyMMdd", "2026-10-01", null)]
    [TestCase("", "yyyy-MM-dd'T'HH:mm:sszzz", "2026-10-01T23:30:00-05:00", "2026-10-01")]
    [TestCase("en-US", "d MMM yyyy", "1 Oct 2026", "2026-10-01")]
    public void Date_IsTheDateAsWritten(string culture, string? format, string text, string? expected) =>
        Assert.That(Reading(culture).Date(text, format)?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), Is.EqualTo(expected));

    [TestCase(null, "2026-10-01T08:30:00Z", "2026-10-01T08:30:00.0000000")]
    [TestCase(null, "2026-10-01T08:30:00+02:00", "2026-10-01T06:30:00.0000000")]
    [TestCase(null, "2026-10-01T08:30:00.123-0530", "2026-10-01T14:00:00.1230000")]
    [TestCase(null, "2026-10-01T08:30:00.123456789Z", "2026-10-01T08:30:00.1234567")]
    [TestCase(null, "2026-10-01 08:30+02", "2026-10-01T06:30:00.0000000")]
    [TestCase(null, "2026-10-01T08:30:00", null)]
    [TestCase(null, "2026-10-01", null)]
    [TestCase(null, "2026-13-01T08:30:00Z", null)]
    [TestCase(null, "0001-01-01T00:00:00+02:00", null)]
    [TestCase(null, "yesterday", null)]
    [TestCase("yyyy/MM/dd HH:mm zzz", "2026/10/01 08:30 +02:00", "2026-10-01T06:30:00.0000000")]
    [TestCase("yyyy/MM/dd HH:mm", "2026/10/01 08:30", "2026-10-01T08:30:00.0000000")]
    public void Instant_IsInUtcAndNeedsAnOffset(string? format, string text, string? expected) =>
        Assert.That(Invariant.Instant(text, format)?.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff", CultureInfo.InvariantCulture), Is.EqualTo(expected));

    [TestCase("Boolean", "", "true", true)]
    [TestCase("Boolean", "", "YES", true)]
    [TestCase("Boolean", "", "0", false)]
    [TestCase("Boolean", "", "maybe", null)]
    [TestCase("Not", "", "1", false)]
    [TestCase("Not", "", "false", true)]
    [TestCase("Not", "", "maybe", null)]
    [TestCase("Boolean", "approved|invoiced", "Approved", true)]
    [TestCase("Boolean", "approved|invoiced", "submitted", false)]
    [TestCase("Not", "open", "open", false)]
    [TestCase("Not", "open", "closed", true)]
    public void Boolean_WithoutNamedValues_RefusesWhatItDoesNotKnow(string kind, string trueValues, string text, bool? expected)
    {
        var field = new FieldDefinition("x", null, Enum.Parse<ValueKind>(kind), trueValues.Split('|', StringSplitOptions.RemoveEmptyEntries), null);
        Assert.That(ValueReading.Boolean(text, field), Is.EqualTo(expected));
    }

    [TestCase("id", "id")]
    [TestCase("client.id", "client / id")]
    [TestCase("custom_fields[id=1].value", "custom_fields[id=1] / value")]
    [TestCase("custom_fields[name=Expense amount, net.].value", "custom_fields[name=Expense amount, net.] / value")]
    [TestCase("fields[name=\"a]b\"]", "fields[name=a]b]")]
    [TestCase("[id=7].x", "[id=7] / x")]
    [TestCase("a[b=]", "a[b=]")]
    public void RowPath_ReadsStepsAndBrackets(string text, string expected) =>
        Assert.That(string.Join(" / ", RowPath.Of(text).Steps.Select(s => s.Key is null ? s.Name : $"{s.Name}[{s.Key}={s.Value}]")), Is.EqualTo(expected));

    [TestCase("")]
    [TestCase("a..b")]
    [TestCase("a.")]
    [TestCase(".a")]
    [TestCase("a[b]")]
    [TestCase("a[=1]")]
    [TestCase("a[b=1")]
    [TestCase("a[b=1]c")]
    [TestCase("a[b=\"1]")]
    public void RowPath_ThatIsNone_SaysWhy(string text)
    {
        Assert.That(RowPath.TryOf(text, out _, out var problem), Is.False);
        Assert.That(problem, Does.StartWith($"The path '{text}' has"));
    }

    private static ValueReading Invariant => Reading("");

    private static ValueReading Reading(string culture) => new(CultureInfo.GetCultureInfo(culture));
}
