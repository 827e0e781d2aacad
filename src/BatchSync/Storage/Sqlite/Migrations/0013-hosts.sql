-- The processes that keep schedules, and when each was last seen. One that ended without a word grows old, and a later one removes it.
CREATE TABLE hosts (
    host TEXT NOT NULL,
    process_id INTEGER NOT NULL,
    started_at TEXT NOT NULL,
    seen_at TEXT NOT NULL,
    cluster TEXT NOT NULL,
    configuration_hash TEXT NOT NULL,
    PRIMARY KEY (host, process_id)
);

-- The destinations of a run whose documents any host may post: Waiting, Working or Done. series_token is that of the run that offers them.
CREATE TABLE partitions (
    run_no INTEGER NOT NULL REFERENCES runs (run_no),
    destination TEXT NOT NULL,
    series_token INTEGER NOT NULL,
    state TEXT NOT NULL,
    host TEXT NOT NULL,
    changed_at TEXT NOT NULL,
    posted INTEGER NOT NULL,
    adopted INTEGER NOT NULL,
    withdrawn INTEGER NOT NULL,
    fault TEXT NULL,
    message TEXT NOT NULL,
    PRIMARY KEY (run_no, destination)
);
