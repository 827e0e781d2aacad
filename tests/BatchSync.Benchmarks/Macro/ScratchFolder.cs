namespace BatchSync.Benchmarks.Macro;

/// <summary>A folder of its own for a measurement, gone at its end.</summary>
internal static class ScratchFolder
{
    public static async Task<int> UseAsync(Func<string, Task<int>> measureAsync)
    {
        var folder = Directory.CreateTempSubdirectory("batchsync-bench-").FullName;
        try
        {
            return await measureAsync(folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
