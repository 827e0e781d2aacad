-- The audit trail becomes a chain: each event names the hash of the one before it. The hashes of events that were there before are
-- filled in by the program, in the transaction of this migration; a hash that is there is never changed again.

ALTER TABLE audit_events ADD COLUMN author_kind TEXT NOT NULL DEFAULT 'person';
ALTER TABLE audit_events ADD COLUMN run_no INTEGER NULL;
ALTER TABLE audit_events ADD COLUMN previous_hash TEXT NOT NULL DEFAULT '';
ALTER TABLE audit_events ADD COLUMN hash TEXT NOT NULL DEFAULT '';

-- They stop mistakes. Whoever can write the file can drop them too: against that stands the head hash in every mailed report.
CREATE TRIGGER audit_events_keep BEFORE UPDATE ON audit_events WHEN OLD.hash <> ''
BEGIN
    SELECT RAISE(ABORT, 'audit_events is append-only');
END;
CREATE TRIGGER audit_events_stay BEFORE DELETE ON audit_events
BEGIN
    SELECT RAISE(ABORT, 'audit_events is append-only');
END;

-- Who approved a record at its source, and when.
ALTER TABLE records ADD COLUMN approved_by TEXT NOT NULL DEFAULT '';
ALTER TABLE records ADD COLUMN approved_at TEXT NULL;

-- A page whose bytes are not kept any more: its row stays, its body is empty.
ALTER TABLE raw_pages ADD COLUMN pruned_at TEXT NULL;
CREATE INDEX raw_pages_by_age ON raw_pages (first_seen_at) WHERE pruned_at IS NULL;
CREATE INDEX pages_by_content ON pages (content_hash);

-- The proof of a run as it first went out: the hash of each file, and where the audit trail stood.
CREATE TABLE run_reports (
    run_no INTEGER NOT NULL PRIMARY KEY REFERENCES runs (run_no),
    summary_hash TEXT NOT NULL,
    detail_hash TEXT NOT NULL,
    exceptions_hash TEXT NOT NULL,
    rejections INTEGER NOT NULL,
    failure TEXT NULL,
    audit_events INTEGER NOT NULL,
    audit_head TEXT NOT NULL,
    written_at TEXT NOT NULL
);
