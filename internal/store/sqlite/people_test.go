// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package sqlite_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/cx-operator/cx-operator/internal/store/sqlite"
	"github.com/cx-operator/cx-operator/internal/store/storetest"
)

func TestPeopleConformance(t *testing.T) {
	storetest.RunPeople(t, func(t *testing.T) func(func() time.Time) storetest.PeopleStore {
		path := filepath.Join(t.TempDir(), "evidence.db")
		return func(now func() time.Time) storetest.PeopleStore { return open(t, path, sqlite.Options{Now: now}) }
	})
}
