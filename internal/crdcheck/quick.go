// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package crdcheck

import (
	"math"
	"regexp"
	"slices"
	"sync"
	"unicode/utf8"

	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/kube-openapi/pkg/validation/strfmt"
)

// plainlyRight tells whether a value is right by its schema beyond doubt. False says nothing: whatever is wrong, and whatever is not
// understood here, is for the API server's own validator, which makes new validators for every field of every object and takes
// five times as long. Most objects are right.
func plainlyRight(value any, s *schema.Structural) bool {
	limits := s.ValueValidation
	if limits == nil {
		limits = &schema.ValueValidation{}
	}
	if isCompound(s, limits) {
		return false
	}
	switch v := value.(type) {
	case map[string]any:
		return rightObject(v, s, limits)
	case []any:
		return rightList(v, s, limits)
	case string:
		return isType(s, "string") && rightText(v, limits)
	case int64:
		return isType(s, "integer") && rightNumber(v, limits)
	case bool:
		return s.Type == "boolean" && len(limits.Enum) == 0
	}
	return false
}

func isType(s *schema.Structural, name string) bool { return s.Type == name || s.XIntOrString }

// isCompound tells whether a schema has parts that are not looked at here. That an int-or-string is one of the two is known.
func isCompound(s *schema.Structural, limits *schema.ValueValidation) bool {
	return s.XEmbeddedResource || limits.Not != nil || limits.MultipleOf != nil || len(limits.AllOf)+len(limits.OneOf) > 0 ||
		(len(limits.AnyOf) > 0 && !s.XIntOrString)
}

func rightObject(object map[string]any, s *schema.Structural, limits *schema.ValueValidation) bool {
	if s.Type != "object" || len(limits.Enum) > 0 || !within(len(object), limits.MinProperties, limits.MaxProperties) {
		return false
	}
	for _, name := range limits.Required {
		if _, there := object[name]; !there {
			return false
		}
	}
	for name, value := range object {
		if property := propertyOf(s, name); property != nil && !plainlyRight(value, property) {
			return false
		}
	}
	return true
}

// propertyOf is nil for a field that is not known, which unknownFields tells.
func propertyOf(s *schema.Structural, name string) *schema.Structural {
	if property, known := s.Properties[name]; known {
		return &property
	}
	if s.AdditionalProperties != nil {
		return s.AdditionalProperties.Structural
	}
	return nil
}

func rightList(list []any, s *schema.Structural, limits *schema.ValueValidation) bool {
	if s.Type != "array" || s.Items == nil || len(limits.Enum) > 0 || limits.UniqueItems {
		return false
	}
	wrong := func(item any) bool { return !plainlyRight(item, s.Items) }
	return within(len(list), limits.MinItems, limits.MaxItems) && !slices.ContainsFunc(list, wrong)
}

func rightText(text string, limits *schema.ValueValidation) bool {
	if !within(utf8.RuneCountInString(text), limits.MinLength, limits.MaxLength) {
		return false
	}
	if limits.Pattern != "" {
		if pattern := compiled(limits.Pattern); pattern == nil || !pattern.MatchString(text) {
			return false
		}
	}
	if limits.Format != "" && !strfmt.Default.Validates(limits.Format, text) {
		return false
	}
	for _, value := range limits.Enum {
		if value.Object == text {
			return true
		}
	}
	return len(limits.Enum) == 0
}

func rightNumber(number int64, limits *schema.ValueValidation) bool {
	switch {
	case len(limits.Enum) > 0, limits.ExclusiveMinimum, limits.ExclusiveMaximum:
		return false
	case limits.Minimum != nil && float64(number) < *limits.Minimum, limits.Maximum != nil && float64(number) > *limits.Maximum:
		return false
	}
	// Beyond, numbers of the schema and those of the file are rounded differently.
	return number >= math.MinInt32 && number <= math.MaxInt32
}

func within(n int, least, most *int64) bool {
	return (least == nil || int64(n) >= *least) && (most == nil || int64(n) <= *most)
}

// patterns are the expressions of all schemas, compiled when they are first used.
var patterns sync.Map

func compiled(expression string) *regexp.Regexp {
	known, _ := patterns.Load(expression)
	if pattern, ok := known.(*regexp.Regexp); ok {
		return pattern
	}
	pattern, err := regexp.Compile(expression)
	if err != nil {
		return nil
	}
	patterns.Store(expression, pattern)
	return pattern
}
