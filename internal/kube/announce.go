// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package kube

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
)

// announce emits the events of the step, and one for every condition that changed. A condition that appears is news only
// when it is bad news: two thousand objects applied at once shall not make two thousand events that say Ready.
func (d *driver[T]) announce(before, after T, result Result) {
	for _, e := range result.Events {
		d.kit.Event(after, e.Type, e.Reason, e.Action, e.Note)
	}
	for _, now := range after.CommonStatus().Conditions {
		if now.Type == cxv1.ConditionReconciling || slices.Contains(result.Told, now.Type) {
			continue
		}
		was := meta.FindStatusCondition(before.CommonStatus().Conditions, now.Type)
		appeared := was == nil && now.Type == cxv1.ConditionStalled
		if appeared || (was != nil && was.Status != now.Status) {
			d.kit.Event(after, eventType(now), now.Reason, now.Type, now.Message)
		}
	}
}

func eventType(c metav1.Condition) string {
	bad := metav1.ConditionFalse
	if c.Type == cxv1.ConditionStalled || c.Type == cxv1.ConditionEvidenceGap {
		bad = metav1.ConditionTrue
	}
	if c.Status == bad {
		return corev1.EventTypeWarning
	}
	return corev1.EventTypeNormal
}

// Event records that something happened to an object. Reason and action are CamelCase words, note is for people.
func (k Kit) Event(regarding runtime.Object, eventType, reason, action, note string) {
	if k.Events == nil {
		return
	}
	k.Events.Eventf(regarding, nil, eventType, reason, action, "%s", Truncate(note, MaxMessage))
}
