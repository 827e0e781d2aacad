namespace BatchSync.Storage.Sql;

internal sealed partial class SqlStore
{
    private sealed record SignInFields(string SignInKey, string Connector, string Account, string KeyId, string SealedToken, string Author, string SignedInAt, string RefreshedAt, string? SentAt)
    {
        public const string Columns = "sign_in_key AS SignInKey, connector AS Connector, account AS Account, key_id AS KeyId, sealed_token AS SealedToken, author AS Author, signed_in_at AS SignedInAt, refreshed_at AS RefreshedAt, sent_at AS SentAt";

        public StoredSignIn SignIn => new(
            new SignInName(SignInKey, Connector, Account), KeyId, SealedToken, Author, StoreText.InstantOf(SignedInAt), StoreText.InstantOf(RefreshedAt), StoreText.InstantOrNull(SentAt));
    }

    public Task<StoredSignIn?> FindSignInAsync(string key, CancellationToken cancel) => ReadAsync(
        session => session.QuerySingleOrDefault<SignInFields>($"SELECT {SignInFields.Columns} FROM sign_ins WHERE sign_in_key = @key", new { key })?.SignIn,
        cancel);

    public Task<IReadOnlyList<StoredSignIn>> ListSignInsAsync(CancellationToken cancel) => ReadAsync<IReadOnlyList<StoredSignIn>>(
        session => [.. session.Query<SignInFields>($"SELECT {SignInFields.Columns} FROM sign_ins ORDER BY connector, account, sign_in_key").Select(s => s.SignIn)],
        cancel);

    public Task SaveSignInAsync(Lease lease, StoredSignIn signIn, CancellationToken cancel) => WriteAsync(
        lease,
        session =>
        {
            var row = new
            {
                key = signIn.Name.Key, signIn.Name.Connector, signIn.Name.Account, signIn.KeyId, signIn.Sealed, signIn.Author,
                signedIn = StoreText.Of(signIn.SignedInAt), refreshed = StoreText.Of(signIn.RefreshedAt), sent = StoreText.Of(signIn.SentAt),
            };
            var signedInBefore = session.QuerySingleOrDefault<string>("SELECT signed_in_at FROM sign_ins WHERE sign_in_key = @key", row);
            session.Save(
                """
                UPDATE sign_ins SET connector = @Connector, account = @Account, key_id = @KeyId, sealed_token = @Sealed, author = @Author, signed_in_at = @signedIn, refreshed_at = @refreshed, sent_at = @sent
                WHERE sign_in_key = @key
                """,
                """
                INSERT INTO sign_ins (sign_in_key, connector, account, key_id, sealed_token, author, signed_in_at, refreshed_at, sent_at)
                VALUES (@key, @Connector, @Account, @KeyId, @Sealed, @Author, @signedIn, @refreshed, @sent)
                """,
                row);

            // A person's sign-in is audited; that a run renews its token is not a decision of anybody.
            if (signedInBefore != row.signedIn) Audit(session, signIn.Author, "sign in", signIn.Name.Key, "");
        },
        cancel);
}
