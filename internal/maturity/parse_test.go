// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package maturity

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// valid is a framework of two stages; tests break one place of it.
const valid = `apiVersion: cx-operator.io/v1alpha1
kind: Framework
metadata: {name: tiny}
spec:
  competencies: [culture]
  profiles: [standard, small]
  evaluation:
    demotionGrace: 14d
    attestation: {atLeast: 1, share: 0.6, lowerBound: 0.5, minLevelShare: 0.4, validFor: 36h}
  scales:
    yesno: [{value: 0, en: "No", ru: "Нет"}, {value: 1, en: "Yes", ru: "Да"}]
  questions:
    Q1: {scale: yesno, dontKnow: zero, en: "Is it so?", ru: "Это так?"}
  stages:
    - number: 1
      name: Floor
      ru: Пол
      indicators:
        - {id: sign, en: "A sign", ru: "Признак", rule: "f.journeys == 0", clearedBy: [only]}
      advance: {en: ["Begin"], ru: ["Начните"]}
    - number: 2
      name: Top
      ru: Верх
      criteria:
        - {id: only, competency: culture, required: true, mode: both, questions: [Q1], en: "It", ru: "Оно", rule: "f.journeys >= p.n",
           p: {standard: {n: 2}, small: {n: 1}}}
`

func TestParseReadsEveryField(t *testing.T) {
	f, err := Parse([]byte(valid))
	if err != nil {
		t.Fatal(err)
	}
	c := f.Stages[1].Criteria[0]
	got := []any{f.Name, time.Duration(f.Evaluation.DemotionGrace), time.Duration(f.Evaluation.Attestation.ValidFor), c.Text, c.Mode,
		c.Params["small"]["n"], f.Questions["Q1"].Text.RU, f.Stages[0].Indicators[0].ClearedBy, f.Scales["yesno"][1].Text.EN}
	want := []any{"tiny", 14 * 24 * time.Hour, 36 * time.Hour, Text{"It", "Оно"}, ModeBoth, 1.0, "Это так?", []string{"only"}, "Yes"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestParseReadsJSONToo(t *testing.T) {
	f, err := Parse([]byte(`{"apiVersion":"cx-operator.io/v1alpha1","kind":"Framework","metadata":{"name":"list"},
"spec":{"competencies":["culture"],"profiles":["standard"],
"criteria":[{"id":"one","competency":"culture","mode":"observed","en":"One","rule":"f.standardExists"}]}}`))
	if err != nil || len(f.Criteria) != 1 {
		t.Fatalf("got %+v, %v", f, err)
	}
}

func TestParseRefuses(t *testing.T) {
	tests := []struct {
		name, old, new string
		want           string // the first problem holds it
		line           int    // 0: do not care
	}{
		{"an unknown field of a criterion", "required: true", "requird: true", "field requird not found", 25},
		{"an unknown field of the spec", "  profiles:", "  profils: []\n  profiles:", "field profils not found", 6},
		{"a field that stands twice", "required: true", "required: true, required: false", "already", 25},
		{"text where a number belongs", "n: 2", "n: many", "cannot unmarshal", 26},
		{"a duration nobody can read", "14d", "a fortnight", `"a fortnight" is not a duration`, 8},
		{"a negative duration", "14d", "-14d", "is not a duration", 8},
		{"a duration beyond any life", "14d", "400000d", "is not a duration", 8},
		{"another kind", "kind: Framework", "kind: Program", "apiVersion and kind", 0},
		{"a second document", "apiVersion", "{}\n---\napiVersion", "one framework", 0},
		{"an id used twice", "id: sign", "id: only", "used twice", 25},
		{"an id with a blank", "id: sign", `id: "a sign"`, "is not a name", 19},
		{"a competency nobody declared", "competency: culture", "competency: speed", `"speed" is not one of culture`, 25},
		{"a mode that does not exist", "mode: both", "mode: guessed", "write observed, attested or both", 25},
		{"a rule in mode attested", "mode: both", "mode: attested", "has no use for a rule", 25},
		{"questions in mode observed", "mode: both", "mode: observed", "has no use for questions", 25},
		{"no rule in mode both", `rule: "f.journeys >= p.n"`, `rule: ""`, "needs a rule", 25},
		{"no questions in mode both", "questions: [Q1]", "questions: []", "needs questions", 25},
		{"a question that does not exist", "questions: [Q1]", "questions: [Q9]", `"Q9" is not defined`, 25},
		{"a question without a scale", "scale: yesno", "scale: stars", `"stars" is not defined`, 13},
		{"a dontKnow that does not exist", "dontKnow: zero", "dontKnow: maybe", `write "exclude" or "zero"`, 13},
		{"a threshold above the scale", "questions: [Q1]", "questions: [Q1], atLeast: 2", "goes from 1 to 1", 25},
		{"a scale that skips a value", "{value: 1, en: \"Yes\"", "{value: 2, en: \"Yes\"", "needs value 1", 0},
		{"clearedBy without such a criterion", "clearedBy: [only]", "clearedBy: [other]", `"other", which is no criterion`, 19},
		{"a profile of p that does not exist", "small: {n: 1}", "tiny: {n: 1}", `profile "tiny"`, 25},
		{"a profile without its parameter", "small: {n: 1}", "small: {}", "no value for the profile small", 25},
		{"an empty cell", "required: true", "required: false", "stage 2 has no required criterion for culture", 0},
		{"a cell that one profile leaves empty", "required: true", "required: true, appliesTo: [standard]", "in the profile small", 0},
		{"stages out of order", "number: 2", "number: 3", "number stages 1, 2, 3", 0},
		{"advice translated in part", `ru: ["Начните"]`, `ru: ["Начните", "Ещё"]`, "translate all or none", 0},
		{"a share above one", "share: 0.6", "share: 60", "write a share from 0 to 1", 0},
		{"a criterion without text", `en: "It"`, `en: ""`, "en is empty", 25},
		{"no profile", "[standard, small]", "[]", "profiles has 0 names", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			source := strings.Replace(valid, tt.old, tt.new, 1)
			if source == valid {
				t.Fatal("the test changes nothing")
			}
			_, err := Parse([]byte(source))
			var problems Problems
			if !errors.As(err, &problems) {
				t.Fatalf("error %v is not Problems", err)
			}
			if !strings.Contains(problems[0].Message, tt.want) || tt.line != 0 && problems[0].Line != tt.line {
				t.Errorf("got %q, want %q in line %d", problems[0], tt.want, tt.line)
			}
			if strings.Contains(err.Error(), "maturity.") {
				t.Errorf("%q names a Go type", err)
			}
		})
	}
}

func TestParseRefusesEmptyAndHugeFiles(t *testing.T) {
	for name, source := range map[string]string{"empty": "", "huge": strings.Repeat("# comment\n", maxFileBytes/10+1)} {
		if _, err := Parse([]byte(source)); err == nil {
			t.Errorf("%s: parsed", name)
		}
	}
}

func TestAllProblemsAreReportedAtOnce(t *testing.T) {
	source := strings.NewReplacer("competency: culture", "competency: speed", "scale: yesno", "scale: stars",
		"number: 2", "number: 9").Replace(valid)
	_, err := Parse([]byte(source))
	for _, want := range []string{"speed", "stars", "stage number 9"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not mention %s", err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(valid))
	f.Add([]byte("spec: {questions: {Q1: {}}}"))
	f.Add([]byte("a: &a [*a]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		framework, err := Parse(data)
		if (framework == nil) == (err == nil) {
			t.Fatalf("framework %v, error %v", framework, err)
		}
		if err == nil && framework.Validate() != nil {
			t.Fatal("Parse let an invalid framework through")
		}
	})
}
