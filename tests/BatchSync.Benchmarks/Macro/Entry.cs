using System.Globalization;
using System.Text;

namespace BatchSync.Benchmarks.Macro;

/// <summary>One time entry of the generated firm: the same for a number whenever and wherever it is asked for.</summary>
/// <param name="Hundredths">Of an hour.</param>
/// <param name="Edited">Whether it was changed after it was first read: an hour more, and a time of change beyond all others.</param>
internal readonly record struct Entry(int Number, int Client, int Task, int Person, int Hundredths, DateTime At, bool Edited)
{
    public const int Tasks = 8;
    public const int People = 200;

    /// <summary>So many entries of each client and month make a document.</summary>
    private const int PerDocument = 50;
    private const int Months = 12;

    /// <summary>All entries lie in these months, which are closed.</summary>
    private static readonly DateTime First = new(2025, 1, 1, 8, 0, 0, DateTimeKind.Utc);
    private static readonly DateTime Change = new(2026, 1, 2, 0, 0, 0, DateTimeKind.Utc);

    public static int ClientsOf(int entries) => Math.Max(4, (entries + (PerDocument * Months) - 1) / (PerDocument * Months));

    /// <summary>The rate of a client, in whole currency units an hour.</summary>
    public static int RateOf(int client) => 60 + (5 * (client % 19));

    public static Entry Of(int number, int entries, bool edited)
    {
        var hash = Mix((ulong)number);
        var day = (int)((long)number * 365 / entries);
        return new Entry(
            number, (int)(hash % (ulong)ClientsOf(entries)), (int)((hash >> 20) % Tasks), (int)((hash >> 28) % People), 1 + (int)((hash >> 36) % 899) + (edited ? 100 : 0),
            First.AddDays(day).AddSeconds(number % 36_000), edited);
    }

    /// <summary>As a time tracker shows it, with all that a real one shows beside what anybody wants.</summary>
    public void Render(StringBuilder to)
    {
        var stamp = (Edited ? Change : At).ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
        to.Append(CultureInfo.InvariantCulture, $"{{\"id\":{636_000_000L + Number},\"spent_date\":\"{At:yyyy-MM-dd}\",\"hours\":{Hundredths / 100}.{Hundredths % 100:00},\"rounded_hours\":{Hundredths / 100}.{Hundredths % 100:00}");
        to.Append(CultureInfo.InvariantCulture, $",\"notes\":\"{Words[Number & 7]}, {Words[(Number >> 3) & 7]} #{Number % 99_991}\",\"is_locked\":false,\"locked_reason\":null,\"approval_status\":\"approved\",\"is_closed\":false,\"is_billed\":false");
        to.Append(",\"timer_started_at\":null,\"started_time\":null,\"ended_time\":null,\"is_running\":false,\"billable\":true,\"budgeted\":true,\"billable_rate\":");
        to.Append(CultureInfo.InvariantCulture, $"{RateOf(Client)}.0,\"cost_rate\":50.0,\"created_at\":\"{stamp}\",\"updated_at\":\"{stamp}\",\"user\":{{\"id\":{1_782_000 + Person},\"name\":\"User {Person}\"}}");
        to.Append(CultureInfo.InvariantCulture, $",\"client\":{{\"id\":{5_735_000 + Client},\"name\":\"Client {Client} & Sons\",\"currency\":\"EUR\"}},\"project\":{{\"id\":{14_307_000 + Client},\"name\":\"Project {Client}\",\"code\":\"P-{Client}\"}}");
        to.Append(CultureInfo.InvariantCulture, $",\"task\":{{\"id\":{8_083_000 + Task},\"name\":\"Task {Task}\"}},\"user_assignment\":{{\"id\":{125_068_000 + (Number % 9_000)},\"is_project_manager\":false,\"is_active\":true,\"budget\":null,\"created_at\":\"{stamp}\",\"updated_at\":\"{stamp}\",\"hourly_rate\":{RateOf(Client)}.0}}");
        to.Append(CultureInfo.InvariantCulture, $",\"task_assignment\":{{\"id\":{155_502_000 + (Number % 9_000)},\"billable\":true,\"is_active\":true,\"created_at\":\"{stamp}\",\"updated_at\":\"{stamp}\",\"hourly_rate\":{RateOf(Client)}.0,\"budget\":null}},\"invoice\":null,\"external_reference\":null}}");
    }

    private static readonly string[] Words =
        ["fixed the importer", "reviewed a change", "call with the client", "wrote the specification", "deployed", "Größe geprüft", "planned \\\"phase two\\\"", "server maintenance"];

    private static ulong Mix(ulong value)
    {
        value = (value + 0x9E3779B97F4A7C15UL) * 0xBF58476D1CE4E5B9UL;
        value = (value ^ (value >> 29)) * 0x94D049BB133111EBUL;
        return value ^ (value >> 32);
    }
}
