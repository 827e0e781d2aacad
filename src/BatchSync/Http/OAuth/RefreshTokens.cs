using BatchSync.Storage;

namespace BatchSync.Http.OAuth;

/// <summary>
/// A refresh token that changes with every use. It is used by one process at a time, under a lease of the store; that it is about to be used is stored
/// before the call, and the one that takes its place is stored before anything is done with the answer.
/// </summary>
/// <param name="signIn">Whose token it is.</param>
/// <param name="key">Loaded when it is needed.</param>
internal sealed class RefreshTokens(SignInName signIn, IStore store, TokenEndpoint endpoint, Func<SealingKey> key, TimeProvider time)
{
    /// <summary>Longer than a call to the token end-point may take.</summary>
    private static readonly TimeSpan LeaseLength = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    private OutsideException? _unanswered;

    /// <summary>How to sign in anew, as a whole sentence.</summary>
    private string Again => $"Sign in again: batchsync auth login {signIn.Connector}";

    /// <summary>Exchanges the stored refresh token for an access token.</summary>
    /// <exception cref="OutsideException">Nobody has signed in, the token is not taken any more, or the end-point does not answer.</exception>
    /// <exception cref="SettingException">The key file cannot be used, or is not the one that sealed the token.</exception>
    public async Task<TokenAnswer> RefreshAsync()
    {
        // A token that rotates must not be used twice: where the first use may have been carried out, the second one would end the whole sign-in.
        if (_unanswered is not null) throw _unanswered;
        var lease = await TakeLeaseAsync();
        try
        {
            return await RefreshAsync(lease);
        }
        finally
        {
            await store.ReleaseLeaseAsync(lease, CancellationToken.None);
        }
    }

    /// <summary>Stores a refresh token that a person brought; it takes the place of the one before.</summary>
    public async Task SaveAsync(string refreshToken, string author)
    {
        var sealing = key();
        var lease = await TakeLeaseAsync();
        try
        {
            var now = time.GetUtcNow();
            await store.SaveSignInAsync(lease, new StoredSignIn(signIn, sealing.Id, sealing.Seal(refreshToken, signIn.Key), author, now, RefreshedAt: now, SentAt: null), CancellationToken.None);
        }
        finally
        {
            await store.ReleaseLeaseAsync(lease, CancellationToken.None);
        }
    }

    private async Task<TokenAnswer> RefreshAsync(Lease lease)
    {
        var stored = await store.FindSignInAsync(signIn.Key, CancellationToken.None)
            ?? throw new OutsideException(OutsideFault.Permanent, $"Nobody has signed in to '{signIn.Connector}'{signIn.OfAccount}. Sign in: batchsync auth login {signIn.Connector}");
        var sealing = key();
        var token = sealing.Open(stored.Sealed, signIn.Key)
            ?? throw new SettingException($"The refresh token of '{signIn.Connector}' was sealed with another key (id {stored.KeyId}; the key file's is {sealing.Id}). Name the file that sealed it in {SealingKey.Variable}, or sign in again: batchsync auth login {signIn.Connector}");
        await store.SaveSignInAsync(lease, stored with { SentAt = time.GetUtcNow() }, CancellationToken.None);
        var answer = await AskAsync(lease, stored, token);
        var next = answer.RefreshToken ?? token;
        await store.SaveSignInAsync(lease, stored with { KeyId = sealing.Id, Sealed = sealing.Seal(next, signIn.Key), RefreshedAt = time.GetUtcNow(), SentAt = null }, CancellationToken.None);
        return answer;
    }

    private async Task<TokenAnswer> AskAsync(Lease lease, StoredSignIn stored, string token)
    {
        try
        {
            return await endpoint.AskAsync([new("grant_type", "refresh_token"), new("refresh_token", token)], token);
        }
        catch (OutsideException fault) when (fault.Fault == OutsideFault.Transient)
        {
            // Certainly not used: what an earlier call left open stays so.
            await store.SaveSignInAsync(lease, stored, CancellationToken.None);
            throw;
        }
        catch (OutsideException fault) when (fault.Fault == OutsideFault.Unknown)
        {
            _unanswered = fault;
            throw;
        }
        catch (RefusedGrantException refused)
        {
            var lost = stored.SentAt is { } sent
                ? FormattableString.Invariant($" At {sent:yyyy-MM-dd HH:mm'Z'} it was sent and no answer was stored: the API may have given another one then, which is lost.")
                : "";
            throw new OutsideException(OutsideFault.Permanent, $"{refused.Message}{lost} The refresh token is not taken any more. {Again}", refused);
        }
    }

    // Whoever holds the lease is done within a call's time-out, or is gone.
    private async Task<Lease> TakeLeaseAsync()
    {
        var until = time.GetUtcNow() + LeaseLength + LeaseLength;
        while (true)
        {
            if (await store.AcquireLeaseAsync("sign-in " + signIn.Key, LeaseLength, CancellationToken.None) is { } lease) return lease;
            if (time.GetUtcNow() >= until) throw new OutsideException(OutsideFault.Transient, $"Another process has held the sign-in of '{signIn.Connector}' for too long. Run again.");
            await Task.Delay(LookEvery, time);
        }
    }
}
