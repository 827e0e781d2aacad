-- The document keys that records had under earlier rules, so that a document which a lost run made for such a key can be looked for. What a record had as an
-- earlier version stands in the bucket of that version.
CREATE TABLE former_places (
    record_no INTEGER NOT NULL REFERENCES records (record_no),
    series TEXT NOT NULL,
    entity TEXT NOT NULL,
    client TEXT NOT NULL,
    currency TEXT NOT NULL,
    kind TEXT NOT NULL,
    period_kind TEXT NOT NULL,
    period_from TEXT NOT NULL,
    split TEXT NOT NULL,
    PRIMARY KEY (record_no, entity, client, currency, kind, period_kind, period_from, split)
);
CREATE INDEX former_places_by_series ON former_places (series);
CREATE INDEX records_superseded ON records (series, stream, source_id) WHERE is_current = 0;
