-- Copyright The cx-operator Authors.
-- SPDX-License-Identifier: Apache-2.0
--
-- Until when the answers of a wave are kept, and whether they were dropped. Waves that were published before have no term:
-- nothing of theirs is dropped until they are published again, which waves that have closed never are.

-- +goose Up

-- answers is Kept, Dropping while they are being deleted, then Dropped. All that is here is apart from the wave for the reason
-- that the rest is: what comes after a page in a row is found by reading the page.
ALTER TABLE wave_progress ADD COLUMN keep_until INTEGER;
ALTER TABLE wave_progress ADD COLUMN answers TEXT NOT NULL DEFAULT 'Kept';
CREATE INDEX wave_progress_due ON wave_progress (keep_until) WHERE answers <> 'Dropped';

-- Grows with whatever changes how many contacts there are, or how many of them can be written to.
ALTER TABLE programs ADD COLUMN contacts_revision INTEGER NOT NULL DEFAULT 0;

-- An Anonymous wave has kept the source that another channel named. It may be one person's.
UPDATE anonymous_answers SET channel = 'api' WHERE channel <> 'web';

-- +goose Down
ALTER TABLE programs DROP COLUMN contacts_revision;
DROP INDEX wave_progress_due;
ALTER TABLE wave_progress DROP COLUMN answers;
ALTER TABLE wave_progress DROP COLUMN keep_until;
