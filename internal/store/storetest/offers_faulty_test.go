// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package storetest_test

import (
	"errors"
	"reflect"
	"testing"

	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/store/storetest"
)

// As TestEveryWriteCanFail: nothing is behind the wrapper, so a write that is passed on panics.
func TestEveryWriteOfOffersCanFail(t *testing.T) {
	reads := map[string]bool{"PublishedOffer": true, "OfferByLink": true, "AnsweredOffers": true}
	var asked []string
	f := &storetest.FaultyOffers{}
	f.BeforeWrite = func(operation string) error {
		asked = append(asked, operation)
		return errCrash
	}
	var want []string
	methods := reflect.TypeFor[store.Offers]()
	for i := range methods.NumMethod() {
		method := methods.Method(i)
		if reads[method.Name] {
			continue
		}
		want = append(want, method.Name)
		arguments := []reflect.Value{reflect.ValueOf(t.Context())}
		for j := 1; j < method.Type.NumIn(); j++ {
			arguments = append(arguments, reflect.Zero(method.Type.In(j)))
		}
		results := reflect.ValueOf(f).MethodByName(method.Name).Call(arguments)
		if err, _ := results[len(results)-1].Interface().(error); !errors.Is(err, errCrash) {
			t.Errorf("%s: got %v", method.Name, err)
		}
	}
	if !reflect.DeepEqual(want, asked) {
		t.Errorf("asked for %q, want %q", asked, want)
	}
}
