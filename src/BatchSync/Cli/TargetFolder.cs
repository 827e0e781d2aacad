namespace BatchSync.Cli;

/// <summary>A folder that a command fills with files of its own.</summary>
internal static class TargetFolder
{
    /// <summary>Writes into the folder; where the system does not let us, the user has to name another one.</summary>
    /// <exception cref="UsageException">The folder or a file in it cannot be written.</exception>
    public static void Fill(string folder, Action write)
    {
        try
        {
            write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"Cannot write to {folder}: {e.Message} Name a folder that you may write.");
        }
    }
}
