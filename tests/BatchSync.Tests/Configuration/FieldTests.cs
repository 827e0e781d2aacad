using BatchSync.Configuration;
using BatchSync.Configuration.Fields;
using BatchSync.Configuration.Yaml;
using BatchSync.Core.Diagnostics;
using NUnit.Framework;

namespace BatchSync.Tests.Configuration;

/// <summary>Every declared field keeps its word: what it documents as default and example, it takes.</summary>
public sealed class FieldTests
{
    private static IEnumerable<SectionSpec> Sections
    {
        get
        {
            var pending = new Stack<SectionSpec>([JobFields.Spec, MappingFields.Spec, .. ConnectorVariant.All.Select(v => v.Spec)]);
            var seen = new HashSet<SectionSpec>(ReferenceEqualityComparer.Instance);
            while (pending.TryPop(out var section))
            {
                if (!seen.Add(section)) continue;
                yield return section;
                foreach (var inside in section.Fields.SelectMany(f => f.Kind.Sections)) pending.Push(inside);
            }
        }
    }

    private static readonly Dictionary<string, SectionSpec> ByName = Sections.DistinctBy(s => s.Name).ToDictionary(s => s.Name);

    private static IEnumerable<string> Names => ByName.Keys;

    [TestCaseSource(nameof(Names))]
    public void Fields_OfASection_HoldWhatTheySay(string section)
    {
        foreach (var field in ByName[section].Fields)
        {
            Assert.That(field.Description, Does.EndWith(".").And.Length.GreaterThan(8), field.Name);
            if (field.Default.Length > 0) Assert.That(ErrorsOf(field, field.Default), Is.Empty, field.Name);
            if (field.IsRequired) Assert.That(field.Example, Is.Not.Empty, $"The message about the missing field '{field.Name}' shows an example.");
        }
    }

    [TestCaseSource(nameof(Names))]
    public void Examples_OfASection_AreTakenAsFarAsTheyGo(string section)
    {
        foreach (var field in ByName[section].Fields.Where(f => f.Example.Length > 0 && !f.Example.Contains("...")))
        {
            // Examples of whole sections may leave out what does not help to see their shape.
            Assert.That(ErrorsOf(field, field.Example).Where(e => e.Code != ErrorCodes.MissingField), Is.Empty, field.Name);
        }
    }

    [Test]
    public void Sections_OfOneName_HaveTheSameFields()
    {
        foreach (var same in Sections.GroupBy(s => s.Name))
        {
            Assert.That(same.Select(s => string.Join(", ", s.Fields.Select(f => f.Name + f.Kind.Title))).Distinct().Count(), Is.EqualTo(1), same.Key);
        }
    }

    private static List<ConfigurationError> ErrorsOf(FieldSpec field, string yaml)
    {
        var errors = new List<ConfigurationError>();
        var reading = new Reading(new SourceText("field", yaml), errors);
        if (YamlReader.Read(reading.Text, errors) is { } node) field.Read(node, reading);
        return errors;
    }
}
