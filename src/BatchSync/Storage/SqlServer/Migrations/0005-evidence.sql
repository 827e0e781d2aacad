-- The audit trail becomes a chain: each event names the hash of the one before it. That events are neither changed nor deleted is said by the roles
-- (docs/sql-server-roles.sql), where SQLite has triggers. No store on SQL Server is older than this: no event is without a hash.

ALTER TABLE audit_events ADD author_kind nvarchar(20) COLLATE Latin1_General_100_BIN2 NOT NULL CONSTRAINT audit_events_author_kind_default DEFAULT 'person';
ALTER TABLE audit_events ADD run_no bigint NULL;
ALTER TABLE audit_events ADD previous_hash nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL CONSTRAINT audit_events_previous_hash_default DEFAULT '';
ALTER TABLE audit_events ADD hash nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL CONSTRAINT audit_events_hash_default DEFAULT '';

-- Who approved a record at its source, and when.
ALTER TABLE records ADD approved_by nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL CONSTRAINT records_approved_by_default DEFAULT '';
ALTER TABLE records ADD approved_at nvarchar(30) COLLATE Latin1_General_100_BIN2 NULL;

-- A page whose bytes are not kept any more: its row stays, its body is empty.
ALTER TABLE raw_pages ADD pruned_at nvarchar(30) COLLATE Latin1_General_100_BIN2 NULL;
CREATE INDEX raw_pages_by_age ON raw_pages (first_seen_at);
CREATE INDEX pages_by_content ON pages (content_hash);

-- The proof of a run as it first went out: the hash of each file, and where the audit trail stood.
CREATE TABLE run_reports (
    run_no bigint NOT NULL,
    summary_hash nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    detail_hash nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    exceptions_hash nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    rejections bigint NOT NULL,
    failure nvarchar(max) COLLATE Latin1_General_100_BIN2 NULL,
    audit_events bigint NOT NULL,
    audit_head nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    written_at nvarchar(30) COLLATE Latin1_General_100_BIN2 NOT NULL,
    CONSTRAINT run_reports_run_no_of FOREIGN KEY (run_no) REFERENCES runs (run_no),
    CONSTRAINT run_reports_key PRIMARY KEY (run_no)
);
