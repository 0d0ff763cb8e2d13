// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package storetest is what every store.Store must do, as tests, and a Store that fails on purpose.
package storetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cx-operator/cx-operator/internal/store"
)

// Run runs the conformance suite. fresh makes one empty database, removed when its test ends, and returns a
// function that opens it; the suite calls that again after Close to see what survived.
func Run(t *testing.T, fresh func(t *testing.T) (open func() store.Store)) {
	t.Helper()
	tests := map[string]func(*suite){
		"the first claim wins":                                testFirstClaimWins,
		"a re-created Program claims its id again":            testRecreatedProgram,
		"an explicit adoption moves the id, once":             testAdoption,
		"nothing is written for an id that nobody claimed":    testNotClaimed,
		"a wave counts from its creation and ends once":       testWaveLife,
		"a wave that ended can still be published":            testWavePublication,
		"wave totals follow the latest due time":              testWaveTotals,
		"a follow-up keeps its deadline and first response":   testFollowUpLife,
		"follow-ups in evidence are bounded and counted":      testFollowUpBounds,
		"follow-ups that break a rule are refused":            testInvalidFollowUps,
		"the first decision on an offer is final":             testDecisions,
		"an offer that lapsed is decided, too":                testLapsedOffer,
		"evidence has the latest decision of each owner":      testLatestDecision,
		"decisions on different items are told apart":         testDecisionsOnItems,
		"approvals that break a rule are refused":             testInvalidApprovals,
		"a corrected KPI point keeps the old one":             testPoints,
		"the latest points of one KPI can be read alone":      testPointsOfOne,
		"the decisions about one subject can be read alone":   testDecisionsOfOne,
		"a stage is logged when it changes":                   testStages,
		"a mark keeps its time until the value changes":       testMarks,
		"times are kept in UTC to the microsecond":            testTimes,
		"records that break a rule are refused":               testInvalid,
		"a repeated record is no change":                      testNoChange,
		"programs do not see each other":                      testTenants,
		"evidence is bounded and ordered":                     testEvidenceBounds,
		"evidence does not depend on the order of writing":    testEvidenceOrder,
		"everything survives closing and opening":             testReopen,
		"the same write at once from many callers is one":     testConcurrentSame,
		"different writes at once from many callers all hold": testConcurrentDifferent,
		"one bad record does not fail the others":             testConcurrentBad,
		"evidence is one consistent snapshot":                 testSnapshot,
		"a caller that gave up gets its context's error":      testCancelled,
		"a closed store is unavailable":                       testClosed,
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			open := fresh(t)
			s := &suite{T: t, open: open, Store: open(), id: usual}
			t.Cleanup(func() { _ = s.Close() })
			test(s)
		})
	}
}

// suite is one test on one database.
type suite struct {
	*testing.T
	store.Store
	open func() store.Store
	id   string
}

// usual is the program id of most tests.
const usual = "acme"

// noon is the instant all records of the suite are placed around. It has microseconds, because those must survive.
var noon = time.Date(2027, time.January, 4, 12, 0, 0, 123456000, time.UTC)

func at(days int) time.Time { return noon.AddDate(0, 0, days) }

var tenant = store.Holder{NamespaceUID: "ns-1", Namespace: "retail", ProgramUID: "uid-1"}

// claimed claims the usual program.
func (s *suite) claimed() *suite {
	s.Helper()
	s.claim(s.id, tenant, "", noon)
	return s
}

func (s *suite) claim(id string, by store.Holder, adoptFrom string, now time.Time) store.Claim {
	s.Helper()
	claim, err := s.Claim(s.Context(), id, by, adoptFrom, now)
	s.ok(err)
	return claim
}

// evidence reads the usual program.
func (s *suite) evidence() *store.Evidence {
	s.Helper()
	e, err := s.Evidence(s.Context(), s.id, store.EvidenceQuery{Now: at(1)})
	s.ok(err)
	return e
}

func (s *suite) revision() int64 {
	s.Helper()
	revision, err := s.Revision(s.Context(), s.id)
	s.ok(err)
	return revision
}

func (s *suite) ok(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

func (s *suite) refused(what string, want, got error) {
	s.Helper()
	if !errors.Is(got, want) {
		s.Fatalf("%s: got %v, want %v", what, got, want)
	}
	// Callers wait for a store that is unavailable; nothing else may look like that.
	if got != nil && errors.Is(got, store.ErrUnavailable) != errors.Is(want, store.ErrUnavailable) {
		s.Fatalf("%s: got %v, which mixes %v with being unavailable", what, got, want)
	}
}

func (s *suite) equal(what string, want, got any) {
	s.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		s.Fatalf("%s (-want +got):\n%s", what, diff)
	}
}

// changes says by how much the revision grows while do runs.
func (s *suite) changes(what string, want int64, do func()) {
	s.Helper()
	before := s.revision()
	do()
	s.equal("revision growth: "+what, want, s.revision()-before)
}

// put records one value for the usual program.
func put[R any](s *suite, method func(context.Context, string, R) (R, error), record R) R {
	s.Helper()
	stored, err := method(s.Context(), s.id, record)
	s.ok(err)
	return stored
}
