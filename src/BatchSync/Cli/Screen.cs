using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using BatchSync.Running;
using Spectre.Console;

namespace BatchSync.Cli;

/// <summary>A line of a tree, with those below it.</summary>
/// <param name="ExitCode">Of which outcome it speaks, for its colour; done: none.</param>
internal sealed record TreeLine(string Text, int ExitCode, IReadOnlyList<TreeLine> Below)
{
    public IEnumerable<string> Indented(string indent) => Below.SelectMany(line => line.Indented(indent + "  ")).Prepend(indent + Text);
}

/// <summary>What a person or a pipe sees: tables, colours and bars on a terminal, plain lines and columns when piped.</summary>
internal sealed class Screen
{
    /// <summary>A last column of text is wrapped as long as this many characters are left for it; with less, the rows are stacked.</summary>
    private const int LeastWrapped = 30;

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    private readonly Terminal _terminal;
    private readonly IAnsiConsole _console;

    public Screen(Terminal terminal, bool noColor)
    {
        _terminal = terminal;
        _console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = IsTerminal ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = noColor || !IsTerminal ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
            Out = new AnsiConsoleOutput(terminal.Output),
        });
        if (terminal.Width is { } width) _console.Profile.Width = width;
    }

    public bool IsTerminal => _terminal.IsInteractive;

    /// <summary>Characters that a line may have; a pipe takes any.</summary>
    public int Width => IsTerminal ? _console.Profile.Width : int.MaxValue;

    /// <summary>A line as it is, for what may be copied: a command, a path, a table's row.</summary>
    public void Line(string text = "") => _terminal.Output.WriteLine(text);

    /// <summary>A sentence: wrapped between its words on a terminal.</summary>
    public void Say(string text)
    {
        if (IsTerminal) Lines(TableText.Packed(text.Split(' '), " ", _console.Profile.Width));
        else Line(text);
    }

    /// <summary>A line that speaks of an outcome: green where all is well, yellow where a person is needed, red on failure.</summary>
    public void Outcome(int exitCode, string text)
    {
        var colour = exitCode switch { ExitCodes.Done => "green", ExitCodes.Differences => "yellow", _ => "red" };
        if (IsTerminal) _console.MarkupLine($"[{colour}]{Markup.Escape(text)}[/]");
        else Line(text);
    }

    /// <summary>A line of a comparison: green for what comes (+), red for what goes (-), yellow for what changes (~).</summary>
    public void Change(char sign, string text)
    {
        var colour = sign switch { '+' => "green", '-' => "red", '~' => "yellow", _ => "default" };
        if (IsTerminal) _console.MarkupLine($"[{colour}]{Markup.Escape(text)}[/]");
        else Line(text);
    }

    /// <summary>A line for the error output: why there is no answer, and what to do.</summary>
    public void Complain(string text) => _terminal.Error.WriteLine(text);

    /// <summary>A line for the error output while bars may be moving.</summary>
    public void Interrupt(string text)
    {
        if (_terminal.ErrorIsSame) Above(text);
        else Complain(text);
    }

    /// <summary>A table: for a pipe as it is; on a terminal ruled where it fits, if need be without the columns that say nothing, else in groups or row by row. Nothing is cut.</summary>
    public void Table(IReadOnlyList<Column> columns, IEnumerable<IReadOnlyList<string>> rows)
    {
        var text = new TableText(columns, [.. rows]);
        if (!IsTerminal) Lines(text.Aligned());
        else if (new[] { text, text.WithoutEmptyColumns() }.FirstOrDefault(Fits) is { } fitting) Ruled(fitting);
        else Lines(text.Grouped(_console.Profile.Width) ?? text.Stacked(_console.Profile.Width));
    }

    // Between the borders, beside all other columns.
    private int RoomForLast(TableText text) => _console.Profile.Width - (3 * text.Columns.Count + 1) - text.WidthBeforeLast;

    private bool Fits(TableText text)
    {
        var room = RoomForLast(text);
        return room >= text.LastWidth || (text.Columns[^1].Kind == ColumnKind.Text && room >= LeastWrapped);
    }

    /// <summary>A tree: drawn with lines on a terminal, two blanks a level when piped.</summary>
    public void Tree(TreeLine root)
    {
        if (IsTerminal) _console.Write(Drawn(root));
        else Lines(root.Indented(""));
    }

    /// <summary>A value as JSON, written as it is made: what has a million rows is nowhere as one text.</summary>
    public void Write(object value)
    {
        using (var output = new TextWriterStream(_terminal.Output)) JsonSerializer.Serialize(output, value, Json);
        Line();
    }

    /// <summary>Does work that reports its progress: a bar while a step lasts on a terminal that can draw one, one line for each finished step, nothing when quiet.</summary>
    public async Task<T> WatchAsync<T>(bool quiet, Func<RunProgress, Task<T>> work)
    {
        if (quiet) return await work(RunProgress.None);
        if (!IsTerminal || _console.Profile.Capabilities is not { Ansi: true, Interactive: true }) return await work(new RunProgress(Finished));
        return await _console.Progress()
            .AutoClear(true)
            .HideCompleted(true)
            .Columns(new SpinnerColumn(), new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn { Width = 20 })
            .StartAsync(context => work(new RunProgress(new Bars(context, Finished).Show)));
    }

    private void Ruled(TableText text)
    {
        var table = new Table { Border = TableBorder.Rounded };
        foreach (var column in text.Columns)
        {
            var shown = new TableColumn(Markup.Escape(column.Heading)) { NoWrap = table.Columns.Count < text.Columns.Count - 1 };
            table.AddColumn(column.Kind == ColumnKind.Number ? shown.RightAligned() : shown);
        }

        foreach (var row in text.Rows) table.AddRow([.. row.SkipLast(1).Append(string.Join('\n', TableText.Folded(row[^1], RoomForLast(text)))).Select(Markup.Escape)]);
        _console.Write(table);
    }

    private static Tree Drawn(TreeLine root)
    {
        var tree = new Tree(Drawn(root.Text, root.ExitCode));
        foreach (var line in root.Below) Draw(tree, line);
        return tree;
    }

    private static void Draw(IHasTreeNodes above, TreeLine line)
    {
        var node = above.AddNode(Drawn(line.Text, line.ExitCode));
        foreach (var below in line.Below) Draw(node, below);
    }

    private static Text Drawn(string text, int exitCode) => new(text, exitCode == ExitCodes.Done ? Style.Plain : new Style(exitCode == ExitCodes.Differences ? Color.Yellow : Color.Red));

    private void Lines(IEnumerable<string> lines)
    {
        foreach (var line in lines) Line(line);
    }

    private void Finished(ProgressEvent e)
    {
        if (e.Message is null) return;
        var text = $"{e.Step}: {e.Message}";
        if (IsTerminal) Above(text);
        else Line(text);
    }

    // While bars move, only the console that draws them may write to the terminal: it puts the line above them, over what it drew before. What a line does not reach would stay.
    private void Above(string text)
    {
        var width = _console.Profile.Width;
        var lines = text.Split('\n').SelectMany(line => TableText.Width(line) <= width ? [line] : TableText.Folded(line, width));
        _console.WriteLine(string.Join('\n', lines.Select(line => line + new string(' ', Math.Max(0, width - 1 - TableText.Width(line))))));
    }

    /// <summary>The bars of what is under way; a finished step leaves the bars and becomes a line.</summary>
    private sealed class Bars(ProgressContext context, Action<ProgressEvent> finished)
    {
        private readonly Dictionary<string, ProgressTask> _tasks = new(StringComparer.Ordinal);

        public void Show(ProgressEvent e)
        {
            if (e.Message is null)
            {
                Advance(e);
                return;
            }

            if (_tasks.ContainsKey(e.Step)) EndAll();
            finished(e);
        }

        // What a step reads or waits for ends with the step.
        private void EndAll()
        {
            foreach (var task in _tasks.Values) task.StopTask();
            _tasks.Clear();
        }

        private void Advance(ProgressEvent e)
        {
            if (!_tasks.TryGetValue(e.Step, out var task)) _tasks.Add(e.Step, task = context.AddTask(Markup.Escape(e.Step)));
            if (e.Done is { } done) task.Description = Markup.Escape(FormattableString.Invariant($"{e.Step} {done}{(e.Total is { } all ? $" of {all}" : "")}"));
            task.IsIndeterminate = e.Total is null or <= 0;
            if (e.Total is not { } total || total <= 0) return;
            task.MaxValue = total;
            task.Value = Math.Min(e.Done ?? 0, total);
        }
    }
}
