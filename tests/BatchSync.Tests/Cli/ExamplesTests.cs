using System.CommandLine;
using System.CommandLine.Parsing;
using BatchSync.Cli;
using NUnit.Framework;

namespace BatchSync.Tests.Cli;

/// <summary>The examples at the end of every help.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class ExamplesTests
{
    private static readonly Terminal Nowhere = new(TextWriter.Null, TextWriter.Null, IsInteractive: false, ErrorIsSame: false, null);

    private static IEnumerable<TestCaseData> Commands() => Below(Parse([]).RootCommandResult.Command).Select(c => new TestCaseData(c).SetArgDisplayNames(c.Name));

    [TestCaseSource(nameof(Commands))]
    public void Examples_OfEachCommand_AreUnderstoodAndAreOfIt(object command)
    {
        var of = (Command)command;
        var examples = Examples.Of(of);
        Assert.That(examples, Is.Not.Empty);
        foreach (var example in examples)
        {
            var parsed = Parse([.. CommandLineParser.SplitCommandLine(example.Line)]);
            Assert.Multiple(() =>
            {
                Assert.That(parsed.Errors.Select(e => e.Message), Is.Empty, example.Line);
                Assert.That(Below(of).Select(c => c.Name), Does.Contain(parsed.CommandResult.Command.Name), example.Line);
            });
        }
    }

    private static ParseResult Parse(string[] arguments) => CommandLine.Parse(arguments, TimeProvider.System, Nowhere);

    private static IEnumerable<Command> Below(Command command) => command.Subcommands.SelectMany(Below).Prepend(command);
}
