-- Keys of documents are found period by period, so that what is written together lies together.

DROP INDEX buckets_by_key ON buckets;
CREATE INDEX buckets_by_key ON buckets (series, purpose, bucket, period_from, period_kind, entity, client, currency, kind, split);
