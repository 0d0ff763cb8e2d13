-- Copyright The cx-operator Authors.
-- SPDX-License-Identifier: Apache-2.0
--
-- Offers that are decided by a link, one for each assignment. Of the link there is its id and the hash of its token.

-- +goose Up
CREATE TABLE offers (
    program_id        TEXT    NOT NULL REFERENCES programs (id),
    assignment        TEXT    NOT NULL,
    offer_id          TEXT    NOT NULL,
    owner             TEXT    NOT NULL,
    link_id           BLOB    NOT NULL,
    link_hash         BLOB    NOT NULL,
    expires_at        INTEGER NOT NULL,
    result            TEXT,
    reason            TEXT,
    answered_at       INTEGER,
    answered_revision INTEGER,
    page              BLOB    NOT NULL,
    PRIMARY KEY (program_id, assignment)
) STRICT;

CREATE UNIQUE INDEX offers_by_link ON offers (link_hash);
CREATE INDEX offers_by_answer ON offers (answered_revision, program_id, assignment) WHERE answered_revision IS NOT NULL;

-- How many answers there ever were. Apart from the offers, which are deleted: it never goes back.
CREATE TABLE offer_answers (
    id       INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    revision INTEGER NOT NULL
) STRICT;

INSERT INTO offer_answers (id, revision) VALUES (1, 0);

-- +goose Down
DROP TABLE offer_answers;
DROP TABLE offers;
