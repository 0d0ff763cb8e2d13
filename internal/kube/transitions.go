// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package kube

import (
	"context"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/log"
)

// Meter counts what happens.
type Meter interface {
	// Transition is a condition of an object that came to have this status.
	Transition(kind, namespace, conditionType string, to metav1.ConditionStatus)
}

// note logs and counts each condition that has another status than before, once it is written. Reasons are words of the API;
// messages are left to the object itself.
func (d *driver[T]) note(ctx context.Context, before, after T) {
	was, is := statuses(before), statuses(after)
	gvk, err := d.kit.Client.GroupVersionKindFor(after)
	if err != nil {
		return // it was written just now, so its kind is known
	}
	logger := log.FromContext(ctx)
	tell := func(conditionType string, from, to metav1.ConditionStatus, reason string) {
		logger.Info("condition changed", "object", gvk.Kind+" "+after.GetNamespace()+"/"+after.GetName(), "type", conditionType,
			"from", string(from), "to", string(to), "reason", reason)
	}
	for _, c := range after.CommonStatus().Conditions {
		if was[c.Type] == c.Status {
			continue
		}
		tell(c.Type, was[c.Type], c.Status, c.Reason)
		if d.kit.Meter != nil {
			d.kit.Meter.Transition(gvk.Kind, after.GetNamespace(), c.Type, c.Status)
		}
	}
	for _, c := range before.CommonStatus().Conditions {
		if _, there := is[c.Type]; !there {
			tell(c.Type, c.Status, "", c.Reason)
		}
	}
}

func statuses(obj Object) map[string]metav1.ConditionStatus {
	by := map[string]metav1.ConditionStatus{}
	for _, c := range obj.CommonStatus().Conditions {
		by[c.Type] = c.Status
	}
	return by
}
