// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package surveywave

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/audience"
	"github.com/cx-operator/cx-operator/internal/kube"
	"github.com/cx-operator/cx-operator/internal/link"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/store"
)

// inviteAtOnce is how many contacts are invited in one call.
const inviteAtOnce = 500

// choice is whom a wave asks. keys are those of all contacts that were looked at: whoever is imported a moment later is in no
// audience that anybody approved.
type choice struct {
	*audience.Plan
	keys []string
}

// choose decides whom a wave that has opened asks. When that is done again, because status was lost or after a crash, whoever has
// a row keeps it. Nil when a mistake keeps everybody from being asked.
func (p *pass) choose(ctx context.Context) (*choice, error) {
	spec, err := audience.SpecOf(p.prog.Spec.ID, p.prog.Spec.ContactRules, *p.t)
	if err != nil {
		p.mistake = kube.Stalled(cxv1.ReasonInvalidSpec, "Nobody is invited: %v. Correct it in the Program, or, where the Survey says so, "+
			"there, and cancel this wave, which keeps what it was made with.", err)
		return nil, nil
	}
	chosen := &choice{}
	chosen.Plan, err = audience.Prepare(spec, chosen.note(p.people.Candidates(ctx, p.key, p.personas(), "", p.now)), p.now)
	if err != nil {
		return nil, err
	}
	p.plan.Status.AudienceHash = chosen.Hash[:16]
	return chosen, nil
}

func (c *choice) note(candidates iter.Seq2[store.Candidate, error]) iter.Seq2[store.Candidate, error] {
	return func(yield func(store.Candidate, error) bool) {
		for candidate, err := range candidates {
			if err == nil {
				c.keys = append(c.keys, candidate.Key)
			}
			if !yield(candidate, err) {
				return
			}
		}
	}
}

// mustWait says that the audience is larger than may be asked without somebody's approval, and that nobody approved this one. A
// dry run asks nobody.
func (p *pass) mustWait(chosen *choice) bool {
	if chosen == nil || p.t.DryRun || p.t.Approval == nil || chosen.Counts.Invited <= p.t.Approval.Above {
		return false
	}
	given, hash := p.wave.Spec.Control.Approval, p.plan.Status.AudienceHash
	if given != nil && given.Hash == hash {
		p.plan.Status.Approval = &cxv1.ApprovalRecord{By: given.By, At: *seconds(p.now)}
		return false
	}
	p.plan.Status.Phase, p.plan.Reason = cxv1.WaveAwaiting, cxv1.ReasonAwaitingApproval
	p.plan.Wake = p.t.ClosesAt.Time
	p.lookAgain(awaitEvery)
	p.plan.Message = fmt.Sprintf("%d people would be invited, more than %d: approve with spec.control.approval and hash %s.",
		chosen.Counts.Invited, p.t.Approval.Above, hash)
	if given != nil {
		p.plan.Message += " The approval that is there was given for other people."
	}
	return true
}

// invite decides about all contacts that were looked at, some at a time.
func (p *pass) invite(ctx context.Context, chosen *choice) error {
	var failed error
	decide := func(c store.Candidate) store.Verdict {
		return chosen.Verdict(c, func() store.Link {
			_, made, err := p.links.Make(p.key, link.NewID(), p.t.GraceUntil.Time)
			if err != nil {
				failed = err // and the store refuses a link that is none
			}
			return made
		})
	}
	for keys := range slices.Chunk(chosen.keys, inviteAtOnce) {
		_, err := p.people.Invite(ctx, p.key, p.personas(), keys, decide, p.now)
		if failed != nil {
			return fmt.Errorf("signing links (--link-keys): %w", failed)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// sending says whether invitations of this wave go out; it is the Program's condition as it concerns the wave.
func (p *pass) sending() metav1.Condition {
	c := metav1.Condition{Type: cxv1.ConditionSending, Status: metav1.ConditionUnknown, Reason: cxv1.ReasonSendingOff,
		Message: "Whether mail goes out is not known yet."}
	switch {
	case p.t.Delivery == nil:
		c.Status, c.Reason, c.Message = metav1.ConditionFalse, cxv1.ReasonNoChannel, "The survey names no channel: nobody is invited."
		return c
	case !program.HasChannel(p.prog, p.t.Delivery.Channel):
		c.Status, c.Reason = metav1.ConditionFalse, cxv1.ReasonNoChannel
		c.Message = fmt.Sprintf("The Program has no channel %q any more: add it to its spec.channels.", p.t.Delivery.Channel)
		return c
	}
	if by := program.SendingBy(p.prog, p.t.Delivery.Channel); by != nil {
		c.Status, c.Reason, c.Message = by.Status, by.Reason, by.Message
	}
	return c
}

// mayInvite says that people may be invited. That mail has to wait does not matter: it is written and waits.
func mayInvite(sending metav1.Condition) bool {
	return sending.Status == metav1.ConditionTrue || program.MailWaits(sending)
}

// approved says who let a large wave go out.
func approved(by *cxv1.ApprovalRecord, invited int64) string {
	return fmt.Sprintf("The wave takes answers. %s approved its %d invitations at %s.", by.By, invited, by.At.UTC().Format(time.RFC3339))
}

func dryRun(counts *cxv1.WaveCounts) string {
	return fmt.Sprintf("Dry run: %d of %d people would be invited, nobody is.", counts.Invited, counts.Eligible)
}

func (p *pass) personas() []string {
	names := make([]string, 0, len(p.t.Personas))
	for _, persona := range p.t.Personas {
		names = append(names, string(persona))
	}
	return names
}
