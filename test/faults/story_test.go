// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package faults

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/runtime"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/controllers"
	"github.com/cx-operator/cx-operator/internal/kube"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/testing/build"
	"github.com/cx-operator/cx-operator/internal/testing/invariants"
)

// maxRounds is how many times everything may be looked at before it must be at rest.
const maxRounds = 40

// story is what happens to a small program with one object of every kind: each chapter changes something, and then
// the controllers work until they are at rest.
func story() []chapter {
	kpi := func(k *cxv1.KPI) {
		k.Spec.GoalRef, k.Spec.OwnerRef, k.Spec.JourneyRef, k.Spec.Touchpoint = "loyalty", "head-of-cx", "buying", "checkout"
		k.Spec.Target = &cxv1.KPITarget{Value: "40", Direction: cxv1.AtLeast}
	}
	return []chapter{
		{"objects are applied before the Program", func(s *stage) {
			s.create(build.Owner("head-of-cx"), build.Owner("sponsor"), build.Persona("shopper"))
			s.create(build.Journey("buying", func(j *cxv1.Journey) {
				j.Spec.OwnerRef, j.Spec.Personas = "head-of-cx", []cxv1.Ref{"shopper"}
				j.Spec.Stages[0].Touchpoints[0].OwnerRef = "sponsor"
			}))
			s.create(build.KPI("speed", kpi))
			s.create(build.Assessment("winter", func(a *cxv1.Assessment) {
				a.Spec.ValidFor, a.Spec.Exemptions = "2d", []cxv1.Exemption{{
					Criterion: "mob-budget", Reason: "merger under way", RequestedBy: "head-of-cx", ApprovedBy: "sponsor", Until: "2027-01-04",
				}}
			}))
			s.create(build.Survey("pulse", pulse), build.KPI("recommend", recommend))
		}},
		{"the Program comes", func(s *stage) {
			s.create(build.Program(mailing, func(p *cxv1.Program) {
				p.Spec.Lead, p.Spec.Sponsor, p.Spec.WorkingGroup = "head-of-cx", "sponsor", []cxv1.Ref{"head-of-cx", "sponsor"}
				p.Spec.Budget = &cxv1.Budget{Amount: "120000", Currency: "EUR", Year: 2027, ApprovedBy: "sponsor"}
			}))
		}},
		{"what was referred to appears", func(s *stage) {
			s.create(build.Goal("loyalty", func(g *cxv1.Goal) { g.Spec.OwnerRef, g.Spec.Due = "head-of-cx", "2027-06-30" }))
			s.create(build.Initiative("faster-checkout", func(i *cxv1.Initiative) {
				i.Spec.OwnerRef, i.Spec.ApprovedBy, i.Spec.RequestedPhase = "head-of-cx", "sponsor", cxv1.InitiativeActive
				i.Spec.JourneyRefs, i.Spec.Gap = []cxv1.Ref{"buying"}, cxv1.GapStandards
			}))
		}},
		{"owners accept", func(s *stage) { s.acceptAll() }},
		{"another sum is asked for than was approved", func(s *stage) {
			p := build.Program()
			s.edit(p, func() { p.Spec.Budget.Amount = "150000" })
		}},
		{"contacts are imported, a wave for them is due", func(s *stage) { s.importContacts(); s.advance(time.Hour) }},
		{"people answer", func(s *stage) { s.answer() }},
		{"detractors are called back", func(s *stage) { s.callBack() }},
		{"it is over, another one is due", func(s *stage) { s.advance(time.Hour) }},
		{"a KPI gets a new value, an owner leaves", func(s *stage) {
			k, o := build.KPI("speed"), build.Owner("sponsor")
			s.edit(k, func() {
				k.Spec.Source.Manual.AsOf, k.Spec.Source.Manual.Value = build.At(30*time.Minute), "38"
			})
			s.edit(o, func() { o.Spec.State = cxv1.OwnerLeft })
		}},
		{"mail is suspended", func(s *stage) { s.suspend(true) }},
		{"the wave is over, the last one is due", func(s *stage) { s.advance(time.Hour) }},
		{"it is deleted with its mail waiting", func(s *stage) { s.remove(s.latestWave()) }},
		{"mail goes on", func(s *stage) { s.suspend(false) }},
		{"the answers and the exemption are over", func(s *stage) { s.advance(48 * time.Hour) }},
		{"a month goes by", func(s *stage) { s.advance(31 * 24 * time.Hour) }},
		{"the firm brings a framework of its own", func(s *stage) { s.create(build.Framework("six-stages")) }},
		{"somebody makes a mistake in it", func(s *stage) { s.rule("f.journey >= 1") }},
		{"and corrects it", func(s *stage) { s.rule("f.journeys >= 1 && f.acceptedOwners >= 1") }},
		{"it is deleted", func(s *stage) { s.remove(build.Framework("six-stages")) }},
	}
}

type chapter struct {
	title  string
	happen func(*stage)
}

// stage is a cluster with a process at work on it.
type stage struct {
	*testing.T
	*cluster
	process     *process
	controllers map[string]controllers.Controller
	// skip leaves out a reconcile: its event was dropped. Nil leaves out none.
	skip func() bool
}

const namespace = "retail"

// enter puts a process on a cluster that goes on from a checkpoint.
func enter(t *testing.T, from checkpoint, p *process, skip func() bool) *stage {
	t.Helper()
	s := &stage{T: t, cluster: from.restore(t), skip: skip}
	s.start(p)
	return s
}

func (s *stage) create(objs ...client.Object) {
	s.Helper()
	for _, obj := range objs {
		obj.SetNamespace(namespace)
		if err := s.client.Create(s.Context(), obj); err != nil {
			s.Fatal(err)
		}
	}
}

func (s *stage) edit(obj client.Object, change func()) {
	s.Helper()
	obj.SetNamespace(namespace)
	s.cluster.edit(s.T, obj, change)
}

func (s *stage) remove(obj client.Object) {
	s.Helper()
	obj.SetNamespace(namespace)
	if err := s.client.Delete(s.Context(), obj); err != nil {
		s.Fatal(err)
	}
}

// rule changes the rule of the firm's own framework.
func (s *stage) rule(rule string) {
	s.Helper()
	f := build.Framework("six-stages")
	s.edit(f, func() { f.Spec.Stages[1].Criteria[0].Rule = rule })
}

func (s *stage) advance(d time.Duration) { s.clock.SetTime(s.clock.Now().Add(d)) }

// acceptAll accepts what is offered, or what of it has one of these roles.
func (s *stage) acceptAll(roles ...cxv1.AssignmentRole) {
	s.Helper()
	list := &cxv1.OwnerAssignmentList{}
	if err := s.client.List(s.Context(), list); err != nil {
		s.Fatal(err)
	}
	for i := range list.Items {
		a := &list.Items[i]
		if a.Spec.Proposed != nil && (len(roles) == 0 || slices.Contains(roles, a.Spec.Role)) {
			s.edit(a, func() {
				a.Spec.Decision = &cxv1.Decision{OfferID: a.Spec.Proposed.OfferID, Result: cxv1.DecisionAccepted}
			})
		}
	}
}

// start begins a life of the operator.
func (s *stage) start(p *process) {
	p.cluster = s.cluster
	p.last, p.asked = map[string]runtime.Object{}, map[string]int{}
	s.process = p
	kit := kube.Kit{Client: p.newClient(), Clock: s.clock, Rush: kube.NewRush(s.clock)}
	s.controllers = controllers.All(kit, s.client, p.services())
}

// settle works until nothing is written any more. A process that crashes is started again, without faults.
func (s *stage) settle(title string) {
	s.Helper()
	for range maxRounds {
		before, again := s.process.writes, false
		for _, name := range slices.Sorted(maps.Keys(s.controllers)) {
			again = s.round(name) || again
		}
		if err := s.sweep(); err != nil && !s.process.crashed() {
			s.Fatal(err)
		}
		again = s.deliver() || again
		if s.process.crashed() {
			s.start(&process{})
			continue
		}
		if s.process.writes == before && !again {
			s.checkInvariants(title)
			return
		}
	}
	s.Fatalf("%s: not at rest after %d rounds; the last writes: %v", title, maxRounds,
		s.process.log[max(0, len(s.process.log)-12):])
}

// round lets one controller look at all its objects; it reports whether one wants to look again at once.
func (s *stage) round(name string) (again bool) {
	s.Helper()
	c := s.controllers[name]
	s.process.name = name
	for _, obj := range s.list(s.T, s.kind(c.Kind())) {
		if s.process.crashed() {
			return false
		}
		if s.skip != nil && s.skip() {
			continue
		}
		result, err := c.Reconcile(s.Context(), ctrl.Request{NamespacedName: client.ObjectKeyFromObject(obj)})
		if err != nil && !s.process.crashed() && !s.process.stale {
			s.Fatalf("%s of %s: %v", name, obj.GetName(), err)
		}
		again = again || err != nil || (result.RequeueAfter > 0 && result.RequeueAfter <= 2*time.Second)
	}
	return again
}

func (s *stage) checkInvariants(title string) {
	s.Helper()
	for _, kind := range kinds() {
		for _, obj := range s.list(s.T, kind) {
			for _, broken := range invariants.Check(obj.(kube.Object)) {
				s.Errorf("%s: %s", title, broken)
			}
		}
	}
}

func (s *stage) kind(name string) client.Object {
	s.Helper()
	obj, err := s.client.Scheme().New(cxv1.GroupVersion.WithKind(name))
	if err != nil {
		s.Fatal(err)
	}
	return obj.(client.Object)
}

// end is the state of the world, as text: every object but for what only a version of it has, and all evidence.
func (s *stage) end() string {
	s.Helper()
	var b strings.Builder
	for _, kind := range kinds() {
		for _, item := range s.inOrder(kind) {
			obj := item.(kube.Object)
			obj.SetResourceVersion("")
			obj.SetManagedFields(nil)
			obj.SetGeneration(0)
			status := obj.CommonStatus()
			status.ObservedGeneration = 0
			for i := range status.Conditions {
				status.Conditions[i].ObservedGeneration = 0
			}
			s.write(&b, obj)
		}
	}
	evidence, err := s.store.Evidence(s.Context(), programID, store.EvidenceQuery{Now: s.clock.Now()})
	if errors.Is(err, store.ErrNotClaimed) {
		return b.String()
	}
	if err != nil {
		s.Fatal(err)
	}
	evidence.Revision, evidence.TakenAt = 0, time.Time{}
	s.write(&b, evidence)
	return s.anonymous(b.String(), evidence) + s.peopleEnd() + s.offersEnd()
}

func (s *stage) write(b *strings.Builder, v any) {
	s.Helper()
	text, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		s.Fatal(err)
	}
	b.Write(text)
	b.WriteByte('\n')
}
