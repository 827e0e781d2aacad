using BatchSync.Core.Amounts;
using BatchSync.Core.Fx;
using BatchSync.Core.Tax;
using BatchSync.Core.Time;

namespace BatchSync.Core.Mapping;

/// <summary>A legal entity whose books receive documents.</summary>
/// <param name="Code">As the mapping names it.</param>
/// <param name="BaseCurrency">The currency of its books.</param>
/// <param name="Zone">The zone in which its dates are read and its periods end.</param>
public sealed record Entity(string Code, Currency BaseCurrency, TimeZoneInfo Zone)
{
    /// <summary>The first day on which its books take documents; null: every day.</summary>
    public DateOnly? LockBefore { get; init; }

    /// <summary>What becomes of records dated before <see cref="LockBefore"/>.</summary>
    public LockRule WhenLocked { get; init; }
}

/// <summary>What becomes of records whose books are locked on their date.</summary>
public enum LockRule
{
    /// <summary>Their documents are dated on the next open day.</summary>
    NextOpenDay,

    /// <summary>They are <c>held: period locked</c>.</summary>
    Hold,
}

/// <summary>Which entity bills a record; the first rule that matches wins over the client's entity.</summary>
public sealed record EntityRule(Condition When, string Entity);

/// <summary>Ids and names by which a source calls a thing; ids are compared ordinally, names too.</summary>
public sealed record SourceNames(IReadOnlyList<string> Ids, IReadOnlyList<string> Names);

/// <summary>A client as the mapping knows it. Empty texts and nulls fall back to the mapping's defaults.</summary>
public sealed record Client(string Code, SourceNames Source)
{
    /// <summary>The destination's id of the customer.</summary>
    public string DestinationId { get; init; } = "";
    public string Name { get; init; } = "";
    public string Entity { get; init; } = "";
    public Currency? Currency { get; init; }
    public string Tax { get; init; } = "";
    public int? TermsDays { get; init; }

    /// <summary>Records before this local date are <c>excluded: before start</c>; null: the job's date.</summary>
    public DateOnly? BillFrom { get; init; }

    /// <summary>What the client keeps back of a document's net and pays to the tax office; null: nothing.</summary>
    public TaxRate? Withholding { get; init; }

    /// <summary>Its records are <c>held: switched off</c>.</summary>
    public bool SwitchedOff { get; init; }
    public Dimensions Dimensions { get; init; } = Dimensions.None;
}

public sealed record Project(string Code, SourceNames Source)
{
    /// <summary>The client's code; used where the record itself names no client that the mapping knows.</summary>
    public string Client { get; init; } = "";
    public string Name { get; init; } = "";
    public string Account { get; init; } = "";
    public string Item { get; init; } = "";
    public string Tax { get; init; } = "";
    public Dimensions Dimensions { get; init; } = Dimensions.None;
}

/// <summary>A task (of time) or a category (of expenses): what kind of work or cost it was.</summary>
public sealed record Activity(string Code, SourceNames Source)
{
    public string Name { get; init; } = "";
    public string Account { get; init; } = "";
    public string Item { get; init; } = "";
    public string Tax { get; init; } = "";

    /// <summary>On expenses of a category, as a fraction of the amount: 0.10 adds ten percent.</summary>
    public Fraction? Markup { get; init; }
    public Dimensions Dimensions { get; init; } = Dimensions.None;
}

public sealed record Person(string Code, SourceNames Source)
{
    public string Name { get; init; } = "";
    public Dimensions Dimensions { get; init; } = Dimensions.None;
}

/// <summary>What stands in for a field that a client, project or task leaves out.</summary>
public sealed record MappingDefaults(string Entity, Currency Currency, string Tax, int TermsDays, string Account, string Item, Fraction Markup);

/// <summary>How money is rounded. The mode also governs tax and markup.</summary>
public sealed record MoneyRounding(RoundingMode Mode, TaxPer TaxPer, TaxPoint TaxPoint, int QuantityDecimals)
{
    /// <summary>Whether prices hold the tax already: a line's amount is gross.</summary>
    public bool TaxInclusive { get; init; }
}

/// <summary>Takes a part off the net of the lines that match; the first that matches a line wins.</summary>
/// <param name="When">Over the line's grouping keys and type.</param>
/// <param name="Percent">0 to 1.</param>
public sealed record LineDiscount(Condition When, Fraction Percent);

/// <summary>Takes a part, or a fixed amount, off a document; the first that matches the document's client wins.</summary>
/// <param name="When">Over <c>client</c>.</param>
/// <param name="Percent">0 to 1; null where the amount is fixed.</param>
/// <param name="Fixed">Major units of the document's currency, above zero; null where it is a part. What supplements of a key take is what its earlier documents left.</param>
/// <param name="Currency">The documents that a fixed amount is for; null: of every currency.</param>
public sealed record DocumentDiscount(Condition When, Fraction? Percent, decimal? Fixed, Currency? Currency);

/// <summary>The most that a project's time may cost in a period: the net after discounts.</summary>
/// <param name="Period">The period it is for; null: each one.</param>
public sealed record ProjectCap(string Client, string Project, Money Amount, Period? Period);

/// <summary>Money that a client paid in advance; documents draw it down.</summary>
/// <param name="Reference">What tells two payments apart.</param>
/// <param name="Received">Documents of this date and later may draw on it.</param>
public sealed record RetainerDeposit(string Client, Money Amount, DateOnly Received, string Reference);

/// <summary>How records become lines and documents.</summary>
/// <param name="GroupBy">Grouping keys in order.</param>
/// <param name="SplitBy">The field whose values get documents of their own; null: none.</param>
/// <param name="Description">The parts of a line's text, joined by " - ".</param>
public sealed record LineRules(IReadOnlyList<GroupKey> GroupBy, GroupKey? SplitBy, IReadOnlyList<GroupKey> Description);

/// <summary>A named rule that leaves records unbilled on purpose.</summary>
public sealed record Exclusion(string Rule, Condition When);

/// <summary>A rule that gives a tax code; the first that matches wins over project, task, client and default.</summary>
public sealed record TaxRule(Condition When, string Tax);

/// <summary>
/// The rules that turn source records into amounts: a pure value, made from one YAML file that has passed every check,
/// so that every code it names exists.
/// </summary>
public sealed class MappingRules
{
    public required string Name { get; init; }
    public required string Version { get; init; }

    /// <summary>SHA-256 of the file's bytes, hexadecimal: what a document is known to have been made with.</summary>
    public required string ContentHash { get; init; }

    public required IReadOnlyDictionary<string, Entity> Entities { get; init; }
    public required MappingDefaults Defaults { get; init; }
    public required IReadOnlyList<Client> Clients { get; init; }
    public IReadOnlyList<Project> Projects { get; init; } = [];
    public IReadOnlyList<Activity> Tasks { get; init; } = [];
    public IReadOnlyList<Activity> Categories { get; init; } = [];
    public IReadOnlyList<Person> People { get; init; } = [];
    public required RateTable Rates { get; init; }
    public required TimeRounding Time { get; init; }
    public required MoneyRounding Money { get; init; }
    public required IReadOnlyDictionary<string, TaxCode> Taxes { get; init; }
    public IReadOnlyList<TaxRule> TaxRules { get; init; } = [];
    public required LineRules Lines { get; init; }
    public IReadOnlyList<Exclusion> Exclude { get; init; } = [];
    public IReadOnlyList<EntityRule> EntityRules { get; init; } = [];
    public IReadOnlyList<LineDiscount> LineDiscounts { get; init; } = [];
    public IReadOnlyList<DocumentDiscount> DocumentDiscounts { get; init; } = [];
    public IReadOnlyList<ProjectCap> Caps { get; init; } = [];
    public IReadOnlyList<RetainerDeposit> Retainers { get; init; } = [];

    /// <summary>Where exchange rates come from; null: foreign expenses are rejected, and documents are not valued in the entity's base currency.</summary>
    public FxRules? Fx { get; init; }
}
