-- What is wrong at a job, or was: of each kind one stands at a time. notice counts what there was to tell of it, and summary and details say the newest of that.
CREATE TABLE alerts (
    alert_no bigint IDENTITY(1,1) NOT NULL,
    series nvarchar(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    job nvarchar(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    kind nvarchar(20) COLLATE Latin1_General_100_BIN2 NOT NULL,
    found bigint NOT NULL,
    newest nvarchar(30) COLLATE Latin1_General_100_BIN2 NULL,
    raised_at nvarchar(30) COLLATE Latin1_General_100_BIN2 NOT NULL,
    notice bigint NOT NULL,
    notice_at nvarchar(30) COLLATE Latin1_General_100_BIN2 NOT NULL,
    resolved_at nvarchar(30) COLLATE Latin1_General_100_BIN2 NULL,
    run_no bigint NULL,
    summary nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
    details nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
    CONSTRAINT alerts_run_no_of FOREIGN KEY (run_no) REFERENCES runs (run_no),
    CONSTRAINT alerts_key PRIMARY KEY (alert_no)
);
CREATE INDEX alerts_by_series ON alerts (series, resolved_at);

-- Up to which notice each receiver has been told of an alert.
CREATE TABLE alert_deliveries (
    alert_no bigint NOT NULL,
    route nvarchar(300) COLLATE Latin1_General_100_BIN2 NOT NULL,
    notice bigint NOT NULL,
    sent_at nvarchar(30) COLLATE Latin1_General_100_BIN2 NOT NULL,
    CONSTRAINT alert_deliveries_alert_no_of FOREIGN KEY (alert_no) REFERENCES alerts (alert_no),
    CONSTRAINT alert_deliveries_key PRIMARY KEY (alert_no, route)
);
