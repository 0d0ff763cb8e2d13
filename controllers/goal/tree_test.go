// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package goal_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/controllers/goal"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/testing/world"
)

const size = 8

// forest is a random tree of goals with KPIs, on the API server.
type forest struct {
	*world.World
	t     *testing.T
	r     *rand.Rand
	goals []*cxv1.Goal
	kpis  []*cxv1.KPI
}

func grow(t *testing.T, seed uint64) *forest {
	t.Helper()
	f := &forest{World: world.New(t), t: t, r: rand.New(rand.NewPCG(seed, seed))}
	for i := range size {
		f.goals = append(f.goals, made(fmt.Sprint("g", i), f.above(i)))
		f.Create(f.goals[i])
	}
	for i := range 10 {
		f.kpis = append(f.kpis, measures(fmt.Sprint("k", i), f.name(f.r.IntN(size))))
		f.Create(f.kpis[i])
		f.judge(i)
	}
	return f
}

func (f *forest) name(i int) cxv1.Ref { return cxv1.Ref(f.goals[i].Name) }

// above is nobody, or a goal that was made before goal i: so there is no circle.
func (f *forest) above(i int) cxv1.Ref {
	if i == 0 || f.r.IntN(5) == 0 {
		return ""
	}
	return f.name(f.r.IntN(i))
}

func (f *forest) judge(i int) {
	f.t.Helper()
	verdicts := []metav1.ConditionStatus{metav1.ConditionTrue, metav1.ConditionFalse, metav1.ConditionUnknown}
	f.Report(f.kpis[i], cxv1.ConditionTargetMet, verdicts[f.r.IntN(3)])
}

// settle looks at all goals, in another order each time, until nothing is written any more.
func (f *forest) settle() {
	f.t.Helper()
	goals := goal.New(f.Kit)
	for range len(f.goals) + 1 {
		f.Writes.Reset()
		for _, i := range f.r.Perm(len(f.goals)) {
			f.Look(goals, f.goals[i])
		}
		if f.Writes.Total() == 0 {
			return
		}
	}
	f.t.Fatal("the goals do not come to rest in as many rounds as there are goals")
}

// count counts the KPIs below a goal one by one.
func (f *forest) count(top int) cxv1.KPIRollup {
	parent := map[cxv1.Ref]cxv1.Ref{}
	for i, g := range f.goals {
		parent[f.name(i)] = g.Spec.ParentRef
	}
	var below []*cxv1.KPI
	for _, k := range f.kpis {
		for at := k.Spec.GoalRef; at != ""; at = parent[at] {
			if at == f.name(top) {
				below = append(below, k)
			}
		}
	}
	return program.Rollup(below)
}

func (f *forest) check(when string) {
	f.t.Helper()
	for i, g := range f.goals {
		if diff := cmp.Diff(f.count(i), *g.Status.KPIs); diff != "" {
			f.t.Errorf("%s, goal %s (-counted +rolled up):\n%s", when, g.Name, diff)
		}
	}
}

func TestInWhateverOrderTheTreeComesToRestAtTheRightNumbers(t *testing.T) {
	f := grow(t, 1)
	f.settle()
	f.check("at first")
	for i := range 3 {
		f.judge(i)
	}
	moved := 1 + f.r.IntN(size-1)
	world.Update(f.World, f.goals[moved], func(g *cxv1.Goal) { g.Spec.ParentRef = f.above(moved) })
	world.Update(f.World, f.kpis[4], func(k *cxv1.KPI) { k.Spec.GoalRef = f.name(f.r.IntN(size)) })
	f.settle()
	f.check("after changes")
}
