// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package audience

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/store"
)

var noon = time.Date(2027, time.January, 4, 12, 0, 0, 0, time.UTC)

const day = 24 * time.Hour

func past(days ...int) []store.PastInvitation {
	var list []store.PastInvitation
	for _, d := range days {
		list = append(list, store.PastInvitation{Survey: "nps", At: noon.Add(time.Duration(d) * day)})
	}
	return list
}

func TestRulesLookAtEveryWindow(t *testing.T) {
	reminder := past(-1)
	reminder[0].Reminder = true
	twice := Rule{AtMost: 2, Window: 10 * day}
	for name, c := range map[string]struct {
		rule    Rule
		history []store.PastInvitation
		want    bool
	}{
		"nobody asked before":                     {DefaultRule, nil, true},
		"29 days ago":                             {DefaultRule, past(-29), false},
		"30 days ago":                             {DefaultRule, past(-30), true},
		"planned for later":                       {DefaultRule, past(29), false},
		"planned for much later":                  {DefaultRule, past(30), true},
		"a reminder is no invitation":             {DefaultRule, reminder, true},
		"unless it counts":                        {Rule{AtMost: 1, Window: 30 * day, CountReminders: true}, reminder, false},
		"one of two":                              {twice, past(-1), true},
		"two of two before":                       {twice, past(-9, -1), false},
		"two of two around":                       {twice, past(-5, 4), false},
		"two around that are far from each other": {twice, past(-6, 6), true},
		"two that are just in no window":          {twice, past(-5, 5), true},
		"two at the same time":                    {twice, past(0, 0), false},
	} {
		if got := c.rule.Allows(c.history, noon); got != c.want {
			t.Errorf("%s: got %t", name, got)
		}
	}
}

// Whatever the order in which invitations are planned, no window ever has more of them than the rule allows, and none is refused
// that would fit.
func TestNoWindowEverHasMoreThanTheRuleAllows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rule := Rule{AtMost: rapid.IntRange(1, 4).Draw(t, "atMost"), Window: time.Duration(rapid.IntRange(1, 12).Draw(t, "window")) * time.Hour}
		var history []store.PastInvitation
		for _, hour := range rapid.SliceOfN(rapid.IntRange(0, 40), 0, 30).Draw(t, "hours") {
			next := append(history[:len(history):len(history)], store.PastInvitation{At: noon.Add(time.Duration(hour) * time.Hour)})
			fits := most(next, rule.Window) <= rule.AtMost
			if got := rule.Allows(history, next[len(next)-1].At); got != fits {
				t.Fatalf("hour %d after %v: got %t, want %t", hour, history, got, fits)
			}
			if fits {
				history = next
			}
		}
	})
}

// most is the most invitations in any window, looked for the simple way.
func most(history []store.PastInvitation, window time.Duration) int {
	most := 0
	for _, first := range history {
		n := 0
		for _, p := range history {
			if !p.At.Before(first.At) && p.At.Before(first.At.Add(window)) {
				n++
			}
		}
		most = max(most, n)
	}
	return most
}

func TestSurveyRulesLookAtTheirSurveyOnly(t *testing.T) {
	history := []store.PastInvitation{{Survey: "ces", At: noon.Add(-day)}, {Survey: "nps", At: noon.Add(-20 * day)}}
	spec := Spec{Wave: store.WaveKey{Survey: "nps"}, ProgramRules: []Rule{{AtMost: 3, Window: 30 * day}}}
	for name, c := range map[string]struct {
		rules []Rule
		want  bool
	}{
		"none of its own":      {nil, true},
		"not within ten days":  {[]Rule{{AtMost: 1, Window: 10 * day}}, true},
		"not within 21 days":   {[]Rule{{AtMost: 1, Window: 21 * day}}, false},
		"all of several apply": {[]Rule{{AtMost: 5, Window: 400 * day}, {AtMost: 1, Window: 21 * day}}, false},
	} {
		spec.SurveyRules = c.rules
		if got := Allowed(spec.ProgramRules, spec.SurveyRules, history, spec.Wave.Survey, noon); got != c.want {
			t.Errorf("%s: got %t", name, got)
		}
	}
	spec.ProgramRules, spec.SurveyRules = []Rule{{AtMost: 2, Window: 30 * day}}, nil
	if Allowed(spec.ProgramRules, spec.SurveyRules, history, spec.Wave.Survey, noon) {
		t.Error("the program's rule counts all surveys")
	}
}

func TestRulesAsTheyAreWritten(t *testing.T) {
	rules, err := RulesOf([]cxv1.ContactRule{{AtMost: 2, Window: "30d"}, {AtMost: 1, Window: "36h", Reminders: cxv1.RemindersCount}})
	if err != nil || len(rules) != 2 || rules[0] != (Rule{AtMost: 2, Window: 30 * day}) ||
		rules[1] != (Rule{AtMost: 1, Window: 36 * time.Hour, CountReminders: true}) {
		t.Errorf("got %+v, %v", rules, err)
	}
	for _, bad := range []cxv1.ContactRule{{AtMost: 0, Window: "1d"}, {AtMost: 1, Window: "soon"}, {AtMost: 1, Window: "401d"}, {AtMost: 1, Window: "0d"}} {
		if _, err := RulesOf([]cxv1.ContactRule{bad}); err == nil {
			t.Errorf("%+v is taken", bad)
		}
	}
}
