-- Why a page set was read: records, window (of service dates, to see what is missing), deletions (the source's own list), absence (our conclusion).
ALTER TABLE page_sets ADD purpose nvarchar(20) COLLATE Latin1_General_100_BIN2 NOT NULL CONSTRAINT page_sets_purpose_default DEFAULT 'records';

-- Records that the last complete reading of their service date did not show, with the run and the reading that missed them first. Not deleted yet, or just so.
CREATE TABLE missing_records (
    series nvarchar(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    stream nvarchar(30) COLLATE Latin1_General_100_BIN2 NOT NULL,
    source_id nvarchar(300) COLLATE Latin1_General_100_BIN2 NOT NULL,
    run_no bigint NOT NULL,
    page_set bigint NOT NULL,
    missed_at nvarchar(30) COLLATE Latin1_General_100_BIN2 NOT NULL,
    CONSTRAINT missing_records_key PRIMARY KEY NONCLUSTERED (series, stream, source_id)
);

-- Refresh tokens, sealed with the key of BATCHSYNC_KEY_FILE (key_id tells which): of each client and account the newest one. sent_at: since when a use of it has no answer.
CREATE TABLE sign_ins (
    sign_in_key nvarchar(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    connector nvarchar(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    account nvarchar(400) COLLATE Latin1_General_100_BIN2 NOT NULL,
    key_id nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    sealed_token nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
    author nvarchar(400) COLLATE Latin1_General_100_BIN2 NOT NULL,
    signed_in_at nvarchar(30) COLLATE Latin1_General_100_BIN2 NOT NULL,
    refreshed_at nvarchar(30) COLLATE Latin1_General_100_BIN2 NOT NULL,
    sent_at nvarchar(30) COLLATE Latin1_General_100_BIN2 NULL,
    CONSTRAINT sign_ins_key PRIMARY KEY (sign_in_key)
);
