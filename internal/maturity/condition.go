// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package maturity

import (
	"slices"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
	celtypes "github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/parser"
)

// condition is the part of a rule that decides: && and || over atoms. CEL computes the truth; the tree only says which
// atoms made it so.
type condition struct {
	id   int64
	kind conditionKind
	kids []*condition // of all and anyOf
	atom *atom        // of an atom
	// folds says that a part below was switched off and left out.
	folds bool
}

type conditionKind int

const (
	isAtom conditionKind = iota
	allOf
	anyOf
)

// atom is a comparison, a truth fact, or any other expression that gives true or false.
type atom struct {
	facts []int // places in Facts, in order of first use
	// op is the comparison with the fact on the left; empty for a flag and for other expressions.
	op          string
	left, right operand
	// wanted is the value that a flag must have.
	wanted bool
	// text is the expression as written, for atoms of no simple form.
	text string
}

// operand is one side of a comparison.
type operand struct {
	id    int64
	facts []int
	value ref.Val // of a literal or parameter, else nil: look it up
	// sum is true when the side is facts joined by +, so that it can be named.
	sum  bool
	text string
}

// flipped gives the comparison with its sides exchanged.
var flipped = map[string]string{
	operators.Less: operators.Greater, operators.LessEquals: operators.GreaterEquals,
	operators.Greater: operators.Less, operators.GreaterEquals: operators.LessEquals,
	operators.Equals: operators.Equals, operators.NotEquals: operators.NotEquals,
}

// newCondition builds the tree of a checked rule; whole takes the rule as one atom, because nothing is known of its parts.
func newCondition(checked *cel.Ast, whole bool) *condition {
	b := conditionBuilder{checked.NativeRep()}
	if whole {
		return &condition{id: b.Expr().ID(), atom: &atom{facts: factsIn(b.Expr()), text: b.source(b.Expr())}}
	}
	return b.condition(b.Expr())
}

type conditionBuilder struct{ *ast.AST }

func (b conditionBuilder) condition(e ast.Expr) *condition {
	if e.Kind() == ast.CallKind {
		switch call := e.AsCall(); call.FunctionName() {
		case operators.LogicalAnd:
			return b.joined(e.ID(), allOf, call.Args())
		case operators.LogicalOr:
			return b.joined(e.ID(), anyOf, call.Args())
		}
	}
	return &condition{id: e.ID(), atom: b.atom(e)}
}

// joined flattens a && (b && c) into one list, as people read it.
func (b conditionBuilder) joined(id int64, kind conditionKind, args []ast.Expr) *condition {
	c := &condition{id: id, kind: kind}
	for _, arg := range args {
		kid := b.condition(arg)
		if kid.kind == kind {
			c.kids = append(c.kids, kid.kids...)
			continue
		}
		c.kids = append(c.kids, kid)
	}
	if relevant := slices.DeleteFunc(slices.Clone(c.kids), (*condition).asksNothing); kind == allOf && len(relevant) > 0 {
		c.folds, c.kids = len(relevant) < len(c.kids), relevant
	}
	c.folds = c.folds || slices.ContainsFunc(c.kids, func(kid *condition) bool { return kid.folds })
	return c
}

// asksNothing tells whether a part wants at least zero of something that is never less. A profile switches a part of a rule
// off by such a parameter, and then nobody wants to read about it. Money can be less than zero: somebody may pay it back.
func (c *condition) asksNothing() bool {
	if c.kind != isAtom || c.atom.op != operators.GreaterEquals || !c.atom.left.sum || c.atom.right.value == nil {
		return false
	}
	money := slices.ContainsFunc(c.atom.left.facts, func(fact int) bool { return Facts[fact].Unit == "money" })
	return !money && c.atom.right.value.Equal(celtypes.IntZero) == celtypes.True
}

func (b conditionBuilder) atom(e ast.Expr) *atom {
	a := &atom{facts: factsIn(e), wanted: true}
	inner := e
	if e.Kind() == ast.CallKind && e.AsCall().FunctionName() == operators.LogicalNot {
		inner, a.wanted = e.AsCall().Args()[0], false
	}
	switch {
	case inner.Kind() == ast.IdentKind:
		return a
	case a.wanted && e.Kind() == ast.CallKind && flipped[e.AsCall().FunctionName()] != "":
		call := e.AsCall()
		a.op, a.left, a.right = call.FunctionName(), b.operand(call.Args()[0]), b.operand(call.Args()[1])
		if len(a.left.facts) == 0 {
			a.op, a.left, a.right = flipped[a.op], a.right, a.left
		}
		if len(a.left.facts) > 0 {
			return a
		}
	}
	a.op, a.text = "", b.source(e)
	return a
}

func (b conditionBuilder) operand(e ast.Expr) operand {
	o := operand{id: e.ID(), facts: factsIn(e), text: b.source(e), sum: isSum(e)}
	if e.Kind() == ast.LiteralKind {
		o.value = e.AsLiteral()
	} else if reference := b.ReferenceMap()[e.ID()]; reference != nil {
		o.value = reference.Value // a parameter; nil for a fact
	}
	return o
}

// source prints an expression; when CEL cannot, the reader still gets the facts with their values.
func (b conditionBuilder) source(e ast.Expr) string {
	text, err := parser.Unparse(e, b.SourceInfo())
	if err != nil {
		return "..."
	}
	return text
}

func isSum(e ast.Expr) bool {
	if e.Kind() == ast.CallKind && e.AsCall().FunctionName() == operators.Add {
		return isSum(e.AsCall().Args()[0]) && isSum(e.AsCall().Args()[1])
	}
	_, ok := factIdent(e)
	return ok
}

// factIdent gives the fact that a checked expression names; the checker has turned f.journeys into one identifier.
func factIdent(e ast.Expr) (int, bool) {
	if e.Kind() != ast.IdentKind {
		return 0, false
	}
	i, ok := variables[e.AsIdent()]
	return i, ok
}

func factsIn(e ast.Expr) []int {
	var facts []int
	ast.PreOrderVisit(e, ast.NewExprVisitor(func(part ast.Expr) {
		if i, ok := factIdent(part); ok && !slices.Contains(facts, i) {
			facts = append(facts, i)
		}
	}))
	return facts
}

// outcome reads what CEL recorded for this part. A part that failed has no answer of its own: Unknown. Where a part is switched
// off, CEL's answer still rests on it, and ours is drawn from the others by the same logic.
func (c *condition) outcome(at parts) Outcome {
	if !c.folds {
		return outcomeOf(at(c.id))
	}
	neutral, decides := True, False
	if c.kind == anyOf {
		neutral, decides = False, True
	}
	result := neutral
	for _, kid := range c.kids {
		switch kid.outcome(at) {
		case decides:
			return decides
		case Unknown:
			result = Unknown
		}
	}
	return result
}

// deciding returns the parts that made this part what it is: a True || rests on its True parts, a False && on its
// False ones, an Unknown one on its Unknown parts; everything else rests on all.
func (c *condition) deciding(at parts) []*condition {
	own := c.outcome(at)
	if own != Unknown && (own == True) == (c.kind == allOf) {
		return c.kids
	}
	return c.with(at, own)
}

func (c *condition) with(at parts, outcome Outcome) []*condition {
	var kids []*condition
	for _, kid := range c.kids {
		if kid.outcome(at) == outcome {
			kids = append(kids, kid)
		}
	}
	return kids
}

// atoms lists the atoms under the deciding parts, in the order of the rule.
func (c *condition) atoms(at parts) []*atom {
	if c.kind == isAtom {
		return []*atom{c.atom}
	}
	var all []*atom
	for _, kid := range c.deciding(at) {
		all = append(all, kid.atoms(at)...)
	}
	return all
}

// shown returns the parts to put before a reader: what made a True part true; what is still open in any other. Of an
// open || everything is open, because any part would do.
func (c *condition) shown(at parts) []*condition {
	if c.outcome(at) == True {
		return c.deciding(at)
	}
	if c.kind == anyOf {
		return c.kids
	}
	var open []*condition
	for _, kid := range c.kids {
		if kid.outcome(at) != True {
			open = append(open, kid)
		}
	}
	return open
}

// grade is the weakest grade that the answer rests on. Of several True parts of an ||, one would do: the strongest
// counts. An Unknown answer rests on nothing.
func (c *condition) grade(at parts, grades func(fact int) Grade) Grade {
	var weakest, strongest Grade
	if c.outcome(at) == Unknown {
		return ""
	}
	if c.kind == isAtom {
		for _, fact := range c.atom.facts {
			weakest = weaker(weakest, grades(fact))
		}
		return weakest
	}
	for _, kid := range c.deciding(at) {
		grade := kid.grade(at, grades)
		if strongest == "" || grade.strength() > strongest.strength() {
			strongest = grade
		}
		weakest = weaker(weakest, grade)
	}
	if c.kind == anyOf && c.outcome(at) == True || c.kind == allOf && c.outcome(at) == False {
		return strongest
	}
	return weakest
}
