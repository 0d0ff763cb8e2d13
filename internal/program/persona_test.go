// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/store"
	"github.com/cx-operator/cx-operator/internal/testing/build"
)

func TestAPersonaSaysWhatItsDescriptionLacks(t *testing.T) {
	full := func(s *cxv1.PersonaSpec) {
		s.Goals, s.Needs, s.Pains = []string{"a free weekend"}, []string{"short ways"}, []string{"queues"}
		s.Evidence = []cxv1.Evidence{"https://wiki.example.com/interviews"}
	}
	for name, tc := range map[string]struct {
		change         func(*cxv1.PersonaSpec)
		gaps, evidence string
		message        string
	}{
		"nothing is missing":    {full, "", "True/EvidenceGiven", "The description is complete."},
		"only a name":           {func(*cxv1.PersonaSpec) {}, "goals needs pains evidence", "False/Assumed", "Usable; the description lacks goals, needs, pains, evidence."},
		"no pains":              {func(s *cxv1.PersonaSpec) { full(s); s.Pains = nil }, "pains", "True/EvidenceGiven", "Usable; the description lacks pains."},
		"nobody talked to them": {func(s *cxv1.PersonaSpec) { full(s); s.Evidence = nil }, "evidence", "False/Assumed", "Usable; the description lacks evidence."},
	} {
		t.Run(name, func(t *testing.T) {
			persona := build.Persona("shopper", func(p *cxv1.Persona) {
				tc.change(&p.Spec)
				p.Status.Gaps = []string{"of an earlier look"}
			})
			c := program.DescribePersona(persona, program.PersonaUse{Journeys: 2, Surveys: 1})
			if got := strings.Join(persona.Status.Gaps, " "); got != tc.gaps {
				t.Errorf("lacks %q, want %q", got, tc.gaps)
			}
			if got := fmt.Sprintf("%s/%s", c.Status, c.Reason); got != tc.evidence || c.Type != cxv1.ConditionEvidenceBased || c.Message == "" {
				t.Errorf("%s is %s (%s), want %s", c.Type, got, c.Message, tc.evidence)
			}
			if got := program.PersonaMessage(persona); got != tc.message {
				t.Errorf("the message is %q", got)
			}
			if s := persona.Status; *s.Journeys != 2 || *s.Surveys != 1 || *s.KPIs != 0 {
				t.Errorf("%d journeys, %d surveys, %d KPIs", *s.Journeys, *s.Surveys, *s.KPIs)
			}
		})
	}
}

func TestAPersonaSaysWhomOfItOneCanAsk(t *testing.T) {
	for name, tc := range map[string]struct {
		contacts *store.ContactCounts
		surveys  int
		want     string
		contains string
	}{
		"nobody can be asked":            {surveys: 2, want: "absent"},
		"nobody is known, nobody asks":   {contacts: &store.ContactCounts{}, want: "absent"},
		"nobody is known, a survey asks": {contacts: &store.ContactCounts{}, surveys: 1, want: "False/NoContacts", contains: "contacts import"},
		"some can be written to": {contacts: &store.ContactCounts{Known: 5, Reachable: 1, OptedOut: 3, Invalid: 2}, surveys: 1,
			want: "True/ContactsReachable", contains: "can be written to"},
		"some could be, nobody asks": {contacts: &store.ContactCounts{Known: 1, Reachable: 1}, want: "True/ContactsReachable"},
		"all said no or bounced": {contacts: &store.ContactCounts{Known: 2, OptedOut: 2, Invalid: 1}, surveys: 1,
			want: "False/NobodyReachable", contains: "correct the addresses"},
	} {
		persona := build.Persona("shopper", func(p *cxv1.Persona) {
			p.Status.Surveys, p.Status.Contacts = new(int32(tc.surveys)), &cxv1.PersonaContacts{Known: 99}
		})
		c := program.CountReachable(persona, tc.contacts)
		got := "absent"
		if c != nil {
			got = fmt.Sprintf("%s/%s", c.Status, c.Reason)
		} else {
			c = &metav1.Condition{}
		}
		if got != tc.want || !strings.Contains(c.Message, tc.contains) {
			t.Errorf("%s: %s (%s), want %s with %q", name, got, c.Message, tc.want, tc.contains)
		}
		var want *cxv1.PersonaContacts
		if n := tc.contacts; n != nil {
			want = &cxv1.PersonaContacts{Known: n.Known, Reachable: n.Reachable, OptedOut: n.OptedOut, Invalid: n.Invalid}
		}
		if diff := cmp.Diff(want, persona.Status.Contacts); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
