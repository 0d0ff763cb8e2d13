// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package owners

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/cli/kit"
	"github.com/cx-operator/cx-operator/internal/ownership"
)

// zone is the program's, for the page.
type zone struct{ *time.Location }

// Of finds out who answers for what; name restricts it to one owner, "" to none.
func Of(source *kit.Source, name string) (*Result, error) {
	r := &Result{TypeMeta: kit.Type("Owners"), Owners: []Owner{}, one: name != "", zone: zone{source.Zone()}}
	known := source.Owners()
	for _, owner := range everybody(source) {
		if name == "" || owner == name {
			r.Owners = append(r.Owners, describe(source, known, owner))
		}
	}
	if len(r.Owners) == 0 && name != "" {
		return nil, fmt.Errorf("there is no Owner %q: kubectl cx owners lists those there are", name)
	}
	r.assign(source, name)
	return r, nil
}

// assign reads what is waited for, and what nobody answers for.
func (r *Result) assign(source *kit.Source, name string) {
	for _, a := range source.Snapshot.Assignments {
		if v, vacant := vacancy(a); vacant && (name == "" || v.concerns(name)) {
			r.Vacant = append(r.Vacant, v)
		}
		if concerns(a, name) {
			r.Assignments = append(r.Assignments, read(a))
		}
	}
	slices.SortStableFunc(r.Assignments, func(a, b Assignment) int { return cmp.Compare(a.waited(), b.waited()) })
	if name != "" {
		return
	}
	for _, obj := range source.Snapshot.All() {
		for _, subject := range ownership.Unowned(obj) {
			r.Vacant = append(r.Vacant, Vacancy{Subject: text(subject), Role: cxv1.RoleAccountable, Reason: cxv1.ReasonNoOwner})
		}
	}
}

// everybody are the owners that there are and those that are named in assignments, sorted.
func everybody(source *kit.Source) []string {
	var names []string
	for _, owner := range source.Snapshot.Owners {
		names = append(names, owner.Name)
	}
	for _, a := range source.Snapshot.Assignments {
		for _, name := range []string{string(a.Spec.Owner), named(a)} {
			if name != "" {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func describe(source *kit.Source, known ownership.Owners, name string) Owner {
	owner := known[name]
	o := Owner{Name: name, State: "Missing"}
	if owner == nil {
		owner = &cxv1.Owner{ObjectMeta: metav1.ObjectMeta{Name: name}}
	} else {
		o.DisplayName, o.Function, o.Level = owner.Spec.DisplayName, owner.Spec.Function, owner.Spec.Level
		if o.State = string(cxv1.OwnerActive); owner.Spec.State == cxv1.OwnerLeft {
			o.State = string(cxv1.OwnerLeft)
		}
	}
	assignments := make([]cxv1.OwnerAssignment, len(source.Snapshot.Assignments))
	for i, a := range source.Snapshot.Assignments {
		assignments[i] = *a
	}
	load := ownership.LoadOf(owner, source.Snapshot.Program.Spec.Ownership, assignments)
	o.Accountable, o.Roles, o.Pending, o.Orphaned, o.Limit = load.Accountable, load.Roles, load.Pending, load.Orphaned, load.Limit
	o.Overloaded = !load.WithinCapacity
	o.PendingSince = moment(load.Since)
	if acting := known.ActingFor(name, source.Now); acting.Name != name {
		o.Acting, o.ActingUntil = acting.Name, moment(acting.Until)
	}
	return o
}

// vacancy says why nobody answers for something, if so.
func vacancy(a *cxv1.OwnerAssignment) (Vacancy, bool) {
	if a.Status.Phase != cxv1.AssignmentOrphaned && a.Status.Phase != cxv1.AssignmentDeclined {
		return Vacancy{}, false
	}
	v := Vacancy{Subject: text(a.Spec.Subject), Role: a.Spec.Role, Named: named(a), Suggested: a.Status.Suggested, WaitsFor: a.Status.WaitsFor}
	if c := meta.FindStatusCondition(a.Status.Conditions, cxv1.ConditionAccepted); c != nil {
		v.Reason, v.Message = c.Reason, c.Message
	}
	return v, true
}

func (v Vacancy) concerns(name string) bool {
	return v.Named == name || v.WaitsFor == name || v.Suggested == name
}

// concerns reports whether an owner holds an assignment or is asked to; without a name, whether anything is waited for.
func concerns(a *cxv1.OwnerAssignment, name string) bool {
	if name == "" {
		return a.Status.WaitsFor != "" || a.Status.Next != ""
	}
	return string(a.Spec.Owner) == name || a.Status.WaitsFor == name || a.Status.Acting == name || named(a) == name
}

// waited orders assignments: those that have been waited for the longest come first.
func (a Assignment) waited() int64 {
	if a.OfferedAt == nil {
		return math.MaxInt64
	}
	return a.OfferedAt.Unix()
}

func read(a *cxv1.OwnerAssignment) Assignment {
	out := Assignment{
		Name: a.Name, Subject: text(a.Spec.Subject), Role: a.Spec.Role, Phase: a.Status.Phase, Owner: string(a.Spec.Owner),
		WaitsFor: a.Status.WaitsFor, Acting: a.Status.Acting, Next: a.Status.Next,
	}
	if a.Status.OfferedAt != nil {
		out.OfferedAt = moment(a.Status.OfferedAt.Time)
	}
	if c := meta.FindStatusCondition(a.Status.Conditions, cxv1.ConditionAccepted); c != nil {
		out.Message = c.Message
	}
	return out
}

// named is whom the subject names, as far as the status tells: in brackets while they are not in force.
func named(a *cxv1.OwnerAssignment) string { return strings.Trim(a.Status.Owner, "()") }

func text(subject cxv1.AssignmentSubject) string {
	return string(subject.Kind) + "/" + ownership.SubjectText(subject)
}

func moment(at time.Time) *metav1.Time {
	if at.IsZero() {
		return nil
	}
	return new(metav1.NewTime(at.UTC()))
}
