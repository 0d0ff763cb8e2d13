// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration_test

import (
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/kube"
	"github.com/cx-operator/cx-operator/internal/testing/build"
)

// mistake is an object that is wrong, what Ready says of it, and words of the message.
type mistake struct {
	obj   kube.Object
	says  string
	words []string
}

// mistakes are what people get wrong and the operator reports.
func mistakes() map[string]struct {
	others []client.Object
	wrong  []mistake
	right  func(*world)
} {
	goal := func(name string, parent cxv1.Ref) *cxv1.Goal {
		return build.Goal(name, func(g *cxv1.Goal) { g.Spec.ParentRef = parent })
	}
	owner := func(name string, manager cxv1.Ref) *cxv1.Owner {
		return build.Owner(name, func(o *cxv1.Owner) { o.Spec.ReportsTo = manager })
	}
	initiative := func(name string, waitsFor cxv1.Ref) *cxv1.Initiative {
		return build.Initiative(name, func(i *cxv1.Initiative) { i.Spec.DependsOn = []cxv1.Ref{waitsFor} })
	}
	return map[string]struct {
		others []client.Object
		wrong  []mistake
		right  func(*world)
	}{
		"an unknown reference": {
			wrong: []mistake{{build.Goal("loyalty", func(g *cxv1.Goal) { g.Spec.OwnerRef = "ghost" }),
				"False/ReferenceNotFound", []string{`spec.ownerRef names Owner "ghost"`, "Create what is missing"}}},
			right: func(w *world) { w.Create(build.Owner("ghost")) },
		},
		"goals in a circle": {
			wrong: []mistake{
				{goal("a", "c"), "False/ReferenceCycle", []string{"a → c → b → a", "Change parentRef"}},
				{goal("b", "a"), "False/ReferenceCycle", []string{"b → a → c → b"}},
				{goal("c", "b"), "False/ReferenceCycle", []string{"c → b → a → c"}},
			},
			right: func(w *world) { edit(w, build.Goal("b"), func(g *cxv1.Goal) { g.Spec.ParentRef = "" }) },
		},
		"owners who report to each other": {
			wrong: []mistake{
				{owner("x", "z"), "False/ReferenceCycle", []string{"x → z → y → x", "Change reportsTo"}},
				{owner("y", "x"), "False/ReferenceCycle", []string{"x → z → y → x"}},
				{owner("z", "y"), "False/ReferenceCycle", []string{"x → z → y → x"}},
			},
			right: func(w *world) { edit(w, build.Owner("y"), func(o *cxv1.Owner) { o.Spec.ReportsTo = "" }) },
		},
		"initiatives that wait for each other": {
			wrong: []mistake{
				{initiative("one", "two"), "False/ReferenceCycle", []string{"one → two → one", "dependsOn"}},
				{initiative("two", "one"), "False/ReferenceCycle", []string{"two → one → two"}},
			},
			right: func(w *world) { edit(w, build.Initiative("two"), func(i *cxv1.Initiative) { i.Spec.DependsOn = nil }) },
		},
		"a schedule that never comes due": {
			others: []client.Object{build.Persona("shopper")},
			wrong: []mistake{{build.Survey("pulse", func(s *cxv1.Survey) { s.Spec.Schedule.Cron = "0 9 31 2 *" }),
				"False/InvalidSchedule", []string{"spec.schedule.cron", "never"}}},
			right: func(w *world) {
				edit(w, build.Survey("pulse"), func(s *cxv1.Survey) { s.Spec.Schedule.Cron = "0 9 1 3 *" })
			},
		},
		"a time zone that a survey makes up": {
			others: []client.Object{build.Persona("shopper")},
			wrong: []mistake{{build.Survey("pulse", func(s *cxv1.Survey) { s.Spec.Schedule.TimeZone = "Europe/Atlantis" }),
				"False/InvalidSchedule", []string{"spec.schedule.timeZone", "Europe/Atlantis"}}},
			right: func(w *world) {
				edit(w, build.Survey("pulse"), func(s *cxv1.Survey) { s.Spec.Schedule.TimeZone = "Europe/Lisbon" })
			},
		},
		"counts that do not add up": {
			wrong: []mistake{{kpi("share", func(k *cxv1.KPI) {
				k.Spec.Method, k.Spec.Source.Manual.Value = cxv1.MethodShare, ""
				k.Spec.Source.Manual.Counts = &cxv1.Counts{Chosen: new(int64(90)), Total: new(int64(80))}
			}), "False/CountsInconsistent", []string{"spec.source.manual", "chosen is 90 of a total of 80"}}},
			right: func(w *world) {
				edit(w, build.KPI("share"), func(k *cxv1.KPI) { k.Spec.Source.Manual.Counts.Total = new(int64(120)) })
			},
		},
	}
}

func TestBadInputIsReportedAndRecovers(t *testing.T) {
	w := newWorld(t, clock.RealClock{}, 1)
	programs := 0
	// enter makes a namespace, with a Program whose id nobody has, and one object that is right.
	enter := func(t *testing.T, changes ...func(*cxv1.Program)) (*world, *cxv1.Program) {
		b := w.beside(t)
		programs++
		prog := build.Program(append([]func(*cxv1.Program){func(p *cxv1.Program) {
			p.Spec.ID = fmt.Sprintf("bad-input-%d", programs)
		}}, changes...)...)
		b.Create(prog, build.Owner("bystander"))
		return b, prog
	}
	for name, tc := range mistakes() {
		t.Run(name, func(t *testing.T) {
			w, _ := enter(t)
			w.Create(tc.others...)
			for _, m := range tc.wrong {
				w.Create(m.obj)
			}
			for _, m := range tc.wrong {
				w.expect(m.obj, m.says, m.words...)
			}
			w.expect(build.Owner("bystander"), "True/Ready")
			tc.right(w)
			for _, m := range tc.wrong {
				w.expect(m.obj, "True/Ready")
			}
		})
	}
	t.Run("a time zone that the Program makes up", func(t *testing.T) {
		w, prog := enter(t, func(p *cxv1.Program) { p.Spec.TimeZone = "Europe/Atlantis" })
		w.expect(prog, "False/UnknownTimeZone", "spec.timeZone", "Europe/Atlantis")
		w.expect(build.Owner("bystander"), "False/ProgramNotReady", "UnknownTimeZone")
		edit(w, prog, func(p *cxv1.Program) { p.Spec.TimeZone = "Europe/Lisbon" })
		w.awaitReady(2)
	})
	t.Run("no Program at all", func(t *testing.T) {
		w := w.beside(t)
		owner := build.Owner("early-bird")
		w.Create(owner)
		w.expect(owner, "False/NoProgram", `create one named "program"`)
		w.Create(build.Program(func(p *cxv1.Program) { p.Spec.ID = "late" }))
		w.awaitReady(2)
	})
	t.Run("an id that another namespace uses", func(t *testing.T) {
		first, prog := enter(t)
		first.awaitReady(2)
		second, again := enter(t, func(p *cxv1.Program) { p.Spec.ID = prog.Spec.ID })
		home := &corev1.Namespace{}
		if err := first.Client.Get(t.Context(), client.ObjectKey{Name: first.Namespace}, home); err != nil {
			t.Fatal(err)
		}
		second.expect(again, "False/IdInUse", prog.Spec.ID, first.Namespace, cxv1.AnnotationAdoptFrom, string(home.UID))
		second.expect(build.Owner("bystander"), "False/ProgramNotReady", "IdInUse")
		first.expect(prog, "True/Ready")
		edit(second, again, func(p *cxv1.Program) { p.Annotations = map[string]string{cxv1.AnnotationAdoptFrom: string(home.UID)} })
		second.awaitReady(2)
		edit(first, prog, func(p *cxv1.Program) { p.Spec.Organization = "The former holder" })
		first.expect(prog, "False/IdInUse", second.Namespace)
	})
}

func TestWhatTheAPIServerRefusesSaysWhatToDo(t *testing.T) {
	w := newWorld(t, clock.RealClock{}, 1)
	w.Create(build.Program())
	for name, tc := range map[string]struct {
		wrong, right client.Object
		says         string
	}{
		"a Program with another name": {
			build.Program(func(p *cxv1.Program) { p.Name = "our-program" }), nil, "set metadata.name to 'program'",
		},
		"an owner who reports to himself": {
			build.Owner("boss", func(o *cxv1.Owner) { o.Spec.ReportsTo = "boss" }), build.Owner("boss"),
			"an owner cannot report to themselves: name their manager in reportsTo",
		},
		"a goal above itself": {
			build.Goal("top", func(g *cxv1.Goal) { g.Spec.ParentRef = "top" }), build.Goal("top"),
			"name the goal above it in parentRef",
		},
		"a level that does not exist": {
			build.Owner("duke", func(o *cxv1.Owner) { o.Spec.Level = "Duke" }), build.Owner("duke"),
			`spec.level: Unsupported value: "Duke": supported values: "Staff", "Manager"`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			err := w.Client.Create(t.Context(), w.In(tc.wrong))
			if !apierrors.IsInvalid(err) || !strings.Contains(err.Error(), tc.says) {
				t.Errorf("the API server says %v, want it to refuse with %q", err, tc.says)
			}
			if tc.right != nil {
				w.Create(tc.right)
				w.expect(tc.right.(kube.Object), "True/Ready")
			}
		})
	}
	w.awaitReady(4)
}
