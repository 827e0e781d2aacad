using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Cli;

/// <summary>The help of every command, as approved. BATCHSYNC_ACCEPT=1 rewrites it.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class HelpTests
{
    [TestCase("")]
    [TestCase("demo")]
    [TestCase("init")]
    [TestCase("check")]
    [TestCase("plan")]
    [TestCase("plan approve")]
    [TestCase("run")]
    [TestCase("serve")]
    [TestCase("unpost")]
    [TestCase("release")]
    [TestCase("status")]
    [TestCase("runs")]
    [TestCase("runs show")]
    [TestCase("runs occurrences")]
    [TestCase("report")]
    [TestCase("alerts")]
    [TestCase("alerts check")]
    [TestCase("alerts test")]
    [TestCase("replay")]
    [TestCase("audit")]
    [TestCase("audit verify")]
    [TestCase("audit export")]
    [TestCase("differences")]
    [TestCase("differences list")]
    [TestCase("differences accept")]
    [TestCase("deadletters")]
    [TestCase("deadletters list")]
    [TestCase("deadletters show")]
    [TestCase("deadletters retry")]
    [TestCase("deadletters discard")]
    [TestCase("pause")]
    [TestCase("resume")]
    [TestCase("explain")]
    [TestCase("mapping")]
    [TestCase("mapping suggest")]
    [TestCase("fx")]
    [TestCase("fx import")]
    [TestCase("fx show")]
    [TestCase("auth")]
    [TestCase("auth login")]
    [TestCase("auth status")]
    [TestCase("config")]
    [TestCase("config upgrade")]
    [TestCase("sandbox")]
    [TestCase("store")]
    [TestCase("store migrate")]
    [TestCase("store adopt")]
    [TestCase("store backup")]
    [TestCase("store verify")]
    [TestCase("completion")]
    public async Task Help_OfEachCommand_IsTheApprovedText(string command)
    {
        var run = await CommandRun.OfAsync([.. command.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]);
        Assert.That((run.Exit, run.Error), Is.EqualTo((0, "")));
        var name = command.Length == 0 ? "batchsync" : command.Replace(' ', '-');
        Repository.Compare($"tests/BatchSync.Tests/Cli/Approved/help-{name}.txt", run.Output);
    }
}
