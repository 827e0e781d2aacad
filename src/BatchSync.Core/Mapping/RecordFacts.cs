namespace BatchSync.Core.Mapping;

/// <summary>
/// A record's fields in the mapping's own codes, for conditions and grouping. An unmapped project, task, person or category
/// keeps what the source calls it (its name for tasks and categories, else its id), so that rules can name it.
/// </summary>
/// <param name="Type"><c>time</c> or <c>expense</c>.</param>
/// <param name="Client">The client's code; empty where the mapping knows none.</param>
public sealed record RecordFacts(string Type, string Client, string Project, string Task, string Person, string Category, string PurchaseOrder)
{
    public const string Time = "time";
    public const string Expense = "expense";

    /// <summary>The value of a field that conditions may name, or null where there is no such field.</summary>
    public string? Field(string name) => name switch
    {
        "type" => Type,
        "client" => Client,
        "project" => Project,
        "task" => Task,
        "person" => Person,
        "category" => Category,
        "purchaseOrder" => PurchaseOrder,
        _ => null,
    };

    /// <summary>The fields that a condition may name.</summary>
    public static IReadOnlyList<string> Fields { get; } = ["client", "project", "task", "person", "category", "purchaseOrder", "type"];
}
