using System.Net;
using System.Text;
using BatchSync.Sandbox;
using NUnit.Framework;

namespace BatchSync.Tests.Sandbox;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
[Parallelizable(ParallelScope.All)]
public sealed class StateFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sandbox-test-").FullName;

    private string StatePath => Path.Combine(_folder, "books.state");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Test]
    public async Task Books_AfterARestart_AreTheSame()
    {
        string before;
        await using (var first = await StartAsync())
        {
            await first.PostInvoicesAsync(Some.Invoice("A"), Some.Invoice("B", net: "33.33", tax: "2.67", currency: "EUR"), Some.Invoice("C", type: "credit_note"));
            await first.PostAsync("/books/v1/invoices/finalize", """{"ids":["doc-1"]}""");
            before = (await first.GetAsync("/books/v1/ledger")).Text;
        }

        await using var second = await StartAsync();
        var after = (await second.GetAsync("/books/v1/ledger")).Text;
        var next = await second.PostInvoicesAsync(Some.Invoice("D"));
        Assert.That(after, Is.EqualTo(before));
        Assert.That(before, Does.Contain("33.33").And.Contain("\"final\":{\"totals\":[{"));
        Assert.That(next.Json.GetProperty("results")[0].GetProperty("id").GetString(), Is.EqualTo("doc-4"));
    }

    [Test]
    public async Task Key_AfterARestart_StillReplaysOrConflicts()
    {
        var body = Some.Bulk(Some.Invoice("A"), "7");
        string before;
        await using (var first = await StartAsync()) before = (await first.PostAsync("/books/v1/invoices/bulk", body, key: "k1")).Text;
        await using var second = await StartAsync();
        var same = await second.PostAsync("/books/v1/invoices/bulk", body, key: "k1");
        var other = await second.PostAsync("/books/v1/invoices/bulk", Some.Bulk(Some.Invoice("B")), key: "k1");
        Assert.That(same.Text, Is.EqualTo(before));
        Assert.That(other.Status, Is.EqualTo(HttpStatusCode.Conflict));
        Assert.That(second.Server.Books.Documents(), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Change_ThatWasAnswered_IsInTheFile()
    {
        await using var sandbox = await StartAsync();
        await sandbox.PostInvoicesAsync(Some.Invoice("A"));
        var copy = StatePath + ".copy";
        File.Copy(StatePath, copy);
        using var books = new SandboxBooks(copy, uniqueReferences: false);
        Assert.That(books.Documents().Select(d => d.Invoice.Reference), Is.EqualTo(new[] { "A" }));
    }

    [Test]
    public async Task Line_CutByACrash_IsGoneAndTheFileGoesOn()
    {
        await using (var first = await StartAsync())
        {
            await first.PostInvoicesAsync(Some.Invoice("A"));
            await first.PostInvoicesAsync(Some.Invoice("B"));
        }

        var bytes = await File.ReadAllBytesAsync(StatePath);
        await File.WriteAllBytesAsync(StatePath, bytes[..^20]);
        await using (var second = await StartAsync())
        {
            Assert.That(second.Server.Books.Documents().Select(d => d.Invoice.Reference), Is.EqualTo(new[] { "A" }));

            // Shorter than what was cut: nothing of the old line may stand behind it.
            await second.PostAsync("/books/v1/invoices/finalize", """{"ids":["doc-1"]}""");
        }

        var content = await File.ReadAllTextAsync(StatePath);
        await using var third = await StartAsync();
        Assert.That(content, Does.EndWith("{\"op\":\"finalize\",\"ids\":[\"doc-1\"]}\n"));
        Assert.That(third.Server.Books.Documents().Select(d => (d.Invoice.Reference, d.IsFinal)), Is.EqualTo(new[] { ("A", true) }));
    }

    [TestCase("{}", 1, TestName = "Line_WithoutOperation_IsNamed")]
    [TestCase("{\"op\":\"finalize\",\"ids\":[]}\nrubbish", 2, TestName = "Line_OfRubbish_IsNamed")]
    [TestCase("{\"op\":\"void\"}", 1, TestName = "Line_OfAnUnknownOperation_IsNamed")]
    [TestCase("{\"op\":\"finalize\",\"ids\":[\"doc-1\"]}", 1, TestName = "Line_OnAMissingDocument_IsNamed")]
    [TestCase("{\"op\":\"create\",\"key\":null,\"body\":\"\",\"created\":[{\"id\":\"doc-1\",\"invoice\":{}}],\"results\":[]}", 1, TestName = "Line_WithABadInvoice_IsNamed")]
    public void Open_OfAForeignFile_NamesTheLine(string content, int line)
    {
        File.WriteAllText(StatePath, content + "\n", new UTF8Encoding(false));
        Assert.That(() => new SandboxBooks(StatePath, uniqueReferences: false), Throws.TypeOf<SandboxSetupException>().With.Message.StartsWith($"{StatePath}:{line}: "));
        Assert.That(File.ReadAllText(StatePath), Is.EqualTo(content + "\n"));
    }

    [Test]
    public async Task Open_OfAFileInUse_IsRefused()
    {
        await using var sandbox = await StartAsync();
        Assert.That(() => new SandboxBooks(StatePath, uniqueReferences: false), Throws.TypeOf<SandboxSetupException>().With.Message.Contains("another sandbox"));
    }

    [Test]
    public async Task RefusedCalls_LeaveTheFileAlone()
    {
        await using var sandbox = await StartAsync();
        await sandbox.PostAsync("/books/v1/invoices/bulk", "{}", key: "k1");
        await sandbox.PostInvoicesAsync("7");
        await sandbox.PostAsync("/books/v1/invoices/finalize", """{"ids":["doc-9"]}""");
        Assert.That(new FileInfo(StatePath).Length, Is.Zero);
    }

    private Task<RunningSandbox> StartAsync() =>
        RunningSandbox.StartAsync(new SandboxOptions(_folder, 0, StatePath, null, SandboxOptions.DefaultToken, TimeProvider.System));
}
