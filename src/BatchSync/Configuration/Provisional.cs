namespace BatchSync.Configuration;
internal sealed record ConfigurationFile(string Path, string ContentHash, byte[] Content);
