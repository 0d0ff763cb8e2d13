// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

//go:build unix

package maturity

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"
)

const (
	// allowance is the CPU time that the evaluation of a rule may take.
	allowance = 100 * time.Millisecond
	// compiling is the CPU time after which a rule must be refused or ready for use.
	compiling = 50 * time.Millisecond
)

// cpu is the CPU time of the process so far.
func cpu(t testing.TB) time.Duration {
	t.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		t.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// least is the CPU time of a run. One that seems slow is run again: what the garbage of other tests costs is not the rule's.
func least(t testing.TB, limit time.Duration, run func()) time.Duration {
	t.Helper()
	best := time.Hour
	for i := 0; i < 3 && best > limit/2; i++ {
		before := cpu(t)
		run()
		best = min(best, cpu(t)-before)
	}
	return best
}

// joined writes conditions on all facts in turn, as long as a rule may be.
func joined(operator string, condition func(FactDef) string) string {
	rule := ""
	for i := 0; ; i++ {
		next := condition(Facts[i%len(Facts)])
		if len(rule)+len(operator)+len(next) > MaxRuleLength-40 {
			return rule
		}
		if rule != "" {
			rule += operator
		}
		rule += next
	}
}

// truth is a condition on a fact of any type.
func truthOf(def FactDef) string {
	if def.Type == TypeBool {
		return "f." + def.Name
	}
	return "f." + def.Name + " > 0"
}

// short is joined with the shortest conditions, for what is repeated in loops.
func short(n int) string { return strings.TrimSuffix(strings.Repeat("f.journeys > 0 || ", n), " || ") }

// alternating nests && and || so deep.
func alternating(depth int) string {
	rule := "f.journeys > 0"
	for i := range depth {
		rule = fmt.Sprintf("(f.standardExists %s %s)", []string{"&&", "||"}[i%2], rule)
	}
	return rule
}

// counts is a list of the first facts that are counts.
func counts(n int) string {
	var names []string
	for _, def := range Facts {
		if def.Type == TypeCount && len(names) < n {
			names = append(names, "f."+def.Name)
		}
	}
	return "[" + strings.Join(names, ",") + "]"
}

// bombs are rules that want to cost time or memory.
var bombs = map[string]string{
	// loops
	"eight nested loops":              nested(8, 10),
	"two nested loops":                nested(2, 20),
	"four nested loops":               nested(4, 17),
	"three nested loops":              nested(3, 26),
	"two wide loops":                  nested(2, 200),
	"two loops at the limit":          nested(2, 400),
	"two loops that find nothing":     list(300) + ".exists(x, " + list(300) + ".exists(y, x * y == f.journeys))",
	"two loops that count":            list(300) + ".exists_one(x, " + list(300) + ".exists_one(y, y == f.journeys))",
	"one loop over a long list":       nested(1, 900),
	"loops of one, thirty deep":       nested(30, 1),
	"a loop of loops of lists":        list(30) + ".filter(x, " + list(30) + ".exists_one(z, z == x)).size() >= f.journeys",
	"a loop over all facts, twice":    counts(20) + ".all(x, " + counts(20) + ".exists(y, x > y))",
	"a loop that multiplies":          list(60) + ".map(x, " + list(60) + ".map(y, x * y * 9223372036854775807)).size() > f.journeys",
	"loops behind loops":              strings.Repeat(list(80)+".all(x, x > f.journeys) || ", 9) + "false",
	"a chain of filters":              list(300) + strings.Repeat(".filter(x, x > f.journeys)", 20) + ".size() > 0",
	"a chain of maps":                 "[1]" + strings.Repeat(".map(x, x + 1)", 100) + ".size() > f.journeys",
	"nested macros":                   strings.Repeat("[1].map(x,", 150) + "x" + strings.Repeat(")", 150) + ".size() > f.journeys",
	"macros in the list of a macro":   "[[1].map(x, x), [2].map(x, x)].map(y, y.map(z, z + f.journeys)).size() > 1",
	"a loop with a long or":           list(60) + ".all(x, " + short(90) + ")",
	"two loops with an or":            list(60) + ".all(x, " + list(60) + ".all(y, " + short(80) + "))",
	"two loops with a long condition": list(40) + ".all(x, " + list(40) + ".all(y, " + alternating(25) + "))",
	// growth
	"a list that grows":           list(20) + ".map(a, " + list(20) + ".map(b, " + list(20) + ")).size() > f.journeys",
	"a list that doubles":         "[1]" + strings.Repeat(".map(a, [a, a]).map(a, a + a)", 20) + ".size() > f.journeys",
	"lists added up":              list(200) + ".map(x, " + list(300) + " + " + list(300) + ").size() > f.journeys",
	"lists compared":              list(200) + ".map(x, " + list(200) + ") == " + list(200) + ".map(x, " + list(200) + ") && f.standardExists",
	"a list in a list of lists":   list(200) + " in " + list(300) + ".map(x, " + list(300) + ") || f.standardExists",
	"a list compared in a loop":   list(200) + ".all(x, " + list(300) + " == " + list(300) + " || f.standardExists)",
	"one in many, many times":     list(300) + ".filter(x, 7 in " + list(600) + ").size() > f.journeys",
	"text that doubles":           "['a'].map(a, a + a).map(a, a + a).map(a, a + a).size() > f.journeys",
	"text that grows":             strings.Repeat("'aaaaaaaa' + ", 140) + "'a' == 'b' || f.standardExists",
	"a huge text":                 "'" + strings.Repeat("a", 1900) + "' == 'a' || f.standardExists",
	"bytes":                       "b'" + strings.Repeat("a", 1900) + "' == b'a' || f.standardExists",
	"a map of maps":               strings.Repeat("{1: ", 100) + "1" + strings.Repeat("}", 100) + " == {} || f.standardExists",
	"a wide map":                  "{" + strings.Repeat("f.journeys: 1, ", 120) + "}.size() > 0",
	"a message":                   "google.protobuf.Struct{} == google.protobuf.Struct{} || f.standardExists",
	"nested lists":                strings.Repeat("[", 900) + strings.Repeat("]", 900) + ".size() > f.journeys",
	"nested lists, not so deep":   strings.Repeat("[", 50) + "f.journeys" + strings.Repeat("]", 50) + ".size() > 0",
	"the same list nested widely": "[" + strings.Repeat("[[[f.journeys]]],", 100) + "[]].size() > f.journeys",
	// regular expressions
	"a heavy regular expression":    "'a'.matches('" + strings.Repeat("(x{999})", 200) + "') || f.standardExists",
	"backtracking for other tools":  "'" + strings.Repeat("a", 500) + "'.matches('(a*)*b') || f.standardExists",
	"an expression made at runtime": list(100) + ".all(x, 'a'.matches('(' + string(x) + ')*')) || f.standardExists",
	"text functions":                "'a'.startsWith('a') && 'b'.endsWith('b') && 'c'.contains('c') && f.standardExists",
	// depth
	"open brackets":            strings.Repeat("(", 1900),
	"nested brackets":          strings.Repeat("(", 900) + "f.journeys > 0" + strings.Repeat(")", 900),
	"open lists":               strings.Repeat("[", 1900),
	"open maps":                strings.Repeat("{1:", 600),
	"nested conditions":        strings.Repeat("f.standardExists ? (", 80) + "true" + strings.Repeat(") : false", 80),
	"conditions one by one":    strings.Repeat("f.standardExists ? true : ", 70) + "false",
	"a chain of calls":         strings.Repeat("a.b(", 400),
	"a chain of fields":        "f.journeys" + strings.Repeat(".a", 990),
	"a chain of indexes":       "f.journeys" + strings.Repeat("[0]", 600) + " > 0",
	"a long sum":               "f.journeys " + strings.Repeat("+ 1 ", 480) + "> 0",
	"a long product":           "f.journeys " + strings.Repeat("* 3 ", 480) + "> 0",
	"many nots":                strings.Repeat("!", 1900) + "f.standardExists",
	"a not before every other": strings.Repeat("!(", 55) + "f.standardExists" + strings.Repeat(")", 55),
	"many minuses":             strings.Repeat("-", 1900) + "f.journeys > 0",
	"alternating, too deep":    alternating(100),
	"alternating, just so":     alternating(55),
	"many questions":           strings.Repeat("?", 1900),
	"many commas":              "[" + strings.Repeat(",", 1900) + "]",
	"comparisons in a row":     "1" + strings.Repeat(" < f.journeys", 140),
	// chains over facts without data
	"a long or over all facts":       joined(" || ", truthOf),
	"a long and over all facts":      joined(" && ", truthOf),
	"or of ands over all facts":      joined(" || ", func(d FactDef) string { return "(" + truthOf(d) + " && !(" + truthOf(d) + "))" }),
	"and of ors over all facts":      joined(" && ", func(d FactDef) string { return "(" + truthOf(d) + " || !(" + truthOf(d) + "))" }),
	"conditions over all facts":      joined(" || ", func(d FactDef) string { return "(" + truthOf(d) + " ? " + truthOf(d) + " : !(" + truthOf(d) + "))" }),
	"a long or":                      strings.Repeat("f.standardExists || ", 95) + "true",
	"a sum of all counts":            strings.Trim(strings.ReplaceAll(counts(60), ",", "+"), "[]") + " > 0",
	"all counts in a list in a list": counts(40) + " in [" + counts(40) + "]",
	"a fact in a list of itself":     "f.journeys in [" + strings.Repeat("f.journeys, ", 150) + "1]",
	// size of the text
	"a huge number":            "f.journeys < " + strings.Repeat("9", 1900),
	"a huge hex number":        "f.journeys < 0x" + strings.Repeat("f", 1900),
	"a huge exponent":          "f.journeys < 1e999999999",
	"a long fraction":          "f.journeys < 0." + strings.Repeat("3", 1900),
	"more than is read":        strings.Repeat("f.standardExists || ", 2000) + "true",
	"a megabyte":               strings.Repeat("f.standardExists || ", 50_000) + "true",
	"a comment":                "f.standardExists // " + strings.Repeat("x", 1900),
	"blanks":                   strings.Repeat(" ", 1980) + "f.standardExists",
	"lines":                    strings.Repeat("\n", 1980) + "f.standardExists",
	"nothing":                  "",
	"no text at all":           strings.Repeat("\x00", 500),
	"half a character":         "f.standardExists || '\xff\xfe'",
	"characters of a kind":     strings.Repeat("𝐟", 500),
	"signs that are none":      "f.journeys" + strings.Repeat(".a", 860) + strings.Repeat("\x00", 260),
	"signs that are none, too": strings.Repeat("\x00f.standardExists || ", 80),
	"a name without end":       "f." + strings.Repeat("a", 1900) + " > 0",
}

// situations are facts that partial evaluation finds easy and hard.
func situations() map[string]map[string]Fact {
	known, half := map[string]Fact{}, map[string]Fact{}
	for i, def := range Facts {
		known[def.Name] = bad(def)
		if i%2 == 0 {
			half[def.Name] = bad(def)
		}
	}
	return map[string]map[string]Fact{"all known": known, "half known": half, "nothing known": {}}
}

// armed is a framework with a bomb and a harmless criterion beside it.
func armed(bomb string) *Framework {
	f := oneRule(bomb)
	f.Stages[1].Criteria = append(f.Stages[1].Criteria, Criterion{
		ID: "neighbour", Competency: "culture", Required: true, Mode: ModeObserved, Rule: "f.journeys >= 0", Text: Text{EN: "Neighbour"},
	})
	return f
}

func TestABombIsRefusedOrEndsInTime(t *testing.T) {
	refused, slowest, name := 0, time.Duration(0), ""
	note := func(t *testing.T, bomb, what string, spent, limit time.Duration) {
		t.Helper()
		if spent > slowest {
			slowest, name = spent, bomb+", "+what
		}
		if spent > limit {
			t.Errorf("%s took %v of CPU time", what, spent)
		}
	}
	for bomb, rule := range bombs {
		t.Run(bomb, func(t *testing.T) {
			var model *Model
			var err error
			note(t, bomb, "compiling", least(t, compiling, func() { model, err = Compile(armed(rule), "standard") }), compiling)
			if err != nil {
				refused++
				if !strings.HasPrefix(err.Error(), "only: ") || len(err.Error()) > 1000 || strings.ContainsFunc(err.Error(), func(r rune) bool { return !unicode.IsPrint(r) }) {
					t.Errorf("the refusal %q does not name the criterion in a sentence", err)
				}
				return
			}
			for situation, facts := range situations() {
				var result Result
				note(t, bomb, situation, least(t, allowance, func() { result = Evaluate(model, Input{Facts: facts}) }), allowance)
				only, neighbour := criterion(t, result, "only"), criterion(t, result, "neighbour")
				if _, there := facts["journeys"]; there && neighbour.Result != True {
					t.Errorf("%s: the neighbour is %s: %s", situation, neighbour.Result, neighbour.Message.EN)
				}
				if only.Result == Unknown && only.Reason != ReasonRuleFailed && only.Reason != ReasonNoData {
					t.Errorf("%s: stopped with %s %s", situation, only.Reason, only.Message.EN)
				}
				if only.Reason == ReasonRuleFailed && only.Result != Unknown {
					t.Errorf("%s: a rule that failed is %s", situation, only.Result)
				}
			}
		})
	}
	if refused < 40 || refused == len(bombs) {
		t.Errorf("%d of %d bombs were refused", refused, len(bombs))
	}
	t.Logf("%d of %d refused, slowest %v: %s", refused, len(bombs), slowest, name)
}

// minefield is a framework that spends all that a framework may.
func minefield() *Framework {
	f := armed("f.standardExists")
	for i := range 24 {
		f.Stages[1].Criteria = append(f.Stages[1].Criteria, Criterion{ID: fmt.Sprintf("heavy-%d", i), Competency: "culture",
			Mode: ModeObserved, Rule: nested(2, 285), Text: Text{EN: "Heavy"}})
	}
	return f
}

func TestAFrameworkFullOfBombsEndsInTime(t *testing.T) {
	model := compiled(t, minefield(), "standard")
	for situation, facts := range situations() {
		var result Result
		// The rule that runs when the time of all is over has its own.
		if spent := least(t, 2*allowance, func() { result = Evaluate(model, Input{Facts: facts}) }); spent > 2*allowance {
			t.Errorf("%s: it took %v of CPU time", situation, spent)
		} else {
			t.Logf("%s: %v", situation, spent)
		}
		if last := criterion(t, result, "heavy-23"); last.Result != Unknown || last.Reason != ReasonRuleFailed && last.Reason != ReasonNoData {
			t.Errorf("%s: the last rule is %s %s", situation, last.Result, last.Reason)
		}
	}
}

// A program's result is the same, whatever the frameworks of others do at that time.
func TestBombsHarmNoOtherProgram(t *testing.T) {
	bomb, six := compiled(t, minefield(), "standard"), sixStages(t, "standard")
	loops := compiled(t, oneRule(counts(8)+".filter(n, n > 0).size() >= 3"), "standard")
	inputs := []Input{{Facts: factsTo(six, 4), Verdicts: verdicts(six, True), Now: noon}, {Facts: factsTo(six, 1), Now: noon}, {}}
	want := map[*Model][]Result{}
	for _, model := range []*Model{six, loops} {
		for _, in := range inputs {
			want[model] = append(want[model], Evaluate(model, in))
		}
	}
	stop := make(chan struct{})
	var wait sync.WaitGroup
	for range 2 * runtime.GOMAXPROCS(0) {
		wait.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					Evaluate(bomb, inputs[0])
				}
			}
		})
	}
	for range 20 {
		for model, results := range want {
			for i, in := range inputs {
				if diff := cmp.Diff(results[i], Evaluate(model, in)); diff != "" {
					t.Errorf("%s, input %d (-alone +beside bombs):\n%s", model.Framework().Name, i, diff)
				}
			}
		}
	}
	close(stop)
	wait.Wait()
}

// What cannot be computed is Unknown and says why; it is never an answer by accident.
func TestOverflowAndConfusionAreRefusedOrUnknown(t *testing.T) {
	facts := map[string]Fact{"journeys": fact(5), "topGoals": fact(0), "standardExists": fact(true), "cxLeadShare": fact(0.5)}
	for _, rule := range []string{
		"f.journeys * 9223372036854775807 > 1",
		"f.journeys + 9223372036854775807 > 1",
		"-9223372036854775807 - f.journeys < 0",
		"-(-9223372036854775807 - 1 + f.topGoals) > 0",
		"[9223372036854775807].map(x, x * f.journeys).size() == 1",
		"0u - 1u > 0u || f.topGoals > 3",
		"int(1e300) > f.journeys",
		"int(1e300 * 1e300 - 1e300 * 1e300) >= f.topGoals",
		"[1, true, 2.5].all(x, x > f.topGoals)",
		"[[1], 2].exists(x, x > f.journeys)",
		"(f.standardExists ? 1 : true) > f.topGoals",
		"[f.journeys, f.standardExists].all(x, x)",
		"f.journeys == true",
		"f.journeys == 'five'",
		"f.journeys > null",
		"f.journeys == [f.journeys]",
		"f.journeys.size() > 0",
		"f.journeys[0] > 0",
		"f['journeys'] > 0",
		"f.?journeys.orValue(9) > 0",
		"dyn(f.journeys) > 'a'",
		"type(f.journeys) == int",
		"f.standardExists + f.standardExists",
		"f.journeys ? true : false",
		"!f.journeys",
		"double(f.standardExists) > 0.0",
		"p > 0 && f.standardExists",
		"f(f.journeys)",
		"cel.bind(x, f.journeys, x > 0)",
	} {
		model, err := Compile(oneRule(rule), "standard")
		if err != nil {
			if !strings.HasPrefix(err.Error(), "only: ") {
				t.Errorf("%s: %v", rule, err)
			}
			continue
		}
		if got := Evaluate(model, Input{Facts: facts}).Criteria[0]; got.Result != Unknown || got.Reason != ReasonRuleFailed || got.Message.EN == "" {
			t.Errorf("%s is %s (%s): %s", rule, got.Result, got.Reason, got.Message.EN)
		}
	}
}

// Whatever stands in a rule: it is refused in a sentence, or answered soon, and more data never turns a yes into a no.
func FuzzRule(f *testing.F) {
	for _, bomb := range bombs {
		if len(bomb) <= 200 { // a fuzzer's code is slow: from long ones it makes a few a second
			f.Add(bomb)
		}
	}
	all := situations()
	f.Fuzz(func(t *testing.T, rule string) {
		begin := cpu(t)
		model, err := Compile(armed(rule), "standard")
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("%q is refused in several lines: %v", rule, err)
			}
			return
		}
		known := Evaluate(model, Input{Facts: all["all known"]}).Criteria[0]
		for _, situation := range []string{"half known", "nothing known"} {
			got := Evaluate(model, Input{Facts: all[situation]}).Criteria[0]
			if got.Result != Unknown && known.Result != Unknown && got.Result != known.Result {
				t.Errorf("%q is %s with %s and %s with all", rule, got.Result, situation, known.Result)
			}
		}
		if spent := cpu(t) - begin; spent > 10*allowance { // other workers and the collector are counted too
			t.Errorf("%q took %v", rule, spent)
		}
	})
}
