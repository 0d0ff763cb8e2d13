-- Copyright The cx-operator Authors.
-- SPDX-License-Identifier: Apache-2.0

-- +goose Up
CREATE TABLE follow_ups (
    program_id        TEXT    NOT NULL REFERENCES programs (id),
    id                TEXT    NOT NULL,
    survey            TEXT    NOT NULL,
    slot              TEXT    NOT NULL,
    rule              TEXT    NOT NULL,
    opened_at         INTEGER NOT NULL,
    due_by            INTEGER NOT NULL,
    first_response_at INTEGER,
    reached           INTEGER NOT NULL,
    root_cause        TEXT    NOT NULL,
    closed_at         INTEGER,
    PRIMARY KEY (program_id, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX follow_ups_by_opening ON follow_ups (program_id, opened_at, id);

ALTER TABLE waves ADD COLUMN follow_up_rules TEXT NOT NULL DEFAULT '[]';

-- +goose Down
ALTER TABLE waves DROP COLUMN follow_up_rules;
DROP TABLE follow_ups;
