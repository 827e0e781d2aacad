-- Since when the schedule of a series is kept as it is: what it would have had due before that is nobody's to perform.
CREATE TABLE schedules (
    series TEXT NOT NULL PRIMARY KEY,
    job TEXT NOT NULL,
    cron TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    kept_since TEXT NOT NULL
);

-- Each scheduled date of a series, and what has become of it: Running, Done, Failed, Parked or Skipped. run_no is the newest run for it.
CREATE TABLE occurrences (
    series TEXT NOT NULL,
    local_date TEXT NOT NULL,
    job TEXT NOT NULL,
    fires_at TEXT NOT NULL,
    state TEXT NOT NULL,
    failures INTEGER NOT NULL,
    run_no INTEGER NULL REFERENCES runs (run_no),
    host TEXT NOT NULL,
    exit_code INTEGER NULL,
    reason TEXT NOT NULL,
    changed_at TEXT NOT NULL,
    PRIMARY KEY (series, local_date)
);

-- The scheduled date that a run was made for; none where somebody called it.
ALTER TABLE runs ADD COLUMN occurrence TEXT NULL;
