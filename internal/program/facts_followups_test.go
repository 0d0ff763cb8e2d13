// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/maturity"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/store"
)

func followed(list ...store.FollowUp) *store.Evidence { return &store.Evidence{FollowUps: list} }

// with changes a follow-up.
func with(f store.FollowUp, change func(*store.FollowUp)) store.FollowUp {
	change(&f)
	return f
}

func TestFactsAboutFollowUps(t *testing.T) {
	loop := func(due int, inTime, reached, specific any) map[string]any {
		return map[string]any{"followUpsDue90d": due, "firstResponseInTimeRatio90d": inTime, "customersReachedRatio90d": reached,
			"rootCauseSpecificRatio90d": specific}
	}
	good := followUp("good", 20, "late")
	checkFacts(t, example, map[string]factsCase{
		"without evidence": {want: map[string]any{"followUpRulesWorking": nil, "followUpsDue90d": nil, "firstResponseInTimeRatio90d": nil,
			"customersReachedRatio90d": nil, "rootCauseSpecificRatio90d": nil, "repeatedCausesWithInitiativeRatio": nil}},
		"none": {ev: known, want: loop(0, nil, nil, nil)},
		"answered in time, reached, with a cause": {ev: followed(good), want: loop(1, 1.0, 1.0, 1.0)},
		"answered at the last instant": {ev: followed(with(good, func(f *store.FollowUp) { f.FirstResponseAt = f.DueBy })),
			want: loop(1, 1.0, 1.0, 1.0)},
		"answered a moment late": {ev: followed(with(good, func(f *store.FollowUp) { f.FirstResponseAt = f.DueBy.Add(1) })),
			want: loop(1, 0.0, 1.0, 1.0)},
		"never answered": {ev: followed(good, with(good, func(f *store.FollowUp) {
			f.FirstResponseAt, f.ClosedAt, f.Reached, f.RootCause = time.Time{}, time.Time{}, false, ""
		})), want: loop(2, 0.5, 0.5, 1.0)},
		"not due yet": {ev: followed(with(good, func(f *store.FollowUp) { f.DueBy, f.ClosedAt = now.Add(time.Hour), time.Time{} })),
			want: loop(0, nil, nil, nil)},
		"closed as something else": {ev: followed(with(good, func(f *store.FollowUp) { f.RootCause = "Other" })), want: loop(1, 1.0, 1.0, 0.0)},
		"closed without a cause":   {ev: followed(good, with(good, func(f *store.FollowUp) { f.RootCause = "" })), want: loop(2, 1.0, 1.0, 0.5)},
		"due 90 days ago":          {ev: followed(followUp("old", 92, "late")), want: loop(0, nil, nil, 1.0)},
		"due and closed before":    {ev: followed(followUp("older", 93, "late")), want: loop(0, nil, nil, nil)},
	})
}

// about are so many follow-ups with one cause, opened so many days ago.
func about(cause string, n, openedDaysAgo int) []store.FollowUp {
	var list []store.FollowUp
	for range n {
		list = append(list, followUp(cause, openedDaysAgo, cause))
	}
	return list
}

func TestFactsAboutRepeatedCauses(t *testing.T) {
	takes := func(phase cxv1.InitiativePhase, causes ...string) func(*program.Snapshot) {
		return func(s *program.Snapshot) {
			i := done("repair", cxv1.InitiativeImprovement)
			i.Status.Phase, i.Spec.RootCauses = phase, causes
			s.Add(i)
		}
	}
	is := func(ratio any) map[string]any { return map[string]any{"repeatedCausesWithInitiativeRatio": ratio} }
	both := followed(append(about("late", 3, 20), about("price", 4, 179)...)...)
	checkFacts(t, example, map[string]factsCase{
		"no follow-ups":                           {ev: known, want: is(nil)},
		"none repeats":                            {ev: followed(about("late", 2, 20)...), want: is(1.0)},
		"three make a repeated cause":             {ev: followed(about("late", 3, 20)...), want: is(0.0)},
		"taken on":                                {ev: both, change: takes(cxv1.InitiativeAccepted, "late", "price"), want: is(1.0)},
		"one of two taken on":                     {ev: both, change: takes(cxv1.InitiativeActive, "late", "paint"), want: is(0.5)},
		"taken away":                              {ev: both, change: takes(cxv1.InitiativeDone, "price"), want: is(0.5)},
		"merely proposed":                         {ev: both, change: takes(cxv1.InitiativeProposed, "late", "price"), want: is(0.0)},
		"given up":                                {ev: both, change: takes(cxv1.InitiativeCancelled, "late", "price"), want: is(0.0)},
		"half a year ago":                         {ev: followed(about("late", 9, 180)...), want: is(nil)},
		"two lately, one half a year ago":         {ev: followed(append(about("late", 2, 20), about("late", 1, 180)...)...), want: is(1.0)},
		"something else is no cause to take on":   {ev: followed(about("other", 9, 20)...), want: is(1.0)},
		"a cause that nobody found is none":       {ev: followed(about("", 9, 20)...), want: is(1.0)},
		"an initiative about what never happened": {ev: followed(about("late", 1, 20)...), change: takes(cxv1.InitiativeActive, "price"), want: is(1.0)},
	})
	s := program.New("retail", example()...)
	takes(cxv1.InitiativeActive, "late")(s)
	fact := program.Facts(s, both, now)["repeatedCausesWithInitiativeRatio"]
	if diff := cmp.Diff([]string{"Initiative/repair"}, fact.Objects); diff != "" || fact.Grade != maturity.GradeDeclared {
		t.Errorf("what somebody typed has grade %s, objects (-want +got):\n%s", fact.Grade, diff)
	}
	for name, ev := range map[string]*store.Evidence{"none repeats": followed(about("late", 2, 20)...), "taken on by nobody": both} {
		if fact := program.Facts(program.New("retail", example()...), ev, now)["repeatedCausesWithInitiativeRatio"]; fact.Grade != maturity.GradeSystem {
			t.Errorf("%s: grade %s, want System: nobody typed it", name, fact.Grade)
		}
	}
}

func TestFactsAboutFollowUpRules(t *testing.T) {
	ruled := func(w store.WaveOutcome, rules ...string) store.WaveOutcome {
		w.FollowUpRules = rules
		return w
	}
	open := ruled(wave("nps", -3), "detractors")
	open.Phase, open.ClosedAt = store.WaveStarted, time.Time{}
	silent, cancelled := ruled(wave("nps", 3), "detractors"), ruled(wave("nps", 3), "detractors")
	silent.Counts.Responded, cancelled.Phase = 0, store.WaveCancelled
	unopened := open
	unopened.OpenedAt = time.Time{}
	working := func(n int) map[string]any { return map[string]any{"followUpRulesWorking": n} }
	checkFacts(t, example, map[string]factsCase{
		"a wave without rules":            {ev: evidence(wave("nps", 3)), want: working(0)},
		"a rule that met answers":         {ev: evidence(ruled(wave("nps", 3), "detractors")), want: working(1)},
		"the same rule in two waves":      {ev: evidence(ruled(wave("nps", 3), "detractors"), ruled(wave("nps", 30), "detractors")), want: working(1)},
		"rules of one name in two":        {ev: evidence(ruled(wave("nps", 3), "low"), ruled(wave("ces", 3), "low", "slow")), want: working(3)},
		"in a wave that is open":          {ev: evidence(open), want: working(1)},
		"in a wave that nobody answered":  {ev: evidence(silent), want: working(0)},
		"in a wave that was cancelled":    {ev: evidence(cancelled), want: working(0)},
		"in a wave of more than a year":   {ev: evidence(ruled(wave("nps", 366), "detractors")), want: working(0)},
		"in a wave that has not begun":    {ev: evidence(unopened), want: working(0)},
		"that it never fired is no fault": {ev: &store.Evidence{Waves: []store.WaveOutcome{open}}, want: working(1)},
	})
}

func TestFactsAboutSurveysAndTheStandard(t *testing.T) {
	base := func() []program.Object {
		s := program.New("retail", example()...)
		s.Add(survey("nps", "shopper"), survey("pulse", "colleague"), &cxv1.Persona{ObjectMeta: meta("shopper")},
			&cxv1.Persona{ObjectMeta: meta("colleague"), Spec: cxv1.PersonaSpec{Type: cxv1.PersonaEmployee}})
		return s.All()
	}
	change := func(name cxv1.Ref, change func(*cxv1.Survey)) func(*program.Snapshot) {
		return func(s *program.Snapshot) { change(s.Survey(name)) }
	}
	is := func(ratio any) map[string]any { return map[string]any{"surveysConformingRatio": ratio} }
	checkFacts(t, base, map[string]factsCase{
		"both follow it":             {want: is(1.0)},
		"one follows an old version": {change: change("nps", func(s *cxv1.Survey) { s.Spec.StandardVersion = "0.9" }), want: is(0.5)},
		"one follows none":           {change: change("nps", func(s *cxv1.Survey) { s.Spec.StandardVersion = "" }), want: is(0.5)},
		"one keeps answers for good": {change: change("nps", func(s *cxv1.Survey) { s.Spec.Retention = "" }), want: is(0.5)},
		"three answers are enough to show for customers": {change: change("nps", func(s *cxv1.Survey) { s.Spec.MinReport = new(int32(3)) }),
			want: is(1.0)},
		"for employees they are not": {change: change("pulse", func(s *cxv1.Survey) { s.Spec.MinReport = new(int32(4)) }), want: is(0.5)},
		"two are enough for nobody":  {change: change("nps", func(s *cxv1.Survey) { s.Spec.MinReport = new(int32(2)) }), want: is(0.5)},
		"what the API server fills in is five": {change: change("pulse", func(s *cxv1.Survey) { s.Spec.MinReport, s.Spec.Anonymity = nil, "" }),
			want: is(1.0)},
		"employees are not asked by name": {change: change("pulse", func(s *cxv1.Survey) { s.Spec.Anonymity = cxv1.AnonymityIdentified }),
			want: is(0.5)},
		"customers may be": {change: change("nps", func(s *cxv1.Survey) { s.Spec.Anonymity = cxv1.AnonymityIdentified }), want: is(1.0)},
		"one that is suspended asks nobody": {change: change("nps", func(s *cxv1.Survey) { s.Spec.Suspend, s.Spec.Retention = true, "" }),
			want: is(1.0)},
		"one that is over asks nobody": {change: change("nps", func(s *cxv1.Survey) {
			s.Status.Phase, s.Spec.Retention = cxv1.SurveyCompleted, ""
		}), want: is(1.0)},
		"none asks": {change: func(s *program.Snapshot) { s.Surveys = nil }, want: is(nil)},
	})
}
