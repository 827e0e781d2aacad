using System.CommandLine;
using System.Globalization;
using BatchSync.Core.Diagnostics;
using BatchSync.Reports;
using BatchSync.Running;
using BatchSync.Storage;

namespace BatchSync.Cli;

/// <summary><c>audit verify</c> and <c>audit export</c>: whether the trail is as it was written, and the trail itself.</summary>
internal static class AuditCommand
{
    public static Command Create(GlobalOptions options, TimeProvider time) =>
        new("audit", "Who or what did what, in a trail that cannot be rewritten unseen") { CreateVerify(options, time), CreateExport(options, time) };

    private static Command CreateVerify(GlobalOptions options, TimeProvider time)
    {
        var head = new Option<string?>("--head") { Description = "A hash that a mailed report named: it must be in the trail still", HelpName = "hash" };
        var json = new Option<bool>("--json") { Description = "As JSON" };
        var command = new Command("verify", "Walks the hash chain from its first event; exit 3 where it is broken") { head, json };
        command.SetAction(async (parsed, cancel) =>
        {
            await using var workspace = Workspace.Of(options, parsed, time);
            var store = await workspace.ExistingStoreAsync(cancel);
            var known = parsed.GetValue(head)?.Trim().ToLowerInvariant();
            var found = await AuditChain.VerifyAsync(store.ReadAuditAsync(null, null, cancel), known, cancel);
            var exit = found.Holds ? ExitCodes.Done : ExitCodes.Differences;
            var screen = options.Screen(parsed);
            if (parsed.GetValue(json)) screen.Write(new { found.Head.Events, Head = found.Head.Hash, Broken = found.Broken, ChainedLate = found.ChainedLate?.Entry.Subject, Known = known, found.HasKnownHead, found.Holds });
            else Show(screen, found, known, exit);
            return exit;
        });
        return command;
    }

    private static void Show(Screen screen, AuditVerification found, string? known, int exit)
    {
        var events = Counted.Of(found.Head.Events, "event");
        if (found.ChainedLate is { } late) screen.Say($"{Capital(late.Entry.Subject)} were written before there was a chain and were chained at {late.At}: what they were before that is not proven.");
        if (found.Broken is { } broken) screen.Outcome(exit, FormattableString.Invariant($"The audit trail is broken at event {broken.EventNo} of {events}: {broken.Why}."));
        else screen.Outcome(ExitCodes.Done, $"The audit trail of {events} is whole.");
        if (!found.HasKnownHead) screen.Outcome(exit, $"No event has the hash {known}: the trail was cut or written anew since that was noted, or this is an older backup.");
        else if (known is not null) screen.Say($"The hash {known} is in it.");
        screen.Line($"head {found.Head.Hash}");
    }

    private static string Capital(string text) => char.ToUpperInvariant(text[0]) + text[1..];

    private static Command CreateExport(GlobalOptions options, TimeProvider time)
    {
        var from = new Option<DateOnly?>("--from") { Description = "First day, in UTC (inclusive, yyyy-mm-dd)", HelpName = "date", CustomParser = RunDates.Date };
        var to = new Option<DateOnly?>("--to") { Description = "Last day, in UTC (inclusive)", HelpName = "date", CustomParser = RunDates.Date };
        var target = new Option<string?>("--out") { Description = "File to write, never over another one; left out: the screen", HelpName = "file" };
        var json = new Option<bool>("--json") { Description = "As JSON, one event a line, exactly as hashed; left out: CSV, whose cells no spreadsheet runs as formulas" };
        var command = new Command("export", "The audit trail with its hashes") { from, to, target, json };
        command.SetAction(async (parsed, cancel) =>
        {
            await using var workspace = Workspace.Of(options, parsed, time);
            var (first, last, file) = (parsed.GetValue(from), parsed.GetValue(to), parsed.GetValue(target));
            if (first > last) throw new UsageException($"--from {first:yyyy-MM-dd} is after --to {last:yyyy-MM-dd}.");
            if (file is not null && File.Exists(file)) throw new UsageException($"{file} is there already; an export goes into a new file.");
            var store = await workspace.ExistingStoreAsync(cancel);
            await workspace.NoteViewAsync("export audit trail", $"{Day(first, "the beginning")} to {Day(last, "now")}", cancel);
            var lines = Lines(store.ReadAuditAsync(first, last, cancel), parsed.GetValue(json), cancel);
            var screen = options.Screen(parsed);
            if (file is null) await WriteAsync(lines, screen.Line);
            else screen.Say($"{Counted.Of(await WriteAsync(file, lines), "line")} written to {file}.");
            return ExitCodes.Done;
        });
        return command;
    }

    private static string Day(DateOnly? day, string none) => day?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) ?? none;

    private static async IAsyncEnumerable<string> Lines(IAsyncEnumerable<AuditEvent> events, bool json, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        if (!json) yield return AuditText.Header;
        await foreach (var e in events.WithCancellation(cancel)) yield return json ? AuditText.Json(e) : AuditText.Csv(e);
    }

    private static async Task<long> WriteAsync(IAsyncEnumerable<string> lines, Action<string> write)
    {
        var count = 0L;
        await foreach (var line in lines)
        {
            write(line);
            count++;
        }

        return count;
    }

    private static async Task<long> WriteAsync(string file, IAsyncEnumerable<string> lines)
    {
        var count = 0L;
        await AtomicFile.WriteAsync(Path.GetFullPath(file), async stream =>
        {
            await using var text = new StreamWriter(stream, leaveOpen: true) { NewLine = "\r\n" };
            count = await WriteAsync(lines, text.WriteLine);
        });
        return count;
    }
}
