using System.Data.Common;

namespace BatchSync.Storage.Sql;

internal sealed partial class SqlStore
{
    /// <summary>
    /// Copies the store as of one instant into a new file while runs go on, and verifies the copy. Under its name the file is there whole and
    /// verified, or not at all; what is left of a copy that died is called <c>.partial</c>.
    /// </summary>
    /// <param name="file">Full path; nothing may be there.</param>
    /// <param name="author">Who asks for it, for the audit trail.</param>
    /// <returns>What was verified of the copy.</returns>
    /// <exception cref="StoreException">The file is there, it cannot be written, or the copy is damaged as the store is.</exception>
    public async Task<IReadOnlyList<StoreCheck>> BackUpAsync(string file, string author, CancellationToken cancel)
    {
        if (File.Exists(file) || Directory.Exists(file)) throw new StoreException($"{file} is there already, and a backup never overwrites anything. Name another file.");
        var partial = file + ".partial";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.Delete(partial);
            await SaveAuditAsync(AuditEntry.OfPerson(author, "back up store", Path.GetFileName(file)), cancel);
            await _dialect.CopyAsync(partial, cancel);
            var checks = await VerifyCopyAsync(partial, cancel);
            File.Move(partial, file);
            return checks;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or DbException)
        {
            throw new StoreException($"The backup {file} cannot be written: {e.Message.TrimEnd('.')}. Nothing is there under that name; the store itself is as it was.", e);
        }
        finally
        {
            Remove(partial);
        }
    }

    private async Task<IReadOnlyList<StoreCheck>> VerifyCopyAsync(string partial, CancellationToken cancel)
    {
        await using var copy = Open(_dialect.OfCopy(partial), _time);
        var checks = await copy.VerifyAsync(cancel);
        var faults = checks.Where(c => c.Problems.Count > 0).Select(c => $"{c.What}: {string.Join("; ", c.Problems)}").ToList();
        return faults.Count == 0 ? checks : throw new StoreException($"No backup was made, because the copy does not verify: {string.Join(". ", faults)}. See: batchsync store verify");
    }

    private static void Remove(string partial)
    {
        try
        {
            File.Delete(partial);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It has a name that says what it is, and the next backup of that name takes it away.
        }
    }
}
