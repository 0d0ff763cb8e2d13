// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// GroupName is the API group of every kind here.
const GroupName = "cx-operator.io"

var (
	// GroupVersion is the group and version of every kind here.
	GroupVersion = schema.GroupVersion{Group: GroupName, Version: "v1alpha1"}
	// SchemeGroupVersion is GroupVersion under the name that generated code expects.
	SchemeGroupVersion = GroupVersion
	// SchemeBuilder collects the functions that register the kinds.
	SchemeBuilder = runtime.NewSchemeBuilder(addKnownTypes)
	// AddToScheme registers the kinds with a scheme.
	AddToScheme = SchemeBuilder.AddToScheme
)

func addKnownTypes(scheme *runtime.Scheme) error {
	scheme.AddKnownTypes(GroupVersion,
		&Program{}, &ProgramList{},
		&Owner{}, &OwnerList{},
		&Persona{}, &PersonaList{},
		&Journey{}, &JourneyList{},
		&Goal{}, &GoalList{},
		&KPI{}, &KPIList{},
		&Survey{}, &SurveyList{},
		&SurveyWave{}, &SurveyWaveList{},
		&Initiative{}, &InitiativeList{},
		&OwnerAssignment{}, &OwnerAssignmentList{},
		&Scorecard{}, &ScorecardList{},
		&FollowUp{}, &FollowUpList{},
		&Framework{}, &FrameworkList{},
		&Assessment{}, &AssessmentList{},
	)
	metav1.AddToGroupVersion(scheme, GroupVersion)
	return nil
}

// Resource qualifies a plural resource name with the group.
func Resource(resource string) schema.GroupResource {
	return GroupVersion.WithResource(resource).GroupResource()
}
