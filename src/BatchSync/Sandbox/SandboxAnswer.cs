using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace BatchSync.Sandbox;

/// <summary>One answer, whole, so that a fault can hold it back, cut it or give it again.</summary>
internal sealed record SandboxAnswer(int Status, ReadOnlyMemory<byte> Body, string ContentType)
{
    // Plain quotes and letters instead of \u escapes: the answers are read by people too, and never stand inside a page.
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public IReadOnlyList<(string Name, string Value)> Headers { get; init; } = [];

    public static SandboxAnswer Json(int status, Action<Utf8JsonWriter> write) => new(status, JsonBody(write), "application/json; charset=utf-8");

    /// <summary><c>{"error":{"code":"invalid_parameter","message":"per_page is 5000; ..."}}</c></summary>
    public static SandboxAnswer Error(int status, string code, string message) => Json(status, writer =>
    {
        writer.WriteStartObject();
        writer.WriteStartObject("error");
        writer.WriteString("code", code);
        writer.WriteString("message", message);
        writer.WriteEndObject();
        writer.WriteEndObject();
    });

    public static SandboxAnswer Html(int status, string title) =>
        new(status, Encoding.UTF8.GetBytes($"<!DOCTYPE html>\n<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>\n"), "text/html; charset=utf-8");

    public static SandboxAnswer Empty(int status) => new(status, ReadOnlyMemory<byte>.Empty, "application/json; charset=utf-8");

    public static ReadOnlyMemory<byte> JsonBody(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, Readable)) write(writer);
        return buffer.WrittenMemory;
    }
}
