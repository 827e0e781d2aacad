-- The document keys that records had under earlier rules, so that a document which a lost run made for such a key can be looked for. What a record had as an
-- earlier version stands in the bucket of that version.
CREATE TABLE former_places (
    record_no bigint NOT NULL,
    series nvarchar(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    entity nvarchar(80) COLLATE Latin1_General_100_BIN2 NOT NULL,
    client nvarchar(120) COLLATE Latin1_General_100_BIN2 NOT NULL,
    currency nvarchar(50) COLLATE Latin1_General_100_BIN2 NOT NULL,
    kind nvarchar(40) COLLATE Latin1_General_100_BIN2 NOT NULL,
    period_kind nvarchar(10) COLLATE Latin1_General_100_BIN2 NOT NULL,
    period_from nvarchar(10) COLLATE Latin1_General_100_BIN2 NOT NULL,
    split nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    CONSTRAINT former_places_record_no_of FOREIGN KEY (record_no) REFERENCES records (record_no),
    CONSTRAINT former_places_identity PRIMARY KEY (record_no, entity, client, currency, kind, period_kind, period_from, split)
);
CREATE INDEX former_places_by_series ON former_places (series);
CREATE INDEX records_superseded ON records (series, is_current);
