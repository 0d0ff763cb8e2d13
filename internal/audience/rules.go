// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package audience

import (
	"fmt"
	"slices"
	"time"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/store"
)

// Rule keeps a person from being asked too often: at most AtMost invitations in any time of length Window. Two of them that are
// exactly Window apart are not in one. A smallest gap between two is AtMost 1 in that time.
type Rule struct {
	AtMost int
	Window time.Duration
	// CountReminders says that earlier reminders count like invitations. Those of the invitation itself never stand in its way.
	CountReminders bool
}

// DefaultRule is the rule of a Program that sets none: nobody is asked without one.
var DefaultRule = Rule{AtMost: 1, Window: 30 * 24 * time.Hour}

// RulesOf reads rules as they are written.
func RulesOf(written []cxv1.ContactRule) ([]Rule, error) {
	var rules []Rule
	for _, w := range written {
		window, err := w.Window.Parse()
		if err != nil {
			return nil, fmt.Errorf("contact rule: %w", err)
		}
		if w.AtMost < 1 || window <= 0 || window > store.HistoryAge {
			return nil, fmt.Errorf("contact rule: at most %d in %s makes no sense: set 1 or more in 400d or less", w.AtMost, w.Window)
		}
		rules = append(rules, Rule{AtMost: int(w.AtMost), Window: window, CountReminders: w.Reminders == cxv1.RemindersCount})
	}
	return rules, nil
}

// Allows says whether a person who got (or will get) these invitations may get one at an instant. It looks at every time of
// length Window that contains the instant: earlier invitations may be planned for later than this one.
func (r Rule) Allows(history []store.PastInvitation, at time.Time) bool {
	var near []time.Time
	for _, past := range history {
		if (r.CountReminders || !past.Reminder) && past.At.After(at.Add(-r.Window)) && past.At.Before(at.Add(r.Window)) {
			near = append(near, past.At)
		}
	}
	if len(near) < r.AtMost {
		return true
	}
	near = append(near, at)
	slices.SortFunc(near, time.Time.Compare)
	// AtMost+1 that follow each other must not fit into a window.
	for i := r.AtMost; i < len(near); i++ {
		if near[i].Sub(near[i-r.AtMost]) < r.Window {
			return false
		}
	}
	return true
}

// Allowed says whether all rules allow an invitation to a survey: those of the program over all surveys, own over its own.
func Allowed(program, own []Rule, history []store.PastInvitation, survey string, at time.Time) bool {
	for _, rule := range program {
		if !rule.Allows(history, at) {
			return false
		}
	}
	if len(own) == 0 {
		return true
	}
	asked := slices.DeleteFunc(slices.Clone(history), func(p store.PastInvitation) bool { return p.Survey != survey })
	for _, rule := range own {
		if !rule.Allows(asked, at) {
			return false
		}
	}
	return true
}
