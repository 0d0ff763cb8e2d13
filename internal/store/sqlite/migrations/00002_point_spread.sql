-- Copyright The cx-operator Authors.
-- SPDX-License-Identifier: Apache-2.0
--
-- The spread of single answers, so that the change between two points can be tested.

-- +goose Up
ALTER TABLE kpi_points ADD COLUMN standard_deviation TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE kpi_points DROP COLUMN standard_deviation;
