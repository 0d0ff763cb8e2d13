// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ownership

import (
	"slices"

	"github.com/cx-operator/cx-operator/api/v1alpha1"
)

// Owners are the Owners of a program by name. Decisions only read them.
type Owners map[string]*v1alpha1.Owner

// ByName indexes a list. The owners are not copied.
func ByName(list []v1alpha1.Owner) Owners {
	owners := make(Owners, len(list))
	for i := range list {
		owners[list[i].Name] = &list[i]
	}
	return owners
}

// Absent says why an owner cannot answer for anything: v1alpha1.ReasonOwnerNotFound, v1alpha1.ReasonOwnerLeft, or "" when
// they can. Somebody who is merely away can.
func (o Owners) Absent(name string) string {
	owner := o[name]
	switch {
	case owner == nil:
		return v1alpha1.ReasonOwnerNotFound
	case owner.Spec.State == v1alpha1.OwnerLeft:
		return v1alpha1.ReasonOwnerLeft
	}
	return ""
}

// Line is the line of managers above an owner, nearest first. It ends at the top, with a manager who does not exist, or before
// somebody would appear twice.
func (o Owners) Line(name string) []string {
	var line []string
	for owner := o[name]; owner != nil && owner.Spec.ReportsTo != ""; {
		manager := string(owner.Spec.ReportsTo)
		if manager == name || slices.Contains(line, manager) {
			break
		}
		line = append(line, manager)
		owner = o[manager]
	}
	return line
}

// Below are the owners who have one of these above them at some distance, and these themselves. Owners who do not exist count:
// others may name them. Sorted.
func (o Owners) Below(names ...string) []string {
	below := slices.Clone(names)
	for i := 0; i < len(below); i++ {
		for name, owner := range o {
			if string(owner.Spec.ReportsTo) == below[i] && !slices.Contains(below, name) {
				below = append(below, name)
			}
		}
	}
	slices.Sort(below)
	return slices.Compact(below)
}

// Successor is who could take over from an owner: the nearest manager in line who is there, else the fallback owner, else
// "".
func (o Owners) Successor(name, fallback string) string {
	for _, candidate := range append(o.Line(name), fallback) {
		if candidate != name && o.Absent(candidate) == "" {
			return candidate
		}
	}
	return ""
}

// approvers are the identities by which an owner decides, as user:NAME and group:NAME, sorted and each once.
func (o Owners) approvers(name string) []string {
	var approvers []string
	for _, user := range o[name].Spec.Identity.Users {
		approvers = append(approvers, "user:"+user)
	}
	for _, group := range o[name].Spec.Identity.Groups {
		approvers = append(approvers, "group:"+group)
	}
	slices.Sort(approvers)
	return slices.Compact(approvers)
}
