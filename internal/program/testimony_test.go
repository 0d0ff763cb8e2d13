// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/maturity"
	"github.com/cx-operator/cx-operator/internal/ownership"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/store"
)

func TestOfSeveralAssessmentsTheNewestAnswersCount(t *testing.T) {
	no := func(name string, date cxv1.Date) *cxv1.Assessment {
		a := answersTo(name, date, "Q03")
		a.Spec.Counts[0] = polled("Q03", cxv1.AttestationAll, 0, 100)
		return a
	}
	broken := no("broken", dayAgo(0))
	broken.Spec.Counts[0].Answers = []int64{100, 0}
	other := no("other", dayAgo(0))
	other.Spec.Framework = "seven-stages"
	for _, tt := range []struct {
		name string
		all  []program.Object
		want maturity.Outcome
		wake int // in days from today's first instant; 0 for never
	}{
		{"the later date", []program.Object{no("b", dayAgo(3)), answersTo("a", dayAgo(2), "Q03")}, maturity.True, 178},
		{"of one date the later name", []program.Object{no("b", dayAgo(2)), answersTo("a", dayAgo(2), "Q03")}, maturity.False, 178},
		{"tomorrow's answers count tomorrow", []program.Object{no("b", dayAgo(-1)), answersTo("a", dayAgo(2), "Q03")}, maturity.True, 1},
		{"each question by itself", []program.Object{answersTo("b", dayAgo(1), "Q01"), no("a", dayAgo(2))}, maturity.False, 178},
		{"wrong counts are as if not given", []program.Object{broken, answersTo("a", dayAgo(2), "Q03")}, maturity.True, 178},
		{"answers to another framework", []program.Object{other, answersTo("a", dayAgo(2), "Q03")}, maturity.True, 178},
		{"the newest counts also when it is too old", []program.Object{no("b", dayAgo(200)), answersTo("a", dayAgo(201), "Q03")},
			maturity.Unknown, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := program.Assess(deeds(t, 3, "standard"), firmWith(tt.all...), &store.Evidence{}, now)
			if got := criterionOf(t, a, "mob-known").Result; got != tt.want {
				t.Errorf("mob-known is %s, want %s", got, tt.want)
			}
			var want time.Time
			if tt.wake != 0 {
				want = now.Truncate(24*time.Hour).AddDate(0, 0, tt.wake)
			}
			if wake := a.Wake(maturity.Standing{Stage: 1}); !wake.Equal(want) {
				t.Errorf("wakes %s, want %s", wake, want)
			}
		})
	}
}

// waiver excuses from mob-budget until the end of a day; boss has approved it.
func waiver(until cxv1.Date) (*program.Snapshot, *store.Evidence) {
	a := &cxv1.Assessment{ObjectMeta: meta("waiver"), Spec: cxv1.AssessmentSpec{
		Framework: maturity.SixStages, Date: dayAgo(10), Exemptions: []cxv1.Exemption{exemption("mob-budget", until)}}}
	return program.New("retail", a, firm(0), owner("boss", "board", cxv1.LevelExecutive), owner("lead", "service", cxv1.LevelManager)),
		&store.Evidence{Decisions: approvals(a)}
}

// approvals are a yes of everybody whom an object names.
func approvals(obj program.Object) (all []store.Decision) {
	for i, claim := range ownership.Subjects(obj) {
		all = append(all, store.Decision{
			OfferID: fmt.Sprintf("offer-%d", i), SubjectKind: string(claim.Subject.Kind), SubjectName: string(claim.Subject.Name),
			Item: claim.Subject.Item, Terms: claim.Terms.String(), Role: string(claim.Role), Owner: claim.Owner,
			Result: store.Accepted, At: now.AddDate(0, 0, -2),
		})
	}
	return all
}

func TestAnExemptionThatExpiresToday(t *testing.T) {
	s, ev := waiver(dayAgo(0))
	model, midnight := builtin(t, "standard"), now.Truncate(24*time.Hour).AddDate(0, 0, 1)
	a := program.Assess(model, s, ev, midnight.Add(-time.Second))
	c := criterionOf(t, a, "mob-budget")
	if c.Result != maturity.Exempt || !strings.Contains(c.Message.EN, "approved by boss: merger under way") || a.Result.Counts.Exempt != 1 {
		t.Errorf("today: %s, %s", c.Result, c.Message.EN)
	}
	if wake := a.Wake(maturity.Standing{Stage: 1}); !wake.Equal(midnight) {
		t.Errorf("wakes %s, want %s", wake, midnight)
	}
	var status cxv1.ScorecardStatus
	a.Report(&status, maturity.Standing{Stage: 1}, nil, "en")
	if status.Counts.Exempted != 1 {
		t.Errorf("counts %+v", status.Counts)
	}
	a = program.Assess(model, s, ev, midnight)
	if c := criterionOf(t, a, "mob-budget"); c.Result != maturity.False || a.Result.Counts.Exempt != 0 {
		t.Errorf("tomorrow: %s", c.Result)
	}
}

func TestAnExemptionCountsOnlyWithTheConsentOfAnotherWhoIsThere(t *testing.T) {
	first := func(s *program.Snapshot) *cxv1.Exemption { return &s.Assessments[0].Spec.Exemptions[0] }
	for _, tt := range []struct {
		name   string
		change func(*program.Snapshot, *store.Evidence)
		exempt bool
	}{
		{"the approver said yes", func(*program.Snapshot, *store.Evidence) {}, true},
		{"nobody decided", func(_ *program.Snapshot, ev *store.Evidence) { ev.Decisions = nil }, false},
		{"the approver said no", func(_ *program.Snapshot, ev *store.Evidence) { ev.Decisions[0].Result = store.Declined }, false},
		{"the approver left", func(s *program.Snapshot, _ *store.Evidence) { s.Owner("boss").Spec.State = cxv1.OwnerLeft }, false},
		{"the yes is about another criterion", func(_ *program.Snapshot, ev *store.Evidence) { ev.Decisions[0].Item = "mob-lead" }, false},
		{"the yes is about another assessment", func(_ *program.Snapshot, ev *store.Evidence) { ev.Decisions[0].SubjectName = "b" }, false},
		{"it lasts longer than what was approved", func(s *program.Snapshot, _ *store.Evidence) { first(s).Until = dayAgo(-60) }, false},
		{"it has another reason now", func(s *program.Snapshot, _ *store.Evidence) { first(s).Reason = "no money" }, false},
		{"somebody else is to approve it now", func(s *program.Snapshot, _ *store.Evidence) { first(s).ApprovedBy = "lead" }, false},
		{"the approver asks for it too", func(s *program.Snapshot, _ *store.Evidence) { first(s).RequestedBy = "boss" }, false},
		{"it is not dated yet", func(s *program.Snapshot, _ *store.Evidence) { s.Assessments[0].Spec.Date = dayAgo(-1) }, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, ev := waiver(dayAgo(-30))
			tt.change(s, ev)
			a := program.Assess(builtin(t, "standard"), s, ev, now)
			if got := criterionOf(t, a, "mob-budget").Result == maturity.Exempt; got != tt.exempt {
				t.Errorf("exempt is %t", got)
			}
		})
	}
	s, _ := waiver(dayAgo(-30))
	if c := criterionOf(t, program.Assess(builtin(t, "standard"), s, nil, now), "mob-budget"); c.Result == maturity.Exempt {
		t.Error("without evidence nobody has approved anything")
	}
}

func TestOfTwoExemptionsTheLongerOneCounts(t *testing.T) {
	s, ev := waiver(dayAgo(-30))
	longer := s.Assessments[0].DeepCopy()
	longer.Name, longer.Spec.Exemptions[0].Until, longer.Spec.Exemptions[0].Reason = "again", dayAgo(-60), "merger takes longer"
	s.Add(longer)
	ev.Decisions = append(ev.Decisions, approvals(longer)...)
	a := program.Assess(builtin(t, "standard"), s, ev, now)
	if c := criterionOf(t, a, "mob-budget"); !strings.Contains(c.Message.EN, "merger takes longer") {
		t.Errorf("%s", c.Message.EN)
	}
}

// In a folder of YAML assessments are judged as in the cluster, and what is wrong with one is found.
func TestEvaluateJudgesAssessments(t *testing.T) {
	wrong := answersTo("wrong", dayAgo(1), "Q99")
	stray := answersTo("stray", dayAgo(1), "Q03")
	stray.Spec.Framework = "seven-stages"
	objs := append(sound(), answersTo("spring", dayAgo(1)), wrong, stray)
	e := program.Evaluate(program.New("retail", objs...), known, now)
	said := map[string]string{}
	for _, obj := range e.Snapshot.All() {
		for _, c := range obj.CommonStatus().Conditions {
			if c.Type != cxv1.ConditionOwned {
				said[program.Key(obj)+" "+c.Type] = string(c.Status) + "/" + c.Reason
			}
		}
	}
	for key, want := range map[string]string{
		"Assessment/spring Ready": "True/Ready", "Assessment/spring Fresh": "True/Fresh",
		"Assessment/wrong Ready": "False/UnknownQuestion", "Assessment/stray Ready": "False/FrameworkNotReady",
		"Scorecard/six-stages EvidenceGap": "True/WordsAheadOfDeeds", "Program/program EvidenceGap": "True/WordsAheadOfDeeds",
		"Scorecard/six-stages Fresh": "True/Fresh", "Program/program Fresh": "True/Fresh",
	} {
		if said[key] != want {
			t.Errorf("%s is %s, want %s", key, said[key], want)
		}
	}
	if p := e.Snapshot.Program.Status; p.AttestedStage == nil || *p.AttestedStage != 6 || *p.Stage != 1 {
		t.Errorf("stage %v, attested %v", p.Stage, p.AttestedStage)
	}
	for _, a := range e.Snapshot.Assessments {
		if want := map[string]string{"spring": "20/20"}[a.Name]; a.Status.Summary != want {
			t.Errorf("%s: summary %q, want %q", a.Name, a.Status.Summary, want)
		}
	}
}
