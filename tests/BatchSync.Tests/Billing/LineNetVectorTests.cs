using BatchSync.Core.Amounts;
using BatchSync.Core.Billing;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Billing;

[TestFixture]
public sealed class LineNetVectorTests
{
    private static IEnumerable<TestCaseData> Cases => VectorFile.Cases("line-net");

    [TestCaseSource(nameof(Cases))]
    public void LineNet_OfVector_GivesItsAmounts(VectorCase vector)
    {
        if (vector.Given.Text("kind") == "time") OfTime(vector);
        else OfExpense(vector);
    }

    private static void OfTime(VectorCase vector)
    {
        var given = vector.Given;
        var own = (int)given.Whole("quantityDecimals");
        var decimals = given.TryGetProperty("destinationQuantityDecimals", out var stored) ? Math.Min(own, stored.GetInt32()) : own;
        var price = new UnitPrice(given.Decimal("unitPrice"), given.Currency());
        var line = LineNet.OfTime([.. given.Items("entries").Select(e => (e.Whole("billedSeconds"), new Fraction(e.Decimal("billable"))))], price, decimals, given.Mode());
        Assert.Multiple(() =>
        {
            Assert.That(line.Quantity.Value, Is.EqualTo(vector.Expected.Decimal("quantity")), vector.Why);
            Assert.That(line.Net.ToAmountString(), Is.EqualTo(vector.Expected.Text("net")), vector.Why);
            Assert.That(line.Variance.Round(10, RoundingMode.HalfUp), Is.EqualTo(vector.Expected.Decimal("variance")), vector.Why);
        });
    }

    private static void OfExpense(VectorCase vector)
    {
        Assert.That(vector.Given.Text("kind"), Is.EqualTo("expense"));
        var (line, price) = LineNet.OfExpense(vector.Given.Decimal("amount"), new Fraction(vector.Given.Decimal("markup")), vector.Given.Currency(), vector.Given.Mode());
        Assert.Multiple(() =>
        {
            Assert.That(line.Net.ToAmountString(), Is.EqualTo(vector.Expected.Text("net")), vector.Why);
            Assert.That(line.Quantity.Value * price.Amount, Is.EqualTo(line.Net.Amount), "what is printed multiplies out");
        });
    }
}
