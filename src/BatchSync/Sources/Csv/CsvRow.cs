namespace BatchSync.Sources.Csv;

/// <summary>
/// A row within a text: where it stands with its line end, how many lines it takes (more where a quoted value holds line ends), and its
/// columns. One that is not well formed (a quote inside an unquoted value, text after a closing quote, a quote that never closes, a
/// value over several lines with the wrong number of columns) is one line of the text, so a broken quote never swallows the rows after it.
/// </summary>
internal readonly record struct CsvRow(int Start, int Length, int Lines, int Columns, bool IsWellFormed)
{
    /// <summary>Characters of one row: a quoted value that goes on longer is one that never closes.</summary>
    public const int Limit = 1024 * 1024;

    public int End => Start + Length;

    /// <summary>A line with nothing in it is no row of data.</summary>
    public bool IsBlank => Columns == 0;

    /// <summary>Finds the row that starts at a place.</summary>
    /// <param name="isWhole">Whether the text ends where its source ends; else a row that reaches the end of the text may go on.</param>
    /// <param name="columns">Columns of the header; 0: not known yet.</param>
    /// <returns>False where more text is needed, or there is none.</returns>
    public static bool TryFind(ReadOnlySpan<char> text, int start, bool isWhole, char delimiter, int columns, out CsvRow row)
    {
        row = default;
        if (start >= text.Length) return false;
        var rest = text[start..];
        var scan = new Scan(rest, delimiter);
        var isWellFormed = scan.Run();
        if (scan.MayGoOn && !isWhole && rest.Length <= Limit) return false;
        isWellFormed &= scan.At <= Limit && (scan.Lines <= 1 || columns == 0 || scan.Columns == columns);
        if (!isWellFormed) return TryFindLine(rest, start, isWhole, out row);
        row = new CsvRow(start, scan.At, scan.Lines, scan.Columns, true);
        return true;
    }

    private static bool TryFindLine(ReadOnlySpan<char> rest, int start, bool isWhole, out CsvRow row)
    {
        row = default;
        var end = rest.IndexOfAny('\r', '\n');
        if ((end < 0 || (end + 1 == rest.Length && rest[end] == '\r')) && !isWhole) return false;
        row = new CsvRow(start, end < 0 ? rest.Length : end + LineEnd(rest[end..]), 1, 1, false);
        return true;
    }

    private static int LineEnd(ReadOnlySpan<char> text) => text is ['\r', '\n', ..] ? 2 : 1;

    /// <summary>Walks one row by RFC 4180, section 2, with any of CR, LF and CRLF as line end.</summary>
    private ref struct Scan(ReadOnlySpan<char> text, char delimiter)
    {
        private readonly ReadOnlySpan<char> _text = text;

        /// <summary>Just after the row and its line end.</summary>
        public int At { get; private set; }
        public int Lines { get; private set; } = 1;
        public int Columns { get; private set; }

        /// <summary>Whether the text ended before it was sure that the row did. A CR at the very end may be half of a CRLF.</summary>
        public bool MayGoOn { get; private set; }

        public bool Run()
        {
            if (_text[0] is '\r' or '\n')
            {
                PassLineEnd();
                return true;
            }

            while (true)
            {
                Columns++;
                var isGood = At < _text.Length && _text[At] == '"' ? Quoted() : Plain();
                if (!isGood) return false;
                if (At >= _text.Length) break;
                if (_text[At] != delimiter)
                {
                    PassLineEnd();
                    return true;
                }

                At++;
            }

            MayGoOn = true;
            return true;
        }

        private void PassLineEnd()
        {
            MayGoOn = _text[At] == '\r' && At + 1 == _text.Length;
            At += LineEnd(_text[At..]);
        }

        // Leaves At on what ends the value: a delimiter, a line end or the end of the text.
        private bool Plain()
        {
            var length = _text[At..].IndexOfAny([delimiter, '\r', '\n', '"']);
            At = length < 0 ? _text.Length : At + length;
            return length < 0 || _text[At] != '"';
        }

        private bool Quoted()
        {
            At++;
            while (true)
            {
                var length = _text[At..].IndexOf('"');
                var inside = length < 0 ? _text[At..] : _text.Slice(At, length);
                Lines += LinesEnding(inside);
                At += inside.Length + (length < 0 ? 0 : 1);
                if (length < 0)
                {
                    MayGoOn = true;
                    return false;
                }

                if (At >= _text.Length || _text[At] != '"') break;
                At++;
            }

            return At >= _text.Length || _text[At] == delimiter || _text[At] is '\r' or '\n';
        }

        private static int LinesEnding(ReadOnlySpan<char> text)
        {
            var lines = 0;
            while (text.IndexOfAny('\r', '\n') is var at and >= 0)
            {
                lines++;
                text = text[(at + LineEnd(text[at..]))..];
            }

            return lines;
        }
    }
}
