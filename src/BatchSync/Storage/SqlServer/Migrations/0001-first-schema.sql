-- Conventions: instants are UTC text (2026-11-22T14:03:01.1234567Z), local dates are ISO text, flags are 0 or 1, money is whole
-- minor units beside a currency, prices, quantities and source amounts are canonical decimal text. Sums in SQL are of integers only.
-- Numbers, names and columns are those of SQLite's migration of the same name. Keys compare byte by byte and are short enough for an index; what people write is not cut.

CREATE TABLE leases (
    name nvarchar(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    token bigint NOT NULL,
    owner nvarchar(400) COLLATE Latin1_General_100_BIN2 NOT NULL,
    host nvarchar(400) COLLATE Latin1_General_100_BIN2 NOT NULL,
    process_id bigint NOT NULL,
    process_started nvarchar(30) COLLATE Latin1_General_100_BIN2 NOT NULL,
    expires_at nvarchar(30) COLLATE Latin1_General_100_BIN2 NOT NULL,
    CONSTRAINT leases_key PRIMARY KEY (name)
);

CREATE TABLE runs (
    run_no bigint IDENTITY(1,1) NOT NULL,
    kind nvarchar(20) COLLATE Latin1_General_100_BIN2 NOT NULL,
    job nvarchar(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    series nvarchar(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    host nvarchar(400) COLLATE Latin1_General_100_BIN2 NOT NULL,
    as_of nvarchar(30) COLLATE Latin1_General_100_BIN2 NOT NULL,
    from_date nvarchar(10) COLLATE Latin1_General_100_BIN2 NULL,
    to_date nvarchar(10) COLLATE Latin1_General_100_BIN2 NULL,
    started_at nvarchar(30) COLLATE Latin1_General_100_BIN2 NOT NULL,
    ended_at nvarchar(30) COLLATE Latin1_General_100_BIN2 NULL,
    status nvarchar(20) COLLATE Latin1_General_100_BIN2 NOT NULL,
    exit_code bigint NULL,
    message nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL CONSTRAINT runs_message_default DEFAULT '',
    CONSTRAINT runs_key PRIMARY KEY (run_no)
);
CREATE INDEX runs_by_series ON runs (series, run_no);

CREATE TABLE run_steps (
    run_no bigint NOT NULL,
    step_no bigint NOT NULL,
    step nvarchar(60) COLLATE Latin1_General_100_BIN2 NOT NULL,
    started_at nvarchar(30) COLLATE Latin1_General_100_BIN2 NOT NULL,
    ended_at nvarchar(30) COLLATE Latin1_General_100_BIN2 NOT NULL,
    message nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
    CONSTRAINT run_steps_run_no_of FOREIGN KEY (run_no) REFERENCES runs (run_no),
    CONSTRAINT run_steps_key PRIMARY KEY (run_no, step_no)
);

CREATE TABLE configuration_files (
    content_hash nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    content varbinary(max) NOT NULL,
    CONSTRAINT configuration_files_key PRIMARY KEY (content_hash)
);

CREATE TABLE run_files (
    run_no bigint NOT NULL,
    path nvarchar(400) COLLATE Latin1_General_100_BIN2 NOT NULL,
    content_hash nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    CONSTRAINT run_files_run_no_of FOREIGN KEY (run_no) REFERENCES runs (run_no),
    CONSTRAINT run_files_content_hash_of FOREIGN KEY (content_hash) REFERENCES configuration_files (content_hash),
    CONSTRAINT run_files_key PRIMARY KEY NONCLUSTERED (run_no, path)
);

CREATE TABLE destinations (
    series nvarchar(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    destination nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    connector nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    tenant nvarchar(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    environment nvarchar(50) COLLATE Latin1_General_100_BIN2 NOT NULL,
    first_seen_at nvarchar(30) COLLATE Latin1_General_100_BIN2 NOT NULL,
    CONSTRAINT destinations_key PRIMARY KEY (series, destination)
);

CREATE TABLE raw_pages (
    content_hash nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    body varbinary(max) NOT NULL,
    length bigint NOT NULL,
    first_seen_at nvarchar(30) COLLATE Latin1_General_100_BIN2 NOT NULL,
    CONSTRAINT raw_pages_key PRIMARY KEY (content_hash)
);

CREATE TABLE page_sets (
    page_set bigint IDENTITY(1,1) NOT NULL,
    series nvarchar(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    stream nvarchar(30) COLLATE Latin1_General_100_BIN2 NOT NULL,
    run_no bigint NOT NULL,
    modified_since nvarchar(30) COLLATE Latin1_General_100_BIN2 NULL,
    from_date nvarchar(10) COLLATE Latin1_General_100_BIN2 NULL,
    to_date nvarchar(10) COLLATE Latin1_General_100_BIN2 NULL,
    upper_bound nvarchar(30) COLLATE Latin1_General_100_BIN2 NOT NULL,
    [cursor] nvarchar(max) COLLATE Latin1_General_100_BIN2 NULL,
    pages bigint NOT NULL CONSTRAINT page_sets_pages_default DEFAULT 0,
    state nvarchar(20) COLLATE Latin1_General_100_BIN2 NOT NULL,
    stated_total bigint NULL,
    left_out bigint NOT NULL CONSTRAINT page_sets_left_out_default DEFAULT 0,
    distinct_records bigint NULL,
    started_at nvarchar(30) COLLATE Latin1_General_100_BIN2 NOT NULL,
    ended_at nvarchar(30) COLLATE Latin1_General_100_BIN2 NULL,
    CONSTRAINT page_sets_key PRIMARY KEY (page_set)
);
CREATE INDEX page_sets_by_stream ON page_sets (series, stream, state);

CREATE TABLE pages (
    page_set bigint NOT NULL,
    page_no bigint NOT NULL,
    content_hash nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    location nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
    received_at nvarchar(30) COLLATE Latin1_General_100_BIN2 NOT NULL,
    records bigint NOT NULL,
    left_out bigint NOT NULL,
    CONSTRAINT pages_page_set_of FOREIGN KEY (page_set) REFERENCES page_sets (page_set),
    CONSTRAINT pages_content_hash_of FOREIGN KEY (content_hash) REFERENCES raw_pages (content_hash),
    CONSTRAINT pages_key PRIMARY KEY (page_set, page_no)
);

CREATE TABLE watermarks (
    series nvarchar(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    stream nvarchar(30) COLLATE Latin1_General_100_BIN2 NOT NULL,
    modified_through nvarchar(30) COLLATE Latin1_General_100_BIN2 NOT NULL,
    page_set bigint NOT NULL,
    CONSTRAINT watermarks_key PRIMARY KEY (series, stream)
);

CREATE TABLE records (
    record_no bigint IDENTITY(1,1) NOT NULL,
    series nvarchar(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    stream nvarchar(30) COLLATE Latin1_General_100_BIN2 NOT NULL,
    source_id nvarchar(300) COLLATE Latin1_General_100_BIN2 NOT NULL,
    version bigint NOT NULL,
    is_current bigint NOT NULL,
    content_hash nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    page_hash nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    seen_in bigint NOT NULL,
    client_id nvarchar(1000) COLLATE Latin1_General_100_BIN2 NOT NULL,
    client_name nvarchar(1000) COLLATE Latin1_General_100_BIN2 NOT NULL,
    project_id nvarchar(1000) COLLATE Latin1_General_100_BIN2 NOT NULL,
    project_name nvarchar(1000) COLLATE Latin1_General_100_BIN2 NOT NULL,
    task_id nvarchar(1000) COLLATE Latin1_General_100_BIN2 NOT NULL,
    task_name nvarchar(1000) COLLATE Latin1_General_100_BIN2 NOT NULL,
    person_id nvarchar(1000) COLLATE Latin1_General_100_BIN2 NOT NULL,
    person_name nvarchar(1000) COLLATE Latin1_General_100_BIN2 NOT NULL,
    category_id nvarchar(1000) COLLATE Latin1_General_100_BIN2 NOT NULL,
    category_name nvarchar(1000) COLLATE Latin1_General_100_BIN2 NOT NULL,
    purchase_order nvarchar(1000) COLLATE Latin1_General_100_BIN2 NOT NULL,
    service_date nvarchar(10) COLLATE Latin1_General_100_BIN2 NULL,
    start_at nvarchar(30) COLLATE Latin1_General_100_BIN2 NULL,
    seconds bigint NULL,
    amount nvarchar(60) COLLATE Latin1_General_100_BIN2 NULL,
    currency nvarchar(50) COLLATE Latin1_General_100_BIN2 NOT NULL,
    billable bigint NOT NULL,
    approved bigint NULL,
    billed_elsewhere bigint NOT NULL,
    deleted bigint NOT NULL,
    notes nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
    modified_at nvarchar(30) COLLATE Latin1_General_100_BIN2 NULL,
    name nvarchar(1000) COLLATE Latin1_General_100_BIN2 NOT NULL,
    code nvarchar(1000) COLLATE Latin1_General_100_BIN2 NOT NULL,
    active bigint NOT NULL,
    faults nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
    CONSTRAINT records_key PRIMARY KEY (record_no),
    CONSTRAINT records_identity UNIQUE (series, stream, source_id, version)
);
CREATE INDEX records_seen ON records (seen_in);

CREATE TABLE buckets (
    record_no bigint NOT NULL,
    purpose nvarchar(20) COLLATE Latin1_General_100_BIN2 NOT NULL,
    series nvarchar(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    bucket nvarchar(20) COLLATE Latin1_General_100_BIN2 NOT NULL,
    reason nvarchar(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    entity nvarchar(80) COLLATE Latin1_General_100_BIN2 NOT NULL,
    client nvarchar(120) COLLATE Latin1_General_100_BIN2 NOT NULL,
    currency nvarchar(50) COLLATE Latin1_General_100_BIN2 NOT NULL,
    kind nvarchar(40) COLLATE Latin1_General_100_BIN2 NOT NULL,
    period_kind nvarchar(10) COLLATE Latin1_General_100_BIN2 NOT NULL,
    period_from nvarchar(10) COLLATE Latin1_General_100_BIN2 NOT NULL,
    split nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    local_date nvarchar(10) COLLATE Latin1_General_100_BIN2 NULL,
    project nvarchar(1000) COLLATE Latin1_General_100_BIN2 NOT NULL,
    task nvarchar(1000) COLLATE Latin1_General_100_BIN2 NOT NULL,
    person nvarchar(1000) COLLATE Latin1_General_100_BIN2 NOT NULL,
    category nvarchar(1000) COLLATE Latin1_General_100_BIN2 NOT NULL,
    fault_field nvarchar(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    fault_value nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
    fault_rule nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
    rules_hash nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    CONSTRAINT buckets_record_no_of FOREIGN KEY (record_no) REFERENCES records (record_no),
    CONSTRAINT buckets_identity PRIMARY KEY (record_no, purpose)
);
CREATE INDEX buckets_by_key ON buckets (series, purpose, bucket, entity, client, currency, kind, period_kind, period_from, split);
CREATE INDEX buckets_by_period ON buckets (series, purpose, period_kind, period_from);

CREATE TABLE touched_periods (
    series nvarchar(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    period_kind nvarchar(10) COLLATE Latin1_General_100_BIN2 NOT NULL,
    period_from nvarchar(10) COLLATE Latin1_General_100_BIN2 NOT NULL,
    CONSTRAINT touched_periods_key PRIMARY KEY NONCLUSTERED (series, period_kind, period_from)
);

CREATE TABLE documents (
    document_no bigint IDENTITY(1,1) NOT NULL,
    reference nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    tenant nvarchar(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    series nvarchar(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    destination nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    entity nvarchar(80) COLLATE Latin1_General_100_BIN2 NOT NULL,
    client nvarchar(120) COLLATE Latin1_General_100_BIN2 NOT NULL,
    currency nvarchar(10) COLLATE Latin1_General_100_BIN2 NOT NULL,
    kind nvarchar(40) COLLATE Latin1_General_100_BIN2 NOT NULL,
    period_kind nvarchar(10) COLLATE Latin1_General_100_BIN2 NOT NULL,
    period_from nvarchar(10) COLLATE Latin1_General_100_BIN2 NOT NULL,
    split nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    purpose nvarchar(20) COLLATE Latin1_General_100_BIN2 NOT NULL,
    revision bigint NOT NULL,
    type nvarchar(20) COLLATE Latin1_General_100_BIN2 NOT NULL,
    document_date nvarchar(10) COLLATE Latin1_General_100_BIN2 NOT NULL,
    due_date nvarchar(10) COLLATE Latin1_General_100_BIN2 NOT NULL,
    destination_client nvarchar(400) COLLATE Latin1_General_100_BIN2 NOT NULL,
    client_name nvarchar(1000) COLLATE Latin1_General_100_BIN2 NOT NULL,
    net bigint NOT NULL,
    tax bigint NOT NULL,
    total bigint NOT NULL,
    content_hash nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    hash_version bigint NOT NULL,
    mapping_hash nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    run_no bigint NOT NULL,
    created_at nvarchar(30) COLLATE Latin1_General_100_BIN2 NOT NULL,
    CONSTRAINT documents_key PRIMARY KEY (document_no),
    CONSTRAINT documents_reference UNIQUE (reference),
    CONSTRAINT documents_identity UNIQUE (tenant, series, entity, client, currency, kind, period_kind, period_from, split, purpose, revision)
);
CREATE INDEX documents_by_period ON documents (series, period_kind, period_from);

CREATE TABLE document_lines (
    document_no bigint NOT NULL,
    line_no bigint NOT NULL,
    type nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    group_values nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
    description nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
    account nvarchar(400) COLLATE Latin1_General_100_BIN2 NOT NULL,
    item nvarchar(400) COLLATE Latin1_General_100_BIN2 NOT NULL,
    tax_code nvarchar(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    destination_tax_code nvarchar(400) COLLATE Latin1_General_100_BIN2 NOT NULL,
    tax_treatment nvarchar(40) COLLATE Latin1_General_100_BIN2 NOT NULL,
    tax_reason nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
    billed_seconds bigint NOT NULL,
    quantity nvarchar(60) COLLATE Latin1_General_100_BIN2 NOT NULL,
    unit_price nvarchar(60) COLLATE Latin1_General_100_BIN2 NOT NULL,
    net bigint NOT NULL,
    tax bigint NOT NULL,
    variance nvarchar(1000) COLLATE Latin1_General_100_BIN2 NOT NULL,
    CONSTRAINT document_lines_document_no_of FOREIGN KEY (document_no) REFERENCES documents (document_no),
    CONSTRAINT document_lines_key PRIMARY KEY (document_no, line_no)
);

CREATE TABLE line_taxes (
    document_no bigint NOT NULL,
    line_no bigint NOT NULL,
    position bigint NOT NULL,
    component nvarchar(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    rate nvarchar(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    amount bigint NOT NULL,
    CONSTRAINT line_taxes_key PRIMARY KEY (document_no, line_no, position)
);

CREATE TABLE document_taxes (
    document_no bigint NOT NULL,
    position bigint NOT NULL,
    tax_code nvarchar(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    component nvarchar(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    rate nvarchar(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    amount bigint NOT NULL,
    CONSTRAINT document_taxes_document_no_of FOREIGN KEY (document_no) REFERENCES documents (document_no),
    CONSTRAINT document_taxes_key PRIMARY KEY (document_no, position)
);

CREATE TABLE line_shares (
    document_no bigint NOT NULL,
    line_no bigint NOT NULL,
    series nvarchar(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    stream nvarchar(30) COLLATE Latin1_General_100_BIN2 NOT NULL,
    source_id nvarchar(300) COLLATE Latin1_General_100_BIN2 NOT NULL,
    record_no bigint NOT NULL,
    version bigint NOT NULL,
    billed_seconds bigint NOT NULL,
    net bigint NOT NULL,
    tax bigint NOT NULL,
    inputs_hash nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    CONSTRAINT line_shares_record_no_of FOREIGN KEY (record_no) REFERENCES records (record_no),
    CONSTRAINT line_shares_key PRIMARY KEY (document_no, line_no, record_no)
);
CREATE INDEX line_shares_by_record ON line_shares (series, stream, source_id);

CREATE TABLE outbox (
    document_no bigint NOT NULL,
    series nvarchar(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    destination nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    state nvarchar(20) COLLATE Latin1_General_100_BIN2 NOT NULL,
    attempts bigint NOT NULL,
    idempotency_key nvarchar(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    lease_token bigint NULL,
    send_by nvarchar(30) COLLATE Latin1_General_100_BIN2 NULL,
    misses bigint NOT NULL,
    missed_at nvarchar(30) COLLATE Latin1_General_100_BIN2 NULL,
    destination_id nvarchar(400) COLLATE Latin1_General_100_BIN2 NOT NULL,
    message nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
    changed_at nvarchar(30) COLLATE Latin1_General_100_BIN2 NOT NULL,
    CONSTRAINT outbox_key PRIMARY KEY (document_no),
    CONSTRAINT outbox_document_no_of FOREIGN KEY (document_no) REFERENCES documents (document_no)
);
CREATE INDEX outbox_by_state ON outbox (series, state, destination, document_no);

CREATE TABLE posting_attempts (
    attempt_no bigint IDENTITY(1,1) NOT NULL,
    run_no bigint NOT NULL,
    destination nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    action nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    idempotency_key nvarchar(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    started_at nvarchar(30) COLLATE Latin1_General_100_BIN2 NOT NULL,
    ended_at nvarchar(30) COLLATE Latin1_General_100_BIN2 NULL,
    request nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
    response nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
    CONSTRAINT posting_attempts_key PRIMARY KEY (attempt_no)
);

CREATE TABLE attempt_items (
    attempt_no bigint NOT NULL,
    reference nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    outcome nvarchar(1000) COLLATE Latin1_General_100_BIN2 NOT NULL,
    message nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
    CONSTRAINT attempt_items_attempt_no_of FOREIGN KEY (attempt_no) REFERENCES posting_attempts (attempt_no),
    CONSTRAINT attempt_items_key PRIMARY KEY NONCLUSTERED (attempt_no, reference)
);
CREATE INDEX attempt_items_by_reference ON attempt_items (reference);

CREATE TABLE record_variances (
    series nvarchar(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    stream nvarchar(30) COLLATE Latin1_General_100_BIN2 NOT NULL,
    source_id nvarchar(300) COLLATE Latin1_General_100_BIN2 NOT NULL,
    version bigint NOT NULL,
    rules_hash nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    document_no bigint NOT NULL,
    posted_net bigint NOT NULL,
    posted_tax bigint NOT NULL,
    correct nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
    correct_net bigint NULL,
    correct_tax bigint NULL,
    reason nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
    CONSTRAINT record_variances_key PRIMARY KEY NONCLUSTERED (series, stream, source_id)
);

CREATE TABLE reconciliation_rows (
    run_no bigint NOT NULL,
    position bigint NOT NULL,
    period_kind nvarchar(10) COLLATE Latin1_General_100_BIN2 NOT NULL,
    period_from nvarchar(10) COLLATE Latin1_General_100_BIN2 NOT NULL,
    purpose nvarchar(20) COLLATE Latin1_General_100_BIN2 NOT NULL,
    entity nvarchar(80) COLLATE Latin1_General_100_BIN2 NOT NULL,
    client nvarchar(120) COLLATE Latin1_General_100_BIN2 NOT NULL,
    currency nvarchar(50) COLLATE Latin1_General_100_BIN2 NOT NULL,
    step nvarchar(60) COLLATE Latin1_General_100_BIN2 NOT NULL,
    item nvarchar(400) COLLATE Latin1_General_100_BIN2 NOT NULL,
    records bigint NULL,
    seconds bigint NULL,
    amount nvarchar(60) COLLATE Latin1_General_100_BIN2 NULL,
    CONSTRAINT reconciliation_rows_run_no_of FOREIGN KEY (run_no) REFERENCES runs (run_no),
    CONSTRAINT reconciliation_rows_key PRIMARY KEY (run_no, position)
);

CREATE TABLE differences (
    series nvarchar(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    code nvarchar(60) COLLATE Latin1_General_100_BIN2 NOT NULL,
    subject nvarchar(400) COLLATE Latin1_General_100_BIN2 NOT NULL,
    difference_no bigint NOT NULL,
    job nvarchar(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    period_kind nvarchar(10) COLLATE Latin1_General_100_BIN2 NOT NULL,
    period_from nvarchar(10) COLLATE Latin1_General_100_BIN2 NOT NULL,
    client nvarchar(120) COLLATE Latin1_General_100_BIN2 NOT NULL,
    currency nvarchar(50) COLLATE Latin1_General_100_BIN2 NOT NULL,
    expected nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
    actual nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
    amount nvarchar(60) COLLATE Latin1_General_100_BIN2 NULL,
    explanation nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
    first_run bigint NOT NULL,
    first_seen_at nvarchar(30) COLLATE Latin1_General_100_BIN2 NOT NULL,
    last_run bigint NOT NULL,
    accepted_signature nvarchar(max) COLLATE Latin1_General_100_BIN2 NULL,
    accepted_by nvarchar(400) COLLATE Latin1_General_100_BIN2 NULL,
    accepted_at nvarchar(30) COLLATE Latin1_General_100_BIN2 NULL,
    accepted_reason nvarchar(max) COLLATE Latin1_General_100_BIN2 NULL,
    CONSTRAINT differences_key PRIMARY KEY NONCLUSTERED (series, code, subject),
    CONSTRAINT differences_number UNIQUE (difference_no)
);

CREATE TABLE audit_events (
    event_no bigint IDENTITY(1,1) NOT NULL,
    at nvarchar(30) COLLATE Latin1_General_100_BIN2 NOT NULL,
    author nvarchar(400) COLLATE Latin1_General_100_BIN2 NOT NULL,
    action nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    subject nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
    reason nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
    CONSTRAINT audit_events_key PRIMARY KEY (event_no)
);

CREATE TABLE deliveries (
    run_no bigint NOT NULL,
    channel nvarchar(60) COLLATE Latin1_General_100_BIN2 NOT NULL,
    sent_at nvarchar(30) COLLATE Latin1_General_100_BIN2 NOT NULL,
    CONSTRAINT deliveries_run_no_of FOREIGN KEY (run_no) REFERENCES runs (run_no),
    CONSTRAINT deliveries_key PRIMARY KEY (run_no, channel)
);
