namespace BatchSync.Core.Diagnostics;

/// <summary>A kind of configuration error. Codes are stable: scripts and searches rely on them, so none is ever used for something else.</summary>
/// <param name="Code"><c>CFG</c> and three digits.</param>
/// <param name="Title">A few words, without a full stop.</param>
/// <param name="Meaning">What is wrong and why it is refused.</param>
/// <param name="Remedy">What to do.</param>
public sealed record ErrorCode(string Code, string Title, string Meaning, string Remedy)
{
    /// <summary>Whether it only warns: the configuration holds, and the remedy can wait.</summary>
    public bool IsWarning { get; init; }

    public override string ToString() => Code;
}

/// <summary>All configuration errors there are, in the order of their codes.</summary>
public static class ErrorCodes
{
    public static readonly ErrorCode Unreadable = new("CFG001", "File or folder cannot be read",
        "A path does not exist, may not be read, holds no YAML file, or is larger than a configuration can be.",
        "Check the path and its permissions. `--config` names the folder that holds `jobs/` and `mapping-config/`, or the YAML files themselves.");

    public static readonly ErrorCode NotUtf8 = new("CFG002", "File is not UTF-8",
        "The bytes are no UTF-8 text. Guessing an encoding could turn a name into another one.",
        "Save the file as UTF-8, with or without a byte order mark.");

    public static readonly ErrorCode Syntax = new("CFG003", "YAML cannot be read",
        "The file is no valid YAML, so nothing after that place was checked. Most often a tab indents a line, a quote or bracket is not closed, or a text with `: ` lacks quotes.",
        "Correct the place and check again.");

    public static readonly ErrorCode UnknownField = new("CFG004", "Unknown field",
        "No such field exists at that place. A field that is not known would be a setting without effect.",
        "Correct the name or remove the field. The message lists the fields that the place takes.");

    public static readonly ErrorCode UnsupportedYaml = new("CFG005", "YAML feature that configuration does not use",
        "Anchors, aliases, tags, several documents in one file, names that are no text, and very deep nesting are refused: what a file says shall stand where it is read.",
        "Write the value out. Put a second document into a file of its own.");

    public static readonly ErrorCode EmptyFile = new("CFG006", "Empty file",
        "The file has no content, or comments only.",
        "Write a job, a mapping or a connector into it, or delete it.");

    public static readonly ErrorCode UnknownFile = new("CFG007", "Not a job, mapping or connector",
        "The first field says what a file is: `job:`, `mapping:` or `connector:`. This one begins with something else.",
        "Make that field the first of the file, or keep the file outside the configuration.");

    public static readonly ErrorCode DuplicateField = new("CFG008", "Field written twice",
        "The same field stands twice in one place, so it is not clear which of them holds.",
        "Remove one of the two.");

    public static readonly ErrorCode MissingField = new("CFG009", "Missing field",
        "A field that has no default is not there.",
        "Add the field. The message shows an example.");

    public static readonly ErrorCode WrongShape = new("CFG010", "Value of another shape",
        "A list stands where one value is expected, a value where a list or a section is, or nothing at all.",
        "Write the value in the shape that the message names, or remove the field where it is optional.");

    public static readonly ErrorCode UnreadableValue = new("CFG011", "Value cannot be read",
        "A date, duration, size, percentage, number, address or name is not written as such.",
        "Write it as in the example that the message shows.");

    public static readonly ErrorCode NotAllowed = new("CFG012", "Value not allowed",
        "The field takes one of a few values, and this is none of them; or two values do not go together.",
        "Take one of the values that the message lists.");

    public static readonly ErrorCode OutOfRange = new("CFG013", "Value out of range",
        "A number, a duration, a size, a list or a text is below the least or above the most that the field takes.",
        "Choose a value within the limits that the message names.");

    public static readonly ErrorCode SecretLiteral = new("CFG014", "Secret in the file",
        "A token, password, key or other secret is written out. Configuration files are copied, mailed, kept in the store and under version control.",
        "Put the secret into an environment variable or a file of its own and refer to it with `env:NAME` or `file:PATH`; in a connector, `setting:NAME` takes it from the job. If the file was shared, change the secret.");

    public static readonly ErrorCode UnknownCurrency = new("CFG015", "Unknown currency",
        "ISO 4217 has no such currency, or it is not one that is billed in.",
        "Write the code in three capital letters, such as `USD`.");

    public static readonly ErrorCode UnknownTimeZone = new("CFG016", "Unknown time zone",
        "The time zone database of this system has no such zone under that name.",
        "Write an IANA id such as `Europe/Berlin` or `America/New_York`.");

    public static readonly ErrorCode BadCron = new("CFG017", "Schedule is no cron expression",
        "A schedule has six or seven fields: seconds, minutes, hours, day of month, month, day of week and, if wanted, year. Exactly one of the two day fields is `?`.",
        "Write it as in `0 30 2 ? * TUE-SAT`: at 02:30, Tuesday to Saturday.");

    public static readonly ErrorCode NotExactlyOne = new("CFG018", "Exactly one of several fields",
        "Of some fields one has to be there and no other, because they are ways of saying the same thing.",
        "Keep one of the fields that the message lists.");

    public static readonly ErrorCode DuplicateName = new("CFG019", "Name used twice",
        "Two jobs, series, mappings, connectors, or two codes of one list have the same name.",
        "Rename one of them. The message says where the other one stands.");

    public static readonly ErrorCode ClaimedTwice = new("CFG020", "Source id or name claimed twice",
        "Two entries of a list say that they are the same thing of the source, so a record could belong to both.",
        "Leave the id or name with one of them. The message says where the other one stands.");

    public static readonly ErrorCode UnknownName = new("CFG021", "Name that nothing defines",
        "A mapping, connector, entity, client, project, task, category, person or tax code is named that does not exist.",
        "Correct the name, or define what it names.");

    public static readonly ErrorCode MissingSetting = new("CFG022", "Setting missing",
        "A connector refers to `setting:NAME`, and the job that uses it does not give that setting.",
        "Add the setting under `settings:` of the job's source or destination.");

    public static readonly ErrorCode UnusedSetting = new("CFG023", "Setting that nothing uses",
        "A job gives a setting that its connector does not refer to; it would have no effect.",
        "Correct its name or remove it.");

    public static readonly ErrorCode UnknownStream = new("CFG024", "Stream that the connector does not have",
        "A job reads a stream that its source connector does not describe.",
        "Remove the stream from the job, or describe it in the connector.");

    public static readonly ErrorCode ApprovalUnknown = new("CFG025", "Approval required, but the source says nothing of it",
        "With `approval: required` only records that the source calls approved are billed, and the connector has no field `approved` for this stream: every record would be held for ever.",
        "Add the field `approved` to the stream, or write `approval: none` in the job.");

    public static readonly ErrorCode WrongSide = new("CFG026", "Connector of the other side",
        "A source is used as a destination, or a destination as a source.",
        "Name a connector of the right `kind`.");

    public static readonly ErrorCode NoDestination = new("CFG027", "Entity without destination",
        "The mapping has an entity whose documents this job would not know where to send.",
        "Add the entity to the job's `destinations`, or `all:` for every entity that has none of its own.");

    public static readonly ErrorCode ShadowedRate = new("CFG028", "Rate that can never match",
        "The first rate that matches wins, and an earlier one takes everything that this one could.",
        "Move the special rate above the general one, or remove it.");

    public static readonly ErrorCode EmptyInterval = new("CFG029", "Dates that hold no day",
        "A date range begins on or after the day on which it ends. `from` is the first day, `until` the first day after.",
        "Correct one of the two dates.");

    public static readonly ErrorCode OverlappingRates = new("CFG030", "Tax rates that overlap",
        "Two rates of one tax component hold on the same day.",
        "End the earlier rate with `until` on the day on which the later one begins.");

    public static readonly ErrorCode TooManyDecimals = new("CFG031", "More decimals than the currency has",
        "An amount has a fraction of the currency's smallest unit.",
        "Write the amount with the decimals that the message names.");

    public static readonly ErrorCode FailedTest = new("CFG032", "Test of the mapping failed",
        "A case under `tests:` gives another result than it expects. The message shows each value that differs.",
        "Correct the rule, or the expectation where the rule is right.");

    public static readonly ErrorCode WithoutEffect = new("CFG033", "Field without effect here",
        "The field exists, but what stands beside it makes it do nothing.",
        "Remove it, or change what the message names.");

    public static readonly ErrorCode NewerSchema = new("CFG045", "File of a newer schema",
        "The file says `schema:` with a number that this version of BatchSync does not know, so its fields may mean something else.",
        "Update BatchSync, or take the file as it was before it was upgraded.");

    public static readonly ErrorCode OlderField = new("CFG046", "Field of an older schema",
        "The file says that it is written by a newer schema, in which this field has another name or place.",
        "Write the field as the message shows.");

    public static readonly ErrorCode DeprecatedField = new("CFG047", "Deprecated field",
        "The file is written by an older schema, and this field has another name, place or form in the current one. It is understood until the version that the message names.",
        "Let `batchsync config upgrade` rewrite the file, or write the field as the message shows and `schema: 2` below the first line.")
    {
        IsWarning = true,
    };

    public static readonly ErrorCode WithoutDrafts = new("CFG055", "Drafts that the API does not have",
        "A connector describes how drafts are deleted or made final, and nothing of a document says that it is a draft: every document would be final at once.",
        "Name the field that says it (`create: { draftField: ... }`), or remove the call.");

    public static readonly ErrorCode WithoutStatus = new("CFG056", "Status that look-ups do not read",
        "Documents are drafts first, or values of a status are named, and `lookUp: fields` has no `status`: a draft could not be told from a final document, nor a voided one from one that stands.",
        "Say where a document that is looked up has its status.");

    public static readonly ErrorCode AmbiguousStatus = new("CFG057", "Status value with two meanings",
        "One value of a status field is listed for two meanings, so an answer with it would not tell which.",
        "Keep the value where the API means it.");

    public static readonly ErrorCode DeductionMismatch = new("CFG058", "Withholding or retainer that does not reach the API",
        "How withholding or a retainer is posted and what `documentFields` sends contradict each other: an amount would be sent twice, or not at all, or be booked to nothing.",
        "With `as: field` give a field of `documentFields` the value; with `as: line` name an account or item and send no field; without a section send no field.");

    public static readonly ErrorCode RateWithoutDecimals = new("CFG059", "Exchange rate without its decimals",
        "The exchange rate is sent, and the connector does not say how many decimals of it the API stores. What it rounded away could not be named in the reconciliation.",
        "Add `rateDecimals`.");

    public static readonly ErrorCode DraftsNeeded = new("CFG060", "Changes that need drafts",
        "With `onChange: update` a document is deleted at the destination and made again. Only a draft can be: a final document stays, and another one answers it.",
        "Post as drafts to a destination whose drafts can be deleted, or choose `delta` or `credit-and-rebill`.");

    public static readonly ErrorCode NotSemantic = new("CFG048", "Version that is not semantic",
        "The version of a mapping is three numbers, so that people see whether rules changed what they bill (MAJOR), what they can bill (MINOR), or neither (PATCH).",
        "Write it as MAJOR.MINOR.PATCH, such as `2.3.0`.");

    public static readonly ErrorCode UnknownDimension = new("CFG049", "Dimension that is not declared",
        "A client, project, task, category or person has a dimension whose name the mapping does not declare; a misspelled one would be booked to nothing.",
        "Correct the name, or declare it in the mapping's `dimensions:`.");

    public static readonly ErrorCode ShadowedRule = new("CFG061", "Rule that can never match",
        "The first discount or entity rule that matches wins, and an earlier one takes everything that this one could.",
        "Move the special rule above the general one, or remove it.");

    public static readonly ErrorCode NoSuchKey = new("CFG062", "Field that lines do not have",
        "A discount on lines asks for a field by which the mapping does not group them, so one line may hold records of several values.",
        "Group the lines by the field too, or take it out of the condition. A discount for a client is one on documents.");

    public static readonly ErrorCode CapNeedsProject = new("CFG063", "Cap on a project that lines do not keep apart",
        "A project has a cap, and the mapping neither groups lines nor splits documents by project: what one project costs cannot be said.",
        "Add `project` to `lines: groupBy`, or split documents by it.");

    public static readonly ErrorCode CapPeriod = new("CFG064", "Cap for another period than the job's",
        "A project is capped per month, week or day, and the job bills in other periods: a document would hold a part of the capped time, or time of several caps.",
        "Give the cap the period of the job. Jobs of different periods need mappings of their own where there are caps.");

    public static readonly ErrorCode CompoundInclusive = new("CFG065", "Compound tax in prices that hold the tax",
        "With `tax: { inclusive: true }` the tax is taken out of the price by the sum of the rates; a tax on other taxes has no part in such a sum.",
        "Write the component's rate as a part of the net, or let the tax come on top.");

    public static readonly ErrorCode DeletesUnknown = new("CFG070", "Deletions that the source cannot tell",
        "A job looks for deletions in a way in which its source cannot tell them: no feed of deletions, or an absence that proves nothing. Files that are not in a folder any more are no deletions; and where an API neither "
            + "states how many rows there are nor gives one by its id, a page that was skipped would look like deleted records.",
        "Describe `deletions:`, `byId:` or `statedTotal:` of the stream in the connector, or choose another `deletes: { by: ... }`.");

    public static readonly ErrorCode ScheduleTooOften = new("CFG080", "Schedule that fires more than once a day",
        "An occurrence is a job and a local date, and each is performed once. A schedule that fires again on the same date would have nothing to do then.",
        "Name one second, one minute and one hour. What has to run oftener is called by cron or by hand: `batchsync run JOB`.");

    public static readonly ErrorCode AfterNever = new("CFG081", "Job that waits for what never comes",
        "`after` names a job that has no schedule, or jobs wait for each other in a circle.",
        "Give the other job a schedule, or remove one `after` of the circle.");

    public static readonly ErrorCode CannotPartition = new("CFG082", "Job that cannot be spread over hosts",
        "`partitionBy: entity` gives each destination of the job to whichever host takes it first. With one destination there is nothing to spread, and `limits: { calls: ... }` counts the calls of one process.",
        "Give each entity a destination of its own, and leave `calls` to the allowances of the connectors; or remove `partitionBy`.");

    /// <summary>Ordered by code.</summary>
    public static IReadOnlyList<ErrorCode> All { get; } =
    [
        Unreadable, NotUtf8, Syntax, UnknownField, UnsupportedYaml, EmptyFile, UnknownFile, DuplicateField, MissingField, WrongShape, UnreadableValue,
        NotAllowed, OutOfRange, SecretLiteral, UnknownCurrency, UnknownTimeZone, BadCron, NotExactlyOne, DuplicateName, ClaimedTwice, UnknownName,
        MissingSetting, UnusedSetting, UnknownStream, ApprovalUnknown, WrongSide, NoDestination, ShadowedRate, EmptyInterval, OverlappingRates,
        TooManyDecimals, FailedTest, WithoutEffect, NewerSchema, OlderField, DeprecatedField, NotSemantic, UnknownDimension, WithoutDrafts, WithoutStatus, AmbiguousStatus, DeductionMismatch, RateWithoutDecimals, DraftsNeeded,
        ShadowedRule, NoSuchKey, CapNeedsProject, CapPeriod, CompoundInclusive, DeletesUnknown, ScheduleTooOften, AfterNever, CannotPartition,
    ];
}
