using BatchSync.Configuration.Fields;
using BatchSync.Configuration.Schemas;
using BatchSync.Core.Amounts;
using BatchSync.Core.Fx;
using BatchSync.Core.Mapping;
using BatchSync.Core.Tax;
using BatchSync.Core.Time;

namespace BatchSync.Configuration;

/// <summary>The fields of a mapping file.</summary>
internal static class MappingFields
{
    public static readonly FieldSpec<string> Name = new("mapping", Kinds.Name, "The mapping's name, unique among the mappings.") { Example = "consulting" };

    public static readonly FieldSpec<string> Version = new("version", Kinds.Name, "Your own version of these rules, as MAJOR.MINOR.PATCH; it stands in reports. What a document was made with is told by a hash of the file besides.") { Example = "2.3.0" };

    public static readonly FieldSpec<IReadOnlyList<Found<string>>> Dimensions = new(
        "dimensions", Kinds.ListOf(Kinds.Name), "Names by which lines are analysed beside their account, such as class or department; clients, projects, tasks, categories and people have values for them.")
    {
        Default = "[]",
        Example = "[class, department]",
    };

    public static readonly FieldSpec<IReadOnlyList<Named<Section>>> Entities = new(
        "entities", Kinds.MapOf(Kinds.Name, Kinds.SectionOf(EntityFields.Spec), least: 1), "The legal entities whose books receive documents, by code.")
    {
        Example = "{ us: { baseCurrency: USD, timeZone: America/New_York } }",
    };

    public static readonly FieldSpec<IReadOnlyList<Found<Section>>> EntityRules = new(
        "entityRules", Kinds.ListOf(Kinds.SectionOf(EntityRuleFields.Spec)), "Rules that say which entity bills a record. The first that matches wins over the entity of the client.")
    {
        Default = "[]",
        Example = "[{ when: { project: DE-* }, entity: de }]",
    };

    public static readonly FieldSpec<Section> Defaults = new("defaults", Kinds.SectionOf(DefaultFields.Spec), "What stands in for fields that a client, project or task leaves out.")
    {
        Example = "{ entity: us, currency: USD, tax: NONE, terms: net-30 }",
    };

    public static readonly FieldSpec<IReadOnlyList<Found<Section>>> Clients = new("clients", Kinds.ListOf(Kinds.SectionOf(ClientFields.Spec), least: 1), "Who is billed.")
    {
        Example = "[{ code: ACME, source: \"1001\", destination: \"58\", name: Acme Corp }]",
    };

    public static readonly FieldSpec<IReadOnlyList<Found<Section>>> Projects = Things("projects", ProjectFields.Spec, "What is worked on.", "[{ code: ACME-WEB, source: \"300\", client: ACME }]");
    public static readonly FieldSpec<IReadOnlyList<Found<Section>>> Tasks = Things("tasks", TaskFields.Spec, "Kinds of work.", "[{ code: DEV, name: [Development, Programming], item: \"12\" }]");
    public static readonly FieldSpec<IReadOnlyList<Found<Section>>> Categories = Things("categories", CategoryFields.Spec, "Kinds of expense.", "[{ code: TRAVEL, name: Travel, markup: 10% }]");
    public static readonly FieldSpec<IReadOnlyList<Found<Section>>> People = Things("people", PersonFields.Spec, "Who works. A person who is not here is known by the source's id.", "[{ code: dana@example.com, source: \"12\" }]");

    public static readonly FieldSpec<IReadOnlyList<Found<Section>>> Rates = new("rates", Kinds.ListOf(Kinds.SectionOf(RateFields.Spec)), "Prices of time. The first that matches wins; time that none matches is rejected, never free.")
    {
        Default = "[]",
        Example = "[{ when: { task: DEV }, hourly: 150.00 }]",
    };

    public static readonly FieldSpec<Section> Discounts = new("discounts", Kinds.SectionOf(DiscountFields.Spec), "What is taken off lines, and off documents as a whole.")
    {
        Default = "{}",
        Example = "{ lines: [{ when: { task: DEV }, percent: 10% }], documents: [{ when: { client: ACME }, percent: 5% }] }",
    };

    public static readonly FieldSpec<Section> Rounding = new("rounding", Kinds.SectionOf(RoundingFields.Spec), "How time and money are rounded.") { Default = "{}", Example = "{ time: { increment: 15m, mode: up } }" };

    public static readonly FieldSpec<Section> Tax = new("tax", Kinds.SectionOf(TaxMethodFields.Spec), "How taxes are computed.") { Default = "{}", Example = "{ per: line, point: service-date, inclusive: false }" };

    public static readonly FieldSpec<IReadOnlyList<Named<Section>>> Taxes = new("taxes", Kinds.MapOf(Kinds.Code, Kinds.SectionOf(TaxFields.Spec)), "Tax codes.")
    {
        Default = "{}",
        Example = "{ NONE: { destination: NON, exempt: services } }",
    };

    public static readonly FieldSpec<IReadOnlyList<Found<Section>>> TaxRules = new("taxRules", Kinds.ListOf(Kinds.SectionOf(TaxRuleFields.Spec)), "Rules that give a tax code. The first that matches wins over the tax of project, task, client and default.")
    {
        Default = "[]",
        Example = "[{ when: { type: expense }, tax: NONE }]",
    };

    public static readonly FieldSpec<Section> Lines = new("lines", Kinds.SectionOf(LineFields.Spec), "How records become lines and documents.") { Default = "{}", Example = "{ groupBy: [project, task, person] }" };

    public static readonly FieldSpec<IReadOnlyList<Found<Section>>> Exclude = new("exclude", Kinds.ListOf(Kinds.SectionOf(ExclusionFields.Spec)), "Records that are not billed on purpose. They are counted under the rule's name.")
    {
        Default = "[]",
        Example = "[{ rule: internal, when: { project: INT-* } }]",
    };

    public static readonly FieldSpec<IReadOnlyList<Found<Section>>> Tests = new("tests", Kinds.ListOf(Kinds.SectionOf(TestFields.Spec)), "Cases that `check` computes with these rules: a record, and what it should become.")
    {
        Default = "[]",
        Example = "[{ given: { client: \"1001\", task: Development, date: 2026-03-02, hours: 1.10 }, expect: { net: 225.00 } }]",
    };

    public static readonly FieldSpec<IReadOnlyList<Found<Section>>> Fx = new(
        "fx", Kinds.ListOf(Kinds.SectionOf(FxFields.Spec), least: 1), "Where exchange rates come from: the first source that has a rate for the date gives it. Left out: expenses in another currency than their client's are rejected, and documents are not valued in the entity's base currency.")
    {
        IsOptional = true,
        Example = "[{ provider: treasury, kind: contract }, { provider: ecb, kind: spot, maxAge: 5d }]",
    };

    public static readonly SectionSpec Spec = new(
        "mapping",
        "The rules that turn source records into amounts. One file in `mapping-config/`.",
        [Name, SchemaVersion.Field, Version, Dimensions, Entities, EntityRules, Defaults, Clients, Projects, Tasks, Categories, People, Rates, Discounts, Rounding, Tax, Taxes, TaxRules, Lines, Exclude, Fx, Tests]);

    private static FieldSpec<IReadOnlyList<Found<Section>>> Things(string name, SectionSpec spec, string description, string example) =>
        new(name, Kinds.ListOf(Kinds.SectionOf(spec)), description) { Default = "[]", Example = example };
}

internal static class EntityFields
{
    public static readonly FieldSpec<Currency> BaseCurrency = new("baseCurrency", Kinds.Currency, "The currency of its books.") { Example = "USD" };

    public static readonly FieldSpec<TimeZoneInfo> Zone = new("timeZone", Kinds.TimeZone, "The zone in which its dates are read and its periods end, as an IANA id.") { Example = "America/New_York" };

    public static readonly FieldSpec<DateOnly> LockBefore = new(
        "lockBefore", Kinds.Date, "The first day on which its books take documents: everything before it is closed. The destination may close more. Left out: every day is open.")
    {
        IsOptional = true,
        Example = "2026-10-01",
    };

    public static readonly FieldSpec<LockRule> WhenLocked = new(
        "whenLocked",
        Kinds.Choice<LockRule>(),
        "What becomes of records dated before `lockBefore`. `next-open-day`: they are billed, and their document is dated on that day. `hold`: they are `held: period locked` until the date is moved.")
    {
        Default = "next-open-day",
        Example = "hold",
    };

    public static readonly SectionSpec Spec = new(
        "mapping: entities: CODE",
        "A legal entity. Its documents get their numbers from the destination; what BatchSync knows them by is their reference.",
        [BaseCurrency, Zone, LockBefore, WhenLocked]);
}

internal static class EntityRuleFields
{
    public static readonly FieldSpec<Section> When = new("when", Kinds.SectionOf(ConditionFields.Spec), "Which records the rule is for.") { Example = "{ project: DE-* }" };

    public static readonly FieldSpec<string> Entity = new("entity", Kinds.Name, "An entity of this mapping. Its time zone dates the record, and its document goes to that entity's destination.") { Example = "de" };

    public static readonly SectionSpec Spec = new(
        "mapping: entityRules", "A rule that says which entity bills a record. Records without a client belong to the default's entity whatever the rules say.", [When, Entity]);
}

/// <summary>Fields that several lists of a mapping have alike.</summary>
internal static class ThingFields
{
    public static readonly FieldSpec<string> Code = new("code", Kinds.Code, "The mapping's own code, unique in its list. Rules name it.") { Example = "ACME" };

    public static readonly FieldSpec<IReadOnlyList<Found<string>>> Source = new(
        "source", Kinds.OneOrMany(Kinds.Text), "Ids by which the source calls it; several where they are one thing. Where it has ids, names at the source do not count.")
    {
        IsOptional = true,
        Example = "[\"1001\", \"2007\"]",
    };

    public static readonly FieldSpec<IReadOnlyList<Found<string>>> Names = new(
        "name", Kinds.OneOrMany(Kinds.Text), "Its name on documents: the first where there are several. Without `source`, these are also the names by which the source calls it, letter by letter.")
    {
        IsOptional = true,
        Example = "[Development, Programming]",
    };

    public static readonly FieldSpec<IReadOnlyList<Named<string>>> Dimensions = new(
        "dimensions",
        Kinds.MapOf(Kinds.Name, Kinds.Text),
        "Values by which its lines are analysed. Of one name, the person's goes before the task's or category's, that before the project's, and that before the client's.")
    {
        Default = "{}",
        Example = "{ class: Web, department: Dev }",
    };

    public static readonly FieldSpec<string> Account = new("account", Kinds.Text, "The revenue account at the destination. Left out: the default's.") { IsOptional = true, Example = "\"4000\"" };

    public static readonly FieldSpec<string> Item = new("item", Kinds.Text, "The product or service at the destination. Left out: the default's.") { IsOptional = true, Example = "\"12\"" };

    public static readonly FieldSpec<string> Tax = new("tax", Kinds.Code, "A tax code of this mapping. Left out: the next in the order project, task or category, client, default.") { IsOptional = true, Example = "CA-SALES" };
}

internal static class DefaultFields
{
    public static readonly FieldSpec<string> Entity = new("entity", Kinds.Name, "The entity of clients that name none, and whose zone dates records without a client.") { Example = "us" };

    public static readonly FieldSpec<Currency> Currency = new("currency", Kinds.Currency, "The currency of clients that name none.") { Example = "USD" };

    public static readonly FieldSpec<string> Tax = new("tax", Kinds.Code, "The tax code where no rule, project, task or client names one. Without it, such records are rejected.") { IsOptional = true, Example = "NONE" };

    public static readonly FieldSpec<int> Terms = new("terms", Kinds.Terms, "Days from the document date to the due date.") { Default = "net-30" };

    public static readonly FieldSpec<decimal> Markup = new("markup", Kinds.Percent(0, 1000), "Added to expenses of categories that name none.") { Default = "0%" };

    public static readonly SectionSpec Spec = new("mapping: defaults", "What stands in for fields that a client, project or task leaves out.", [Entity, Currency, Tax, Terms, ThingFields.Account, ThingFields.Item, Markup]);
}

internal static class ClientFields
{
    public static readonly FieldSpec<string> Destination = new("destination", Kinds.Text, "The destination's id of the customer. Left out: the code.") { IsOptional = true, Example = "\"58\"" };

    public static readonly FieldSpec<string> Entity = new("entity", Kinds.Name, "The entity that bills the client. Left out: the default's.") { IsOptional = true, Example = "us" };

    public static readonly FieldSpec<Currency> Currency = new("currency", Kinds.Currency, "The currency of the client's documents. Left out: the default's.") { IsOptional = true, Example = "EUR" };

    public static readonly FieldSpec<int> Terms = new("terms", Kinds.Terms, "Days from the document date to the due date. Left out: the default's.") { IsOptional = true, Example = "net-14" };

    public static readonly FieldSpec<DateOnly> BillFrom = new("billFrom", Kinds.Date, "Records of an earlier local date are excluded. Left out: the job's date.") { IsOptional = true, Example = "2026-11-01" };

    public static readonly FieldSpec<decimal> Withholding = new(
        "withholding", Kinds.Percent(0, 100), "The part of a document's net that the client keeps back and pays to the tax office. It lowers the amount due, never the tax. Left out: nothing.")
    {
        IsOptional = true,
        Example = "20%",
    };

    public static readonly FieldSpec<bool> Off = new("off", Kinds.Boolean, "Switches the client off: its records are `held: switched off` and nothing new is billed. What is posted stays.") { Default = "false", Example = "true" };

    public static readonly FieldSpec<IReadOnlyList<Found<Section>>> Retainers = new(
        "retainers", Kinds.ListOf(Kinds.SectionOf(RetainerFields.Spec)), "Payments that the client made in advance. Documents draw on them, at most their total less withholding; credit notes draw nothing.")
    {
        Default = "[]",
        Example = "[{ amount: 5000.00, received: 2026-01-05, reference: R-1 }]",
    };

    public static readonly SectionSpec Spec = new(
        "mapping: clients",
        "A client.",
        [ThingFields.Code, ThingFields.Source, ThingFields.Names, Destination, Entity, Currency, ThingFields.Tax, Terms, BillFrom, Withholding, Off, Retainers, ThingFields.Dimensions])
    {
        AtLeastOne = [[ThingFields.Source, ThingFields.Names]],
    };
}

/// <summary>Amounts of money that rules name.</summary>
internal static class Amounts
{
    /// <summary>Above zero, in major units; no currency has more decimals than this least amount.</summary>
    public static Kind<decimal> AboveZero { get; } = Kinds.Number(0.0001m, 1_000_000_000_000m);
}

internal static class RetainerFields
{
    public static readonly FieldSpec<decimal> Amount = new("amount", Amounts.AboveZero, "What was paid, in major units of the currency.") { Example = "5000.00" };

    public static readonly FieldSpec<Currency> Currency = new("currency", Kinds.Currency, "Its currency; only documents in it draw on the payment. Left out: the client's.") { IsOptional = true, Example = "USD" };

    public static readonly FieldSpec<DateOnly> Received = new("received", Kinds.Date, "The day on which it was received. Documents of that date and later draw on it.") { Example = "2026-01-05" };

    public static readonly FieldSpec<string> Reference = new("reference", Kinds.Code, "What tells the client's payments apart, unique in its list. It must stay: under another name it would be a second payment.") { Example = "R-1" };

    public static readonly SectionSpec Spec = new("mapping: clients: retainers", "A payment in advance.", [Amount, Currency, Received, Reference]);
}

internal static class ProjectFields
{
    public static readonly FieldSpec<string> Client = new("client", Kinds.Code, "The client's code, for records that name no client that the mapping knows.") { IsOptional = true, Example = "ACME" };

    public static readonly FieldSpec<Section> Cap = new(
        "cap", Kinds.SectionOf(CapFields.Spec), "The most that the project's time may cost in a period. What comes last by date and does not fit is `held: cap`. Expenses do not count. Left out: no limit.")
    {
        IsOptional = true,
        Example = "{ amount: 20000.00, per: month }",
    };

    public static readonly SectionSpec Spec = new("mapping: projects", "A project.", [ThingFields.Code, ThingFields.Source, ThingFields.Names, Client, ThingFields.Account, ThingFields.Item, ThingFields.Tax, Cap, ThingFields.Dimensions])
    {
        AtLeastOne = [[ThingFields.Source, ThingFields.Names]],
    };
}

internal static class CapFields
{
    public static readonly FieldSpec<decimal> Amount = new("amount", Amounts.AboveZero, "The most, in major units of the currency: the net of the project's time after discounts.") { Example = "20000.00" };

    public static readonly FieldSpec<PeriodKind> Per = new("per", Kinds.Choice<PeriodKind>(), "The period that it is for; that of the jobs which use the mapping.") { Default = "month" };

    public static readonly FieldSpec<Currency> Currency = new("currency", Kinds.Currency, "Its currency; documents in another one are not limited. Left out: the client's.") { IsOptional = true, Example = "USD" };

    public static readonly SectionSpec Spec = new("mapping: projects: cap", "The most that a project's time may cost. The mapping must group lines or split documents by project, and the project needs its client.", [Amount, Per, Currency]);
}

internal static class TaskFields
{
    public static readonly SectionSpec Spec = new("mapping: tasks", "A kind of work.", [ThingFields.Code, ThingFields.Source, ThingFields.Names, ThingFields.Account, ThingFields.Item, ThingFields.Tax, ThingFields.Dimensions])
    {
        AtLeastOne = [[ThingFields.Source, ThingFields.Names]],
    };
}

internal static class CategoryFields
{
    public static readonly FieldSpec<decimal> Markup = new("markup", Kinds.Percent(0, 1000), "Added to the amount of expenses of this category. Left out: the default's.") { IsOptional = true, Example = "10%" };

    public static readonly SectionSpec Spec = new("mapping: categories", "A kind of expense.", [ThingFields.Code, ThingFields.Source, ThingFields.Names, ThingFields.Account, ThingFields.Item, ThingFields.Tax, Markup, ThingFields.Dimensions])
    {
        AtLeastOne = [[ThingFields.Source, ThingFields.Names]],
    };
}

internal static class PersonFields
{
    public static readonly SectionSpec Spec = new("mapping: people", "A person who works.", [ThingFields.Code, ThingFields.Source, ThingFields.Names, ThingFields.Dimensions])
    {
        AtLeastOne = [[ThingFields.Source, ThingFields.Names]],
    };
}

/// <summary>The fields of a condition: those of a record in the mapping's own codes.</summary>
internal static class ConditionFields
{
    public static readonly IReadOnlyList<FieldSpec<IReadOnlyList<Found<string>>>> All = [.. RecordFacts.Fields.Select(Field)];

    public static readonly SectionSpec Spec = new(
        "mapping: when",
        "Which records a rule is for: every field named must have one of its values. A value that ends in `*` stands for all that begin so. No fields (`{}`): every record.",
        [.. All]);

    /// <summary>All that a document has before its lines are made.</summary>
    public static readonly SectionSpec OfDocument = new(
        "mapping: discounts: documents: when",
        "Which documents a discount is for. A document is known by its client only. No fields (`{}`): every document.",
        [.. All.Where(f => f.Name == "client")]);

    private static FieldSpec<IReadOnlyList<Found<string>>> Field(string name) => name == "type"
        ? new(name, Kinds.OneOrMany(Kinds.Choice(RecordFacts.Time, RecordFacts.Expense)), "`time` or `expense`.") { IsOptional = true, Example = "expense" }
        : new(name, Kinds.OneOrMany(Kinds.Text), Descriptions[name]) { IsOptional = true, Example = Examples[name] };

    private static Dictionary<string, string> Descriptions => new()
    {
        ["client"] = "Codes of clients.",
        ["project"] = "Codes of projects; where the mapping lists none, the source's ids.",
        ["task"] = "Codes of tasks; where the mapping lists none, the source's names.",
        ["person"] = "Codes of people; where the mapping lists none, the source's ids.",
        ["category"] = "Codes of categories; where the mapping lists none, the source's names.",
        ["purchaseOrder"] = "Purchase orders as the source writes them.",
    };

    private static Dictionary<string, string> Examples => new()
    {
        ["client"] = "ACME",
        ["project"] = "[ACME-WEB, INT-*]",
        ["task"] = "DEV",
        ["person"] = "dana@example.com",
        ["category"] = "TRAVEL",
        ["purchaseOrder"] = "PO-17",
    };
}

internal static class RateFields
{
    public static readonly FieldSpec<Section> When = new("when", Kinds.SectionOf(ConditionFields.Spec), "Which records the rate is for.") { Default = "{}", Example = "{ project: ACME-WEB }" };

    public static readonly FieldSpec<decimal> Hourly = new("hourly", Kinds.Number(0, 1_000_000_000), "Price of an hour in major units of the currency. 0 is a price.") { Example = "180.00" };

    public static readonly FieldSpec<Currency> Currency = new("currency", Kinds.Currency, "Currency of the price. Left out: the client's.") { IsOptional = true, Example = "USD" };

    public static readonly FieldSpec<decimal> Billable = new("billable", Kinds.Number(0, 1), "The part of the time that is billed: 0.5 bills half of it.") { Default = "1" };

    public static readonly FieldSpec<DateOnly> From = new("from", Kinds.Date, "First local date on which it holds.") { IsOptional = true, Example = "2026-01-01" };

    public static readonly FieldSpec<DateOnly> Until = new("until", Kinds.Date, "First local date on which it no longer holds.") { IsOptional = true, Example = "2027-01-01" };

    public static readonly SectionSpec Spec = new("mapping: rates", "A price of time.", [When, Hourly, Currency, Billable, From, Until]);
}

internal static class DiscountFields
{
    public static readonly FieldSpec<IReadOnlyList<Found<Section>>> Lines = new(
        "lines", Kinds.ListOf(Kinds.SectionOf(LineDiscountFields.Spec)), "Discounts on lines, each rounded on its line. The first that matches a line wins.")
    {
        Default = "[]",
        Example = "[{ when: { task: DEV }, percent: 10% }]",
    };

    public static readonly FieldSpec<IReadOnlyList<Found<Section>>> Documents = new(
        "documents",
        Kinds.ListOf(Kinds.SectionOf(DocumentDiscountFields.Spec)),
        "Discounts on the net of all lines after their own discounts, rounded once and spread over the lines by their nets. The first that matches a document wins.")
    {
        Default = "[]",
        Example = "[{ when: { client: ACME }, percent: 5% }]",
    };

    public static readonly SectionSpec Spec = new(
        "mapping: discounts", "What is taken off lines, and off documents as a whole. Where prices hold the tax, discounts are taken off the amounts with it.", [Lines, Documents]);
}

internal static class LineDiscountFields
{
    public static readonly FieldSpec<Section> When = new(
        "when", Kinds.SectionOf(ConditionFields.Spec), "Which lines the discount is for, by `type` and by the fields that `lines: groupBy` names: a line has no others.")
    {
        Default = "{}",
        Example = "{ task: DEV }",
    };

    public static readonly FieldSpec<decimal> Percent = new("percent", Kinds.Percent(0, 100), "Taken off the line's net. 0% keeps lines out of a later, more general discount.") { Example = "10%" };

    public static readonly SectionSpec Spec = new("mapping: discounts: lines", "A discount on lines.", [When, Percent]);
}

internal static class DocumentDiscountFields
{
    public static readonly FieldSpec<Section> When = new("when", Kinds.SectionOf(ConditionFields.OfDocument), "Which documents the discount is for, by `client`.") { Default = "{}", Example = "{ client: ACME }" };

    public static readonly FieldSpec<decimal> Percent = new("percent", Kinds.Percent(0, 100), "Taken off the document's net. 0% keeps documents out of a later, more general discount.") { IsOptional = true, Example = "5%" };

    public static readonly FieldSpec<decimal> Fixed = new(
        "fixed", Amounts.AboveZero, "Taken off the document's net, in major units of `currency`, at most the net itself; what was cut is reported. Supplements of a document take what it left.")
    {
        IsOptional = true,
        Example = "100.00",
    };

    public static readonly FieldSpec<Currency> Currency = new("currency", Kinds.Currency, "Of a fixed discount, and needed there: only documents in it are discounted.") { IsOptional = true, Example = "USD" };

    public static readonly SectionSpec Spec = new("mapping: discounts: documents", "A discount on documents as a whole: a part, or a fixed amount.", [When, Percent, Fixed, Currency])
    {
        ExactlyOne = [[Percent, Fixed]],
    };
}

internal static class RoundingFields
{
    public static readonly FieldSpec<Section> Time = new("time", Kinds.SectionOf(TimeRoundingFields.Spec), "How time is rounded.") { Default = "{}", Example = "{ increment: 15m, mode: up, scope: entry }" };

    public static readonly FieldSpec<Section> Money = new("money", Kinds.SectionOf(MoneyRoundingFields.Spec), "How money is rounded.") { Default = "{}", Example = "{ mode: half-even }" };

    public static readonly SectionSpec Spec = new("mapping: rounding", "How time and money are rounded.", [Time, Money]);
}

internal static class TimeRoundingFields
{
    public static readonly FieldSpec<TimeSpan> Increment = new("increment", Kinds.Duration("0s", "1d"), "Billed time is a multiple of this; 0s: no rounding.") { Default = "0s", Example = "15m" };

    public static readonly FieldSpec<RoundingMode> Mode = new("mode", Kinds.Choice<RoundingMode>(), "`half-up`: to the nearest, ties away from zero; `half-even`: ties to the even multiple; `up`: away from zero; `down`: toward zero.") { Default = "half-up" };

    public static readonly FieldSpec<RoundingScope> Scope = new("scope", Kinds.Choice<RoundingScope>(), "What is summed before it is rounded: an entry alone; a day of one client, project, task and person; a document line.") { Default = "entry" };

    public static readonly FieldSpec<TimeSpan> Minimum = new("minimum", Kinds.Duration("0s", "1d"), "The least that is billed for time above zero; applied after rounding.") { Default = "0s", Example = "30m" };

    public static readonly SectionSpec Spec = new("mapping: rounding: time", "How time is rounded.", [Increment, Mode, Scope, Minimum]);
}

internal static class MoneyRoundingFields
{
    public static readonly FieldSpec<RoundingMode> Mode = new("mode", Kinds.Choice<RoundingMode>(), "How amounts, discounts, taxes, exchange and markup are rounded to the currency's smallest unit.") { Default = "half-up" };

    public static readonly SectionSpec Spec = new("mapping: rounding: money", "How money is rounded.", [Mode]);
}

internal static class TaxMethodFields
{
    public static readonly FieldSpec<TaxPer> Per = new("per", Kinds.Choice<TaxPer>(), "Whether tax is rounded on each line or on the document's sums.") { Default = "line" };

    public static readonly FieldSpec<TaxPoint> Point = new("point", Kinds.Choice<TaxPoint>(), "Which date chooses a tax rate: the document's, or the line's last service date.") { Default = "document-date" };

    public static readonly FieldSpec<bool> Inclusive = new("inclusive", Kinds.Boolean, "`true`: prices and expenses hold the tax already, and the net is what is left without it. `false`: it comes on top.") { Default = "false", Example = "true" };

    public static readonly SectionSpec Spec = new("mapping: tax", "How taxes are computed.", [Per, Point, Inclusive]);
}

internal static class TaxFields
{
    public static readonly FieldSpec<string> Destination = new("destination", Kinds.Text, "The destination's name of the code.") { Example = "TAX" };

    public static readonly FieldSpec<IReadOnlyList<Found<Section>>> Components = new("components", Kinds.ListOf(Kinds.SectionOf(ComponentFields.Spec), least: 1), "The taxes of the code, such as state and county, each on the net after discounts.")
    {
        IsOptional = true,
        Example = "[{ name: state, rates: [{ rate: 7.25% }] }]",
    };

    public static readonly FieldSpec<string> Exempt = new("exempt", Kinds.Text, "No tax, for this reason.") { IsOptional = true, Example = "services" };

    public static readonly FieldSpec<string> ReverseCharge = new("reverseCharge", Kinds.Text, "No tax, because the client owes it, for this reason.") { IsOptional = true, Example = "Art. 196 Directive 2006/112/EC" };

    public static readonly FieldSpec<string> ZeroRated = new("zeroRated", Kinds.Text, "Tax at zero percent, for this reason.") { IsOptional = true, Example = "export" };

    public static readonly SectionSpec Spec = new("mapping: taxes: CODE", "A tax code: components with rates, or the reason why there is no tax.", [Destination, Components, Exempt, ReverseCharge, ZeroRated])
    {
        ExactlyOne = [[Components, Exempt, ReverseCharge, ZeroRated]],
    };
}

internal static class ComponentFields
{
    public static readonly FieldSpec<string> Name = new("name", Kinds.Code, "Its name, unique in the tax code.") { Example = "state" };

    public static readonly FieldSpec<IReadOnlyList<Found<Section>>> Rates = new("rates", Kinds.ListOf(Kinds.SectionOf(TaxRateFields.Spec), least: 1), "Its rates by date. They do not overlap; on a day without a rate, records are rejected.")
    {
        Example = "[{ rate: 7.25%, until: 2026-07-01 }, { rate: 7.50%, from: 2026-07-01 }]",
    };

    public static readonly FieldSpec<bool> Compound = new("compound", Kinds.Boolean, "`true`: it is also a tax on the taxes of all components before it. Not where prices hold the tax.") { Default = "false", Example = "true" };

    public static readonly SectionSpec Spec = new("mapping: taxes: CODE: components", "One tax of a tax code.", [Name, Compound, Rates]);
}

internal static class TaxRateFields
{
    public static readonly FieldSpec<decimal> Rate = new("rate", Kinds.Percent(0, 100), "Percent of the net.") { Example = "7.25%" };

    public static readonly SectionSpec Spec = new("mapping: taxes: CODE: components: rates", "A tax rate.", [Rate, RateFields.From, RateFields.Until]);
}

internal static class TaxRuleFields
{
    public static readonly FieldSpec<Section> When = new("when", Kinds.SectionOf(ConditionFields.Spec), "Which records the rule is for.") { Example = "{ type: expense }" };

    public static readonly FieldSpec<string> Tax = new("tax", Kinds.Code, "A tax code of this mapping.") { Example = "NONE" };

    public static readonly SectionSpec Spec = new("mapping: taxRules", "A rule that gives a tax code.", [When, Tax]);
}

internal static class LineFields
{
    public static readonly FieldSpec<IReadOnlyList<Found<GroupKey>>> GroupBy = new(
        "groupBy", Kinds.ListOf(Keys(GroupKey.Project, GroupKey.Task, GroupKey.Person, GroupKey.Category, GroupKey.Date, GroupKey.PurchaseOrder)), "Records that agree in these fields share a line. Lines are sorted by them.")
    {
        Default = "[project, task, person]",
    };

    public static readonly FieldSpec<GroupKey> SplitBy = new("splitBy", Keys(GroupKey.Project, GroupKey.PurchaseOrder), "A field whose values get documents of their own.") { IsOptional = true, Example = "project" };

    public static readonly FieldSpec<IReadOnlyList<Found<GroupKey>>> Description = new("description", Kinds.ListOf(Keys(Enum.GetValues<GroupKey>())), "The parts of a line's text, joined by ' - '.")
    {
        Default = "[project, task, period]",
    };

    public static readonly FieldSpec<int> QuantityDecimals = new("quantityDecimals", Kinds.Whole(0, 10, "decimals"), "Decimals of a line's hours; fewer where the destination stores fewer.") { Default = "4" };

    public static readonly SectionSpec Spec = new("mapping: lines", "How records become lines and documents.", [GroupBy, SplitBy, Description, QuantityDecimals]);

    // The same names as in conditions: camel case.
    private static Kind<GroupKey> Keys(params GroupKey[] keys) => Kinds.Choice(keys, k => char.ToLowerInvariant(k.ToString()[0]) + k.ToString()[1..]);
}

internal static class ExclusionFields
{
    public static readonly FieldSpec<string> Rule = new("rule", Kinds.Code, "The rule's name, unique in its list; excluded records are counted under it.") { Example = "internal" };

    public static readonly FieldSpec<Section> When = new("when", Kinds.SectionOf(ConditionFields.Spec), "Which records are not billed.") { Example = "{ project: INT-* }" };

    public static readonly SectionSpec Spec = new("mapping: exclude", "A rule that leaves records unbilled on purpose.", [Rule, When]);
}

internal static class FxFields
{
    public static readonly FieldSpec<string> Provider = new("provider", Kinds.Name, "Who gives the rates, as `batchsync fx import` was told.") { Example = "ecb" };

    public static readonly FieldSpec<FxRateKind> Kind = new(
        "kind", Kinds.Choice<FxRateKind>(), "`spot`: of the latest published day on or before the date that quotes both currencies; `contract`: agreed for the pair, in its direction, on the date; `month-average`: of the date's month.") { Default = "spot" };

    public static readonly FieldSpec<TimeSpan> MaxAge = new("maxAge", Kinds.Duration("0s", "366d"), "How many calendar days before the date a spot rate may have been published, in whole days; 0s: on the date itself only.")
    {
        Default = "5d",
    };

    public static readonly SectionSpec Spec = new("mapping: fx", "A source of exchange rates.", [Provider, Kind, MaxAge]);
}

internal static class TestFields
{
    public static readonly FieldSpec<Section> Given = new("given", Kinds.SectionOf(GivenFields.Spec), "A record as the source gives it.") { Example = "{ client: \"1001\", date: 2026-03-02, hours: 1.10 }" };

    public static readonly FieldSpec<Section> Expect = new("expect", Kinds.SectionOf(ExpectFields.Spec), "What it should become; what is left out is not compared.") { Example = "{ quantity: 1.25, net: 225.00 }" };

    public static readonly SectionSpec Spec = new("mapping: tests", "A case that `check` computes.", [Given, Expect]);
}

internal static class GivenFields
{
    public static readonly FieldSpec<string> Client = Text("client", "The source's id or name of the client.", "\"1001\"");
    public static readonly FieldSpec<string> Project = Text("project", "The source's id or name of the project.", "\"300\"");
    public static readonly FieldSpec<string> Task = Text("task", "The source's id or name of the task.", "Development");
    public static readonly FieldSpec<string> Person = Text("person", "The source's id or name of the person.", "dana@example.com");
    public static readonly FieldSpec<string> Category = Text("category", "The source's id or name of the category of an expense.", "Travel");

    public static readonly FieldSpec<DateOnly> Date = new("date", Kinds.Date, "The local date.") { Example = "2026-03-02" };

    public static readonly FieldSpec<decimal> Hours = new("hours", Kinds.Number(-10_000, 10_000), "Of a time entry.") { IsOptional = true, Example = "1.10" };

    public static readonly FieldSpec<decimal> Amount = new("amount", Kinds.Number(-1_000_000_000_000, 1_000_000_000_000), "Of an expense, in major units.") { IsOptional = true, Example = "99.90" };

    public static readonly FieldSpec<Currency> Currency = new("currency", Kinds.Currency, "Of an expense. Left out: the client's.") { IsOptional = true, Example = "USD" };

    public static readonly SectionSpec Spec = new("mapping: tests: given", "A record as the source gives it: time with `hours`, or an expense with `amount`.", [Client, Project, Task, Person, Category, Date, Hours, Amount, Currency])
    {
        ExactlyOne = [[Hours, Amount]],
    };

    private static FieldSpec<string> Text(string name, string description, string example) => new(name, Kinds.Text, description) { IsOptional = true, Example = example };
}

internal static class ExpectFields
{
    private const decimal Largest = 1_000_000_000_000;

    public static readonly FieldSpec<string> Client = new("client", Kinds.Code, "The client's code.") { IsOptional = true, Example = "ACME" };
    public static readonly FieldSpec<decimal> Quantity = Amount("quantity", "Quantity of the line: hours, or 1 of an expense.", "1.25");
    public static readonly FieldSpec<decimal> UnitPrice = Amount("unitPrice", "Price of one unit, in major units.", "180.00");
    public static readonly FieldSpec<decimal> Discount = Amount("discount", "What all discounts take off, in major units.", "25.00");
    public static readonly FieldSpec<decimal> Net = Amount("net", "Net after discounts, without tax, in major units.", "225.00");
    public static readonly FieldSpec<decimal> Tax = Amount("tax", "Tax of the line, in major units.", "16.31");
    public static readonly FieldSpec<decimal> Total = Amount("total", "Net and tax, in major units.", "241.31");
    public static readonly FieldSpec<decimal> Withholding = Amount("withholding", "What the client keeps back, in major units.", "45.00");

    public static readonly FieldSpec<string> Bucket = new("bucket", Kinds.Checked("bucket", BucketFault, "rejected: no rate"), "What becomes of the record, with or without the reason: `billed`, `non-billable`, `excluded: RULE`, `held: REASON`, `rejected: REASON`.")
    {
        IsOptional = true,
        Example = "billed",
    };

    /// <summary>The values that are compared as amounts of the client's currency.</summary>
    public static readonly IReadOnlyList<FieldSpec<decimal>> Money = [Discount, Net, Tax, Total, Withholding];

    public static readonly SectionSpec Spec = new("mapping: tests: expect", "What the record should become.", [Client, Quantity, UnitPrice, Discount, Net, Tax, Total, Withholding, Bucket])
    {
        AtLeastOne = [[Client, Quantity, UnitPrice, Discount, Net, Tax, Total, Withholding, Bucket]],
    };

    private static FieldSpec<decimal> Amount(string name, string description, string example) => new(name, Kinds.Number(-Largest, Largest), description) { IsOptional = true, Example = example };

    private static string? BucketFault(string text)
    {
        var head = text.Split(':')[0];
        var hasReason = head is "excluded" or "held" or "rejected";
        if (head is not ("billed" or "non-billable") && !hasReason) return "a bucket is billed, non-billable, excluded, held or rejected";
        return text.Length == head.Length || (hasReason && text.StartsWith(head + ": ", StringComparison.Ordinal)) ? null : "only excluded, held and rejected have a reason, after ': '";
    }
}
