using System.Globalization;
using System.Text;

namespace BatchSync.Reports.Mail;

/// <summary>What the server said to one command.</summary>
/// <param name="Code">200 to 599.</param>
/// <param name="Lines">The text of each line, in ASCII without control characters.</param>
internal sealed record SmtpReply(int Code, IReadOnlyList<string> Lines)
{
    private const int ShownCharacters = 300;

    public bool IsPositive => Code is >= 200 and < 300;
    public bool IsTransient => Code is >= 400 and < 500;

    /// <summary>For messages: <c>535 5.7.8 bad credentials</c>.</summary>
    public override string ToString()
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{Code} {string.Join(' ', Lines)}").TrimEnd();
        return text.Length <= ShownCharacters ? text : text[..ShownCharacters] + "...";
    }
}

/// <summary>Reads replies from one stream. Nothing that it has buffered may outlive a change of stream: see <see cref="HasMore"/>.</summary>
internal sealed class SmtpReplyReader(Stream stream)
{
    private const int LineBytes = 2048;
    private const int ReplyLines = 200;

    private readonly byte[] _buffer = new byte[4096];
    private int _from;
    private int _to;

    /// <summary>Whether the server said something that nobody asked for. Before TLS that may be a third party's text, put in to be taken for the server's.</summary>
    public bool HasMore => _from < _to;

    /// <exception cref="InvalidDataException">It is no reply of SMTP.</exception>
    /// <exception cref="EndOfStreamException">The connection closed before the reply was whole.</exception>
    public async Task<SmtpReply> ReadAsync(CancellationToken cancel)
    {
        var lines = new List<string>();
        while (lines.Count < ReplyLines)
        {
            var line = await ReadLineAsync(cancel);
            if (!TryReadCode(line, out var code)) throw NoReply(line);
            lines.Add(line.Length > 4 ? line[4..] : "");
            if (line.Length == 3 || line[3] == ' ') return new SmtpReply(code, lines);
        }

        throw new InvalidDataException($"a reply of more than {ReplyLines} lines");
    }

    private static bool TryReadCode(string line, out int code)
    {
        code = 0;
        return line.Length >= 3 && (line.Length == 3 || line[3] is ' ' or '-')
            && int.TryParse(line.AsSpan(0, 3), NumberStyles.None, CultureInfo.InvariantCulture, out code) && code is >= 200 and <= 599;
    }

    private async Task<string> ReadLineAsync(CancellationToken cancel)
    {
        var line = new StringBuilder();
        while (true)
        {
            if (_from == _to) await FillAsync(cancel);
            var c = (char)_buffer[_from++];
            if (c == '\n') return line.ToString().TrimEnd(' ');
            line.Append(c is >= ' ' and <= '~' ? c : c == '\r' ? ' ' : '?');
            if (line.Length > LineBytes) throw NoReply(line.ToString());
        }
    }

    private async Task FillAsync(CancellationToken cancel)
    {
        _from = 0;
        _to = await stream.ReadAsync(_buffer, cancel);
        if (_to == 0) throw new EndOfStreamException("the server closed the connection");
    }

    private static InvalidDataException NoReply(string line) => new($"'{line[..Math.Min(line.Length, 60)]}', which is no reply of SMTP");
}
