// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package maturity

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTwoCriteriaMayReadOneQuestionMoreAndLessStrictly(t *testing.T) {
	f := asking(oneRule(""), ModeAttested)
	f.Scales["yesno"] = append(f.Scales["yesno"], ScaleStep{Value: 2, Text: Text{EN: "Always"}})
	stage := &f.Stages[1]
	strict := stage.Criteria[0]
	strict.ID, strict.AtLeast = "strict", 2
	stage.Criteria = append(stage.Criteria, strict)
	model := compiled(t, f, "standard")
	if diff := cmp.Diff([]Asked{{"Q1", 1}, {"Q1", 2}}, f.Asked()); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
	result := Evaluate(model, Input{Verdicts: map[Asked]Verdict{
		{"Q1", 1}: {Result: True, Reached: 9, Answers: 10}, {"Q1", 2}: {Result: False, Reached: 2, Answers: 10},
	}})
	got := map[string]string{}
	for _, c := range result.Criteria {
		got[c.ID] = string(c.Result) + " " + c.Message.EN
	}
	want := map[string]string{
		"only":   "True Q1 “Is it so?”: 9 of 10 answers reach \"Yes\", needs 60 %",
		"strict": "False Q1 “Is it so?”: 2 of 10 answers reach \"Always\", needs 60 %",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestSixStagesAsksTwentyQuestionsEachAtOneThreshold(t *testing.T) {
	framework, err := Builtin(SixStages)
	if err != nil {
		t.Fatal(err)
	}
	asked := framework.Asked()
	if len(asked) != 20 || asked[1] != (Asked{"Q02", 1}) || asked[2] != (Asked{"Q03", 2}) {
		t.Errorf("%d: %v", len(asked), asked)
	}
	if !framework.HasCriterion("mob-budget") || framework.HasCriterion("mob-money") {
		t.Error("mob-budget is a criterion, mob-money is none")
	}
}
