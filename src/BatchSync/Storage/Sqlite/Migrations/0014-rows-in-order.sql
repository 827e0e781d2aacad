-- Rows stand in the order of their keys, without a second tree that leads to them; keys of documents are found period by period, so that what is written together
-- lies together. An index has the columns that tell its rows apart, the most telling one first. What was measured stands in docs/decisions/0032-statements-of-sqlite.md.

CREATE TABLE buckets_in_order (
    record_no INTEGER NOT NULL REFERENCES records (record_no),
    purpose TEXT NOT NULL,
    series TEXT NOT NULL,
    bucket TEXT NOT NULL,
    reason TEXT NOT NULL,
    entity TEXT NOT NULL,
    client TEXT NOT NULL,
    currency TEXT NOT NULL,
    kind TEXT NOT NULL,
    period_kind TEXT NOT NULL,
    period_from TEXT NOT NULL,
    split TEXT NOT NULL,
    local_date TEXT NULL,
    project TEXT NOT NULL,
    task TEXT NOT NULL,
    person TEXT NOT NULL,
    category TEXT NOT NULL,
    fault_field TEXT NOT NULL,
    fault_value TEXT NOT NULL,
    fault_rule TEXT NOT NULL,
    rules_hash TEXT NOT NULL,
    CONSTRAINT buckets_identity PRIMARY KEY (record_no, purpose)
) WITHOUT ROWID;
INSERT INTO buckets_in_order (record_no, purpose, series, bucket, reason, entity, client, currency, kind, period_kind, period_from, split, local_date, project, task, person, category,
                              fault_field, fault_value, fault_rule, rules_hash)
SELECT record_no, purpose, series, bucket, reason, entity, client, currency, kind, period_kind, period_from, split, local_date, project, task, person, category,
       fault_field, fault_value, fault_rule, rules_hash
FROM buckets ORDER BY record_no, purpose;
DROP TABLE buckets;
ALTER TABLE buckets_in_order RENAME TO buckets;
CREATE INDEX buckets_by_key ON buckets (series, bucket, period_from, client);
CREATE INDEX buckets_by_period ON buckets (series, period_kind, period_from);

CREATE TABLE line_shares_in_order (
    document_no INTEGER NOT NULL,
    line_no INTEGER NOT NULL,
    series TEXT NOT NULL,
    stream TEXT NOT NULL,
    source_id TEXT NOT NULL,
    record_no INTEGER NOT NULL REFERENCES records (record_no),
    version INTEGER NOT NULL,
    billed_seconds INTEGER NOT NULL,
    net INTEGER NOT NULL,
    tax INTEGER NOT NULL,
    inputs_hash TEXT NOT NULL,
    discount INTEGER NOT NULL DEFAULT 0,
    document_discount INTEGER NOT NULL DEFAULT 0,
    -- Minor units per tax of the line, in its order, separated by semicolons.
    taxes TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (document_no, line_no, record_no)
) WITHOUT ROWID;
INSERT INTO line_shares_in_order (document_no, line_no, series, stream, source_id, record_no, version, billed_seconds, net, tax, inputs_hash, discount, document_discount, taxes)
SELECT document_no, line_no, series, stream, source_id, record_no, version, billed_seconds, net, tax, inputs_hash, discount, document_discount, taxes
FROM line_shares ORDER BY document_no, line_no, record_no;
DROP TABLE line_shares;
ALTER TABLE line_shares_in_order RENAME TO line_shares;
CREATE INDEX line_shares_by_record ON line_shares (source_id, stream, series);

DROP INDEX records_seen;
CREATE INDEX records_seen ON records (seen_in) WHERE is_current = 1;

-- Up to which record all are in buckets, by which rules, and how many records of how many seconds that are. It is a hint that is as good as the buckets: what is
-- not assessed by these rules, and what is to be judged anew, is found without walking over all records.
CREATE TABLE assessments (
    series TEXT NOT NULL,
    stream TEXT NOT NULL,
    rules_hash TEXT NOT NULL,
    through_record INTEGER NOT NULL,
    records INTEGER NOT NULL,
    seconds INTEGER NOT NULL,
    PRIMARY KEY (series, stream)
);
CREATE INDEX buckets_to_judge ON buckets (series, record_no) WHERE rules_hash = '' AND bucket <> 'superseded';
