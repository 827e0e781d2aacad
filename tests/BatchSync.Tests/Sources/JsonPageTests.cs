using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using BatchSync.Sources.Rest;
using NUnit.Framework;
using JsonValue = BatchSync.Sources.Rest.JsonPage.JsonValue;

namespace BatchSync.Tests.Sources;

/// <summary>The places of a page beside the document model of the platform, which reads the same bytes.</summary>
public sealed class JsonPageTests
{
    private static readonly string[] Names = ["id", "a", "i\\u0064", "\\ud800", "i\\ud800", "ä", "", "client.id", "id2"];

    private static readonly string[] Scalars =
        ["null", "true", "false", "0", "-1.50", "1e3", "12345678901234567890.123", "\"\"", "\"a\"", "\"\\u00e4\\n\\\"\"", "\"ä€😀\"", "\"\\ud83d\\ude00\"", "\"\\ud800\"", "\"[1,{}]\""];

    [Test]
    public void Values_OfRandomPages_AreThoseOfTheDocumentModel([Range(1, 300)] int seed)
    {
        var random = new Random(seed);
        var text = new StringBuilder();
        Write(text, random, depth: 0);
        AssertSame(Encoding.UTF8.GetBytes(text.ToString()));
    }

    [Test]
    public void Values_OfAPageAfterAnother_AreItsOwn()
    {
        using (var longer = JsonPage.Parse(Some.Utf8("""{"id":[1,2,3,{"a":"b"}],"a":"old"}"""))) Assert.That(longer.Root.TryMember("a"u8, out _), Is.True);
        using var page = JsonPage.Parse(Some.Utf8("""{"id":7}"""));
        using var beside = JsonPage.Parse(Some.Utf8("""["x"]"""));
        Assert.That((page.Root.TryMember("a"u8, out _), page.Root.TryMember("id"u8, out var id), id.Text.Text, beside.Root.Items().Single().Text.Text), Is.EqualTo((false, true, "7", "x")));
    }

    [TestCase("")]
    [TestCase("{")]
    [TestCase("[1,]")]
    [TestCase("{\"a\":1}}")]
    [TestCase("1 2")]
    [TestCase("[\"a")]
    [TestCase("{\"a\" 1}")]
    [TestCase("nul")]
    [TestCase("// a\n1")]
    public void Parse_OfWhatIsNoWholeJson_FailsLikeTheDocumentModel(string text)
    {
        var body = Some.Utf8(text);
        var expected = Assert.Catch<JsonException>(() => JsonDocument.Parse(body))!;
        Assert.That(Assert.Catch<JsonException>(() => JsonPage.Parse(body))!.Message, Is.EqualTo(expected.Message));
    }

    [Test]
    public void Text_OfBytesThatAreNoUtf8_IsUnreadableAndItsNeighboursAreNot()
    {
        byte[] body = [.. "{\"a\":\""u8, 0xff, .. "\",\"id\":\"7\"}"u8];
        using var page = JsonPage.Parse(body);
        page.Root.TryMember("a"u8, out var broken);
        page.Root.TryMember("id"u8, out var id);
        Assert.That((broken.Text.IsUnreadable, id.Text.Text), Is.EqualTo((true, "7")));
        AssertSame(body);
    }

    private static void Write(StringBuilder text, Random random, int depth)
    {
        var kind = depth > 4 ? 0 : random.Next(depth == 0 ? 1 : 0, 4);
        if (kind == 0)
        {
            text.Append(Scalars[random.Next(Scalars.Length)]);
            return;
        }

        var isObject = kind > 1;
        text.Append(isObject ? "{ " : "[");
        var members = random.Next(6);
        for (var i = 0; i < members; i++)
        {
            if (i > 0) text.Append(" ,\n");
            if (isObject) text.Append('"').Append(Names[random.Next(Names.Length)]).Append("\" : ");
            Write(text, random, depth + 1);
        }

        text.Append(isObject ? '}' : ']');
    }

    private static void AssertSame(ReadOnlyMemory<byte> body)
    {
        using var document = JsonDocument.Parse(body);
        using var page = JsonPage.Parse(body);
        AssertSame(page.Root, document.RootElement);
    }

    private static void AssertSame(JsonValue value, JsonElement element)
    {
        Assert.That(value.Raw.SequenceEqual(JsonMarshal.GetRawUtf8Value(element)), Is.True, value.RawText);
        Assert.That((value.IsList, value.IsObject, value.IsNull, value.IsFalse, value.IsText, value.IsNumber), Is.EqualTo((
            element.ValueKind == JsonValueKind.Array, element.ValueKind == JsonValueKind.Object, element.ValueKind == JsonValueKind.Null, element.ValueKind == JsonValueKind.False,
            element.ValueKind == JsonValueKind.String, element.ValueKind == JsonValueKind.Number)));
        if (value.IsText) Assert.That(value.Text.IsUnreadable ? null : value.Text.Text, Is.EqualTo(Read(() => element.GetString())));
        if (value.IsNumber) Assert.That(value.Text.Text, Is.EqualTo(element.GetRawText()));
        var items = element.ValueKind == JsonValueKind.Array ? element.EnumerateArray().ToList() : [];
        Assert.That(value.Items().Count(), Is.EqualTo(items.Count));
        foreach (var (mine, theirs) in value.Items().Zip(items)) AssertSame(mine, theirs);
        foreach (var name in new[] { "id", "a", "ä", "", "client.id", "id2", "missing", "i\u0064x" }) AssertSameMember(value, element, name);
    }

    private static void AssertSameMember(JsonValue value, JsonElement element, string name)
    {
        var theirs = Read(() => element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var member) ? member : (JsonElement?)null, out var theirsFails);
        JsonValue? mine = null;
        var mineFails = false;
        try
        {
            if (value.TryMember(Encoding.UTF8.GetBytes(name), out var member)) mine = member;
        }
        catch (InvalidOperationException)
        {
            mineFails = true;
        }

        Assert.That((mineFails, mine is null), Is.EqualTo((theirsFails, theirs is null)), name);
        if (mine is { } found) AssertSame(found, theirs!.Value);
    }

    private static T? Read<T>(Func<T?> read) => Read(read, out _);

    private static T? Read<T>(Func<T?> read, out bool fails)
    {
        try
        {
            fails = false;
            return read();
        }
        catch (InvalidOperationException)
        {
            fails = true;
            return default;
        }
    }
}
