// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package initiative_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/initiative"
	"github.com/cx-operator/cx-operator/internal/testing/build"
)

func due(day cxv1.Date) change {
	return func(in *initiative.Input) { in.Initiative.Spec.Due = day }
}

func TestOverdueNamesWhatShouldHaveBeenDone(t *testing.T) {
	for name, tc := range map[string]struct {
		in   initiative.Input
		want string
	}{
		"nothing has a date":                       {made(step("plan", "", "")), ""},
		"today is still time":                      {made(due(today), step("plan", today, "")), ""},
		"yesterday is over":                        {made(due("2027-01-03"), step("plan", "2027-01-03", "")), "due, plan"},
		"what was done is not late":                {made(step("plan", "2027-01-01", "2027-01-04"), step("build", "2027-01-01", "")), "build"},
		"what is done tomorrow is late":            {made(step("plan", "2027-01-01", "2027-01-05")), "plan"},
		"what was done without a plan is not late": {made(step("plan", "", "2027-01-01")), ""},
		"an idea can be late":                      {made(requested(cxv1.InitiativeProposed), due("2026-12-01")), "due"},
		"what is done is not late":                 {made(requested(cxv1.InitiativeDone), due("2026-12-01")), ""},
		"what is done late is not late any more":   {made(requested(cxv1.InitiativeDone), reached(cxv1.InitiativeDone), step("plan", "2026-12-01", "")), ""},
		"what was given up is not late":            {made(requested(cxv1.InitiativeCancelled), due("2026-12-01"), step("plan", "2026-12-01", "")), ""},
		"asked to be done, but not done":           {made(requested(cxv1.InitiativeDone), due("2026-12-01"), step("plan", "", "")), "due"},
	} {
		t.Run(name, func(t *testing.T) {
			tc.in.Initiative.Status.Overdue = []string{"of an earlier look"}
			j := initiative.Judge(tc.in)
			if got := strings.Join(tc.in.Initiative.Status.Overdue, ", "); got != tc.want {
				t.Errorf("overdue is %q, want %q", got, tc.want)
			}
			want := "True/OnSchedule"
			if tc.want != "" {
				want = "False/Overdue"
			}
			if got := said(j, cxv1.ConditionOnSchedule); got != want {
				t.Errorf("OnSchedule is %s, want %s", got, want)
			}
		})
	}
}

func TestTheMessageTellsWhatIsLateSinceWhen(t *testing.T) {
	j := initiative.Judge(made(due("2027-01-03"), step("plan", "2026-12-01", "")))
	want := "Overdue: the initiative itself (2027-01-03), plan (2026-12-01). Write doneOn where it is done, or set a new date."
	if got := find(j, cxv1.ConditionOnSchedule).Message; got != want {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

func TestALongListOfLateStepsIsCutAndCounted(t *testing.T) {
	in := made()
	for i := range 30 {
		step(fmt.Sprintf("%s %02d", strings.Repeat("x", 77), i), "2026-12-01", "")(&in)
	}
	j := initiative.Judge(in)
	if got := in.Initiative.Status.Overdue; len(got) != 10 || !strings.HasSuffix(got[9], "09") {
		t.Errorf("%d are shown, the last %q", len(got), got[len(got)-1])
	}
	if message := find(j, cxv1.ConditionOnSchedule).Message; !strings.Contains(message, "and 25 more") || len(message) > 1024 {
		t.Errorf("%d bytes: %s", len(message), message)
	}
	if message := initiative.Judge(made(requested(cxv1.InitiativeDone), func(to *initiative.Input) {
		to.Initiative.Spec.Milestones = in.Initiative.Spec.Milestones
	})).Message; !strings.Contains(message, "and 25 more") || len(message) > 1024 {
		t.Errorf("%d bytes: %s", len(message), message)
	}
}

// The instants at which something changes, in zones whose days do not all begin at midnight.
func TestDaysAreThoseOfTheProgramsZone(t *testing.T) {
	for name, tc := range map[string]struct {
		zone         string
		begins, ends string // of the day 2026-09-06
	}{
		"UTC":                       {zone: "UTC", begins: "2026-09-06T00:00:00Z", ends: "2026-09-07T00:00:00Z"},
		"Tokyo is early":            {zone: "Asia/Tokyo", begins: "2026-09-05T15:00:00Z", ends: "2026-09-06T15:00:00Z"},
		"New York is late":          {zone: "America/New_York", begins: "2026-09-06T04:00:00Z", ends: "2026-09-07T04:00:00Z"},
		"Santiago skips a midnight": {zone: "America/Santiago", begins: "2026-09-06T04:00:00Z", ends: "2026-09-07T03:00:00Z"},
	} {
		t.Run(name, func(t *testing.T) {
			zone, err := time.LoadLocation(tc.zone)
			if err != nil {
				t.Fatal(err)
			}
			look := func(at string, before time.Duration) (cxv1.InitiativeStatus, time.Time) {
				now, err := time.Parse(time.RFC3339, at)
				if err != nil {
					t.Fatal(err)
				}
				in := made(requested(cxv1.InitiativeActive), starts("2026-09-06"), step("one day", "2026-09-06", ""))
				in.Now, in.Zone = now.Add(-before), zone
				j := initiative.Judge(in)
				return in.Initiative.Status, j.Wake
			}
			if s, wake := look(tc.begins, time.Nanosecond); s.Phase != cxv1.InitiativeAccepted || wake.UTC().Format(time.RFC3339) != tc.begins {
				t.Errorf("just before the day: %s, wakes at %s", s.Phase, wake)
			}
			if s, wake := look(tc.begins, 0); s.Phase != cxv1.InitiativeActive || wake.UTC().Format(time.RFC3339) != tc.ends {
				t.Errorf("at its begin: %s, wakes at %s", s.Phase, wake)
			}
			if s, _ := look(tc.ends, time.Nanosecond); len(s.Overdue) != 0 {
				t.Errorf("just before its end: %v is overdue", s.Overdue)
			}
			if s, wake := look(tc.ends, 0); len(s.Overdue) != 1 || !wake.IsZero() {
				t.Errorf("at its end: %v is overdue, wakes at %s", s.Overdue, wake)
			}
		})
	}
}

func TestItWakesForWhatComesNext(t *testing.T) {
	for name, tc := range map[string]struct {
		in   initiative.Input
		want string
	}{
		"nothing has a date":           {made(requested(cxv1.InitiativeActive)), ""},
		"the start":                    {made(requested(cxv1.InitiativeActive), starts("2027-02-01"), due("2027-03-01")), "2027-02-01"},
		"the end of the last day":      {made(requested(cxv1.InitiativeActive), starts(today), due("2027-03-01")), "2027-03-02"},
		"a step before that":           {made(requested(cxv1.InitiativeActive), due("2027-03-01"), step("plan", "2027-02-10", "")), "2027-02-11"},
		"not a step that is done":      {made(requested(cxv1.InitiativeActive), due("2027-03-01"), step("plan", "2027-02-10", today)), "2027-03-02"},
		"a step that counts from then": {made(requested(cxv1.InitiativeActive), step("plan", "2027-02-10", "2027-01-20")), "2027-01-20"},
		"nothing once it is done":      {made(requested(cxv1.InitiativeDone), due("2027-03-01")), ""},
		"nothing once it is given up":  {made(requested(cxv1.InitiativeCancelled), due("2027-03-01"), starts("2027-02-01")), ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := ""
			if wake := initiative.Judge(tc.in).Wake; !wake.IsZero() {
				got = wake.Format(time.DateOnly)
				if wake.Hour() != 0 || wake.Minute() != 0 {
					t.Errorf("wakes at %s", wake)
				}
			}
			if got != tc.want {
				t.Errorf("wakes on %q, want %q", got, tc.want)
			}
		})
	}
}

func TestProgressCountsMilestones(t *testing.T) {
	for want, in := range map[string]initiative.Input{
		"":    made(),
		"0/1": made(step("a", "", "")),
		"1/3": made(step("a", "", today), step("b", "", ""), step("c", "", "2027-01-05")),
		"2/2": made(step("a", "", "2020-02-29"), step("b", "", today)),
	} {
		j := initiative.Judge(in)
		if got := in.Initiative.Status.Progress; got != want {
			t.Errorf("progress is %q, want %q", got, want)
		}
		if told := strings.Contains(j.Message, want+" milestones done"); want != "" && !told {
			t.Errorf("the message does not tell: %s", j.Message)
		}
	}
}

func TestSpendingIsHeldAgainstThePlan(t *testing.T) {
	for name, tc := range map[string]struct {
		cost *cxv1.Cost
		want string
	}{
		"no cost":               {nil, "absent"},
		"no plan":               {&cxv1.Cost{Currency: "EUR", Spent: "5"}, "absent"},
		"nothing spent yet":     {&cxv1.Cost{Currency: "EUR", Planned: "5", Accepted: "9"}, "absent"},
		"less than planned":     {&cxv1.Cost{Currency: "EUR", Planned: "9000", Spent: "1800"}, "True/WithinBudget"},
		"exactly as planned":    {&cxv1.Cost{Currency: "EUR", Planned: "5.50", Spent: "5.5"}, "True/WithinBudget"},
		"more than planned":     {&cxv1.Cost{Currency: "EUR", Planned: "9000", Spent: "9000.01"}, "False/OverBudget"},
		"zero planned, no more": {&cxv1.Cost{Currency: "EUR", Planned: "0", Spent: "0"}, "True/WithinBudget"},
	} {
		t.Run(name, func(t *testing.T) {
			j := initiative.Judge(made(func(in *initiative.Input) { in.Initiative.Spec.Cost = tc.cost }))
			if got := said(j, cxv1.ConditionWithinBudget); got != tc.want {
				t.Errorf("WithinBudget is %s, want %s", got, tc.want)
			}
			if c := find(j, cxv1.ConditionWithinBudget); c != nil && !strings.Contains(c.Message, fmt.Sprintf("%s of %s EUR", tc.cost.Spent, tc.cost.Planned)) {
				t.Errorf("the message hides the sums: %s", c.Message)
			}
		})
	}
}

func TestTargetsAreCountedInTheDirectionOfTheKPI(t *testing.T) {
	kpi := func(value cxv1.Decimal, fresh metav1.ConditionStatus, changes ...func(*cxv1.KPI)) *cxv1.KPI {
		return build.KPI("number", append(changes, func(k *cxv1.KPI) {
			k.Status.Value = value
			k.Status.Conditions = []metav1.Condition{{Type: cxv1.ConditionFresh, Status: fresh}}
		})...)
	}
	less := func(k *cxv1.KPI) { k.Spec.Target = &cxv1.KPITarget{Value: "1", Direction: cxv1.AtMost} }
	more := func(k *cxv1.KPI) { k.Spec.Target = &cxv1.KPITarget{Value: "99", Direction: cxv1.AtLeast} }
	keep := func(k *cxv1.KPI) { k.Spec.OnNoData = cxv1.NoDataKeepLast }
	for name, tc := range map[string]struct {
		kpi  *cxv1.KPI
		want string
	}{
		"reached":                         {kpi("50", "True", more), "1/1"},
		"more than reached":               {kpi("50.1", "True", more), "1/1"},
		"not reached":                     {kpi("49.9", "True", more), "0/1"},
		"without a target more is better": {kpi("51", "True"), "1/1"},
		"less is better and reached":      {kpi("50", "True", less), "1/1"},
		"less is better and not reached":  {kpi("51", "True", less), "0/1"},
		"no value is not zero":            {kpi("", "Unknown", less), "0/1"},
		"a stale value":                   {kpi("60", "False", more), "0/1"},
		"a stale value that is kept":      {kpi("60", "False", more, keep), "1/1"},
		"a KPI that nobody looked at":     {build.KPI("number"), "0/1"},
		"a KPI that does not exist":       {nil, "0/1"},
	} {
		t.Run(name, func(t *testing.T) {
			in := made(func(in *initiative.Input) {
				in.Initiative.Spec.KPITargets = []cxv1.InitiativeKPITarget{{KPIRef: "number", To: "50"}}
				if tc.kpi != nil {
					in.KPIs = map[string]*cxv1.KPI{"number": tc.kpi}
				}
			})
			initiative.Judge(in)
			if got := in.Initiative.Status.KPITargetsMet; got != tc.want {
				t.Errorf("met %s, want %s", got, tc.want)
			}
		})
	}
	none := made(func(in *initiative.Input) { in.Initiative.Status.KPITargetsMet = "of an earlier look" })
	if initiative.Judge(none); none.Initiative.Status.KPITargetsMet != "" {
		t.Errorf("without targets %s are met", none.Initiative.Status.KPITargetsMet)
	}
}

func TestMarksKeepWhatWasReachedUntilPeopleTakeItBack(t *testing.T) {
	const proposed, accepted, active, done, cancelled = cxv1.InitiativeProposed, cxv1.InitiativeAccepted, cxv1.InitiativeActive,
		cxv1.InitiativeDone, cxv1.InitiativeCancelled
	for name, tc := range map[string]struct {
		requested, phase cxv1.InitiativePhase
		want             string
	}{
		"an idea":                               {proposed, proposed, "-Done"},
		"at work":                               {active, active, "+Active -Done"},
		"done":                                  {done, done, "+Active +Done"},
		"asked to be done, something open":      {done, active, "+Active"},
		"asked to be done, approval open":       {done, proposed, ""},
		"asked to be at work, something first":  {active, accepted, "-Done"},
		"taken back from done":                  {accepted, accepted, "-Done"},
		"given up after it was done or at work": {cancelled, cancelled, "-Done"},
	} {
		t.Run(name, func(t *testing.T) {
			marks := initiative.Marks(made(requested(tc.requested), reached(tc.phase)).Initiative)
			var got []string
			for _, key := range slices.Sorted(maps.Keys(marks)) {
				sign := "+"
				if marks[key] == "" {
					sign = "-"
				}
				got = append(got, sign+strings.TrimPrefix(key, "redesign/"))
			}
			if strings.Join(got, " ") != tc.want {
				t.Errorf("marks %v, want %s", got, tc.want)
			}
		})
	}
}

func TestSinceIsWhatTheMarksSay(t *testing.T) {
	i := made().Initiative
	begun, ended := build.Monday.Add(1500*time.Millisecond), build.Monday.Add(time.Hour)
	initiative.SetSince(i, map[string]time.Time{"redesign/Active": begun, "redesign/Done": ended, "other/Active": build.Monday})
	want := cxv1.InitiativeStatus{ActiveSince: new(build.At(time.Second)), DoneSince: new(build.At(time.Hour))}
	if diff := cmp.Diff(want, i.Status); diff != "" {
		t.Errorf("status (-want +got):\n%s", diff)
	}
	// Taken back: when it was first at work remains, when it was done does not.
	initiative.SetSince(i, map[string]time.Time{})
	want.DoneSince = nil
	if diff := cmp.Diff(want, i.Status); diff != "" {
		t.Errorf("taken back (-want +got):\n%s", diff)
	}
}
