using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using BatchSync.Configuration;
using BatchSync.Core.Amounts;
using BatchSync.Core.Billing;
using BatchSync.Http;
using BatchSync.Reports;
using BatchSync.Running;
using BatchSync.Storage;

namespace BatchSync.Cli;

/// <summary>A configuration file as a plan was made with it.</summary>
/// <param name="Hash">SHA-256 of its bytes, hexadecimal.</param>
internal sealed record PlanFileSource(string Path, string Hash);

/// <summary>A document of a plan: its identity, and what it does to the books. Amounts have the document's own sign.</summary>
/// <param name="PeriodFrom">First day of the period.</param>
internal sealed record PlanFileDocument(
    string Reference, string Tenant, string Entity, string Client, string Currency, string Kind, string PeriodKind, DateOnly PeriodFrom, string Split, string Purpose, int Revision, string Type,
    DateOnly Date, decimal Net, decimal Tax, decimal Total, decimal Withholding, decimal Retainer, string ContentHash, string Corrects)
{
    public static PlanFileDocument Of(PlannedDocument planned)
    {
        var (d, key) = (planned.Document, planned.Key);
        return new(
            d.Reference, d.Identity.Tenant, key.Entity, key.Client, key.Currency.Code, key.Kind, StoreText.Of(key.Period.Kind), key.Period.From, key.Split, StoreText.Of(d.Identity.Purpose), d.Identity.Revision,
            StoreText.Of(d.Type), d.Date, d.Net.Amount, d.Tax.Amount, d.Total.Amount, d.Withholding.Amount, d.Retainer.Amount, planned.ContentHash, d.Corrects);
    }

    [JsonIgnore]
    public PlannedTerms Terms => new(Date, MoneyOf(Withholding), MoneyOf(Retainer));

    [JsonIgnore]
    public bool IsCreditNote => StoreText.TypeOf(Type) == DocumentType.CreditNote;

    public Money MoneyOf(decimal amount) => Money.Round(amount, Core.Amounts.Currency.Of(Currency), RoundingMode.HalfUp);

    public IEnumerable<string> Fields()
    {
        string[] texts = [Reference, Tenant, Entity, Client, Currency, Kind, PeriodKind, StoreText.Of(PeriodFrom), Split, Purpose, Revision.ToString(CultureInfo.InvariantCulture), Type, StoreText.Of(Date)];
        return texts.Concat(new[] { Net, Tax, Total, Withholding, Retainer }.Select(NumberText.Canonical)).Append(ContentHash).Append(Corrects);
    }
}

/// <summary>
/// A plan as a file: what a person looks at, lets through, and has posted. Its hash covers every value, so that a file which somebody edited is
/// known as such, and is what an approval names; the layout of the JSON is free.
/// </summary>
internal sealed record PlanFile(
    string Format, string Job, string Series, DateTimeOffset AsOf, DateOnly? From, DateOnly? To, IReadOnlyList<PlanTenant> Tenants, IReadOnlyList<PlanFileSource> Files,
    IReadOnlyList<PlanFileDocument> Documents, string Hash)
{
    /// <summary>Grows when the meaning of the file changes.</summary>
    public const string CurrentFormat = "batchsync-plan 1";

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        AllowDuplicateProperties = false,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    public static PlanFile Of(RunRequest request, Plan plan)
    {
        var files = request.Files.Select(f => new PlanFileSource(f.Path, f.ContentHash)).OrderBy(f => f.Path, StringComparer.Ordinal);
        var file = new PlanFile(
            CurrentFormat, request.Job.Name, request.Job.Series, request.AsOf.ToUniversalTime(), request.From, request.To, [.. plan.Tenants.OrderBy(t => t.Destination, StringComparer.Ordinal)], [.. files],
            [.. plan.New.Select(PlanFileDocument.Of)], "");
        return file with { Hash = file.HashOfContent() };
    }

    /// <exception cref="UsageException">There is no such file, it is no plan, of another format, or was edited.</exception>
    public static async Task<PlanFile> ReadAsync(string path, CancellationToken cancel)
    {
        var text = await TextAsync(path, cancel);
        try
        {
            var format = FormatOf(text);
            if (format != CurrentFormat) throw new UsageException($"'{path}' has the format '{format}', and this version reads '{CurrentFormat}'. Plan again: batchsync plan JOB --out FILE");
            var file = JsonSerializer.Deserialize<PlanFile>(text, Json)!;
            if (file.Hash != file.HashOfContent()) throw new UsageException($"'{path}' was edited: its hash is not that of its content. Nothing was started. Plan again: batchsync plan {file.Job} --out FILE");
            return file;
        }
        catch (Exception e) when (e is JsonException or ArgumentException or OverflowException or StoreException)
        {
            throw new UsageException($"'{path}' is no plan: {e.Message.TrimEnd('.')}. Make one with: batchsync plan JOB --out FILE");
        }
    }

    /// <exception cref="UsageException">The file cannot be written.</exception>
    public async Task WriteAsync(string path, CancellationToken cancel)
    {
        try
        {
            await AtomicFile.WriteAsync(path, async stream =>
            {
                await JsonSerializer.SerializeAsync(stream, this, Json, cancel);
                stream.WriteByte((byte)'\n');
            });
        }
        catch (OutsideException e)
        {
            throw new UsageException($"The plan cannot be written to '{path}': {e.InnerException!.Message.TrimEnd('.')}. Name a file that you may write with --out.");
        }
    }

    /// <summary>What a run needs of it.</summary>
    /// <param name="name">How messages call it.</param>
    /// <param name="now">The configuration of the run.</param>
    public PostablePlan Postable(string name, IReadOnlyList<ConfigurationFile> now) => new(name, Documents.ToDictionary(d => d.Reference, d => d.ContentHash, StringComparer.Ordinal))
    {
        Terms = Documents.ToDictionary(d => d.Reference, d => d.Terms, StringComparer.Ordinal),
        Tenants = Tenants,
        ChangedFiles = [.. Changed(now)],
    };

    private IEnumerable<string> Changed(IReadOnlyList<ConfigurationFile> now)
    {
        var (then, today) = (Files.ToDictionary(f => f.Path, f => f.Hash, StringComparer.Ordinal), now.ToDictionary(f => f.Path, f => f.ContentHash, StringComparer.Ordinal));
        foreach (var path in then.Keys.Union(today.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            if (!today.TryGetValue(path, out var hash)) yield return $"{path} is gone";
            else if (!then.TryGetValue(path, out var old)) yield return $"{path} is new";
            else if (old != hash) yield return $"{path} changed";
        }
    }

    private static async Task<string> TextAsync(string path, CancellationToken cancel)
    {
        try
        {
            return await File.ReadAllTextAsync(path, cancel);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"The plan '{path}' cannot be read: {e.Message.TrimEnd('.')}. Make one with: batchsync plan JOB --out FILE");
        }
    }

    private static string FormatOf(string text)
    {
        using var document = JsonDocument.Parse(text);
        return document.RootElement is { ValueKind: JsonValueKind.Object } root && root.TryGetProperty("format", out var format) && format.ValueKind == JsonValueKind.String
            ? format.GetString()!
            : throw new JsonException("it has no 'format'");
    }

    // Each field with its length and each list with its count in front: two plans never have one text.
    private string HashOfContent()
    {
        var text = new StringBuilder();
        Add(Format, Job, Series, StoreText.Of(AsOf), StoreText.Of(From) ?? "", StoreText.Of(To) ?? "");
        AddAll(Tenants.Select(t => new[] { t.Destination, t.Tenant, t.Environment }));
        AddAll(Files.Select(f => new[] { f.Path, f.Hash }));
        AddAll(Documents.Select(d => d.Fields()));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));

        void Add(params IEnumerable<string> fields)
        {
            foreach (var field in fields) text.Append(CultureInfo.InvariantCulture, $"{field.Length}:{field}");
        }

        void AddAll(IEnumerable<IEnumerable<string>> rows)
        {
            var all = rows.ToList();
            text.Append(CultureInfo.InvariantCulture, $"{all.Count};");
            foreach (var row in all) Add(row);
        }
    }
}

/// <summary>Whether a plan may be posted by a job.</summary>
internal static class PlanGate
{
    /// <exception cref="UsageException">It is of another job, or nobody let it through where the job wants that.</exception>
    public static async Task CheckAsync(PlanFile plan, string file, JobDefinition job, Workspace workspace, CancellationToken cancel)
    {
        CheckJob(plan, file, job);
        if (job.Posting.Approval != ApprovalRule.Plan) return;
        if (await (await workspace.StoreAsync(cancel)).FindPlanApprovalAsync(plan.Hash, cancel) is not null) return;
        throw new UsageException($"'{file}' is not approved, and job '{job.Name}' posts approved plans only (posting.approval: plan). Nothing was started. Look at it, then: batchsync plan approve {file} --reason TEXT");
    }

    /// <exception cref="UsageException">It is of another job.</exception>
    public static void CheckJob(PlanFile plan, string file, JobDefinition job)
    {
        if (plan.Job == job.Name && plan.Series == job.Series) return;
        throw new UsageException($"'{file}' is a plan of job '{plan.Job}' with series '{plan.Series}', not of '{job.Name}' with series '{job.Series}'. Nothing was started. Plan again: batchsync plan {job.Name} --out FILE");
    }
}
