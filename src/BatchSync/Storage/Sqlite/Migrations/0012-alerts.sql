-- What is wrong at a job, or was: of each kind one stands at a time. notice counts what there was to tell of it, and summary and details say the newest of that.
CREATE TABLE alerts (
    alert_no INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    series TEXT NOT NULL,
    job TEXT NOT NULL,
    kind TEXT NOT NULL,
    found INTEGER NOT NULL,
    newest TEXT NULL,
    raised_at TEXT NOT NULL,
    notice INTEGER NOT NULL,
    notice_at TEXT NOT NULL,
    resolved_at TEXT NULL,
    run_no INTEGER NULL REFERENCES runs (run_no),
    summary TEXT NOT NULL,
    details TEXT NOT NULL
);
CREATE INDEX alerts_by_series ON alerts (series, resolved_at);

-- Up to which notice each receiver has been told of an alert.
CREATE TABLE alert_deliveries (
    alert_no INTEGER NOT NULL REFERENCES alerts (alert_no),
    route TEXT NOT NULL,
    notice INTEGER NOT NULL,
    sent_at TEXT NOT NULL,
    PRIMARY KEY (alert_no, route)
);
