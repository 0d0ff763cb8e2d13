// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ownership_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/ownership"
)

func offerPage() ownership.OfferPage {
	asked := time.Date(2027, time.January, 4, 9, 0, 0, 0, time.UTC)
	return ownership.OfferPage{
		Language: v1alpha1.LanguageRU, Organization: "Example Retail", Brand: &v1alpha1.Brand{Name: "Example", Colour: "#0b6e4f"},
		Subject: ownership.OfferSubject{Kind: v1alpha1.SubjectJourney, Name: "returns", Title: "Returning something", Touchpoint: "counter"},
		Role:    v1alpha1.RoleAccountable, Owner: "Head of service", InsteadOf: "Store lead", OfferedAt: asked, DecideBy: asked.AddDate(0, 0, 14),
		InForce: "Head of CX",
	}
}

func TestThePageOfAnOfferComesBack(t *testing.T) {
	for name, change := range map[string]func(*ownership.OfferPage){
		"with everything":     func(*ownership.OfferPage) {},
		"without what may be": func(p *ownership.OfferPage) { p.Brand, p.InsteadOf, p.InForce, p.DecideBy = nil, "", "", time.Time{} },
		"an approval": func(p *ownership.OfferPage) {
			p.Subject = ownership.OfferSubject{Kind: v1alpha1.SubjectProgram, Name: "program", Item: v1alpha1.ItemBudget}
			p.Role, p.Terms = v1alpha1.RoleApprover, "budget 120000 EUR for 2027"
		},
		"a verification": func(p *ownership.OfferPage) { p.Verification = true },
	} {
		want := offerPage()
		change(&want)
		data, err := want.Encode()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		newer := strings.Replace(string(data), "{", `{"fieldOfANewerVersion": [1], `, 1)
		for _, text := range []string{string(data), newer} {
			got, err := ownership.ParseOfferPage([]byte(text))
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
			}
		}
	}
}

func TestPagesOnWhichNobodyCouldDecideAreRefused(t *testing.T) {
	for want, change := range map[string]func(*ownership.OfferPage){
		"who asks":         func(p *ownership.OfferPage) { p.Organization = "" },
		"what it is about": func(p *ownership.OfferPage) { p.Subject.Name = "" },
		"names no role":    func(p *ownership.OfferPage) { p.Role = "" },
		"who is asked":     func(p *ownership.OfferPage) { p.Owner = "" },
		"since when":       func(p *ownership.OfferPage) { p.OfferedAt = time.Time{} },
	} {
		p := offerPage()
		change(&p)
		if _, err := p.Encode(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	for _, text := range []string{``, `[]`, `{}`, `{"subject": 7}`} {
		if _, err := ownership.ParseOfferPage([]byte(text)); err == nil {
			t.Errorf("%q is read", text)
		}
	}
}

func TestTheBrandsNameComesFirst(t *testing.T) {
	p := offerPage()
	if got := p.Asker(); got != "Example" {
		t.Errorf("the brand's name: %q", got)
	}
	p.Brand.Name = ""
	if got := p.Asker(); got != "Example Retail" {
		t.Errorf("without a brand's name: %q", got)
	}
	if p.Brand = nil; p.Asker() != "Example Retail" {
		t.Errorf("without a brand: %q", p.Asker())
	}
}
