-- Here rows stand in the order of their keys anyway.

-- Up to which record all are in buckets, by which rules, and how many records of how many seconds that are. It is a hint that is as good as the buckets: what is
-- not assessed by these rules, and what is to be judged anew, is found without walking over all records.
CREATE TABLE assessments (
    series nvarchar(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    stream nvarchar(30) COLLATE Latin1_General_100_BIN2 NOT NULL,
    rules_hash nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    through_record bigint NOT NULL,
    records bigint NOT NULL,
    seconds bigint NOT NULL,
    CONSTRAINT assessments_key PRIMARY KEY (series, stream)
);
CREATE INDEX buckets_to_judge ON buckets (series, rules_hash, record_no);
