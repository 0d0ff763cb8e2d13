// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package maturity

import (
	"fmt"
	"math"
	"sort"
	"strings"

	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
)

// FactType is the type that a fact has in rules.
type FactType string

// Types of facts. Counts and numbers compare with each other and with any literal; arithmetic between the two needs
// double(f.count), as CEL has it.
const (
	// TypeBool is yes or no; CEL bool.
	TypeBool FactType = "bool"
	// TypeCount is a whole number; CEL int.
	TypeCount FactType = "count"
	// TypeNumber may have a fraction; CEL double.
	TypeNumber FactType = "number"
)

// Units of facts that are written in another way than a plain number.
const (
	// UnitRatio goes from 0 to 1 and is shown in percent.
	UnitRatio = "ratio"
)

// FactDef declares a fact that rules may read as f.<Name>.
type FactDef struct {
	Name string
	Type FactType
	// Unit of the value: what a count counts, "days", "money" (the budget's currency), UnitRatio; empty for a bool.
	Unit string
	// Label names the fact in a sentence: "accepted members of the working group".
	Label Text
	// Description is the exact definition. Windows such as 365d end now.
	Description string
}

// Grade says how good the evidence is. See the package comment for the order.
type Grade string

// Grades, strongest first.
const (
	GradeSystem   Grade = "System"
	GradeAttested Grade = "Attested"
	GradeDeclared Grade = "Declared"
)

// strength orders grades; a result carries the lowest. A fact whose grade nobody set counts as typed in.
func (g Grade) strength() int {
	switch g {
	case GradeSystem:
		return 3
	case GradeAttested:
		return 2
	default:
		return 1
	}
}

// weaker returns the weaker of two grades; the empty grade is no evidence yet and loses to any.
func weaker(a, b Grade) Grade {
	switch {
	case a == "":
		return b
	case b == "" || a.strength() <= b.strength():
		return a
	default:
		return b
	}
}

// Fact is one observation about a program.
type Fact struct {
	// Value is nil when there is no data (a zero denominator, a stale source); otherwise bool, int, int64 or float64 as
	// the FactDef says. A value of the wrong type counts as no data; CheckFacts finds it.
	Value any
	// Grade of the evidence; empty is read as Declared.
	Grade Grade
	// Objects names what the value rests on, e.g. "Owner/head-of-service"; the caller caps the list.
	Objects []string
	// Note adds a few words to messages, e.g. which source is stale. Optional.
	Note Text
}

// factIndex finds a fact's place in Facts.
var factIndex = func() map[string]int {
	index := make(map[string]int, len(Facts))
	for i := range Facts {
		index[Facts[i].Name] = i
	}
	return index
}()

// variables maps the CEL name ("f.journeys") to the fact's place in Facts.
var variables = func() map[string]int {
	index := make(map[string]int, len(Facts))
	for i := range Facts {
		index[factPrefix+Facts[i].Name] = i
	}
	return index
}()

const (
	factPrefix  = "f."
	paramPrefix = "p."
)

// FactByName returns the declaration of a fact.
func FactByName(name string) (FactDef, bool) {
	i, ok := factIndex[name]
	if !ok {
		return FactDef{}, false
	}
	return Facts[i], true
}

// CheckFacts reports facts that Evaluate would not use: unknown names, values of the wrong type, NaN and infinities.
// Whoever computes facts calls it in tests; Evaluate itself treats such a value as no data.
func CheckFacts(facts map[string]Fact) error {
	var wrong []string
	for name, fact := range facts {
		def, ok := FactByName(name)
		switch {
		case !ok:
			wrong = append(wrong, name+" is not declared in Facts")
		case fact.Value != nil && celValue(def.Type, fact.Value) == nil:
			wrong = append(wrong, fmt.Sprintf("%s is %v (%T), not a %s", name, fact.Value, fact.Value, def.Type))
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	sort.Strings(wrong)
	return fmt.Errorf("facts: %s", strings.Join(wrong, "; "))
}

// celValue converts a fact's value; nil means no data.
func celValue(typ FactType, value any) ref.Val {
	switch v := value.(type) {
	case bool:
		if typ == TypeBool {
			return types.Bool(v)
		}
	case int:
		return celNumber(typ, float64(v), int64(v))
	case int32:
		return celNumber(typ, float64(v), int64(v))
	case int64:
		return celNumber(typ, float64(v), v)
	case float64:
		if finite := !math.IsNaN(v) && !math.IsInf(v, 0); finite && (typ != TypeCount || isWhole(v)) {
			return celNumber(typ, v, int64(v))
		}
	}
	return nil
}

// isWhole tells whether a number is an integer that a float64 holds exactly.
func isWhole(v float64) bool { return v == math.Trunc(v) && math.Abs(v) < 1<<53 }

func celNumber(typ FactType, number float64, whole int64) ref.Val {
	switch typ {
	case TypeCount:
		return types.Int(whole)
	case TypeNumber:
		return types.Double(number)
	default:
		return nil
	}
}
