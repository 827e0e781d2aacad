-- What people stopped: nothing is created, made final or deleted at a destination for what a pause covers. scope: all, job (name: its series) or entity.
CREATE TABLE pauses (
    scope TEXT NOT NULL,
    name TEXT NOT NULL,
    author TEXT NOT NULL,
    reason TEXT NOT NULL,
    paused_at TEXT NOT NULL,
    CONSTRAINT pauses_identity PRIMARY KEY (scope, name)
);

-- Documents that stand at a destination and were unknown to this store, and that a person lets it post beside.
CREATE TABLE adopted_documents (
    series TEXT NOT NULL,
    reference TEXT NOT NULL,
    author TEXT NOT NULL,
    reason TEXT NOT NULL,
    adopted_at TEXT NOT NULL,
    CONSTRAINT adopted_documents_identity PRIMARY KEY (series, reference)
);
