-- Copyright The cx-operator Authors.
-- SPDX-License-Identifier: Apache-2.0
--
-- A pause by hand stands beside that of the Program's spec.suspendSending: neither takes the other away.

-- +goose Up
CREATE TABLE mail_pauses_of_both_kinds (
    program_id TEXT    NOT NULL REFERENCES programs (id),
    by_hand    INTEGER NOT NULL,
    paused_at  INTEGER NOT NULL,
    PRIMARY KEY (program_id, by_hand)
) STRICT, WITHOUT ROWID;
INSERT INTO mail_pauses_of_both_kinds SELECT program_id, 0, paused_at FROM mail_pauses;
DROP TABLE mail_pauses;
ALTER TABLE mail_pauses_of_both_kinds RENAME TO mail_pauses;

-- +goose Down
CREATE TABLE mail_pauses_of_one_kind (
    program_id TEXT    NOT NULL PRIMARY KEY REFERENCES programs (id),
    paused_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO mail_pauses_of_one_kind SELECT program_id, max(paused_at) FROM mail_pauses GROUP BY program_id;
DROP TABLE mail_pauses;
ALTER TABLE mail_pauses_of_one_kind RENAME TO mail_pauses;
