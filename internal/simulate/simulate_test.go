// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package simulate

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/audience"
	"github.com/cx-operator/cx-operator/internal/maturity"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/testing/build"
)

const day = 24 * time.Hour

// start is an hour after Monday's waves.
var start = build.Monday.Add(time.Hour)

func pulse(change func(*cxv1.SurveySpec)) *cxv1.Survey {
	return build.Survey("pulse", func(s *cxv1.Survey) {
		s.Spec.Schedule.Cron, s.Spec.OpenFor, s.Spec.Delivery = "0 9 * * MON", "3d", &cxv1.Delivery{Channel: "mail"}
		s.Spec.Reminders = []cxv1.Duration{"1d"}
		change(&s.Spec)
	})
}

func company(rules []cxv1.ContactRule, objs ...program.Object) *program.Snapshot {
	s := program.New("", build.Program(func(p *cxv1.Program) {
		p.Spec.Channels = []cxv1.ContactChannel{{Name: "mail", File: &cxv1.FileChannel{}}}
		p.Spec.ContactRules, p.Spec.Ownership.AcceptWithin = rules, "7d"
	}), build.Persona("shopper"))
	s.Add(objs...)
	return s
}

// told are the events of these kinds in a line each, without texts.
func told(r *Result, kinds ...Kind) []string {
	var lines []string
	for _, e := range r.Events {
		if !slices.Contains(kinds, e.Kind) {
			continue
		}
		line := fmt.Sprintf("day %d %s %s", int(e.At.Sub(start)/day), e.Kind, strings.TrimSpace(e.Object+e.Who+" "+e.What+e.Status))
		if e.Count != nil {
			line += fmt.Sprint(" ", *e.Count)
		}
		for _, reason := range []string{audience.SkipContactRule, audience.SkipNotSampled} {
			if n := e.Skipped[reason]; n > 0 {
				line += fmt.Sprint(" ", reason, " ", n)
			}
		}
		lines = append(lines, strings.Join(append([]string{line}, e.Names...), " "))
	}
	return lines
}

func TestWavesAndInvitations(t *testing.T) {
	s := company([]cxv1.ContactRule{{AtMost: 1, Window: "10d"}}, pulse(func(*cxv1.SurveySpec) {}))
	r := Run(Input{Program: s, Start: start, Days: 22, Contacts: map[string]int{"shopper": 10}})
	want := []string{
		"day 6 WaveOpens Survey/pulse 20270111t0900 10",
		"day 9 WaveCloses Survey/pulse 20270111t0900 0",
		"day 13 WaveOpens Survey/pulse 20270118t0900 0 contactRule 10",
		"day 16 WaveCloses Survey/pulse 20270118t0900 0",
		"day 20 WaveOpens Survey/pulse 20270125t0900 10",
	}
	if diff := cmp.Diff(want, told(r, WaveOpens, WaveCloses)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	sum := r.Summary
	sum.Offers, sum.Lapsed, sum.Overdue, sum.StageBefore, sum.StageAfter = 0, 0, 0, 0, 0
	all := Summary{Waves: 3, People: 10, Invited: 10, Invitations: 20, Most: 2, Mean: 2, Reminders: 20, Skipped: map[string]int64{"contactRule": 10}}
	if diff := cmp.Diff(all, sum); diff != "" {
		t.Errorf("summary (-want +got):\n%s", diff)
	}
}

func TestWhoInvitesNobody(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*cxv1.SurveySpec)
		wave   string
	}{
		"no delivery": {func(s *cxv1.SurveySpec) { s.Delivery = nil }, "day 6 WaveOpens Survey/pulse 20270111t0900"},
		"a dry run":   {func(s *cxv1.SurveySpec) { s.DryRun = true }, "day 6 WaveOpens Survey/pulse 20270111t0900DryRun 10"},
	} {
		r := Run(Input{Program: company(nil, pulse(tc.change)), Start: start, Days: 7, Others: 10})
		if diff := cmp.Diff([]string{tc.wave}, told(r, WaveOpens)); diff != "" || r.Summary.Invitations != 0 || r.Summary.Invited != 0 {
			t.Errorf("%s: %+v (-want +got):\n%s", name, r.Summary, diff)
		}
	}
}

func below(boss string) func(*cxv1.Owner) {
	return func(o *cxv1.Owner) { o.Spec.ReportsTo = cxv1.Ref(boss) }
}

func owning(objs ...program.Object) *program.Snapshot {
	return company(nil, append([]program.Object{
		build.Owner("lead", below("boss")), build.Owner("boss"),
		build.KPI("wait", func(k *cxv1.KPI) { k.Spec.OwnerRef = "lead" }), build.Goal("growth", func(g *cxv1.Goal) { g.Spec.OwnerRef = "lead" }),
	}, objs...)...)
}

func TestOffersThatNobodyAnswersGoUpTheLine(t *testing.T) {
	const both = " Goal/growth (Accountable) KPI/wait (Accountable)"
	r := Run(Input{Program: owning(), Start: start, Days: 60})
	want := []string{
		"day 0 OfferMade lead" + both, "day 7 OfferLapses lead" + both, "day 7 OfferMade boss" + both, "day 14 OfferOverdue boss" + both,
	}
	if diff := cmp.Diff(want, told(r, OfferMade, OfferLapses, OfferOverdue, Accepted, Confirm)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if s := r.Summary; s.Offers != 4 || s.Lapsed != 2 || s.Overdue != 2 {
		t.Errorf("summary %+v", s)
	}
}

func TestOwnersWhoAcceptAreAskedAgain(t *testing.T) {
	const both = " Goal/growth (Accountable) KPI/wait (Accountable)"
	s := owning()
	s.Program.Spec.Ownership.ReverifyEvery = "30d"
	r := Run(Input{Program: s, Start: start, Days: 70, OwnersAccept: true})
	want := []string{
		"day 0 OfferMade lead" + both, "day 0 Accepted lead" + both, "day 30 Confirm lead" + both, "day 30 Accepted lead" + both,
		"day 60 Confirm lead" + both, "day 60 Accepted lead" + both,
	}
	got := told(r, OfferMade, OfferLapses, OfferOverdue, Accepted, Confirm)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestWhatAnEvidenceHasGoesOn(t *testing.T) {
	s := owning()
	offered := build.Monday.Add(-5 * day)
	ev := &store.Evidence{
		Surveys: []store.WaveTotals{}, Stages: []store.StageChange{{Framework: maturity.SixStages, Stage: 2, At: offered}},
	}
	r := Run(Input{Program: s, Evidence: ev, Start: start, Days: 200})
	if r.Summary.StageBefore != 2 || r.Summary.StageAfter != 1 {
		t.Errorf("stage %d to %d, want 2, and 1 after the time of grace", r.Summary.StageBefore, r.Summary.StageAfter)
	}
	if len(told(r, Stage)) != 1 || len(ev.Stages) != 1 || len(ev.Marks) > 0 {
		t.Errorf("stages %v; evidence %+v", told(r, Stage), ev)
	}
}

func TestValuesGoStale(t *testing.T) {
	r := Run(Input{Program: owning(), Start: start, Days: 120})
	var got []string
	for _, line := range told(r, Condition) {
		if strings.Contains(line, "KPI/wait Fresh") {
			got = append(got, line)
		}
	}
	// Of Monday, and good for 90 days: whoever looks on the day after sees it.
	if diff := cmp.Diff([]string{"day 90 Condition KPI/wait FreshFalse"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestReviewsAreDueOneAfterTheOther(t *testing.T) {
	s := owning()
	s.Program.Spec.Governance = &cxv1.Governance{Members: []cxv1.Ref{"boss"}, ReviewEvery: "30d", Reviews: []cxv1.Review{
		{Date: "2026-12-10"}, {Date: "2026-11-01"},
	}}
	r := Run(Input{Program: s, Start: start, Days: 60})
	if diff := cmp.Diff([]string{"day 4 ReviewDue Program/program", "day 34 ReviewDue Program/program"}, told(r, ReviewDue)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestMadeUpAnswersDependOnTheSeedAlone(t *testing.T) {
	nps := build.KPI("nps", func(k *cxv1.KPI) {
		k.Spec.Method, k.Spec.Source = cxv1.MethodNPS, cxv1.KPISource{Survey: &cxv1.SurveySource{SurveyRef: "pulse", Question: "recommend"}}
	})
	simulate := func(seed uint64, percent int) *Result {
		s := company([]cxv1.ContactRule{{AtMost: 1, Window: "5d"}}, pulse(func(*cxv1.SurveySpec) {}), nps)
		return Run(Input{Program: s, Start: start, Days: 30, Others: 200, Answers: &Answers{Seed: seed, Percent: percent}})
	}
	first := simulate(7, 50)
	if diff := cmp.Diff(first, simulate(7, 50)); diff != "" {
		t.Errorf("the same seed gives something else (-first +second):\n%s", diff)
	}
	if cmp.Equal(first.KPIs, simulate(8, 50).KPIs) {
		t.Error("another seed gives the same")
	}
	if len(first.KPIs) != 1 || first.KPIs[0].Low == "" || first.KPIs[0].N < 60 || first.KPIs[0].N > 140 {
		t.Errorf("KPIs %+v, want one with an interval and about 100 answers", first.KPIs)
	}
	if none, all := simulate(7, 0).Summary, simulate(7, 100).Summary; none.Answers != 0 || all.Answers != all.Invitations ||
		all.Reminders >= none.Reminders {
		t.Errorf("none %+v, all %+v: who answered is not reminded any more", none, all)
	}
}

// Nobody is ever asked more often than rules allow, and everybody is invited or skipped.
func TestContactRulesHoldInEverySimulation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		atMost, window := rapid.IntRange(1, 3).Draw(t, "atMost"), rapid.IntRange(1, 40).Draw(t, "window")
		s := company([]cxv1.ContactRule{{AtMost: int32(atMost), Window: cxv1.Duration(fmt.Sprintf("%dd", window))}},
			pulse(func(s *cxv1.SurveySpec) {
				s.Sampling = &cxv1.Sampling{Percent: new(rapid.Int32Range(1, 100).Draw(t, "percent"))}
			}),
			build.Survey("second", func(s *cxv1.Survey) {
				s.Spec.Schedule.Cron, s.Spec.OpenFor, s.Spec.Delivery = "30 9 * * *", "12h", &cxv1.Delivery{Channel: "mail"}
			}))
		s.Program.Spec.Frameworks = []cxv1.FrameworkUse{{Name: "none"}} // nothing to judge: it takes the time
		r := &run{Input: Input{Program: s, Start: start, Days: 40, Others: 7}, s: s, program: s.Program, evidence: &store.Evidence{}, end: start.AddDate(0, 0, 40),
			result: &Result{Summary: Summary{Skipped: map[string]int64{}}}}
		r.waves()
		invited := 0
		for _, e := range r.result.Events {
			if e.Kind != WaveOpens {
				continue
			}
			everybody := int64(*e.Count)
			for _, n := range e.Skipped {
				everybody += n
			}
			if everybody != 7 {
				t.Fatalf("%+v is about %d people", e, everybody)
			}
			invited += *e.Count
		}
		if invited != r.result.Summary.Invitations {
			t.Fatalf("%d invited, %d in the summary", invited, r.result.Summary.Invitations)
		}
		most := atMost * (40/window + 1)
		if r.result.Summary.Most > most {
			t.Fatalf("somebody got %d, and %d in %d days leave %d at most", r.result.Summary.Most, atMost, window, most)
		}
	})
}
