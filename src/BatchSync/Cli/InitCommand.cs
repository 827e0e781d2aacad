using System.CommandLine;
using System.Globalization;
using BatchSync.Core.Amounts;
using BatchSync.Running;

namespace BatchSync.Cli;

/// <summary><c>init</c>: a job and a mapping to start from, which pass <c>check</c>. What no option says, a person at a terminal is asked for; everybody else gets the defaults.</summary>
internal static class InitCommand
{
    public static Command Create(GlobalOptions options)
    {
        var folder = new Argument<string?>("folder") { Description = "Where to write (default: this folder)", Arity = ArgumentArity.ZeroOrOne };
        var choices = new Choices();
        var command = new Command("init", "Writes a job, a mapping and a source file to start from; at a terminal it asks for what no option says") { folder };
        choices.AddTo(command);
        command.SetAction(parsed =>
        {
            var target = Path.GetFullPath(parsed.GetValue(folder) ?? ".");
            var first = choices.Of(parsed, options);
            var files = first.All().ToList();
            var taken = files.Where(f => File.Exists(Path.Combine(target, f.Path))).Select(f => f.Path).ToList();
            if (taken.Count > 0) throw new UsageException($"{string.Join(", ", taken)} already exist in {target}; nothing was written. Name an empty folder.");
            TargetFolder.Fill(target, () => files.ForEach(f => Write(Path.Combine(target, f.Path), f.Text)));
            Show(options.Screen(parsed), target, first, files.Select(f => f.Path));
            return ExitCodes.Done;
        });
        return command;
    }

    private static void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text.ReplaceLineEndings("\n"));
    }

    private static void Show(Screen screen, string target, FirstFiles first, IEnumerable<string> files)
    {
        foreach (var file in files) screen.Line($"wrote {Path.Combine(target, file)}");
        screen.Line();
        screen.Line("Next:");
        screen.Line($"  batchsync check --config {target}");
        if (first.Source.IsPlayed)
        {
            screen.Line($"  batchsync sandbox --data {Path.Combine(target, "sandbox-data")}");
            screen.Line("    in another window; set the variables that it prints in this one");
        }
        else screen.Line("    set the variables that jobs/first-job.yaml names, and put your own clients, projects and rates into the mapping");
        screen.Line($"  batchsync plan first-job --config {target}");
        screen.Line($"  batchsync run first-job --config {target}");
    }

    /// <summary>What has to be known before anything is written.</summary>
    private sealed class Choices
    {
        private readonly Choice _source = new("--source", "Where time comes from", "sandbox-time", "connector", text => FaultOf(text, FirstConnector.Sources));
        private readonly Choice _destination = new("--destination", "Where documents go", "sandbox-books", "connector", text => FaultOf(text, FirstConnector.Destinations));
        private readonly Choice _currency = new("--currency", "The currency that you bill in", "USD", "code", text => Currency.TryOf(text, out _) ? null : $"'{text}' is no currency; write the ISO 4217 code in three capital letters, such as USD.");
        private readonly Choice _zone = new("--time-zone", "The zone of your books and of the schedule", "America/New_York", "zone", text => IsZone(text) ? null : $"'{text}' is no time zone of this system; write an IANA id such as Europe/Berlin.");
        private readonly Choice _billFrom = new("--bill-from", "The first day that is billed; earlier ones were billed before", "2026-10-01", "date", text => TryDate(text, out _) ? null : $"'{text}' is no date; write it as 2026-10-31.");

        public void AddTo(Command command)
        {
            foreach (var choice in new[] { _source, _destination, _currency, _zone, _billFrom }) command.Options.Add(choice.Option);
        }

        public FirstFiles Of(ParseResult parsed, GlobalOptions options)
        {
            var (source, destination) = (_source.Of(parsed, options), _destination.Of(parsed, options));
            var (currency, zone) = (_currency.Of(parsed, options), _zone.Of(parsed, options));
            TryDate(_billFrom.Of(parsed, options), out var billFrom);
            return new FirstFiles(FirstConnector.Sources.Single(c => c.Name == source), FirstConnector.Destinations.Single(c => c.Name == destination), Currency.Of(currency), zone, billFrom);
        }

        private static string? FaultOf(string name, IReadOnlyList<FirstConnector> known) => known.Any(c => c.Name == name) ? null : $"'{name}' is none of: {string.Join(", ", known.Select(c => c.Name))}.";

        private static bool IsZone(string id) => TimeZoneInfo.TryFindSystemTimeZoneById(id, out var zone) && zone.HasIanaId && zone.Id == id;

        private static bool TryDate(string text, out DateOnly date) => DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out date);
    }

    /// <summary>One thing to know: an option that says it, or a question.</summary>
    private sealed class Choice
    {
        private readonly string _says;
        private readonly string _byDefault;
        private readonly Func<string, string?> _faultOf;

        public Choice(string name, string says, string byDefault, string helpName, Func<string, string?> faultOf)
        {
            (_says, _byDefault, _faultOf) = (says, byDefault, faultOf);
            Option = new Option<string?>(name) { Description = $"{says} (default: {byDefault})", HelpName = helpName };
            Option.Validators.Add(result =>
            {
                if (result.Tokens is [var token, ..] && faultOf(token.Value) is { } fault) result.AddError(fault);
            });
        }

        public Option<string?> Option { get; }

        public string Of(ParseResult parsed, GlobalOptions options) => parsed.GetValue(Option) ?? (options.CanAsk ? Ask(parsed, options) : _byDefault);

        private string Ask(ParseResult parsed, GlobalOptions options)
        {
            while (true)
            {
                var answer = options.Ask($"{_says} [{_byDefault}]: ");
                if (answer.Length == 0) return _byDefault;
                if (_faultOf(answer) is not { } fault) return answer;
                options.Screen(parsed).Say(fault);
            }
        }
    }
}
