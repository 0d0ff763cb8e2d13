// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package questionnaire_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/questionnaire"
)

func upTo(n int32) *int32 { return &n }

// every has a question of every type. Detractors are asked why, those who name the price what would be fair.
func every() cxv1.Questionnaire {
	options := func(ids ...string) (o []cxv1.Option) {
		for _, id := range ids {
			o = append(o, cxv1.Option{ID: id, Text: text(id, id)})
		}
		return o
	}
	return cxv1.Questionnaire{Title: text("Your visit", "Ваш визит"), Questions: []cxv1.Question{
		{ID: "nps", Type: cxv1.QuestionNPS, Text: text("Recommend?", "Порекомендуете?")},
		{
			ID: "why", Type: cxv1.QuestionMultipleChoice, Text: text("Why?", "Почему?"), Options: options("price", "staff", "place"),
			ShowIf: &cxv1.ShowIf{Question: "nps", AtMost: upTo(6)},
		},
		{
			ID: "fair", Type: cxv1.QuestionFreeText, Text: text("Fair?", "Сколько?"), Answer: cxv1.AnswerOptional,
			ShowIf: &cxv1.ShowIf{Question: "why", OneOf: []string{"price"}},
		},
		{
			ID: "csat", Type: cxv1.QuestionCSAT, Text: text("Satisfied?", "Довольны?"), Scale: &cxv1.Scale{Min: 1, Max: 5},
			Answer: cxv1.AnswerOptional,
		},
		{
			ID: "channel", Type: cxv1.QuestionSingleChoice, Text: text("Where?", "Где?"), Options: options("shop", "web"),
			Answer: cxv1.AnswerOptional,
		},
		{
			ID: "shop", Type: cxv1.QuestionScale, Text: text("The shop?", "Магазин?"), Scale: &cxv1.Scale{Min: 0, Max: 100},
			ShowIf: &cxv1.ShowIf{Question: "channel", OneOf: []string{"shop"}},
		},
	}}
}

func TestReadTakesGoodAnswersAndNamesTheRest(t *testing.T) {
	long := strings.Repeat("ж", questionnaire.MaxText)
	for name, tc := range map[string]struct {
		entered  questionnaire.Entered
		answers  questionnaire.Answers
		problems map[string]string
	}{
		"a promoter": {
			questionnaire.Entered{"nps": {"10"}}, questionnaire.Answers{"nps": 10}, nil,
		},
		"zero is an answer": {
			questionnaire.Entered{"nps": {"0"}, "why": {"staff"}}, questionnaire.Answers{"nps": 0, "why": []string{"staff"}}, nil,
		},
		"choices come in the questionnaire's order, each once": {
			questionnaire.Entered{"nps": {"3"}, "why": {"place", "price", "place"}},
			questionnaire.Answers{"nps": 3, "why": []string{"price", "place"}}, nil,
		},
		"everything": {
			questionnaire.Entered{"nps": {"6"}, "why": {"price"}, "fair": {" ten\r\neuro\x00 "}, "csat": {"5"}, "channel": {"shop"}, "shop": {"100"}},
			questionnaire.Answers{"nps": 6, "why": []string{"price"}, "fair": "ten\neuro", "csat": 5, "channel": "shop", "shop": 100}, nil,
		},
		"nothing": {
			nil, questionnaire.Answers{}, map[string]string{"nps": "Choose an answer"},
		},
		"spaces are nothing": {
			questionnaire.Entered{"nps": {"  "}}, questionnaire.Answers{}, map[string]string{"nps": "Choose an answer"},
		},
		"what is not asked is neither required nor kept": {
			questionnaire.Entered{"nps": {"7"}, "why": {"nonsense", "price"}, "fair": {"ten"}, "shop": {"1"}},
			questionnaire.Answers{"nps": 7}, nil,
		},
		"what is asked because of an answer is required": {
			questionnaire.Entered{"nps": {"6"}, "channel": {"shop"}}, questionnaire.Answers{"nps": 6, "channel": "shop"},
			map[string]string{"why": "Choose one answer or more", "shop": "Choose an answer"},
		},
		"what follows from a bad answer is not asked": {
			questionnaire.Entered{"nps": {"5"}, "why": {"prize"}, "fair": {"ten"}}, questionnaire.Answers{"nps": 5},
			map[string]string{"why": "offered"},
		},
		"eleven is not NPS":        {questionnaire.Entered{"nps": {"11"}}, questionnaire.Answers{}, map[string]string{"nps": "whole number from 0 to 10"}},
		"minus one is not NPS":     {questionnaire.Entered{"nps": {"-1"}}, questionnaire.Answers{}, map[string]string{"nps": "whole number from 0 to 10"}},
		"a fraction is not NPS":    {questionnaire.Entered{"nps": {"9.5"}}, questionnaire.Answers{}, map[string]string{"nps": "whole number"}},
		"numbers have one form":    {questionnaire.Entered{"nps": {"+9"}}, questionnaire.Answers{}, map[string]string{"nps": "whole number"}},
		"no leading zero":          {questionnaire.Entered{"nps": {"09"}}, questionnaire.Answers{}, map[string]string{"nps": "whole number"}},
		"other digits":             {questionnaire.Entered{"nps": {"٩"}}, questionnaire.Answers{}, map[string]string{"nps": "whole number"}},
		"more than an int holds":   {questionnaire.Entered{"nps": {"99999999999999999999"}}, questionnaire.Answers{}, map[string]string{"nps": "whole number"}},
		"words":                    {questionnaire.Entered{"nps": {"nine"}}, questionnaire.Answers{}, map[string]string{"nps": "whole number"}},
		"below the scale":          {questionnaire.Entered{"nps": {"9"}, "csat": {"0"}}, questionnaire.Answers{"nps": 9}, map[string]string{"csat": "from 1 to 5"}},
		"above the scale":          {questionnaire.Entered{"nps": {"9"}, "csat": {"6"}}, questionnaire.Answers{"nps": 9}, map[string]string{"csat": "from 1 to 5"}},
		"two answers to one":       {questionnaire.Entered{"nps": {"9", "1"}}, questionnaire.Answers{}, map[string]string{"nps": "one answer only"}},
		"two single choices":       {questionnaire.Entered{"nps": {"9"}, "channel": {"shop", "web"}}, questionnaire.Answers{"nps": 9}, map[string]string{"channel": "one answer only"}},
		"an option of nobody's":    {questionnaire.Entered{"nps": {"9"}, "channel": {"mail"}}, questionnaire.Answers{"nps": 9}, map[string]string{"channel": "offered"}},
		"an unknown question":      {questionnaire.Entered{"nps": {"9"}, "age": {"7"}}, questionnaire.Answers{"nps": 9}, map[string]string{"age": "no such question"}},
		"an unknown empty one too": {questionnaire.Entered{"nps": {"9"}, "age": nil}, questionnaire.Answers{"nps": 9}, map[string]string{"age": "no such question"}},
		"a text as long as may be": {
			questionnaire.Entered{"nps": {"1"}, "why": {"price"}, "fair": {long}},
			questionnaire.Answers{"nps": 1, "why": []string{"price"}, "fair": long}, nil,
		},
		"a text that is too long": {
			questionnaire.Entered{"nps": {"1"}, "why": {"price"}, "fair": {long + "!"}},
			questionnaire.Answers{"nps": 1, "why": []string{"price"}}, map[string]string{"fair": "4000 characters at most: there are 4001"},
		},
		"bytes that are no text": {
			questionnaire.Entered{"nps": {"1"}, "why": {"price"}, "fair": {"a\xffb\x1b[31m\u0085"}},
			questionnaire.Answers{"nps": 1, "why": []string{"price"}, "fair": "a\uFFFDb[31m"}, nil,
		},
		"control characters alone are nothing": {
			questionnaire.Entered{"nps": {"1"}, "why": {"price"}, "fair": {"\x00\x01"}},
			questionnaire.Answers{"nps": 1, "why": []string{"price"}}, nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := questionnaire.Read(every(), tc.entered)
			if diff := cmp.Diff(tc.answers, r.Answers, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("answers (-want +got):\n%s", diff)
			}
			checkProblems(t, tc.problems, r)
		})
	}
}

func checkProblems(t *testing.T, want map[string]string, r questionnaire.Reading) {
	t.Helper()
	if r.Complete() != (len(want) == 0) {
		t.Errorf("complete: %t, problems %+v", r.Complete(), r.Problems)
	}
	found := map[string]bool{}
	for _, p := range r.Problems {
		found[p.Question] = true
		if w, ok := want[p.Question]; !ok || !strings.Contains(p.Text.EN, w) {
			t.Errorf("problem with %s: %q, want %q", p.Question, p.Text.EN, w)
		}
		if p.Text.RU == "" || p.Text.RU == p.Text.EN {
			t.Errorf("problem with %s in Russian: %q", p.Question, p.Text.RU)
		}
	}
	for id := range want {
		if !found[id] {
			t.Errorf("no problem with %s", id)
		}
	}
}

func TestShownFollowsTheAnswers(t *testing.T) {
	for name, tc := range map[string]struct {
		entered questionnaire.Entered
		want    []string
	}{
		"before anything is answered": {nil, []string{"nps", "csat", "channel"}},
		"a detractor":                 {questionnaire.Entered{"nps": {"6"}}, []string{"nps", "why", "csat", "channel"}},
		"a passive":                   {questionnaire.Entered{"nps": {"7"}}, []string{"nps", "csat", "channel"}},
		"one of several choices":      {questionnaire.Entered{"nps": {"0"}, "why": {"staff", "price"}}, []string{"nps", "why", "fair", "csat", "channel"}},
		"none of them":                {questionnaire.Entered{"nps": {"0"}, "why": {"staff"}}, []string{"nps", "why", "csat", "channel"}},
		"a chain whose start changed": {questionnaire.Entered{"nps": {"9"}, "why": {"price"}}, []string{"nps", "csat", "channel"}},
		"a single choice":             {questionnaire.Entered{"channel": {"shop"}}, []string{"nps", "csat", "channel", "shop"}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, questionnaire.Read(every(), tc.entered).Shown); diff != "" {
				t.Errorf("shown (-want +got):\n%s", diff)
			}
		})
	}
	atLeast := every()
	atLeast.Questions[1].ShowIf = &cxv1.ShowIf{Question: "nps", AtLeast: upTo(9)}
	for entered, want := range map[string]int{"8": 3, "9": 4, "10": 4} {
		if got := questionnaire.Read(atLeast, questionnaire.Entered{"nps": {entered}}).Shown; len(got) != want {
			t.Errorf("atLeast 9 and %s: %v", entered, got)
		}
	}
}

func TestReadJSONTakesOneTypeForEachQuestion(t *testing.T) {
	for name, tc := range map[string]struct {
		data     string
		answers  questionnaire.Answers
		problems map[string]string
	}{
		"all types": {
			`{"nps": 5, "why": ["staff", "price"], "fair": "ten", "csat": null, "channel": "web"}`,
			questionnaire.Answers{"nps": 5, "why": []string{"price", "staff"}, "fair": "ten", "channel": "web"}, nil,
		},
		"a number as a string":  {`{"nps": "9"}`, nil, map[string]string{"nps": "whole number from 0 to 10"}},
		"a number as a boolean": {`{"nps": true}`, nil, map[string]string{"nps": "whole number"}},
		"a number as an object": {`{"nps": {"$gt": 0}}`, nil, map[string]string{"nps": "whole number"}},
		"a fraction":            {`{"nps": 9.5}`, nil, map[string]string{"nps": "whole number"}},
		"a huge number":         {`{"nps": 1e999}`, nil, map[string]string{"nps": "whole number"}},
		"a choice as a list":    {`{"nps": 9, "channel": ["web"]}`, questionnaire.Answers{"nps": 9}, map[string]string{"channel": "id of one option"}},
		"choices as a string":   {`{"nps": 1, "why": "price"}`, questionnaire.Answers{"nps": 1}, map[string]string{"why": "list of option ids"}},
		"a text as a number": {
			`{"nps": 1, "why": ["price"], "fair": 10}`, questionnaire.Answers{"nps": 1, "why": []string{"price"}}, map[string]string{"fair": "Give a text"},
		},
		"what is not asked may be anything": {`{"nps": 9, "why": 7}`, questionnaire.Answers{"nps": 9}, nil},
		"an unknown question":               {`{"nps": 9, "age": null}`, questionnaire.Answers{"nps": 9}, map[string]string{"age": "no such question"}},
		"nothing":                           {`{}`, nil, map[string]string{"nps": "Choose an answer"}},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := questionnaire.ReadJSON(every(), []byte(tc.data))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.answers, r.Answers, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("answers (-want +got):\n%s", diff)
			}
			checkProblems(t, tc.problems, r)
		})
	}
	for _, data := range []string{"", "null", "[]", `"nps"`, "7", `{"nps": 9`, `{"nps": 9} {}`, `{"nps": NaN}`} {
		if _, err := questionnaire.ReadJSON(every(), []byte(data)); err == nil {
			t.Errorf("%q passes for an object", data)
		}
	}
}

func TestStoredAnswersComeBackAsTheyWere(t *testing.T) {
	given := questionnaire.Answers{"nps": 3, "why": []string{"price", "place"}, "fair": "ten <b>euro</b>", "channel": "shop"}
	const want = `{"channel":"shop","fair":"ten \u003cb\u003eeuro\u003c/b\u003e","nps":3,"why":["price","place"]}`
	if got := string(given.JSON()); got != want {
		t.Errorf("stored as %s, want %s", got, want)
	}
	back, err := questionnaire.Decode(every(), given.JSON()) // partial: shop is missing
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(given, back); diff != "" {
		t.Errorf("read back (-want +got):\n%s", diff)
	}
	if r := questionnaire.Read(every(), given.Entered()); !cmp.Equal(given, r.Answers) {
		t.Errorf("entered again: %+v", r.Answers)
	}
	for _, bad := range []string{`{"nps": 11}`, `{"age": 7}`, `[]`} {
		if _, err := questionnaire.Decode(every(), []byte(bad)); err == nil {
			t.Errorf("%s passes for stored answers", bad)
		}
	}
}

// TestReadingTwiceChangesNothing: good answers are good answers, whatever was entered beside them.
func TestReadingTwiceChangesNothing(t *testing.T) {
	q := every()
	entered := rapid.MapOf(
		rapid.SampledFrom([]string{"nps", "why", "fair", "csat", "channel", "shop"}),
		rapid.SliceOfN(rapid.OneOf(rapid.SampledFrom([]string{"0", "3", "6", "7", "10", "100", "price", "staff", "shop", "web"}), rapid.String()), 0, 3),
	)
	rapid.Check(t, func(t *rapid.T) {
		checkReading(t, q, questionnaire.Read(q, entered.Draw(t, "entered")))
	})
}

func checkReading(t interface{ Fatalf(string, ...any) }, q cxv1.Questionnaire, r questionnaire.Reading) {
	again := questionnaire.Read(q, r.Answers.Entered())
	if diff := cmp.Diff(r.Answers, again.Answers, cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("answers changed (-first +second):\n%s", diff)
	}
	back, err := questionnaire.Decode(q, r.Answers.JSON())
	if err != nil {
		t.Fatalf("stored answers do not come back: %v", err)
	}
	if diff := cmp.Diff(r.Answers, back, cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("stored answers changed (-first +second):\n%s", diff)
	}
	asked := map[string]bool{}
	for _, id := range r.Shown {
		asked[id] = true
	}
	for id, answer := range r.Answers {
		if !asked[id] {
			t.Fatalf("%s was not asked, but is kept", id)
		}
		if text, ok := answer.(string); ok && (!utf8.ValidString(text) || utf8.RuneCountInString(text) > questionnaire.MaxText || text == "") {
			t.Fatalf("%s has the text %q", id, text)
		}
	}
}

// FuzzReadJSON: whatever a program sends, what is kept is valid and stays as it is.
func FuzzReadJSON(f *testing.F) {
	for _, seed := range []string{
		`{"nps": 5, "why": ["staff", "price"], "fair": "ten", "csat": null, "channel": "web"}`,
		`{"nps": "9"}`, `{"nps": 1e3}`, `{"why": []}`, `{"nps":0,"why":["price"],"fair":"\u0000\ud800"}`, `[]`, `{"":{}}`,
	} {
		f.Add([]byte(seed))
	}
	q := every()
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := questionnaire.ReadJSON(q, data)
		if err == nil {
			checkReading(t, q, r)
		}
	})
}

// FuzzRead: the same for forms.
func FuzzRead(f *testing.F) {
	f.Add("nps", "9", "", "")
	f.Add("nps", "3", "why", "price")
	f.Add("fair", "\xff\x00\r", "nps", "-0")
	q := every()
	f.Fuzz(func(t *testing.T, id, value, id2, value2 string) {
		checkReading(t, q, questionnaire.Read(q, questionnaire.Entered{id: {value, value2}, id2: {value2}, "nps": {value}}))
	})
}
