// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package surveywave

import (
	"context"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/kube"
	"github.com/cx-operator/cx-operator/internal/program"
)

// +kubebuilder:rbac:groups=cx-operator.io,resources=assessments,verbs=list;watch;create;patch

// attest makes an Assessment of the answers to a closed wave that asked a framework's questions. It is made once: people may
// add exemptions to it, correct it, or delete it for good.
func (r *Reconciler) attest(ctx context.Context, prog *cxv1.Program, wave *cxv1.SurveyWave, plan *program.WavePlan, now time.Time) error {
	if plan.Outcome != nil && wave.Spec.Template.Framework != nil {
		plan.Wake = now.Add(time.Second) // the wave is closed first: nothing that this may meet shall keep it open
		return nil
	}
	if r.people == nil || !program.Attests(wave) {
		return nil
	}
	counts, err := program.Attestation(&wave.Spec.Template, r.people.WaveAnswers(ctx, keyOf(prog, wave)))
	if err != nil {
		return stored(err)
	}
	if len(counts) == 0 {
		kube.SetCondition(wave, now, cxv1.ConditionAttested, metav1.ConditionFalse, cxv1.ReasonTooFewAnswers,
			"Too few people answered each of the questions to say anything without saying what single ones answered: there is no Assessment.")
		return nil
	}
	made := program.WaveAssessment(wave, prog, counts)
	foreign, err := r.applyAssessment(ctx, made)
	switch {
	case err != nil:
		return err
	case foreign:
		plan.Wake = now.Add(publishEvery)
		kube.SetCondition(wave, now, cxv1.ConditionAttested, metav1.ConditionFalse, cxv1.ReasonForeignObject, fmt.Sprintf(
			"The Assessment %q exists and is somebody else's: rename it or delete it, and the answers become one of that name.", made.Name))
	default:
		kube.SetCondition(wave, now, cxv1.ConditionAttested, metav1.ConditionTrue, cxv1.ReasonAssessmentMade,
			fmt.Sprintf("The answers stand in the Assessment %q.", made.Name))
	}
	return nil
}

// applyAssessment makes the Assessment, or brings the one that an earlier pass made up to date. One without the mark of this wave
// is left alone.
func (r *Reconciler) applyAssessment(ctx context.Context, made *cxv1.Assessment) (foreign bool, err error) {
	have := &cxv1.Assessment{}
	err = r.client.Get(ctx, client.ObjectKeyFromObject(made), have)
	switch {
	case apierrors.IsNotFound(err):
		// Create, not apply: it fails if the name has been taken in the meantime, and the next pass sees by whom.
		if err := r.client.Create(ctx, made); err != nil {
			return false, fmt.Errorf("making assessment %s: %w", made.Name, err)
		}
		return false, nil
	case err != nil:
		return false, fmt.Errorf("reading assessment %s: %w", made.Name, err)
	case have.Labels[cxv1.LabelWave] != made.Labels[cxv1.LabelWave]:
		return true, nil
	}
	before := have.DeepCopy()
	have.Spec.Framework, have.Spec.Date = made.Spec.Framework, made.Spec.Date
	have.Spec.Evidence, have.Spec.Counts = made.Spec.Evidence, made.Spec.Counts
	if equality.Semantic.DeepEqual(before.Spec, have.Spec) {
		return false, nil
	}
	if err := r.client.Patch(ctx, have, client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{})); err != nil {
		return false, fmt.Errorf("updating assessment %s: %w", made.Name, err)
	}
	return false, nil
}
