using BatchSync.Configuration;
using BatchSync.Core.Billing;
using BatchSync.Core.Mapping;
using BatchSync.Core.Posting;
using BatchSync.Core.Sources;
using BatchSync.Benchmarks.Macro;
using BatchSync.Running;
using BatchSync.Sources.Rest;

namespace BatchSync.Benchmarks.Micro;

/// <summary>A page of entries of the macro run, and what the product makes of it on its way to documents: what the micro benchmarks measure one step of.</summary>
internal sealed class BilledPage
{
    private const int Entries = EntryPages.PageSize;
    private static readonly DateTimeOffset AsOf = new(2026, 1, 10, 12, 0, 0, TimeSpan.Zero);

    private BilledPage(JobDefinition job, MappingRules mapping, PageReader reader)
    {
        (Mapping, Reader, Body) = (mapping, reader, new EntryPages(Entries).Page(null, since: false));
        Records = reader.Read(Body).Records;
        Eligibility = new Eligibility(mapping, new BillingRules(job.BillFrom, job.Period.Every, job.Period.CloseAfter, false, true, 24m, new DateOnly(2000, 1, 1), new DateOnly(2030, 1, 1)), AsOf);
        Requests = [.. Records.Select(r => new AssessedRecord(r, 1, Eligibility.Assess(r))).GroupBy(r => r.Assessment.Key!).Select(RequestOf)];
    }

    public MappingRules Mapping { get; }
    public PageReader Reader { get; }
    public ReadOnlyMemory<byte> Body { get; }
    public IReadOnlyList<SourceRecord> Records { get; }
    public Eligibility Eligibility { get; }
    public IReadOnlyList<DocumentRequest> Requests { get; }

    public static BilledPage Load()
    {
        var folder = Directory.CreateTempSubdirectory("batchsync-micro-").FullName;
        try
        {
            ProductFolder.Write(folder, Entries);
            var set = ConfigurationCheck.Of([folder]).Set ?? throw new InvalidOperationException("The configuration of the benchmark has errors.");
            var job = set.Jobs.Single();
            var stream = set.Sources[job.Source.Connector].Streams[StreamKind.TimeEntries];
            return new BilledPage(job, set.Mappings[job.Mapping], new PageReader(stream, job.Limits.NoteLength));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static DocumentRequest RequestOf(IGrouping<DocumentKey, AssessedRecord> records)
    {
        var identity = new DocumentIdentity("rig", "B", records.Key, DocumentPurpose.Original, 1);
        return new DocumentRequest(new DocumentFrame(identity, DocumentReference.Of(identity, 32), records.Key.Period.LastDay, 4), [.. records], []);
    }
}
