// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package invariants_test

import (
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/testing/build"
	"github.com/cx-operator/cx-operator/internal/testing/invariants"
)

func condition(kind string, status metav1.ConditionStatus, reason string) metav1.Condition {
	return metav1.Condition{
		Type: kind, Status: status, Reason: reason, Message: "It is so.", ObservedGeneration: 1,
		LastTransitionTime: metav1.NewTime(time.Unix(1, 0)),
	}
}

func TestEveryRuleCanBeBroken(t *testing.T) {
	ready := condition(cxv1.ConditionReady, metav1.ConditionTrue, "Ready")
	notReady := condition(cxv1.ConditionReady, metav1.ConditionFalse, "InvalidSpec")
	stalled := condition(cxv1.ConditionStalled, metav1.ConditionTrue, "InvalidSpec")
	reconciling := condition(cxv1.ConditionReconciling, metav1.ConditionTrue, "Reconciling")
	with := func(c metav1.Condition, change func(*metav1.Condition)) metav1.Condition { change(&c); return c }
	for name, tc := range map[string]struct {
		conditions []metav1.Condition
		observed   int64
		want       string
	}{
		"ready":                       {[]metav1.Condition{ready}, 1, ""},
		"stalled":                     {[]metav1.Condition{notReady, stalled}, 1, ""},
		"never seen":                  {nil, -1, ""},
		"no Ready":                    {[]metav1.Condition{condition("Owned", metav1.ConditionTrue, "Owned")}, 1, "no condition Ready"},
		"ahead of its generation":     {[]metav1.Condition{ready}, 2, "ahead"},
		"Ready of another time":       {[]metav1.Condition{ready}, 0, "Ready speaks of generation 1"},
		"twice":                       {[]metav1.Condition{ready, ready}, 1, "twice"},
		"a reason of two words":       {[]metav1.Condition{with(ready, func(c *metav1.Condition) { c.Reason = "all good" })}, 1, "CamelCase"},
		"no message":                  {[]metav1.Condition{with(ready, func(c *metav1.Condition) { c.Message = "" })}, 1, "message of 0 bytes"},
		"an address":                  {[]metav1.Condition{with(ready, func(c *metav1.Condition) { c.Message = "ask lead@example.com" })}, 1, "address"},
		"no transition time":          {[]metav1.Condition{with(ready, func(c *metav1.Condition) { c.LastTransitionTime = metav1.Time{} })}, 1, "transition"},
		"a condition of no spec":      {[]metav1.Condition{with(ready, func(c *metav1.Condition) { c.ObservedGeneration = 0 })}, 1, "generation 0 of 1"},
		"stalled that is not":         {[]metav1.Condition{ready, with(stalled, func(c *metav1.Condition) { c.Status = metav1.ConditionFalse })}, 1, "although it is False"},
		"ready and reconciling":       {[]metav1.Condition{ready, reconciling}, 1, "is Ready although"},
		"stalled and reconciling":     {[]metav1.Condition{notReady, stalled, reconciling}, 1, "at once"},
		"not ready, nobody knows why": {[]metav1.Condition{notReady}, 1, "neither Stalled nor Reconciling"},
		"stalled for another reason":  {[]metav1.Condition{with(notReady, func(c *metav1.Condition) { c.Reason = "Other" }), stalled}, 1, "but Ready is False/Other"},
	} {
		t.Run(name, func(t *testing.T) {
			goal := build.Goal("loyalty", func(g *cxv1.Goal) {
				g.Generation = 1
				g.Status.ObservedGeneration, g.Status.Conditions = tc.observed, tc.conditions
			})
			got := strings.Join(invariants.Check(goal), "\n")
			if (got == "") != (tc.want == "") || !strings.Contains(got, tc.want) {
				t.Errorf("broken rules:\n%s\nwant %q", got, tc.want)
			}
		})
	}
}
