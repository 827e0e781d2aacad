namespace BatchSync.Storage;

/// <summary>One client's sign-in to one account of an API.</summary>
/// <param name="Key">Tells it from every other; no secret.</param>
/// <param name="Account">As the settings name it; empty: the connector has no more than one.</param>
internal sealed record SignInName(string Key, string Connector, string Account)
{
    /// <summary>For messages, behind the connector.</summary>
    public string OfAccount => Account.Length == 0 ? "" : $" for the account '{Account}'";
}

/// <summary>A sign-in with its refresh token, which only the key of <c>BATCHSYNC_KEY_FILE</c> opens.</summary>
/// <param name="KeyId">Of the key that sealed it.</param>
/// <param name="Author">Who signed in.</param>
/// <param name="RefreshedAt">When the token that is stored was had.</param>
/// <param name="SentAt">Since when a use of it is without an answer; null: there is none.</param>
internal sealed record StoredSignIn(SignInName Name, string KeyId, string Sealed, string Author, DateTimeOffset SignedInAt, DateTimeOffset RefreshedAt, DateTimeOffset? SentAt);
