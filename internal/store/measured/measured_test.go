// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package measured_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/cx-operator/cx-operator/internal/metrics"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/store/measured"
	"github.com/cx-operator/cx-operator/internal/store/sqlite"
	"github.com/cx-operator/cx-operator/internal/store/storetest"
)

// ticking is a clock that goes on a second at each look.
func ticking() func() time.Time {
	now := time.Date(2027, 1, 4, 9, 0, 0, 0, time.UTC)
	return func() time.Time {
		now = now.Add(time.Second)
		return now
	}
}

// series are the values of a metric by operation: calls and seconds of a histogram, or a counter's number.
func series(t *testing.T, s *measured.Store, name string) map[string][2]float64 {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(s)
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	values := map[string][2]float64{}
	for _, family := range families {
		if family.GetName() != name {
			continue
		}
		for _, m := range family.GetMetric() {
			value := [2]float64{m.GetCounter().GetValue()}
			if family.GetType().String() == "HISTOGRAM" {
				value = [2]float64{float64(m.GetHistogram().GetSampleCount()), m.GetHistogram().GetSampleSum()}
			}
			if value[0] > 0 {
				values[m.GetLabel()[0].GetValue()] = value
			}
		}
	}
	return values
}

// TestEveryCallIsMeasuredUnderItsName calls each method with empty arguments on a store that is closed: all fail, and all are seen.
func TestEveryCallIsMeasuredUnderItsName(t *testing.T) {
	s := measured.New(failing(t), ticking())
	called := []string{}
	for _, of := range []reflect.Type{reflect.TypeFor[store.Store](), reflect.TypeFor[store.People](), reflect.TypeFor[store.Offers]()} {
		for method := range of.Methods() {
			called = append(called, method.Name)
			call(t, reflect.ValueOf(s).MethodByName(method.Name))
		}
	}
	slices.Sort(called)
	if diff := cmp.Diff(metrics.Operations, called); diff != "" {
		t.Errorf("the table's operations (-) are not the store's calls (+):\n%s", diff)
	}
	measured := series(t, s, metrics.StoreSeconds.Name)
	for _, name := range called {
		if want := [2]float64{1, 1}; measured[name] != want {
			t.Errorf("%s was measured as %v, want %v", name, measured[name], want)
		}
	}
}

// failing is a store that is closed.
func failing(t *testing.T) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), t.TempDir()+"/evidence.db", sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return s
}

// call calls a method with the zero value of each argument, and reads to its end what is a sequence.
func call(t *testing.T, method reflect.Value) {
	t.Helper()
	var arguments []reflect.Value
	for of := range method.Type().Ins() {
		switch of {
		case reflect.TypeFor[context.Context]():
			arguments = append(arguments, reflect.ValueOf(t.Context()))
		case reflect.TypeFor[iter.Seq2[store.Contact, error]]():
			arguments = append(arguments, reflect.ValueOf(iter.Seq2[store.Contact, error](func(func(store.Contact, error) bool) {})))
		default:
			arguments = append(arguments, reflect.Zero(of))
		}
	}
	result := method.Call(arguments)[0]
	if result.Kind() == reflect.Func {
		for range result.Seq2() {
			continue
		}
	}
}

// scripted is a store whose Revision and WaveAnswers do as they are told.
type scripted struct {
	measured.Whole
	err error
}

func (s scripted) Revision(context.Context, string) (int64, error) { return 7, s.err }

func (s scripted) WaveAnswers(context.Context, store.WaveKey) iter.Seq2[store.StoredAnswer, error] {
	return func(yield func(store.StoredAnswer, error) bool) {
		_ = yield(store.StoredAnswer{Key: "a"}, nil) && yield(store.StoredAnswer{Key: "b"}, nil) && yield(store.StoredAnswer{}, s.err)
	}
}

func TestOnlyTheStoresOwnFailuresAreCounted(t *testing.T) {
	for name, tc := range map[string]struct {
		err  error
		want float64
	}{
		"it works":                         {nil, 0},
		"its disk is full":                 {fmt.Errorf("write: %w", store.ErrUnavailable), 1},
		"it takes too long":                {fmt.Errorf("read: %w", context.DeadlineExceeded), 1},
		"a record breaks a rule":           {store.ErrInvalid, 0},
		"nothing is taken":                 {store.ErrGone, 0},
		"who asked does not wait any more": {context.Canceled, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := measured.New(scripted{err: tc.err}, ticking())
			if got, err := s.Revision(t.Context(), "acme"); got != 7 || !errors.Is(err, tc.err) {
				t.Errorf("%d, %v came through, want 7, %v", got, err, tc.err)
			}
			for _, err := range s.WaveAnswers(t.Context(), store.WaveKey{}) {
				_ = err
			}
			failures := series(t, s, metrics.StoreFailures.Name)
			if got := [2]float64{failures["Revision"][0], failures["WaveAnswers"][0]}; got != [2]float64{tc.want, tc.want} {
				t.Errorf("failures of a call and of a sequence: %v, want %v of each", got, tc.want)
			}
		})
	}
}

func TestASequenceIsMeasuredToItsEndAndCanBeLeft(t *testing.T) {
	s := measured.New(scripted{}, ticking())
	var keys []string
	for a := range s.WaveAnswers(t.Context(), store.WaveKey{}) {
		if keys = append(keys, a.Key); len(keys) == 2 {
			break
		}
	}
	if diff := cmp.Diff([]string{"a", "b"}, keys); diff != "" {
		t.Error(diff)
	}
	if got := series(t, s, metrics.StoreSeconds.Name)["WaveAnswers"]; got != [2]float64{1, 1} {
		t.Errorf("measured %v, want one call of a second", got)
	}
}

// Nothing is mixed up on the way: a measured store passes the conformance suites.
func TestAMeasuredStoreIsTheStore(t *testing.T) {
	file := func(t *testing.T) func(now func() time.Time) *measured.Store {
		path := t.TempDir() + "/evidence.db"
		return func(now func() time.Time) *measured.Store {
			s, err := sqlite.Open(t.Context(), path, sqlite.Options{Now: now})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = s.Close() })
			return measured.New(s, time.Now)
		}
	}
	t.Run("evidence", func(t *testing.T) {
		storetest.Run(t, func(t *testing.T) func() store.Store {
			open := file(t)
			return func() store.Store { return open(nil) }
		})
	})
	t.Run("people", func(t *testing.T) {
		storetest.RunPeople(t, func(t *testing.T) func(func() time.Time) storetest.PeopleStore {
			open := file(t)
			return func(now func() time.Time) storetest.PeopleStore { return open(now) }
		})
	})
	t.Run("offers", func(t *testing.T) {
		storetest.RunOffers(t, func(t *testing.T) func() storetest.OfferStore {
			open := file(t)
			return func() storetest.OfferStore { return open(nil) }
		})
	})
}
