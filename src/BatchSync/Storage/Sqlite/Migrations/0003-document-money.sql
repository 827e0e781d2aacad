-- Discounts, withholding, retainer and base currency on documents; what a share holds of each; documents that take others back.

ALTER TABLE documents ADD COLUMN withholding INTEGER NOT NULL DEFAULT 0;
ALTER TABLE documents ADD COLUMN retainer INTEGER NOT NULL DEFAULT 0;
ALTER TABLE documents ADD COLUMN discount_cut INTEGER NOT NULL DEFAULT 0;
ALTER TABLE documents ADD COLUMN corrects TEXT NOT NULL DEFAULT '';
ALTER TABLE documents ADD COLUMN after_document INTEGER NULL;
ALTER TABLE documents ADD COLUMN base_currency TEXT NOT NULL DEFAULT '';
ALTER TABLE documents ADD COLUMN base_rate TEXT NOT NULL DEFAULT '';
ALTER TABLE documents ADD COLUMN base_rate_date TEXT NOT NULL DEFAULT '';
ALTER TABLE documents ADD COLUMN base_rate_kind TEXT NOT NULL DEFAULT '';
ALTER TABLE documents ADD COLUMN base_rate_provider TEXT NOT NULL DEFAULT '';
ALTER TABLE documents ADD COLUMN base_rate_retrieved_at TEXT NOT NULL DEFAULT '';
ALTER TABLE documents ADD COLUMN base_total INTEGER NOT NULL DEFAULT 0;
ALTER TABLE documents ADD COLUMN base_rounding INTEGER NOT NULL DEFAULT 0;

CREATE INDEX documents_by_client ON documents (series, client, period_from);

ALTER TABLE document_lines ADD COLUMN amount INTEGER NOT NULL DEFAULT 0;
ALTER TABLE document_lines ADD COLUMN line_discount INTEGER NOT NULL DEFAULT 0;
ALTER TABLE document_lines ADD COLUMN document_discount INTEGER NOT NULL DEFAULT 0;
ALTER TABLE document_lines ADD COLUMN dimensions TEXT NOT NULL DEFAULT '';
-- Billed seconds x billable part; empty: all of them.
ALTER TABLE document_lines ADD COLUMN charged_seconds TEXT NOT NULL DEFAULT '';
ALTER TABLE document_lines ADD COLUMN base_net INTEGER NULL;
ALTER TABLE line_taxes ADD COLUMN base_amount INTEGER NULL;
UPDATE document_lines SET amount = net;

-- taxes: minor units per tax of the line, in its order, separated by semicolons.
ALTER TABLE line_shares ADD COLUMN discount INTEGER NOT NULL DEFAULT 0;
ALTER TABLE line_shares ADD COLUMN document_discount INTEGER NOT NULL DEFAULT 0;
ALTER TABLE line_shares ADD COLUMN taxes TEXT NOT NULL DEFAULT '';
UPDATE line_shares SET taxes = CAST(tax AS TEXT);

-- Why the job's policy does not post a variance; empty: nobody asked it to.
ALTER TABLE record_variances ADD COLUMN hold TEXT NOT NULL DEFAULT '';

-- What a person said of a record: it stays off the books until it is released.
CREATE TABLE record_marks (
    series TEXT NOT NULL,
    stream TEXT NOT NULL,
    source_id TEXT NOT NULL,
    mark TEXT NOT NULL,
    author TEXT NOT NULL,
    reason TEXT NOT NULL,
    marked_at TEXT NOT NULL,
    PRIMARY KEY (series, stream, source_id, mark)
);

-- Plans that a person let through, by the hash of their content.
CREATE TABLE plan_approvals (
    plan_hash TEXT NOT NULL PRIMARY KEY,
    series TEXT NOT NULL,
    author TEXT NOT NULL,
    reason TEXT NOT NULL,
    approved_at TEXT NOT NULL
);

-- What decides a difference by itself, and what of it a person let stand.
ALTER TABLE differences ADD COLUMN basis TEXT NOT NULL DEFAULT '';
ALTER TABLE differences ADD COLUMN accepted_basis TEXT NOT NULL DEFAULT '';
