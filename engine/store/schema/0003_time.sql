-- What is to come: timers, and the events that runs wait for.

ALTER TABLE position ADD COLUMN next_timer BIGINT NOT NULL DEFAULT 1;

-- Timers by their place. `kind`: 0 run, 1 held, 2 absence, 3 sequence, 4 journey.
CREATE TABLE timer (
    due BIGINT NOT NULL,
    number BIGINT NOT NULL,
    kind BIGINT NOT NULL,
    target TEXT NOT NULL,
    PRIMARY KEY (due, number)
) WITHOUT ROWID;

-- Where timers are many, the later ones: in stretches of time, in each as they came, so that what
-- is set for any moment of a year is added to few pages. `start`: none of the stretch is due before;
-- `due` without its last 14, 17, 20 … or 56 bits. A timer is here or in `timer`.
CREATE TABLE timer_later (
    start BIGINT NOT NULL,
    number BIGINT NOT NULL,
    due BIGINT NOT NULL,
    kind BIGINT NOT NULL,
    target TEXT NOT NULL,
    PRIMARY KEY (start, number)
) WITHOUT ROWID;

-- Runs by the event that may wake them; `key` is that of the value (value_key.h), or empty.
CREATE TABLE waiter (
    event TEXT NOT NULL,
    key TEXT NOT NULL,
    run BIGINT NOT NULL,
    PRIMARY KEY (event, key, run)
) WITHOUT ROWID;
