// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package storetest_test

import (
	"errors"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/store/sqlite"
	"github.com/cx-operator/cx-operator/internal/store/storetest"
)

var (
	errCrash = errors.New("crash")
	noon     = time.Date(2027, time.January, 4, 12, 0, 0, 0, time.UTC)
)

// A write that a later method adds to Store must not slip past the hooks. Nothing is behind this wrapper: a method
// that is passed on panics.
func TestEveryWriteCanFail(t *testing.T) {
	reads := map[string]bool{"WaveTotals": true, "Points": true, "Decisions": true, "Evidence": true, "Revision": true, "Close": true}
	everyWriteCanFail[store.Store](t, reads, func(before func(string) error) any { return &storetest.Faulty{BeforeWrite: before} })
}

// everyWriteCanFail calls every method of an interface that is no read on a wrapper, and expects the hook to be asked, and what it says.
func everyWriteCanFail[I any](t *testing.T, reads map[string]bool, wrapper func(before func(string) error) any) {
	t.Helper()
	var asked, want []string
	f := reflect.ValueOf(wrapper(func(operation string) error {
		asked = append(asked, operation)
		return errCrash
	}))
	methods := reflect.TypeFor[I]()
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
		results := f.MethodByName(method.Name).Call(arguments)
		if err, _ := results[len(results)-1].Interface().(error); !errors.Is(err, errCrash) {
			t.Errorf("%s: got %v", method.Name, err)
		}
	}
	if !reflect.DeepEqual(want, asked) {
		t.Errorf("asked for %q, want %q", asked, want)
	}
}

func TestCrashesBeforeAndAfterAWrite(t *testing.T) {
	real, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "evidence.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = real.Close() })
	crash := func(string) error { return errCrash }
	f := &storetest.Faulty{Store: real}
	claim := func() error {
		_, err := f.Claim(t.Context(), "acme", store.Holder{NamespaceUID: "n", Namespace: "n", ProgramUID: "u"}, "", noon)
		return err
	}
	revision := func() int64 {
		revision, err := f.Revision(t.Context(), "acme")
		if err != nil {
			t.Fatal(err)
		}
		return revision
	}
	f.BeforeWrite = crash
	if err := claim(); !errors.Is(err, errCrash) || revision() != 0 {
		t.Fatalf("before the write: %v, revision %d", err, revision())
	}
	f.BeforeWrite, f.AfterWrite = nil, crash
	if err := claim(); !errors.Is(err, errCrash) || revision() != 1 {
		t.Fatalf("after the write: %v, revision %d", err, revision())
	}
	f.AfterWrite = nil
	if err := claim(); err != nil || revision() != 1 {
		t.Fatalf("the repeated write: %v, revision %d", err, revision())
	}
	start := store.WaveStart{Survey: "nps", Slot: "nps-1", DueAt: noon}
	f.AfterWrite = crash
	if err := f.RecordWaveStarted(t.Context(), "nobody", start); !errors.Is(err, store.ErrNotClaimed) {
		t.Fatalf("a write that failed by itself: %v", err)
	}
}
