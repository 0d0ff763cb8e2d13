// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package build

import "sigs.k8s.io/controller-runtime/pkg/client"

// All makes the smallest valid object of every kind, by kind. All but the Program have the given name.
func All(name string) map[string]client.Object {
	return map[string]client.Object{
		"Program":         Program(),
		"Owner":           Owner(name),
		"Persona":         Persona(name),
		"Journey":         Journey(name),
		"Goal":            Goal(name),
		"KPI":             KPI(name),
		"Survey":          Survey(name),
		"SurveyWave":      SurveyWave(name),
		"Initiative":      Initiative(name),
		"OwnerAssignment": OwnerAssignment(name),
		"Scorecard":       Scorecard(name),
		"Framework":       Framework(name),
		"Assessment":      Assessment(name),
		"FollowUp":        FollowUp(name),
	}
}
