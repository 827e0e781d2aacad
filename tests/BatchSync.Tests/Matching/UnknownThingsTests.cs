using BatchSync.Core.Mapping;
using BatchSync.Core.Matching;
using BatchSync.Core.Sources;
using BatchSync.Matching;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Matching;

[Parallelizable(ParallelScope.All)]
public sealed class UnknownThingsTests
{
    private static readonly Reference None = Reference.None;

    [Test]
    public void Clients_UnknownOnes_ComeWithWhatTheyHoldUpMostFirst()
    {
        var found = Unknown([Group(client: new("9", "Nine"), records: 2, seconds: 7200), Group(client: new("8", "Eight"), records: 5, seconds: 60), Group(client: new("9", "9 Inc"), records: 3, amount: 20.5m), Group(client: new("1001", "Acme"))]).Of(MappingList.Clients);

        Assert.That(found.Select(t => $"{t.Id} {string.Join('/', t.Names)} {t.Stake.Records} {t.Stake.Rejected} {t.Stake.Seconds} {string.Join(' ', t.Stake.Amounts)}"), Is.EqualTo(new[]
        {
            "9 9 Inc/Nine 5 5 7200 [EUR, 61.5]",
            "8 Eight 5 5 60 ",
        }));
    }

    [Test]
    public void Clients_GivenByTheProject_AreKnown() =>
        Assert.That(Unknown([Group(client: new("9", "Nine"), project: new("300", ""), lacksClient: false)]).Of(MappingList.Clients), Is.Empty);

    [Test]
    public void Projects_OfRecordsWithoutClient_AreWhatIsRejected() =>
        Assert.That(Unknown([Group(client: None, project: new("7", "Seven"), records: 4)]).Of(MappingList.Projects).Single().Stake.Rejected, Is.EqualTo(4));

    [Test]
    public void Tasks_OfAListThatGoesByNames_AreOneThingForOneName() =>
        Assert.That(Unknown([Group(task: new("51", "Testing")), Group(task: new("52", "Testing"))]).Of(MappingList.Tasks).Select(t => (t.Id, t.Name, t.Stake.Records)), Is.EqualTo(new[] { ("", "Testing", 2L) }));

    [Test]
    public void NamingStream_Row_GivesNameAndCodeAndIsListedUnlessItIsGone()
    {
        SourceRecord Row(string id, string name) => new() { Stream = StreamKind.Clients, Id = id, Name = name, Code = "C" + id };
        var found = Unknown(
            [Group(client: new("8", ""))],
            [Row("8", "Eight"), Row("9", "Nine"), Row("10", "Ten") with { Active = false }, Row("11", "Eleven") with { Deleted = true }, Row("1001", "Acme")]).Of(MappingList.Clients);

        Assert.That(found.Select(t => $"{t.Id} {t.Name} {t.SourceCode} {t.Stake.Records}"), Is.EqualTo(new[] { "8 Eight C8 1", "9 Nine C9 0" }));
    }

    [Test]
    public void Project_OfTheNamingStream_BringsItsClientWhereItIsKnown()
    {
        var row = new SourceRecord { Stream = StreamKind.Projects, Id = "7", Name = "Seven", Client = new("1002", "") };
        Assert.That(Unknown([], [row]).Of(MappingList.Projects).Single().Client, Is.EqualTo("NORDWIND"));
    }

    [Test]
    public void Suggestions_ForASecondIdOfAClient_KnowItByTheNameOfItsFirst()
    {
        var unknown = Unknown([Group(client: new("1001", "Blue Bird Consulting"), lacksClient: false), Group(client: new("9", "BLUE BIRD Consulting Inc."))]);
        var suggestion = new SuggestionFinder(Some.Mapping(), unknown, FuzzyLikeness.Of, 60).Of(MappingList.Clients).Single();

        Assert.That(suggestion.Candidates[0], Is.EqualTo(new Candidate("ACME", "ACME Ltd", new NameMatch(95, "the same without the legal form (INC)"))));
    }

    [Test]
    public void Duplicates_OfTheSourceAndOfTheMapping_AreProposed()
    {
        var mapping = Some.Mapping(clients: [.. Some.Clients, Some.Client("ACME2", "1009", "77") with { Name = "Acme Inc." }]);
        var unknown = new UnknownThings(mapping, [Group(client: new("8", "Globex Ltd")), Group(client: new("9", "GLOBEX")), Group(client: new("10", "Initech"))], []);
        var found = new SuggestionFinder(mapping, unknown, FuzzyLikeness.Of, 60).Duplicates(MappingList.Clients);

        Assert.That(found.Select(d => $"{d.InMapping} {d.First} {d.Second} {d.Match.Score}"), Is.EqualTo(new[] { "True ACME ACME2 95", "False 8 9 95" }));
    }

    [Test]
    public void Suggestions_OfTheSameInAnotherOrder_AreTheSame()
    {
        var groups = Enumerable.Range(1, 20).Select(i => Group(client: new(FormattableString.Invariant($"{2000 + i}"), $"Client {i % 7} Ltd"), records: i % 3)).ToList();
        string Of(IEnumerable<RecordGroup> order) => string.Join('\n', new SuggestionFinder(Some.Mapping(), Unknown([.. order]), FuzzyLikeness.Of, 0).Of(MappingList.Clients).Select(s => s.Thing.Id + string.Join(' ', s.Candidates)));

        Assert.That(Of(Enumerable.Reverse(groups)), Is.EqualTo(Of(groups)));
    }

    private static UnknownThings Unknown(IReadOnlyList<RecordGroup> groups, IReadOnlyList<SourceRecord>? named = null) => new(Some.Mapping(), groups, named ?? []);

    private static RecordGroup Group(Reference? client = null, Reference? project = null, Reference? task = null, decimal? amount = null, bool lacksClient = true, long records = 1, long seconds = 0) =>
        new(client ?? new("1001", ""), project ?? None, task ?? None, None, None, amount is null ? "" : "EUR", amount, lacksClient, records, seconds);
}
