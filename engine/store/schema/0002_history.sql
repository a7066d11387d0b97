-- What is needed to tell what was, beside `change`, and how far taking away is.

-- What a mark was before each write of it; written with every MarkWrite. No `before`: there was none.
CREATE TABLE mark_change (
    number INTEGER PRIMARY KEY,
    at BIGINT NOT NULL,
    name TEXT NOT NULL,
    before TEXT,
    expires_at BIGINT
);

CREATE INDEX mark_expires ON mark (expires_at) WHERE expires_at IS NOT NULL;

-- Up to when history was taken away: `events`, `log`, `runs` (meaning.md 37). What was at an instant
-- before that cannot be told any more.
CREATE TABLE pruned (
    kind TEXT PRIMARY KEY,
    until BIGINT NOT NULL
) WITHOUT ROWID;

-- Where the next step of taking away goes on: the kind of rows, and the last key looked at.
CREATE TABLE prune_position (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    stage BIGINT NOT NULL,
    key BIGINT NOT NULL
);
