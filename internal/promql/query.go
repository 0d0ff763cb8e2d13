// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package promql says what may be asked of a Prometheus, of whose series, and what number an answer gives. It asks nobody:
// lint checks queries with it offline, and the operator before each time that it asks.
package promql

import (
	"errors"
	"fmt"
	"slices"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/promql/parser/posrange"
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

// TypeError is PromQL whose result is never one number, or not surely the one that was meant.
type TypeError struct{ Text string }

func (e *TypeError) Error() string { return e.Text }

// Parse reads a query. The error is a *SyntaxError or a *TypeError. Experimental functions are none: one of them, info, reads
// series that no selector of the query names, past every Confined.
func Parse(text string) (Query, error) {
	expr, err := parser.ParseExpr(text)
	if err != nil {
		return Query{}, syntaxError(text, err)
	}
	if err := checkLabels(text, expr); err != nil {
		return Query{}, err
	}
	if _, err := reread(expr); err != nil {
		return Query{}, &TypeError{err.Error()} // what is sent is the text that is read again
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

// checkLabels refuses labels that are not written as they are read: what is sent is the tree as the parser writes it, and it writes the
// labels of on, ignoring, group_left and group_right without quotes. So a label that holds PromQL would be read as PromQL, with
// selectors in it that nobody confined.
func checkLabels(text string, expr parser.Expr) error {
	var wrong error
	check := func(start posrange.Pos, names []string) {
		for _, name := range names {
			if wrong == nil && !model.LegacyValidation.IsValidLabelName(name) {
				e := &SyntaxError{Text: fmt.Sprintf("the label %q cannot be grouped by or matched on: only a name of letters, digits and _ can", name)}
				e.Line, e.Column = place(text, int(start))
				wrong = e
			}
		}
	}
	parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
		switch n := node.(type) {
		case *parser.AggregateExpr:
			check(n.PosRange.Start, n.Grouping)
		case *parser.BinaryExpr:
			if n.VectorMatching != nil {
				check(n.LHS.PositionRange().End, slices.Concat(n.VectorMatching.MatchingLabels, n.VectorMatching.Include))
			}
		}
		return nil
	})
	return wrong
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
	e.Line, e.Column = place(text, int(first.PositionRange.Start))
	return e
}

// place is the line and column of an offset, beginning at 1.
func place(text string, offset int) (line, column int) {
	line, column = 1, 1
	for _, b := range []byte(text[:min(max(offset, 0), len(text))]) {
		column++
		if b == '\n' {
			line, column = line+1, 1
		}
	}
	return line, column
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

// ConfineError is a query of which it is not sure that it can be confined.
type ConfineError struct{ Text string }

func (e *ConfineError) Error() string { return e.Text }

// Confined is the query, seeing only series whose label has the value: the matcher is added to each of its selectors, and nothing but
// selectors reads series. A query that asks for another value of the label as well finds nothing. The error is a *ConfineError.
func (q Query) Confined(label, value string) (Query, error) {
	matcher, err := labels.NewMatcher(labels.MatchEqual, label, value)
	if err != nil {
		return Query{}, &ConfineError{err.Error()}
	}
	// A copy by way of the text: the tree is shared with whoever holds q.
	expr, err := reread(q.expr)
	if err != nil {
		return Query{}, err
	}
	for _, selector := range selectors(expr) {
		selector.LabelMatchers = append(selector.LabelMatchers, matcher)
	}
	// What Prometheus reads is the text, so the text is looked at, and not the tree that it was made of.
	if expr, err = reread(expr); err != nil {
		return Query{}, err
	}
	found := selectors(expr)
	if len(found) != len(selectors(q.expr)) {
		return Query{}, &ConfineError{"the query has other selectors when it is read again: write it in another way"}
	}
	for _, selector := range found {
		if !slices.ContainsFunc(selector.LabelMatchers, func(m *labels.Matcher) bool {
			return m.Type == labels.MatchEqual && m.Name == label && m.Value == value
		}) {
			return Query{}, &ConfineError{"a selector of the query does not keep to the namespace when it is read again: write it in another way"}
		}
	}
	return Query{expr}, nil
}

// reread is the tree that the text of a tree gives.
func reread(expr parser.Expr) (parser.Expr, error) {
	text := expr.String()
	again, err := parser.ParseExpr(text)
	if err != nil || again.String() != text {
		return nil, &ConfineError{"the query is not the same when it is read again: write it in another way"}
	}
	return again, nil
}

func selectors(expr parser.Expr) []*parser.VectorSelector {
	var all []*parser.VectorSelector
	parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
		if selector, ok := node.(*parser.VectorSelector); ok {
			all = append(all, selector)
		}
		return nil
	})
	return all
}
