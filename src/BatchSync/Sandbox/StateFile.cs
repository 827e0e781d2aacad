namespace BatchSync.Sandbox;

/// <summary>
/// The books' memory on disk: one entry a line, flushed to the disk before the call that made it is answered. A last line without its line
/// feed was being written when the sandbox died; nobody was told of it, so it is cut off. A file beside it, <c>NAME.lock</c>, is held while the
/// books are open, so that others may look into the state file but no second sandbox writes to it; left over, it does no harm.
/// </summary>
internal sealed class StateFile : IDisposable
{
    private const byte LineFeed = (byte)'\n';
    private readonly FileStream _hold;
    private readonly FileStream _stream;

    private StateFile(FileStream hold, FileStream stream) => (_hold, _stream) = (hold, stream);

    /// <summary>Opens or makes the file, for this process alone, and gives what it holds.</summary>
    /// <exception cref="SandboxSetupException">It cannot be opened, or a line is no entry.</exception>
    public static StateFile Open(string path, out IReadOnlyList<BooksEntry> entries)
    {
        FileStream? hold = null;
        FileStream? stream = null;
        try
        {
            hold = new FileStream(path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
            entries = ReadEntries(path, stream);
            return new StateFile(hold, stream);
        }
        catch (Exception failure)
        {
            stream?.Dispose();
            hold?.Dispose();
            if (failure is not (IOException or UnauthorizedAccessException)) throw;
            throw new SandboxSetupException($"The state file '{path}' cannot be opened: {failure.Message} Make its folder, stop another sandbox that uses it, or name another file.", failure);
        }
    }

    /// <summary>Adds an entry; when this returns it is on the disk.</summary>
    /// <exception cref="IOException">It could not be written; the file is as it was.</exception>
    public void Append(BooksEntry entry)
    {
        var length = _stream.Length;
        try
        {
            _stream.Write([.. entry.ToJson().Span, LineFeed]);
            _stream.Flush(flushToDisk: true);
        }
        catch (IOException)
        {
            _stream.SetLength(length);
            _stream.Position = length;
            throw;
        }
    }

    public void Dispose()
    {
        _stream.Dispose();
        _hold.Dispose();
    }

    private static List<BooksEntry> ReadEntries(string path, FileStream stream)
    {
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        var entries = new List<BooksEntry>();
        var start = 0;
        for (int length; (length = bytes.AsSpan(start).IndexOf(LineFeed)) >= 0; start += length + 1)
        {
            entries.Add(Parse(path, entries.Count + 1, bytes.AsMemory(start, length)));
        }

        stream.SetLength(start);
        stream.Position = start;
        return entries;
    }

    private static BooksEntry Parse(string path, int line, ReadOnlyMemory<byte> bytes)
    {
        try
        {
            return BooksEntry.Parse(bytes);
        }
        catch (FormatException failure)
        {
            throw new SandboxSetupException($"{path}:{line}: {failure.Message} Name a file that a sandbox wrote, or one that does not exist.", failure);
        }
    }
}
