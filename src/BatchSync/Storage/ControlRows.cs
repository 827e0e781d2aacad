using BatchSync.Core.Billing;

namespace BatchSync.Storage;

internal enum PauseScope
{
    /// <summary>Every job of the store.</summary>
    All,

    /// <summary>One job, by its series.</summary>
    Job,

    /// <summary>One entity, in every job that has it.</summary>
    Entity,
}

/// <summary>What a person stopped: no call that creates, makes final or deletes is begun for what it covers.</summary>
/// <param name="Name">The series of a job, the code of an entity; empty for all.</param>
internal sealed record Pause(PauseScope Scope, string Name, string Author, string Reason, DateTimeOffset At)
{
    public bool Covers(string series, string entity) => Scope switch
    {
        PauseScope.Job => Name == series,
        PauseScope.Entity => Name == entity,
        _ => true,
    };
}

/// <summary>A call was not begun because people paused some of its documents. Nothing was written.</summary>
/// <param name="pauses">At least one, and each covers a document of the call.</param>
internal sealed class PausedException(IReadOnlyList<Pause> pauses) : Exception("A call was not begun: some of its documents are paused.")
{
    public IReadOnlyList<Pause> Pauses => pauses;
}

/// <summary>A document that its destination refused for good, as it stands now.</summary>
/// <param name="Job">That ran last with its series.</param>
/// <param name="Refusals">How often the destination has refused it under its reference, in whatever form.</param>
/// <param name="Since">When it did so first.</param>
internal sealed record DeadLetter(DocumentRow Document, string Job, int Refusals, DateTimeOffset Since, DateTimeOffset Last);

/// <summary>An attempt with what was sent and what came back, as far as both are kept.</summary>
internal sealed record Exchange(AttemptRow Attempt, string Request, string Response);

/// <summary>The newest revision of a key and purpose.</summary>
internal sealed record RevisionOfKey(DocumentKey Key, DocumentPurpose Purpose, int Revision);

/// <summary>A document key that a record had before it came to the key under which it is to be sent now.</summary>
internal sealed record FormerKey(DocumentKey Former, DocumentKey Open);
