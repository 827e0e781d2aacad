-- Discounts, withholding, retainer and base currency on documents; what a share holds of each; documents that take others back.
-- No store on SQL Server is older than this: nothing is filled in.

ALTER TABLE documents ADD withholding bigint NOT NULL CONSTRAINT documents_withholding_default DEFAULT 0;
ALTER TABLE documents ADD retainer bigint NOT NULL CONSTRAINT documents_retainer_default DEFAULT 0;
ALTER TABLE documents ADD discount_cut bigint NOT NULL CONSTRAINT documents_discount_cut_default DEFAULT 0;
ALTER TABLE documents ADD corrects nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL CONSTRAINT documents_corrects_default DEFAULT '';
ALTER TABLE documents ADD after_document bigint NULL;
ALTER TABLE documents ADD base_currency nvarchar(10) COLLATE Latin1_General_100_BIN2 NOT NULL CONSTRAINT documents_base_currency_default DEFAULT '';
ALTER TABLE documents ADD base_rate nvarchar(200) COLLATE Latin1_General_100_BIN2 NOT NULL CONSTRAINT documents_base_rate_default DEFAULT '';
ALTER TABLE documents ADD base_rate_date nvarchar(10) COLLATE Latin1_General_100_BIN2 NOT NULL CONSTRAINT documents_base_rate_date_default DEFAULT '';
ALTER TABLE documents ADD base_rate_kind nvarchar(20) COLLATE Latin1_General_100_BIN2 NOT NULL CONSTRAINT documents_base_rate_kind_default DEFAULT '';
ALTER TABLE documents ADD base_rate_provider nvarchar(60) COLLATE Latin1_General_100_BIN2 NOT NULL CONSTRAINT documents_base_rate_provider_default DEFAULT '';
ALTER TABLE documents ADD base_rate_retrieved_at nvarchar(30) COLLATE Latin1_General_100_BIN2 NOT NULL CONSTRAINT documents_base_rate_retrieved_at_default DEFAULT '';
ALTER TABLE documents ADD base_total bigint NOT NULL CONSTRAINT documents_base_total_default DEFAULT 0;
ALTER TABLE documents ADD base_rounding bigint NOT NULL CONSTRAINT documents_base_rounding_default DEFAULT 0;

CREATE INDEX documents_by_client ON documents (series, client, period_from);

ALTER TABLE document_lines ADD amount bigint NOT NULL CONSTRAINT document_lines_amount_default DEFAULT 0;
ALTER TABLE document_lines ADD line_discount bigint NOT NULL CONSTRAINT document_lines_line_discount_default DEFAULT 0;
ALTER TABLE document_lines ADD document_discount bigint NOT NULL CONSTRAINT document_lines_document_discount_default DEFAULT 0;
ALTER TABLE document_lines ADD dimensions nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL CONSTRAINT document_lines_dimensions_default DEFAULT '';
-- Billed seconds x billable part; empty: all of them.
ALTER TABLE document_lines ADD charged_seconds nvarchar(200) COLLATE Latin1_General_100_BIN2 NOT NULL CONSTRAINT document_lines_charged_seconds_default DEFAULT '';
ALTER TABLE document_lines ADD base_net bigint NULL;
ALTER TABLE line_taxes ADD base_amount bigint NULL;

-- taxes: minor units per tax of the line, in its order, separated by semicolons.
ALTER TABLE line_shares ADD discount bigint NOT NULL CONSTRAINT line_shares_discount_default DEFAULT 0;
ALTER TABLE line_shares ADD document_discount bigint NOT NULL CONSTRAINT line_shares_document_discount_default DEFAULT 0;
ALTER TABLE line_shares ADD taxes nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL CONSTRAINT line_shares_taxes_default DEFAULT '';

-- Why the job's policy does not post a variance; empty: nobody asked it to.
ALTER TABLE record_variances ADD hold nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL CONSTRAINT record_variances_hold_default DEFAULT '';

-- What a person said of a record: it stays off the books until it is released.
CREATE TABLE record_marks (
    series nvarchar(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    stream nvarchar(30) COLLATE Latin1_General_100_BIN2 NOT NULL,
    source_id nvarchar(300) COLLATE Latin1_General_100_BIN2 NOT NULL,
    mark nvarchar(30) COLLATE Latin1_General_100_BIN2 NOT NULL,
    author nvarchar(400) COLLATE Latin1_General_100_BIN2 NOT NULL,
    reason nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
    marked_at nvarchar(30) COLLATE Latin1_General_100_BIN2 NOT NULL,
    CONSTRAINT record_marks_key PRIMARY KEY NONCLUSTERED (series, stream, source_id, mark)
);

-- Plans that a person let through, by the hash of their content.
CREATE TABLE plan_approvals (
    plan_hash nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    series nvarchar(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    author nvarchar(400) COLLATE Latin1_General_100_BIN2 NOT NULL,
    reason nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
    approved_at nvarchar(30) COLLATE Latin1_General_100_BIN2 NOT NULL,
    CONSTRAINT plan_approvals_key PRIMARY KEY (plan_hash)
);

-- What decides a difference by itself, and what of it a person let stand.
ALTER TABLE differences ADD basis nvarchar(300) COLLATE Latin1_General_100_BIN2 NOT NULL CONSTRAINT differences_basis_default DEFAULT '';
ALTER TABLE differences ADD accepted_basis nvarchar(300) COLLATE Latin1_General_100_BIN2 NOT NULL CONSTRAINT differences_accepted_basis_default DEFAULT '';
