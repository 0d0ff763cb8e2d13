// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A field of type Ref that References forgets would never be checked, indexed or watched.
func TestReferencesNamesEveryRefInTheSpec(t *testing.T) {
	for _, object := range []interface{ References() []Reference }{
		&Program{}, &Owner{}, &Persona{}, &Journey{}, &Goal{}, &KPI{}, &Survey{}, &Initiative{}, &Assessment{},
	} {
		t.Run(reflect.TypeOf(object).Elem().Name(), func(t *testing.T) {
			want := map[string]string{} // field by the name in it
			fill(reflect.ValueOf(object).Elem().FieldByName("Spec"), "spec", want)
			maps.DeleteFunc(want, func(_, field string) bool { // a Secret is no kind of ours, and a framework may be built in
				return strings.HasSuffix(field, "ecretRef") || field == "spec.frameworkRef"
			})
			got := map[string]string{}
			for _, reference := range object.References() {
				got[reference.Name] = reference.Field
				if !slices.Contains([]string{"Owner", "Persona", "Journey", "Goal", "KPI", "Survey", "Initiative"}, reference.Kind) {
					t.Errorf("%s names a %q", reference.Field, reference.Kind)
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("references (-in the spec +listed):\n%s", diff)
			}
		})
	}
}

// fill writes a different name into every Ref below value, two into every list of them, and notes where it stands.
func fill(value reflect.Value, path string, names map[string]string) {
	switch value.Kind() {
	case reflect.Pointer:
		value.Set(reflect.New(value.Type().Elem()))
		fill(value.Elem(), path, names)
	case reflect.Slice:
		value.Set(reflect.MakeSlice(value.Type(), 2, 2))
		fill(value.Index(0), path, names)
		fill(value.Index(1), path, names)
	case reflect.Struct:
		for i := range value.NumField() {
			field := value.Type().Field(i)
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			if !field.IsExported() || name == "" {
				continue // metav1.Time and the like
			}
			at := path + "." + name
			if value.Type() == reflect.TypeFor[InitiativeKPITarget]() {
				at = path // the reference is the entry's key
			}
			fill(value.Field(i), at, names)
		}
	case reflect.String:
		if value.Type() == reflect.TypeFor[Ref]() {
			name := fmt.Sprintf("name-%d", len(names))
			value.SetString(name)
			names[name] = path
		}
	}
}

func TestReferencesLeavesOutWhatIsNotSet(t *testing.T) {
	for _, object := range []interface{ References() []Reference }{
		&Program{}, &Owner{}, &Persona{}, &Journey{}, &Goal{}, &KPI{}, &Survey{}, &SurveyWave{}, &Initiative{}, &OwnerAssignment{}, &Scorecard{},
	} {
		if got := object.References(); len(got) != 0 {
			t.Errorf("an empty %T names %v", object, got)
		}
	}
}

func TestReferenceKey(t *testing.T) {
	goal := Goal{Spec: GoalSpec{ParentRef: "growth", OwnerRef: "head-of-cx"}}
	var got []string
	for _, reference := range goal.References() {
		got = append(got, reference.Field+" "+reference.Key())
	}
	if diff := cmp.Diff([]string{"spec.parentRef Goal/growth", "spec.ownerRef Owner/head-of-cx"}, got); diff != "" {
		t.Errorf("references (-want +got):\n%s", diff)
	}
}
