// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package kube

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
)

func TestAnEventWarnsWhenTheConditionIsBadNews(t *testing.T) {
	for _, tc := range []struct {
		condition string
		status    metav1.ConditionStatus
		want      string
	}{
		{cxv1.ConditionReady, metav1.ConditionTrue, "Normal"},
		{cxv1.ConditionReady, metav1.ConditionFalse, "Warning"},
		{cxv1.ConditionFresh, metav1.ConditionFalse, "Warning"},
		{cxv1.ConditionFresh, metav1.ConditionUnknown, "Normal"},
		{cxv1.ConditionStalled, metav1.ConditionTrue, "Warning"},
		{cxv1.ConditionEvidenceGap, metav1.ConditionTrue, "Warning"},
		{cxv1.ConditionEvidenceGap, metav1.ConditionFalse, "Normal"},
	} {
		if got := eventType(metav1.Condition{Type: tc.condition, Status: tc.status}); got != tc.want {
			t.Errorf("%s=%s is %s, want %s", tc.condition, tc.status, got, tc.want)
		}
	}
}
