-- Keys of events that came, in the order in which they came: rows are only added at the end. Before,
-- they lay by their hash, so that nearly every key wrote a page of its own.

ALTER TABLE seen RENAME TO seen_by_hash;
ALTER TABLE seen_bucket RENAME TO seen_bucket_by_hash;

CREATE TABLE seen (
    number INTEGER PRIMARY KEY,
    hash BIGINT NOT NULL,
    rest BIGINT NOT NULL,
    body BIGINT NOT NULL,
    body_rest BIGINT NOT NULL,
    at BIGINT NOT NULL
);

-- Closed buckets: a stretch of `seen` each. `number`: of its first row.
CREATE TABLE seen_bucket (
    number INTEGER PRIMARY KEY,
    ends BIGINT NOT NULL,
    events BIGINT NOT NULL,
    filter TEXT NOT NULL
);

-- Where in its bucket a key is (seen_keys.h), in parts by hash. `number`: the bucket's and how many
-- parts come before. A bucket that has none gets them when the store is next opened.
CREATE TABLE seen_part (
    number INTEGER PRIMARY KEY,
    places TEXT NOT NULL
);

INSERT INTO seen (hash, rest, body, body_rest, at)
SELECT hash, rest, body, body_rest, at FROM seen_by_hash ORDER BY bucket, hash, rest;

INSERT INTO seen_bucket (number, ends, events, filter)
SELECT placed.number, old.ends, placed.events, old.filter
FROM (SELECT bucket, events, 1 + sum(events) OVER (ORDER BY bucket) - events AS number
      FROM (SELECT bucket, count(*) AS events FROM seen_by_hash GROUP BY bucket)) AS placed
JOIN seen_bucket_by_hash AS old ON old.number = placed.bucket;

DROP TABLE seen_by_hash;
DROP TABLE seen_bucket_by_hash;
