namespace BatchSync.Storage;

/// <summary>Whose calls count together: one account of an API.</summary>
/// <param name="Key">Tells it from every other; no secret.</param>
internal sealed record PaceName(string Key, string Connector);
