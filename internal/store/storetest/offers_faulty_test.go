// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package storetest_test

import (
	"testing"

	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/store/storetest"
)

// As TestEveryWriteCanFail: nothing is behind the wrapper, so a write that is passed on panics.
func TestEveryWriteOfOffersCanFail(t *testing.T) {
	reads := map[string]bool{"PublishedOffer": true, "OfferByLink": true, "AnsweredOffers": true}
	everyWriteCanFail[store.Offers](t, reads, func(before func(string) error) any {
		f := &storetest.FaultyOffers{}
		f.BeforeWrite = before
		return f
	})
}
