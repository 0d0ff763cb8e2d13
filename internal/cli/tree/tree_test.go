// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package tree

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/cli/kit"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/testing/build"
)

func goal(name, parent, owner string) *cxv1.Goal {
	g := &cxv1.Goal{Spec: cxv1.GoalSpec{DisplayName: name, Kind: cxv1.GoalExperience, ParentRef: cxv1.Ref(parent), OwnerRef: cxv1.Ref(owner)}}
	g.Name = name
	return g
}

func initiative(name string, change func(*cxv1.InitiativeSpec)) *cxv1.Initiative {
	i := &cxv1.Initiative{Spec: cxv1.InitiativeSpec{DisplayName: name, Type: cxv1.InitiativeImprovement}}
	i.Name = name
	change(&i.Spec)
	return i
}

// grown is the tree of some objects, a line for each node.
func grown(objects ...program.Object) string {
	s := program.New("", append(objects, build.Program())...)
	page := kit.NewPage(cxv1.LanguageEN, 0)
	Of(&kit.Source{Snapshot: s, Now: time.Unix(0, 0)}).Text(page)
	_, text, _ := strings.Cut(page.String(), "\n")
	return text
}

func TestAnInitiativeStandsBelowTheNearestThingThatItServes(t *testing.T) {
	kpi := &cxv1.KPI{Spec: cxv1.KPISpec{DisplayName: "nps", GoalRef: "loyal", JourneyRef: "buy", Touchpoint: "desk"}}
	kpi.Name = "nps"
	journey := &cxv1.Journey{Spec: cxv1.JourneySpec{DisplayName: "buy", Stages: []cxv1.JourneyStage{{Touchpoints: []cxv1.Touchpoint{
		{Name: "desk", OwnerRef: "lead"}, {Name: "till"}}}}}}
	journey.Name = "buy"
	got := grown(goal("loyal", "", "lead"), goal("fast", "loyal", ""), goal("lost", "no-such-goal", ""), kpi, journey,
		initiative("moves-nps", func(s *cxv1.InitiativeSpec) {
			s.KPITargets, s.GoalRefs = []cxv1.InitiativeKPITarget{{KPIRef: "nps"}}, []cxv1.Ref{"loyal"}
		}),
		initiative("changes-buy", func(s *cxv1.InitiativeSpec) { s.JourneyRefs, s.GoalRefs = []cxv1.Ref{"buy"}, []cxv1.Ref{"loyal"} }),
		initiative("serves-fast", func(s *cxv1.InitiativeSpec) { s.GoalRefs = []cxv1.Ref{"fast"} }),
		initiative("by-itself", func(*cxv1.InitiativeSpec) {}))
	want := `goal lost                      no data   nobody
goal loyal                     no data   lead (named)
  goal fast                    no data   nobody
    initiative serves-fast               nobody
  KPI nps                      no data   nobody
    journey buy                          nobody
      touchpoint desk                    lead (named)
      initiative changes-buy             nobody
    initiative moves-nps                 nobody

Serves no goal, or no KPI measures it
journey buy               nobody
  touchpoint till         nobody
initiative by-itself      nobody
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestWhoAnswersForANode(t *testing.T) {
	for name, c := range map[string]struct {
		status cxv1.OwnerAssignmentStatus
		want   string
	}{
		"asked":          {cxv1.OwnerAssignmentStatus{Phase: cxv1.AssignmentPending, Owner: "(lead)", WaitsFor: "boss"}, "boss (asked)"},
		"accepted":       {cxv1.OwnerAssignmentStatus{Phase: cxv1.AssignmentActive, Owner: "lead", AcceptedAt: &metav1.Time{}}, "lead"},
		"trusted, away":  {cxv1.OwnerAssignmentStatus{Phase: cxv1.AssignmentActive, Owner: "lead", Acting: "deputy"}, "lead, acting: deputy"},
		"handing over":   {cxv1.OwnerAssignmentStatus{Phase: cxv1.AssignmentHandingOver, Owner: "old", WaitsFor: "lead"}, "old > lead"},
		"declined":       {cxv1.OwnerAssignmentStatus{Phase: cxv1.AssignmentDeclined, Owner: "(lead)"}, "lead (declined)"},
		"not there":      {cxv1.OwnerAssignmentStatus{Phase: cxv1.AssignmentOrphaned, Owner: "(lead)"}, "lead (not there)"},
		"not looked yet": {cxv1.OwnerAssignmentStatus{}, "lead (named)"},
	} {
		t.Run(name, func(t *testing.T) {
			a := &cxv1.OwnerAssignment{Spec: cxv1.OwnerAssignmentSpec{
				Subject: cxv1.AssignmentSubject{Kind: cxv1.SubjectGoal, Name: "loyal"}, Role: cxv1.RoleAccountable}, Status: c.status}
			a.Name = "goal-loyal"
			if diff := cmp.Diff("goal loyal   no data   "+c.want+"\n", grown(goal("loyal", "", "lead"), a)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
