using System.Globalization;
using System.Numerics;
using BatchSync.Sandbox;
using NUnit.Framework;

namespace BatchSync.Tests.Sandbox;

[Parallelizable(ParallelScope.All)]
public sealed class LedgerTests
{
    [Test]
    public async Task Ledger_OfAFewDocuments_ReadsAsExpected()
    {
        await using var sandbox = await RunningSandbox.StartAsync();
        await sandbox.PostInvoicesAsync(Some.Invoice("A", status: "final"), Some.Invoice("B", net: "10.00", tax: "0.80", type: "credit_note", status: "final"), Some.Invoice("C"));
        const string Expected =
            """{"final":{"totals":[{"customer":"58","currency":"USD","documents":2,"net":90.00,"tax":7.20,"total":97.20}],"""
            + """ "accounts":[{"account":"income:4000","currency":"USD","balance":-90.00},{"account":"receivable:58","currency":"USD","balance":97.20},{"account":"tax:TAX:state","currency":"USD","balance":-7.20}]},"""
            + """ "draft":{"totals":[{"customer":"58","currency":"USD","documents":1,"net":100.00,"tax":8.00,"total":108.00}],"""
            + """ "accounts":[{"account":"income:4000","currency":"USD","balance":-100.00},{"account":"receivable:58","currency":"USD","balance":108.00},{"account":"tax:TAX:state","currency":"USD","balance":-8.00}]},"""
            + """ "references":[{"reference":"A","count":1},{"reference":"B","count":1},{"reference":"C","count":1}]}""";
        var ledger = await sandbox.GetAsync("/books/v1/ledger");
        var admin = await sandbox.GetAsync("/_sandbox/books");
        Assert.That(ledger.Text, Is.EqualTo(Expected.Replace(" \"", "\"", StringComparison.Ordinal)));
        Assert.That(admin.Text, Is.EqualTo(ledger.Text));
    }

    // The sum is kept apart in whole minor units, from what was sent and not from what the books say.
    [Test]
    public async Task Ledger_OfManyDocuments_EqualsAnIndependentSum()
    {
        await using var sandbox = await RunningSandbox.StartAsync();
        var random = new Random(20261031);
        var expected = new SortedDictionary<string, (int Documents, BigInteger Net, BigInteger Tax)>(StringComparer.Ordinal);
        for (var call = 0; call < 6; call++)
        {
            var items = new List<string>();
            for (var i = 0; i < 50; i++)
            {
                var (currency, decimals) = random.Next(3) switch { 0 => ("JPY", 0), 1 => ("USD", 2), _ => ("KWD", 3) };
                var (net, tax) = (random.Next(1, 2_000_000_000), random.Next(0, 200_000_000));
                var (customer, isCredit, isFinal) = ($"{random.Next(5)}", random.Next(4) == 0, random.Next(2) == 0);
                items.Add(Some.Invoice($"R{call}-{i}", Text(net, decimals), Text(tax, decimals), customer, currency, isCredit ? "credit_note" : "invoice", isFinal ? "final" : "draft"));
                var key = $"{(isFinal ? "final" : "draft")} {customer} {currency}";
                var (documents, sumNet, sumTax) = expected.GetValueOrDefault(key);
                expected[key] = (documents + 1, sumNet + (isCredit ? -net : net), sumTax + (isCredit ? -tax : tax));
            }

            await sandbox.PostInvoicesAsync([.. items]);
        }

        var ledger = sandbox.Server.Books.Ledger();
        var actual = Rows("draft", ledger.Draft).Concat(Rows("final", ledger.Final));
        Assert.That(actual, Is.EqualTo(expected.Select(e => $"{e.Key}: {e.Value.Documents} {e.Value.Net} {e.Value.Tax} {e.Value.Net + e.Value.Tax}")));
        Assert.That(ledger.References, Has.Count.EqualTo(300));
    }

    private static IEnumerable<string> Rows(string status, LedgerSection section) =>
        section.Totals.Select(t => $"{status} {t.Customer} {t.Currency}: {t.Documents} {t.Net.MinorUnits} {t.Tax.MinorUnits} {t.Total.MinorUnits}");

    private static string Text(int units, int decimals) => (units / (decimal)BigInteger.Pow(10, decimals)).ToString("F" + decimals, CultureInfo.InvariantCulture);
}
