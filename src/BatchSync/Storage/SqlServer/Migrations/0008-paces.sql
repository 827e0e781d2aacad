-- How each account of an API may be asked, as far as its answers and our own calls tell; a hint for the next run, and no part of the books.
-- used: by allowance how many calls count until when, as JSON. rests_until: it failed so often in a row that it is not asked before.
CREATE TABLE paces (
    pace_key nvarchar(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    connector nvarchar(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    used nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
    at_once bigint NOT NULL,
    waits_until nvarchar(30) COLLATE Latin1_General_100_BIN2 NULL,
    failures bigint NOT NULL,
    rests_until nvarchar(30) COLLATE Latin1_General_100_BIN2 NULL,
    next_rest_seconds bigint NOT NULL,
    saved_at nvarchar(30) COLLATE Latin1_General_100_BIN2 NOT NULL,
    CONSTRAINT paces_key PRIMARY KEY (pace_key)
);
