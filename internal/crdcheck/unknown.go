// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package crdcheck

import (
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cx-operator/cx-operator/internal/program"
)

// metadataFields are those that every object has, whatever its schema says.
var metadataFields = func() map[string]schema.Structural {
	fields := map[string]schema.Structural{}
	for f := range reflect.TypeFor[metav1.ObjectMeta]().Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		fields[name] = schema.Structural{Extensions: schema.Extensions{XPreserveUnknownFields: true}}
	}
	return fields
}()

// unknownFields names the fields that the API server would drop without a word, which is never what was meant.
func unknownFields(object map[string]any, root *schema.Structural) []program.FieldProblem {
	known := map[string]schema.Structural{
		"apiVersion": {}, "kind": {},
		"metadata": {Properties: metadataFields},
	}
	for name := range root.Properties {
		if _, ours := known[name]; !ours {
			known[name] = root.Properties[name]
		}
	}
	u := &unknown{}
	u.object("", object, &schema.Structural{Properties: known})
	return u.found
}

type unknown struct{ found []program.FieldProblem }

func (u *unknown) object(path string, object map[string]any, s *schema.Structural) {
	var missing []string
	for name, value := range object {
		next, known := s.Properties[name]
		switch {
		case known:
			u.value(path+name, value, &next)
		case s.AdditionalProperties != nil && s.AdditionalProperties.Structural != nil:
			u.value(path+name, value, s.AdditionalProperties.Structural)
		case s.AdditionalProperties == nil:
			missing = append(missing, name)
		}
	}
	slices.Sort(missing)
	for _, name := range missing {
		u.found = append(u.found, program.FieldProblem{
			Rule: program.RuleUnknownField, Field: path + name, Message: program.UnknownField(name, free(object, s)),
		})
	}
}

// free are the fields that an object could have and has not: a slip of the finger leaves the right one out.
func free(object map[string]any, s *schema.Structural) []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(s.Properties)), func(name string) bool {
		_, taken := object[name]
		return taken
	})
}

func (u *unknown) value(path string, value any, s *schema.Structural) {
	if s.XPreserveUnknownFields {
		return
	}
	switch v := value.(type) {
	case map[string]any:
		if len(s.Properties) > 0 || s.AdditionalProperties != nil {
			u.object(path+".", v, s)
		} // else it is no object, which the validator says
	case []any:
		if s.Items == nil {
			return
		}
		for i, item := range v {
			u.value(path+"["+strconv.Itoa(i)+"]", item, s.Items)
		}
	}
}
