// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/testing/build"
)

// verdict gives a KPI the conditions of one that was judged; "" leaves the condition out.
func verdict(met, fresh metav1.ConditionStatus) func(*cxv1.KPI) {
	return func(k *cxv1.KPI) {
		if met != "" {
			k.Status.Conditions = append(k.Status.Conditions, metav1.Condition{Type: cxv1.ConditionTargetMet, Status: met})
		}
		if fresh != "" {
			k.Status.Conditions = append(k.Status.Conditions, metav1.Condition{Type: cxv1.ConditionFresh, Status: fresh})
		}
	}
}

func met(name string) *cxv1.KPI     { return build.KPI(name, verdict("True", "True")) }
func missed(name string) *cxv1.KPI  { return build.KPI(name, verdict("False", "True")) }
func unknown(name string) *cxv1.KPI { return build.KPI(name, verdict("Unknown", "False")) }

func TestARollupCountsEveryKPIOnce(t *testing.T) {
	got := program.Rollup([]*cxv1.KPI{
		met("a"), met("b"), missed("c"), unknown("d"), build.KPI("never-judged"), build.KPI("no-target", verdict("Unknown", "True")),
	})
	if diff := cmp.Diff(cxv1.KPIRollup{Total: 6, Met: 2, Missed: 1, Unknown: 3, Fresh: 4}, got); diff != "" {
		t.Errorf("roll-up (-want +got):\n%s", diff)
	}
}

// whole is a goal that lacks nothing, due at the end of March, with one KPI that meets its target.
func whole(changes ...func(*cxv1.Goal)) program.GoalInput {
	goal := build.Goal("loyalty", append([]func(*cxv1.Goal){func(g *cxv1.Goal) {
		g.Spec.OwnerRef, g.Spec.ValueDriver, g.Spec.BusinessOutcome, g.Spec.Due = "head-of-cx", "Retention", "More sales.", "2027-03-31"
	}}, changes...)...)
	return program.GoalInput{Goal: goal, KPIs: []*cxv1.KPI{met("a")}, Zone: time.UTC, Now: build.Monday}
}

func saidOf(j program.GoalJudgement, condition string) string {
	return said(program.KPIJudgement{Conditions: j.Conditions}, condition)
}

func TestAGoalSaysWhatItLacks(t *testing.T) {
	parent := func(kind cxv1.GoalKind) func(*program.GoalInput) {
		return func(in *program.GoalInput) {
			in.Ancestors = append(in.Ancestors, build.Goal("above", func(g *cxv1.Goal) { g.Spec.Kind = kind }))
		}
	}
	with := func(change func(*cxv1.GoalSpec)) func(*program.GoalInput) {
		return func(in *program.GoalInput) { change(&in.Goal.Spec) }
	}
	none := func(s *cxv1.GoalSpec) {
		s.OwnerRef, s.ValueDriver, s.BusinessOutcome, s.Due = "", "", "", ""
	}
	for name, tc := range map[string]struct {
		changes []func(*program.GoalInput)
		want    string
	}{
		"nothing is missing":                              {nil, ""},
		"no owner":                                        {[]func(*program.GoalInput){with(func(s *cxv1.GoalSpec) { s.OwnerRef = "" })}, "ownerRef"},
		"no due date":                                     {[]func(*program.GoalInput){with(func(s *cxv1.GoalSpec) { s.Due = "" })}, "due"},
		"nothing measures it":                             {[]func(*program.GoalInput){func(in *program.GoalInput) { in.KPIs = nil }}, "KPI or child goal"},
		"goals below measure it":                          {[]func(*program.GoalInput){func(in *program.GoalInput) { in.KPIs, in.Children = nil, []*cxv1.Goal{build.Goal("below")} }}, ""},
		"nothing to gain from it":                         {[]func(*program.GoalInput){with(func(s *cxv1.GoalSpec) { s.BusinessOutcome = "" })}, "businessOutcome or Business parent"},
		"no word how it pays off":                         {[]func(*program.GoalInput){with(func(s *cxv1.GoalSpec) { s.ValueDriver = "" })}, "valueDriver"},
		"a business goal above says what is gained":       {[]func(*program.GoalInput){with(func(s *cxv1.GoalSpec) { s.BusinessOutcome = "" }), parent(cxv1.GoalBusiness)}, ""},
		"a business goal far above will do":               {[]func(*program.GoalInput){with(func(s *cxv1.GoalSpec) { s.BusinessOutcome = "" }), parent(cxv1.GoalOperational), parent(cxv1.GoalBusiness)}, ""},
		"an operational goal above says nothing":          {[]func(*program.GoalInput){with(func(s *cxv1.GoalSpec) { s.BusinessOutcome = "" }), parent(cxv1.GoalOperational)}, "businessOutcome or Business parent"},
		"an experience goal below another owes no reason": {[]func(*program.GoalInput){with(func(s *cxv1.GoalSpec) { s.BusinessOutcome, s.ValueDriver = "", "" }), parent(cxv1.GoalExperience)}, ""},
		"a business goal is its own reason":               {[]func(*program.GoalInput){with(func(s *cxv1.GoalSpec) { none(s); s.Kind = cxv1.GoalBusiness })}, "ownerRef, due"},
		"an operational goal owes no reason":              {[]func(*program.GoalInput){with(func(s *cxv1.GoalSpec) { none(s); s.Kind = cxv1.GoalOperational })}, "ownerRef, due"},
		"everything is missing": {[]func(*program.GoalInput){with(none), func(in *program.GoalInput) { in.KPIs = nil }},
			"ownerRef, due, KPI or child goal, businessOutcome or Business parent, valueDriver"},
	} {
		t.Run(name, func(t *testing.T) {
			in := whole()
			in.Goal.Status.Missing = []string{"of an earlier look"}
			for _, change := range tc.changes {
				change(&in)
			}
			j := program.JudgeGoal(in)
			if got := strings.Join(in.Goal.Status.Missing, ", "); got != tc.want {
				t.Errorf("lacks %q, want %q", got, tc.want)
			}
			want := "True/Complete"
			if tc.want != "" {
				want = "False/Incomplete"
			}
			if got := saidOf(j, cxv1.ConditionComplete); got != want || !strings.Contains(j.Conditions[0].Message, tc.want) {
				t.Errorf("Complete is %s (%s), want %s", got, j.Conditions[0].Message, want)
			}
		})
	}
}

func TestAGoalIsAttainedWhenAllBelowItMeetTheirTargets(t *testing.T) {
	below := func(r cxv1.KPIRollup) *cxv1.Goal {
		return build.Goal("below", func(g *cxv1.Goal) { g.Status.KPIs = &r })
	}
	for name, tc := range map[string]struct {
		kpis     []*cxv1.KPI
		children []*cxv1.Goal
		want     string
		summary  string
	}{
		"all meet":                              {[]*cxv1.KPI{met("a"), met("b")}, nil, "True/Attained", "2/2"},
		"one misses":                            {[]*cxv1.KPI{met("a"), missed("b")}, nil, "False/NotAttained", "1/2"},
		"one misses and another is unknown":     {[]*cxv1.KPI{missed("a"), unknown("b")}, nil, "False/NotAttained", "0/1"},
		"one is unknown":                        {[]*cxv1.KPI{met("a"), unknown("b")}, nil, "Unknown/NoData", "1/1"},
		"nothing measures it":                   {nil, nil, "Unknown/NoData", "0/0"},
		"a goal below misses":                   {[]*cxv1.KPI{met("a")}, []*cxv1.Goal{below(cxv1.KPIRollup{Total: 3, Met: 2, Missed: 1, Fresh: 3})}, "False/NotAttained", "3/4"},
		"a goal below is unknown":               {[]*cxv1.KPI{met("a")}, []*cxv1.Goal{below(cxv1.KPIRollup{Total: 1, Unknown: 1})}, "Unknown/NoData", "1/1"},
		"all below meet, and it has none":       {nil, []*cxv1.Goal{below(cxv1.KPIRollup{Total: 2, Met: 2, Fresh: 2})}, "True/Attained", "2/2"},
		"a goal below has not been rolled up":   {[]*cxv1.KPI{met("a")}, []*cxv1.Goal{build.Goal("new")}, "True/Attained", "1/1"},
		"stale but kept is met and not counted": {[]*cxv1.KPI{build.KPI("kept", verdict("True", "False"))}, nil, "True/Attained", "1/1"},
	} {
		t.Run(name, func(t *testing.T) {
			in := whole()
			in.KPIs, in.Children = tc.kpis, tc.children
			j := program.JudgeGoal(in)
			if got := saidOf(j, cxv1.ConditionAttained); got != tc.want {
				t.Errorf("Attained is %s, want %s", got, tc.want)
			}
			if in.Goal.Status.Summary != tc.summary || *in.Goal.Status.Children != int32(len(tc.children)) {
				t.Errorf("summary %s, %d children", in.Goal.Status.Summary, *in.Goal.Status.Children)
			}
			if got := strings.HasPrefix(j.Message, "No KPI"); got != (in.Goal.Status.KPIs.Total == 0) {
				t.Errorf("the message is %q", j.Message)
			}
		})
	}
}

// tree is a random forest: each goal after the first may serve an earlier one, and KPIs hang anywhere.
type tree struct {
	parent []int // -1 for none
	kpis   [][]*cxv1.KPI
}

func drawTree(t *rapid.T) tree {
	verdicts := []metav1.ConditionStatus{"", "True", "False", "Unknown"}
	var tr tree
	for i := range rapid.IntRange(1, 25).Draw(t, "goals") {
		tr.parent = append(tr.parent, rapid.IntRange(-1, i-1).Draw(t, "parent"))
		var kpis []*cxv1.KPI
		for k := range rapid.IntRange(0, 3).Draw(t, "kpis") {
			kpis = append(kpis, build.KPI(fmt.Sprintf("k-%d-%d", i, k),
				verdict(rapid.SampledFrom(verdicts).Draw(t, "met"), rapid.SampledFrom(verdicts).Draw(t, "fresh"))))
		}
		tr.kpis = append(tr.kpis, kpis)
	}
	return tr
}

// under reports whether goal i is goal j or below it.
func (tr tree) under(i, j int) bool {
	for ; i >= 0; i = tr.parent[i] {
		if i == j {
			return true
		}
	}
	return false
}

// Each goal reads its own KPIs and its children only, and yet counts every KPI below it exactly once.
func TestTheRollUpEqualsCountingAllBelow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tr := drawTree(t)
		goals := make([]*cxv1.Goal, len(tr.parent))
		for i := len(goals) - 1; i >= 0; i-- { // children come after their parents
			goals[i] = build.Goal(fmt.Sprint("g", i))
			in := program.GoalInput{Goal: goals[i], KPIs: tr.kpis[i], Zone: time.UTC, Now: build.Monday}
			for c := range tr.parent {
				if tr.parent[c] == i {
					in.Children = append(in.Children, goals[c])
				}
			}
			program.JudgeGoal(in)
		}
		for i, goal := range goals {
			var all []*cxv1.KPI
			for j := range goals {
				if tr.under(j, i) {
					all = append(all, tr.kpis[j]...)
				}
			}
			if diff := cmp.Diff(program.Rollup(all), *goal.Status.KPIs); diff != "" {
				t.Fatalf("goal %d (-counted +rolled up):\n%s", i, diff)
			}
		}
	})
}

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func TestAGoalIsOverdueWhenItsLastDayIsOverInTheProgramsZone(t *testing.T) {
	for name, tc := range map[string]struct {
		due  cxv1.Date
		zone string
		over string // the first instant at which it is overdue
	}{
		"UTC":                           {"2027-03-31", "UTC", "2027-04-01T00:00:00Z"},
		"east of Greenwich":             {"2027-03-31", "Asia/Tokyo", "2027-03-31T15:00:00Z"},
		"west of Greenwich":             {"2027-03-31", "America/New_York", "2027-04-01T04:00:00Z"},
		"a day of 23 hours":             {"2027-03-28", "Europe/Berlin", "2027-03-28T22:00:00Z"},
		"no midnight ends the day":      {"2026-09-05", "America/Santiago", "2026-09-06T04:00:00Z"},
		"two midnights, the first ends": {"2026-10-31", "America/Havana", "2026-11-01T04:00:00Z"},
	} {
		t.Run(name, func(t *testing.T) {
			over, err := time.Parse(time.RFC3339, tc.over)
			if err != nil {
				t.Fatal(err)
			}
			in := whole(func(g *cxv1.Goal) { g.Spec.Due = tc.due })
			in.KPIs, in.Zone, in.Now = []*cxv1.KPI{missed("a")}, zone(t, tc.zone), over.Add(-time.Nanosecond)
			j := program.JudgeGoal(in)
			if got := saidOf(j, cxv1.ConditionOnSchedule); got != "True/OnSchedule" || !j.Wake.Equal(over) {
				t.Errorf("just before: %s, looks again at %s", got, j.Wake.UTC())
			}
			in.Now = over
			j = program.JudgeGoal(in)
			if got := saidOf(j, cxv1.ConditionOnSchedule); got != "False/Overdue" || !j.Wake.IsZero() {
				t.Errorf("just then: %s, looks again at %s", got, j.Wake)
			}
			if !strings.Contains(j.Conditions[2].Message, string(tc.due)) {
				t.Errorf("the message does not name the day: %s", j.Conditions[2].Message)
			}
		})
	}
}

func TestWhatIsAttainedOrHasNoDateIsNotOverdue(t *testing.T) {
	late := build.Monday.AddDate(3, 0, 0)
	attained := whole()
	undated := whole(func(g *cxv1.Goal) { g.Spec.Due = "" })
	undated.KPIs = []*cxv1.KPI{missed("a")}
	for _, in := range []program.GoalInput{attained, undated} {
		in.Now = late
		if j := program.JudgeGoal(in); saidOf(j, cxv1.ConditionOnSchedule) != "True/OnSchedule" || !j.Wake.IsZero() {
			t.Errorf("%s, looks again at %s", saidOf(j, cxv1.ConditionOnSchedule), j.Wake)
		}
	}
	open := whole()
	open.KPIs, open.Now = []*cxv1.KPI{unknown("a")}, late
	if got := saidOf(program.JudgeGoal(open), cxv1.ConditionOnSchedule); got != "False/Overdue" {
		t.Errorf("a goal of which nothing is known is %s", got)
	}
}

func TestAProgramWithoutAZoneRunsOnUTC(t *testing.T) {
	for name, want := range map[string]string{"": "UTC", "Europe/Berlin": "Europe/Berlin", "Middle/Earth": "UTC", "Local": "UTC"} {
		if got := program.Zone(build.Program(func(p *cxv1.Program) { p.Spec.TimeZone = name })); got.String() != want {
			t.Errorf("%q is %s, want %s", name, got, want)
		}
	}
}
