using System.Text.Json;

namespace BatchSync.Benchmarks.Macro;

/// <summary>Books that keep of each document what a look-up shows, and count: what comes twice, and the money of all.</summary>
internal sealed class CountingBooks
{
    private sealed record Booked(string Id, string Customer, string Type, string Currency, string Net, string Tax, string Total);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Booked> _documents = new(StringComparer.Ordinal);

    public int Documents => _documents.Count;
    public int Duplicates { get; private set; }
    public decimal Total { get; private set; }

    public byte[] Create(JsonDocument body)
    {
        using var answer = new MemoryStream();
        using (var json = new Utf8JsonWriter(answer))
        {
            json.WriteStartObject();
            json.WriteStartArray("results"u8);
            lock (_gate)
            {
                foreach (var invoice in body.RootElement.GetProperty("invoices"u8).EnumerateArray())
                {
                    var reference = invoice.GetProperty("reference"u8).GetString()!;
                    var id = Book(reference, invoice);
                    json.WriteStartObject();
                    json.WriteString("reference"u8, reference);
                    json.WriteString("id"u8, id);
                    json.WriteString("status"u8, "created"u8);
                    json.WriteEndObject();
                }
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return answer.ToArray();
    }

    public byte[] Find(string references)
    {
        using var answer = new MemoryStream();
        using (var json = new Utf8JsonWriter(answer))
        {
            json.WriteStartObject();
            json.WriteStartArray("invoices"u8);
            lock (_gate)
            {
                foreach (var reference in references.Split(','))
                {
                    if (!_documents.TryGetValue(reference, out var booked)) continue;
                    json.WriteStartObject();
                    json.WriteString("reference"u8, reference);
                    json.WriteString("id"u8, booked.Id);
                    json.WriteString("customer"u8, booked.Customer);
                    json.WriteString("type"u8, booked.Type);
                    json.WriteString("currency"u8, booked.Currency);
                    json.WritePropertyName("net"u8);
                    json.WriteRawValue(booked.Net);
                    json.WritePropertyName("tax"u8);
                    json.WriteRawValue(booked.Tax);
                    json.WritePropertyName("total"u8);
                    json.WriteRawValue(booked.Total);
                    json.WriteString("status"u8, "final"u8);
                    json.WriteEndObject();
                }
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return answer.ToArray();
    }

    private string Book(string reference, JsonElement invoice)
    {
        if (_documents.TryGetValue(reference, out var known))
        {
            Duplicates++;
            return known.Id;
        }

        var booked = new Booked(
            FormattableString.Invariant($"I{_documents.Count + 1}"), invoice.GetProperty("customer"u8).GetString()!, invoice.GetProperty("type"u8).GetString()!, invoice.GetProperty("currency"u8).GetString()!,
            invoice.GetProperty("net"u8).GetRawText(), invoice.GetProperty("tax"u8).GetRawText(), invoice.GetProperty("total"u8).GetRawText());
        _documents.Add(reference, booked);
        Total += invoice.GetProperty("total"u8).GetDecimal();
        return booked.Id;
    }
}
