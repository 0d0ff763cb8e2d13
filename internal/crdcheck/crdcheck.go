// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package crdcheck does to an object what the API server does before it stores one: fills in defaults and refuses what the
// CustomResourceDefinition forbids, CEL rules included. It uses the API server's own code and needs no cluster.
package crdcheck

import (
	"context"
	"fmt"
	"io/fs"
	"strings"
	"sync"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/listtype"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	apimachineryvalidation "k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"sigs.k8s.io/yaml"

	"github.com/cx-operator/cx-operator/config"
	"github.com/cx-operator/cx-operator/internal/program"
)

// Schemas knows the schema of every kind. It is a program.Schema and safe for concurrent use.
type Schemas struct{ kinds map[string]*kind }

// kind compiles its CEL rules when the first object of it comes: a folder rarely has all kinds.
type kind struct {
	validator  validation.SchemaValidator
	structural *schema.Structural
	compile    sync.Once
	rules      *cel.Validator
}

// Builtin reads the schemas that are compiled in. It fails only when they are not what the API server would take.
func Builtin() (*Schemas, error) {
	files, err := fs.Glob(config.CRDs, "crd/*.yaml")
	if err != nil {
		return nil, err
	}
	s := &Schemas{kinds: map[string]*kind{}}
	for _, file := range files {
		data, err := config.CRDs.ReadFile(file)
		if err != nil {
			return nil, err
		}
		if err := s.add(data); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
	}
	return s, nil
}

func (s *Schemas) add(data []byte) error {
	var crd apiextensionsv1.CustomResourceDefinition
	if err := yaml.UnmarshalStrict(data, &crd); err != nil {
		return err
	}
	for _, version := range crd.Spec.Versions {
		if !version.Storage || version.Schema == nil {
			continue
		}
		var internal apiextensions.JSONSchemaProps
		err := apiextensionsv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(version.Schema.OpenAPIV3Schema, &internal, nil)
		if err != nil {
			return err
		}
		structural, err := schema.NewStructural(&internal)
		if err != nil {
			return err
		}
		validator, _, err := validation.NewSchemaValidator(&internal)
		if err != nil {
			return err
		}
		s.kinds[crd.Spec.Names.Kind] = &kind{validator: validator, structural: structural}
	}
	return nil
}

// Apply fills in defaults in place and names what the API server would refuse. CEL rules are asked only when everything
// else is right, as in the API server.
func (s *Schemas) Apply(name string, object map[string]any) []program.FieldProblem {
	k, known := s.kinds[name]
	if !known {
		return []program.FieldProblem{{Message: fmt.Sprintf("there is no schema for the kind %q", name)}}
	}
	problems := unknownFields(object, k.structural)
	defaulting.PruneNonNullableNullsWithoutDefaults(object, k.structural)
	defaulting.Default(object, k.structural)
	for _, err := range checkName(object) {
		problems = append(problems, problem(err, program.RuleInvalidName))
	}
	var errs field.ErrorList
	if !plainlyRight(object, k.structural) {
		errs = validation.ValidateCustomResource(nil, object, k.validator)
	}
	errs = append(errs, listtype.ValidateListSetsAndMaps(nil, k.structural, object)...)
	for _, err := range errs {
		problems = append(problems, problem(err, ruleOf(err)))
	}
	if len(problems) > 0 {
		return once(problems)
	}
	for _, err := range k.checkRules(object) {
		problems = append(problems, problem(err, program.RuleSchemaRule))
	}
	return problems
}

func problem(err *field.Error, rule program.Rule) program.FieldProblem {
	return program.FieldProblem{Rule: rule, Field: strings.TrimPrefix(err.Field, "<nil>"), Message: message(err)}
}

func ruleOf(err *field.Error) program.Rule {
	switch err.Type {
	case field.ErrorTypeRequired:
		return program.RuleRequiredField
	case field.ErrorTypeDuplicate:
		return program.RuleDuplicateEntry
	case field.ErrorTypeTypeInvalid:
		return program.RuleWrongType
	}
	return program.RuleInvalidValue
}

func (k *kind) checkRules(object map[string]any) field.ErrorList {
	k.compile.Do(func() {
		k.rules = cel.NewValidator(k.structural, true, celconfig.PerCallLimit)
		narrow(k.rules)
	})
	if k.rules == nil {
		return nil // a kind without rules
	}
	errs, _ := k.rules.Validate(context.Background(), nil, k.structural, object, nil, celconfig.RuntimeCELCostBudget)
	return errs
}

func checkName(object map[string]any) field.ErrorList {
	metadata, _ := object["metadata"].(map[string]any)
	name, _ := metadata["name"].(string)
	path := field.NewPath("metadata", "name")
	if len(apimachineryvalidation.NameIsDNSSubdomain(name, false)) == 0 {
		return nil
	}
	return field.ErrorList{field.Invalid(path, name,
		"cannot be a name: use lower case letters, digits, '-' and '.', and begin and end with a letter or digit")}
}

// message writes an error without the field, which stands in front of it anyway, and without what only repeats it.
func message(err *field.Error) string {
	detail := strings.TrimPrefix(err.Detail, err.Field+" in body ")
	value := fmt.Sprint(err.BadValue)
	if text, ok := err.BadValue.(string); ok {
		value = fmt.Sprintf("%q", text)
	}
	switch err.Type {
	case field.ErrorTypeRequired:
		return "is required"
	case field.ErrorTypeDuplicate:
		return strings.TrimSuffix(strings.TrimPrefix(value, "map["), "]") + " stands there twice"
	case field.ErrorTypeNotSupported:
		return notOne(err, value, strings.TrimPrefix(detail, "supported values: "))
	case field.ErrorTypeTypeInvalid:
		return wrongType(value, detail)
	case field.ErrorTypeInvalid:
		if form, known := inWords(fmt.Sprint(err.BadValue), detail); known {
			return value + " " + form
		}
		if scalar(err.BadValue) {
			return value + " " + detail
		}
		return detail // a CEL rule: its message says it all
	}
	return err.ErrorBody()
}

// notOne names the values that there are, and the one that was probably meant.
func notOne(err *field.Error, value, supported string) string {
	text := value + " is not one of the values it can have: " + supported
	var names []string
	for name := range strings.SplitSeq(supported, ", ") {
		names = append(names, strings.Trim(name, `"`))
	}
	if nearest := program.Nearest(fmt.Sprint(err.BadValue), names); nearest != "" {
		text += " (did you mean " + nearest + "?)"
	}
	return text
}

func scalar(value any) bool {
	switch value.(type) {
	case string, bool, int, int32, int64, float64:
		return true
	}
	return false
}
