// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ownership

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/store"
)

// Terms are what exactly an approver approves. They are part of the offer, so other terms are another offer, and a yes to
// earlier ones does not answer it. The zero value is for claims whose subject says it all. A change of the words below asks
// every approver again.
type Terms struct {
	// Text says it in a few words, e.g. "budget 120000 EUR for 2027".
	Text string
	// Reason is why people ask for it; "" where nobody has to say. It is approved with the rest, but messages leave it out:
	// people write it freely.
	Reason string
}

// String is the whole of the terms, as the owner reads them and as they are recorded.
func (t Terms) String() string {
	if t.Reason == "" {
		return t.Text
	}
	return t.Text + ": " + t.Reason
}

// after adds the terms to a sentence without its full stop.
func (t Terms) after(sentence string) string {
	if t.Text == "" {
		return sentence + "."
	}
	return sentence + ": " + t.Text + "."
}

func budgetTerms(b *v1alpha1.Budget) Terms {
	return Terms{Text: oneLine(fmt.Sprintf("budget %s %s for %d", b.Amount, b.Currency, b.Year))}
}

func standardTerms(s *v1alpha1.Standard) Terms {
	return Terms{Text: oneLine("standard version " + s.Version)}
}

func exemptionTerms(e *v1alpha1.Exemption) Terms {
	return Terms{
		Text:   oneLine(fmt.Sprintf("exemption from %s until %s", e.Criterion, e.Until)),
		Reason: oneLine(e.Reason),
	}
}

// oneLine keeps out of records and messages what only disturbs them: line breaks, control characters, runs of spaces.
func oneLine(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
}

// Approved reports whether the owner whom an object names as its approver, or as the one of an item of it, said yes to its
// present terms. It is the one answer to that question, for a cluster and for a folder alike. It goes by recorded decisions,
// as an assignment may trail behind its subject: the last acceptance counts, unless the same owner declined since. That the
// owner is still there is not asked. False when the object names nobody.
func Approved(obj any, item string, recorded []store.Decision) bool {
	for _, claim := range Subjects(obj) {
		if claim.Role == v1alpha1.RoleApprover && claim.Subject.Item == item {
			return claim.accepted(recorded)
		}
	}
	return false
}

func (c Claim) accepted(recorded []store.Decision) bool {
	holder := decisionsAbout(c, recorded).holder(c.Terms)
	return holder != nil && holder.Owner == c.Owner && holder.Result == store.Accepted
}
