using BatchSync.Core.Sources;
using BatchSync.Sources;
using BatchSync.Storage;

namespace BatchSync.Running;

/// <summary>
/// Finds records that vanished at the source: a window of service dates is read whole, and what the store has in it and the reading did not show is missing.
/// A missing record is deleted only when the source says that it has none of that id, or when the next run misses it too. The reading must be whole in
/// this run and tie out with what the source states, and more missing records than the job's limit are a fault of the source until a person says otherwise.
/// </summary>
internal sealed class WindowDiff(ActiveRun run)
{
    private readonly PageSetReader _reader = new(run);
    private readonly DateOnly _today = DateOnly.FromDateTime(run.Ports.Time.GetUtcNow().UtcDateTime);
    private readonly List<string> _left = [];
    private int _gone;
    private int _waiting;
    private int _existing;

    private sealed record Scan(StreamKind Stream, StreamTraits Traits, CompleteReading Reading, IReadOnlyList<MissingRecord> Missing);

    private DateOnly First => _today.AddDays(-run.Request.Job.Source.Deletes.WindowDays);

    public async Task<string> ExecuteAsync(CancellationToken cancel)
    {
        var scans = new List<Scan>();
        foreach (var stream in run.Request.Job.Source.Streams.Where(s => s.IsBilled()))
        {
            if (await ScanAsync(stream, cancel) is { } scan) scans.Add(scan);
        }

        var missing = scans.Sum(s => s.Missing.Count);
        if (missing > run.Request.Job.Limits.Deletes) Hold(TooMany(missing));
        else foreach (var scan in scans) await SettleAsync(scan, cancel);
        var found = FormattableString.Invariant($"{Counted.Of(_gone, "record")} deleted at the source, {_waiting} missing once, {_existing} not listed but there");
        return string.Join("; ", [FormattableString.Invariant($"window from {First:yyyy-MM-dd}: {found}"), .. _left]);
    }

    private async Task<Scan?> ScanAsync(StreamKind stream, CancellationToken cancel)
    {
        var traits = run.Ports.Source.TraitsOf(stream);
        if (!traits.ShowsAll)
        {
            _left.Add($"{stream.Name()} left out: its connector leaves out rows ('where'), so an absence proves nothing");
            return null;
        }

        var reading = await run.Store.FindCompleteReadingAsync(run.Series, stream, run.Row.RunNo, cancel) ?? await ReadWindowAsync(stream, cancel);
        if (reading.Count.IsWhole) return new Scan(stream, traits, reading, await run.Store.ListMissingAsync(run.Series, stream, reading, First, _today, cancel));
        Hold(FormattableString.Invariant($"the source stated {reading.Count.Stated} of {stream.Name()} and {reading.Count.Read} were read, so none counts as deleted. Run again; if it stays, compare the access rights of the API user"));
        return null;
    }

    // A day more on both sides: whether the source takes a bound by its own clock or another must not make a record look missing.
    private async Task<CompleteReading> ReadWindowAsync(StreamKind stream, CancellationToken cancel)
    {
        var start = _reader.Start(stream, PageSetPurpose.Window, null, First.AddDays(-1), _today.AddDays(1));
        await _reader.ReadSetAsync(await _reader.BeginAnewAsync(start, cancel), cancel);
        return (await run.Store.FindCompleteReadingAsync(run.Series, stream, run.Row.RunNo, cancel))!;
    }

    private async Task SettleAsync(Scan scan, CancellationToken cancel)
    {
        // A plan concludes nothing: its reading and that of the run after it may be minutes apart, and one failure of the source longer.
        if (run.Row.Kind == RunKind.Plan)
        {
            _waiting += scan.Missing.Count;
            return;
        }

        var isTrusted = false;
        if (scan.Missing.Count > 0)
        {
            // Nothing at all is shown: whoever answers must be asked once more whether it knows us.
            if (scan.Reading.Count.Read == 0) await run.Ports.Source.ProbeAsync(cancel);
            if (await IsByIdTrustedAsync(scan, cancel) is not { } trusted) return;
            isTrusted = trusted;
        }

        var judged = new List<(MissingRecord Missing, AbsenceVerdict Verdict, bool? IsFound)>();
        foreach (var missing in scan.Missing)
        {
            bool? isFound = scan.Traits.FindsById ? await run.Ports.Source.HasAsync(scan.Stream, missing.Record.Id, cancel) : null;
            judged.Add((missing, Absence.Judge(isFound, isTrusted, missing.MissedBefore), isFound));
        }

        await run.Store.SaveMissingAsync(run.Lease, scan.Stream, run.Row.RunNo, scan.Reading, [.. judged.Where(j => j.Verdict != AbsenceVerdict.Exists).Select(j => j.Missing)], cancel);
        await StageAsync(scan, [.. judged.Where(j => j.Verdict == AbsenceVerdict.Gone).Select(j => (j.Missing.Record, j.IsFound == false ? "not found by its id" : "missing in two readings"))], cancel);
        _gone += judged.Count(j => j.Verdict == AbsenceVerdict.Gone);
        _waiting += judged.Count(j => j.Verdict == AbsenceVerdict.Waits);
        _existing += judged.Count(j => j.Verdict == AbsenceVerdict.Exists);
    }

    // That a record is not found by its id means something only where one that is there is found so. Null: it is not, and nothing may be concluded.
    private async Task<bool?> IsByIdTrustedAsync(Scan scan, CancellationToken cancel)
    {
        if (!scan.Traits.FindsById || await run.Store.FindShownAsync(run.Series, scan.Stream, scan.Reading, cancel) is not { } shown) return false;
        if (await run.Ports.Source.HasAsync(scan.Stream, shown, cancel)) return true;
        Hold($"{scan.Stream.Name()}/{shown} was listed and is not found by its id, so none counts as deleted. Check 'byId' of the connector '{run.Request.Job.Source.Connector}'");
        return null;
    }

    private async Task StageAsync(Scan scan, IReadOnlyList<(SourceRecord Record, string Because)> gone, CancellationToken cancel)
    {
        if (gone.Count == 0) return;
        var set = await _reader.BeginAnewAsync(_reader.Start(scan.Stream, PageSetPurpose.Absence, null, First, _today), cancel);
        var location = FormattableString.Invariant($"missing in page set {scan.Reading.PageSetNo}, {First:yyyy-MM-dd} to {_today:yyyy-MM-dd}");
        var records = gone.Select(g => AbsencePage.Gone(g.Record));
        await run.Store.StagePageAsync(run.Lease, set, new StagedPage(new PackedPage(AbsencePage.Write(scan.Stream, scan.Reading.PageSetNo, gone.Select(g => (g.Record.Id, g.Because)))), location, [.. records.Select(HashedRecord.Of)], null, IsLast: true, null, 0), cancel);
    }

    private string TooMany(int missing) => FormattableString.Invariant(
        $"{missing} records since {First:yyyy-MM-dd} are missing at the source and the limit is {run.Request.Job.Limits.Deletes} (limits.deletes), so none counts as deleted. Where they are really gone, raise the limit to {missing} and run again; else look at the access rights of the API user");

    private void Hold(string why)
    {
        _left.Add(why);
        run.Counts.DeletesHeld.Add(why);
    }
}
