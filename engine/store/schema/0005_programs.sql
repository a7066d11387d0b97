-- Programs as bytes (program_file.h): the last one, and those with whose text runs that wait began.
CREATE TABLE program (
    number INTEGER PRIMARY KEY,
    hash TEXT NOT NULL UNIQUE,
    bytes TEXT NOT NULL
);
