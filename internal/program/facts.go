// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program

import (
	"time"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/maturity"
	"github.com/cx-operator/cx-operator/internal/store"
)

// factWindow is how far back facts with 365d in their name look.
const factWindow = 365 * 24 * time.Hour

// Facts computes what maturity rules may read, in one pass over the snapshot: every fact of maturity.Facts, which defines
// it. FactSources says which fields it comes from. A fact without data (nothing to take a share of, no figure yet) has the
// value nil.
//
// What an owner is said to lead, to back, to own or to have approved counts only when that owner, still there, is in force
// and has accepted explicitly. Without evidence (ev is nil: a folder of YAML alone) nobody can tell, and such facts are nil
// unless nobody is named at all. Waves count only when they were answered.
func Facts(s *Snapshot, ev *store.Evidence, now time.Time) map[string]maturity.Fact {
	f := &facts{
		s: s, ev: ev, now: now,
		program: s.Program,
		out:     make(map[string]maturity.Fact, len(FactSources)),
	}
	if f.program == nil {
		f.program = &cxv1.Program{}
	}
	f.zone = Zone(f.program)
	f.accepted = explicitAcceptances(s)
	f.readPeople()
	f.readDirector()
	f.readReviews()
	f.readProgram()
	f.readIdeaFund()
	f.readStandard()
	f.readGoalsAndKPIs()
	f.readWaves()
	f.readSurveys()
	f.readFollowUps()
	f.readJourneys()
	f.readInitiatives()
	return f.out
}

// facts is one run over one snapshot.
type facts struct {
	s        *Snapshot
	ev       *store.Evidence
	now      time.Time
	program  *cxv1.Program
	zone     *time.Location
	accepted acceptances
	// functions are those of owners who are there.
	functions set[cxv1.Function]
	// waves are the answered waves that closed in the window.
	waves []*store.WaveOutcome
	out   map[string]maturity.Fact
}

type set[K comparable] map[K]struct{}

func (s set[K]) add(keys ...K) {
	for _, key := range keys {
		s[key] = struct{}{}
	}
}

func (s set[K]) has(key K) bool { _, ok := s[key]; return ok }

// tally counts objects and remembers the first few, and whether somebody merely typed what was counted.
type tally struct {
	n        int
	objects  []string
	declared bool
}

func (t *tally) add(kind, name string) {
	t.n++
	if len(t.objects) < maturity.MaxObjects {
		t.objects = append(t.objects, kind+"/"+name)
	}
}

// typed is add for something that rests on what somebody typed.
func (t *tally) typed(kind, name string) {
	t.declared = true
	t.add(kind, name)
}

// set records a fact with the grade that its source has.
func (f *facts) set(name string, value any, objects ...string) {
	f.out[name] = maturity.Fact{Value: value, Grade: factGrades[name], Objects: objects}
}

func (f *facts) count(name string, t tally) { f.set(name, t.n, t.objects...) }

// mixed is count for facts that come from what the operator saw and from what people typed.
func (f *facts) mixed(name string, t tally) {
	f.count(name, t)
	f.seenUnless(name, t.n == 0 || t.declared)
}

// seenUnless gives a fact with two kinds of source the better grade, unless something typed contributed.
func (f *facts) seenUnless(name string, typed bool) {
	if fact := f.out[name]; !typed && fact.Value != nil {
		fact.Grade = maturity.GradeSystem
		f.out[name] = fact
	}
}

// ratio records a share, or no data when there is nothing to take a share of.
func (f *facts) ratio(name string, part tally, whole int) {
	if whole == 0 {
		f.set(name, nil)
		return
	}
	f.set(name, float64(part.n)/float64(whole), part.objects...)
}

// withoutEvidence records that only the evidence could tell: whether those who are named accepted, since when something is
// so, who answered.
func (f *facts) withoutEvidence(name string) {
	f.set(name, nil)
	fact := f.out[name]
	fact.Note = maturity.Text{EN: "this stands in the evidence, and none was given",
		RU: "это записано в журнале, а он не передан"}
	f.out[name] = fact
}

// recent tells whether an instant lies in the window of a year that ends now.
func (f *facts) recent(t time.Time) bool { return within(t, factWindow, f.now) }

// within tells whether an instant lies in a window that ends now.
func within(t time.Time, window time.Duration, now time.Time) bool {
	return !t.After(now) && t.After(now.Add(-window))
}

// recentDay is recent for a day of the program's calendar.
func (f *facts) recentDay(day cxv1.Date) bool {
	start, ok := day.Start(f.zone)
	return ok && f.recent(start)
}
