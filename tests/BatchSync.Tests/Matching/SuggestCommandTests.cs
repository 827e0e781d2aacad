using System.Text.Json;
using BatchSync.Tests.Cli;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Matching;

/// <summary>A firm whose mapping lags behind its exports: the suggestions as approved, pasted, checked, and the next run bills everything.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class SuggestCommandTests
{
    [Test]
    public async Task Suggestions_OfAJobWithNamingStreams_ReadAsApproved()
    {
        using var folder = await FirmAsync();
        var run = await CommandRun.OfAsync("mapping", "suggest", "times", "--config", folder.Path);

        Assert.That((run.Exit, run.Error), Is.EqualTo((0, "")));
        Repository.Compare("tests/BatchSync.Tests/Matching/Approved/suggest.txt", run.Transcript("mapping suggest times --config FOLDER", folder.Path));
    }

    [Test]
    public async Task Suggestions_Pasted_PassTheCheckAndLeaveNothingRejected()
    {
        using var folder = await FirmAsync();
        await PasteAsync(folder.Path);

        var check = await CommandRun.OfAsync("check", "--config", folder.Path);
        var run = await CommandRun.OfAsync("run", "times", "--config", folder.Path);
        var again = await CommandRun.OfAsync("mapping", "suggest", "times", "--config", folder.Path);

        Assert.That(check.Exit, Is.Zero, check.Output);
        Assert.That(run.Exit, Is.Zero, run.Output);
        Assert.That(again.Output, Does.StartWith("The mapping 'rules' knows all that the stored records carry.\n"));
    }

    [Test]
    public async Task Stream_OfAListThatTheMappingLeavesOut_GetsCodesByWhichRulesStillMatch()
    {
        using var folder = await FirmAsync();
        await PasteAsync(folder.Path, "--stream", "people");

        var check = await CommandRun.OfAsync("check", "--config", folder.Path);

        Assert.That(check.Exit, Is.Zero, check.Output);
        Assert.That(await File.ReadAllTextAsync(Path.Combine(folder.Path, "mapping-config/rules.yaml")), Does.Contain("people:\n  - { code: \"7\", source: [\"7\"], name: Dana Diaz }\n"));
    }

    [TestCase("--min-score 101", "--min-score is from 0 to 100.")]
    [TestCase("--stream time_entries", "time_entries")]
    public async Task Option_OutsideItsValues_IsRefused(string options, string message)
    {
        var run = await CommandRun.OfAsync(["mapping", "suggest", "times", .. options.Split(' ')]);
        Assert.That((run.Exit, run.Error), Is.EqualTo((2, run.Error)));
        Assert.That(run.Error, Does.Contain(message));
    }

    [Test]
    public async Task Suggestions_WithoutAStore_SayWhatMakesOne()
    {
        using var folder = new TemporaryFolder();
        Write(folder.Path);
        var run = await CommandRun.OfAsync("mapping", "suggest", "times", "--config", folder.Path);
        Assert.That((run.Exit, run.Error), Is.EqualTo((2, run.Error)));
        Assert.That(run.Error, Does.Contain("the first plan or run makes it"));
    }

    private static async Task PasteAsync(string folder, params string[] options)
    {
        var run = await CommandRun.OfAsync(["mapping", "suggest", "times", "--json", "--config", folder, .. options]);
        using var json = JsonDocument.Parse(run.Output);
        var file = Path.Combine(folder, json.RootElement.GetProperty("file").GetString()!);
        var lines = (await File.ReadAllLinesAsync(file)).ToList();

        // From the end, so that the lines above keep their numbers.
        foreach (var change in json.RootElement.GetProperty("changes").EnumerateArray().Reverse())
        {
            var line = change.GetProperty("line").GetInt32() - 1;
            lines.RemoveRange(line, change.GetProperty("remove").GetInt32());
            lines.InsertRange(line, change.GetProperty("add").EnumerateArray().Select(l => l.GetString()!));
        }

        await File.WriteAllTextAsync(file, string.Join('\n', lines) + "\n");
    }

    private static async Task<TemporaryFolder> FirmAsync()
    {
        var folder = new TemporaryFolder();
        Write(folder.Path);
        var run = await CommandRun.OfAsync("run", "times", "--config", folder.Path);
        Assert.That(run.Exit, Is.EqualTo(3), run.Output + run.Error);
        return folder;
    }

    private static void Write(string folder)
    {
        void File_(string path, string text)
        {
            var file = Path.Combine(folder, path);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, text);
        }

        File_("jobs/times.yaml", """
            job: times
            schema: 2
            series: T
            billFrom: 2026-10-01
            source: { connector: exports, settings: { folder: exports }, streams: [time_entries, clients, projects, people], approval: none }
            mapping: rules
            destinations: { all: { connector: journal, settings: { file: books.journal } } }
            posting: { as: final }
            """);
        File_("mapping-config/rules.yaml", """
            mapping: rules
            schema: 2
            version: 1.0.0
            entities: { us: { baseCurrency: USD, timeZone: America/New_York } }
            defaults: { entity: us, currency: USD, tax: NONE, account: "4000" }
            clients:                                  # who pays
              - { code: ACME, source: ["1"], name: Acme Corp, destination: acme }      # the oldest
              - code: NORDWIND
                source:
                  - "2"
                name: Nordwind GmbH
                destination: nordwind
            projects:
              - { code: WEB, source: ["10"], client: ACME, name: Website }
            tasks:
              - { code: DEV, name: Development }
            rates:
              - { when: { person: "7" }, hourly: 120.00 }
              - { hourly: 100.00 }
            taxes: { NONE: { destination: NON, exempt: services } }
            """);
        File_("mapping-config/connectors/exports.yaml", """
            connector: exports
            schema: 2
            kind: source
            type: csv
            folder: setting:folder
            delimiter: ","
            encoding: utf-8
            streams:
              time_entries: { path: time.csv, fields: { id: id, date: date, seconds: { path: hours, as: hours }, client: client, clientName: client_name, project: project, taskName: task, person: person } }
              clients: { path: clients.csv, fields: { id: id, name: name, code: code, active: active } }
              projects: { path: projects.csv, fields: { id: id, name: name, client: client } }
              people: { path: people.csv, fields: { id: id, name: name, code: mail } }
            """);
        File_("exports/time.csv", """
            id,date,hours,client,client_name,project,task,person
            t1,2026-10-01,1.00,1,Acme Corp,10,Development,7
            t2,2026-10-02,2.50,3,"ACME, Inc.",,Development,7
            t3,2026-10-02,1.25,3,"ACME, Inc.",,Testing,8
            t4,2026-10-03,8.00,4,Globex Ltd,12,Development,8
            t5,2026-10-04,1.00,5,GLOBEX,,Design,8
            t6,2026-10-05,4.00,6,Nordwnid,11,Devlopment,7
            t7,2026-10-06,0.50,,,13,Development,7
            """);
        File_("exports/clients.csv", """
            id,name,code,active
            1,Acme Corp,,yes
            2,Nordwind GmbH,,yes
            3,"ACME, Inc.",,yes
            4,Globex Ltd,GLX,yes
            8,"Initech ""East"" #1",,yes
            9,Umbrella,,no
            """);
        File_("exports/projects.csv", """
            id,name,client
            10,Website,1
            11,ERP: rollout,2
            12,Launch,4
            13,web site,1
            """);
        File_("exports/people.csv", """
            id,name,mail
            7,Dana Diaz,dana@example.com
            8,Eli Evans,eli@example.com
            """);
    }
}
