// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program_test

import (
	"fmt"
	"testing"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/maturity"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/store"
)

// bigProgram has about n objects in the proportions of a large company, and evidence to match: for every ten objects a wave
// and two follow-ups.
func bigProgram(n int) (*program.Snapshot, *store.Evidence) {
	base, ev := company()
	objs := base
	for i := range max(n-len(base), 0) / 11 {
		name := func(kind string) string { return fmt.Sprintf("%s-%06d", kind, i) }
		g, k := goal(name("goal"), cxv1.GoalExperience, ""), kpi(name("kpi"), cxv1.KPIExperience, name("goal"))
		if i > 0 {
			g.Spec.ParentRef = cxv1.Ref(fmt.Sprintf("goal-%06d", i/3))
		}
		k.Spec.Metric = fmt.Sprint("metric-", i%50)
		k.Spec.Incentives = []cxv1.Incentive{{Function: cxv1.Function(fmt.Sprint(i % 40)), Level: cxv1.LevelStaff, Evidence: "https://example.com/pay"}}
		change := done(name("change"), []cxv1.InitiativeType{cxv1.InitiativeExperiment, cxv1.InitiativeRedesign, cxv1.InitiativeResearch}[i%3])
		change.Spec.Origin, change.Spec.Participants = cxv1.OriginEmployeeIdea, []cxv1.Ref{"builder", cxv1.Ref(name("owner"))}
		change.Spec.Insights = []cxv1.Insight{{Survey: cxv1.Ref(name("survey")), Wave: "missing"}, {RootCause: fmt.Sprint("cause-", i%30)}}
		change.Spec.RootCauses = []string{fmt.Sprint("cause-", i%60)}
		objs = append(objs, owner(name("owner"), cxv1.Function(fmt.Sprint(i%40)), cxv1.LevelStaff), g, k, change,
			journey(name("journey"), cxv1.Touchpoint{Name: "pay", OwnerRef: "clerk"}), survey(name("survey"), cxv1.Ref(name("persona"))),
			&cxv1.Persona{ObjectMeta: meta(name("persona"))},
			accept(cxv1.SubjectGoal, g.Name, cxv1.RoleAccountable, "lead"), accept(cxv1.SubjectKPI, k.Name, cxv1.RoleAccountable, "lead"),
			accept(cxv1.SubjectJourney, name("journey"), cxv1.RoleAccountable, "clerk"),
			accept(cxv1.SubjectInitiative, name("change"), cxv1.RoleAccountable, "clerk"))
		w := wave(name("survey"), i%500, "Customer")
		w.FollowUpRules = []string{"detractors"}
		ev.Waves = append(ev.Waves, w)
		for j := range 2 {
			ev.FollowUps = append(ev.FollowUps, followUp(fmt.Sprint(name("f"), j), i%300, fmt.Sprint("cause-", i%30)))
		}
	}
	return program.New("retail", objs...), ev
}

// BenchmarkJudging judges programs of 100, 1,000 and 10,000 objects: all facts alone, and facts with every criterion of
// six-stages. The goal is below 50 ms of CPU for 10,000. "loop" touches the same objects, waves and follow-ups once and does
// nothing else: the floor.
func BenchmarkJudging(b *testing.B) {
	framework, err := maturity.Builtin(maturity.SixStages)
	if err != nil {
		b.Fatal(err)
	}
	model, err := maturity.Compile(framework, "standard")
	if err != nil {
		b.Fatal(err)
	}
	for _, n := range []int{100, 1_000, 10_000} {
		s, ev := bigProgram(n)
		b.Run(fmt.Sprintf("loop/%d", n), func(b *testing.B) {
			alive := 0
			for b.Loop() {
				for _, obj := range s.All() {
					if obj.GetDeletionTimestamp() == nil {
						alive++
					}
				}
				for i := range ev.Waves {
					alive += int(ev.Waves[i].Counts.Responded & 1)
				}
				for i := range ev.FollowUps {
					alive += len(ev.FollowUps[i].RootCause) & 1
				}
			}
			if alive == 0 {
				b.Fatal("nothing to touch")
			}
			b.ReportMetric(float64(len(s.All())), "objects")
		})
		b.Run(fmt.Sprintf("facts/%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				program.Facts(s, ev, now)
			}
		})
		b.Run(fmt.Sprintf("facts+criteria/%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if program.Assess(model, s, ev, now).Result.Stage == 0 {
					b.Fatal("no stage")
				}
			}
		})
	}
}
