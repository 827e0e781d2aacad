-- The processes that keep schedules, and when each was last seen. One that ended without a word grows old, and a later one removes it.
CREATE TABLE hosts (
    host nvarchar(400) COLLATE Latin1_General_100_BIN2 NOT NULL,
    process_id bigint NOT NULL,
    started_at nvarchar(30) COLLATE Latin1_General_100_BIN2 NOT NULL,
    seen_at nvarchar(30) COLLATE Latin1_General_100_BIN2 NOT NULL,
    cluster nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    configuration_hash nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    CONSTRAINT hosts_key PRIMARY KEY (host, process_id)
);

-- The destinations of a run whose documents any host may post: Waiting, Working or Done. series_token is that of the run that offers them.
CREATE TABLE partitions (
    run_no bigint NOT NULL,
    destination nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    series_token bigint NOT NULL,
    state nvarchar(20) COLLATE Latin1_General_100_BIN2 NOT NULL,
    host nvarchar(400) COLLATE Latin1_General_100_BIN2 NOT NULL,
    changed_at nvarchar(30) COLLATE Latin1_General_100_BIN2 NOT NULL,
    posted bigint NOT NULL,
    adopted bigint NOT NULL,
    withdrawn bigint NOT NULL,
    fault nvarchar(20) COLLATE Latin1_General_100_BIN2 NULL,
    message nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
    CONSTRAINT partitions_run_no_of FOREIGN KEY (run_no) REFERENCES runs (run_no),
    CONSTRAINT partitions_key PRIMARY KEY (run_no, destination)
);
