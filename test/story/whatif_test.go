// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package story

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/store"
)

// TestHadItGoneOtherwise changes one thing in the story and looks at the stages: each was reached for what was done, and not
// because time went by.
func TestHadItGoneOtherwise(t *testing.T) {
	const met = ": All required criteria up to this stage are met."
	for name, tc := range map[string]struct {
		until    cxv1.Date
		settings []func(*narrator)
		change   func([]event) []event
		want     []string
	}{
		"the phone agent joins the group three months later": {
			until: "2027-05-05",
			change: func(events []event) []event {
				return slices.DeleteFunc(events, func(e event) bool { return e.What == "The phone agent joins the group." })
			},
			want: []string{"2027-01-04 1" + met, "2027-04-20 2" + met},
		},
		"nobody is asked what they see": {
			until: "2028-02-21",
			change: func(events []event) []event {
				return slices.DeleteFunc(events, func(e event) bool {
					return slices.ContainsFunc(slices.Collect(maps.Values(e.Asked)), func(a asked) bool { return a.Reach != nil })
				})
			},
			want: []string{"2027-01-04 1" + met, "2027-03-22 2" + met},
		},
		"no guest answers": {
			until: "2028-01-31",
			change: func(events []event) []event {
				for _, e := range events {
					if e.Wave != nil {
						e.Wave.Counts, e.Wave.Furious = nil, nil // furious guests answer too
					}
				}
				return events
			},
			want: []string{"2027-01-04 1" + met, "2027-03-22 2" + met},
		},
		"the budget of 2029 is approved a week later, and the grace is over": {
			until:    "2029-02-05",
			settings: []func(*narrator){daily}, // the grace begins when somebody looks
			change: func(events []event) []event {
				for i := range events {
					if e := &events[i]; e.What == "The finance director approves it, four days before the stage would have been lost." {
						e.Day = "2029-01-17"
					}
				}
				return events
			},
			want: append(slices.Clone(wentThrough[:4]), "2029-01-15 2: No longer met: mob-budget.", "2029-01-17 4"+met),
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			events := slices.DeleteFunc(threeYears(tc.change), func(e event) bool { return e.Day > tc.until })
			stages := slices.DeleteFunc(tellStory(t, events, tc.settings...).stages, func(s store.StageChange) bool {
				return s.At.After(noon(tc.until)) // the quarter is told to its end
			})
			if diff := cmp.Diff(tc.want, history(stages)); diff != "" {
				t.Errorf("the stages (-want +got):\n%s", diff)
			}
		})
	}
}
