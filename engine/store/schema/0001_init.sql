-- The engine's own tables. Entities have theirs besides: sqlite_entities.cpp.
-- Every integer column is BIGINT: SOCI cuts INTEGER to 32 bits in some reads.

CREATE TABLE position (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    next_key BIGINT NOT NULL,
    next_run BIGINT NOT NULL,
    next_event BIGINT NOT NULL,
    turn BIGINT NOT NULL,
    now BIGINT NOT NULL,
    next_input BIGINT NOT NULL,
    position BIGINT NOT NULL,
    is_clean BIGINT NOT NULL
);

-- What the rulebooks had so far: an entity's table, and a field's column. A field that a rulebook
-- no longer has is retired: its column stays, and comes back with it. `has_other`: some record
-- holds its value in `other`.
CREATE TABLE entity (
    name TEXT PRIMARY KEY,
    table_name TEXT NOT NULL,
    next_id BIGINT NOT NULL
) WITHOUT ROWID;

CREATE TABLE field (
    entity TEXT NOT NULL,
    column_name TEXT NOT NULL,
    name TEXT NOT NULL,
    type TEXT NOT NULL,
    is_retired BIGINT NOT NULL,
    has_other BIGINT NOT NULL,
    PRIMARY KEY (entity, column_name)
) WITHOUT ROWID;

CREATE TABLE input (
    number INTEGER PRIMARY KEY,
    arrival BIGINT NOT NULL,
    body TEXT NOT NULL
);

CREATE TABLE change (
    number INTEGER PRIMARY KEY,
    input BIGINT NOT NULL,
    at BIGINT NOT NULL,
    entity TEXT NOT NULL,
    record BIGINT NOT NULL,
    field TEXT NOT NULL,
    before TEXT,
    after TEXT
);

CREATE TABLE seen (
    bucket BIGINT NOT NULL,
    hash BIGINT NOT NULL,
    rest BIGINT NOT NULL,
    body BIGINT NOT NULL,
    body_rest BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (bucket, hash, rest)
) WITHOUT ROWID;

CREATE TABLE seen_bucket (
    number INTEGER PRIMARY KEY,
    ends BIGINT NOT NULL,
    events BIGINT NOT NULL,
    filter TEXT NOT NULL
);

CREATE TABLE mark (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    expires_at BIGINT
) WITHOUT ROWID;

CREATE TABLE waiting_run (
    number INTEGER PRIMARY KEY,
    state TEXT NOT NULL
);

CREATE TABLE setting (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE parked (
    number INTEGER PRIMARY KEY,
    reason TEXT NOT NULL
);
