// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ownership

import (
	"cmp"
	"slices"
	"time"

	"github.com/cx-operator/cx-operator/api/v1alpha1"
)

// maxDeputies is how many deputies are asked one after the other.
const maxDeputies = 5

// Acting is who acts for an owner.
type Acting struct {
	// Name is the owner, or the deputy who stands in.
	Name string
	// Until is when the owner is back; zero unless a deputy stands in.
	Until time.Time
}

// ActingFor says who acts for an owner at an instant: the owner unless away, then the deputy of that absence, or else the
// owner's own deputy. A deputy who is away or left passes on to their deputy, at most five times. When that leads to nobody
// the owner acts: somebody always does. An absence holds from its first instant until just before its last.
func (o Owners) ActingFor(name string, at time.Time) Acting {
	owner := o[name]
	if owner == nil || absence(owner, at) == nil {
		return Acting{Name: name}
	}
	asked := []string{name}
	for deputy := deputyOf(owner, at); len(asked) <= maxDeputies && !slices.Contains(asked, deputy); {
		standIn := o[deputy]
		if standIn == nil {
			break
		}
		if o.Absent(deputy) == "" && absence(standIn, at) == nil {
			return Acting{Name: deputy, Until: backAt(owner, at)}
		}
		asked, deputy = append(asked, deputy), deputyOf(standIn, at)
	}
	return Acting{Name: name}
}

// NextActing is the first instant after now at which somebody else acts for the owner; zero when that never happens as things
// stand.
func (o Owners) NextActing(name string, now time.Time) time.Time {
	current := o.ActingFor(name, now).Name
	for _, instant := range o.boundaries(name, now) {
		if o.ActingFor(name, instant).Name != current {
			return instant
		}
	}
	return time.Time{}
}

// StandIns are the owners whose state and absences bear on who acts for an owner: that owner, every deputy named, and theirs
// in turn. Sorted.
func (o Owners) StandIns(name string) []string {
	reached := []string{name}
	for depth, layer := 0, reached; depth < maxDeputies && len(layer) > 0; depth++ {
		var next []string
		for _, from := range layer {
			for _, deputy := range deputies(o[from]) {
				if !slices.Contains(reached, deputy) {
					reached, next = append(reached, deputy), append(next, deputy)
				}
			}
		}
		layer = next
	}
	slices.Sort(reached)
	return reached
}

func (o Owners) boundaries(name string, after time.Time) []time.Time {
	var instants []time.Time
	for _, reached := range o.StandIns(name) {
		if o[reached] == nil {
			continue
		}
		for _, away := range o[reached].Spec.Away {
			for _, instant := range []time.Time{away.From.Time, away.Until.Time} {
				if instant.After(after) {
					instants = append(instants, instant)
				}
			}
		}
	}
	slices.SortFunc(instants, time.Time.Compare)
	return slices.CompactFunc(instants, time.Time.Equal)
}

func deputies(owner *v1alpha1.Owner) []string {
	if owner == nil {
		return nil
	}
	var names []string
	for _, away := range owner.Spec.Away {
		if away.Deputy != "" {
			names = append(names, string(away.Deputy))
		}
	}
	if owner.Spec.Deputy != "" {
		names = append(names, string(owner.Spec.Deputy))
	}
	return names
}

// absence is the absence that covers an instant, nil when there is none. Of several, the one that began last counts: it is
// the more particular one.
func absence(owner *v1alpha1.Owner, at time.Time) *v1alpha1.Absence {
	var covering []v1alpha1.Absence
	for _, away := range owner.Spec.Away {
		if !at.Before(away.From.Time) && at.Before(away.Until.Time) {
			covering = append(covering, away)
		}
	}
	if len(covering) == 0 {
		return nil
	}
	latest := slices.MinFunc(covering, func(a, b v1alpha1.Absence) int {
		return cmp.Or(b.From.Compare(a.From.Time), a.Until.Compare(b.Until.Time), cmp.Compare(a.Deputy, b.Deputy))
	})
	return &latest
}

func deputyOf(owner *v1alpha1.Owner, at time.Time) string {
	if away := absence(owner, at); away != nil && away.Deputy != "" {
		return string(away.Deputy)
	}
	return string(owner.Spec.Deputy)
}

// backAt is the first instant from which no absence covers the owner: one may begin before another one ends.
func backAt(owner *v1alpha1.Owner, at time.Time) time.Time {
	for away := absence(owner, at); away != nil; away = absence(owner, at) {
		at = away.Until.Time
	}
	return at
}
