using System.Text;
using BatchSync.Http;

namespace BatchSync.Destinations.Journal;

/// <summary>
/// The ledger file on disk. It is replaced as a whole: a new file beside it, flushed, then renamed over it, so that a crash leaves the old
/// file or the new one. Writers hold <c>FILE.lock</c> meanwhile; readers need no lock. A link is followed, its target replaced.
/// </summary>
internal sealed class JournalFile(string path, TimeProvider time)
{
    /// <summary>How long to wait for another process that writes.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public string Path { get; } = System.IO.Path.GetFullPath(path);

    /// <exception cref="OutsideException">Permanent: it cannot be read, or holds a line that is not ours.</exception>
    public JournalBook Read()
    {
        try
        {
            if (!Directory.Exists(System.IO.Path.GetDirectoryName(Path)))
                throw new OutsideException(OutsideFault.Permanent, $"{Path}: there is no such folder. Make it, or correct the connector's file.");
            return File.Exists(Target()) ? new JournalReader(Path).Read(ReadText()) : JournalBook.Empty;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OutsideException(OutsideFault.Permanent, $"{Path} cannot be read: {e.Message} Give BatchSync the right to read it.", e);
        }
        catch (DecoderFallbackException e)
        {
            throw new OutsideException(OutsideFault.Permanent, $"{Path} is not UTF-8 text, so it is not as BatchSync wrote it. Restore it from a backup.", e);
        }
    }

    /// <summary>Reads, changes and writes the file with other writers kept out; writes nothing where the change gives back the same book.</summary>
    /// <returns>False where another process held the file all the time: nothing was read or written.</returns>
    /// <exception cref="OutsideException">Permanent: nothing was written. Unknown: it was replaced, but may not survive a power failure.</exception>
    public async Task<bool> TryChangeAsync(Func<JournalBook, JournalBook> change, CancellationToken cancel)
    {
        await using var hold = await LockAsync(cancel);
        if (hold is null) return false;
        var book = Read();
        var changed = change(book);
        if (!ReferenceEquals(changed, book)) Write(changed);
        return true;
    }

    private async Task<FileStream?> LockAsync(CancellationToken cancel)
    {
        var start = time.GetTimestamp();
        var path = Target() + ".lock";
        while (true)
        {
            cancel.ThrowIfCancellationRequested();
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1);
            }
            catch (IOException e) when (IsHeldByAnother(e))
            {
                if (time.GetElapsedTime(start) >= LongestWait) return null;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new OutsideException(OutsideFault.Permanent, $"{Path} cannot be locked for writing: {e.Message} Make the folder, or give BatchSync the right to write there.", e);
            }

            await Task.Delay(Pause, time, cancel);
        }
    }

    // EWOULDBLOCK of Linux and of macOS; the sharing and lock violations of Windows.
    private static bool IsHeldByAnother(IOException error) => (error.HResult & 0xFFFF) is 11 or 35 or 32 or 33;

    private void Write(JournalBook book)
    {
        var target = Target();
        try
        {
            WriteBeside(target, Strict.GetBytes(book.Render()));
            File.Move(target + ".new", target, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OutsideException(OutsideFault.Permanent, $"{Path} cannot be written and was left as it was: {e.Message} Free space, or give BatchSync the right to write there.", e);
        }

        FlushName(target);
    }

    private static void WriteBeside(string target, byte[] bytes)
    {
        using var stream = new FileStream(target + ".new", FileMode.Create, FileAccess.Write, FileShare.None);
        if (!OperatingSystem.IsWindows() && File.Exists(target)) File.SetUnixFileMode(stream.SafeFileHandle, File.GetUnixFileMode(target));
        stream.Write(bytes);
        stream.Flush(flushToDisk: true);
    }

    // The common Linux file systems write a pending rename with the next flush of the renamed file.
    private void FlushName(string target)
    {
        try
        {
            using var handle = File.OpenHandle(target, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
            RandomAccess.FlushToDisk(handle);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OutsideException(OutsideFault.Unknown, $"{Path} was replaced, but the disk did not confirm it: {e.Message}", e);
        }
    }

    private string ReadText()
    {
        using var stream = new FileStream(Target(), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var reader = new StreamReader(stream, Strict, detectEncodingFromByteOrderMarks: false);
        return reader.ReadToEnd();
    }

    private string Target() => new FileInfo(Path).LinkTarget is null ? Path : File.ResolveLinkTarget(Path, returnFinalTarget: true)!.FullName;
}
