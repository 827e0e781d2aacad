using System.Globalization;
using BatchSync.Storage;

namespace BatchSync.Running;

/// <summary>A pause in words: what, who, since when, why, and the command that ends it.</summary>
internal static class PauseText
{
    /// <param name="job">The name of the job that a pause of a job is for.</param>
    public static string Of(Pause pause, string job)
    {
        var since = pause.At.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
        return $"{WhatOf(pause, job)} paused by {pause.Author} since {since}Z ({pause.Reason}). To go on: batchsync resume {NameOf(pause, job)} --reason TEXT";
    }

    /// <summary>The same as the beginning of a sentence.</summary>
    public static string Sentence(Pause pause, string job)
    {
        var text = Of(pause, job);
        return char.ToUpperInvariant(text[0]) + text[1..];
    }

    /// <summary>As <c>pause</c> and <c>resume</c> take it.</summary>
    public static string NameOf(Pause pause, string job) => pause.Scope switch
    {
        PauseScope.Job => job,
        PauseScope.Entity => pause.Name,
        _ => "all",
    };

    private static string WhatOf(Pause pause, string job) => pause.Scope switch
    {
        PauseScope.Job => $"job '{job}' is",
        PauseScope.Entity => $"entity '{pause.Name}' is",
        _ => "all posting is",
    };
}
