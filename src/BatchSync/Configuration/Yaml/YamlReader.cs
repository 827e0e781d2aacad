using BatchSync.Core.Diagnostics;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace BatchSync.Configuration.Yaml;

/// <summary>
/// Reads one YAML document into nodes with places. Of YAML it takes texts, lists and fields; anchors, aliases, tags, further documents
/// and names that are no text are errors. Nothing is converted: <c>NO</c>, <c>0123</c> and <c>1e3</c> stay the texts that they are.
/// </summary>
internal sealed class YamlReader
{
    /// <summary>Deeper nesting is refused; the deepest field of a configuration has eight levels.</summary>
    public const int MaxDepth = 32;

    private readonly SourceText _text;
    private readonly ICollection<ConfigurationError> _errors;
    private readonly Parser _parser;
    private readonly Stack<Span> _open = new();

    private YamlReader(SourceText text, ICollection<ConfigurationError> errors)
    {
        _text = text;
        _errors = errors;
        _parser = new Parser(new StringReader(text.Text));
    }

    private ParsingEvent Current => _parser.Current!;

    /// <summary>The document's node; null where there is an error (added to the list) that makes the rest unreadable.</summary>
    public static Node? Read(SourceText text, ICollection<ConfigurationError> errors)
    {
        var reader = new YamlReader(text, errors);
        try
        {
            return reader.ReadDocument();
        }
        catch (YamlException fault)
        {
            var isTab = fault.Message.Contains("tab", StringComparison.Ordinal);
            var span = (isTab ? text.IndentingTab((int)fault.Start.Line) : null) ?? SpanOf(fault.Start, fault.End);
            reader.Report(ErrorCodes.Syntax, span, Reason(fault), NextStepFor(fault) + " The rest of the file was not checked.");
        }
        catch (InvalidOperationException)
        {
            // The scanner ends like this where a flow collection is not closed before the next block line.
            var open = reader._open.TryPeek(out var span) ? span : new Span(1, 1, 1);
            reader.Report(ErrorCodes.Syntax, open, "the '[' or '{' that begins here is not closed", "Close it with ']' or '}'. The rest of the file was not checked.");
        }
        catch (DepthException)
        {
            var deepest = reader._open.Peek();
            reader.Report(ErrorCodes.UnsupportedYaml, deepest, $"nested deeper than {MaxDepth} levels", "Remove brackets or levels that do not belong there.");
        }

        return null;
    }

    private Node? ReadDocument()
    {
        _parser.MoveNext();
        _parser.MoveNext();
        if (Current is StreamEnd) return Empty();
        _parser.MoveNext();
        var node = ReadNode();
        _parser.MoveNext();
        if (Current is DocumentStart) Report(ErrorCodes.UnsupportedYaml, SpanOf(Current), "a second document begins here", "Put it into a file of its own.");
        return node is Node.Scalar { IsNothing: true } ? Empty() : node;
    }

    private Node? Empty()
    {
        _errors.Add(new ConfigurationError(ErrorCodes.EmptyFile, TextPlace.WholeFile(_text.Path), "the file is empty")
        {
            NextStep = "Begin it with 'job:', 'mapping:' or 'connector:', or delete it.",
        });
        return null;
    }

    /// <summary>Reads the node at the current event and leaves the parser behind it.</summary>
    private Node ReadNode()
    {
        RefuseExtras();
        return Current switch
        {
            MappingStart start => ReadMapping(start),
            SequenceStart start => ReadSequence(start),
            Scalar scalar => ReadScalar(scalar),
            _ => ReadAlias(),
        };
    }

    private Node.Scalar ReadScalar(Scalar scalar)
    {
        _parser.MoveNext();
        return new Node.Scalar(SpanOf(scalar), scalar.Value, scalar.Style == ScalarStyle.Plain) { End = PositionOf(scalar.End) };
    }

    private Node.Refused ReadAlias()
    {
        var span = SpanOf(Current);
        Report(ErrorCodes.UnsupportedYaml, span, "aliases (*name) are not supported", "Write the value out.");
        _parser.MoveNext();
        return new Node.Refused(span);
    }

    private Node.Sequence ReadSequence(SequenceStart start)
    {
        Enter(start);
        var items = new List<Node>();
        _parser.MoveNext();
        while (Current is not SequenceEnd) items.Add(ReadNode());
        var isFlow = start.Style == SequenceStyle.Flow;
        var end = EndOf(isFlow, start, items.LastOrDefault());
        return new Node.Sequence(Leave(start, isFlow), items) { IsFlow = isFlow, End = end };
    }

    private Node.Mapping ReadMapping(MappingStart start)
    {
        Enter(start);
        var entries = new List<Node.Entry>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        _parser.MoveNext();
        while (Current is not MappingEnd) ReadEntry(entries, names);
        var isFlow = start.Style == MappingStyle.Flow;
        var end = EndOf(isFlow, start, entries.LastOrDefault()?.Value);
        var span = Leave(start, isFlow);
        return new Node.Mapping(isFlow || entries.Count == 0 ? span : entries[0].Key.Span, entries) { IsFlow = isFlow, End = end };
    }

    private void ReadEntry(List<Node.Entry> entries, HashSet<string> names)
    {
        var key = ReadNode();
        var value = ReadNode();
        if (key is not Node.Scalar name)
        {
            Report(ErrorCodes.UnsupportedYaml, key.Span, "the name of a field is a text, not a list or section", "Write 'name: value'.");
        }
        else if (!names.Add(name.Text))
        {
            var first = entries.First(e => e.Key.Text == name.Text).Key.Span.Line;
            Report(ErrorCodes.DuplicateField, name.Span, $"'{name.Text}' is written twice; the first stands in line {first}", "Remove one of the two.");
        }
        else
        {
            entries.Add(new Node.Entry(name, value));
        }
    }

    private void RefuseExtras()
    {
        if (Current is not NodeEvent node) return;
        if (!node.Anchor.IsEmpty) Report(ErrorCodes.UnsupportedYaml, SpanOf(node), $"anchors (&{node.Anchor.Value}) are not supported", "Write the value out where it is used.");
        if (!node.Tag.IsEmpty) Report(ErrorCodes.UnsupportedYaml, SpanOf(node), $"tags ({node.Tag.Value}) are not supported", "Remove the tag; every value is read as its field needs it.");
    }

    private void Enter(ParsingEvent start)
    {
        _open.Push(SpanOf(start));
        if (_open.Count > MaxDepth) throw new DepthException();
    }

    private Span Leave(ParsingEvent start, bool isFlow)
    {
        _open.Pop();
        var span = isFlow ? SpanOf(start.Start, Current.End) : SpanOf(start);

        // The parser's end mark stands before the closing bracket.
        if (isFlow && span.Length < int.MaxValue) span = span with { Length = span.Length + 1 };
        _parser.MoveNext();
        return span;
    }

    // The parser's end mark stands before a closing bracket, and of a block where the next one begins.
    private Position EndOf(bool isFlow, ParsingEvent start, Node? last)
    {
        if (!isFlow) return last?.End ?? PositionOf(start.Start);
        var end = PositionOf(Current.End);
        return end with { Column = end.Column + 1 };
    }

    private static Position PositionOf(Mark mark) => new((int)mark.Line, (int)mark.Column);

    private void Report(ErrorCode code, Span span, string message, string next) =>
        _errors.Add(new ConfigurationError(code, _text.PlaceOf(span), message) { NextStep = next });

    private static Span SpanOf(ParsingEvent part) => SpanOf(part.Start, part.End);

    private static Span SpanOf(Mark start, Mark end)
    {
        var length = end.Line == start.Line ? end.Column - start.Column : int.MaxValue;
        return new Span((int)start.Line, (int)start.Column, (int)Math.Max(1, length));
    }

    private static string Reason(YamlException fault) => fault.Message switch
    {
        var m when m.Contains("tab", StringComparison.Ordinal) => "a tab stands where YAML takes spaces only",
        var m when m.Contains("quoted scalar", StringComparison.Ordinal) => "the quote that begins here is not closed",
        var m when m.Contains("invalid mapping", StringComparison.Ordinal) => "a second ': ' in one line",
        var m when m.Contains("cannot start any token", StringComparison.Ordinal) => "a text cannot begin with this character unless it is quoted",
        var m => "the YAML cannot be read: " + m.TrimEnd('.'),
    };

    private static string NextStepFor(YamlException fault) => fault.Message switch
    {
        var m when m.Contains("tab", StringComparison.Ordinal) => "Indent with spaces.",
        var m when m.Contains("quoted scalar", StringComparison.Ordinal) => "Close the quote; a quote inside single quotes is written twice.",
        _ => "Put texts with ': ', ' #' or a special first character into quotes, and check the indentation.",
    };

    private sealed class DepthException : Exception;
}
