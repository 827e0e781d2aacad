using BatchSync.Running;
using BatchSync.Tests.Cli;
using BatchSync.Tests.Support;
using NUnit.Framework;

namespace BatchSync.Tests.Fx;

/// <summary>What a user reads of <c>fx import</c> and <c>fx show</c>, piped; as approved. BATCHSYNC_ACCEPT=1 rewrites it.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class FxCommandTests
{
    private const string History = "Date,USD,JPY,BGN,GBP,\n2025-04-17,1.1360,161.98,1.9558,0.85873,\n2025-04-16,1.1355,161.93,1.9558,N/A,\n2025-04-15,1.1282,161.25,1.9558,0.85343,\n";

    [Test]
    public async Task Import_AndShow_ReadAsApproved()
    {
        using var folder = new TemporaryFolder();
        Write(folder, "eurofxref-hist.csv", History);
        Write(folder, "newer.csv", "Date,USD,JPY,GBP\n2025-04-22,1.1476,161.05,0.85858\n2025-04-17,1.1360,161.98,0.85873\n");
        Write(folder, "other.csv", "Date,USD,GBP\n2025-04-17,1.1361,0.85873\n2025-04-16,1.1355,0.8571\n");
        Write(folder, "faulty.csv", "Date,USD,XYZ\n17.04.2025,1.1360,1\n2025-04-16,\"1,1355\",1\n2025-04-15,1.1,1,1\n");
        Write(folder, "agreed.csv", "from_currency,to_currency,rate,from,until\nEUR,USD,1.10,2025-04-01,2025-04-17\n");
        Write(folder, "averages.csv", "month,currency,rate\n2025-03,USD,1.0807\n2025-03,GBP,0.8365\n");
        await CompareAsync("fx", folder.Path,
            "fx show",
            "fx import FOLDER/eurofxref-hist.csv --provider ecb --kind spot --retrieved 2025-04-17T15:00:00Z",
            "fx import FOLDER/eurofxref-hist.csv --provider ecb",
            "fx import FOLDER/newer.csv --provider ecb",
            "fx import FOLDER/other.csv --provider ecb",
            "fx import FOLDER/other.csv --provider ecb --replace --reason corrected --author auditor --json",
            "fx import FOLDER/faulty.csv --provider ecb",
            "fx import FOLDER/agreed.csv --provider treasury --kind contract",
            "fx import FOLDER/averages.csv --provider ecb --kind month-average",
            "fx show",
            "fx show --provider ecb --kind spot --currency USD,GBP --from 2025-04-16 --to 2025-04-17 --replaced",
            "fx show --pair USD/GBP --date 2025-04-20 --provider ecb",
            "fx show --pair EUR/USD --date 2025-04-23 --provider ecb",
            "fx show --pair GBP/USD --date 2025-03-31 --provider ecb --kind month-average",
            "fx show --pair EUR/USD --date 2025-04-16 --provider treasury --kind contract",
            "fx show --pair EUR/USD --date 2025-04-30 --provider ecb",
            "fx show --pair USD/GBP --date 2025-04-20 --provider ecb --json",
            "fx show --pair USD/USD --date 2025-04-20 --provider ecb");
    }

    [Test]
    public async Task Show_OfAPairByAMapping_AsksItsSourcesInTheirOrder()
    {
        using var folder = new TemporaryFolder();
        Write(folder, "hist.csv", History);
        Write(folder, "agreed.csv", "from_currency,to_currency,rate,from,until\nEUR,USD,1.10,2025-04-01,2025-04-17\n");
        Write(folder, "mapping-config/one.yaml", Configuration.TemporaryFolder.Mapping + "fx: [{ provider: treasury, kind: contract }, { provider: ecb, maxAge: 2d }]\n");
        await CommandRun.OfAsync("fx", "import", Path.Combine(folder.Path, "hist.csv"), "--provider", "ecb", "--config", folder.Path);
        await CommandRun.OfAsync("fx", "import", Path.Combine(folder.Path, "agreed.csv"), "--provider", "treasury", "--kind", "contract", "--config", folder.Path);
        await CompareAsync("fx-mapping", folder.Path,
            "fx show --pair EUR/USD --date 2025-04-16",
            "fx show --pair EUR/USD --date 2025-04-17 --mapping m",
            "fx show --pair EUR/USD --date 2025-04-20",
            "fx show --pair EUR/USD --date 2025-04-16 --mapping other");
    }

    [TestCase("fx import FOLDER/hist.csv --provider ecb --kind daily", "'daily' is no kind of rate. Kinds: spot, contract, month-average.")]
    [TestCase("fx import FOLDER/hist.csv --provider ecb --base USD", "--base is USD, and ecb quotes per EUR: leave it out, or give the rates under another --provider.")]
    [TestCase("fx import FOLDER/hist.csv --provider bank --kind contract --base USD", "--base USD has no effect on contracts")]
    [TestCase("fx import FOLDER/hist.csv --provider *", "--provider is '*': a name has letters, digits,")]
    [TestCase("fx import FOLDER/hist.csv --provider bank --base usd", "'usd' is no currency; write the ISO 4217 code in three capital letters, such as USD.")]
    [TestCase("fx import FOLDER/gone.csv --provider ecb", "there is no such file")]
    [TestCase("fx import FOLDER/hist.csv --provider ecb --retrieved soon", "'soon' is no instant")]
    [TestCase("fx show --pair EURUSD --date 2025-04-17", "'EURUSD' is no pair; write two currencies as in EUR/USD.")]
    [TestCase("fx show --pair EUR/USD", "--pair and --date go together")]
    [TestCase("fx show --currency EUR,XYZ", "'XYZ' is no currency")]
    [TestCase("fx show --mapping m", "--mapping says whose sources --pair asks")]
    [TestCase("fx show", "There is no store")]
    public async Task Fx_GivenWrongly_SaysWhatToGiveInstead(string command, string said)
    {
        using var folder = new TemporaryFolder();
        Write(folder, "hist.csv", History);
        var run = await RunAsync(command, folder.Path);
        Assert.That((run.Exit, run.Output), Is.EqualTo((ExitCodes.Configuration, "")));
        Assert.That(run.Error, Does.Contain(said));
        Assert.That(Directory.EnumerateFiles(folder.Path, "*.db"), Is.Empty);
    }

    [Test]
    public async Task Show_OfAPair_WhereNoMappingHasSources_NamesWhatIsMissing()
    {
        using var folder = new TemporaryFolder();
        Write(folder, "hist.csv", History);
        await RunAsync("fx import FOLDER/hist.csv --provider ecb", folder.Path);
        var one = await RunAsync("fx show --pair EUR/USD --date 2025-04-17", folder.Path);
        await RunAsync("fx import FOLDER/hist.csv --provider bank", folder.Path);
        var two = await RunAsync("fx show --pair EUR/USD --date 2025-04-17", folder.Path);
        Assert.Multiple(() =>
        {
            Assert.That((one.Exit, one.Output.Split('\n')[0]), Is.EqualTo((0, "EUR/USD on 2025-04-17: 1.136")));
            Assert.That((two.Exit, two.Error), Is.EqualTo((2, "error: No mapping names sources under 'fx:', so no document would be converted: name a provider with --provider to look at its rates.\n")));
        });
    }

    [Test]
    public async Task Import_OfRatesPerAnotherUnit_NamesTheBaseToGive()
    {
        using var folder = new TemporaryFolder();
        Write(folder, "fed.csv", "Date,EUR\n2025-04-17,0.88\n");
        await RunAsync("fx import FOLDER/fed.csv --provider fed --base USD", folder.Path);
        Write(folder, "fed.csv", "Date,GBP\n2025-04-18,0.88\n");
        var run = await RunAsync("fx import FOLDER/fed.csv --provider fed --replace", folder.Path);
        Assert.That(run.Error, Does.Contain("fed.csv:2: rates of the file are per unit of EUR, and those stored of fed spot per unit of USD. Give --base USD, or another --provider."));
    }

    private static Task<CommandRun> RunAsync(string command, string folder) =>
        CommandRun.OfAsync([.. command.Split(' ').Select(word => word.Replace("FOLDER", folder, StringComparison.Ordinal)), "--config", folder]);

    private static async Task CompareAsync(string name, string folder, params string[] commands)
    {
        var text = new List<string>();
        foreach (var command in commands) text.Add((await RunAsync(command, folder)).Transcript(command, folder));
        Repository.Compare($"tests/BatchSync.Tests/Fx/Approved/{name}.txt", string.Join('\n', text));
    }

    private static void Write(TemporaryFolder folder, string file, string text)
    {
        var path = Path.Combine(folder.Path, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
