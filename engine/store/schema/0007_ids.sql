-- From which number the ids of entities go on, one a line, "name number": of those that moved since
-- the store was opened, which then says so in `entity`. Here it costs a group no page of its own.
ALTER TABLE position ADD COLUMN next_ids TEXT NOT NULL DEFAULT '';
