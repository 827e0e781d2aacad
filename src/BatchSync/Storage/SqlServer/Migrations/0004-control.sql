-- What people stopped: nothing is created, made final or deleted at a destination for what a pause covers. scope: all, job (name: its series) or entity.
CREATE TABLE pauses (
    scope nvarchar(20) COLLATE Latin1_General_100_BIN2 NOT NULL,
    name nvarchar(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    author nvarchar(400) COLLATE Latin1_General_100_BIN2 NOT NULL,
    reason nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
    paused_at nvarchar(30) COLLATE Latin1_General_100_BIN2 NOT NULL,
    CONSTRAINT pauses_identity PRIMARY KEY (scope, name)
);

-- Documents that stand at a destination and were unknown to this store, and that a person lets it post beside.
CREATE TABLE adopted_documents (
    series nvarchar(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    reference nvarchar(100) COLLATE Latin1_General_100_BIN2 NOT NULL,
    author nvarchar(400) COLLATE Latin1_General_100_BIN2 NOT NULL,
    reason nvarchar(max) COLLATE Latin1_General_100_BIN2 NOT NULL,
    adopted_at nvarchar(30) COLLATE Latin1_General_100_BIN2 NOT NULL,
    CONSTRAINT adopted_documents_identity PRIMARY KEY (series, reference)
);
