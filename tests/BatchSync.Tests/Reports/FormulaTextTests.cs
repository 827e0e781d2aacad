using BatchSync.Reports;
using NUnit.Framework;

namespace BatchSync.Tests.Reports;

internal sealed class FormulaTextTests
{
    [TestCase("=1+1")]
    [TestCase("+1")]
    [TestCase("-1")]
    [TestCase("@SUM(A1)")]
    [TestCase("\t=1")]
    [TestCase("\tplain")]
    [TestCase("\rplain")]
    [TestCase("\nplain")]
    [TestCase("   =1")]
    [TestCase("\u00A0=1")]
    [TestCase("\u3000=1")]
    [TestCase("\u200B=1")]
    [TestCase("\uFEFF=1")]
    [TestCase(" \u0000 =1")]
    [TestCase("\uFF1D1")]
    [TestCase("\uFF0B1")]
    [TestCase("\uFF0D1")]
    [TestCase("\uFF20x")]
    [TestCase("\uFE66x")]
    public void Neutralise_WhatASpreadsheetRuns_StartsWithAnApostrophe(string text) => Assert.That(FormulaText.Neutralise(text), Is.EqualTo("'" + text));

    [TestCase("")]
    [TestCase("   ")]
    [TestCase("ACME")]
    [TestCase("a=b")]
    [TestCase("5-3")]
    [TestCase("'=1")]
    [TestCase("(=1")]
    [TestCase("−5")]
    [TestCase("dana@example.com")]
    public void Neutralise_OtherText_Stays(string text) => Assert.That(FormulaText.Neutralise(text), Is.EqualTo(text));
}
