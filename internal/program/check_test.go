// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/store"
)

// sound is a program in which nothing is wrong and nothing is unused.
func sound() []program.Object {
	p := &cxv1.Program{ObjectMeta: meta(cxv1.ProgramName), Spec: cxv1.ProgramSpec{
		ID: "example", TimeZone: "Europe/Berlin", Lead: "lead", Languages: []cxv1.Language{cxv1.LanguageEN}}}
	number := kpi("nps", cxv1.KPIExperience, "loyalty")
	number.Status = cxv1.KPIStatus{}
	number.Spec.Source.Manual = &cxv1.ManualSource{AsOf: *daysAgo(10), Counts: &cxv1.Counts{
		Promoters: new(int64(60)), Passives: new(int64(20)), Detractors: new(int64(20))}}
	survey := &cxv1.Survey{ObjectMeta: meta("pulse"), Spec: cxv1.SurveySpec{
		PersonaRefs: []cxv1.Ref{"shopper"}, Schedule: cxv1.Schedule{Cron: "0 9 * * MON"}, OpenFor: "7d",
		Questionnaire: &cxv1.Questionnaire{Title: cxv1.LocalizedText{EN: "Hello"}},
	}}
	return []program.Object{p, owner("lead", "service", cxv1.LevelManager), &cxv1.Persona{ObjectMeta: meta("shopper")},
		goal("loyalty", cxv1.GoalExperience, ""), number, survey, journey("visit")}
}

func TestCheckFindsWhatTheControllersWould(t *testing.T) {
	type want struct{ object, field, reason, says string }
	for name, tc := range map[string]struct {
		change func(*program.Snapshot)
		want   []want
	}{
		"nothing in a sound program": {func(*program.Snapshot) {}, nil},
		"no Program": {func(s *program.Snapshot) { s.Program = nil; s.Owners[0].Spec.State = cxv1.OwnerLeft }, []want{
			{"Program/program", "", cxv1.ReasonNoProgram, "create one named"},
			{"Goal/loyalty", "spec.ownerRef", cxv1.ReasonOwnerLeft, "who left"},
			{"KPI/nps", "spec.ownerRef", cxv1.ReasonOwnerLeft, "who left"}}},
		"a Program of another name": {func(s *program.Snapshot) { s.Add(&cxv1.Program{ObjectMeta: meta("second")}) },
			[]want{{"Program/second", "metadata.name", cxv1.ReasonInvalidSpec, `its name is "program"`}}},
		"a zone that does not exist": {func(s *program.Snapshot) { s.Program.Spec.TimeZone = "Mars/Olympus" },
			[]want{{"Program/program", "spec.timeZone", cxv1.ReasonUnknownTimeZone, `"Mars/Olympus" is not a known time zone`}}},
		"a framework that does not exist": {func(s *program.Snapshot) { s.Program.Spec.Frameworks = []cxv1.FrameworkUse{{Name: "x"}} },
			[]want{{"Program/program", "spec.frameworks.name", cxv1.ReasonFrameworkNotReady, `"x" is neither a Framework of this namespace nor built in: create it, or name "six-stages"`}}},
		"a profile that does not exist": {func(s *program.Snapshot) {
			s.Program.Spec.Frameworks = []cxv1.FrameworkUse{{Name: "six-stages", Profile: "huge"}}
		}, []want{{"Program/program", "spec.frameworks.profile", cxv1.ReasonFrameworkNotReady, "write one of standard, small"}}},
		"a reference that leads nowhere": {func(s *program.Snapshot) { s.Goal("loyalty").Spec.OwnerRef = "ghost" },
			[]want{{"Goal/loyalty", "spec.ownerRef", cxv1.ReasonReferenceNotFound, `Owner "ghost", which does not exist`}}},
		"goals in a circle, once": {func(s *program.Snapshot) {
			s.Goal("loyalty").Spec.ParentRef = "z"
			s.Add(goal("z", cxv1.GoalExperience, "loyalty"), goal("below", cxv1.GoalExperience, "z"))
		}, []want{
			{"Goal/below", "", program.ReasonUnused, "no KPI measures this goal"},
			{"Goal/loyalty", "spec.parentRef", cxv1.ReasonReferenceCycle, "loyalty → z → loyalty"}}},
		"owners in a circle": {func(s *program.Snapshot) {
			s.Add(owner("boss", "board", cxv1.LevelCEO))
			s.Owner("lead").Spec.ReportsTo, s.Owner("boss").Spec.ReportsTo = "boss", "lead"
		}, []want{{"Owner/boss", "spec.reportsTo", cxv1.ReasonReferenceCycle, "boss → lead → boss"}}},
		"initiatives that wait for each other": {func(s *program.Snapshot) {
			a, b := done("a", cxv1.InitiativeImprovement), done("b", cxv1.InitiativeImprovement)
			a.Spec.OwnerRef, b.Spec.OwnerRef = "lead", "lead"
			a.Spec.DependsOn, b.Spec.DependsOn = []cxv1.Ref{"b"}, []cxv1.Ref{"a"}
			s.Add(a, b)
		}, []want{{"Initiative/a", "spec.dependsOn", cxv1.ReasonReferenceCycle, "a → b → a"}}},
		"a target of a target": {func(s *program.Snapshot) {
			s.Journey("visit").Spec.State = cxv1.JourneyTarget
			next := journey("next")
			next.Spec.State, next.Spec.TargetOf = cxv1.JourneyTarget, "visit"
			s.Add(next)
		}, []want{{"Journey/next", "spec.targetOf", cxv1.ReasonInvalidSpec, "itself a target"}}},
		"a schedule that never fires": {func(s *program.Snapshot) { s.Survey("pulse").Spec.Schedule.Cron = "0 9 31 2 *" },
			[]want{{"Survey/pulse", "spec.schedule.cron", cxv1.ReasonInvalidSchedule, "never comes due"}}},
		"a zone of a survey": {func(s *program.Snapshot) { s.Survey("pulse").Spec.Schedule.TimeZone = "Mars/Olympus" },
			[]want{{"Survey/pulse", "spec.schedule.timeZone", cxv1.ReasonInvalidSchedule, "not a known time zone"}}},
		"an untranslated question": {func(s *program.Snapshot) { s.Program.Spec.Languages = []cxv1.Language{"en", "ru"} },
			[]want{{"Survey/pulse", "spec.questionnaire", cxv1.ReasonInvalidQuestionnaire, `the title has no text in "ru"`}}},
		"employees asked by name": {func(s *program.Snapshot) {
			s.Persona("shopper").Spec.Type, s.Survey("pulse").Spec.Anonymity = cxv1.PersonaEmployee, cxv1.AnonymityIdentified
		}, []want{{"Survey/pulse", "spec.anonymity", cxv1.ReasonAnonymityRequired, "Confidential or Anonymous"}}},
		"counts that do not add up": {func(s *program.Snapshot) { s.KPI("nps").Spec.Source.Manual.SampleSize = new(int64(99)) },
			[]want{{"KPI/nps", "spec.source.manual", cxv1.ReasonCountsInconsistent, "add up to 100"}}},
		"a number of tomorrow": {func(s *program.Snapshot) { s.KPI("nps").Spec.Source.Manual.AsOf = metav1.NewTime(now.AddDate(0, 0, 1)) },
			[]want{{"KPI/nps", "spec.source.manual", cxv1.ReasonInvalidSpec, "still to come"}}},
		"a touchpoint that the journey lacks": {func(s *program.Snapshot) {
			s.KPI("nps").Spec.JourneyRef, s.KPI("nps").Spec.Touchpoint = "visit", "pay"
		}, []want{{"KPI/nps", "spec.touchpoint", cxv1.ReasonReferenceNotFound, `journey "visit" does not have`}}},
		"what nothing has to do with": {func(s *program.Snapshot) {
			s.Add(owner("idle", "it", cxv1.LevelStaff), &cxv1.Persona{ObjectMeta: meta("nobody")}, goal("alone", cxv1.GoalBusiness, ""))
			s.KPI("nps").Spec.GoalRef = "alone"
			stray := kpi("stray", cxv1.KPIBusiness, "")
			stray.Spec.Source = s.KPI("nps").Spec.Source
			s.Add(stray)
		}, []want{
			{"Owner/idle", "", program.ReasonUnused, "nothing names this owner"},
			{"Persona/nobody", "", program.ReasonUnused, "about this persona"},
			{"Goal/loyalty", "", program.ReasonUnused, "no KPI measures this goal"},
			{"KPI/stray", "", program.ReasonUnused, "measures no goal"}}},
	} {
		t.Run(name, func(t *testing.T) {
			s := program.New("retail", sound()...)
			tc.change(s)
			got := program.Check(s, now)
			if len(got) != len(tc.want) {
				t.Fatalf("findings %+v, want %d", got, len(tc.want))
			}
			for i, w := range tc.want {
				f := got[i]
				if f.Object != w.object || f.Field != w.field || f.Reason != w.reason || !strings.Contains(f.Message, w.says) {
					t.Errorf("finding %d is %+v, want %+v", i, f, w)
				}
				soft := w.reason == program.ReasonUnused || w.reason == cxv1.ReasonOwnerLeft
				if (f.Severity == program.SeverityWarning) != soft {
					t.Errorf("%s: severity %s", f.Reason, f.Severity)
				}
			}
		})
	}
}

// reported is what an evaluation says: everything in every status.
func reported(e program.Evaluation) map[string]any {
	out := map[string]any{"findings": e.Findings}
	for _, obj := range e.Snapshot.All() {
		switch o := obj.(type) {
		case *cxv1.Program:
			out[program.Key(o)] = o.Status
		case *cxv1.Goal:
			out[program.Key(o)] = o.Status
		case *cxv1.KPI:
			out[program.Key(o)] = o.Status
		case *cxv1.Journey:
			out[program.Key(o)] = o.Status
		case *cxv1.Initiative:
			out[program.Key(o)] = o.Status
		case *cxv1.OwnerAssignment:
			out[program.Key(o)] = o.Status
		case *cxv1.Scorecard:
			out[program.Key(o)] = o.Status
		}
	}
	return out
}

// An evaluation leaves its input alone, does not depend on order, and evaluating its result again changes nothing.
func TestEvaluateIsAFunctionOfWhatIsThere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		objs := damage(t, append(everything(), sound()[5])) // a survey
		s := program.New("retail", objs...)
		before := program.New("retail", clones(objs)...)
		want := program.Evaluate(s, known, now)
		if diff := cmp.Diff(before, s); diff != "" {
			t.Fatalf("the input changed:\n%s", diff)
		}
		order := rapid.Permutation(objs).Draw(t, "order")
		if diff := cmp.Diff(reported(want), reported(program.Evaluate(program.New("retail", order...), known, now))); diff != "" {
			t.Fatalf("another order (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(reported(want), reported(program.Evaluate(want.Snapshot, known, now))); diff != "" {
			t.Fatalf("once more (-once +twice):\n%s", diff)
		}
	})
}

func clones(objs []program.Object) []program.Object {
	out := make([]program.Object, len(objs))
	for i, obj := range objs {
		out[i] = obj.DeepCopyObject().(program.Object)
	}
	return out
}

func TestEvaluateRemembersWhatTheEvidenceSays(t *testing.T) {
	s := program.New("retail", sound()...)
	first := program.Evaluate(s, known, now).Snapshot
	if got := first.Program.Status; got.Stage == nil || *got.Stage != 1 || got.Coverage.Summary != "0/4" {
		t.Fatalf("before: stage %v, coverage %+v", got.Stage, got.Coverage)
	}
	ev := &store.Evidence{
		Points: []store.KPIPoint{{KPI: "nps", AsOf: now.AddDate(0, -3, 0), Value: "10", N: 90, Low: "5", High: "15", Method: "NPS", ScaleHash: "-"},
			{KPI: "nps", AsOf: daysAgo(10).Time, Value: "99", N: 90, Method: "NPS", ScaleHash: "-"}}, // corrected by the file
		Marks:  []store.Mark{{Scope: "scorecard/six-stages", Key: "criterion/exp-kpi", Value: "True", Since: now.Add(-time.Hour)}},
		Stages: []store.StageChange{{Framework: "six-stages", Stage: 1, At: now.AddDate(0, -1, 0)}},
	}
	for _, a := range first.Assignments {
		if a.Spec.Subject.Kind == cxv1.SubjectGoal {
			ev.Decisions = append(ev.Decisions, store.Decision{
				OfferID: a.Spec.Proposed.OfferID, SubjectKind: "Goal", SubjectName: "loyalty", Role: "Accountable", Owner: "lead",
				Result: store.Accepted, At: now.Add(-time.Minute)})
		}
	}
	after := program.Evaluate(s, ev, now).Snapshot
	if got := after.Program.Status.Coverage; got.Accepted != 1 || got.Summary != "1/4" {
		t.Errorf("coverage %+v, want the goal accepted", got)
	}
	if got := after.KPI("nps").Status; len(got.Points) != 2 || got.Value != "40" {
		t.Errorf("value %s, points %+v: want the earlier one of the store, and 40 of the file", got.Value, got.Points)
	}
	card := after.Scorecard("six-stages").Status
	if !card.Since.Time.Equal(now.AddDate(0, -1, 0)) {
		t.Errorf("stage since %s", card.Since)
	}
	for _, c := range card.Criteria {
		if c.ID == "exp-goal" && c.Result != cxv1.OutcomeTrue {
			t.Errorf("exp-goal is %s after the owner accepted: %s", c.Result, c.Message)
		}
		if c.ID == "exp-kpi" && !c.Since.Time.Equal(now.Add(-time.Hour)) {
			t.Errorf("exp-kpi since %s", c.Since)
		}
	}
}
