// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package story tells three years of a company over the real core and a real store, on a clock that stands still between two
// events.
package story

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/maturity"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/store"
)

var (
	update = flag.Bool("update", false, "write the golden files anew")
	seeds  = flag.Uint64("seeds", 2, "in how many other orders the story is told")
)

// told is what came of a story.
type told struct {
	log string
	// steps are the next steps in Russian at the end of two quarters.
	steps string
	// quarters are the Scorecards at the end of each quarter.
	quarters map[string]cxv1.ScorecardStatus
	stages   []store.StageChange
}

func tellStory(t *testing.T, events []event, settings ...func(*narrator)) told {
	t.Helper()
	n := &narrator{company: found(t, sixStages(t))}
	out := told{quarters: map[string]cxv1.ScorecardStatus{}}
	n.then = func(quarter string) {
		out.quarters[quarter] = *n.card.Status.DeepCopy()
		if quarter == "2027 Q2" || quarter == "2029 Q4" {
			out.steps += inRussian(quarter, &n.report("ru").Status)
		}
	}
	for _, set := range settings {
		set(n)
	}
	n.tell(events)
	out.log, out.stages = n.text.String(), n.read().Stages
	return out
}

func sixStages(t testing.TB) *maturity.Model {
	t.Helper()
	framework, err := maturity.Builtin(maturity.SixStages)
	must(t, err)
	model, err := maturity.Compile(framework, "standard")
	must(t, err)
	return model
}

func daily(n *narrator) { n.daily = true }

// TestThreeYearsOfACompany tells the story as it was, looking every day, and then in other ways that must come to the same.
func TestThreeYearsOfACompany(t *testing.T) {
	was := tellStory(t, threeYears(), daily, (*narrator).compareWithFolder)
	golden(t, "testdata/three-years.golden", head+was.log)
	golden(t, "testdata/next-steps-ru.golden", was.steps)
	if diff := cmp.Diff(wentThrough, history(was.stages)); diff != "" {
		t.Errorf("the stages (-want +got):\n%s", diff)
	}
	brief := tellStory(t, threeYears())
	same(t, was, brief)
	for seed := range *seeds {
		t.Run(fmt.Sprintf("in another order within each day, %d", seed), func(t *testing.T) {
			t.Parallel()
			same(t, brief, tellStory(t, threeYears(), inAnyOrder(seed)))
		})
		t.Run(fmt.Sprintf("in another order within each quarter, %d", seed), func(t *testing.T) {
			t.Parallel()
			sameInTheEnd(t, brief, tellStory(t, withinQuarters(threeYears(), seed)))
		})
	}
	t.Run("every object is deleted and applied again, also while the stage is falling", func(t *testing.T) {
		t.Parallel()
		again := on((*company).reapply, "2027-08-16", "2028-07-17", "2029-01-08", "2029-11-19")
		identical(t, brief, tellStory(t, threeYears(), again))
	})
	t.Run("the operator is restarted, also while the stage is falling", func(t *testing.T) {
		t.Parallel()
		again := on((*company).restart, "2027-06-10", "2028-02-10", "2029-01-08", "2029-06-13", "2029-10-10")
		identical(t, brief, tellStory(t, threeYears(), again))
	})
}

// on does something on certain days, before anything else happens.
func on(do func(*company), days ...cxv1.Date) func(*narrator) {
	return func(n *narrator) {
		n.before = func(day cxv1.Date) {
			if slices.Contains(days, day) {
				do(n.company)
				n.settle()
			}
		}
	}
}

const head = `# Three years of Example Bakery, told by three-years.yaml, and what its Scorecard said to each event. A result is followed by what
# it rests on, or by why it is not met. Only criteria up to the next stage are told of.

`

// wentThrough are the stages of the story.
var wentThrough = []string{
	"2027-01-04 1: All required criteria up to this stage are met.",
	"2027-03-22 2: All required criteria up to this stage are met.",
	"2028-01-24 3: All required criteria up to this stage are met.",
	"2028-10-09 4: All required criteria up to this stage are met.",
	"2029-04-03 5: All required criteria up to this stage are met.",
	"2029-10-14 4: No longer met: ali-incentives, ali-one-definition.",
}

func history(stages []store.StageChange) []string {
	var lines []string
	for _, s := range stages {
		lines = append(lines, fmt.Sprintf("%s %d: %s", s.At.In(zone).Format("2006-01-02"), s.Stage, s.Reason))
	}
	return lines
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		must(t, os.WriteFile(file, []byte(got), 0o644))
	}
	want, err := os.ReadFile(file)
	must(t, err)
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s changed; if that is meant, run go test ./test/story -update (-want +got):\n%s", file, diff)
	}
}

func inRussian(quarter string, s *cxv1.ScorecardStatus) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s, %s\n", quarter, s.StageName, s.Progress)
	for _, step := range s.NextSteps {
		fmt.Fprintf(&b, "  %s: %s\n    %s\n", step.Criterion, step.Missing, step.Do)
	}
	for _, advice := range s.Advice {
		fmt.Fprintf(&b, "  * %s\n", advice)
	}
	return b.String()
}

// identical fails unless nothing whatever differs, not even a second.
func identical(t *testing.T, want, got told) {
	t.Helper()
	if diff := cmp.Diff(strings.Split(want.log, "\n"), strings.Split(got.log, "\n")); diff != "" {
		t.Errorf("the log (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want.quarters, got.quarters); diff != "" {
		t.Errorf("the quarters (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want.stages, got.stages); diff != "" {
		t.Errorf("the stages (-want +got):\n%s", diff)
	}
}

// same fails unless every quarter ended as before, and the stages came at the same instants for the same reasons.
func same(t *testing.T, want, got told) {
	t.Helper()
	sameInTheEnd(t, want, got)
	// The results behind a stage are those that were there when somebody looked, perhaps between two objects of a day.
	if diff := cmp.Diff(want.stages, got.stages, cmpopts.IgnoreFields(store.StageChange{}, "ScorecardHash")); diff != "" {
		t.Errorf("the stages (-want +got):\n%s", diff)
	}
}

// sameInTheEnd fails unless every quarter ended as before, whenever in the quarter things came about.
func sameInTheEnd(t *testing.T, want, got told) {
	t.Helper()
	if diff := cmp.Diff(timeless(want.quarters), timeless(got.quarters)); diff != "" {
		t.Errorf("the quarters (-want +got):\n%s", diff)
	}
}

// timeless leaves out since when something is so: what is applied piece by piece may be amiss for a moment.
func timeless(quarters map[string]cxv1.ScorecardStatus) map[string]cxv1.ScorecardStatus {
	all := map[string]cxv1.ScorecardStatus{}
	for quarter, s := range quarters {
		s.Since, s.Criteria = nil, slices.Clone(s.Criteria)
		for i := range s.Criteria {
			s.Criteria[i].Since = nil
		}
		all[quarter] = s
	}
	return all
}

// inAnyOrder lets controllers look in between, as many of them and in whatever order.
func inAnyOrder(seed uint64) func(*narrator) {
	random := rand.New(rand.NewPCG(seed, 1))
	return func(n *narrator) {
		n.shuffled = func(steps []func(*company)) {
			random.Shuffle(len(steps), func(i, j int) { steps[i], steps[j] = steps[j], steps[i] })
			for _, step := range steps {
				step(n.company)
				looks := n.looks()
				random.Shuffle(len(looks), func(i, j int) { looks[i], looks[j] = looks[j], looks[i] })
				for _, look := range looks[:random.IntN(len(looks)+1)] {
					look()
				}
			}
		}
	}
}

// withinQuarters lets the free events of each quarter change places.
func withinQuarters(events []event, seed uint64) []event {
	random := rand.New(rand.NewPCG(seed, 2))
	free := map[string][]int{}
	for i, e := range events {
		if e.Free {
			free[quarter(e.Day)] = append(free[quarter(e.Day)], i)
		}
	}
	moved := slices.Clone(events)
	for i, e := range events {
		places := free[quarter(e.Day)]
		if !e.Free || i != places[0] {
			continue
		}
		for k, from := range random.Perm(len(places)) {
			moved[places[k]].Day = events[places[from]].Day
		}
	}
	sortByDay(moved)
	return moved
}

// compareWithFolder fails unless kubectl cx, given what people wrote and the evidence, says what the controllers say at the end
// of each quarter.
func (n *narrator) compareWithFolder() {
	before := n.then
	n.then = func(quarter string) {
		before(quarter)
		n.evaluateFolder(quarter)
	}
}

func (n *narrator) evaluateFolder(quarter string) {
	folder := program.New(namespace)
	for _, obj := range n.s.All() {
		switch obj.(type) {
		case *cxv1.OwnerAssignment, *cxv1.Scorecard, *cxv1.SurveyWave, *cxv1.FollowUp:
		default:
			folder.Add(admit(program.KindOf(obj), obj.GetName(), specOf(obj)))
		}
	}
	evaluation := program.Evaluate(folder, n.read(), n.now)
	for _, finding := range evaluation.Findings {
		if finding.Severity == program.SeverityError {
			n.t.Errorf("%s: %s: %s", quarter, finding.Object, finding.Message)
		}
	}
	got, want := evaluation.Snapshot.Scorecard(maturity.SixStages).Status, n.card.Status
	for _, c := range want.Conditions {
		if diff := cmp.Diff(conditionOf(want.Conditions, c.Type), conditionOf(got.Conditions, c.Type)); diff != "" {
			n.t.Errorf("%s: %s (-controllers +folder):\n%s", quarter, c.Type, diff)
		}
	}
	want.ObjectStatus, got.ObjectStatus = cxv1.ObjectStatus{}, cxv1.ObjectStatus{}
	if diff := cmp.Diff(want, got); diff != "" {
		n.t.Errorf("%s (-controllers +folder):\n%s", quarter, diff)
	}
}
