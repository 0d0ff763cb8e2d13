// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program

import (
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
)

// verdict is what a KPI's own conditions say about its target: True met, False missed, Unknown otherwise.
func verdict(kpi *cxv1.KPI) metav1.ConditionStatus {
	if c := meta.FindStatusCondition(kpi.Status.Conditions, cxv1.ConditionTargetMet); c != nil {
		return c.Status
	}
	return metav1.ConditionUnknown
}

// Rollup counts KPIs by how they do.
func Rollup(kpis []*cxv1.KPI) cxv1.KPIRollup {
	var r cxv1.KPIRollup
	for _, kpi := range kpis {
		r.Total++
		switch verdict(kpi) {
		case metav1.ConditionTrue:
			r.Met++
		case metav1.ConditionFalse:
			r.Missed++
		default:
			r.Unknown++
		}
		if meta.IsStatusConditionTrue(kpi.Status.Conditions, cxv1.ConditionFresh) {
			r.Fresh++
		}
	}
	return r
}

func addRollup(a, b cxv1.KPIRollup) cxv1.KPIRollup {
	return cxv1.KPIRollup{
		Total: a.Total + b.Total, Met: a.Met + b.Met, Missed: a.Missed + b.Missed,
		Unknown: a.Unknown + b.Unknown, Fresh: a.Fresh + b.Fresh,
	}
}
