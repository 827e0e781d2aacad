using System.Text;
using System.Text.Json;
using BatchSync.Sources.Fields;

namespace BatchSync.Sources.Rest;

/// <summary>
/// A body of JSON as the places of its values in it: the body is walked once and checked to its end, nothing of it is copied, and a text is made when it is asked for. Values may be
/// asked for until the page is disposed of.
/// </summary>
internal sealed class JsonPage : IDisposable
{
    /// <summary>Longer tables of places are not kept for the next page.</summary>
    private const int LongestKept = 512 * 1024;

    // A page has a hundred thousand places: whoever reads the next one takes the table of the one before, and nobody else has it then.
    private static JsonPlace[]? _spare;

    private readonly ReadOnlyMemory<byte> _body;
    private JsonPlace[] _places;
    private int _count;

    /// <summary>A value, or the name of a member, which stands before its value.</summary>
    /// <param name="Start">Of a name behind the quote, of anything else with it.</param>
    /// <param name="End">The first byte that does not belong to it.</param>
    /// <param name="After">The first place that does not lie within it.</param>
    private readonly record struct JsonPlace(int Start, int End, int After, JsonTokenType Type, bool IsEscaped);

    private JsonPage(ReadOnlyMemory<byte> body)
    {
        _body = body;
        _places = Interlocked.Exchange(ref _spare, null) ?? new JsonPlace[1024];
    }

    /// <summary>The outermost value.</summary>
    public JsonValue Root => new(this, 0);

    /// <summary>The places of a body.</summary>
    /// <exception cref="JsonException">It is no whole JSON, or deeper than 64 levels.</exception>
    public static JsonPage Parse(ReadOnlyMemory<byte> body)
    {
        var page = new JsonPage(body);
        try
        {
            page.Walk();
            return page;
        }
        catch
        {
            page.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        if (_places.Length <= LongestKept) Interlocked.Exchange(ref _spare, _places);
        (_places, _count) = ([], 0);
    }

    private void Walk()
    {
        var reader = new Utf8JsonReader(_body.Span);
        var open = new Stack<int>();
        while (reader.Read())
        {
            var (start, end) = ((int)reader.TokenStartIndex, (int)reader.BytesConsumed);
            switch (reader.TokenType)
            {
                case JsonTokenType.StartObject or JsonTokenType.StartArray:
                    open.Push(_count);
                    Add(new JsonPlace(start, end, 0, reader.TokenType, false));
                    break;
                case JsonTokenType.EndObject or JsonTokenType.EndArray:
                    var begun = open.Pop();
                    _places[begun] = _places[begun] with { End = end, After = _count };
                    break;
                case JsonTokenType.PropertyName:
                    Add(new JsonPlace(start + 1, start + 1 + reader.ValueSpan.Length, _count + 1, reader.TokenType, reader.ValueIsEscaped));
                    break;
                default:
                    Add(new JsonPlace(start, end, _count + 1, reader.TokenType, reader.ValueIsEscaped));
                    break;
            }
        }
    }

    private void Add(JsonPlace place)
    {
        if (_count == _places.Length) Array.Resize(ref _places, 2 * _count);
        _places[_count++] = place;
    }

    /// <summary>A value of a page.</summary>
    internal readonly struct JsonValue
    {
        private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

        private readonly JsonPage _page;
        private readonly int _index;

        internal JsonValue(JsonPage page, int index) => (_page, _index) = (page, index);

        private JsonPlace Place => _page._places[_index];

        public bool IsList => Place.Type == JsonTokenType.StartArray;

        public bool IsObject => Place.Type == JsonTokenType.StartObject;

        public bool IsText => Place.Type == JsonTokenType.String;

        public bool IsNumber => Place.Type == JsonTokenType.Number;

        public bool IsNull => Place.Type == JsonTokenType.Null;

        public bool IsFalse => Place.Type == JsonTokenType.False;

        /// <summary>What it is, in a word.</summary>
        public string Kind => Place.Type switch
        {
            JsonTokenType.StartArray => "list",
            JsonTokenType.StartObject => "object",
            JsonTokenType.String => "text",
            JsonTokenType.Number => "number",
            JsonTokenType.True or JsonTokenType.False => "true or false",
            _ => "null",
        };

        /// <summary>Its bytes as they were sent.</summary>
        public ReadOnlySpan<byte> Raw => BytesOf(Place);

        /// <summary>Its bytes as they were sent, as text; what is no UTF-8 is replaced.</summary>
        public string RawText => Encoding.UTF8.GetString(Raw);

        /// <summary>The text of a scalar: <c>"a"</c> is a, <c>1.50</c> is 1.50, <c>true</c> is true, <c>null</c> is absent.</summary>
        public FieldText Text => Place.Type switch
        {
            JsonTokenType.Null => FieldText.Absent,
            JsonTokenType.True => FieldText.Of("true"),
            JsonTokenType.False => FieldText.Of("false"),
            JsonTokenType.Number => FieldText.Of(RawText),
            JsonTokenType.String => StringOf(),
            _ => FieldText.Unreadable(RawText),
        };

        /// <summary>The values of a list, in their order; none of anything else.</summary>
        public IEnumerable<JsonValue> Items()
        {
            if (!IsList) yield break;
            var end = Place.After;
            for (var at = _index + 1; at < end; at = _page._places[at].After) yield return new JsonValue(_page, at);
        }

        /// <summary>The names of an object's members, in their order; none of anything else.</summary>
        /// <exception cref="InvalidOperationException">One has broken characters.</exception>
        public IEnumerable<string> Names()
        {
            if (!IsObject) yield break;
            var end = Place.After;
            for (var at = _index + 1; at < end; at = _page._places[at + 1].After) yield return NameAt(at);
        }

        /// <summary>The member of a name; of several, the last. False where there is none, or this is no object.</summary>
        /// <param name="name">In UTF-8.</param>
        /// <exception cref="InvalidOperationException">A name behind it that might be this one has broken characters.</exception>
        public bool TryMember(ReadOnlySpan<byte> name, out JsonValue member)
        {
            var (found, escaped) = (-1, (List<int>?)null);
            if (IsObject)
            {
                var (places, end) = (_page._places, Place.After);
                var body = _page._body.Span;
                for (var at = _index + 1; at < end; at = places[at + 1].After)
                {
                    ref readonly var place = ref places[at];
                    var written = body[place.Start..place.End];
                    if (place.IsEscaped) (escaped ??= []).Add(at);
                    else if (written.SequenceEqual(name)) found = at + 1;
                }
            }

            if (escaped is not null) found = LastOf(escaped, found, name);
            member = new JsonValue(_page, found);
            return found >= 0;
        }

        // The last one counts, so they are read from the end; a name that begins otherwise than the one that is asked for need not be read.
        private int LastOf(List<int> escaped, int found, ReadOnlySpan<byte> name)
        {
            for (var i = escaped.Count - 1; i >= 0 && escaped[i] > found; i--)
            {
                var written = BytesOf(_page._places[escaped[i]]);
                var plain = written.IndexOf((byte)'\\');
                var mayBe = written.Length > name.Length && name.Length > plain && written[..plain].SequenceEqual(name[..plain]);
                if (mayBe && Encoding.UTF8.GetBytes(NameAt(escaped[i])).AsSpan().SequenceEqual(name)) return escaped[i] + 1;
            }

            return found;
        }

        private string NameAt(int at)
        {
            var place = _page._places[at];
            return Unescaped(_page._body.Span[(place.Start - 1)..(place.End + 1)]);
        }

        private FieldText StringOf()
        {
            try
            {
                return FieldText.Of(Place.IsEscaped ? Unescaped(Raw) : Strict.GetString(Raw[1..^1]));
            }
            catch (Exception e) when (e is InvalidOperationException or DecoderFallbackException)
            {
                // Half of a surrogate pair, or bytes that are no UTF-8: the value is broken, the row is not.
                return FieldText.Unreadable(RawText);
            }
        }

        private static string Unescaped(ReadOnlySpan<byte> quoted)
        {
            var reader = new Utf8JsonReader(quoted);
            reader.Read();
            return reader.GetString()!;
        }

        private ReadOnlySpan<byte> BytesOf(JsonPlace place) => _page._body.Span[place.Start..place.End];
    }
}
