// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package surveywave

import (
	"context"
	"fmt"
	"maps"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/audience"
	"github.com/cx-operator/cx-operator/internal/kube"
	"github.com/cx-operator/cx-operator/internal/store"
)

// choose decides whom a wave that has just opened asks, and whether it may go out. It is done once: Counts in status say so. When
// status is lost it is done again, and whoever has a row keeps it.
func (p *pass) choose(ctx context.Context) (*audience.Plan, error) {
	if p.t.Delivery == nil && !p.t.DryRun {
		return nil, nil
	}
	spec, err := audience.SpecOf(p.prog.Spec.ID, p.prog.Spec.ContactRules, *p.t)
	if err != nil {
		return nil, kube.Stalled(cxv1.ReasonInvalidSpec, "%v. Correct the Survey or the Program; this wave is lost.", err)
	}
	plan, err := audience.Prepare(spec, p.people.Candidates(ctx, p.key, p.personas(), "", p.now), p.now)
	if err != nil {
		return nil, err
	}
	p.plan.Status.AudienceHash = plan.Hash[:16]
	return plan, nil
}

// mustWait says that the audience is larger than may be asked without somebody's approval, and that nobody approved this one.
func (p *pass) mustWait(plan *audience.Plan) bool {
	if plan == nil || p.t.Approval == nil || plan.Counts.Invited <= p.t.Approval.Above {
		return false
	}
	if given := p.wave.Spec.Control.Approval; given != nil && given.Hash == p.plan.Status.AudienceHash {
		return false
	}
	p.plan.Status.Phase, p.plan.Reason = cxv1.WaveAwaiting, cxv1.ReasonAwaitingApproval
	p.plan.Wake = p.t.ClosesAt.Time // until then only a person can change something
	p.plan.Message = fmt.Sprintf("%d people would be invited, more than %d: approve with spec.control.approval and hash %s.",
		plan.Counts.Invited, p.t.Approval.Above, p.plan.Status.AudienceHash)
	return true
}

// rehearse reports whom a dry run would invite.
func (p *pass) rehearse(plan *audience.Plan) {
	p.plan.Status.Counts = countsOf(store.AudienceCounts{Invited: plan.Counts.Invited, Skipped: plan.Counts.Skipped})
	p.plan.Message = fmt.Sprintf("Dry run: %d of %d people would be invited, nobody is.", plan.Counts.Invited, plan.Counts.Known)
}

// invite decides about all contacts of the wave's personas, some at a time.
func (p *pass) invite(ctx context.Context, plan *audience.Plan) error {
	if _, err := p.newLink(); err != nil {
		return errNoLinks
	}
	decide := func(c store.Candidate) store.Verdict {
		return plan.Verdict(c, func() store.Link {
			made, err := p.newLink()
			if err != nil {
				return store.Link{} // which the store refuses; keys were there a moment ago
			}
			return made
		})
	}
	keys := make([]string, 0, chunk)
	flush := func() error {
		_, err := p.people.Invite(ctx, p.key, p.personas(), keys, decide, p.now)
		keys = keys[:0]
		return err
	}
	for candidate, err := range p.people.Candidates(ctx, p.key, p.personas(), "", p.now) {
		if err != nil {
			return err
		}
		if keys = append(keys, candidate.Key); len(keys) == chunk {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}

// sending says whether invitations of this wave go out; it is the Program's condition as it concerns the wave.
func (p *pass) sending() metav1.Condition {
	c := metav1.Condition{Type: cxv1.ConditionSending, Status: metav1.ConditionUnknown, Reason: cxv1.ReasonSendingOff,
		Message: "Whether mail goes out is not known yet."}
	switch of := kube.Condition(p.prog, cxv1.ConditionSending); {
	case p.t.Delivery == nil:
		c.Status, c.Reason, c.Message = metav1.ConditionFalse, cxv1.ReasonNoChannel, "The survey names no channel: nobody is invited."
	case of != nil:
		c.Status, c.Reason, c.Message = of.Status, of.Reason, of.Message
	}
	return c
}

// isOff says that nobody may be invited from here: not that mail has to wait.
func isOff(sending metav1.Condition) bool {
	return sending.Status != metav1.ConditionTrue && sending.Reason != cxv1.ReasonSuspended
}

func skipCounts(skipped map[string]int64) (counts []cxv1.SkipCount, total int64) {
	for _, reason := range slices.Sorted(maps.Keys(skipped)) {
		if n := skipped[reason]; n > 0 {
			counts, total = append(counts, cxv1.SkipCount{Reason: reason, Count: n}), total+n
		}
	}
	return counts, total
}
