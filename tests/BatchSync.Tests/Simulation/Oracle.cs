using BatchSync.Core.Sources;

namespace BatchSync.Tests.Simulation;

/// <summary>An amount of a customer in a currency, before any rounding.</summary>
internal readonly record struct Owed(decimal Net, decimal Tax)
{
    public static Owed operator +(Owed a, Owed b) => new(a.Net + b.Net, a.Tax + b.Tax);
}

/// <param name="Bucket">Where the record belongs.</param>
/// <param name="Account">The customer with its currency; empty where the record is not billed.</param>
internal sealed record Judgement(string Bucket, string Account, Owed Owed);

/// <summary>
/// What the books should say, by a computation of its own: record by record, from the agreed terms and the calendar alone. It knows nothing of
/// documents, lines, runs or what was posted before.
/// </summary>
internal sealed class Oracle(Terms terms, DateTimeOffset asOf)
{
    public Judgement Of(SourceRecord record)
    {
        if (record.Deleted) return Not("deleted");
        if (record.Stream == StreamKind.TimeEntries && record.Seconds is null or > 24 * 3600) return Not("rejected: invalid");
        if (record.Date < Terms.BillFrom) return Not("excluded: before start");
        if (!record.Billable) return Not("non-billable");
        if (CustomerOf(record) is not { } customer) return Not("rejected: no client");
        if (record.Approved != true) return Not("held: not approved");
        if (!IsClosed(record.Date!.Value)) return Not("held: period open");
        var net = record.Stream == StreamKind.Expenses ? record.Amount!.Value : Seconds(record.Seconds!.Value) * terms.HourlyOf(customer.Currency, record.Task.Name) / 3600m;
        return new Judgement("billed", $"{customer.Customer} {customer.Currency}", new Owed(net, customer.PaysVat ? net * terms.Vat : 0m));
    }

    private static Judgement Not(string bucket) => new(bucket, "", default);

    // A client that the mapping does not know is the client of the project.
    private (string Customer, string Currency, bool PaysVat)? CustomerOf(SourceRecord record) => terms.CustomerOf(record.Client.Id) ?? (record.Project.Id == "300" ? terms.CustomerOf("1001") : null);

    // A month closes three days after its end.
    private bool IsClosed(DateOnly date) => asOf >= new DateTimeOffset(date.Year, date.Month, 1, 0, 0, 0, TimeSpan.Zero).AddMonths(1).AddDays(3);

    private long Seconds(long seconds)
    {
        if (!terms.QuarterHours) return seconds;
        var quarters = (Math.Abs(seconds) + 899) / 900;
        return Math.Sign(seconds) * quarters * 900;
    }
}
