// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/testing/build"
)

// point makes a touchpoint that lacks nothing: owned and with a standard.
func point(name cxv1.TouchpointName, changes ...func(*cxv1.Touchpoint)) cxv1.Touchpoint {
	p := cxv1.Touchpoint{Name: name, OwnerRef: "head-of-stores", ServiceStandard: "Greet everybody."}
	for _, c := range changes {
		c(&p)
	}
	return p
}

// walk is a journey of these touchpoints in one stage. Everybody whose name does not begin with "gone" is there.
func walk(points ...cxv1.Touchpoint) program.JourneyInput {
	return program.JourneyInput{
		Journey: build.Journey("pick-up", func(j *cxv1.Journey) {
			j.Spec.OwnerRef = "head-of-stores"
			j.Spec.Stages = []cxv1.JourneyStage{{Name: "all", Touchpoints: points}}
		}),
		OwnerIsThere: func(name cxv1.Ref) bool { return !strings.HasPrefix(string(name), "gone") },
	}
}

// on makes a KPI that is measured at a touchpoint.
func on(touchpoint cxv1.TouchpointName, class cxv1.KPIClass, kpi *cxv1.KPI) *cxv1.KPI {
	kpi.Spec.JourneyRef, kpi.Spec.Touchpoint, kpi.Spec.Class = "pick-up", touchpoint, class
	return kpi
}

func ownedBy(name cxv1.Ref) func(*cxv1.Touchpoint) {
	return func(p *cxv1.Touchpoint) { p.OwnerRef = name }
}

func important(n int32) func(*cxv1.Touchpoint) { return func(p *cxv1.Touchpoint) { p.Importance = &n } }

func TestAJourneyCountsTheTouchpointsThatHaveAnOwner(t *testing.T) {
	truth := func(p *cxv1.Touchpoint) { p.Kind = cxv1.TouchpointMomentOfTruth }
	for name, tc := range map[string]struct {
		points  []cxv1.Touchpoint
		owner   cxv1.Ref
		want    string
		summary string
		message string
	}{
		"all are owned":                 {[]cxv1.Touchpoint{point("a"), point("b")}, "head-of-stores", "True/Owned", "2/2", ""},
		"one names nobody":              {[]cxv1.Touchpoint{point("a"), point("b", ownedBy(""))}, "head-of-stores", "False/SomeTouchpointsUnowned", "1/2", "who is there: b. Name one"},
		"one names somebody who left":   {[]cxv1.Touchpoint{point("a", ownedBy("gone-buyer")), point("b")}, "head-of-stores", "False/SomeTouchpointsUnowned", "1/2", "who is there: a. Name one"},
		"a moment of truth is marked":   {[]cxv1.Touchpoint{point("a", ownedBy(""), truth), point("b", ownedBy(""))}, "head-of-stores", "False/SomeTouchpointsUnowned", "0/2", "a (moment of truth), b"},
		"nobody has the whole":          {[]cxv1.Touchpoint{point("a")}, "", "False/NoOwner", "1/1", "spec.ownerRef"},
		"the one for the whole is gone": {[]cxv1.Touchpoint{point("a")}, "gone-head", "False/OwnerNotFound", "1/1", `"gone-head" does not exist or has left`},
		"no touchpoints yet":            {nil, "head-of-stores", "True/Owned", "0/0", ""},
		"touchpoints come first":        {[]cxv1.Touchpoint{point("a", ownedBy(""))}, "", "False/SomeTouchpointsUnowned", "0/1", ""},
	} {
		t.Run(name, func(t *testing.T) {
			in := walk(tc.points...)
			in.Journey.Spec.OwnerRef = tc.owner
			c := program.JudgeJourney(in)
			if got := fmt.Sprintf("%s/%s", c.Status, c.Reason); got != tc.want || c.Type != cxv1.ConditionOwned {
				t.Errorf("%s is %s, want %s", c.Type, got, tc.want)
			}
			if !strings.Contains(c.Message, tc.message) || c.Message == "" {
				t.Errorf("the message is %q", c.Message)
			}
			s := in.Journey.Status
			if s.OwnedSummary != tc.summary || fmt.Sprintf("%d/%d", *s.OwnedTouchpoints, *s.Touchpoints) != tc.summary {
				t.Errorf("%s, %d of %d owned, want %s", s.OwnedSummary, *s.OwnedTouchpoints, *s.Touchpoints, tc.summary)
			}
		})
	}
}

func TestTheWorstTouchpointMissesMostOfWhatMatters(t *testing.T) {
	many := func(touchpoint cxv1.TouchpointName, hits, misses int) []*cxv1.KPI {
		var kpis []*cxv1.KPI
		for i := range hits {
			kpis = append(kpis, on(touchpoint, cxv1.KPIExperience, met(fmt.Sprintf("%s-hit-%d", touchpoint, i))))
		}
		for i := range misses {
			kpis = append(kpis, on(touchpoint, cxv1.KPIExperience, missed(fmt.Sprintf("%s-miss-%d", touchpoint, i))))
		}
		return kpis
	}
	for name, tc := range map[string]struct {
		points []cxv1.Touchpoint
		kpis   []*cxv1.KPI
		want   string
	}{
		"nothing is measured":                      {[]cxv1.Touchpoint{point("a")}, nil, ""},
		"nothing is missed":                        {[]cxv1.Touchpoint{point("a")}, many("a", 2, 0), ""},
		"the one that misses":                      {[]cxv1.Touchpoint{point("a"), point("b")}, slices.Concat(many("a", 2, 0), many("b", 3, 1)), "b"},
		"the larger share, not the larger number":  {[]cxv1.Touchpoint{point("a"), point("b")}, slices.Concat(many("a", 6, 3), many("b", 0, 1)), "b"},
		"of equals the first on the way":           {[]cxv1.Touchpoint{point("b"), point("a")}, slices.Concat(many("a", 1, 1), many("b", 2, 2)), "b"},
		"importance weighs":                        {[]cxv1.Touchpoint{point("a", important(1)), point("b", important(5))}, slices.Concat(many("a", 0, 1), many("b", 2, 1)), "b"},
		"importance and share can be equal":        {[]cxv1.Touchpoint{point("a", important(5)), point("b", important(1))}, slices.Concat(many("a", 4, 1), many("b", 0, 1)), "a"},
		"importance is three unless said":          {[]cxv1.Touchpoint{point("a", important(2)), point("b")}, slices.Concat(many("a", 0, 1), many("b", 0, 1)), "b"},
		"what is unknown does not count":           {[]cxv1.Touchpoint{point("a"), point("b")}, slices.Concat(many("a", 1, 1), []*cxv1.KPI{on("b", cxv1.KPIExperience, unknown("u"))}), "a"},
		"what is measured on the whole is nowhere": {[]cxv1.Touchpoint{point("a")}, []*cxv1.KPI{on("", cxv1.KPIExperience, missed("whole"))}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			in := walk(tc.points...)
			in.KPIs, in.Journey.Status.WorstTouchpoint = tc.kpis, "of-an-earlier-look"
			program.JudgeJourney(in)
			if got := in.Journey.Status.WorstTouchpoint; got != tc.want {
				t.Errorf("the worst is %q, want %q", got, tc.want)
			}
			if got := in.Journey.Status.KPIs.Total; got != int32(len(tc.kpis)) {
				t.Errorf("%d KPIs are rolled up, there are %d", got, len(tc.kpis))
			}
		})
	}
}

// gaps are the gaps found, as "Gap@touchpoint".
func gaps(j *cxv1.Journey) []string {
	found := []string{}
	for _, gap := range j.Status.Gaps {
		found = append(found, fmt.Sprintf("%s@%s", gap.Gap, gap.Touchpoint))
	}
	return found
}

func TestGapsShowInWhatIsWrittenAndMeasured(t *testing.T) {
	noStandard := func(p *cxv1.Touchpoint) { p.ServiceStandard = "" }
	promise := func(p *cxv1.Touchpoint) { p.Promise = "Ready in two hours." }
	closing := func(gap cxv1.ServiceGap, phase cxv1.InitiativePhase) *cxv1.Initiative {
		return build.Initiative("redesign", func(i *cxv1.Initiative) { i.Spec.Gap, i.Status.Phase = gap, phase })
	}
	slow := on("a", cxv1.KPIOperational, missed("minutes"))
	unhappy := on("a", cxv1.KPIExperience, missed("csat"))
	for name, tc := range map[string]struct {
		points      []cxv1.Touchpoint
		kpis        []*cxv1.KPI
		initiatives []*cxv1.Initiative
		want        []string
	}{
		"none":                              {[]cxv1.Touchpoint{point("a", promise)}, []*cxv1.KPI{on("a", cxv1.KPIOperational, met("minutes"))}, nil, []string{}},
		"nobody wrote a standard":           {[]cxv1.Touchpoint{point("a", noStandard), point("b")}, nil, nil, []string{"Standards@a"}},
		"an operational number falls short": {[]cxv1.Touchpoint{point("a")}, []*cxv1.KPI{slow}, nil, []string{"Delivery@a"}},
		"an experience that falls short is no proof":  {[]cxv1.Touchpoint{point("a")}, []*cxv1.KPI{unhappy}, nil, []string{}},
		"a promise that is not kept":                  {[]cxv1.Touchpoint{point("a", promise)}, []*cxv1.KPI{unhappy}, nil, []string{"Communication@a"}},
		"a promise that operations do not keep":       {[]cxv1.Touchpoint{point("a", promise)}, []*cxv1.KPI{slow}, nil, []string{"Delivery@a", "Communication@a"}},
		"a promise that nobody can judge":             {[]cxv1.Touchpoint{point("a", promise)}, []*cxv1.KPI{on("a", cxv1.KPIOperational, unknown("minutes"))}, nil, []string{}},
		"an active initiative takes its gap off":      {[]cxv1.Touchpoint{point("a", promise)}, []*cxv1.KPI{slow}, []*cxv1.Initiative{closing(cxv1.GapDelivery, cxv1.InitiativeActive)}, []string{"Communication@a"}},
		"one that waits does not":                     {[]cxv1.Touchpoint{point("a")}, []*cxv1.KPI{slow}, []*cxv1.Initiative{closing(cxv1.GapDelivery, cxv1.InitiativeAccepted)}, []string{"Delivery@a"}},
		"one that is done proves itself in numbers":   {[]cxv1.Touchpoint{point("a")}, []*cxv1.KPI{slow}, []*cxv1.Initiative{closing(cxv1.GapDelivery, cxv1.InitiativeDone)}, []string{"Delivery@a"}},
		"one that names no gap takes none off":        {[]cxv1.Touchpoint{point("a")}, []*cxv1.KPI{slow}, []*cxv1.Initiative{closing("", cxv1.InitiativeActive)}, []string{"Delivery@a"}},
		"in the order of the way":                     {[]cxv1.Touchpoint{point("b", noStandard), point("a", noStandard)}, []*cxv1.KPI{slow}, nil, []string{"Standards@b", "Standards@a", "Delivery@a"}},
		"a number of another touchpoint says nothing": {[]cxv1.Touchpoint{point("b")}, []*cxv1.KPI{slow}, nil, []string{}},
	} {
		t.Run(name, func(t *testing.T) {
			in := walk(tc.points...)
			in.KPIs, in.Initiatives = tc.kpis, tc.initiatives
			program.JudgeJourney(in)
			if diff := cmp.Diff(tc.want, gaps(in.Journey)); diff != "" {
				t.Errorf("gaps (-want +got):\n%s", diff)
			}
			if got := int(*in.Journey.Status.GapCount); got != len(tc.want) {
				t.Errorf("%d gaps are counted", got)
			}
		})
	}
}

func TestATargetJourneyHasNoGaps(t *testing.T) {
	in := walk(point("a", func(p *cxv1.Touchpoint) { p.ServiceStandard = "" }))
	in.Journey.Spec.State = cxv1.JourneyTarget
	program.JudgeJourney(in)
	if found := gaps(in.Journey); len(found) != 0 || *in.Journey.Status.GapCount != 0 {
		t.Errorf("found %v", found)
	}
}

func TestLongListsAreCutAndCounted(t *testing.T) {
	var points []cxv1.Touchpoint
	var kpis []*cxv1.KPI
	for i := range 20 {
		name := cxv1.TouchpointName(fmt.Sprintf("%s-%02d", strings.Repeat("x", 37), i))
		points = append(points, point(name, func(p *cxv1.Touchpoint) { p.ServiceStandard, p.Promise = "", "Always." }))
		for k := range 5 {
			kpis = append(kpis, on(name, cxv1.KPIOperational, missed(fmt.Sprintf("%s-%02d-%d", strings.Repeat("k", 43), i, k))))
		}
	}
	in := walk(points...)
	in.KPIs = kpis
	program.JudgeJourney(in)
	if s := in.Journey.Status; len(s.Gaps) != 10 || *s.GapCount != 60 {
		t.Errorf("%d gaps are shown, %d counted", len(s.Gaps), *s.GapCount)
	}
	for _, gap := range in.Journey.Status.Gaps {
		if len(gap.Message) > 400 || len(gap.Touchpoint) > 40 {
			t.Errorf("the schema would refuse %d and %d characters", len(gap.Message), len(gap.Touchpoint))
		}
		if gap.Gap == cxv1.GapDelivery && !strings.Contains(gap.Message, "-0, ") || strings.Contains(gap.Message, "-3") {
			t.Errorf("the numbers are not the first three and a mark: %s", gap.Message)
		}
	}
}

func TestChannelsAreListedOnceAndSorted(t *testing.T) {
	in := walk()
	in.Journey.Spec.Stages = []cxv1.JourneyStage{
		{Name: "one", Touchpoints: []cxv1.Touchpoint{point("a", channel("Shop")), point("b", channel("Mail")), point("c")}},
		{Name: "two", Touchpoints: []cxv1.Touchpoint{point("d", channel("Shop")), point("e", channel("App"))}},
	}
	for range 2 { // looking twice doubles nothing
		program.JudgeJourney(in)
		if diff := cmp.Diff([]cxv1.Channel{"App", "Mail", "Shop"}, in.Journey.Status.Channels); diff != "" {
			t.Errorf("channels (-want +got):\n%s", diff)
		}
	}
}

func channel(c cxv1.Channel) func(*cxv1.Touchpoint) {
	return func(p *cxv1.Touchpoint) { p.Channel = c }
}

func TestATouchpointIsFoundInAnyStage(t *testing.T) {
	j := build.Journey("j", func(j *cxv1.Journey) {
		j.Spec.Stages = append(j.Spec.Stages, cxv1.JourneyStage{Name: "collect", Touchpoints: []cxv1.Touchpoint{point("desk")}})
	})
	for name, want := range map[cxv1.TouchpointName]bool{"checkout": true, "desk": true, "collect": false, "": false} {
		if got := program.HasTouchpoint(j, name); got != want {
			t.Errorf("%q: %v", name, got)
		}
	}
}
