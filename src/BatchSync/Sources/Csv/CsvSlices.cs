using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using BatchSync.Configuration;

namespace BatchSync.Sources.Csv;

/// <summary>
/// Cuts a file into pages of whole rows without holding it in memory. Each page is the file's byte order mark and header row, then its
/// rows, byte for byte, so that it can be read alone.
/// </summary>
internal static class CsvSlices
{
    private const int ReadChars = 64 * 1024;

    // A line may be a malformed row of any length, but not a file without line ends.
    private const int LineLimit = 4 * CsvRow.Limit;

    /// <summary>The pages of a file, at least one.</summary>
    /// <param name="file">What the pages are called: <c>file:line</c> of their first row after the header.</param>
    /// <param name="rowsPerPage">Rows on a page but the last.</param>
    /// <exception cref="UnreadablePageException">The bytes are no text in the encoding.</exception>
    public static async IAsyncEnumerable<(string Location, ReadOnlyMemory<byte> Body)> ReadAsync(
        Stream content, string file, CsvDefinition csv, int rowsPerPage, [EnumeratorCancellation] CancellationToken cancel)
    {
        var start = new byte[CsvText.MarkBytes];
        var read = await content.ReadAtLeastAsync(start, start.Length, throwOnEndOfStream: false, cancel);
        var form = CsvText.Of(start.AsSpan(0, read), csv);
        content.Seek(form.Mark.Length, SeekOrigin.Begin);
        using var reader = new StreamReader(content, form.Encoding, detectEncodingFromByteOrderMarks: false, ReadChars, leaveOpen: true);
        var cut = new Cut(csv.Delimiter[0], rowsPerPage);
        do
        {
            await FillAsync(reader, form, cut, cancel);
            while (cut.TryTake(out var slice)) yield return (Place(file, slice.Line), Body(form, slice.Text));
        }
        while (!cut.IsDone);
    }

    private static string Place(string file, int line) => string.Create(CultureInfo.InvariantCulture, $"{file}:{line}");

    private static byte[] Body(CsvText form, string text) => [.. form.Mark.Span, .. form.Encoding.GetBytes(text)];

    private static async Task FillAsync(StreamReader reader, CsvText form, Cut cut, CancellationToken cancel)
    {
        try
        {
            var chunk = new char[ReadChars];
            var read = await reader.ReadAsync(chunk, cancel);
            cut.Add(chunk.AsSpan(0, read), isEnd: read == 0);
        }
        catch (DecoderFallbackException error)
        {
            throw form.Refusal(error);
        }
    }

    /// <summary>The text read and not yet given out, and where its rows end.</summary>
    private sealed class Cut(char delimiter, int rowsPerPage)
    {
        private string _text = "";
        private int _scanned;
        private int _rows;
        private int _lines;
        private int _lineOfSlice = 1;
        private string _header = "";
        private int _columns;
        private bool _isEnd;
        private bool _gaveOne;

        public bool IsDone { get; private set; }

        public void Add(ReadOnlySpan<char> more, bool isEnd)
        {
            _text = string.Concat(_text, more);
            if (_text.Length - _scanned > LineLimit) throw new UnreadablePageException($"it has a line of more than {LineLimit} characters, so it is no CSV file");
            _isEnd = isEnd;
        }

        /// <summary>A full page, or at the end of the file what is left.</summary>
        public bool TryTake(out (int Line, string Text) slice)
        {
            slice = default;
            while (_rows < rowsPerPage && CsvRow.TryFind(_text, _scanned, _isEnd, delimiter, _columns, out var row)) Pass(row);
            var isFull = _rows == rowsPerPage;
            IsDone = _isEnd && _scanned == _text.Length;
            if (!isFull && (!IsDone || (_gaveOne && _rows == 0))) return false;
            slice = (_lineOfSlice, _header + _text[.._scanned]);
            Drop(_scanned);
            _gaveOne = true;
            return true;
        }

        private void Pass(CsvRow row)
        {
            _scanned = row.End;
            _lines += row.Lines;
            if (row.IsBlank) return;
            if (_columns > 0)
            {
                _rows++;
                return;
            }

            _columns = row.Columns;
            _header = _text[.._scanned];
            Drop(_scanned);
        }

        private void Drop(int length)
        {
            _text = _text[length..];
            _scanned = 0;
            _rows = 0;
            _lineOfSlice += _lines;
            _lines = 0;
        }
    }
}
