-- How each account of an API may be asked, as far as its answers and our own calls tell; a hint for the next run, and no part of the books.
-- used: by allowance how many calls count until when, as JSON. rests_until: it failed so often in a row that it is not asked before.
CREATE TABLE paces (
    pace_key TEXT NOT NULL PRIMARY KEY,
    connector TEXT NOT NULL,
    used TEXT NOT NULL,
    at_once INTEGER NOT NULL,
    waits_until TEXT NULL,
    failures INTEGER NOT NULL,
    rests_until TEXT NULL,
    next_rest_seconds INTEGER NOT NULL,
    saved_at TEXT NOT NULL
);
