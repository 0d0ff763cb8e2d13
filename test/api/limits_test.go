// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package api_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"

	"github.com/cx-operator/cx-operator/internal/testing/harness"
)

// limit is a field of the smallest object of a kind, with values that it takes and values that it refuses.
type limit struct {
	kind string
	path string
	good []any
	bad  []any
	with fields // what else the object needs
}

func limits() []limit {
	var all []limit
	for _, some := range [][]limit{scalarLimits, programLimits, workLimits, surveyLimits, frameworkLimits, assessmentLimits, sendingLimits, choices} {
		all = append(all, some...)
	}
	return all
}

func TestLimits(t *testing.T) {
	h := harness.New(t)
	for _, l := range limits() {
		t.Run(l.kind+" "+l.path, func(t *testing.T) {
			for _, value := range l.good {
				if err := dryRun(t, h, l.kind, l.set(value)); err != nil {
					t.Errorf("%s is refused: %v", short(value), err)
				}
			}
			for _, value := range l.bad {
				err := dryRun(t, h, l.kind, l.set(value))
				if err == nil {
					t.Errorf("%s is accepted", short(value))
					continue
				}
				for _, cause := range causes(t, err) {
					if !strings.HasPrefix(cause.Field, l.path) {
						t.Errorf("%s is refused for another field, %s: %s", short(value), cause.Field, cause.Message)
					}
				}
			}
		})
	}
}

func (l limit) set(value any) fields {
	f := fields{l.path: value}
	for k, v := range l.with {
		f[k] = v
	}
	return f
}

// short is a value as JSON, cut where it goes on and on.
func short(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	return fmt.Sprintf("%.80s", text)
}

// A pattern or choice that stands in many places (Ref, Decimal) needs one test; a new one without a test is an error.
func TestEveryPatternAndChoiceInTheCRDsHasALimitTest(t *testing.T) {
	tested := map[string]bool{}
	crds := loadCRDs(t)
	for _, l := range limits() {
		found := false
		for _, c := range crds {
			for _, n := range c.nodes() {
				if c.Spec.Names.Kind == l.kind && n.path == schemaPath(l.path) {
					found = true
					if len(l.good) > 0 && len(l.bad) > 0 {
						tested[fingerprint(n.schema)] = true
					}
				}
			}
		}
		if !found {
			t.Errorf("%s has no field %s", l.kind, l.path)
		}
	}
	for _, c := range crds {
		for _, n := range c.nodes() {
			if f := fingerprint(n.schema); strings.HasPrefix(n.path, "spec") && f != "" && !tested[f] {
				t.Errorf("%s %s: no limit test with good and bad values for %s", c.Spec.Names.Kind, n.path, f)
			}
		}
	}
}

// fingerprint is what a schema lets through where it names a pattern, choices or a least number of entries; "" where it does
// not.
func fingerprint(schema *apiextensionsv1.JSONSchemaProps) string {
	var f string
	if schema.Pattern != "" {
		f += fmt.Sprintf("pattern %s of length %s to %s", schema.Pattern, number(schema.MinLength), number(schema.MaxLength))
	}
	if len(schema.Enum) > 0 {
		f += fmt.Sprintf("one of %s", schema.Enum)
	}
	if schema.MinItems != nil {
		f += fmt.Sprintf("%s to %s entries", number(schema.MinItems), number(schema.MaxItems))
	}
	return f
}

func number(n *int64) string {
	if n == nil {
		return "any"
	}
	return fmt.Sprint(*n)
}
