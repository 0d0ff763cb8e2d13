// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package audience

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cx-operator/cx-operator/internal/store"
)

func TestAPersonIsErasedHoweverTheKeyIsWritten(t *testing.T) {
	down := errors.New("down")
	for name, c := range map[string]struct {
		written, known string
		fails          error
		asked          []string
		want           store.Erasure
	}{
		"an id":                                {"4711", "4711", nil, []string{"4711"}, store.Erasure{Contacts: 1}},
		"space around it":                      {" 4711\n", "4711", nil, []string{"4711"}, store.Erasure{Contacts: 1}},
		"an unknown id":                        {"4711", "", nil, []string{"4711"}, store.Erasure{}},
		"an address in large letters":          {"A@Shop.example", "a@shop.example", nil, []string{"A@Shop.example", "a@shop.example"}, store.Erasure{Contacts: 1}},
		"an id that is one in large letters":   {"A@Shop.example", "A@Shop.example", nil, []string{"A@Shop.example"}, store.Erasure{Contacts: 1}},
		"an unknown address in small letters":  {"a@shop.example", "", nil, []string{"a@shop.example"}, store.Erasure{}},
		"a store that does not answer at once": {"A@Shop.example", "a@shop.example", down, []string{"A@Shop.example"}, store.Erasure{}},
	} {
		var asked []string
		got, err := Erase(c.written, func(key string) (store.Erasure, error) {
			if asked = append(asked, key); c.fails == nil && key == c.known {
				return store.Erasure{Contacts: 1}, nil
			}
			return store.Erasure{}, c.fails
		})
		if diff := cmp.Diff(c.asked, asked); diff != "" || got != c.want || !errors.Is(err, c.fails) {
			t.Errorf("%s: %+v, %v; asked for (-want +got):\n%s", name, got, err, diff)
		}
	}
}
