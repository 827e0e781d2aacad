using System.Reflection;
using System.Text.RegularExpressions;
using BatchSync.Core.Amounts;
using BatchSync.Storage;
using NUnit.Framework;

namespace BatchSync.Tests.Tidy;

/// <summary>How types are declared and named.</summary>
[Parallelizable(ParallelScope.All)]
public sealed partial class ApplicationTests
{
    private static readonly Assembly Application = typeof(IStore).Assembly;
    private static readonly Assembly[] All = [typeof(Money).Assembly, Application, typeof(ApplicationTests).Assembly];

    /// <summary>The type that the compiler makes of Program.cs; the web framework's build makes it public.</summary>
    private const string Entry = "Program";

    /// <summary>Words that name no idea. A handler is a handler of HTTP messages or of nothing.</summary>
    private static readonly string[] EmptyWords = ["Manager", "Helper", "Helpers", "Util", "Utils", "Utility", "Service", "Processor", "Handler", "Base", "Impl", "Info", "Data"];

    [Test]
    public void Application_ShowsNothing() => Assert.That(Application.GetTypes().Where(t => t.IsVisible && t.Name != Entry).Select(t => t.FullName), Is.Empty);

    [Test]
    public void Classes_OfTheApplication_AreSealedOrAbstract() => Assert.That(Open(Application.GetTypes()).Where(t => !t.IsAbstract && t.Name != Entry), Is.Empty);

    [Test]
    public void Classes_OfCore_AreSealedOrClosedFamilies() => Assert.That(Open(typeof(Money).Assembly.GetTypes()), Is.Empty);

    [Test]
    public void Names_HoldNoEmptyWords() =>
        Assert.That(All.SelectMany(a => a.GetTypes()).Where(UsedTypes.IsWritten).Where(t => HasEmptyWord(t.Name) && !typeof(HttpMessageHandler).IsAssignableFrom(t)).Select(t => t.FullName), Is.Empty);

    [TestCase("RunManager", true)]
    [TestCase("IDataReader", true)]
    [TestCase("BaseRate", true)]
    [TestCase("Database", false)]
    [TestCase("InfoPage`1", true)]
    [TestCase("Baseline", false)]
    [TestCase("RateTable", false)]
    public void HasEmptyWord_OfAName_LooksAtWholeWords(string name, bool expected) => Assert.That(HasEmptyWord(name), Is.EqualTo(expected));

    [Test]
    public void Open_OfAnOpenAndASealedClass_FindsTheOpenOne() => Assert.That(Open([typeof(StringWriter), typeof(ApplicationTests)]), Is.EqualTo(new[] { typeof(StringWriter) }));

    // A class that may be inherited: neither sealed nor the abstract head of a family that its private constructor closes.
    private static IEnumerable<Type> Open(IEnumerable<Type> types) => types.Where(t => t.IsClass && !t.IsSealed && UsedTypes.IsWritten(t) && !IsClosedFamily(t));

    private static bool IsClosedFamily(Type type) =>
        type.IsAbstract && type.GetConstructors(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance).All(c => c.IsPrivate || IsCopy(c, type));

    private static bool IsCopy(ConstructorInfo constructor, Type type) => constructor.GetParameters() is [{ ParameterType: var only }] && only == type;

    private static bool HasEmptyWord(string name) => Word().Matches(name).Any(word => EmptyWords.Contains(word.Value));

    [GeneratedRegex("[A-Z][a-z0-9]*")]
    private static partial Regex Word();
}
