-- Copyright The cx-operator Authors.
-- SPDX-License-Identifier: Apache-2.0
--
-- Times are UTC microseconds since 1970. Lists and maps are JSON with a fixed order.

-- +goose Up
CREATE TABLE programs (
    id            TEXT    NOT NULL PRIMARY KEY,
    namespace_uid TEXT    NOT NULL,
    namespace     TEXT    NOT NULL,
    program_uid   TEXT    NOT NULL,
    claimed_at    INTEGER NOT NULL,
    revision      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE adoptions (
    program_id         TEXT    NOT NULL REFERENCES programs (id),
    from_namespace_uid TEXT    NOT NULL,
    to_namespace_uid   TEXT    NOT NULL,
    from_namespace     TEXT    NOT NULL,
    to_namespace       TEXT    NOT NULL,
    adopted_at         INTEGER NOT NULL,
    PRIMARY KEY (program_id, from_namespace_uid, to_namespace_uid)
) STRICT, WITHOUT ROWID;

CREATE TABLE waves (
    program_id         TEXT    NOT NULL REFERENCES programs (id),
    survey             TEXT    NOT NULL,
    slot               TEXT    NOT NULL,
    due_at             INTEGER NOT NULL,
    opened_at          INTEGER,
    closed_at          INTEGER,
    phase              TEXT    NOT NULL,
    audience           TEXT    NOT NULL DEFAULT '[]',
    questionnaire_hash TEXT    NOT NULL DEFAULT '',
    scored_hash        TEXT    NOT NULL DEFAULT '',
    anonymity          TEXT    NOT NULL DEFAULT '',
    eligible           INTEGER NOT NULL DEFAULT 0,
    sampled            INTEGER NOT NULL DEFAULT 0,
    invited            INTEGER NOT NULL DEFAULT 0,
    accepted           INTEGER NOT NULL DEFAULT 0,
    bounced            INTEGER NOT NULL DEFAULT 0,
    responded          INTEGER NOT NULL DEFAULT 0,
    partial            INTEGER NOT NULL DEFAULT 0,
    late               INTEGER NOT NULL DEFAULT 0,
    skipped            TEXT    NOT NULL DEFAULT '{}',
    published_at       INTEGER,
    published_to       TEXT    NOT NULL DEFAULT '[]',
    PRIMARY KEY (program_id, survey, slot)
) STRICT, WITHOUT ROWID;

CREATE INDEX waves_by_due ON waves (program_id, survey, due_at, slot);

CREATE TABLE decisions (
    program_id   TEXT    NOT NULL REFERENCES programs (id),
    offer_id     TEXT    NOT NULL,
    subject_kind TEXT    NOT NULL,
    subject_name TEXT    NOT NULL,
    touchpoint   TEXT    NOT NULL,
    role         TEXT    NOT NULL,
    owner        TEXT    NOT NULL,
    result       TEXT    NOT NULL,
    reason       TEXT    NOT NULL,
    decided_by   TEXT    NOT NULL,
    means        TEXT    NOT NULL,
    decided_at   INTEGER NOT NULL,
    PRIMARY KEY (program_id, offer_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX decisions_by_subject ON decisions (program_id, subject_kind, subject_name);

CREATE TABLE kpi_points (
    program_id  TEXT    NOT NULL REFERENCES programs (id),
    kpi         TEXT    NOT NULL,
    as_of       INTEGER NOT NULL,
    revision    INTEGER NOT NULL,
    value       TEXT    NOT NULL,
    n           INTEGER NOT NULL,
    sd          TEXT    NOT NULL,
    low         TEXT    NOT NULL,
    high        TEXT    NOT NULL,
    source      TEXT    NOT NULL,
    method      TEXT    NOT NULL,
    scale_hash  TEXT    NOT NULL,
    recorded_at INTEGER NOT NULL,
    PRIMARY KEY (program_id, kpi, as_of, revision)
) STRICT, WITHOUT ROWID;

CREATE TABLE stage_changes (
    program_id     TEXT    NOT NULL REFERENCES programs (id),
    framework      TEXT    NOT NULL,
    seq            INTEGER NOT NULL,
    stage          INTEGER NOT NULL,
    observed       INTEGER NOT NULL,
    attested       INTEGER NOT NULL,
    changed_at     INTEGER NOT NULL,
    reason         TEXT    NOT NULL,
    scorecard_hash TEXT    NOT NULL,
    PRIMARY KEY (program_id, framework, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE marks (
    program_id TEXT    NOT NULL REFERENCES programs (id),
    scope      TEXT    NOT NULL,
    key        TEXT    NOT NULL,
    value      TEXT    NOT NULL,
    since      INTEGER NOT NULL,
    PRIMARY KEY (program_id, scope, key)
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE marks;
DROP TABLE stage_changes;
DROP TABLE kpi_points;
DROP TABLE decisions;
DROP TABLE waves;
DROP TABLE adoptions;
DROP TABLE programs;
