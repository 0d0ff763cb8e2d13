// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package crdcheck

import (
	"regexp"

	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
)

// narrow leaves each validator only that part of its schema that its rules can ask for. They are compiled already, against all of it;
// what is left is used to read values, and whenever a rule reads a field, the API server's code makes a new table of all the fields
// beside it, which takes several times as long as everything else that is done to an object.
func narrow(v *cel.Validator) {
	if v == nil {
		return
	}
	words := wordsOf(v.Schema)
	v.Schema = only(v.Schema, words)
	for name, child := range v.Properties {
		narrow(&child)
		v.Properties[name] = child
	}
	narrow(v.Items)
	narrow(v.AdditionalProperties)
	for _, all := range v.AllOfValidators {
		narrow(all)
	}
}

var word = regexp.MustCompile(`[A-Za-z_][A-Za-z0-9_]*`)

// wordsOf are all words in the rules of one level: names of fields, among others.
func wordsOf(s *schema.Structural) map[string]bool {
	words := map[string]bool{}
	for _, rule := range s.XValidations {
		for _, name := range word.FindAllString(rule.Rule+" "+rule.MessageExpression, -1) {
			words[name] = true
		}
	}
	return words
}

// only is a schema with the fields of these names on each level. A name that is no word to CEL is kept: it is written in another way.
func only(s *schema.Structural, words map[string]bool) *schema.Structural {
	if s == nil {
		return nil
	}
	kept := *s
	kept.Items = only(s.Items, words)
	if s.AdditionalProperties != nil {
		additional := *s.AdditionalProperties
		additional.Structural = only(additional.Structural, words)
		kept.AdditionalProperties = &additional
	}
	if s.Properties == nil {
		return &kept
	}
	kept.Properties = map[string]schema.Structural{} // never nil: that would be another type
	for name, property := range s.Properties {
		if words[name] || word.FindString(name) != name {
			kept.Properties[name] = *only(&property, words)
		}
	}
	return &kept
}
