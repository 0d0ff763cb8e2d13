// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gateway

import (
	"fmt"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/ownership"
	"github.com/cx-operator/cx-operator/internal/store"
)

// offerView is the page of an offer, before and after it was decided on.
type offerView struct {
	sheet
	D decideTexts
	// Heading is the question.
	Heading string
	Facts   facts
	// Intro says who asks whom; Means what the role means; Follows what follows from an answer.
	Intro, Means     string
	Follows          []string
	Reason           string
	ReasonHint       string
	Problem          string // what is wrong with the answer
	WrongReason      bool   // the reason is what is wrong
	Alert            *alert
	DoYes, DoNo      string
	Recorded, Notice string // after the answer: when, and that it was there already
}

// fact is a line of what an offer is about.
type fact struct{ Label, Text string }

type facts []fact

// with adds a line, if there is anything to say.
func (f facts) with(label, text string) facts {
	if text == "" {
		return f
	}
	return append(f, fact{label, text})
}

// asking is which of the questions an offer asks.
type asking int

const (
	toTake asking = iota
	toApprove
	toVerify
)

func asks(page ownership.OfferPage) asking {
	switch {
	case page.Role == cxv1.RoleApprover:
		return toApprove
	case page.Verification:
		return toVerify
	}
	return toTake
}

func offerSheet(page ownership.OfferPage, language cxv1.Language) sheet {
	return sheet{
		T: textsIn(language), Lang: language, Name: page.Asker(), Logo: logoOf(page.Brand), Brand: colourOf(page.Brand)[1:],
		Languages: languageChoices(spoken, language),
	}
}

// newOfferView is the page that asks.
func newOfferView(page ownership.OfferPage, language cxv1.Language) offerView {
	t := decideTextsIn(language)
	v := offerView{
		sheet: offerSheet(page, language), D: t, Facts: subjectOf(page, t).standing(page, language),
		ReasonHint: fmt.Sprintf(t.ReasonHint, store.MaxReason),
	}
	v.InForm = true
	_, v.Means = t.role(page.Role)
	intro := t.TakeText
	switch asks(page) {
	case toApprove:
		v.Title, v.DoYes, v.DoNo, intro = t.Approve, t.DoApprove, t.DoReject, t.ApproveText
	case toVerify:
		v.Title, v.DoYes, v.DoNo, intro = t.Verify, t.DoKeep, t.DoLeave, t.VerifyText
	case toTake:
		v.Title, v.DoYes, v.DoNo = t.Take, t.DoAccept, t.DoDecline
	}
	v.Heading = v.Title
	v.Intro = fmt.Sprintf(intro, page.Asker(), page.Owner)
	yes, no := follows(page, t)
	v.Follows = []string{yes, no, fmt.Sprintf(t.Kept, page.Owner)}
	return v
}

// follows says what a yes and a no lead to. Whoever is asked for a role held by one stands in a line; a no of an approver is an
// answer, and a role that several hold is asked of each alone.
func follows(page ownership.OfferPage, t decideTexts) (yes, no string) {
	handover := page.InForce != ""
	switch {
	case page.Role == cxv1.RoleApprover:
		return t.AcceptApprove, t.DeclineApprove
	case shared(page) && page.Verification:
		return t.AcceptVerify, t.DeclineShared
	case shared(page):
		return t.AcceptTake, t.DeclineShared
	case page.Verification:
		return t.AcceptVerify, t.DeclineVerify
	case handover:
		return fmt.Sprintf(t.AcceptHandover, page.InForce), fmt.Sprintf(t.DeclineHandover, page.InForce)
	}
	return t.AcceptTake, t.DeclineLine
}

// subjectOf is what an offer is about.
func subjectOf(page ownership.OfferPage, t decideTexts) facts {
	s := page.Subject
	name := s.Name
	if s.Title != "" && s.Title != s.Name {
		name = s.Title + " (" + s.Name + ")"
	}
	role, _ := t.role(page.Role)
	return facts{}.with(t.kind(s.Kind), name).with(t.Touchpoint, s.Touchpoint).with(t.Item, itemOf(s, t)).with(t.Terms, page.Terms).
		with(t.Role, role)
}

// standing is how it stands with an offer that nobody has decided on.
func (f facts) standing(page ownership.OfferPage, language cxv1.Language) facts {
	t := decideTextsIn(language)
	switch {
	case page.Role == cxv1.RoleApprover:
		f = f.with(t.ApprovedBy, page.InForce)
	case page.InForce != "":
		f = f.with(t.InForce, page.InForce)
	case !shared(page):
		f = f.with(t.InForce, t.Nobody)
	}
	f = f.with(t.InsteadOf, page.InsteadOf).with(t.Asked, instant(page.OfferedAt, language))
	if page.DecideBy.IsZero() {
		return f
	}
	return f.with(t.DecideBy, instant(page.DecideBy, language))
}

// shared says that several may hold the role.
func shared(page ownership.OfferPage) bool { return ownership.Claim{Role: page.Role}.Shared() }

func itemOf(s ownership.OfferSubject, t decideTexts) string {
	switch {
	case s.Kind == cxv1.SubjectProgram && s.Item == cxv1.ItemBudget:
		return t.Budget
	case s.Kind == cxv1.SubjectProgram && s.Item == cxv1.ItemStandard:
		return t.Standard
	case s.Kind == cxv1.SubjectAssessment && s.Item != "":
		return fmt.Sprintf(t.Exemption, s.Item)
	}
	return s.Item
}

// answeredView is the page after the answer: now, and whenever the link is opened again. first says that another answer came
// after it.
func answeredView(page ownership.OfferPage, answer store.OfferAnswer, language cxv1.Language, first bool) offerView {
	t := decideTextsIn(language)
	v := offerView{sheet: offerSheet(page, language), D: t, Reason: answer.Reason}
	v.Title = answeredTitle(page, answer.Result == store.Accepted, t)
	v.Recorded = fmt.Sprintf(t.Recorded, instant(answer.At.In(page.OfferedAt.Location()), language), page.Owner)
	v.Facts = subjectOf(page, t)
	if first {
		v.Notice = t.First
	}
	return v
}

func answeredTitle(page ownership.OfferPage, yes bool, t decideTexts) string {
	titles := map[asking][2]string{toTake: {t.Declined, t.Accepted}, toApprove: {t.Rejected, t.Approved}, toVerify: {t.Left, t.Confirmed}}
	if yes {
		return titles[asks(page)][1]
	}
	return titles[asks(page)][0]
}
