// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ownership

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/cx-operator/cx-operator/api/v1alpha1"
)

// OfferPage is all that somebody who decides by a link sees of an offer: what store.Offer.Page has as JSON. Names are those
// that people go by.
type OfferPage struct {
	// Language is the owner's: that in which the page is shown at first.
	Language v1alpha1.Language `json:"language"`
	// Organization is who asks.
	Organization string `json:"organization"`
	// Brand is how it looks; nil for the plain look.
	Brand *v1alpha1.Brand `json:"brand,omitempty"`
	// Subject is what is to be answered for.
	Subject OfferSubject            `json:"subject"`
	Role    v1alpha1.AssignmentRole `json:"role"`
	// Owner is who is asked.
	Owner string `json:"owner"`
	// InsteadOf is whom the subject names, when Owner is asked in their place; "" otherwise.
	InsteadOf string `json:"insteadOf,omitempty"`
	// Terms are what exactly an approver approves; "" where the subject says it all.
	Terms string `json:"terms,omitempty"`
	// OfferedAt is since when Owner has been asked. Times are shown by the clock that they come with: give them the program's.
	OfferedAt time.Time `json:"offeredAt"`
	// DecideBy is by when they are asked to decide; zero when there is no such time.
	DecideBy time.Time `json:"decideBy,omitzero"`
	// InForce is who holds the role now; "" when nobody does.
	InForce string `json:"inForce,omitempty"`
	// Verification says that Owner holds the role and is asked whether it is still theirs.
	Verification bool `json:"verification,omitempty"`
}

// OfferSubject is what is to be answered for.
type OfferSubject struct {
	Kind v1alpha1.SubjectKind `json:"kind"`
	// Name is that of the object, Title what people call it; "" when nobody wrote one.
	Name  string `json:"name"`
	Title string `json:"title,omitempty"`
	// Touchpoint and Item are as in an assignment's subject; "" for the object itself.
	Touchpoint string `json:"touchpoint,omitempty"`
	Item       string `json:"item,omitempty"`
}

// Encode makes the JSON. An error means that nobody could decide on such a page.
func (p OfferPage) Encode() ([]byte, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	return json.Marshal(p)
}

// ParseOfferPage reads what Encode made, by a newer version too: fields that it does not know are left out.
func ParseOfferPage(data []byte) (OfferPage, error) {
	var p OfferPage
	if err := json.Unmarshal(data, &p); err != nil {
		return OfferPage{}, fmt.Errorf("the page of an offer: %w", err)
	}
	return p, p.check()
}

func (p OfferPage) check() error {
	switch {
	case p.Organization == "":
		return errors.New("the page of an offer does not say who asks")
	case p.Subject.Kind == "" || p.Subject.Name == "":
		return errors.New("the page of an offer does not say what it is about")
	case p.Role == "":
		return errors.New("the page of an offer names no role")
	case p.Owner == "":
		return errors.New("the page of an offer does not say who is asked")
	case p.OfferedAt.IsZero():
		return errors.New("the page of an offer does not say since when")
	}
	return nil
}

// Asker is whose page it is: the brand's name, or the organization's.
func (p OfferPage) Asker() string {
	if p.Brand != nil && p.Brand.Name != "" {
		return p.Brand.Name
	}
	return p.Organization
}
