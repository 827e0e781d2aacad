-- Why a page set was read: records, window (of service dates, to see what is missing), deletions (the source's own list), absence (our conclusion).
ALTER TABLE page_sets ADD COLUMN purpose TEXT NOT NULL DEFAULT 'records';

-- Records that the last complete reading of their service date did not show, with the run that missed them first. Not deleted yet, or just so.
CREATE TABLE missing_records (
    series TEXT NOT NULL,
    stream TEXT NOT NULL,
    source_id TEXT NOT NULL,
    run_no INTEGER NOT NULL,
    missed_at TEXT NOT NULL,
    PRIMARY KEY (series, stream, source_id)
);
