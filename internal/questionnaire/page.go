// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package questionnaire

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
)

// Page is all that people see of a wave: what store.PublishedWave.Page has as JSON. It is frozen with the wave, so that
// everybody is asked and promised the same.
type Page struct {
	Questionnaire cxv1.Questionnaire `json:"questionnaire"`
	// Organization is who asks.
	Organization string `json:"organization"`
	// Brand is how it looks; nil for the plain look.
	Brand *cxv1.Brand `json:"brand,omitempty"`
	// Languages are those in which the page can be read, the first one by default.
	Languages []cxv1.Language `json:"languages"`
	// Anonymity is what is promised.
	Anonymity cxv1.Anonymity `json:"anonymity"`
	// PrivacyNotice is shown before the first question; nil for none.
	PrivacyNotice *cxv1.PrivacyNotice `json:"privacyNotice,omitempty"`
	// ContactConsent says whether people are asked if they may be contacted. Anonymous pages never ask.
	ContactConsent cxv1.ContactConsent `json:"contactConsent,omitempty"`
	// ThankYou is what is shown in the end; nil for a plain thank you.
	ThankYou *cxv1.ThankYou `json:"thankYou,omitempty"`
}

// Encode makes the JSON. An error means that nobody could answer such a page.
func (p Page) Encode() ([]byte, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	return json.Marshal(p)
}

// ParsePage reads what Encode made, by a newer version too: fields that it does not know are left out.
func ParsePage(data []byte) (Page, error) {
	var p Page
	if err := json.Unmarshal(data, &p); err != nil {
		return Page{}, fmt.Errorf("the page of a wave: %w", err)
	}
	return p, p.check()
}

func (p Page) check() error {
	switch {
	case len(p.Questionnaire.Questions) == 0:
		return errors.New("the page of a wave asks nothing")
	case len(p.Languages) == 0:
		return errors.New("the page of a wave is in no language")
	case p.Anonymity == "":
		return errors.New("the page of a wave does not say how anonymous answers are")
	}
	return nil
}

// Name is whose page it is: the brand's name, or the organization's.
func (p Page) Name() string {
	if p.Brand != nil && p.Brand.Name != "" {
		return p.Brand.Name
	}
	return p.Organization
}

// AsksToContact says whether people are asked if they may be contacted about their answers.
func (p Page) AsksToContact() bool {
	return p.ContactConsent == cxv1.ConsentAsk && p.Anonymity != cxv1.AnonymityAnonymous
}

// Question finds a question by its id.
func (p Page) Question(id string) (cxv1.Question, bool) {
	i := slices.IndexFunc(p.Questionnaire.Questions, func(q cxv1.Question) bool { return q.ID == id })
	if i < 0 {
		return cxv1.Question{}, false
	}
	return p.Questionnaire.Questions[i], true
}
