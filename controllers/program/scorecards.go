// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program

import (
	"context"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	metaac "k8s.io/client-go/applyconfigurations/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	applyv1 "github.com/cx-operator/cx-operator/api/v1alpha1/applyconfiguration/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/kube"
	"github.com/cx-operator/cx-operator/internal/program"
)

// applyScorecards makes one Scorecard for each framework and removes those of frameworks that are no longer used. A
// Scorecard is named after its framework, so whoever does this a second time finds it done. foreign is the name of one that
// belongs to somebody else; it is left alone.
func (r *Reconciler) applyScorecards(ctx context.Context, prog *cxv1.Program, snapshot *program.Snapshot) (foreign string, err error) {
	used := map[string]bool{}
	for _, use := range program.Frameworks(prog) {
		used[use.Name] = true
		want := cxv1.ScorecardSpec{Framework: use.Name, Profile: use.Profile}
		switch have := snapshot.Scorecard(use.Name); {
		case have != nil && metav1.IsControlledBy(have, prog) && have.Spec == want:
		case have != nil && metav1.GetControllerOf(have) != nil && !metav1.IsControlledBy(have, prog):
			foreign = use.Name
		default:
			if err := r.kit.Client.Apply(ctx, scorecardOf(prog, want), kube.FieldOwner, client.ForceOwnership); err != nil {
				return "", fmt.Errorf("applying scorecard %s: %w", use.Name, err)
			}
		}
	}
	return foreign, r.pruneScorecards(ctx, prog, snapshot, used)
}

func (r *Reconciler) pruneScorecards(ctx context.Context, prog *cxv1.Program, snapshot *program.Snapshot, used map[string]bool) error {
	for _, have := range snapshot.Scorecards {
		if used[have.Name] || !metav1.IsControlledBy(have, prog) {
			continue
		}
		// The preconditions keep a stale read from deleting a namesake.
		err := r.kit.Client.Delete(ctx, &cxv1.Scorecard{ObjectMeta: metav1.ObjectMeta{Namespace: have.Namespace, Name: have.Name}},
			client.Preconditions{UID: &have.UID, ResourceVersion: &have.ResourceVersion})
		if client.IgnoreNotFound(err) != nil {
			return fmt.Errorf("deleting scorecard %s: %w", have.Name, err)
		}
	}
	return nil
}

func scorecardOf(prog *cxv1.Program, spec cxv1.ScorecardSpec) *applyv1.ScorecardApplyConfiguration {
	return applyv1.Scorecard(spec.Framework, prog.Namespace).
		WithOwnerReferences(metaac.OwnerReference().
			WithAPIVersion(cxv1.GroupVersion.String()).WithKind("Program").WithName(prog.Name).WithUID(prog.UID).
			WithController(true)).
		WithSpec(applyv1.ScorecardSpec().WithFramework(spec.Framework).WithProfile(spec.Profile))
}
