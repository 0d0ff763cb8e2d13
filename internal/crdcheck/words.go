// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package crdcheck

import (
	"fmt"
	"strings"

	"github.com/cx-operator/cx-operator/internal/program"
)

const (
	noName   = "cannot be a name: use lower case letters, digits and '-', and begin and end with a letter or digit"
	noWord   = "cannot be used here: use letters, digits and '-', and begin with a letter"
	noID     = "cannot be a name: use lower case letters, digits and '-', and begin with a letter"
	noKey    = "cannot be used here: use letters, digits, '-', '.' and '_', and begin with a letter or digit"
	noDay    = "is no day that there is: write e.g. 2027-03-31"
	noTime   = "is no time: write e.g. 2027-01-04T09:00:00Z"
	noLength = "is no duration: write e.g. 14d, 36h or 1d12h"
)

// forms say what a pattern asks for to somebody who reads no patterns, after the value that does not match.
var forms = map[string]string{
	`^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$`:                             noName,
	`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`:                              noName,
	`^[a-z0-9]([-a-z0-9]*[a-z0-9])$`:                               noName,
	`^[a-z][-a-z0-9]*$`:                                            noID,
	`^[A-Za-z][-A-Za-z0-9]*$`:                                      noWord,
	`^[A-Za-z0-9][-._A-Za-z0-9]*$`:                                 noKey,
	`^-?[0-9]{1,12}(\.[0-9]{1,6})?$`:                               "is no number: write e.g. 42 or 42.5, with a point and without a unit",
	`^([0-9]{1,4}d)?([0-9]{1,6}h)?([0-9]{1,7}m)?([0-9]{1,8}s)?$`:   noLength,
	`^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$`:          noDay,
	`^([01][0-9]|2[0-3]):[0-5][0-9]$`:                              "is no time of the day: write e.g. 09:00 or 18:30, in quotes",
	`^https?://[^\s]+$`:                                            "is no address: write e.g. https://example.com/page",
	`^https://[^\s]+$`:                                             "is no address that begins with https://",
	`^[^\s](.*[^\s])?$`:                                            "begins or ends with a space: take it out",
	`^[A-Z]{3}$`:                                                   "is no currency: write its three letters, e.g. EUR",
	`^#[0-9a-fA-F]{6}$`:                                            "is no colour: write e.g. \"#1b6e53\", in quotes",
	`^data:image/(png|svg\+xml|jpeg|webp);base64,[A-Za-z0-9+/=]+$`: "is no picture as data:image/png;base64,…",
}

// inWords says what is wrong with a value that does not match a pattern; false for a pattern without words.
func inWords(value, detail string) (string, bool) {
	pattern, found := strings.CutPrefix(detail, "should match '")
	form, known := forms[strings.TrimSuffix(pattern, "'")]
	if !found || !known {
		return "", false
	}
	if foreign := foreignLetter(value); foreign != "" && strings.HasPrefix(form, "cannot be") {
		form += fmt.Sprintf("; %q is no letter from a to z", foreign)
	}
	return form, true
}

// foreignLetter is the first character that looks like none of the Latin alphabet's, or just like one of them.
func foreignLetter(text string) string {
	for _, letter := range text {
		if letter > '~' {
			return string(letter)
		}
	}
	return ""
}

// types are what values are called, by the types of JSON.
var types = map[string]string{
	"string": "a text", "integer": "a whole number", "number": "a fraction", "boolean": "true or false", "array": "a list",
	"object": "an object with fields", "null": "empty",
}

// wrongType says what a value is and what its field takes.
func wrongType(value, detail string) string {
	wanted, _, _ := strings.Cut(strings.TrimPrefix(detail, "must be of type "), ": ")
	switch wanted {
	case "date":
		return value + " " + noDay
	case "date-time":
		return value + " " + noTime
	}
	is, known := types[strings.Trim(value, `"`)]
	if !known {
		return value + " must be of type " + wanted
	}
	hint := ""
	switch wanted {
	case "array":
		hint = ": write [one, two]"
	case "string", "integer,string":
		hint = ": put it in quotes"
	}
	var takes []string
	for name := range strings.SplitSeq(wanted, ",") {
		takes = append(takes, types[name])
	}
	return "is " + is + ", and takes " + strings.Join(takes, " or ") + hint
}

// once leaves out what follows for a field from its being of another type, which is said.
func once(problems []program.FieldProblem) []program.FieldProblem {
	mistyped := map[string]bool{}
	for _, p := range problems {
		if p.Rule == program.RuleWrongType {
			mistyped[p.Field] = true
		}
	}
	kept := problems[:0]
	for _, p := range problems {
		if p.Rule != program.RuleInvalidValue || !mistyped[p.Field] {
			kept = append(kept, p)
		}
	}
	return kept
}
