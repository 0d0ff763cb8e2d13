// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package kube

import (
	"context"
	"errors"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
)

// conflictDelay is how long a stale read is given to catch up. A conflict is no failure: somebody else wrote first.
const conflictDelay = 200 * time.Millisecond

// Step does the work for one object: it reads, decides, writes other objects and the store, and fills in obj's status.
// When it fails (an error that is neither Stalled nor Waiting) nothing of that status is reported but Ready=Unknown.
type Step[T Object] func(ctx context.Context, obj T) (Result, error)

// NewReconciler drives a step: it reads the object, runs the step, reports status once if it changed, and emits events for
// conditions that changed.
func NewReconciler[T Object](kit Kit, step Step[T]) reconcile.Reconciler {
	return reconcile.AsReconciler(kit.Client, &driver[T]{kit: kit, step: step})
}

type driver[T Object] struct {
	kit  Kit
	step Step[T]
	// replaced are versions that the cache may still have.
	replaced superseded
}

func (d *driver[T]) Reconcile(ctx context.Context, obj T) (ctrl.Result, error) {
	if !obj.GetDeletionTimestamp().IsZero() {
		return ctrl.Result{}, nil // children go by owner reference, evidence stays
	}
	if d.replaced.has(client.ObjectKeyFromObject(obj), obj.GetResourceVersion()) {
		return ctrl.Result{RequeueAfter: conflictDelay}, nil
	}
	before := obj.DeepCopyObject().(T)
	result, err := d.step(ctx, obj)
	if is(err, notYet) {
		return later(asOutcome(err).after), nil
	}
	if apierrors.IsConflict(err) {
		return ctrl.Result{RequeueAfter: conflictDelay}, nil
	}
	if err != nil && asOutcome(err) == nil {
		obj = before.DeepCopyObject().(T)
	}
	d.summarize(obj, result, err)
	if equality.Semantic.DeepEqual(before, obj) {
		return resolve(result, err)
	}
	urgent := isNews(before, obj)
	if d.mayWait(urgent, result, err) {
		return AfterRush(result.After), nil
	}
	if werr := d.write(ctx, before, obj, urgent); werr != nil {
		return notWritten(werr)
	}
	d.note(ctx, before, obj)
	d.announce(before, obj, result)
	return resolve(result, err)
}

// mayWait decides whether the status is put off. In a rush of first reports an object that waits for another is not
// reported at all if that comes in time, and sums are drawn once, when all is there.
func (d *driver[T]) mayWait(urgent bool, result Result, err error) bool {
	switch {
	case result.Now, err != nil && asOutcome(err) == nil:
		return false
	case urgent && !is(err, waiting):
		return d.kit.Rush.On(Creation)
	}
	return d.kit.Rush.On(FirstReport)
}

// isNews says whether this is the first report on the present spec, or the object gets Ready, or is so no more.
func isNews(before, after Object) bool {
	return before.CommonStatus().ObservedGeneration != before.GetGeneration() ||
		IsTrue(before, cxv1.ConditionReady) != IsTrue(after, cxv1.ConditionReady)
}

// notWritten is what follows when the status could not be written. The error goes alone, never joined with that of the
// step: an outcome inside would end the retries.
func notWritten(err error) (ctrl.Result, error) {
	switch {
	case apierrors.IsNotFound(err):
		return ctrl.Result{}, nil
	case apierrors.IsConflict(err):
		return ctrl.Result{RequeueAfter: conflictDelay}, nil
	}
	return ctrl.Result{}, err
}

// write is the one status write of a pass. The lock matters because conditions are a list: a patch made from a stale read
// would replace all of them.
func (d *driver[T]) write(ctx context.Context, before, after T, urgent bool) error {
	if urgent {
		defer d.kit.Rush.Begin(FirstReport)()
	}
	patch := client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{})
	// A copy, because the answer overwrites the object and announce needs what was decided.
	written := after.DeepCopyObject().(T)
	if err := d.kit.Client.Status().Patch(ctx, written, patch); err != nil {
		return err
	}
	// Not where the server found nothing to change: then the version stays.
	if version := before.GetResourceVersion(); written.GetResourceVersion() != version {
		d.replaced.wrote(client.ObjectKeyFromObject(before), version, time.Now())
	}
	return nil
}

// summarize computes Ready, Reconciling and Stalled from the outcome of the step.
func (d *driver[T]) summarize(obj T, result Result, err error) {
	now := d.kit.Clock.Now()
	o := asOutcome(err)
	// Removed only where it ends: set anew, it would begin anew, and waiting would be written at every look.
	isStalled := o != nil && o.kind == stalled
	if err == nil || isStalled {
		RemoveCondition(obj, cxv1.ConditionReconciling)
	}
	if !isStalled {
		RemoveCondition(obj, cxv1.ConditionStalled)
	}
	switch {
	case err == nil:
		message := result.Message
		if message == "" {
			message = "Everything this object needs is there."
		}
		SetCondition(obj, now, cxv1.ConditionReady, metav1.ConditionTrue, cxv1.ReasonReady, message)
	case o == nil:
		reason := cxv1.ReasonReadFailed
		var r *reasoned
		if errors.As(err, &r) {
			reason = r.reason
		}
		SetCondition(obj, now, cxv1.ConditionReady, metav1.ConditionUnknown, reason, failureMessage(reason))
		SetCondition(obj, now, cxv1.ConditionReconciling, metav1.ConditionTrue, reason, "The controller tries again.")
	case isStalled:
		SetCondition(obj, now, cxv1.ConditionReady, metav1.ConditionFalse, o.reason, o.message)
		SetCondition(obj, now, cxv1.ConditionStalled, metav1.ConditionTrue, o.reason, o.message)
	default:
		SetCondition(obj, now, cxv1.ConditionReady, metav1.ConditionFalse, o.reason, o.message)
		SetCondition(obj, now, cxv1.ConditionReconciling, metav1.ConditionTrue, o.reason, o.message)
	}
	obj.CommonStatus().ObservedGeneration = obj.GetGeneration()
}

// failureMessage keeps error texts of other systems out of status: they may hold addresses and change at every try.
func failureMessage(reason string) string {
	if reason == cxv1.ReasonStoreUnavailable {
		return "The evidence store could not be read or written; the operator's log says why. The controller tries again."
	}
	return "The API server could not be read or written; the operator's log says why. The controller tries again."
}

func resolve(result Result, err error) (ctrl.Result, error) {
	o := asOutcome(err)
	if err != nil && o == nil {
		return ctrl.Result{}, err
	}
	// What time alone changes, such as a due date, goes on while the object waits for something else.
	after := result.After
	if o != nil && o.after > 0 {
		after = o.after
	}
	return later(after), nil
}

// Until is how long to wait for an instant: never zero, which would mean not to wake at all.
func Until(now, instant time.Time) time.Duration {
	return max(instant.Sub(now), time.Millisecond)
}
