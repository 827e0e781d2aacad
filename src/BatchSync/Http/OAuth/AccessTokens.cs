using BatchSync.Core.Retry;

namespace BatchSync.Http.OAuth;

/// <summary>The access token of one sign-in: in memory only, had when it is first needed, and again before it ends or when the API refuses it.</summary>
/// <param name="fetch">Asks for one; a call that begins is not cancelled, since its answer may hold what cannot be had twice.</param>
internal sealed class AccessTokens(Func<Task<TokenAnswer>> fetch, TimeProvider time) : IDisposable
{
    private const int Attempts = 3;

    /// <summary>One that does not say how long it lives is taken for so long, unless the API refuses it before.</summary>
    private static readonly TimeSpan UsualLife = TimeSpan.FromMinutes(30);

    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _turn = new(1, 1);
    private string? _token;
    private DateTimeOffset _until;

    /// <summary>A token that is thought to be good.</summary>
    /// <param name="refused">One that the API has just refused; null: none.</param>
    /// <exception cref="OutsideException">None can be had.</exception>
    public async Task<string> GetAsync(string? refused, CancellationToken cancel)
    {
        await _turn.WaitAsync(cancel);
        try
        {
            if (_token is { } known && known != refused && time.GetUtcNow() < _until) return known;
            var asked = time.GetUtcNow();
            var answer = await FetchAsync(cancel);
            _until = asked + UsableFor(answer.ExpiresIn ?? UsualLife);
            return _token = answer.AccessToken;
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();

    /// <summary>A minute less than it lives, so that it does not end on its way; of a short life the first half.</summary>
    private static TimeSpan UsableFor(TimeSpan life) => life > TimeSpan.FromMinutes(2) ? life - TimeSpan.FromMinutes(1) : life / 2;

    private async Task<TokenAnswer> FetchAsync(CancellationToken cancel)
    {
        for (var retry = 0; ; retry++)
        {
            try
            {
                return await fetch();
            }
            catch (OutsideException fault) when (fault.Fault == OutsideFault.Transient && retry < Attempts - 1)
            {
                await Task.Delay(RetryDelay.Before(retry, null, LongestWait, Random.Shared.NextInt64), time, cancel);
            }
        }
    }
}
