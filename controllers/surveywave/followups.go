// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package surveywave

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/kube"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/questionnaire"
	"github.com/cx-operator/cx-operator/internal/store"
)

// maxFollowUps is how many follow-ups of a program may be open at a time. Others are counted: whoever has a thousand angry
// customers needs no thousandth case, but a root cause.
const maxFollowUps = 500

// +kubebuilder:rbac:groups=cx-operator.io,resources=followups,verbs=list;watch;create

// cases are the answers of a wave that must be followed up. Nil looks for none.
type cases struct {
	questions cxv1.Questionnaire
	rules     *program.FollowUpRules
	found     []followUpCase
}

type followUpCase struct {
	rule   *cxv1.FollowUpRule
	answer store.StoredAnswer
}

func (p *pass) newCases() *cases {
	if len(p.t.FollowUpRules) == 0 || p.t.Anonymity == cxv1.AnonymityAnonymous {
		return nil
	}
	rules, err := program.CompileFollowUpRules(p.t.Questionnaire, p.t.FollowUpRules)
	if err != nil {
		p.mistake = kube.Stalled(cxv1.ReasonInvalidSpec, "Nobody is followed up: spec.template.followUpRules: %v. Correct the Survey for "+
			"later waves; this one keeps what it was made with.", err)
		return nil
	}
	return &cases{questions: p.t.Questionnaire, rules: rules}
}

// among passes the answers on and keeps those that a rule fits and whose giver may be contacted.
func (c *cases) among(answers iter.Seq2[store.StoredAnswer, error]) iter.Seq2[store.StoredAnswer, error] {
	if c == nil {
		return answers
	}
	return func(yield func(store.StoredAnswer, error) bool) {
		for answer, err := range answers {
			if err == nil {
				err = c.look(answer)
			}
			if !yield(answer, err) {
				return
			}
		}
	}
}

func (c *cases) look(answer store.StoredAnswer) error {
	if !answer.Complete || !answer.MayContact {
		return nil
	}
	values, err := questionnaire.Decode(c.questions, answer.Values)
	if err != nil {
		return err
	}
	if rule := c.rules.First(values); rule != nil {
		c.found = append(c.found, followUpCase{rule: rule, answer: store.StoredAnswer{Key: answer.Key, At: answer.At}})
	}
	return nil
}

// followUp opens a FollowUp for each case that has none, the oldest first.
func (p *pass) followUp(ctx context.Context, c *cases) error {
	if c == nil {
		return nil
	}
	slices.SortFunc(c.found, func(a, b followUpCase) int {
		return cmp.Or(a.answer.At.Compare(b.answer.At), cmp.Compare(a.answer.Key, b.answer.Key))
	})
	known, open, err := p.knownFollowUps(ctx)
	if err != nil {
		return err
	}
	var leftOut int64
	for _, found := range c.found {
		f := program.NewFollowUp(p.wave, found.rule, found.answer)
		switch {
		case known[f.Name]:
		case open >= maxFollowUps:
			leftOut++
		default:
			opened, err := p.openFollowUp(ctx, f)
			if err != nil {
				return err
			}
			if opened {
				open++
			}
		}
	}
	p.plan.Status.FollowUps, p.plan.Status.FollowUpsLeftOut = new(int64(len(c.found))-leftOut), leftOut
	return nil
}

// knownFollowUps are those of the program that exist as objects, and how many of them are not closed.
func (p *pass) knownFollowUps(ctx context.Context) (known map[string]bool, open int, err error) {
	all := &cxv1.FollowUpList{}
	if err := p.client.List(ctx, all, client.InNamespace(p.wave.Namespace), client.UnsafeDisableDeepCopy); err != nil {
		return nil, 0, fmt.Errorf("listing follow-ups: %w", err)
	}
	known = make(map[string]bool, len(all.Items))
	for i := range all.Items {
		known[all.Items[i].Name] = true
		if all.Items[i].Status.Phase != cxv1.FollowUpClosed {
			open++
		}
	}
	return known, open, nil
}

// openFollowUp asks the log first: one to which somebody responded, and whose object has gone, is not opened again.
func (p *pass) openFollowUp(ctx context.Context, f *cxv1.FollowUp) (opened bool, err error) {
	logged, err := p.outcomes.RecordFollowUp(ctx, p.prog.Spec.ID, program.OpeningOf(f))
	if err != nil || !logged.FirstResponseAt.IsZero() {
		return false, err
	}
	if err := p.client.Create(ctx, f); err != nil && !apierrors.IsAlreadyExists(err) {
		return false, fmt.Errorf("opening follow-up %s: %w", f.Name, err)
	}
	return true, nil
}
