namespace BatchSync.Configuration.Yaml;

/// <summary>Where a piece of YAML stands: line and column from 1, and how many characters of that line it takes (1 and up).</summary>
internal readonly record struct Span(int Line, int Column, int Length);

/// <summary>A place in a text: line and column from 1. A default value is no place.</summary>
internal readonly record struct Position(int Line, int Column);

/// <summary>A piece of YAML with its place: a text, a list, or fields in the order of the file.</summary>
internal abstract record Node
{
    private Node(Span span) => Span = span;

    public Span Span { get; }

    /// <summary>Where the piece ends: the place behind its last character. Not set on nodes that stand nowhere.</summary>
    public Position End { get; init; }

    /// <summary>What stands there, in the words of a message.</summary>
    public abstract string Shape { get; }

    /// <summary>A text as YAML reads it; numbers, dates and booleans are not interpreted.</summary>
    /// <param name="IsPlain">Written without quotes or block marks.</param>
    internal sealed record Scalar(Span At, string Text, bool IsPlain) : Node(At)
    {
        /// <summary>Nothing was written, or one of YAML's words for nothing.</summary>
        public bool IsNothing => IsPlain && Text is ("" or "~" or "null" or "Null" or "NULL");

        public override string Shape => IsNothing ? "nothing" : "a single value";
    }

    internal sealed record Sequence(Span At, IReadOnlyList<Node> Items) : Node(At)
    {
        /// <summary>Written in brackets, not in lines.</summary>
        public bool IsFlow { get; init; }

        public override string Shape => "a list";
    }

    internal sealed record Mapping(Span At, IReadOnlyList<Entry> Entries) : Node(At)
    {
        /// <summary>Written in braces, not in lines.</summary>
        public bool IsFlow { get; init; }

        public override string Shape => "a section with fields";
    }

    /// <summary>Something that YAML has and configuration does not; the error is reported already.</summary>
    internal sealed record Refused(Span At) : Node(At)
    {
        public override string Shape => "not supported";
    }

    /// <summary>A field's name and value. Names are unique within their mapping.</summary>
    internal sealed record Entry(Scalar Key, Node Value);
}
