// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package sqlite_test

import (
	"path/filepath"
	"testing"

	"github.com/cx-operator/cx-operator/internal/store/sqlite"
	"github.com/cx-operator/cx-operator/internal/store/storetest"
)

func TestOffersConformance(t *testing.T) {
	storetest.RunOffers(t, func(t *testing.T) func() storetest.OfferStore {
		path := filepath.Join(t.TempDir(), "evidence.db")
		return func() storetest.OfferStore { return open(t, path, sqlite.Options{}) }
	})
}
