// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package kube

import (
	"context"
	"fmt"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
)

// Program returns the Program of a namespace. Without one, or while it is stalled, it says so with an outcome that the
// step returns as it is.
func (k Kit) Program(ctx context.Context, namespace string) (*cxv1.Program, error) {
	program := &cxv1.Program{}
	err := k.Client.Get(ctx, client.ObjectKey{Namespace: namespace, Name: cxv1.ProgramName}, program)
	switch {
	case apierrors.IsNotFound(err):
		return nil, Waiting(cxv1.ReasonNoProgram, 0,
			"This namespace has no Program: create one named %q.", cxv1.ProgramName)
	case err != nil:
		return nil, fmt.Errorf("reading the Program: %w", err)
	case IsTrue(program, cxv1.ConditionStalled):
		return nil, Waiting(cxv1.ReasonProgramNotReady, 0,
			"The Program of this namespace is stalled (%s): see kubectl describe cxp program.",
			Condition(program, cxv1.ConditionStalled).Reason)
	case program.Status.ObservedGeneration < 0:
		return nil, NotYet("the Program has not been seen yet")
	case unsure(program):
		// Whether its id is ours is not known, so nothing may be written under it.
		return nil, NotYet("the Program could not be looked after")
	}
	return program, nil
}

// Missing names the references of an object that do not resolve, as an outcome; nil when all do.
func (k Kit) Missing(ctx context.Context, obj Object) error {
	missing, err := k.missing(ctx, obj)
	if err != nil || len(missing) == 0 {
		return err
	}
	const shown = 5
	texts := make([]string, 0, shown)
	for _, r := range missing[:min(len(missing), shown)] {
		texts = append(texts, fmt.Sprintf("%s names %s %q", r.Field, r.Kind, r.Name))
	}
	more := ""
	if len(missing) > shown {
		more = fmt.Sprintf(" and %d more", len(missing)-shown)
	}
	return Waiting(cxv1.ReasonReferenceNotFound, 0,
		"Not found in this namespace: %s%s. Create what is missing, or correct the name.", strings.Join(texts, "; "), more)
}

func (k Kit) missing(ctx context.Context, obj Object) ([]cxv1.Reference, error) {
	var missing []cxv1.Reference
	seen := map[string]bool{}
	for _, r := range obj.References() {
		if seen[r.Key()] {
			continue
		}
		seen[r.Key()] = true
		found, err := k.exists(ctx, obj.GetNamespace(), r)
		if err != nil {
			return nil, err
		}
		if !found {
			missing = append(missing, r)
		}
	}
	slices.SortFunc(missing, func(a, b cxv1.Reference) int { return strings.Compare(a.Field+a.Key(), b.Field+b.Key()) })
	return missing, nil
}

func (k Kit) exists(ctx context.Context, namespace string, r cxv1.Reference) (bool, error) {
	target, err := k.newObject(r.Kind)
	if err != nil {
		return false, err
	}
	// Whether it is there is all that is asked, so nothing is copied out of the cache.
	err = k.Client.Get(ctx, client.ObjectKey{Namespace: namespace, Name: r.Name}, target, client.UnsafeDisableDeepCopy)
	if apierrors.IsNotFound(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("reading %s: %w", r.Key(), err)
	}
	return true, nil
}

func (k Kit) newObject(kind string) (client.Object, error) {
	obj, err := k.Client.Scheme().New(schema.GroupVersionKind{
		Group: cxv1.GroupName, Version: cxv1.GroupVersion.Version, Kind: kind,
	})
	if err != nil {
		return nil, fmt.Errorf("unknown kind %q in a reference: %w", kind, err)
	}
	return obj.(client.Object), nil
}

// unsure reports whether the Program's last pass failed.
func unsure(program *cxv1.Program) bool {
	ready := Condition(program, cxv1.ConditionReady)
	return ready != nil && ready.Status == metav1.ConditionUnknown
}
