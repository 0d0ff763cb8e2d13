// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ownership

import (
	"cmp"
	"time"

	"github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/store"
)

// How a decision came about, as it is recorded.
const (
	// MeansResource: it was written to spec.decision.
	MeansResource = "OwnerAssignment"
	// MeansMailLink: it was given by the link in a mail to the one asked.
	MeansMailLink = "MailLink"
	// MeansTimeout: nobody decided in time, so the offer lapsed.
	MeansTimeout = "Timeout"
)

// Who decided, where no user name is proven. The API server does not tell controllers who wrote a field: without the admission
// policies, whoever may patch assignments in the namespace could have done it.
const (
	DecidedByUnknown = "unknown"
	DecidedByNobody  = "nobody"
	decidedByLink    = "mail link sent to "
)

// decisions are what is recorded about one claim; about one owner only, when the role is shared.
type decisions struct {
	claim Claim
	// latest has the latest decision of each owner, on whatever terms.
	latest map[string]store.Decision
	// took is when each owner last took it over, as far as that is known: a later yes only confirmed it.
	took map[string]time.Time
	// offers are those that were decided on.
	offers map[string]bool
}

func decisionsAbout(claim Claim, recorded []store.Decision) decisions {
	l := decisions{claim: claim, latest: map[string]store.Decision{}, took: map[string]time.Time{}, offers: map[string]bool{}}
	for _, d := range recorded {
		about := v1alpha1.AssignmentSubject{
			Kind: v1alpha1.SubjectKind(d.SubjectKind), Name: v1alpha1.Ref(d.SubjectName),
			Touchpoint: v1alpha1.TouchpointName(d.Touchpoint), Item: d.Item,
		}
		if about == claim.Subject && d.Role == string(claim.Role) && (d.Owner == claim.Owner || !claim.Shared()) {
			l.add(d)
		}
	}
	return l
}

func (l decisions) add(d store.Decision) {
	l.offers[d.OfferID] = true
	if before, known := l.latest[d.Owner]; !known || compareDecisions(before, d) < 0 {
		l.latest[d.Owner] = d
	}
	if d.Result == store.Accepted && !Confirming(d.OfferID) && d.At.After(l.took[d.Owner]) {
		l.took[d.Owner] = d.At
	}
}

// compareDecisions orders decisions by time, as the evidence log does.
func compareDecisions(a, b store.Decision) int {
	return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.OfferID, b.OfferID))
}

// holder is the decision by which somebody is in force, if it was on these terms. That is the latest yes; or whatever was said
// since to the question whether it is still theirs, because whoever is asked that is in force and stays until somebody else
// accepts. A shared role is nobody else's to accept: there, a no ends it. Who accepted other terms holds nothing, and neither
// does whoever held it before them.
func (l decisions) holder(terms Terms) *store.Decision {
	var holder *store.Decision
	for _, d := range l.latest {
		holds := d.Result == store.Accepted || Confirming(d.OfferID) && !l.claim.Shared()
		if holds && (holder == nil || compareDecisions(*holder, d) < 0) {
			holder = &d
		}
	}
	if holder == nil || holder.Terms != terms.String() {
		return nil
	}
	return holder
}

// refusal is the no, or the silence, of an owner to these terms since an instant; nil when there is none.
func (l decisions) refusal(owner string, since time.Time) *store.Decision {
	d, decided := l.latest[owner]
	if !decided || d.Result == store.Accepted || d.Terms != l.claim.Terms.String() || d.At.Before(since) {
		return nil
	}
	return &d
}

// acceptedAt is when whoever is in force took it over. Where only their latest decision is known, it is when they last said
// yes. Zero when their last word was no: nobody is said to agree who does not.
func (l decisions) acceptedAt(holder *store.Decision) time.Time {
	if holder.Result != store.Accepted {
		return time.Time{}
	}
	if took, known := l.took[holder.Owner]; known {
		return took
	}
	return holder.At
}

// round is that of the next offer to an owner.
func (l decisions) round(owner string) int {
	if d, decided := l.latest[owner]; decided {
		return roundOf(d.OfferID) + 1
	}
	return 0
}

// record makes a record of what became of an offer. It is later than all decisions before it, and not before the subject named
// its owner, even when the clock was set back: the order of acceptances decides who is in force.
func (l decisions) record(owner, offer string, given answer, namedSince time.Time) store.Decision {
	at := store.UTCMicro(given.at)
	if at.Before(namedSince) {
		at = store.UTCMicro(namedSince)
	}
	for _, d := range l.latest {
		if !at.After(d.At) {
			at = store.UTCMicro(d.At).Add(time.Microsecond)
		}
	}
	about := l.claim.Subject
	return store.Decision{
		OfferID:     offer,
		SubjectKind: string(about.Kind),
		SubjectName: string(about.Name),
		Touchpoint:  string(about.Touchpoint),
		Item:        about.Item,
		Terms:       l.claim.Terms.String(),
		Role:        string(l.claim.Role),
		Owner:       owner,
		Result:      given.result,
		Reason:      given.reason,
		DecidedBy:   given.by,
		Means:       given.means,
		At:          at,
	}
}
