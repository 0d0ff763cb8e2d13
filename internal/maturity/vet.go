// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package maturity

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/checker"
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/types/ref"
)

// allowedCalls is what a rule may call. Facts are truth values and numbers, so strings, regular expressions and times
// have nothing to work on; leaving them out also leaves out the bombs that hide in them: a regular expression of a few
// hundred characters can take a second to compile, and the cost limit does not see it.
var allowedCalls = map[string]bool{
	operators.LogicalAnd: true, operators.LogicalOr: true, operators.LogicalNot: true, operators.Conditional: true,
	operators.Equals: true, operators.NotEquals: true,
	operators.Less: true, operators.LessEquals: true, operators.Greater: true, operators.GreaterEquals: true,
	operators.Add: true, operators.Subtract: true, operators.Multiply: true, operators.Negate: true,
	operators.In: true, operators.NotStrictlyFalse: true, "size": true, "double": true, "int": true,
}

// readings lists what a rule reads, in order of first use.
type readings struct {
	facts  []int // places in Facts
	params []string
	loops  bool
}

// maxLoops bounds loops inside loops. Partial evaluation in cel-go 0.29 takes twice the time for each level, even over
// lists of one element: thirty levels take minutes and cost, by its own count, a few hundred.
const maxLoops = 2

func vetNesting(parsed *cel.Ast) error {
	loops := ast.MatchDescendants(ast.NavigateAST(parsed.NativeRep()), ast.KindMatcher(ast.ComprehensionKind))
	for _, loop := range loops {
		depth := 1
		for up, ok := loop.Parent(); ok; up, ok = up.Parent() {
			if up.Kind() == ast.ComprehensionKind {
				depth++
			}
		}
		if depth > maxLoops {
			return fmt.Errorf("list macros stand inside each other %d deep, more than %d; write several criteria", depth, maxLoops)
		}
	}
	return nil
}

// vet walks a parsed rule and refuses, in words an author understands, what CEL would refuse in its own or accept by
// accident. params are the chosen profile's.
func vet(parsed *cel.Ast, params map[string]float64) (readings, error) {
	var (
		read  readings
		first = vetNesting(parsed)
	)
	ast.PreOrderVisit(parsed.NativeRep().Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		if err := read.node(e, params); err != nil && first == nil {
			first = err
		}
	}))
	return read, first
}

func (r *readings) node(e ast.Expr, params map[string]float64) error {
	switch e.Kind() {
	case ast.CallKind:
		return vetCall(e.AsCall().FunctionName())
	case ast.SelectKind:
		return r.selected(e.AsSelect(), params)
	case ast.ComprehensionKind:
		r.loops = true
		loop := e.AsComprehension()
		if isRoot(loop.IterVar()) || isRoot(loop.IterVar2()) {
			return errors.New("a loop variable is called f or p, which hides the facts or parameters; call it x")
		}
	case ast.LiteralKind:
		return vetLiteral(e.AsLiteral())
	case ast.MapKind, ast.StructKind:
		return errors.New("rules have no maps or messages; facts are numbers and truth values")
	}
	return nil
}

func isRoot(name string) bool { return name == "f" || name == "p" }

func vetCall(function string) error {
	switch {
	case function == operators.Divide || function == operators.Modulo:
		// 3/4 of two counts is 0 in CEL, and 0.0/0.0 is NaN, which compares as false: both decide by accident.
		return errors.New("rules do not divide: use a ratio fact, or multiply: double(f.a) >= 0.8 * double(f.b)")
	case !allowedCalls[function]:
		return fmt.Errorf("rules cannot call %s; they have &&, ||, !, ?:, comparisons, +, -, *, in, size, double, int and the list macros",
			strings.Trim(function, "_"))
	}
	return nil
}

func vetLiteral(value ref.Val) error {
	switch value.Value().(type) {
	case bool, int64, uint64, float64:
		return nil
	}
	return fmt.Errorf("rules have no %s values; facts are numbers and truth values", value.Type().TypeName())
}

func (r *readings) selected(sel ast.SelectExpr, params map[string]float64) error {
	if sel.Operand().Kind() != ast.IdentKind || !isRoot(sel.Operand().AsIdent()) {
		return nil // the type checker says what it is
	}
	name := sel.FieldName()
	if sel.IsTestOnly() {
		return fmt.Errorf("has(%s.%s) is not available: a fact without data makes the criterion Unknown by itself", sel.Operand().AsIdent(), name)
	}
	if sel.Operand().AsIdent() == "p" {
		if _, ok := params[name]; !ok {
			return fmt.Errorf("the rule reads p.%s, which has no value for this profile; add one", name)
		}
		if !slices.Contains(r.params, name) {
			r.params = append(r.params, name)
		}
		return nil
	}
	i, ok := factIndex[name]
	if !ok {
		return fmt.Errorf("the rule reads f.%s, which is no fact%s; use one of the declared facts", name, suggestion(name))
	}
	if !slices.Contains(r.facts, i) {
		r.facts = append(r.facts, i)
	}
	return nil
}

// suggestion offers the fact whose name is closest, when it is close enough to be a slip of the finger.
func suggestion(name string) string {
	best, distance := "", 4
	for i := range Facts {
		if d := EditDistance(strings.ToLower(name), strings.ToLower(Facts[i].Name), distance); d < distance {
			best, distance = Facts[i].Name, d
		}
	}
	if best == "" {
		return ""
	}
	return " (did you mean f." + best + "?)"
}

// EditDistance counts insertions, deletions and replacements (Levenshtein); it returns limit when there are as many or
// more.
func EditDistance(a, b string, limit int) int {
	if abs := len(a) - len(b); abs >= limit || -abs >= limit {
		return limit
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replace := diagonal
			if a[i] != b[j] {
				replace++
			}
			diagonal = row[j+1]
			row[j+1] = min(replace, row[j]+1, diagonal+1)
		}
	}
	return min(row[len(b)], limit)
}

// isOverloadError recognizes CEL's complaint about operand types.
func isOverloadError(message string) bool { return strings.Contains(message, "no matching overload") }

// unknownSizes leaves every size that is not written in the rule unknown, which the estimator takes as unbounded.
type unknownSizes struct{}

// EstimateSize implements checker.CostEstimator.
func (unknownSizes) EstimateSize(checker.AstNode) *checker.SizeEstimate { return nil }

// EstimateCallCost implements checker.CostEstimator.
func (unknownSizes) EstimateCallCost(string, string, *checker.AstNode, []checker.AstNode) *checker.CallEstimate {
	return nil
}
