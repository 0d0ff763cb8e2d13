// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package namespace reads a program from a cluster: all that internal/program decides on, from one namespace.
package namespace

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/program"
)

// Read lists every kind in a namespace. With a cache behind the reader the objects are the cache's own: read them only. A
// list that fails makes the whole read fail, because half a program is another program.
func Read(ctx context.Context, reader client.Reader, namespace string) (*program.Snapshot, error) {
	lists := []client.ObjectList{
		&cxv1.ProgramList{}, &cxv1.OwnerList{}, &cxv1.PersonaList{}, &cxv1.JourneyList{}, &cxv1.GoalList{}, &cxv1.KPIList{},
		&cxv1.SurveyList{}, &cxv1.SurveyWaveList{}, &cxv1.InitiativeList{}, &cxv1.OwnerAssignmentList{}, &cxv1.ScorecardList{},
		&cxv1.FrameworkList{}, &cxv1.AssessmentList{},
	}
	var objects []program.Object
	for _, list := range lists {
		if err := reader.List(ctx, list, client.InNamespace(namespace), client.UnsafeDisableDeepCopy); err != nil {
			return nil, fmt.Errorf("listing %T: %w", list, err)
		}
		err := meta.EachListItem(list, func(item runtime.Object) error {
			object, ok := item.(program.Object)
			if !ok {
				return fmt.Errorf("%T is no kind of a program", item)
			}
			objects = append(objects, object)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return program.New(namespace, objects...), nil
}
