// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package ownership

import (
	"cmp"
	"time"

	"github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/store"
)

// How a decision written to spec.decision is recorded. The API server does not tell controllers who wrote a field, so the
// user is not known: whoever may patch assignments in the namespace could have done it.
const (
	MeansResource    = "OwnerAssignment"
	DecidedByUnknown = "unknown"
)

// decisions are the latest decision of each owner about one claim, on whatever terms; of one owner only, when the role is
// shared.
type decisions map[string]store.Decision

func decisionsAbout(claim Claim, recorded []store.Decision) decisions {
	latest := decisions{}
	for _, d := range recorded {
		about := v1alpha1.AssignmentSubject{
			Kind: v1alpha1.SubjectKind(d.SubjectKind), Name: v1alpha1.Ref(d.SubjectName),
			Touchpoint: v1alpha1.TouchpointName(d.Touchpoint), Item: d.Item,
		}
		if about == claim.Subject && d.Role == string(claim.Role) && (d.Owner == claim.Owner || !claim.Shared()) {
			latest.add(d)
		}
	}
	return latest
}

func (l decisions) add(d store.Decision) {
	if before, known := l[d.Owner]; !known || compareDecisions(before, d) < 0 {
		l[d.Owner] = d
	}
}

// compareDecisions orders decisions by time, as the evidence log does.
func compareDecisions(a, b store.Decision) int {
	return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.OfferID, b.OfferID))
}

func (l decisions) has(offerID string) bool {
	for _, d := range l {
		if d.OfferID == offerID {
			return true
		}
	}
	return false
}

// holder is the acceptance in force: the latest one, if it was of these terms. Who accepted others holds nothing, and neither
// does whoever held it before them.
func (l decisions) holder(terms Terms) *store.Decision {
	var holder *store.Decision
	for _, d := range l {
		if d.Result == store.Accepted && (holder == nil || compareDecisions(*holder, d) < 0) {
			holder = &d
		}
	}
	if holder == nil || holder.Terms != terms.String() {
		return nil
	}
	return holder
}

// answer makes a record of what somebody wrote about an offer. It is later than all decisions before it even when the clock
// was set back: the order of acceptances decides who is in force.
func (l decisions) answer(claim Claim, given v1alpha1.Decision, now time.Time) store.Decision {
	at := store.UTCMicro(now)
	for _, d := range l {
		if !at.After(d.At) {
			at = store.UTCMicro(d.At).Add(time.Microsecond)
		}
	}
	return store.Decision{
		OfferID:     given.OfferID,
		SubjectKind: string(claim.Subject.Kind),
		SubjectName: string(claim.Subject.Name),
		Touchpoint:  string(claim.Subject.Touchpoint),
		Item:        claim.Subject.Item,
		Terms:       claim.Terms.String(),
		Role:        string(claim.Role),
		Owner:       claim.Owner,
		Result:      store.DecisionResult(given.Result),
		Reason:      given.Reason,
		DecidedBy:   DecidedByUnknown,
		Means:       MeansResource,
		At:          at,
	}
}
