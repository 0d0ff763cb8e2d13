// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/testing/build"
)

const day = 24 * time.Hour

// judged judges a KPI whose history is the points of these specs, oldest first; the last one is judged.
func judged(t interface{ Fatal(...any) }, now time.Time, history ...*cxv1.KPI) (*cxv1.KPI, program.KPIJudgement) {
	var points []store.KPIPoint
	for _, kpi := range history {
		p, err := program.PointOf(kpi, now)
		if err != nil {
			t.Fatal(err)
		}
		points = append(points, p)
	}
	kpi := history[len(history)-1].DeepCopy()
	return kpi, program.JudgeKPI(kpi, points, now)
}

// said is a judgement's condition as "Status/Reason".
func said(j program.KPIJudgement, condition string) string {
	for _, c := range j.Conditions {
		if c.Type == condition {
			return fmt.Sprintf("%s/%s", c.Status, c.Reason)
		}
	}
	return "absent"
}

func target(value cxv1.Decimal, changes ...func(*cxv1.KPITarget)) func(*cxv1.KPI) {
	return func(k *cxv1.KPI) {
		k.Spec.Target = &cxv1.KPITarget{Value: value}
		for _, c := range changes {
			c(k.Spec.Target)
		}
	}
}

func from(baseline, by cxv1.Decimal) func(*cxv1.KPITarget) {
	return func(t *cxv1.KPITarget) { t.Value, t.ChangeFrom = "", &cxv1.ChangeFrom{Baseline: baseline, By: by} }
}

func atMost(t *cxv1.KPITarget) { t.Direction = cxv1.AtMost }

func strict(t *cxv1.KPITarget) { t.Confidence = cxv1.ConfidenceStrict }

func keepLast(k *cxv1.KPI) { k.Spec.OnNoData = cxv1.NoDataKeepLast }

func TestANumberIsHeldAgainstItsTarget(t *testing.T) {
	sixty := nps(60, 25, 15) // 45, from 29.34 to 58.04
	for name, tc := range map[string]struct {
		kpi        *cxv1.KPI
		want       string
		attainment int32 // -1 where there is none
	}{
		"no target":                                {counted(cxv1.MethodNPS, sixty), "Unknown/NoTarget", -1},
		"above the target":                         {counted(cxv1.MethodNPS, sixty, target("40")), "True/TargetMet", 113},
		"just on the target":                       {counted(cxv1.MethodNPS, sixty, target("45")), "True/TargetMet", 100},
		"below the target":                         {counted(cxv1.MethodNPS, sixty, target("50")), "False/TargetMissed", 90},
		"strict, and the whole interval above":     {counted(cxv1.MethodNPS, sixty, target("29", strict)), "True/TargetMet", 155},
		"strict, and the interval reaches below":   {counted(cxv1.MethodNPS, sixty, target("40", strict)), "False/NotProven", 113},
		"strict, and the value is below":           {counted(cxv1.MethodNPS, sixty, target("50", strict)), "False/TargetMissed", 90},
		"strict on a bare value above":             {bare(cxv1.MethodNPS, "45", target("40", strict)), "Unknown/IntervalUnknown", 113},
		"strict on a bare value below":             {bare(cxv1.MethodNPS, "35", target("40", strict)), "False/TargetMissed", 88},
		"less is better, and it is less":           {bare(cxv1.MethodValue, "4", target("5", atMost)), "True/TargetMet", 125},
		"less is better, and it is more":           {bare(cxv1.MethodValue, "8", target("5", atMost)), "False/TargetMissed", 63},
		"less is better, and it is nothing":        {bare(cxv1.MethodValue, "0", target("5", atMost)), "True/TargetMet", 999},
		"less is better, and nothing is the aim":   {bare(cxv1.MethodValue, "0", target("0", atMost)), "True/TargetMet", -1},
		"strict where less is better, not proven":  {counted(cxv1.MethodMean, mean("4.6", "2.9", 310), target("4.7", atMost, strict)), "False/NotProven", 102},
		"strict where less is better, and proven":  {counted(cxv1.MethodMean, mean("4.6", "2.9", 310), target("5", atMost, strict)), "True/TargetMet", 109},
		"a change that is half done":               {bare(cxv1.MethodValue, "45", target("", from("40", "10"))), "False/TargetMissed", 50},
		"a change that is done":                    {bare(cxv1.MethodValue, "50", target("", from("40", "10"))), "True/TargetMet", 100},
		"a change that went the wrong way":         {bare(cxv1.MethodValue, "30", target("", from("40", "10"))), "False/TargetMissed", 0},
		"a change downwards":                       {bare(cxv1.MethodValue, "8", target("", from("10", "-4"), atMost)), "False/TargetMissed", 50},
		"a change downwards that is done":          {bare(cxv1.MethodValue, "6", target("", from("10", "-4"), atMost)), "True/TargetMet", 100},
		"a change in tenths that is just done":     {bare(cxv1.MethodValue, "0.3", target("", from("0.1", "0.2"))), "True/TargetMet", 100},
		"a change of nothing":                      {bare(cxv1.MethodValue, "40", target("", from("40", "0"))), "True/TargetMet", 100},
		"a change from far below":                  {bare(cxv1.MethodValue, "900", target("", from("0", "1"))), "True/TargetMet", 999},
		"a target below zero":                      {counted(cxv1.MethodNPS, sixty, target("-10")), "True/TargetMet", -1},
		"a number below zero and a target above":   {counted(cxv1.MethodNPS, nps(15, 25, 60), target("10")), "False/TargetMissed", 0},
		"a value shown rounded is judged as shown": {counted(cxv1.MethodShare, share(66667, 100000), target("66.67")), "True/TargetMet", 100},
	} {
		t.Run(name, func(t *testing.T) {
			kpi, j := judged(t, build.Monday, tc.kpi)
			if got := said(j, cxv1.ConditionTargetMet); got != tc.want {
				t.Errorf("TargetMet is %s, want %s (%s)", got, tc.want, j.Message)
			}
			attainment := int32(-1)
			if kpi.Status.AttainmentPercent != nil {
				attainment = *kpi.Status.AttainmentPercent
			}
			if attainment != tc.attainment {
				t.Errorf("attained %d %%, want %d %%", attainment, tc.attainment)
			}
		})
	}
}

func TestAValueGoesStaleWhenItsTimeIsOver(t *testing.T) {
	ttl := func(d cxv1.Duration) func(*cxv1.KPI) { return func(k *cxv1.KPI) { k.Spec.TTL = d } }
	base := func(changes ...func(*cxv1.KPI)) *cxv1.KPI {
		return bare(cxv1.MethodValue, "42", append([]func(*cxv1.KPI){target("40")}, changes...)...)
	}
	for name, tc := range map[string]struct {
		kpi           *cxv1.KPI
		after         time.Duration
		fresh, target string
		wake          time.Duration // from Monday; 0 for never
	}{
		"fresh by default for ninety days":       {base(), 90*day - time.Second, "True/Fresh", "True/TargetMet", 90 * day},
		"stale by default after ninety days":     {base(), 90 * day, "False/Stale", "Unknown/Stale", 0},
		"fresh within its own time":              {base(ttl("1d12h")), 36*time.Hour - time.Second, "True/Fresh", "True/TargetMet", 36 * time.Hour},
		"stale at the end of its own time":       {base(ttl("1d12h")), 36 * time.Hour, "False/Stale", "Unknown/Stale", 0},
		"long stale":                             {base(ttl("1d12h")), 4000 * day, "False/Stale", "Unknown/Stale", 0},
		"stale, and the last one counts":         {base(ttl("1d"), keepLast), 2 * day, "False/Stale", "True/TargetMet", 0},
		"stale and missed, and the last counts":  {base(ttl("1d"), keepLast, target("50")), 2 * day, "False/Stale", "False/TargetMissed", 0},
		"stale and without a target":             {base(ttl("1d"), func(k *cxv1.KPI) { k.Spec.Target = nil }), 2 * day, "False/Stale", "Unknown/NoTarget", 0},
		"fresh although a clock is behind":       {base(), -time.Minute, "True/Fresh", "True/TargetMet", 90 * day},
		"zero is a number like others":           {bare(cxv1.MethodValue, "0", target("0", atMost)), day, "True/Fresh", "True/TargetMet", 90 * day},
		"what is stale is unknown and not zero":  {bare(cxv1.MethodValue, "9", target("0", atMost)), 100 * day, "False/Stale", "Unknown/Stale", 0},
		"a ttl that cannot be read is as absent": {base(ttl("soon")), 89 * day, "True/Fresh", "True/TargetMet", 90 * day},
	} {
		t.Run(name, func(t *testing.T) {
			_, j := judged(t, build.Monday.Add(tc.after), tc.kpi)
			if got := said(j, cxv1.ConditionFresh); got != tc.fresh {
				t.Errorf("Fresh is %s, want %s", got, tc.fresh)
			}
			if got := said(j, cxv1.ConditionTargetMet); got != tc.target {
				t.Errorf("TargetMet is %s, want %s", got, tc.target)
			}
			var want time.Time
			if tc.wake != 0 {
				want = build.Monday.Add(tc.wake)
			}
			if !j.Wake.Equal(want) {
				t.Errorf("looks again at %s, want %s", j.Wake, want)
			}
		})
	}
}

func TestWithoutAValueNothingIsClaimed(t *testing.T) {
	kpi := build.KPI("number", target("0"))
	j := program.JudgeKPI(kpi, nil, build.Monday)
	if fresh, met := said(j, cxv1.ConditionFresh), said(j, cxv1.ConditionTargetMet); fresh != "Unknown/NoData" || met != "Unknown/NoData" {
		t.Errorf("Fresh %s, TargetMet %s", fresh, met)
	}
	if diff := cmp.Diff(cxv1.KPIStatus{Target: "0"}, kpi.Status); diff != "" {
		t.Errorf("status (-want +got):\n%s", diff)
	}
}

func TestANumberOfAnotherMethodIsNotJudged(t *testing.T) {
	old, err := program.PointOf(counted(cxv1.MethodNPS, nps(60, 25, 15)), build.Monday)
	if err != nil {
		t.Fatal(err)
	}
	kpi := bare(cxv1.MethodCSAT, "90", scaled(1, 5), target("40"))
	j := program.JudgeKPI(kpi, []store.KPIPoint{old}, build.Monday)
	if got := said(j, cxv1.ConditionTargetMet); got != "Unknown/NoData" || kpi.Status.Value != "" {
		t.Errorf("TargetMet %s, value %q", got, kpi.Status.Value)
	}
	if !strings.Contains(j.Message, "was computed as NPS: enter one for CSAT") {
		t.Errorf("the message does not say what to do: %s", j.Message)
	}
}

func TestATrendIsTestedAgainstChance(t *testing.T) {
	at := func(days int, kpi *cxv1.KPI) *cxv1.KPI {
		kpi.Spec.Source.Manual.AsOf = build.At(time.Duration(days-10) * day)
		return kpi
	}
	few := func(k *cxv1.KPI) { k.Spec.MinResponses = new(int32(200)) }
	for name, tc := range map[string]struct {
		history []*cxv1.KPI
		want    cxv1.Trend
	}{
		"a first point":                      {[]*cxv1.KPI{at(1, counted(cxv1.MethodNPS, nps(40, 40, 20)))}, cxv1.TrendInsufficientData},
		"15 points more from a hundred each": {[]*cxv1.KPI{at(1, counted(cxv1.MethodNPS, nps(40, 40, 20))), at(2, counted(cxv1.MethodNPS, nps(50, 35, 15)))}, cxv1.TrendFlat},
		"the same from four hundred each":    {[]*cxv1.KPI{at(1, counted(cxv1.MethodNPS, nps(160, 160, 80))), at(2, counted(cxv1.MethodNPS, nps(200, 140, 60)))}, cxv1.TrendUp},
		"the same downwards":                 {[]*cxv1.KPI{at(1, counted(cxv1.MethodNPS, nps(200, 140, 60))), at(2, counted(cxv1.MethodNPS, nps(160, 160, 80)))}, cxv1.TrendDown},
		"only the last two count": {[]*cxv1.KPI{at(1, counted(cxv1.MethodNPS, nps(0, 0, 400))), at(2, counted(cxv1.MethodNPS, nps(200, 140, 60))),
			at(3, counted(cxv1.MethodNPS, nps(200, 140, 60)))}, cxv1.TrendFlat},
		"a share that rose":            {[]*cxv1.KPI{at(1, counted(cxv1.MethodShare, share(300, 500))), at(2, counted(cxv1.MethodShare, share(420, 500)))}, cxv1.TrendUp},
		"a mean that fell":             {[]*cxv1.KPI{at(1, counted(cxv1.MethodMean, mean("6", "2", 200))), at(2, counted(cxv1.MethodMean, mean("4.6", "2.9", 310)))}, cxv1.TrendDown},
		"another scale":                {[]*cxv1.KPI{at(1, counted(cxv1.MethodCSAT, share(8, 10), scaled(1, 5))), at(2, counted(cxv1.MethodCSAT, share(8, 10), scaled(1, 7)))}, cxv1.TrendBroken},
		"another method":               {[]*cxv1.KPI{at(1, counted(cxv1.MethodShare, share(8, 10))), at(2, counted(cxv1.MethodNPS, nps(8, 1, 1)))}, cxv1.TrendBroken},
		"bare values":                  {[]*cxv1.KPI{at(1, bare(cxv1.MethodValue, "1")), at(2, bare(cxv1.MethodValue, "100"))}, cxv1.TrendInsufficientData},
		"too few answers to say":       {[]*cxv1.KPI{at(1, counted(cxv1.MethodNPS, nps(0, 0, 100), few)), at(2, counted(cxv1.MethodNPS, nps(100, 0, 0), few))}, cxv1.TrendInsufficientData},
		"an NPS that left its scale":   {[]*cxv1.KPI{at(1, counted(cxv1.MethodNPS, nps(160, 160, 80))), at(2, counted(cxv1.MethodNPS, nps(200, 140, 60), scaled(0, 10)))}, cxv1.TrendUp},
		"an effort that became easier": {[]*cxv1.KPI{at(1, counted(cxv1.MethodCESNet, answers(1, 40, 30, 30, 20, 20, 10, 10), scaled(1, 7))), at(2, counted(cxv1.MethodCESNet, answers(1, 4, 6, 11, 19, 38, 52, 30), scaled(1, 7)))}, cxv1.TrendUp},
	} {
		t.Run(name, func(t *testing.T) {
			kpi, _ := judged(t, build.Monday, tc.history...)
			if kpi.Status.Trend != tc.want {
				t.Errorf("the trend is %s, want %s", kpi.Status.Trend, tc.want)
			}
		})
	}
}

func TestTheStatusShowsTheNewestNumberAndTheLastTwelve(t *testing.T) {
	var history []*cxv1.KPI
	for i := range int64(14) {
		history = append(history, counted(cxv1.MethodNPS, nps(40+i, 40, 20), asOf(time.Duration(i-20)*day)))
	}
	kpi, j := judged(t, build.Monday, history...)
	s := kpi.Status
	if got := fmt.Sprintf("%s ±%s [%s, %s] n=%d", s.Value, s.Margin, s.Low, s.High, *s.N); got != "29.2 ±13.63 [14.81, 42.08] n=113" {
		t.Errorf("status shows %s", got)
	}
	if !s.AsOf.Equal(new(build.At(-7 * day))) {
		t.Errorf("as of %s", s.AsOf)
	}
	if len(s.Points) != 12 || !s.Points[0].AsOf.Equal(new(build.At(-18*day))) || !s.Points[11].AsOf.Equal(s.AsOf) {
		t.Errorf("%d points from %s to %s", len(s.Points), s.Points[0].AsOf, s.Points[len(s.Points)-1].AsOf)
	}
	if p := s.Points[11]; p.Value != s.Value || p.Low != s.Low || p.High != s.High || *p.N != *s.N {
		t.Errorf("the last point is %+v", p)
	}
	if want := "29.2 (n = 113, 95 % interval 14.81 to 42.08). No target is set in spec.target."; j.Message != want {
		t.Errorf("got %q, want %q", j.Message, want)
	}
}

func TestABareNumberSaysThatItIsOne(t *testing.T) {
	kpi, j := judged(t, build.Monday, bare(cxv1.MethodValue, "42"))
	if kpi.Status.N != nil || kpi.Status.Margin != "" || kpi.Status.Points[0].N != nil {
		t.Errorf("a bare value has n or margin: %+v", kpi.Status)
	}
	if !strings.HasPrefix(j.Message, "42 (a bare value, so without sample size or interval).") {
		t.Errorf("the message hides it: %s", j.Message)
	}
}

// Numbers that rest on few answers would tell who said what. They stand nowhere in status, conditions or message, and come
// back when the limit is lowered.
func TestNumbersOfFewAnswersAreShownNowhere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.Int32Range(3, 60).Draw(t, "minResponses")
		var history []*cxv1.KPI
		for i := range rapid.IntRange(1, 13).Draw(t, "points") {
			drawn := nps(rapid.Int64Range(1, 25).Draw(t, "promoters"), rapid.Int64Range(0, 25).Draw(t, "passives"),
				rapid.Int64Range(0, 25).Draw(t, "detractors"))
			history = append(history, counted(cxv1.MethodNPS, drawn, asOf(time.Duration(i-20)*day), target("30"),
				func(k *cxv1.KPI) { k.Spec.MinResponses = &limit }))
		}
		kpi, j := judged(t, build.Monday, history...)
		shown := 0
		for _, h := range history[max(0, len(history)-12):] {
			c := h.Spec.Source.Manual.Counts
			if *c.Promoters+*c.Passives+*c.Detractors >= int64(limit) {
				shown++
			}
		}
		if len(kpi.Status.Points) != shown {
			t.Fatalf("%d points are shown, %d rest on %d answers or more", len(kpi.Status.Points), shown, limit)
		}
		for _, p := range kpi.Status.Points {
			if *p.N < int64(limit) {
				t.Fatalf("a point of %d answers is shown", *p.N)
			}
		}
		last := history[len(history)-1].Spec.Source.Manual.Counts
		if n := *last.Promoters + *last.Passives + *last.Detractors; n >= int64(limit) {
			if kpi.Status.Value == "" || *kpi.Status.N != n {
				t.Fatalf("a value of %d answers is hidden", n)
			}
			return
		}
		s := kpi.Status
		if s.Value != "" || s.Margin != "" || s.Low != "" || s.High != "" || s.N != nil || s.AttainmentPercent != nil ||
			s.Trend == cxv1.TrendUp || s.Trend == cxv1.TrendDown || s.Trend == cxv1.TrendFlat {
			t.Fatalf("few answers, yet status says %+v", s)
		}
		for _, c := range j.Conditions {
			want := fmt.Sprintf("The newest value rests on fewer than %d answers and is not shown.", limit)
			if c.Status != "Unknown" || c.Reason != cxv1.ReasonInsufficientData || c.Message != want || j.Message != want {
				t.Fatalf("%s is %s/%s: %s", c.Type, c.Status, c.Reason, c.Message)
			}
		}
	})
}

func TestFewAnswersByDefaultAreLessThanFive(t *testing.T) {
	for _, tc := range []struct {
		kpi  *cxv1.KPI
		want string
	}{
		{counted(cxv1.MethodNPS, nps(2, 1, 1)), ""},
		{counted(cxv1.MethodNPS, nps(3, 1, 1)), "40"},
		{bare(cxv1.MethodNPS, "40", func(k *cxv1.KPI) { k.Spec.Source.Manual.SampleSize = new(int64(4)) }), ""},
		{bare(cxv1.MethodValue, "40", func(k *cxv1.KPI) { k.Spec.Source.Manual.SampleSize = new(int64(4)) }), "40"}, // four cases, no answers
	} {
		if kpi, _ := judged(t, build.Monday, tc.kpi); string(kpi.Status.Value) != tc.want {
			t.Errorf("%s of few: shows %q, want %q", tc.kpi.Spec.Method, kpi.Status.Value, tc.want)
		}
	}
}

// What a former look left behind must not shine through.
func TestJudgingStartsFromNothing(t *testing.T) {
	enough, _ := judged(t, build.Monday, counted(cxv1.MethodNPS, nps(60, 25, 15), target("40")))
	few := counted(cxv1.MethodNPS, nps(2, 1, 1), target("40"))
	fresh, _ := judged(t, build.Monday, few)
	few.Status = enough.Status
	p, err := program.PointOf(few, build.Monday)
	if err != nil {
		t.Fatal(err)
	}
	program.JudgeKPI(few, []store.KPIPoint{p}, build.Monday)
	if diff := cmp.Diff(fresh.Status, few.Status); diff != "" {
		t.Errorf("traces of the last look (-want +got):\n%s", diff)
	}
}
