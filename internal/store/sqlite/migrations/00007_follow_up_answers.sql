-- Copyright The cx-operator Authors.
-- SPDX-License-Identifier: Apache-2.0
--
-- Which answer a follow-up is about: its key within the wave, in hexadecimal. Earlier ones get it when they are recorded again.

-- +goose Up
ALTER TABLE follow_ups ADD COLUMN answer_key TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE follow_ups DROP COLUMN answer_key;
