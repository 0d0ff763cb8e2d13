// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package tree

import (
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/cli/kit"
	"github.com/cx-operator/cx-operator/internal/program"
)

// Of grows the tree.
func Of(source *kit.Source) *Result {
	s := source.Snapshot
	g := &grower{s: s, owners: map[cxv1.AssignmentSubject]*cxv1.OwnerAssignment{}, shown: map[string]bool{}}
	for _, a := range s.Assignments {
		if a.Spec.Role == cxv1.RoleAccountable {
			g.owners[a.Spec.Subject] = a
		}
	}
	r := &Result{TypeMeta: kit.Type("Tree"), Organization: s.Program.Spec.Organization, Goals: []*Node{}}
	for _, goal := range s.Goals {
		if goal.Spec.ParentRef == "" || s.Goal(goal.Spec.ParentRef) == nil || program.Cycle(goal.Name, g.parent) != nil {
			r.Goals = append(r.Goals, g.goal(goal))
		}
	}
	r.Rest = g.rest()
	return r
}

type grower struct {
	s      *program.Snapshot
	owners map[cxv1.AssignmentSubject]*cxv1.OwnerAssignment
	// shown are the keys of what stands somewhere already; touchpoints as Journey/name/touchpoint.
	shown map[string]bool
}

func (g *grower) parent(name string) []string {
	if goal := g.s.Goal(cxv1.Ref(name)); goal != nil && goal.Spec.ParentRef != "" {
		return []string{string(goal.Spec.ParentRef)}
	}
	return nil
}

func (g *grower) goal(goal *cxv1.Goal) *Node {
	ref := cxv1.Ref(goal.Name)
	n := g.node(goal, goal.Spec.DisplayName, cxv1.ConditionAttained)
	n.Value = goal.Status.Summary
	n.Late = meta.IsStatusConditionFalse(goal.Status.Conditions, cxv1.ConditionOnSchedule)
	n.Owner = g.owner(cxv1.SubjectGoal, ref, "", goal.Spec.OwnerRef)
	if program.Cycle(goal.Name, g.parent) != nil {
		return n // there is no below in a circle
	}
	for _, child := range g.s.Goals {
		if child.Spec.ParentRef == ref {
			n.Children = append(n.Children, g.goal(child))
		}
	}
	for _, kpi := range g.s.KPIs {
		if kpi.Spec.GoalRef == ref {
			n.Children = append(n.Children, g.kpi(kpi))
		}
	}
	n.Children = append(n.Children, g.initiatives(func(i *cxv1.Initiative) bool {
		return len(i.Spec.KPITargets) == 0 && len(i.Spec.JourneyRefs) == 0 && contains(i.Spec.GoalRefs, ref)
	})...)
	return n
}

func (g *grower) kpi(kpi *cxv1.KPI) *Node {
	n := g.node(kpi, kpi.Spec.DisplayName, cxv1.ConditionTargetMet)
	n.Value = string(kpi.Status.Value)
	if kpi.Status.Value != "" && kpi.Status.Target != "" {
		n.Value += "/" + string(kpi.Status.Target)
	}
	n.Owner = g.owner(cxv1.SubjectKPI, cxv1.Ref(kpi.Name), "", kpi.Spec.OwnerRef)
	if journey := g.s.Journey(kpi.Spec.JourneyRef); journey != nil {
		n.Children = append(n.Children, g.journey(journey, func(t *cxv1.Touchpoint) bool { return t.Name == kpi.Spec.Touchpoint }))
	}
	n.Children = append(n.Children, g.initiatives(func(i *cxv1.Initiative) bool {
		for _, target := range i.Spec.KPITargets {
			if target.KPIRef == cxv1.Ref(kpi.Name) {
				return true
			}
		}
		return false
	})...)
	return n
}

// journey grows a journey with some of its touchpoints.
func (g *grower) journey(journey *cxv1.Journey, wanted func(*cxv1.Touchpoint) bool) *Node {
	again := g.shown[program.Key(journey)]
	n := g.node(journey, journey.Spec.DisplayName, "")
	n.Owner = g.owner(cxv1.SubjectJourney, cxv1.Ref(journey.Name), "", journey.Spec.OwnerRef)
	for i := range journey.Spec.Stages {
		for j := range journey.Spec.Stages[i].Touchpoints {
			if t := &journey.Spec.Stages[i].Touchpoints[j]; wanted(t) {
				n.Children = append(n.Children, g.touchpoint(journey, t))
			}
		}
	}
	if again {
		return n // what changes it stands where it was shown first
	}
	n.Children = append(n.Children, g.initiatives(func(i *cxv1.Initiative) bool {
		return len(i.Spec.KPITargets) == 0 && contains(i.Spec.JourneyRefs, cxv1.Ref(journey.Name))
	})...)
	return n
}

func (g *grower) touchpoint(journey *cxv1.Journey, t *cxv1.Touchpoint) *Node {
	g.shown[program.Key(journey)+"/"+string(t.Name)] = true
	n := &Node{Kind: "Touchpoint", Name: string(t.Name), State: "NoGap", Verdict: Good}
	for _, gap := range journey.Status.Gaps {
		if gap.Touchpoint == string(t.Name) {
			n.State, n.Verdict = "Gap", Bad
		}
	}
	n.Owner = g.owner(cxv1.SubjectJourney, cxv1.Ref(journey.Name), t.Name, t.OwnerRef)
	return n
}

func (g *grower) initiatives(wanted func(*cxv1.Initiative) bool) []*Node {
	var nodes []*Node
	for _, i := range g.s.Initiatives {
		if !wanted(i) {
			continue
		}
		n := g.node(i, i.Spec.DisplayName, cxv1.ConditionPhaseReached)
		if n.State != "NotReady" {
			n.State = string(i.Status.Phase)
		}
		n.Value = i.Status.Progress
		n.Late = len(i.Status.Overdue) > 0
		n.Owner = g.owner(cxv1.SubjectInitiative, cxv1.Ref(i.Name), "", i.Spec.OwnerRef)
		nodes = append(nodes, n)
	}
	return nodes
}

// rest is what stands below no goal.
func (g *grower) rest() []*Node {
	var nodes []*Node
	for _, kpi := range g.s.KPIs {
		if !g.shown[program.Key(kpi)] {
			nodes = append(nodes, g.kpi(kpi))
		}
	}
	for _, journey := range g.s.Journeys {
		if n := g.left(journey); n != nil {
			nodes = append(nodes, n)
		}
	}
	return append(nodes, g.initiatives(func(i *cxv1.Initiative) bool { return !g.shown[program.Key(i)] })...)
}

// left is a journey with the touchpoints that no KPI measures; nil when all are.
func (g *grower) left(journey *cxv1.Journey) *Node {
	before := g.shown[program.Key(journey)]
	n := g.journey(journey, func(t *cxv1.Touchpoint) bool { return !g.shown[program.Key(journey)+"/"+string(t.Name)] })
	if before && len(n.Children) == 0 {
		return nil
	}
	return n
}

// node is an object with its state: that of a condition, or without one whether there are gaps.
func (g *grower) node(obj program.Object, title, condition string) *Node {
	g.shown[program.Key(obj)] = true
	n := &Node{Kind: program.KindOf(obj), Name: obj.GetName(), Title: title, State: "NoGap", Verdict: Good}
	conditions := obj.CommonStatus().Conditions
	if journey, ok := obj.(*cxv1.Journey); ok && len(journey.Status.Gaps) > 0 {
		n.State, n.Verdict = "Gap", Bad
	}
	if condition != "" {
		n.State, n.Verdict = cxv1.ReasonNoData, Unknown
	}
	if c := meta.FindStatusCondition(conditions, condition); c != nil {
		n.State, n.Verdict = c.Reason, verdict(c.Status)
	}
	if meta.IsStatusConditionFalse(conditions, cxv1.ConditionReady) {
		n.State, n.Verdict = "NotReady", Bad
	}
	return n
}

func verdict(status metav1.ConditionStatus) string {
	switch status {
	case metav1.ConditionTrue:
		return Good
	case metav1.ConditionFalse:
		return Bad
	}
	return Unknown
}

// owner says who answers for something, by its assignment; without one, who is named.
func (g *grower) owner(kind cxv1.SubjectKind, name cxv1.Ref, touchpoint cxv1.TouchpointName, named cxv1.Ref) *Owner {
	a := g.owners[cxv1.AssignmentSubject{Kind: kind, Name: name, Touchpoint: touchpoint}]
	if a == nil || a.Status.Phase == "" {
		if named == "" {
			return &Owner{State: "None"}
		}
		return &Owner{Name: string(named), State: "Named"}
	}
	o := &Owner{Name: strings.Trim(a.Status.Owner, "()"), Acting: a.Status.Acting}
	switch a.Status.Phase {
	case cxv1.AssignmentPending:
		o.Name, o.State = a.Status.WaitsFor, "Waiting"
	case cxv1.AssignmentHandingOver:
		o.State, o.To = "HandingOver", a.Status.WaitsFor
	case cxv1.AssignmentActive:
		o.State = "Trusted"
		if a.Status.AcceptedAt != nil {
			o.State = "Accepted"
		}
	default:
		o.State, o.To = string(a.Status.Phase), a.Status.WaitsFor
	}
	return o
}

func contains(refs []cxv1.Ref, name cxv1.Ref) bool {
	for _, ref := range refs {
		if ref == name {
			return true
		}
	}
	return false
}
