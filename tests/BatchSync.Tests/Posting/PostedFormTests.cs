using BatchSync.Core.Amounts;
using BatchSync.Core.Billing;
using BatchSync.Core.Posting;
using BatchSync.Core.Reconciliation;
using BatchSync.Tests.Destinations;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Posting;

[TestFixture]
[Parallelizable(ParallelScope.All)]
public sealed class PostedFormTests
{
    // Of net 100.00, tax 22.00, total 122.00, withholding 20.00, retainer 30.00: net, total, withholding, retainer and amount due there, and the lines that were added.
    [TestCase("none", "none", "100.00 122.00 0.00 0.00 122.00", "")]
    [TestCase("field", "none", "100.00 122.00 20.00 0.00 102.00", "")]
    [TestCase("field", "field", "100.00 122.00 20.00 30.00 72.00", "")]
    [TestCase("line", "none", "80.00 102.00 0.00 0.00 102.00", "2 withholding 1450 -20.00")]
    [TestCase("none", "line", "70.00 92.00 0.00 0.00 92.00", "2 retainer 1450 -30.00")]
    [TestCase("line", "line", "50.00 72.00 0.00 0.00 72.00", "2 withholding 1450 -20.00; 3 retainer 1450 -30.00")]
    [TestCase("line", "field", "80.00 102.00 0.00 30.00 72.00", "2 withholding 1450 -20.00")]
    public void Of_EachForm_GivesWhatTheDestinationHolds(string withholding, string retainer, string amounts, string added)
    {
        foreach (var type in new[] { DocumentType.Invoice, DocumentType.CreditNote })
        {
            var posted = PostedForm.Of(Document(type), new DeductionRules(Form(withholding), Form(retainer)));
            var shown = new[] { posted.Net, posted.Total, posted.Withholding, posted.Retainer, posted.AmountDue }.Select(m => m.ToAmountString());
            Assert.That(string.Join(' ', shown), Is.EqualTo(amounts));
            Assert.That(string.Join("; ", posted.Lines.Skip(1).Select(l => $"{l.Number} {l.Type} {l.Account} {l.Net.ToAmountString()}")), Is.EqualTo(added));
            AssertAddsUp(posted);
        }
    }

    [Test]
    public void Of_NegativeWithholding_IsAPositiveLine()
    {
        var document = Document(DocumentType.Invoice) with { Withholding = Eur(-20_00), Retainer = Eur(0) };
        var line = PostedForm.Of(document, new DeductionRules(Form("line"), Form("line"))).Lines.Skip(1).Single();
        Assert.That((line.Quantity.Value, line.UnitPrice.Amount, line.Net), Is.EqualTo((1m, 20m, Eur(20_00))));
    }

    [Test]
    public void Of_LineOfAForeignDocument_IsValuedAndTheDifferenceNamed()
    {
        var usd = Currency.Of("USD");
        var rate = Some.FxRate(Currency.Of("EUR"), usd, 1.13m);
        var document = Document(DocumentType.Invoice) with { Withholding = Eur(20_05), Valuation = new Valuation(rate, Money.OfMinorUnits(137_86, usd), Money.Zero(usd)) };
        var line = document.Lines[0] with { BaseNet = Money.OfMinorUnits(113_00, usd), BaseTaxes = [Money.OfMinorUnits(24_86, usd)] };
        var posted = PostedForm.Of(document with { Lines = [line] }, new DeductionRules(Form("line"), Form("none")));

        // 101.95 x 1.13 = 115.2035; lines: 113.00 + 24.86 - 22.66 (20.05 x 1.13 = 22.6565).
        Assert.That((posted.Valuation!.Total.ToString(), posted.Valuation.RoundingDifference.ToString()), Is.EqualTo(("115.20 USD", "0.00 USD")));
        Assert.That(posted.Lines[1].BaseNet.ToString(), Is.EqualTo("-22.66 USD"));
    }

    // What is sent and what the read-back must show are made by two functions; they may never differ.
    [Test]
    public void PostedBy_AnyAmountsAndForms_ExpectsWhatIsSent()
    {
        var random = new Random(20261031);
        DeductionPosting[] forms = [Form("none"), Form("field"), Form("line")];
        for (var i = 0; i < 2_000; i++)
        {
            var document = Document(random.Next(2) == 0 ? DocumentType.Invoice : DocumentType.CreditNote) with { Withholding = Eur(random.Next(-50, 5_000)), Retainer = Eur(random.Next(0, 5_000)) };
            var rules = new DeductionRules(forms[random.Next(3)], forms[random.Next(3)]);
            var posted = PostedForm.Of(document, rules);
            AssertAddsUp(posted);
            Assert.That(ExpectedDocument.Of(document).PostedBy(rules), Is.EqualTo(ExpectedDocument.Of(posted)));
            Assert.That(ExpectedDocument.Of(posted).PostedBy(rules), Is.EqualTo(ExpectedDocument.Of(posted)), "the form of a form is itself");
        }
    }

    private static void AssertAddsUp(Document posted)
    {
        Assert.That(Money.Sum(posted.Lines.Select(l => l.Net), posted.Currency), Is.EqualTo(posted.Net));
        Assert.That(posted.Net + posted.Tax, Is.EqualTo(posted.Total));
        foreach (var line in posted.Lines) Assert.That(Money.Round((Rational)line.Quantity.Value * line.UnitPrice.Amount, posted.Currency, RoundingMode.HalfUp), Is.EqualTo(line.Amount));
    }

    private static DeductionPosting Form(string name) => name switch { "line" => DeductionPosting.Line("1450"), "field" => DeductionPosting.Field, _ => DeductionPosting.NotPosted };

    private static Document Document(DocumentType type) =>
        SomeDocument.Of(currency: "EUR", nets: [100_00], taxes: [22_00], type: type) with { Withholding = Eur(20_00), Retainer = Eur(30_00) };

    private static Money Eur(long cents) => Money.OfMinorUnits(cents, Currency.Of("EUR"));
}
