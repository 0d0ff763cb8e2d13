// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/maturity"
	"github.com/cx-operator/cx-operator/internal/program"
)

// everything is all the examples together.
func everything() []program.Object {
	var all []program.Object
	seen := map[string]bool{}
	for _, obj := range slices.Concat(goals(), journeys(), initiatives()) {
		if key := program.Key(obj); !seen[key] {
			seen[key] = true
			all = append(all, obj)
		}
	}
	return all
}

// damage removes objects and changes states at random, so that facts of incomplete programs are compared too.
func damage(t *rapid.T, objs []program.Object) []program.Object {
	var kept []program.Object
	for i, obj := range objs {
		switch rapid.IntRange(0, 5).Draw(t, fmt.Sprintf("fate of %d", i)) {
		case 0:
			continue
		case 1:
			if o, ok := obj.(*cxv1.Owner); ok {
				o.Spec.State = cxv1.OwnerLeft
			}
		case 2:
			if a, ok := obj.(*cxv1.OwnerAssignment); ok {
				a.Status.AcceptedAt = nil
			}
			if g, ok := obj.(*cxv1.Goal); ok {
				g.Spec.ParentRef = rapid.SampledFrom([]cxv1.Ref{"growth", "loyalty", "alone", "ghost"}).Draw(t, "parent")
			}
		}
		kept = append(kept, obj)
	}
	return kept
}

// Facts depend on what is there and not on the order in which it came or was written.
func TestFactsDoNotDependOnOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		objs, ev := company()
		objs = damage(t, objs)
		want := program.Facts(program.New("retail", objs...), ev, now)
		if err := maturity.CheckFacts(want); err != nil {
			t.Fatal(err)
		}
		for fact, value := range want {
			if ratio, ok := value.Value.(float64); ok && strings.Contains(fact, "Ratio") && (ratio < 0 || ratio > 1) {
				t.Fatalf("%s is %v, and a share lies between 0 and 1", fact, ratio)
			}
		}
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		r.Shuffle(len(objs), func(i, j int) { objs[i], objs[j] = objs[j], objs[i] })
		shuffled := program.New("retail", objs...)
		shuffleInside(r, shuffled)
		slices.Reverse(ev.Waves)
		slices.Reverse(ev.FollowUps)
		if diff := cmp.Diff(values(want), values(program.Facts(shuffled, ev, now))); diff != "" {
			t.Fatalf("(-in order +shuffled):\n%s", diff)
		}
	})
}

func shuffleInside(r *rand.Rand, s *program.Snapshot) {
	if s.Program != nil {
		p := &s.Program.Spec
		for _, list := range []any{p.WorkingGroup, p.Governance.Members, p.Governance.Reviews, p.IdeaFund.Spent, p.Standard.Sections} {
			r.Shuffle(reflect.ValueOf(list).Len(), reflect.Swapper(list))
		}
	}
	for _, kpi := range s.KPIs {
		r.Shuffle(len(kpi.Spec.Incentives), reflect.Swapper(kpi.Spec.Incentives))
	}
	for _, i := range s.Initiatives {
		r.Shuffle(len(i.Spec.Functions), reflect.Swapper(i.Spec.Functions))
		r.Shuffle(len(i.Spec.Publications), reflect.Swapper(i.Spec.Publications))
	}
}

func values(facts map[string]maturity.Fact) map[string]any {
	out := map[string]any{}
	for name, fact := range facts {
		out[name] = fact.Value
	}
	return out
}

// Evidence can only turn "nobody can tell" into an answer; it never changes one that was given without it.
func TestEvidenceOnlyAddsAnswers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		objs, _ := company()
		s := program.New("retail", damage(t, objs)...)
		without, with := values(program.Facts(s, nil, now)), values(program.Facts(s, known, now))
		for fact, value := range without {
			if value != nil && value != with[fact] {
				t.Fatalf("%s is %v without evidence and %v with", fact, value, with[fact])
			}
		}
	})
}

// Whatever stands in a program, and in whatever state it is, there is every fact, and each is a number that rules can read.
func TestFactsOfAnyProgramAreSound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorkshop()
		for _, odd := range []any{
			cxv1.Decimal("999999999999.999999"), cxv1.Decimal("-5"), cxv1.Decimal("much"), cxv1.Date("0001-01-01"), cxv1.Date("9999-12-31"),
			cxv1.Date("soon"), cxv1.Duration("9999d"), cxv1.Duration("1s"), cxv1.Duration("often"), time.Time{}, int64(math.MaxInt64),
			int64(math.MinInt64), int32(math.MaxInt32), int32(math.MinInt32), "Pacific/Kiritimati",
		} {
			w.add(reflect.ValueOf(odd))
		}
		for range rapid.IntRange(1, 40).Draw(t, "changes") {
			places := w.places()
			at := places[rapid.IntRange(0, len(places)-1).Draw(t, "place")]
			values := w.instead(at.v)
			at.v.Set(values[rapid.IntRange(0, len(values)-1).Draw(t, "value")])
		}
		if rapid.Bool().Draw(t, "without evidence") {
			w.ev = nil
		}
		facts := program.Facts(w.s, w.ev, now)
		if err := maturity.CheckFacts(facts); err != nil {
			t.Fatal(err)
		}
		for _, def := range maturity.Facts {
			fact, ok := facts[def.Name]
			ratio, isNumber := fact.Value.(float64)
			if !ok || def.Unit == maturity.UnitRatio && isNumber && (ratio < 0 || ratio > 1) {
				t.Fatalf("%s is %v", def.Name, fact.Value)
			}
		}
	})
}
