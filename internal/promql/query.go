// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package promql says what may be asked of a Prometheus, of whose series, and what number an answer gives. It asks nobody:
// lint checks queries with it offline, and the operator before each time that it asks.
package promql

import (
	"errors"
	"fmt"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// Query is PromQL that can give one number.
type Query struct{ expr parser.Expr }

// SyntaxError is PromQL that Prometheus would not read.
type SyntaxError struct {
	// Line and Column are where, in the query, beginning at 1.
	Line, Column int
	// Text says what is wrong, in the parser's words.
	Text string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("the PromQL cannot be read at line %d, column %d: %s", e.Line, e.Column, e.Text)
}

// TypeError is PromQL whose result is never one number.
type TypeError struct{ Text string }

func (e *TypeError) Error() string { return e.Text }

// Parse reads a query. The error is a *SyntaxError or a *TypeError. Experimental functions are none: one of them, info, reads
// series that no selector of the query names, past every Confined.
func Parse(text string) (Query, error) {
	expr, err := parser.ParseExpr(text)
	if err != nil {
		return Query{}, syntaxError(text, err)
	}
	switch expr.Type() {
	case parser.ValueTypeScalar, parser.ValueTypeVector:
		return Query{expr}, nil
	case parser.ValueTypeMatrix:
		return Query{}, &TypeError{"the query gives the course of series over time, not a number: take a figure of it, e.g. avg_over_time(…)"}
	default:
		return Query{}, &TypeError{fmt.Sprintf("the query gives a %s, not a number", expr.Type())}
	}
}

func syntaxError(text string, err error) error {
	e := &SyntaxError{Line: 1, Column: 1, Text: err.Error()}
	var all parser.ParseErrors
	var first *parser.ParseErr
	switch {
	case errors.As(err, &all) && len(all) > 0:
		first = &all[0]
	case !errors.As(err, &first):
		return e
	}
	e.Text = first.Err.Error()
	for _, b := range []byte(text[:min(max(int(first.PositionRange.Start), 0), len(text))]) {
		e.Column++
		if b == '\n' {
			e.Line, e.Column = e.Line+1, 1
		}
	}
	return e
}

// String is the query as Prometheus writes it: two that differ in spaces, comments or the order of matchers alone need not be equal
// as texts, and most are equal here.
func (q Query) String() string { return q.expr.String() }

// CheckLabel refuses what cannot be the name of a label that keeps namespaces apart.
func CheckLabel(name string) error {
	if !model.LegacyValidation.IsValidLabelName(name) || name == model.MetricNameLabel {
		return fmt.Errorf("%q is no name of a label, such as namespace", name)
	}
	return nil
}

// Confined is the query, seeing only series whose label has the value: the matcher is added to each of its selectors, and nothing but
// selectors reads series. A query that asks for another value of the label as well finds nothing.
func (q Query) Confined(label, value string) (Query, error) {
	// A copy by way of the text: the tree is shared with whoever holds q.
	expr, err := parser.ParseExpr(q.expr.String())
	if err != nil {
		return Query{}, fmt.Errorf("reading the query again: %w", err)
	}
	parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
		if selector, ok := node.(*parser.VectorSelector); ok {
			selector.LabelMatchers = append(selector.LabelMatchers, labels.MustNewMatcher(labels.MatchEqual, label, value))
		}
		return nil
	})
	return Query{expr}, nil
}
