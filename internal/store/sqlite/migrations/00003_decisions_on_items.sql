-- Copyright The cx-operator Authors.
-- SPDX-License-Identifier: Apache-2.0
--
-- What of a subject was approved, and on which terms. Earlier decisions were on none.

-- +goose Up
ALTER TABLE decisions ADD COLUMN item TEXT NOT NULL DEFAULT '';
ALTER TABLE decisions ADD COLUMN terms TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE decisions DROP COLUMN terms;
ALTER TABLE decisions DROP COLUMN item;
