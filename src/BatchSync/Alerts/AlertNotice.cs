using System.Globalization;
using BatchSync.Configuration.Fields;
using BatchSync.Core.Alerting;
using BatchSync.Storage;

namespace BatchSync.Alerts;

/// <summary>What one receiver is told, whatever way it goes. The texts of <paramref name="Kind"/> and <see cref="State"/> are stable: receivers decide by them.</summary>
/// <param name="Id">The same for each try, and no other notice has it: job, instant, number of the alert, number of the notice.</param>
/// <param name="Says">Null: a test.</param>
/// <param name="AlertNo">Null: a test.</param>
/// <param name="RunNo">The run that it is about; null: none.</param>
/// <param name="Host">Which tells it.</param>
internal sealed record AlertNotice(
    string Id, string Job, string Kind, NoticeState? Says, AlertWords Words, long? AlertNo, long? RunNo, DateTimeOffset RaisedAt, DateTimeOffset At, string Host)
{
    private const string TestWord = "test";

    public static AlertNotice Of(AlertRow alert, NoticeState state, DateTimeOffset at) => new(
        string.Create(CultureInfo.InvariantCulture, $"{alert.Job}-{alert.Alert.RaisedAt.UtcDateTime:yyyyMMdd'T'HHmmss'Z'}-alert-{alert.AlertNo}-{alert.Alert.Notice}"),
        alert.Job,
        alert.KindName,
        state,
        alert.Words,
        alert.AlertNo,
        alert.RunNo,
        alert.Alert.RaisedAt,
        at,
        Environment.MachineName);

    /// <summary>Says that this is how alerts of a job come.</summary>
    public static AlertNotice Test(string job, DateTimeOffset at) => new(
        string.Create(CultureInfo.InvariantCulture, $"{job}-{at.UtcDateTime:yyyyMMdd'T'HHmmss'Z'}-alert-test"),
        job, TestWord, null, new AlertWords("alerts of this job come this way", "Nothing is wrong. This was asked for by: batchsync alerts test " + job), null, null, at, at, Environment.MachineName);

    public string State => Says is { } said ? Kinds.Kebab(said.ToString()) : TestWord;

    /// <summary><c>[BatchSync] harvest-to-ledger: still: 2 open differences</c>.</summary>
    public string Subject => $"[BatchSync] {Job}: {Opening}{Words.Summary}";

    /// <summary>Lines end with LF.</summary>
    public string Body
    {
        get
        {
            var told = AlertNo is null ? "" : string.Create(CultureInfo.InvariantCulture, $"Alert {AlertNo} ({Kind}), raised {RaisedAt.UtcDateTime:yyyy-MM-dd HH:mm} UTC; ");
            return string.Create(CultureInfo.InvariantCulture, $"{Job}: {Opening}{Words.Summary}\n\n{Words.Details}\n\n{told}told by {Host} {At.UtcDateTime:yyyy-MM-dd HH:mm} UTC.\n");
        }
    }

    private string Opening => Says switch
    {
        null => "test: ",
        NoticeState.Still => "still: ",
        NoticeState.Resolved => "well again: ",
        _ => "",
    };
}
