using BatchSync.Sandbox;
using NUnit.Framework;

namespace BatchSync.Tests.Sandbox;

[Parallelizable(ParallelScope.All)]
public sealed class FaultScriptTests
{
    [Test]
    public void Script_WithEveryAction_IsRead()
    {
        var faults = FaultScript.Parse("""
            faults:
              - { on: "POST /books/v1/invoices/bulk", nth: 2, times: 3, do: status, status: 429, retryAfter: 1 }
              - { on: GET /time/v1/, do: slow, delay: 1500ms }
              - { on: GET /time/v1/, do: timeout-after-commit }
              - { on: GET /time/v1/, do: drop-after-commit }
              - { on: GET /time/v1/, do: repeat-page }
              - { on: GET /time/v1/, do: truncate }
              - { on: GET /time/v1/, do: html }
              - { on: POST /books/v1/invoices/, do: reject-items, positions: [1, 3] }
            """, "faults.yaml");
        Assert.That(faults.Take(7), Is.EqualTo(new Fault[]
        {
            new("POST", "/books/v1/invoices/bulk", 2, 3, new FaultAction.Status(429, 1)),
            new("GET", "/time/v1/", 1, 1, new FaultAction.Slow(TimeSpan.FromMilliseconds(1500))),
            new("GET", "/time/v1/", 1, 1, new FaultAction.TimeoutAfterCommit()),
            new("GET", "/time/v1/", 1, 1, new FaultAction.DropAfterCommit()),
            new("GET", "/time/v1/", 1, 1, new FaultAction.RepeatPage()),
            new("GET", "/time/v1/", 1, 1, new FaultAction.Truncate()),
            new("GET", "/time/v1/", 1, 1, new FaultAction.Html()),
        }));
        Assert.That(faults[7].Action, Is.TypeOf<FaultAction.RejectItems>().With.Property("Positions").EquivalentTo(new[] { 1, 3 }));
    }

    [TestCase("faults: []", TestName = "Script_WithoutFaults_IsEmpty")]
    [TestCase("{\"faults\":[]}", TestName = "Script_AsJson_IsRead")]
    [TestCase("\t{\n\t\"faults\":\t[\n\t\t]\n}\n", TestName = "Script_AsJsonWithTabs_IsRead")]
    public void Script_OfNoFaults_IsEmpty(string text) => Assert.That(FaultScript.Parse(text, "s"), Is.Empty);

    [TestCase("", "s:1:1: a fault script is one document, this has 0. Write 'faults: []' for none.")]
    [TestCase("- 1", "s:1:1: a fault script is a map with the one field 'faults'.")]
    [TestCase("fault: []", "s:1:1: unknown field 'fault' of the script; allowed are faults.|s:1:1: 'faults' is no list. Write 'faults: []' for none.")]
    [TestCase("faults: [1]", "s:1:10: a fault is a map such as { on: \"GET /time/v1/\", do: status, status: 503 }.")]
    [TestCase("faults: [{ on: GET /a, do: explode }]", "s:1:28: 'do' is 'explode'; allowed are status, slow, timeout-after-commit, drop-after-commit, repeat-page, truncate, html, reject-items.")]
    [TestCase("faults: [{ on: PUT /a, do: html }]", "s:1:16: 'on' is 'PUT /a'; allowed is GET or POST and the beginning of a path outside /_sandbox/, such as \"POST /books/v1/invoices/bulk\".")]
    [TestCase("faults: [{ on: GET /_sandbox/books, do: html }]", "s:1:16: 'on' is 'GET /_sandbox/books'; allowed is GET or POST and the beginning of a path outside /_sandbox/, such as \"POST /books/v1/invoices/bulk\".")]
    [TestCase("faults: [{ do: html }]", "s:1:10: 'on' is ''; allowed is GET or POST and the beginning of a path outside /_sandbox/, such as \"POST /books/v1/invoices/bulk\".")]
    [TestCase("faults: [{ on: GET /a, do: status }]", "s:1:10: 'status' is missing; allowed are 400 to 599.")]
    [TestCase("faults: [{ on: GET /a, do: status, status: 200 }]", "s:1:44: 'status' is '200'; allowed are 400 to 599.")]
    [TestCase("faults: [{ on: GET /a, do: status, status: 429, retryAfter: soon }]", "s:1:61: 'retryAfter' is 'soon'; allowed are 0 to 3600.")]
    [TestCase("faults: [{ on: GET /a, do: html, nth: 0 }]", "s:1:39: 'nth' is '0'; allowed are whole numbers from 1.")]
    [TestCase("faults: [{ on: GET /a, do: html, times: -1 }]", "s:1:41: 'times' is '-1'; allowed are whole numbers from 1.")]
    [TestCase("faults: [{ on: GET /a, do: html, delay: 1s }]", "s:1:34: unknown field 'delay' of 'html'; allowed are on, nth, times, do.")]
    [TestCase("faults: [{ on: GET /a, do: slow, delay: 2 }]", "s:1:41: 'delay' is '2'; allowed is up to 1 minute, such as 500ms, 2s or 1m.")]
    [TestCase("faults: [{ on: GET /a, do: slow, delay: 61s }]", "s:1:41: 'delay' is '61s'; allowed is up to 1 minute, such as 500ms, 2s or 1m.")]
    [TestCase("faults: [{ on: GET /a, do: slow }]", "s:1:10: 'delay' is ''; allowed is up to 1 minute, such as 500ms, 2s or 1m.")]
    [TestCase("faults: [{ on: POST /books/, do: repeat-page }]", "s:1:16: 'repeat-page' befalls pages only: 'on' must begin with GET.")]
    [TestCase("faults: [{ on: GET /time/, do: reject-items, positions: [1] }]", "s:1:16: 'reject-items' befalls calls with items only: POST /books/v1/invoices/bulk or POST /books/v1/invoices/finalize.")]
    [TestCase("faults: [{ on: POST /books/v1/invoices/bulk, do: reject-items }]", "s:1:10: 'positions' is no list; allowed are numbers from 1 to 100, such as [1, 3].")]
    [TestCase("faults: [{ on: POST /books/v1/invoices/bulk, do: reject-items, positions: [0] }]", "s:1:76: 'positions' is '0'; allowed are 1 to 100.")]
    [TestCase("faults: [{ on: GET /a, do: boom }, { on: x, do: html }]", "s:1:28: 'do' is 'boom'; allowed are status, slow, timeout-after-commit, drop-after-commit, repeat-page, truncate, html, reject-items.|s:1:42: 'on' is 'x'; allowed is GET or POST and the beginning of a path outside /_sandbox/, such as \"POST /books/v1/invoices/bulk\".")]
    public void Script_WithMistakes_ListsThemAll(string text, string expected) =>
        Assert.That(() => FaultScript.Parse(text, "s"), Throws.TypeOf<SandboxSetupException>().With.Property("Problems").EqualTo(expected.Split('|')));

    [Test]
    public void Script_ThatIsNoYaml_NamesThePlace() =>
        Assert.That(() => FaultScript.Parse("faults:\n  - { on: ]", "s"), Throws.TypeOf<SandboxSetupException>().With.Message.StartsWith("s:2:11: ").And.Message.Contains("neither YAML nor JSON"));
}
