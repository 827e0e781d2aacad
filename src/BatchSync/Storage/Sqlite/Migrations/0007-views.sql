-- What people and their BI tools read: stable names over tables that may change. Amounts of documents are whole minor units beside a currency, as everywhere in the store.

CREATE VIEW reconciliation_summary AS
SELECT u.job, u.series, r.run_no, u.started_at, r.period_kind, r.period_from, r.purpose, r.entity, r.client, r.currency, r.step, r.item, r.records, r.seconds, r.amount AS amount
FROM reconciliation_rows r JOIN runs u ON u.run_no = r.run_no
WHERE NOT EXISTS (
    SELECT 1 FROM reconciliation_rows n JOIN runs m ON m.run_no = n.run_no
    WHERE m.series = u.series AND n.period_kind = r.period_kind AND n.period_from = r.period_from AND n.run_no > r.run_no);

CREATE VIEW open_differences AS
SELECT d.difference_no, d.job, d.series, d.code, d.subject, d.period_kind, d.period_from, d.client, d.currency, d.expected, d.actual, d.amount AS amount, d.explanation, d.first_seen_at, d.last_run
FROM differences d
WHERE d.accepted_signature IS NULL OR d.accepted_signature <> CONCAT(d.expected, '|', d.actual);

CREATE VIEW posted_documents AS
SELECT d.document_no, d.reference, o.destination_id, o.state, d.destination, d.tenant, d.series, d.entity, d.client, d.client_name, d.type, d.purpose, d.revision, d.period_kind, d.period_from,
       d.document_date, d.due_date, d.currency, d.net AS net_minor_units, d.tax AS tax_minor_units, d.total AS total_minor_units, d.withholding AS withholding_minor_units,
       d.retainer AS retainer_minor_units, d.base_currency, d.base_total AS base_total_minor_units, d.corrects, d.run_no, d.created_at, o.changed_at
FROM documents d JOIN outbox o ON o.document_no = d.document_no
WHERE o.state IN ('Created', 'Finalizing', 'Posted');
