// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program

import cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"

// Measured identifies how the numbers of a KPI come about: there is no trend across numbers with different ones. asked is the
// questionnaire of the survey that the KPI names as its source; nil where it names none, or one that does not exist.
func Measured(kpi *cxv1.KPI, asked *cxv1.Questionnaire) string {
	if source := kpi.Spec.Source.Survey; source != nil && asked != nil {
		if question, err := sourceQuestion(source, *asked); err == nil {
			return string(kpi.Spec.Method) + "/" + sourceHash(kpi, question)
		}
	}
	if kpi.Spec.Source.Prometheus != nil {
		return string(kpi.Spec.Method) + "/" + queryHash(kpi)
	}
	return string(kpi.Spec.Method) + "/" + scaleKey(kpi)
}
