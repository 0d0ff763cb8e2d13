// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package kube

import (
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// MaxMessage is the longest message that a condition carries, in bytes.
const MaxMessage = 1024

// Condition returns the condition of that type, or nil.
func Condition(obj Object, conditionType string) *metav1.Condition {
	return meta.FindStatusCondition(obj.CommonStatus().Conditions, conditionType)
}

// IsTrue reports whether the condition is there and True.
func IsTrue(obj Object, conditionType string) bool {
	return meta.IsStatusConditionTrue(obj.CommonStatus().Conditions, conditionType)
}

// SetCondition sets a condition for the object's present generation. The transition time moves only when the status does.
func SetCondition(obj Object, now time.Time, conditionType string, status metav1.ConditionStatus, reason, message string) {
	meta.SetStatusCondition(&obj.CommonStatus().Conditions, metav1.Condition{
		Type:               conditionType,
		Status:             status,
		Reason:             reason,
		Message:            Truncate(message, MaxMessage),
		ObservedGeneration: obj.GetGeneration(),
		LastTransitionTime: transitionTime(obj, conditionType, status, now),
	})
}

// RemoveCondition takes a condition away that does not apply.
func RemoveCondition(obj Object, conditionType string) {
	meta.RemoveStatusCondition(&obj.CommonStatus().Conditions, conditionType)
}

func transitionTime(obj Object, conditionType string, status metav1.ConditionStatus, now time.Time) metav1.Time {
	if have := Condition(obj, conditionType); have != nil && have.Status == status {
		return have.LastTransitionTime
	}
	return metav1.NewTime(now.Truncate(time.Second))
}

// Status is the condition status of a yes or no.
func Status(yes bool) metav1.ConditionStatus {
	if yes {
		return metav1.ConditionTrue
	}
	return metav1.ConditionFalse
}

// Truncate cuts a text to a length in bytes, at a character, and marks the cut.
func Truncate(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	const mark = "…"
	cut := 0
	for i := range text {
		if i > limit-len(mark) {
			break
		}
		cut = i
	}
	return text[:cut] + mark
}
