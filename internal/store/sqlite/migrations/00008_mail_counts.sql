-- Copyright The cx-operator Authors.
-- SPDX-License-Identifier: Apache-2.0
--
-- How many attempts to send a program's mail ever began. Clusters remember the number, and know an older copy by it.

-- +goose Up
CREATE TABLE mail_counts (
    program_id TEXT    NOT NULL PRIMARY KEY REFERENCES programs (id),
    begun      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE mail_counts;
