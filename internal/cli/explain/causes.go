// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package explain

import (
	"cmp"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/cli/kit"
	"github.com/cx-operator/cx-operator/internal/maturity"
	"github.com/cx-operator/cx-operator/internal/ownership"
	"github.com/cx-operator/cx-operator/internal/program"
)

// maxDepth is how far causes are followed. Nothing that is right goes deeper; what goes in a circle has to end somewhere.
const maxDepth = 8

// Of explains an object.
func Of(source *kit.Source, kind, name string) (*Result, error) {
	known := kindNamed(kind)
	if known == "" {
		return nil, fmt.Errorf("there is no kind %q: write e.g. goal, kpi, journey, survey, initiative or owner", kind)
	}
	e := &explainer{Source: source, all: map[string]program.Object{}}
	for _, obj := range source.Snapshot.All() {
		e.all[program.Key(obj)] = obj
	}
	obj := e.all[known+"/"+name]
	switch {
	case obj == nil && source.Folder != nil && source.Folder.Broken(known+"/"+name):
		return nil, fmt.Errorf("%s/%s is not right in itself: see kubectl cx lint", known, name)
	case obj == nil && known == program.KindOf(&cxv1.Framework{}) && name == maturity.SixStages:
		return nil, fmt.Errorf("the Framework %q is built in, and nothing can be wrong with it: kubectl cx maturity says what it asks for", name)
	case obj == nil:
		return nil, fmt.Errorf("there is no %s %q: kubectl cx tree lists what there is", known, name)
	}
	r := &Result{TypeMeta: kit.Type("Explanation"), Object: program.Key(obj), Title: title(obj), Place: e.place(program.Key(obj), "", ""),
		Conditions: []Condition{}}
	for _, c := range obj.CommonStatus().Conditions {
		r.Conditions = append(r.Conditions, Condition{Type: c.Type, Status: c.Status, Reason: c.Reason, Message: c.Message})
	}
	slices.SortStableFunc(r.Conditions, func(a, b Condition) int { return cmp.Compare(rank(a.Type), rank(b.Type)) })
	r.Because = e.object(obj, 0)
	return r, nil
}

// rank puts Ready before all others, which follow in the order of the alphabet.
func rank(condition string) string {
	if condition == cxv1.ConditionReady {
		return ""
	}
	return condition
}

type explainer struct {
	*kit.Source
	all map[string]program.Object
	// path are the objects and conditions between the one asked about and the one looked at.
	path []string
}

func (e *explainer) place(object, field, value string) string {
	if e.Folder == nil {
		return ""
	}
	file, line := e.Folder.Place(object, field, value)
	if file == "" {
		return ""
	}
	return fmt.Sprintf("%s:%d", file, line)
}

// object lists all that is not as it should be with an object.
func (e *explainer) object(obj program.Object, depth int) []*Cause {
	var causes []*Cause
	conditions := slices.Clone(obj.CommonStatus().Conditions)
	slices.SortStableFunc(conditions, func(a, b metav1.Condition) int { return cmp.Compare(rank(a.Type), rank(b.Type)) })
	for _, c := range conditions {
		if cause := e.condition(obj, c.Type, depth); cause != nil {
			causes = append(causes, cause)
		}
	}
	causes = append(causes, e.owner(obj, depth)...)
	causes = append(causes, e.load(obj)...)
	return append(causes, e.findings(obj)...)
}

// well reports whether a condition is as it should be.
func well(c *metav1.Condition) bool {
	switch c.Type {
	case cxv1.ConditionEvidenceGap, cxv1.ConditionReconciling, cxv1.ConditionStalled:
		return c.Status != metav1.ConditionTrue
	case cxv1.ConditionOpen: // that a wave is over is no fault
		return true
	}
	return c.Status == metav1.ConditionTrue
}

// condition explains one condition; nil when it is as it should be, is not there, or is being explained already.
func (e *explainer) condition(obj program.Object, kind string, depth int) *Cause {
	c := meta.FindStatusCondition(obj.CommonStatus().Conditions, kind)
	step := program.Key(obj) + " " + kind
	if c == nil || well(c) || depth > maxDepth || slices.Contains(e.path, step) {
		return nil
	}
	e.path = append(e.path, step)
	cause := &Cause{Object: program.Key(obj), Condition: kind, Status: c.Status, Reason: c.Reason, Message: c.Message}
	cause.Because = e.follow(obj, c, depth+1)
	e.path = e.path[:len(e.path)-1]
	if cause.Place = e.place(cause.Object, "", ""); len(cause.Because) == 0 {
		cause.Change = changeFor(c.Reason)
	}
	return cause
}

// follow finds what a condition comes from.
func (e *explainer) follow(obj program.Object, c *metav1.Condition, depth int) []*Cause {
	if c.Type == cxv1.ConditionReady || c.Type == cxv1.ConditionStalled || c.Type == cxv1.ConditionReconciling {
		return e.notReady(obj, c, depth)
	}
	switch o := obj.(type) {
	case *cxv1.Goal:
		return e.goal(o, c, depth)
	case *cxv1.KPI:
		return e.kpi(o, c, depth)
	case *cxv1.Initiative:
		return e.initiative(o, c, depth)
	case *cxv1.Program:
		return e.program(c, depth)
	case *cxv1.OwnerAssignment:
		return e.assignment(o)
	}
	return nil
}

// notReady follows what an object names: what is not there, and what is itself not Ready.
func (e *explainer) notReady(obj program.Object, c *metav1.Condition, depth int) []*Cause {
	var causes []*Cause
	if c.Reason == cxv1.ReasonProgramNotReady && e.Snapshot.Program != nil {
		return present(e.condition(e.Snapshot.Program, cxv1.ConditionReady, depth))
	}
	seen := map[string]bool{}
	for _, ref := range obj.References() {
		key := ref.Key()
		if seen[key] {
			continue
		}
		seen[key] = true
		if e.Snapshot.Has(ref) {
			if other := e.all[key]; other != nil {
				causes = append(causes, present(e.condition(other, cxv1.ConditionReady, depth))...)
			}
			continue
		}
		reason := "NotFound"
		if e.Folder != nil && e.Folder.Broken(key) {
			reason = "Wrong"
		}
		cause := &Cause{Object: key, Reason: reason, Change: changeFor(reason), Place: e.place(program.Key(obj), ref.Field, ref.Name)}
		cause.named(ref.Field, program.Key(obj), "it")
		causes = append(causes, cause)
	}
	return causes
}

func present(causes ...*Cause) []*Cause {
	return slices.DeleteFunc(causes, func(c *Cause) bool { return c == nil })
}

// findings are what is doubtful about an object in a folder. What is wrong stands in its conditions.
func (e *explainer) findings(obj program.Object) []*Cause {
	var causes []*Cause
	for _, f := range e.Findings {
		if f.Object == program.Key(obj) && f.Severity == program.SeverityWarning {
			causes = append(causes, &Cause{Object: f.Object, Reason: f.Reason, Message: f.Message, Place: e.place(f.Object, f.Field, f.Value)})
		}
	}
	return causes
}

// load is for an owner who carries too much or is not there.
func (e *explainer) load(obj program.Object) []*Cause {
	owner, ok := obj.(*cxv1.Owner)
	if !ok || meta.FindStatusCondition(owner.Status.Conditions, cxv1.ConditionWithinCapacity) != nil {
		return nil
	}
	assignments := make([]cxv1.OwnerAssignment, len(e.Snapshot.Assignments))
	for i, a := range e.Snapshot.Assignments {
		assignments[i] = *a
	}
	load := ownership.LoadOf(owner, e.Snapshot.Program.Spec.Ownership, assignments)
	if load.WithinCapacity {
		return nil
	}
	return []*Cause{{Object: program.Key(owner), Condition: cxv1.ConditionWithinCapacity, Status: metav1.ConditionFalse,
		Reason: load.Reason, Message: load.Message, Change: changeFor(load.Reason), Place: e.place(program.Key(owner), "", "")}}
}

// title is what people call an object.
func title(obj program.Object) string {
	switch o := obj.(type) {
	case *cxv1.Program:
		return o.Spec.Organization
	case *cxv1.Owner:
		return o.Spec.DisplayName
	case *cxv1.Persona:
		return o.Spec.DisplayName
	case *cxv1.Journey:
		return o.Spec.DisplayName
	case *cxv1.Goal:
		return o.Spec.DisplayName
	case *cxv1.KPI:
		return o.Spec.DisplayName
	case *cxv1.Survey:
		return o.Spec.DisplayName
	case *cxv1.Initiative:
		return o.Spec.DisplayName
	}
	return ""
}
