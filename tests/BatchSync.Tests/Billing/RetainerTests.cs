using BatchSync.Core.Billing;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Billing;

[TestFixture]
public sealed class RetainerTests
{
    [TestCase("100.00", "60.00", "10.00", "50.00", Description = "at most the total less the withholding")]
    [TestCase("30.00", "60.00", "10.00", "30.00")]
    [TestCase("0.00", "60.00", "0.00", "0.00")]
    [TestCase("-5.00", "60.00", "0.00", "0.00")]
    [TestCase("30.00", "-60.00", "-10.00", "0.00", Description = "a credit draws nothing")]
    [TestCase("30.00", "5.00", "6.00", "0.00")]
    public void Draw_OfABalance_IsWhatIsThereAndDue(string balance, string total, string withholding, string drawn) =>
        Assert.That(Retainer.Draw(Some.Money(balance), Some.Money(total), Some.Money(withholding)), Is.EqualTo(Some.Money(drawn)));
}
