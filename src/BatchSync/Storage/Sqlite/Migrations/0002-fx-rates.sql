-- Exchange rates as imported: one unit of from_currency is worth `rate` units of to_currency. A spot rate is of the day valid_from, a
-- month average of the month that begins on it, a contract holds on [valid_from, valid_until). Rows are never changed but for
-- superseded_by: the import that replaced them, 0 while they hold.

CREATE TABLE fx_imports (
    import_no INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    provider TEXT NOT NULL,
    kind TEXT NOT NULL,
    file_name TEXT NOT NULL,
    file_hash TEXT NOT NULL,
    retrieved_at TEXT NOT NULL,
    imported_at TEXT NOT NULL
);

CREATE TABLE fx_rates (
    rate_no INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    import_no INTEGER NOT NULL REFERENCES fx_imports (import_no),
    provider TEXT NOT NULL,
    kind TEXT NOT NULL,
    from_currency TEXT NOT NULL,
    to_currency TEXT NOT NULL,
    valid_from TEXT NOT NULL,
    valid_until TEXT NULL,
    rate TEXT NOT NULL,
    superseded_by INTEGER NOT NULL,
    CONSTRAINT fx_rates_identity UNIQUE (provider, kind, to_currency, from_currency, valid_from, superseded_by)
);
