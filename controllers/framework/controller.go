// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package framework judges frameworks: whether their rules can be used, what they cost, and what is wrong with which criterion.
// Nothing waits for it: whoever judges by a framework compiles it too, and stops where this controller reports a problem.
package framework

import (
	"context"
	"sync"
	"time"

	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/kube"
	"github.com/cx-operator/cx-operator/internal/maturity"
	"github.com/cx-operator/cx-operator/internal/program"
)

// pace is how often a Framework is judged at most: compiling the largest one takes a good part of a second.
const pace = time.Second

// Reconciler judges frameworks.
type Reconciler struct {
	reconcile.Reconciler
	kit  kube.Kit
	pace *kube.Pace
	// judged is what was found by UID: compiling all profiles takes a while, and a change of the Program changes nothing of it.
	judged sync.Map
}

// finding is what was found of one generation of a Framework.
type finding struct {
	generation int64
	status     cxv1.FrameworkStatus
	problems   maturity.Problems
}

// New makes the controller.
func New(kit kube.Kit) *Reconciler {
	r := &Reconciler{kit: kit, pace: kube.NewPace(kit.Clock, pace)}
	r.Reconciler = r.pace.Reconciler(kube.NewReconciler(kit, r.step))
	return r
}

// Kind is the kind of the objects that the controller reconciles.
func (r *Reconciler) Kind() string { return "Framework" }

// +kubebuilder:rbac:groups=cx-operator.io,resources=frameworks;programs,verbs=list;watch
// +kubebuilder:rbac:groups=cx-operator.io,resources=frameworks/status,verbs=patch

// Register adds the controller to a manager.
func (r *Reconciler) Register(mgr ctrl.Manager) error {
	return ctrl.NewControllerManagedBy(mgr).Named("framework").
		Watches(&cxv1.Framework{}, r.pace.Handler(&handler.EnqueueRequestForObject{}), builder.WithPredicates(kube.SpecChanged())).
		Watches(&cxv1.Program{}, r.pace.Handler(r.kit.EnqueueAll(&cxv1.FrameworkList{})), builder.WithPredicates(kube.ProgramChanged())).
		Complete(r)
}

func (r *Reconciler) step(ctx context.Context, framework *cxv1.Framework) (kube.Result, error) {
	if _, err := r.kit.Program(ctx, framework.Namespace); err != nil {
		return kube.Result{}, err
	}
	if problems := r.judge(framework); len(problems) > 0 {
		return kube.Result{}, kube.Stalled(cxv1.ReasonInvalidFramework,
			"%s. Correct it; a Program that uses this framework keeps its last result until then.", program.FirstProblem(problems))
	}
	return kube.Result{Message: program.FrameworkMessage(framework)}, nil
}

// judge fills in the status, from memory where this generation was looked at before.
func (r *Reconciler) judge(framework *cxv1.Framework) maturity.Problems {
	if found, ok := r.judged.Load(framework.UID); ok && found.(*finding).generation == framework.Generation {
		known, common := found.(*finding), framework.Status.ObjectStatus
		framework.Status = *known.status.DeepCopy()
		framework.Status.ObjectStatus = common
		return known.problems
	}
	problems := program.JudgeFramework(framework)
	r.judged.Store(framework.UID, &finding{generation: framework.Generation, status: *framework.Status.DeepCopy(), problems: problems})
	return problems
}
