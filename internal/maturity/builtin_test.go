// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package maturity

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestSixStagesIsWhole(t *testing.T) {
	model := sixStages(t, "standard")
	required, questions, facts := 0, map[string]bool{}, map[string]bool{}
	docs := Describe(model)
	for _, doc := range docs {
		if doc.Required {
			required++
		}
		for _, id := range doc.Questions {
			questions[id] = true
		}
		for _, fact := range doc.Facts {
			facts[fact] = true
		}
	}
	got := []int{len(docs), required, len(questions), len(model.Framework().Questions), len(model.Framework().Stages), len(Facts)}
	if diff := cmp.Diff([]int{51, 43, 20, 20, 6, 80}, got); diff != "" {
		t.Errorf("criteria, required, questions asked, questions, stages, facts (-want +got):\n%s", diff)
	}
	var names []string
	for stage := 1; stage <= 6; stage++ {
		names = append(names, StageName(stage, "en"))
	}
	if diff := cmp.Diff([]string{"Ignore", "Explore", "Mobilize", "Operationalize", "Align", "Embed"}, names); diff != "" {
		t.Errorf("stage names (-want +got):\n%s", diff)
	}
	if got := StageName(2, "ru"); got != "Исследование" {
		t.Errorf("StageName(2, ru) = %q", got)
	}
	if StageName(0, "en") != "" || StageName(7, "en") != "" {
		t.Error("a stage outside 1..6 has a name")
	}
}

func TestEveryBuiltinRuleCompilesInEveryProfileAndIsCheap(t *testing.T) {
	framework, err := Builtin(SixStages)
	if err != nil {
		t.Fatal(err)
	}
	models, err := CompileAll(framework)
	if err != nil {
		t.Fatal(err)
	}
	for _, profile := range []string{"standard", "small"} {
		model := models[profile]
		if model == nil || model.Cost() == 0 || model.Cost() > 1000 {
			t.Fatalf("profile %s: model %v; the rules together should cost below 1000", profile, model)
		}
		for _, doc := range Describe(model) {
			if (doc.Mode != ModeAttested && doc.Applies) != (len(doc.Facts) > 0) {
				t.Errorf("%s in %s: mode %s reads facts %v", doc.ID, profile, doc.Mode, doc.Facts)
			}
		}
	}
}

func TestUnknownBuiltinIsRefusedByName(t *testing.T) {
	if _, err := Builtin("seven-stages"); err == nil || !strings.Contains(err.Error(), `"six-stages"`) {
		t.Errorf("error %v does not name what there is", err)
	}
}

// Every text with English has Russian: walk the framework by reflection, so that a new field cannot escape.
func TestRussianStandsWhereverEnglishDoes(t *testing.T) {
	framework, err := Builtin(SixStages)
	if err != nil {
		t.Fatal(err)
	}
	texts := 0
	check := func(where string, text Text) {
		texts++
		if text.EN == "" || text.RU == "" || text.EN == text.RU {
			t.Errorf("%s: en %q, ru %q", where, text.EN, text.RU)
		}
	}
	walkTexts(reflect.ValueOf(*framework), "framework", check)
	for _, stage := range framework.Stages {
		check("stage", Text{stage.Name, stage.RU})
		if len(stage.Advance.EN) == 0 || len(stage.Advance.EN) != len(stage.Advance.RU) {
			t.Errorf("stage %d: advice has %d lines in English, %d in Russian", stage.Number, len(stage.Advance.EN), len(stage.Advance.RU))
		}
	}
	for _, def := range Facts {
		check(def.Name, def.Label)
	}
	for name, remedy := range Remedies {
		check(name, Text{remedy.EN, remedy.RU})
	}
	if texts < 51+20+8+3+6+2*80 {
		t.Errorf("only %d texts were seen", texts)
	}
}

func walkTexts(v reflect.Value, where string, check func(string, Text)) {
	if text, ok := reflect.TypeAssert[Text](v); ok {
		check(where, text)
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				walkTexts(v.Field(i), where+"."+v.Type().Field(i).Name, check)
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			walkTexts(v.Index(i), where, check)
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			walkTexts(v.MapIndex(key), where+"."+key.String(), check)
		}
	}
}

func TestEveryFactHasARemedyThatNamesItsField(t *testing.T) {
	kinds := []string{"Program", "Owner", "Goal", "KPI", "Survey", "FollowUp", "Journey", "Initiative"}
	for _, def := range Facts {
		remedy, ok := Remedies[def.Name]
		kind, path, _ := strings.Cut(remedy.Field, ".")
		switch {
		case !ok:
			t.Errorf("%s has no remedy", def.Name)
		case !slices.Contains(kinds, kind) || !strings.HasPrefix(path, "spec."):
			t.Errorf("%s: the field %q is not Kind.spec.path", def.Name, remedy.Field)
		case !strings.Contains(remedy.EN, kind) || !strings.Contains(remedy.RU, kind):
			t.Errorf("%s: the remedy does not name the kind %s", def.Name, kind)
		}
		if def.Description == "" || (def.Type == TypeBool) != (def.Unit == "") {
			t.Errorf("%s: description %q, type %s, unit %q", def.Name, def.Description, def.Type, def.Unit)
		}
	}
	if len(Remedies) != len(Facts) || len(factIndex) != len(Facts) {
		t.Errorf("%d remedies, %d names for %d facts", len(Remedies), len(factIndex), len(Facts))
	}
}

// The longest texts must fit the bounded fields they end up in, untouched.
func TestBuiltinTextsFitUnclipped(t *testing.T) {
	for _, profile := range []string{"standard", "small"} {
		model := sixStages(t, profile)
		for stage := range 6 {
			for _, in := range []Input{{}, {Facts: factsTo(model, stage)}, {Facts: factsTo(model, 6), Verdicts: verdicts(model, False)}} {
				result := Evaluate(model, in)
				for _, c := range result.Criteria {
					checkFits(t, c.ID, c.Message, MaxMessage)
				}
				for _, step := range result.NextSteps {
					checkFits(t, step.Criterion, step.Do, MaxDo)
				}
			}
		}
	}
}

func checkFits(t *testing.T, where string, text Text, limit int) {
	t.Helper()
	for _, s := range []string{text.EN, text.RU} {
		if s == "" || strings.Contains(s, "…") || utf8.RuneCountInString(s) > limit {
			t.Errorf("%s: %d characters do not fit %d: %q", where, utf8.RuneCountInString(s), limit, s)
		}
	}
}

func TestDescribeNamesTheFactsOfARuleInOrder(t *testing.T) {
	for _, doc := range Describe(sixStages(t, "small")) {
		switch doc.ID {
		case "mob-listening-process":
			want := []string{"wavesClosedOnTime365d", "listeningActivities365d", "followUpRulesWorking"}
			if diff := cmp.Diff(want, doc.Facts); diff != "" {
				t.Errorf("facts (-want +got):\n%s", diff)
			}
		case "exp-attention":
			if doc.AtLeast != 1 || doc.Required {
				t.Errorf("exp-attention: at least %d, required %v", doc.AtLeast, doc.Required)
			}
		case "mob-known":
			if doc.AtLeast != 2 {
				t.Errorf("mob-known: at least %d, want the framework's 2", doc.AtLeast)
			}
		case "exp-group":
			if diff := cmp.Diff(map[string]float64{"members": 2, "functions": 1}, doc.Params); diff != "" {
				t.Errorf("params (-want +got):\n%s", diff)
			}
		case "emb-cx-director":
			if doc.Applies {
				t.Error("emb-cx-director applies to small firms")
			}
		}
	}
}
