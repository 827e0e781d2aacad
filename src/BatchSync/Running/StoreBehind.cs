namespace BatchSync.Running;

/// <summary>What a run says where a destination holds documents that its store does not know.</summary>
internal static class StoreBehind
{
    private const int ShownReferences = 5;

    public static string HowToAdopt(ActiveRun run) =>
        $"see that nothing else posts series '{run.Series}', then let this store go on with what is there: batchsync store adopt {run.Request.Job.Name} --reason TEXT";

    /// <returns>Null where the store knows all that was found.</returns>
    public static string? TextOf(ActiveRun run)
    {
        if (run.Stops.BehindTenants.Count == 0) return null;
        var references = run.Stops.Unknown.Values.Where(u => !u.IsAdopted).Select(u => u.Reference).ToList();
        var shown = string.Join(", ", references.Take(ShownReferences)) + (references.Count > ShownReferences ? ", ..." : "");
        return $"company {string.Join(", ", run.Stops.BehindTenants)} holds {Counted.Of(references.Count, "document")} of ours that this store never sent ({shown}), and nothing was posted there. "
            + $"The store was restored from an older backup, or somebody posts from elsewhere: {HowToAdopt(run)}";
    }
}
