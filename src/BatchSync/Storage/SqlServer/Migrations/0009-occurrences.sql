-- Since when the schedule of a series is kept as it is: what it would have had due before that is nobody's to perform.
CREATE TABLE schedules (
    series nvarchar(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    job nvarchar(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    cron nvarchar(400) COLLATE Latin1_General_100_BIN2 NOT NULL,
    time_zone nvarchar(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    kept_since nvarchar(30) COLLATE Latin1_General_100_BIN2 NOT NULL,
    CONSTRAINT schedules_key PRIMARY KEY (series)
);

-- Each scheduled date of a series, and what has become of it: Running, Done, Failed, Parked or Skipped. run_no is the newest run for it.
CREATE TABLE occurrences (
    series nvarchar(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    local_date nvarchar(10) COLLATE Latin1_General_100_BIN2 NOT NULL,
    job nvarchar(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    fires_at nvarchar(30) COLLATE Latin1_General_100_BIN2 NOT NULL,
    state nvarchar(20) COLLATE Latin1_General_100_BIN2 NOT NULL,
    failures bigint NOT NULL,
    run_no bigint NULL,
    host nvarchar(400) COLLATE Latin1_General_100_BIN2 NOT NULL,
    exit_code bigint NULL,
    reason nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
    changed_at nvarchar(30) COLLATE Latin1_General_100_BIN2 NOT NULL,
    CONSTRAINT occurrences_run_no_of FOREIGN KEY (run_no) REFERENCES runs (run_no),
    CONSTRAINT occurrences_key PRIMARY KEY (series, local_date)
);

-- The scheduled date that a run was made for; none where somebody called it.
ALTER TABLE runs ADD occurrence nvarchar(10) COLLATE Latin1_General_100_BIN2 NULL;
