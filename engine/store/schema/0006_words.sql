-- What rows say again and again is kept once, and rows hold its number.

-- Names of rules, events, statuses, entities, fields. A column that may hold the number of one holds
-- a text: digits are a number; a name begins with none.
CREATE TABLE word (
    number INTEGER PRIMARY KEY,
    text TEXT NOT NULL UNIQUE
);

-- What inputs of one sender have in common: their text without its values, at the place of each a
-- character 1 (input_shape.h).
CREATE TABLE shape (
    number INTEGER PRIMARY KEY,
    text TEXT NOT NULL UNIQUE
);

-- Where an input has a shape, `body` is its values, one a line.
ALTER TABLE input ADD COLUMN shape BIGINT;

-- Where not null, `updated_at` changed besides, from this instant to `at`.
ALTER TABLE change ADD COLUMN updated_before BIGINT;

-- Its expression is another now: of a run that has not ended `updated_at` may be left out, too.
DROP INDEX IF EXISTS "entity_run.updated_at in full";

-- Of `seen.body` the first word is compared; rows that are new have 0 for `body_rest`.

-- Inputs and changes as they were told, for people.
CREATE VIEW input_text AS
SELECT number, arrival, coalesce((
    WITH RECURSIVE part (shape, vals, text) AS (
        SELECT shape.text, input.body || char(10), '' FROM shape WHERE shape.number = input.shape
        UNION ALL
        SELECT substr(shape, instr(shape, char(1)) + 1), substr(vals, instr(vals, char(10)) + 1),
               text || substr(shape, 1, instr(shape, char(1)) - 1)
                    || substr(vals, 1, instr(vals, char(10)) - 1)
        FROM part WHERE instr(shape, char(1)) > 0)
    SELECT text || shape FROM part WHERE instr(shape, char(1)) = 0), body) AS body
FROM input;

CREATE VIEW change_text AS
SELECT number, input, at,
       iif(entity < ':', (SELECT text FROM word WHERE word.number = cast(entity AS INTEGER)), entity)
           AS entity,
       record,
       iif(field < ':', (SELECT text FROM word WHERE word.number = cast(field AS INTEGER)), field)
           AS field,
       before, after, updated_before
FROM change;
