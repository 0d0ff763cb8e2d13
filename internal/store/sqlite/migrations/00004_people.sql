-- Copyright The cx-operator Authors.
-- SPDX-License-Identifier: Apache-2.0
--
-- People: contacts, invitations, mail on its way, answers. Hashes are those of package store, 32 bytes; they contain the
-- program's id. Numbers (address_no, answer_no, opt_out_no) are the first eight bytes of a hash: rows come in the order of
-- keys and hashes in no order, so an index over all of their bytes would be rewritten as a whole with every few hundred rows.
-- Keys of answers are 16 random bytes, and no table here counts rows up by AUTOINCREMENT: an order in which answers were
-- added would lead to a person.

-- +goose Up

-- One list for each import. The one that counts is Current; one is Staging while it is filled, and Dropped until it is
-- cleared away.
CREATE TABLE contact_lists (
    id         INTEGER NOT NULL PRIMARY KEY,
    program_id TEXT    NOT NULL REFERENCES programs (id),
    persona    TEXT    NOT NULL,
    state      TEXT    NOT NULL
) STRICT;

CREATE UNIQUE INDEX contact_lists_current ON contact_lists (program_id, persona) WHERE state = 'Current';

CREATE TABLE contacts (
    list_id      INTEGER NOT NULL REFERENCES contact_lists (id),
    key          TEXT    NOT NULL,
    address      TEXT    NOT NULL,
    address_hash BLOB    NOT NULL,
    address_no   INTEGER NOT NULL,
    name         TEXT    NOT NULL,
    language     TEXT    NOT NULL,
    time_zone    TEXT    NOT NULL,
    attributes   TEXT    NOT NULL,
    PRIMARY KEY (list_id, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX contacts_by_address ON contacts (list_id, address_no);

-- Who must not be written to. Rows outlive contacts.
CREATE TABLE addresses (
    hash         BLOB    NOT NULL PRIMARY KEY,
    program_id   TEXT    NOT NULL REFERENCES programs (id),
    opted_out_at INTEGER,
    means        TEXT    NOT NULL DEFAULT '',
    invalid_at   INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE erasures (
    contact_hash BLOB    NOT NULL PRIMARY KEY,
    program_id   TEXT    NOT NULL REFERENCES programs (id),
    contacts     INTEGER NOT NULL,
    invitations  INTEGER NOT NULL,
    answers      INTEGER NOT NULL,
    erased_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE published_waves (
    id                 INTEGER NOT NULL PRIMARY KEY,
    program_id         TEXT    NOT NULL REFERENCES programs (id),
    survey             TEXT    NOT NULL,
    slot               TEXT    NOT NULL,
    state              TEXT    NOT NULL,
    opens_at           INTEGER NOT NULL,
    closes_at          INTEGER NOT NULL,
    grace_until        INTEGER,
    anonymity          TEXT    NOT NULL,
    questionnaire_hash TEXT    NOT NULL,
    kept               TEXT    NOT NULL,
    page               BLOB    NOT NULL,
    mail               BLOB    NOT NULL,
    UNIQUE (program_id, survey, slot)
) STRICT;

-- Apart from the wave, whose row is long: this changes with every answer.
CREATE TABLE wave_progress (
    wave_id      INTEGER NOT NULL PRIMARY KEY REFERENCES published_waves (id),
    revision     INTEGER NOT NULL DEFAULT 0,
    foreign_done INTEGER NOT NULL DEFAULT 0,
    confirmed_at INTEGER
) STRICT;

-- One row for each contact of a wave, invited or skipped. person is the contact's key; erasing puts its hash into erased_hash
-- and clears person, persona and link_hash. Only those who are invited have what follows skip. The flags at the end change in
-- place and no index contains them, so nothing tells in which order they were set.
CREATE TABLE invitations (
    id            INTEGER NOT NULL PRIMARY KEY,
    wave_id       INTEGER NOT NULL REFERENCES published_waves (id),
    person        TEXT,
    erased_hash   BLOB,
    decided_at    INTEGER NOT NULL,
    skip          TEXT    NOT NULL,
    persona       TEXT    NOT NULL DEFAULT '',
    invitation_id BLOB,
    address_hash  BLOB,
    address_no    INTEGER,
    link_hash     BLOB,
    answer_no     INTEGER,
    opt_out_hash  BLOB,
    opt_out_no    INTEGER,
    expires_at    INTEGER,
    sends         INTEGER NOT NULL DEFAULT 0,
    answer_key    BLOB,
    partial       INTEGER NOT NULL DEFAULT 0,
    answered      INTEGER NOT NULL DEFAULT 0,
    late          INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE UNIQUE INDEX invitations_by_person ON invitations (person, wave_id) WHERE person IS NOT NULL;
CREATE UNIQUE INDEX invitations_erased ON invitations (erased_hash, wave_id) WHERE erased_hash IS NOT NULL;
CREATE INDEX invitations_by_wave ON invitations (wave_id, skip);
CREATE INDEX invitations_by_address ON invitations (address_no) WHERE address_no IS NOT NULL;
CREATE INDEX invitations_by_answer ON invitations (answer_no) WHERE answer_no IS NOT NULL;
CREATE INDEX invitations_by_opt_out ON invitations (opt_out_no) WHERE opt_out_no IS NOT NULL;

-- number is 0 for the invitation, then that of the reminder. A queued message is free from available_at on: when it is due,
-- when it shall be tried again, or when somebody's lease ends. That of an attempt under way is when its lease ends.
CREATE TABLE messages (
    id            INTEGER NOT NULL PRIMARY KEY,
    wave_id       INTEGER NOT NULL,
    invitation_id INTEGER NOT NULL REFERENCES invitations (id),
    number        INTEGER NOT NULL,
    state         TEXT    NOT NULL,
    due_at        INTEGER NOT NULL,
    available_at  INTEGER NOT NULL,
    worker        TEXT    NOT NULL DEFAULT '',
    attempt       INTEGER NOT NULL DEFAULT 0,
    sent_at       INTEGER,
    code          INTEGER NOT NULL DEFAULT 0,
    reason        TEXT    NOT NULL DEFAULT '',
    UNIQUE (invitation_id, number)
) STRICT;

CREATE INDEX messages_queued ON messages (wave_id, available_at) WHERE state = 'Queued';
CREATE INDEX messages_sending ON messages (available_at) WHERE state = 'Sending';

CREATE TABLE mail_pauses (
    program_id TEXT    NOT NULL PRIMARY KEY REFERENCES programs (id),
    paused_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE answers (
    wave_id     INTEGER NOT NULL REFERENCES published_waves (id),
    key         BLOB    NOT NULL,
    received_at INTEGER NOT NULL,
    complete    INTEGER NOT NULL,
    contact_key TEXT,
    attributes  TEXT    NOT NULL,
    language    TEXT    NOT NULL,
    channel     TEXT    NOT NULL,
    may_contact INTEGER NOT NULL,
    flags       TEXT    NOT NULL,
    content     BLOB    NOT NULL,
    PRIMARY KEY (wave_id, key)
) STRICT, WITHOUT ROWID;

-- Nothing here points to a person, and the time is a day.
CREATE TABLE anonymous_answers (
    wave_id INTEGER NOT NULL REFERENCES published_waves (id),
    key     BLOB    NOT NULL,
    day     INTEGER NOT NULL,
    channel TEXT    NOT NULL,
    flags   TEXT    NOT NULL,
    content BLOB    NOT NULL,
    PRIMARY KEY (wave_id, key)
) STRICT, WITHOUT ROWID;

-- Which answers came from other channels. answer_key is NULL when the wave is Anonymous.
CREATE TABLE foreign_answers (
    wave_id    INTEGER NOT NULL REFERENCES published_waves (id),
    key_hash   BLOB    NOT NULL,
    answer_key BLOB,
    PRIMARY KEY (wave_id, key_hash)
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE foreign_answers;
DROP TABLE anonymous_answers;
DROP TABLE answers;
DROP TABLE mail_pauses;
DROP TABLE messages;
DROP TABLE invitations;
DROP TABLE wave_progress;
DROP TABLE published_waves;
DROP TABLE erasures;
DROP TABLE addresses;
DROP TABLE contacts;
DROP TABLE contact_lists;
