// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package promql

import (
	"errors"
	"testing"

	"github.com/prometheus/prometheus/promql/parser"
)

// Should a parser to come write something else than it read, in a place that Parse does not know, nothing is sent. So the queries here
// get past Parse.
func TestWhatChangesWhenItIsReadAgainIsNotSent(t *testing.T) {
	for name, text := range map[string]string{
		"a label with a selector in it": `sum(a or on ('"x) secret or ignoring (x"') b)`,
		"a label with two in it":        `a or on ('"x) secret or secret{job=""} or ignoring (x"') b`,
		"a label without quotes in it":  `a or on ("x) secret or ignoring (x") b`,
		"a label that is not read":      `a or on ("my.label") b`,
	} {
		expr, err := parser.ParseExpr(text)
		if err != nil {
			t.Fatal(err)
		}
		confined, err := Query{expr}.Confined("namespace", "retail")
		var unsure *ConfineError
		if !errors.As(err, &unsure) {
			t.Errorf("%s: %v, %v", name, confined, err)
		}
	}
}
