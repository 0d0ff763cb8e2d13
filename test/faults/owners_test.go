// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package faults

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/controller-runtime/pkg/client"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/ownership"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/store/storetest"
	"github.com/cx-operator/cx-operator/internal/testing/build"
)

const day = 24 * time.Hour

// owners is what happens to a program in which people accept, decline and say nothing: a reports to boss, boss to top.
func owners() []chapter {
	return []chapter{
		{"owners are named", func(s *stage) { s.create(company()...) }},
		{"one accepts, another one declines by link", func(s *stage) {
			s.acceptAll(cxv1.RoleLead, cxv1.RoleSponsor)
			s.answerByLink("nps", store.Declined)
			s.publish("speed")
		}},
		{"nobody says a word for a fortnight", func(s *stage) { s.publish("nps"); s.advance(14 * day) }},
		{"the next one up the line accepts by link", func(s *stage) { s.answerByLink("nps", store.Accepted) }},
		{"all are asked whether it is still theirs", func(s *stage) { s.advance(90*day + time.Hour) }},
		{"some say yes, one says no", func(s *stage) { s.acceptAll(cxv1.RoleLead); s.answerByLink("nps", store.Declined) }},
		{"another owner is named", func(s *stage) {
			s.publish("nps")
			k := build.KPI("nps")
			s.edit(k, func() { k.Spec.OwnerRef = "boss" })
		}},
		{"two leave", func(s *stage) {
			for _, name := range []string{"a", "top"} {
				o := build.Owner(name)
				s.edit(o, func() { o.Spec.State = cxv1.OwnerLeft })
			}
		}},
		{"nobody is named any more", func(s *stage) {
			s.publish("nps")
			k := build.KPI("nps")
			s.edit(k, func() { k.Spec.OwnerRef = "" })
		}},
	}
}

func company() []client.Object {
	reports := func(manager cxv1.Ref) func(*cxv1.Owner) { return func(o *cxv1.Owner) { o.Spec.ReportsTo = manager } }
	named := func(k *cxv1.KPI) { k.Spec.OwnerRef = "a" }
	return []client.Object{
		build.KPI("nps", named), build.KPI("speed", named),
		build.Owner("a", reports("boss")), build.Owner("boss", reports("top")), build.Owner("top"), build.Owner("spare"),
		build.Program(func(p *cxv1.Program) {
			p.Spec.Lead, p.Spec.Sponsor, p.Spec.WorkingGroup = "a", "boss", []cxv1.Ref{"a"}
			p.Spec.Ownership = cxv1.Ownership{AcceptWithin: "14d", ReverifyEvery: "90d", FallbackOwner: "spare"}
		}),
	}
}

func nameOf(kpi string) string {
	return ownership.Claim{Subject: cxv1.AssignmentSubject{Kind: cxv1.SubjectKPI, Name: cxv1.Ref(kpi)}, Role: cxv1.RoleAccountable}.Name()
}

// publish lets whoever is asked about a KPI decide by a link, which it returns.
func (s *stage) publish(kpi string) [32]byte {
	s.Helper()
	a := build.OwnerAssignment(nameOf(kpi))
	if err := s.client.Get(s.Context(), client.ObjectKey{Namespace: namespace, Name: a.Name}, a); err != nil {
		s.Fatal(err)
	}
	offer := store.Offer{
		OfferKey: store.OfferKey{ProgramID: programID, Assignment: a.Name}, OfferID: a.Spec.Proposed.OfferID,
		Owner: string(a.Spec.Proposed.Owner), Page: []byte(`{}`), LinkID: [16]byte{1}, ExpiresAt: s.clock.Now().Add(365 * day),
	}
	offer.Link = sha256.Sum256([]byte(offer.OfferID))
	if _, err := s.store.PublishOffer(s.Context(), offer, [16]byte{}); err != nil {
		s.Fatal(err)
	}
	return offer.Link
}

func (s *stage) answerByLink(kpi string, result store.DecisionResult) {
	s.Helper()
	if _, err := s.store.AnswerOffer(s.Context(), s.publish(kpi), store.OfferAnswer{Result: result, Reason: "no time"}, s.clock.Now()); err != nil {
		s.Fatal(err)
	}
}

// newOffers is the store of offers, which fails once the process has crashed.
func (p *process) newOffers() store.Offers {
	before := ""
	return &storetest.FaultyOffers{Offers: p.cluster.store, Faulty: storetest.Faulty{
		BeforeWrite: func(string) error {
			if p.crashed() {
				return errDown
			}
			before = p.cluster.digest()
			return nil
		},
		AfterWrite: func(operation string) error {
			if p.cluster.digest() == before {
				return nil
			}
			return p.wrote("offers." + operation)
		},
	}}
}

// offersEnd says which links take an answer, or took one.
func (s *stage) offersEnd() string {
	s.Helper()
	var b strings.Builder
	for _, kpi := range []string{"nps", "speed"} {
		offer, answer, err := s.store.PublishedOffer(context.Background(), programID, nameOf(kpi))
		if errors.Is(err, store.ErrGone) {
			continue
		}
		if err != nil {
			s.Fatal(err)
		}
		fmt.Fprintf(&b, "a link to offer %s of %s, answered %+v\n", offer.OfferID, kpi, answer)
	}
	return b.String()
}

// asked is who is asked what since when, and all that was decided.
func (s *stage) asked() []string {
	s.Helper()
	var lines []string
	for _, obj := range s.inOrder(&cxv1.OwnerAssignment{}) {
		a := obj.(*cxv1.OwnerAssignment)
		lines = append(lines, fmt.Sprintf("%s: %s %s, %+v since %v, accepted %v", a.Name, a.Status.Phase, a.Status.Owner, a.Spec.Proposed,
			a.Status.OfferedAt, a.Status.AcceptedAt))
	}
	for _, kind := range []string{"KPI", "Program"} {
		for _, name := range []string{"nps", "speed", cxv1.ProgramName} {
			decisions, err := s.store.Decisions(s.Context(), programID, kind, name)
			if err != nil {
				s.Fatal(err)
			}
			for _, d := range decisions {
				lines = append(lines, fmt.Sprintf("%s %s %s", d.OfferID, d.Owner, d.Result))
			}
		}
	}
	return lines
}

// applyAgain deletes everything, and applies what people wrote a minute later.
func (s *stage) applyAgain() {
	s.Helper()
	for _, kind := range kinds() {
		for _, obj := range s.list(s.T, kind) {
			s.remove(obj)
		}
	}
	s.settle("all is gone")
	s.advance(time.Minute)
	s.create(company()...)
	s.settle("all is back")
}

// Only ownership is compared here: since when a criterion has been met is up to whether the scorecard is drawn when half is back.
func TestApplyingEverythingAgainKeepsAcceptancesAndAsksNobodyTwice(t *testing.T) {
	chapters := tell(t)
	for _, title := range []string{"nobody says a word for a fortnight", "some say yes, one says no"} {
		from := chapters[slices.IndexFunc(chapters, func(c told) bool { return c.title == title })+1].from
		s := enter(t, from, &process{}, nil)
		want := s.asked()
		s.applyAgain()
		writes := s.process.writes
		for k := range writes + 1 { // 0 is no crash
			t.Run(fmt.Sprintf("%s: after write %d", title, k), func(t *testing.T) {
				t.Parallel()
				s := enter(t, from, &process{crashAfter: k}, nil)
				for range 2 {
					s.applyAgain()
				}
				if diff := cmp.Diff(want, s.asked()); diff != "" {
					t.Errorf("who is asked, and what was decided (-before +after):\n%s", diff)
				}
			})
		}
	}
}
