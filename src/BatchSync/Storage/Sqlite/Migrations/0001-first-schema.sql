-- Conventions: instants are UTC text (2026-11-22T14:03:01.1234567Z), local dates are ISO text, flags are 0 or 1, money is whole
-- minor units beside a currency, prices, quantities and source amounts are canonical decimal text. Sums in SQL are of integers only.

CREATE TABLE leases (
    name TEXT NOT NULL PRIMARY KEY,
    token INTEGER NOT NULL,
    owner TEXT NOT NULL,
    host TEXT NOT NULL,
    process_id INTEGER NOT NULL,
    process_started TEXT NOT NULL,
    expires_at TEXT NOT NULL
);

CREATE TABLE runs (
    run_no INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    job TEXT NOT NULL,
    series TEXT NOT NULL,
    host TEXT NOT NULL,
    as_of TEXT NOT NULL,
    from_date TEXT NULL,
    to_date TEXT NULL,
    started_at TEXT NOT NULL,
    ended_at TEXT NULL,
    status TEXT NOT NULL,
    exit_code INTEGER NULL,
    message TEXT NOT NULL DEFAULT ''
);
CREATE INDEX runs_by_series ON runs (series, run_no);

CREATE TABLE run_steps (
    run_no INTEGER NOT NULL REFERENCES runs (run_no),
    step_no INTEGER NOT NULL,
    step TEXT NOT NULL,
    started_at TEXT NOT NULL,
    ended_at TEXT NOT NULL,
    message TEXT NOT NULL,
    PRIMARY KEY (run_no, step_no)
);

CREATE TABLE configuration_files (
    content_hash TEXT NOT NULL PRIMARY KEY,
    content BLOB NOT NULL
);

CREATE TABLE run_files (
    run_no INTEGER NOT NULL REFERENCES runs (run_no),
    path TEXT NOT NULL,
    content_hash TEXT NOT NULL REFERENCES configuration_files (content_hash),
    PRIMARY KEY (run_no, path)
);

CREATE TABLE destinations (
    series TEXT NOT NULL,
    destination TEXT NOT NULL,
    connector TEXT NOT NULL,
    tenant TEXT NOT NULL,
    environment TEXT NOT NULL,
    first_seen_at TEXT NOT NULL,
    PRIMARY KEY (series, destination)
);

CREATE TABLE raw_pages (
    content_hash TEXT NOT NULL PRIMARY KEY,
    body BLOB NOT NULL,
    length INTEGER NOT NULL,
    first_seen_at TEXT NOT NULL
);

CREATE TABLE page_sets (
    page_set INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    series TEXT NOT NULL,
    stream TEXT NOT NULL,
    run_no INTEGER NOT NULL,
    modified_since TEXT NULL,
    from_date TEXT NULL,
    to_date TEXT NULL,
    upper_bound TEXT NOT NULL,
    cursor TEXT NULL,
    pages INTEGER NOT NULL DEFAULT 0,
    state TEXT NOT NULL,
    stated_total INTEGER NULL,
    left_out INTEGER NOT NULL DEFAULT 0,
    distinct_records INTEGER NULL,
    started_at TEXT NOT NULL,
    ended_at TEXT NULL
);
CREATE INDEX page_sets_by_stream ON page_sets (series, stream, state);

CREATE TABLE pages (
    page_set INTEGER NOT NULL REFERENCES page_sets (page_set),
    page_no INTEGER NOT NULL,
    content_hash TEXT NOT NULL REFERENCES raw_pages (content_hash),
    location TEXT NOT NULL,
    received_at TEXT NOT NULL,
    records INTEGER NOT NULL,
    left_out INTEGER NOT NULL,
    PRIMARY KEY (page_set, page_no)
);

CREATE TABLE watermarks (
    series TEXT NOT NULL,
    stream TEXT NOT NULL,
    modified_through TEXT NOT NULL,
    page_set INTEGER NOT NULL,
    PRIMARY KEY (series, stream)
);

CREATE TABLE records (
    record_no INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    series TEXT NOT NULL,
    stream TEXT NOT NULL,
    source_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    is_current INTEGER NOT NULL,
    content_hash TEXT NOT NULL,
    page_hash TEXT NOT NULL,
    seen_in INTEGER NOT NULL,
    client_id TEXT NOT NULL, client_name TEXT NOT NULL,
    project_id TEXT NOT NULL, project_name TEXT NOT NULL,
    task_id TEXT NOT NULL, task_name TEXT NOT NULL,
    person_id TEXT NOT NULL, person_name TEXT NOT NULL,
    category_id TEXT NOT NULL, category_name TEXT NOT NULL,
    purchase_order TEXT NOT NULL,
    service_date TEXT NULL,
    start_at TEXT NULL,
    seconds INTEGER NULL,
    amount TEXT NULL,
    currency TEXT NOT NULL,
    billable INTEGER NOT NULL,
    approved INTEGER NULL,
    billed_elsewhere INTEGER NOT NULL,
    deleted INTEGER NOT NULL,
    notes TEXT NOT NULL,
    modified_at TEXT NULL,
    name TEXT NOT NULL,
    code TEXT NOT NULL,
    active INTEGER NOT NULL,
    faults TEXT NOT NULL,
    CONSTRAINT records_identity UNIQUE (series, stream, source_id, version)
);
CREATE INDEX records_seen ON records (seen_in);

CREATE TABLE buckets (
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
);
CREATE INDEX buckets_by_key ON buckets (series, purpose, bucket, entity, client, currency, kind, period_kind, period_from, split);
CREATE INDEX buckets_by_period ON buckets (series, purpose, period_kind, period_from);

CREATE TABLE touched_periods (
    series TEXT NOT NULL,
    period_kind TEXT NOT NULL,
    period_from TEXT NOT NULL,
    PRIMARY KEY (series, period_kind, period_from)
);

CREATE TABLE documents (
    document_no INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    reference TEXT NOT NULL CONSTRAINT documents_reference UNIQUE,
    tenant TEXT NOT NULL,
    series TEXT NOT NULL,
    destination TEXT NOT NULL,
    entity TEXT NOT NULL,
    client TEXT NOT NULL,
    currency TEXT NOT NULL,
    kind TEXT NOT NULL,
    period_kind TEXT NOT NULL,
    period_from TEXT NOT NULL,
    split TEXT NOT NULL,
    purpose TEXT NOT NULL,
    revision INTEGER NOT NULL,
    type TEXT NOT NULL,
    document_date TEXT NOT NULL,
    due_date TEXT NOT NULL,
    destination_client TEXT NOT NULL,
    client_name TEXT NOT NULL,
    net INTEGER NOT NULL,
    tax INTEGER NOT NULL,
    total INTEGER NOT NULL,
    content_hash TEXT NOT NULL,
    hash_version INTEGER NOT NULL,
    mapping_hash TEXT NOT NULL,
    run_no INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    CONSTRAINT documents_identity UNIQUE (tenant, series, entity, client, currency, kind, period_kind, period_from, split, purpose, revision)
);
CREATE INDEX documents_by_period ON documents (series, period_kind, period_from);

CREATE TABLE document_lines (
    document_no INTEGER NOT NULL REFERENCES documents (document_no),
    line_no INTEGER NOT NULL,
    type TEXT NOT NULL,
    group_values TEXT NOT NULL,
    description TEXT NOT NULL,
    account TEXT NOT NULL,
    item TEXT NOT NULL,
    tax_code TEXT NOT NULL,
    destination_tax_code TEXT NOT NULL,
    tax_treatment TEXT NOT NULL,
    tax_reason TEXT NOT NULL,
    billed_seconds INTEGER NOT NULL,
    quantity TEXT NOT NULL,
    unit_price TEXT NOT NULL,
    net INTEGER NOT NULL,
    tax INTEGER NOT NULL,
    variance TEXT NOT NULL,
    PRIMARY KEY (document_no, line_no)
);

CREATE TABLE line_taxes (
    document_no INTEGER NOT NULL,
    line_no INTEGER NOT NULL,
    position INTEGER NOT NULL,
    component TEXT NOT NULL,
    rate TEXT NOT NULL,
    amount INTEGER NOT NULL,
    PRIMARY KEY (document_no, line_no, position)
);

CREATE TABLE document_taxes (
    document_no INTEGER NOT NULL REFERENCES documents (document_no),
    position INTEGER NOT NULL,
    tax_code TEXT NOT NULL,
    component TEXT NOT NULL,
    rate TEXT NOT NULL,
    amount INTEGER NOT NULL,
    PRIMARY KEY (document_no, position)
);

CREATE TABLE line_shares (
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
    PRIMARY KEY (document_no, line_no, record_no)
);
CREATE INDEX line_shares_by_record ON line_shares (series, stream, source_id);

CREATE TABLE outbox (
    document_no INTEGER NOT NULL PRIMARY KEY REFERENCES documents (document_no),
    series TEXT NOT NULL,
    destination TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    idempotency_key TEXT NOT NULL,
    lease_token INTEGER NULL,
    send_by TEXT NULL,
    misses INTEGER NOT NULL,
    missed_at TEXT NULL,
    destination_id TEXT NOT NULL,
    message TEXT NOT NULL,
    changed_at TEXT NOT NULL
);
CREATE INDEX outbox_by_state ON outbox (series, state, destination, document_no);

CREATE TABLE posting_attempts (
    attempt_no INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    run_no INTEGER NOT NULL,
    destination TEXT NOT NULL,
    action TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    started_at TEXT NOT NULL,
    ended_at TEXT NULL,
    request TEXT NOT NULL,
    response TEXT NOT NULL
);

CREATE TABLE attempt_items (
    attempt_no INTEGER NOT NULL REFERENCES posting_attempts (attempt_no),
    reference TEXT NOT NULL,
    outcome TEXT NOT NULL,
    message TEXT NOT NULL,
    PRIMARY KEY (attempt_no, reference)
);
CREATE INDEX attempt_items_by_reference ON attempt_items (reference);

CREATE TABLE record_variances (
    series TEXT NOT NULL,
    stream TEXT NOT NULL,
    source_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    rules_hash TEXT NOT NULL,
    document_no INTEGER NOT NULL,
    posted_net INTEGER NOT NULL,
    posted_tax INTEGER NOT NULL,
    correct TEXT NOT NULL,
    correct_net INTEGER NULL,
    correct_tax INTEGER NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (series, stream, source_id)
);

CREATE TABLE reconciliation_rows (
    run_no INTEGER NOT NULL REFERENCES runs (run_no),
    position INTEGER NOT NULL,
    period_kind TEXT NOT NULL,
    period_from TEXT NOT NULL,
    purpose TEXT NOT NULL,
    entity TEXT NOT NULL,
    client TEXT NOT NULL,
    currency TEXT NOT NULL,
    step TEXT NOT NULL,
    item TEXT NOT NULL,
    records INTEGER NULL,
    seconds INTEGER NULL,
    amount TEXT NULL,
    PRIMARY KEY (run_no, position)
);

CREATE TABLE differences (
    series TEXT NOT NULL,
    code TEXT NOT NULL,
    subject TEXT NOT NULL,
    difference_no INTEGER NOT NULL,
    job TEXT NOT NULL,
    period_kind TEXT NOT NULL,
    period_from TEXT NOT NULL,
    client TEXT NOT NULL,
    currency TEXT NOT NULL,
    expected TEXT NOT NULL,
    actual TEXT NOT NULL,
    amount TEXT NULL,
    explanation TEXT NOT NULL,
    first_run INTEGER NOT NULL,
    first_seen_at TEXT NOT NULL,
    last_run INTEGER NOT NULL,
    accepted_signature TEXT NULL,
    accepted_by TEXT NULL,
    accepted_at TEXT NULL,
    accepted_reason TEXT NULL,
    PRIMARY KEY (series, code, subject),
    CONSTRAINT differences_number UNIQUE (difference_no)
);

CREATE TABLE audit_events (
    event_no INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    author TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    reason TEXT NOT NULL
);

CREATE TABLE deliveries (
    run_no INTEGER NOT NULL REFERENCES runs (run_no),
    channel TEXT NOT NULL,
    sent_at TEXT NOT NULL,
    PRIMARY KEY (run_no, channel)
);
