-- Exchange rates as imported: one unit of from_currency is worth `rate` units of to_currency. A spot rate is of the day valid_from, a
-- month average of the month that begins on it, a contract holds on [valid_from, valid_until). Rows are never changed but for
-- superseded_by: the import that replaced them, 0 while they hold.

CREATE TABLE fx_imports (
    import_no bigint IDENTITY(1,1) NOT NULL,
    provider nvarchar(60) COLLATE Latin1_General_100_BIN2 NOT NULL,
    kind nvarchar(20) COLLATE Latin1_General_100_BIN2 NOT NULL,
    file_name nvarchar(1000) COLLATE Latin1_General_100_BIN2 NOT NULL,
    file_hash nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    retrieved_at nvarchar(30) COLLATE Latin1_General_100_BIN2 NOT NULL,
    imported_at nvarchar(30) COLLATE Latin1_General_100_BIN2 NOT NULL,
    CONSTRAINT fx_imports_key PRIMARY KEY (import_no)
);

CREATE TABLE fx_rates (
    rate_no bigint IDENTITY(1,1) NOT NULL,
    import_no bigint NOT NULL,
    provider nvarchar(60) COLLATE Latin1_General_100_BIN2 NOT NULL,
    kind nvarchar(20) COLLATE Latin1_General_100_BIN2 NOT NULL,
    from_currency nvarchar(10) COLLATE Latin1_General_100_BIN2 NOT NULL,
    to_currency nvarchar(10) COLLATE Latin1_General_100_BIN2 NOT NULL,
    valid_from nvarchar(10) COLLATE Latin1_General_100_BIN2 NOT NULL,
    valid_until nvarchar(10) COLLATE Latin1_General_100_BIN2 NULL,
    rate nvarchar(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    superseded_by bigint NOT NULL,
    CONSTRAINT fx_rates_key PRIMARY KEY (rate_no),
    CONSTRAINT fx_rates_import_no_of FOREIGN KEY (import_no) REFERENCES fx_imports (import_no),
    CONSTRAINT fx_rates_identity UNIQUE (provider, kind, to_currency, from_currency, valid_from, superseded_by)
);
