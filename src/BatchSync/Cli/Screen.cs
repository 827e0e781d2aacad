using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using BatchSync.Running;
using Spectre.Console;

namespace BatchSync.Cli;

/// <summary>What a person or a pipe sees: tables and bars on a terminal, plain lines and columns when piped.</summary>
internal sealed class Screen
{
    private const int PipedWidth = 400;

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    private readonly IAnsiConsole _console;

    public Screen(bool noColor)
    {
        IsTerminal = !Console.IsOutputRedirected;
        _console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = IsTerminal ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = noColor || !IsTerminal ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
        });
        if (!IsTerminal) _console.Profile.Width = PipedWidth;
    }

    public bool IsTerminal { get; }

    /// <summary>A line of plain text, as it is.</summary>
    public void Line(string text = "") => _console.Profile.Out.Writer.WriteLine(text);

    /// <summary>A line that speaks of an outcome: green where all is well, yellow where a person is needed, red on failure.</summary>
    public void Outcome(int exitCode, string text)
    {
        var colour = exitCode switch { ExitCodes.Done => "green", ExitCodes.Differences => "yellow", _ => "red" };
        if (IsTerminal) _console.MarkupLine($"[{colour}]{Markup.Escape(text)}[/]");
        else Line(text);
    }

    public void Table(IReadOnlyList<string> headings, IEnumerable<IReadOnlyList<string>> rows, params ReadOnlySpan<int> numbers)
    {
        var table = new Table { Border = IsTerminal ? TableBorder.Rounded : TableBorder.None };
        for (var i = 0; i < headings.Count; i++)
        {
            var column = new TableColumn(Markup.Escape(headings[i]));
            if (numbers.Contains(i)) column.RightAligned();
            if (!IsTerminal) column.NoWrap();
            table.AddColumn(column);
        }

        foreach (var row in rows) table.AddRow([.. row.Select(Markup.Escape)]);
        _console.Write(table);
    }

    public void Write(object value) => Line(JsonSerializer.Serialize(value, Json));

    /// <summary>Does work that reports its progress: bars on a terminal, one line a finished step when piped, nothing when quiet.</summary>
    public async Task<T> WatchAsync<T>(bool quiet, Func<RunProgress, Task<T>> work)
    {
        if (quiet) return await work(RunProgress.None);
        if (!IsTerminal) return await work(new RunProgress(Plain));
        return await _console.Progress()
            .AutoClear(false)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn { Width = 20 }, new SpinnerColumn())
            .StartAsync(context => work(new RunProgress(new Bars(context).Show)));
    }

    private void Plain(ProgressEvent e)
    {
        if (e.Message is not null) Line($"{e.Step}: {e.Message}");
    }

    private sealed class Bars(ProgressContext context)
    {
        private readonly Dictionary<string, ProgressTask> _tasks = new(StringComparer.Ordinal);

        public void Show(ProgressEvent e)
        {
            if (!_tasks.TryGetValue(e.Step, out var task)) _tasks.Add(e.Step, task = context.AddTask(Markup.Escape(e.Step)));
            if (e.Message is not null)
            {
                task.Description = Markup.Escape($"{e.Step}: {e.Message}");
                task.IsIndeterminate = false;
                task.Value = task.MaxValue;
                task.StopTask();
                return;
            }

            task.IsIndeterminate = e.Total is null or 0;
            if (e.Done is { } done) task.Description = Markup.Escape(FormattableString.Invariant($"{e.Step} {done}{(e.Total is { } all ? $" of {all}" : "")}"));
            if (e.Total is not { } total || total <= 0) return;
            task.MaxValue = total;
            task.Value = Math.Min(e.Done ?? 0, total);
            if (e.Done >= total) task.StopTask();
        }
    }
}
