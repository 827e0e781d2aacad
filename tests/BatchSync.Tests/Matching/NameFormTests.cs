using BatchSync.Core.Matching;
using NUnit.Framework;

namespace BatchSync.Tests.Matching;

[Parallelizable(ParallelScope.All)]
public sealed class NameFormTests
{
    [TestCase("Acme Corp", "ACME", "CORP")]
    [TestCase("ACME, Inc.", "ACME", "INC")]
    [TestCase("Müller & Söhne G.m.b.H.", "MULLER SOHNE", "GMBH")]
    [TestCase("Müller und Söhne GmbH & Co. KG", "MULLER SOHNE", "GMBH CO KG")]
    [TestCase("Société Générale S.A.", "SOCIETE GENERALE", "SA")]
    [TestCase("Société S.à r.l.", "SOCIETE", "SARL")]
    [TestCase("Sakura K.K.", "SAKURA", "KK")]
    [TestCase("株式会社サクラ", "サクラ", "株式会社")]
    [TestCase("サクラ株式会社", "サクラ", "株式会社")]
    [TestCase("サガワ", "サガワ", "")]
    [TestCase("Limited", "LIMITED", "")]
    [TestCase("Co Co Ltd", "CO", "CO LTD")]
    [TestCase("O'Brien Pty Ltd", "OBRIEN", "PTY LTD")]
    [TestCase("Straße 7 AG", "STRASSE 7", "AG")]
    [TestCase("Łódź Sp. z o.o.", "LODZ", "SPZOO")]
    [TestCase("Agile SA Works", "AGILE SA WORKS", "")]
    [TestCase("---", "", "")]
    public void NameForm_OfAText_HasWordsAndLegalForms(string text, string words, string forms)
    {
        var form = NameForm.Of(text);
        Assert.That((form.Name, string.Join(' ', form.Forms)), Is.EqualTo((words, forms)));
    }

    [TestCase("Dana Diaz <Dana@Example.com>", "dana@example.com")]
    [TestCase("dana", "")]
    [TestCase("a@b", "")]
    public void MailIn_AText_IsItsAddress(string text, string mail) => Assert.That(NameForm.MailIn(text), Is.EqualTo(mail));
}
