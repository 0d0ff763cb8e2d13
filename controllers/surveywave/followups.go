// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package surveywave

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/questionnaire"
	"github.com/cx-operator/cx-operator/internal/store"
)

// maxFollowUps is how many follow-ups of one wave become objects. Others are counted: whoever has a thousand angry customers
// needs no thousandth case, but a root cause.
const maxFollowUps = 500

// +kubebuilder:rbac:groups=cx-operator.io,resources=followups,verbs=get;list;watch;create

// followUp opens a FollowUp for every answer that a rule fits and whose giver may be contacted. The log is asked first: one that
// was closed, or whose object is gone, is not opened again.
func (p *pass) followUp(ctx context.Context) error {
	if len(p.t.FollowUpRules) == 0 || p.t.Anonymity == cxv1.AnonymityAnonymous {
		return nil
	}
	rules, err := program.CompileFollowUpRules(p.t.Questionnaire, p.t.FollowUpRules)
	if err != nil {
		return fmt.Errorf("the rules of a wave: %w", err)
	}
	var opened int64
	for answer, err := range p.people.WaveAnswers(ctx, p.key) {
		if err != nil {
			return err
		}
		if !answer.Complete || !answer.MayContact {
			continue
		}
		values, err := questionnaire.Decode(p.t.Questionnaire, answer.Values)
		if err != nil {
			return err
		}
		rule := rules.First(values)
		if rule == nil {
			continue
		}
		if opened++; opened > maxFollowUps {
			continue
		}
		if err := p.openFollowUp(ctx, program.NewFollowUp(p.wave, rule, answer)); err != nil {
			return err
		}
	}
	p.plan.Status.FollowUps = &opened
	return nil
}

func (p *pass) openFollowUp(ctx context.Context, f *cxv1.FollowUp) error {
	c := f.Spec.Case
	if err := p.client.Get(ctx, client.ObjectKeyFromObject(f), &cxv1.FollowUp{}, client.UnsafeDisableDeepCopy); !apierrors.IsNotFound(err) {
		return err
	}
	logged, err := p.outcomes.RecordFollowUp(ctx, p.prog.Spec.ID, store.FollowUp{
		ID: f.Name, Survey: string(c.Survey), Slot: c.Slot, Rule: c.Rule, OpenedAt: c.OpenedAt.Time, DueBy: c.DueBy.Time,
	})
	if err != nil {
		return err
	}
	if !logged.ClosedAt.IsZero() || !logged.FirstResponseAt.IsZero() {
		return nil // it had an object once
	}
	if err := p.client.Create(ctx, f); err != nil && !apierrors.IsAlreadyExists(err) {
		return fmt.Errorf("opening follow-up %s: %w", f.Name, err)
	}
	return nil
}
