using BatchSync.Core.Amounts;
using BatchSync.Core.Billing;
using BatchSync.Core.Matching;
using BatchSync.Core.Fx;
using BatchSync.Core.Posting;
using BatchSync.Core.Reconciliation;
using BatchSync.Core.Retry;
using BatchSync.Core.Scheduling;
using BatchSync.Core.Sources;
using BatchSync.Core.Time;

namespace BatchSync.Storage;

/// <summary>
/// All that BatchSync remembers. Each method that writes is one transaction, and where it takes a <see cref="Lease"/> it writes
/// nothing and throws <see cref="LeaseLostException"/> when that lease is no longer the holder's.
/// </summary>
internal interface IStore : IAsyncDisposable
{
    /// <summary>Brings the schema up to date; several hosts may do so at once.</summary>
    /// <returns>The migrations applied, in order; empty where there was nothing to do.</returns>
    /// <exception cref="StoreException">The store is of a newer version, or a migration that was applied has changed.</exception>
    Task<IReadOnlyList<string>> MigrateAsync(CancellationToken cancel);

    // Leases

    /// <summary>The clock that leases and calls go by, the same for all hosts of a store.</summary>
    Task<DateTimeOffset> ReadClockAsync(CancellationToken cancel);

    /// <summary>Takes the lease where nobody holds it, its time is over, or its holder was a process of this host that is gone.</summary>
    /// <returns>Null where somebody else holds it.</returns>
    Task<Lease?> AcquireLeaseAsync(string name, TimeSpan length, CancellationToken cancel);
    Task<Lease> RenewLeaseAsync(Lease lease, TimeSpan length, CancellationToken cancel);
    Task ReleaseLeaseAsync(Lease lease, CancellationToken cancel);
    Task<IReadOnlyList<LeaseRow>> ListLeasesAsync(CancellationToken cancel);

    // Runs

    /// <summary>Opens a run; a run of the series that still says <c>running</c> is closed as <c>abandoned</c>, since its holder is gone.</summary>
    Task<long> OpenRunAsync(Lease lease, RunStart start, CancellationToken cancel);
    Task SaveStepAsync(Lease lease, long runNo, RunStep step, CancellationToken cancel);
    Task CloseRunAsync(Lease lease, long runNo, RunStatus status, int exitCode, string message, CancellationToken cancel);

    /// <summary>The newest first.</summary>
    Task<IReadOnlyList<RunRow>> ListRunsAsync(RunFilter filter, int take, CancellationToken cancel);
    Task<RunRow?> FindRunAsync(long runNo, CancellationToken cancel);
    Task<IReadOnlyList<RunStep>> ListStepsAsync(long runNo, CancellationToken cancel);

    // Schedules

    /// <summary>Notes that the schedule of a series is kept from now on; one that is kept already as it is stays as it was.</summary>
    /// <returns>Since when it is kept so.</returns>
    Task<DateTimeOffset> KeepScheduleAsync(ScheduleRow schedule, CancellationToken cancel);

    /// <summary>The newest dates first.</summary>
    Task<IReadOnlyList<OccurrenceRow>> ListOccurrencesAsync(OccurrenceFilter filter, int take, CancellationToken cancel);

    /// <summary>
    /// Claims an occurrence and opens the run for it, in one transaction; the run's end is the occurrence's too (<see cref="CloseRunAsync"/>). Earlier ones that the
    /// claim makes up for are noted as skipped, and earlier ones of which the run died or was parked as failed.
    /// </summary>
    /// <returns>The run's number; null where somebody else has performed the occurrence, or tried to, since the claim was decided.</returns>
    Task<long?> OpenOccurrenceAsync(Lease lease, RunStart start, OccurrenceClaim claim, CancellationToken cancel);

    /// <summary>Notes occurrences for which there will be no run; those that the store knows already stay as they are.</summary>
    Task SkipOccurrencesAsync(Lease lease, string job, IReadOnlyList<SkippedOccurrence> skipped, CancellationToken cancel);

    /// <summary>Notes that an occurrence failed outside of any run; one that is done or skipped stays so.</summary>
    /// <param name="exitCode">Null: its run died.</param>
    Task FailOccurrenceAsync(Lease lease, string job, FireTime fire, int? exitCode, string reason, CancellationToken cancel);

    /// <returns>Since when a schedule is kept as it is; null: nobody keeps it so.</returns>
    Task<DateTimeOffset?> FindKeptSinceAsync(ScheduleRow schedule, CancellationToken cancel);

    // Alerts

    /// <summary>The runs of a series that were given no dates, of every state, the newest first.</summary>
    Task<IReadOnlyList<RunRow>> ListWholeRunsAsync(string series, int take, CancellationToken cancel);

    /// <summary>Alerts that stand, and those that are well since an instant, with what each receiver was told, in the order in which they were raised.</summary>
    /// <param name="series">Null: of all.</param>
    /// <param name="resolvedSince">Null: those that stand alone.</param>
    Task<IReadOnlyList<AlertRow>> ListAlertsAsync(string? series, DateTimeOffset? resolvedSince, CancellationToken cancel);

    /// <summary>Stores an alert, or what has become of it, before anybody is told. See <see cref="AlertRow.LeaseOf"/>.</summary>
    /// <returns>Its number.</returns>
    Task<long> SaveAlertAsync(Lease lease, AlertRow alert, CancellationToken cancel);

    /// <summary>Notes that a receiver has been told of an alert, up to a notice.</summary>
    Task SaveAlertDeliveryAsync(Lease lease, long alertNo, string route, int notice, CancellationToken cancel);

    // Hosts

    /// <summary>Notes that this process keeps schedules, as of now.</summary>
    Task SaveHostAsync(string cluster, string configurationHash, CancellationToken cancel);
    Task RemoveHostAsync(CancellationToken cancel);
    Task<IReadOnlyList<HostRow>> ListHostsAsync(CancellationToken cancel);

    /// <summary>Offers the documents of destinations to whichever host takes them first.</summary>
    Task OfferPartitionsAsync(Lease lease, long runNo, IReadOnlyList<string> destinations, CancellationToken cancel);
    Task<IReadOnlyList<PartitionRow>> ListPartitionsAsync(long runNo, CancellationToken cancel);

    /// <summary>Those of all runs under way that are not done and on which nobody works.</summary>
    Task<IReadOnlyList<PartitionRow>> ListFreePartitionsAsync(CancellationToken cancel);

    /// <summary>Takes a partition that nobody works on. Its lease writes for its destination alone, and no longer than its run holds the series.</summary>
    /// <returns>Null where somebody works on it, it is done, or its run is no longer under way.</returns>
    Task<Lease?> ClaimPartitionAsync(PartitionRow partition, TimeSpan length, CancellationToken cancel);
    Task EndPartitionAsync(Lease lease, long runNo, PartitionResult result, CancellationToken cancel);

    // Destinations

    Task<TenantRow?> FindTenantAsync(string series, string destination, CancellationToken cancel);

    /// <summary>The names under which the series' documents were posted.</summary>
    Task<IReadOnlyList<string>> ListDestinationsOfDocumentsAsync(string series, CancellationToken cancel);
    Task SaveTenantAsync(Lease lease, TenantRow tenant, CancellationToken cancel);

    // Extract and stage

    /// <summary>The page set of the stream and purpose that a run began and did not end, or null.</summary>
    Task<PageSet?> FindOpenPageSetAsync(string series, StreamKind stream, PageSetPurpose purpose, CancellationToken cancel);
    Task<PageSet> BeginPageSetAsync(Lease lease, PageSetStart start, CancellationToken cancel);
    Task AbandonPageSetAsync(Lease lease, PageSet set, CancellationToken cancel);

    /// <summary>
    /// A page, its records and the set's cursor in one transaction; with the last page also the end of the set and, for a set that
    /// was not cut by service dates and holds all records that the source states, the watermark. Staging the same rows again changes nothing; a row whose content changed
    /// becomes a new version, and the older one moves to the bucket <c>superseded</c>.
    /// </summary>
    Task<StageCounts> StagePageAsync(Lease lease, PageSet set, StagedPage page, CancellationToken cancel);
    Task<DateTimeOffset?> FindWatermarkAsync(string series, StreamKind stream, CancellationToken cancel);
    Task<IReadOnlyList<WatermarkRow>> ListWatermarksAsync(CancellationToken cancel);

    /// <summary>The instant through which the source's list of deleted records of a stream is read; null: it never was.</summary>
    Task<DateTimeOffset?> FindDeletionsWatermarkAsync(string series, StreamKind stream, CancellationToken cancel);

    /// <summary>The newest reading of the stream that a run began and ended, if it left nothing out but for service dates; else null.</summary>
    Task<CompleteReading?> FindCompleteReadingAsync(string series, StreamKind stream, long runNo, CancellationToken cancel);

    /// <summary>
    /// Current records whose local date lies in a window (both days inside) and that neither a reading nor any after it has shown, in the order of their ids.
    /// Deleted ones and those that have no id of their own are left out.
    /// </summary>
    Task<IReadOnlyList<MissingRecord>> ListMissingAsync(string series, StreamKind stream, CompleteReading reading, DateOnly first, DateOnly last, CancellationToken cancel);

    /// <summary>The id of a current record that a reading showed; null: it showed none.</summary>
    Task<string?> FindShownAsync(string series, StreamKind stream, CompleteReading reading, CancellationToken cancel);

    /// <summary>Notes which records of a stream a complete reading of this run missed; of those missed before, the first reading that did is kept, and those not named are forgotten.</summary>
    Task SaveMissingAsync(Lease lease, StreamKind stream, long runNo, CompleteReading reading, IReadOnlyList<MissingRecord> missing, CancellationToken cancel);

    /// <summary>Of each stream the newest page set of records that ended, with what the source stated and what was read.</summary>
    Task<IReadOnlyList<SourceCount>> ListSourceCountsAsync(string series, CancellationToken cancel);

    // Sign-in

    /// <summary>A sign-in with its sealed refresh token; null: nobody has signed in so.</summary>
    Task<StoredSignIn?> FindSignInAsync(string key, CancellationToken cancel);

    /// <summary>All sign-ins, in the order of connector and account.</summary>
    Task<IReadOnlyList<StoredSignIn>> ListSignInsAsync(CancellationToken cancel);

    /// <summary>Stores a sign-in in place of the one with its key. Audited where a person signed in.</summary>
    Task SaveSignInAsync(Lease lease, StoredSignIn signIn, CancellationToken cancel);

    // Pace

    /// <summary>What is known of how an account of an API may be asked; null: nothing.</summary>
    Task<PaceMemory?> FindPaceAsync(string key, CancellationToken cancel);

    /// <summary>Stores what is known, after what others have stored. No series holds it, so it takes no lease: see <see cref="PaceMemory.After"/>.</summary>
    /// <returns>What is stored now.</returns>
    Task<PaceMemory> SavePaceAsync(PaceName name, PaceMemory memory, CancellationToken cancel);

    // Map

    /// <summary>
    /// Takes documents apart that no destination can have (never sent, or refused for good), so that their records are billed anew.
    /// Documents in any other state are left alone.
    /// </summary>
    /// <returns>How many documents.</returns>
    Task<int> UnformDocumentsAsync(Lease lease, IReadOnlyList<long> documentNos, CancellationToken cancel);

    /// <summary>Current records whose bucket may change: none yet, other rules, or a bucket that time or a person can end. In the order of their numbers.</summary>
    Task<IReadOnlyList<StoredRecord>> ListRecordsToAssessAsync(string series, string rulesHash, long afterRecordNo, int take, CancellationToken cancel);
    /// <summary>The current version of a record, as for assessment; null where there is none.</summary>
    Task<StoredRecord?> FindRecordAsync(string series, StreamKind stream, string sourceId, CancellationToken cancel);

    /// <summary>The same of many records at once, in the order of the names; those that are not there are left out.</summary>
    Task<IReadOnlyList<StoredRecord>> ListRecordsAsync(string series, IReadOnlyCollection<RecordName> names, CancellationToken cancel);

    /// <summary>Records that people keep off the books, in the order of stream and id.</summary>
    Task<IReadOnlyList<UnpostedRecord>> ListUnpostedAsync(string series, CancellationToken cancel);

    /// <summary>Keeps records off the books until they are released. Audited.</summary>
    Task SaveUnpostedAsync(Lease lease, IReadOnlyList<RecordName> records, string author, string reason, CancellationToken cancel);

    /// <summary>Lets records be billed again. Audited.</summary>
    /// <returns>How many were kept off the books.</returns>
    Task<int> ReleaseAsync(Lease lease, IReadOnlyList<RecordName> records, string author, string reason, CancellationToken cancel);

    /// <summary>Notes that all records of the series are in buckets by these rules, so that a run which changes nothing need not walk over them.</summary>
    Task SaveAssessmentAsync(Lease lease, string rulesHash, CancellationToken cancel);

    Task SaveBucketsAsync(Lease lease, IReadOnlyList<BucketRow> buckets, IReadOnlyList<RecordVariance> variances, CancellationToken cancel);

    /// <summary>Current records that are billed by kind, counted by what they name; deleted ones are left out.</summary>
    Task<IReadOnlyList<RecordGroup>> GroupRecordsByNamesAsync(string series, CancellationToken cancel);

    /// <summary>Current records of the naming streams, in the order of stream and id; deleted ones are left out.</summary>
    Task<IReadOnlyList<SourceRecord>> ListNamingRecordsAsync(string series, CancellationToken cancel);

    // Bill

    /// <summary>The keys with records in a bucket, in key order.</summary>
    Task<IReadOnlyList<DocumentKey>> ListKeysAsync(string series, Bucket bucket, CancellationToken cancel);

    /// <summary>The current records of a key in a bucket, in the order of stream and id.</summary>
    Task<IReadOnlyList<StoredRecord>> ListRecordsOfKeyAsync(string series, DocumentKey key, Bucket bucket, CancellationToken cancel);

    /// <summary>What the documents of a key hold of time records: the version that was posted, and the seconds billed.</summary>
    Task<IReadOnlyList<PostedShare>> ListPostedSharesAsync(string series, DocumentKey key, CancellationToken cancel);

    /// <summary>What all documents hold for one record, the oldest first; shares that say nothing of it (<see cref="Reversal.Elsewhere"/>) are left out.</summary>
    Task<IReadOnlyList<PostedShare>> ListPostedSharesOfRecordAsync(string series, StreamKind stream, string sourceId, CancellationToken cancel);

    /// <summary>The same of many records at once.</summary>
    /// <param name="records">As this store gave them: what it posted in the same version is not read once more.</param>
    Task<ILookup<RecordName, PostedShare>> ListPostedSharesOfRecordsAsync(string series, IReadOnlyCollection<StoredRecord> records, CancellationToken cancel);
    Task<int> CountRevisionsAsync(string tenant, string series, DocumentKey key, DocumentPurpose purpose, CancellationToken cancel);

    /// <summary>Protocol step 1: documents, lines, shares, outbox rows <c>Ready</c> and the records' buckets in one transaction. Documents are sent in the order in which they were stored.</summary>
    Task CreateDocumentsAsync(Lease lease, IReadOnlyList<NewDocument> documents, CancellationToken cancel);

    /// <summary>
    /// Numbers of documents that stand alone of those that go together: a document of their key that holds something of the same records was
    /// taken back after they were made, and they were not.
    /// </summary>
    Task<IReadOnlyList<long>> ListLeftBehindAsync(string series, CancellationToken cancel);

    /// <summary>Keys of which an original stands that was not taken back.</summary>
    Task<IReadOnlySet<DocumentKey>> ListKeysWithOriginalAsync(string series, CancellationToken cancel);
    Task<UsedUp> SumUsedUpAsync(string series, DocumentKey key, CancellationToken cancel);

    // Plans

    /// <summary>Notes that a person let a plan through; one that was let through before stays as it is. Audited.</summary>
    /// <returns>The approval that stands.</returns>
    Task<PlanApproval> ApprovePlanAsync(string planHash, string series, string author, string reason, CancellationToken cancel);

    /// <returns>Null where nobody let the plan through.</returns>
    Task<PlanApproval?> FindPlanApprovalAsync(string planHash, CancellationToken cancel);

    // Post

    /// <summary>The first outbox rows in given states behind a document, in document order.</summary>
    Task<IReadOnlyList<OutboxRow>> ListOutboxAsync(string series, string destination, IReadOnlyList<OutboxState> states, DocumentPortion portion, CancellationToken cancel);

    /// <summary>The first outbox rows behind a document that are ready and wait for no other document to be at its destination first, in document order.</summary>
    Task<IReadOnlyList<OutboxRow>> ListSendableAsync(string series, string destination, DocumentPortion portion, CancellationToken cancel);

    /// <summary>How many outbox rows are in given states, by the entity of their documents.</summary>
    Task<IReadOnlyDictionary<string, int>> CountOutboxAsync(string series, string destination, IReadOnlyList<OutboxState> states, CancellationToken cancel);

    /// <summary>Documents with their lines, without shares.</summary>
    Task<IReadOnlyList<Document>> LoadDocumentsAsync(IReadOnlyList<long> documentNos, CancellationToken cancel);

    /// <summary>A document with its lines and what each record holds of them.</summary>
    Task<Document> LoadWithSharesAsync(long documentNo, CancellationToken cancel);

    /// <summary>
    /// Protocol step 3: rows become <c>Sending</c>, or what else the attempt marks them as, committed before the call. Only rows that still are in the
    /// state they were read in, and that nobody paused.
    /// </summary>
    /// <exception cref="PausedException">Some of the rows are paused; nothing was written.</exception>
    Task<BegunAttempt> BeginAttemptAsync(Lease lease, AttemptStart attempt, IReadOnlyList<OutboxRow> rows, CancellationToken cancel);

    /// <summary>Protocol step 4: the answer and what it did to each row, in one transaction.</summary>
    Task EndAttemptAsync(Lease lease, long attemptNo, string request, string response, IReadOnlyList<OutboxChange> changes, CancellationToken cancel);

    /// <summary>What look-ups and read-backs found, without a call that creates.</summary>
    Task SaveOutboxAsync(Lease lease, IReadOnlyList<OutboxChange> changes, CancellationToken cancel);

    /// <summary>References of a destination's documents in a state that some call has been made for, under this or an earlier number.</summary>
    Task<IReadOnlySet<string>> ListAttemptedAsync(string series, string destination, OutboxState state, CancellationToken cancel);

    /// <summary>The newest revision by key and purpose, of the keys of which documents are ready to be sent that have numbers from one to another.</summary>
    Task<IReadOnlyList<RevisionOfKey>> ListRevisionsOfOpenKeysAsync(string tenant, string series, string destination, long first, long last, CancellationToken cancel);

    /// <summary>The other keys that records had which are on documents that are to be sent, of any destination: by earlier versions of the records, and by earlier rules.</summary>
    Task<IReadOnlyList<FormerKey>> ListFormerKeysAsync(string series, CancellationToken cancel);

    /// <summary>References of documents that a destination has, that this store does not know, and that a person lets it post beside.</summary>
    Task<IReadOnlySet<string>> ListAdoptedAsync(string series, CancellationToken cancel);

    /// <summary>Lets the store post beside documents that it does not know. Audited.</summary>
    Task AdoptAsync(Lease lease, IReadOnlyList<string> references, string author, string reason, CancellationToken cancel);

    // Control

    Task<IReadOnlyList<Pause>> ListPausesAsync(CancellationToken cancel);

    /// <summary>Stops calls that create, make final or delete before the next one; one that stands stays as it is. Audited.</summary>
    /// <returns>The pause that stands.</returns>
    Task<Pause> PauseAsync(PauseScope scope, string name, string author, string reason, CancellationToken cancel);

    /// <summary>Ends a pause. Audited.</summary>
    /// <returns>False where there is none.</returns>
    Task<bool> ResumeAsync(PauseScope scope, string name, string author, string reason, CancellationToken cancel);

    /// <summary>Documents of all series that were refused for good, in the order of their numbers.</summary>
    Task<IReadOnlyList<DeadLetter>> ListDeadLettersAsync(CancellationToken cancel);

    /// <summary>All answered calls for a reference, the oldest first.</summary>
    Task<IReadOnlyList<Exchange>> ListExchangesAsync(string reference, CancellationToken cancel);

    /// <summary>Takes refused documents apart, so that the next run forms and sends them anew. Audited.</summary>
    /// <returns>How many; one that is not refused any more is left alone.</returns>
    Task<int> RetryDeadLettersAsync(Lease lease, IReadOnlyList<long> documentNos, string author, string reason, CancellationToken cancel);

    /// <summary>Takes refused documents apart and keeps their records off the books until they are released. Audited.</summary>
    /// <returns>How many documents; one that is not refused any more is left alone.</returns>
    Task<int> DiscardDeadLettersAsync(Lease lease, IReadOnlyList<long> documentNos, string author, string reason, CancellationToken cancel);

    // Reconcile

    Task<IReadOnlyList<Period>> ListTouchedPeriodsAsync(string series, CancellationToken cancel);
    Task<SeriesTotals> SumSeriesAsync(string series, CancellationToken cancel);
    Task<PeriodTotals> SumPeriodAsync(string series, Period? period, CancellationToken cancel);
    Task<IReadOnlyList<DocumentRow>> ListDocumentsAsync(string series, Period? period, CancellationToken cancel);

    /// <summary>The first documents of a period behind another, in the order in which they were made.</summary>
    Task<IReadOnlyList<DocumentRow>> ListDocumentsAsync(string series, Period period, DocumentPortion portion, CancellationToken cancel);

    /// <summary>The documents of one client in a period, in the order in which they were made.</summary>
    Task<IReadOnlyList<DocumentRow>> ListDocumentsOfClientAsync(string series, string client, Period period, CancellationToken cancel);
    Task<IReadOnlyList<VarianceRow>> ListVariancesAsync(string series, CancellationToken cancel);

    /// <summary>
    /// The proof of a run: its rows, and the differences that are open now for the periods it covered (null: of no one period);
    /// differences of those periods that are not found again are gone.
    /// </summary>
    Task SaveReconciliationAsync(Lease lease, RunRow run, IReadOnlyList<Period> periods, ReconciliationRows rows, IReadOnlyList<Difference> differences, CancellationToken cancel);

    /// <summary>The proof of the periods is out: they are touched no longer. Before that, a run that died is made up for by the next.</summary>
    Task ForgetTouchedPeriodsAsync(Lease lease, IReadOnlyList<Period> periods, CancellationToken cancel);
    Task<ReconciliationRows> ListReconciliationAsync(long runNo, CancellationToken cancel);
    Task<IReadOnlyList<StoredDifference>> ListDifferencesAsync(string? job, CancellationToken cancel);

    /// <summary>Accepts an open difference as it stands; it opens again when it changes. Audited.</summary>
    /// <returns>False where there is no such difference.</returns>
    Task<bool> AcceptDifferenceAsync(long differenceNo, string author, string reason, CancellationToken cancel);
    Task<IReadOnlyList<RejectionCount>> CountRejectionsAsync(string series, CancellationToken cancel);
    IAsyncEnumerable<DetailRow> ReadDetailAsync(string series, IReadOnlyList<Period> periods, CancellationToken cancel);
    IAsyncEnumerable<ExceptionRow> ReadExceptionsAsync(string series, DateOnly asOf, CancellationToken cancel);

    /// <summary>Whether the run's proof went out through the channel.</summary>
    Task<bool> WasDeliveredAsync(long runNo, string channel, CancellationToken cancel);

    /// <summary>Notes that the run's proof went out through a channel. Audited.</summary>
    /// <param name="author">Who had it sent; null: the run itself.</param>
    Task SaveDeliveryAsync(long runNo, string channel, string? author, CancellationToken cancel);

    // Exchange rates

    /// <summary>
    /// Stores the rates of a file that are not there yet, and replaces those that differ where the import says so (audited). With a
    /// conflict left, nothing is stored; where all of it is stored already, nothing is written.
    /// </summary>
    Task<FxOutcome> ImportFxAsync(FxImport import, CancellationToken cancel);

    /// <summary>The rates of some sources that hold, between some currencies, from a date on: as far back as each source's age allows.</summary>
    Task<FxContent> LoadFxAsync(IReadOnlyList<FxSource> sources, IReadOnlyCollection<Currency> currencies, DateOnly from, CancellationToken cancel);

    /// <summary>The currencies in which current expenses of the series are written, as their source writes them, in ordinal order.</summary>
    Task<IReadOnlyList<string>> ListExpenseCurrenciesAsync(string series, CancellationToken cancel);

    /// <summary>What there is, by provider and kind.</summary>
    Task<IReadOnlyList<FxStock>> ListFxStockAsync(CancellationToken cancel);

    /// <summary>By provider and kind, the newest first, then by currency.</summary>
    Task<IReadOnlyList<FxRateRow>> ListFxRatesAsync(FxFilter filter, CancellationToken cancel);

    // Explain

    /// <summary>The documents of all series with this reference, or with this id at their destination, in the order in which they were made.</summary>
    Task<IReadOnlyList<DocumentRow>> FindDocumentsAsync(string name, CancellationToken cancel);

    /// <summary>The references of all documents, and their ids at their destinations.</summary>
    Task<IReadOnlyList<string>> ListDocumentNamesAsync(CancellationToken cancel);

    /// <summary>Documents that a document takes back or adjusts, that do so to it, or that hold one of its records, in the order in which they were made.</summary>
    Task<IReadOnlyList<DocumentRow>> ListRelatedDocumentsAsync(long documentNo, CancellationToken cancel);

    /// <summary>What a document holds of records, each in the version that was posted.</summary>
    Task<IReadOnlyList<PostedShare>> ListPostedSharesOfDocumentAsync(long documentNo, CancellationToken cancel);
    Task<PostingHistory> ReadPostingAsync(long documentNo, CancellationToken cancel);

    /// <summary>Records of billed streams by their id, in the order of series and stream.</summary>
    /// <param name="stream">Null: whichever.</param>
    Task<IReadOnlyList<RecordOfSeries>> FindRecordsAsync(StreamKind? stream, string sourceId, CancellationToken cancel);

    /// <summary>A few records of billed streams whose id begins or ends with a text.</summary>
    /// <param name="stream">Null: whichever.</param>
    Task<IReadOnlyList<RecordOfSeries>> FindRecordsLikeAsync(StreamKind? stream, string text, int take, CancellationToken cancel);

    /// <summary>All versions of a record, the first one first; none where it is not known.</summary>
    Task<IReadOnlyList<RecordReading>> ListVersionsAsync(string series, RecordName record, CancellationToken cancel);

    /// <summary>Every job that has run, with its series.</summary>
    Task<IReadOnlyList<SeriesOfJob>> ListSeriesAsync(CancellationToken cancel);

    /// <summary>The configuration that a run used, as it was.</summary>
    Task<IReadOnlyList<Configuration.ConfigurationFile>> ListRunFilesAsync(long runNo, CancellationToken cancel);

    /// <summary>A configuration file by its content, under the path that it had in a run; null where no run used it.</summary>
    Task<Configuration.ConfigurationFile?> FindConfigurationFileAsync(string contentHash, CancellationToken cancel);

    // Evidence

    /// <summary>Adds an act to the audit trail that changes nothing else: a view or an export. What changes something is audited with it.</summary>
    Task SaveAuditAsync(AuditEntry entry, CancellationToken cancel);
    Task<AuditHead> FindAuditHeadAsync(CancellationToken cancel);

    /// <summary>The audit trail in the order of its events.</summary>
    /// <param name="from">First day in UTC, inclusive; null: no bound.</param>
    /// <param name="to">Last day in UTC, inclusive; null: no bound.</param>
    IAsyncEnumerable<AuditEvent> ReadAuditAsync(DateOnly? from, DateOnly? to, CancellationToken cancel);

    /// <summary>Notes what a run's proof was, by hash. Audited.</summary>
    Task SaveReportAsync(ReportRow report, CancellationToken cancel);

    /// <returns>Null where the run made no proof, or made it before hashes were kept.</returns>
    Task<ReportRow?> FindReportAsync(long runNo, CancellationToken cancel);

    /// <summary>How often the run's proof went out.</summary>
    Task<int> CountDeliveriesAsync(long runNo, CancellationToken cancel);

    /// <summary>All pages of a series, in the order in which they were staged.</summary>
    IAsyncEnumerable<StoredPage> ReadPagesAsync(string series, CancellationToken cancel);

    /// <summary>All versions of all records of a series, in the order of stream, id (both ordinal) and version.</summary>
    IAsyncEnumerable<RecordVersion> ReadVersionsAsync(string series, CancellationToken cancel);

    /// <summary>Gives up the bytes of some pages that nobody has read since an instant. Audited.</summary>
    /// <returns>None where there are no more.</returns>
    Task<PrunedPages> PruneRawPagesAsync(Lease lease, DateTimeOffset before, CancellationToken cancel);

    /// <summary>Verifies all that can be verified of a store by itself. Where its structure is damaged, nothing else is looked at.</summary>
    Task<IReadOnlyList<StoreCheck>> VerifyAsync(CancellationToken cancel);
}
