-- Why a page set was read: records, window (of service dates, to see what is missing), deletions (the source's own list), absence (our conclusion).
ALTER TABLE page_sets ADD COLUMN purpose TEXT NOT NULL DEFAULT 'records';

-- Records that the last complete reading of their service date did not show, with the run and the reading that missed them first. Not deleted yet, or just so.
CREATE TABLE missing_records (
    series TEXT NOT NULL,
    stream TEXT NOT NULL,
    source_id TEXT NOT NULL,
    run_no INTEGER NOT NULL,
    page_set INTEGER NOT NULL,
    missed_at TEXT NOT NULL,
    PRIMARY KEY (series, stream, source_id)
);

-- Refresh tokens, sealed with the key of BATCHSYNC_KEY_FILE (key_id tells which): of each client and account the newest one. sent_at: since when a use of it has no answer.
CREATE TABLE sign_ins (
    sign_in_key TEXT NOT NULL PRIMARY KEY,
    connector TEXT NOT NULL,
    account TEXT NOT NULL,
    key_id TEXT NOT NULL,
    sealed_token TEXT NOT NULL,
    author TEXT NOT NULL,
    signed_in_at TEXT NOT NULL,
    refreshed_at TEXT NOT NULL,
    sent_at TEXT NULL
);
