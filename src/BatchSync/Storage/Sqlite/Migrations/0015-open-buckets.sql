-- A record that is billed changes its bucket and nothing else: no index of all records has it, so that none is written for it. Those that are open yet have an index of their own, in the
-- order of their numbers; it is taken where a query says the same words.

DROP INDEX buckets_by_key;
CREATE INDEX buckets_by_key ON buckets (series, period_from, client);
CREATE INDEX buckets_open ON buckets (series, record_no) WHERE bucket = 'ready' OR bucket = 'held' OR bucket = 'rejected';
