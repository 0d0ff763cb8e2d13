// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program_test

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/maturity"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/testing/build"
)

func sixStages(t interface{ Fatal(...any) }) *maturity.Framework {
	framework, err := maturity.Builtin(maturity.SixStages)
	if err != nil {
		t.Fatal(err)
	}
	return framework
}

// polled is yes of n answers of a level; a yes is the highest answer, a no the lowest.
func polled(question string, level cxv1.AttestationLevel, yes, n int64) cxv1.AttestationCounts {
	return cxv1.AttestationCounts{Question: question, Level: level, Answers: []int64{n - yes, 0, 0, yes}}
}

// firm is a program of that many people; 0 leaves it open.
func firm(headcount int64) *cxv1.Program {
	return build.Program(func(p *cxv1.Program) {
		if headcount > 0 {
			p.Spec.Headcount = &headcount
		}
	})
}

// judge is the status of an assessment on the day of its answers.
func judge(t interface{ Fatal(...any) }, headcount int64, counts ...cxv1.AttestationCounts) cxv1.AssessmentStatus {
	a := build.Assessment("spring", func(a *cxv1.Assessment) { a.Spec.Counts = counts })
	program.JudgeAssessment(program.AssessmentInput{
		Assessment: a, Framework: sixStages(t), Program: firm(headcount), Now: build.Monday,
		Approved: func(cxv1.Exemption) bool { return false },
	})
	return a.Status
}

func TestVerdictsOfOneQuestion(t *testing.T) {
	const all = cxv1.AttestationAll
	for _, tt := range []struct {
		name      string
		headcount int64
		counts    []cxv1.AttestationCounts
		result    cxv1.CriterionOutcome
		reason    string
		shown     bool
	}{
		{"share and lower end are high enough", 0, []cxv1.AttestationCounts{polled("Q03", all, 60, 100)},
			cxv1.OutcomeTrue, "AttestedTrue", true},
		{"the share alone is not", 0, []cxv1.AttestationCounts{polled("Q03", all, 8, 10)}, cxv1.OutcomeUnknown, "TooFewAnswers", true},
		{"the same answers are most of a small firm", 12, []cxv1.AttestationCounts{polled("Q03", all, 8, 10)},
			cxv1.OutcomeTrue, "AttestedTrue", true},
		{"a share just below what is needed leaves it open, however many answered", 0,
			[]cxv1.AttestationCounts{polled("Q03", all, 590, 1000)},
			cxv1.OutcomeUnknown, "TooFewAnswers", true},
		{"the upper end is below what is needed", 0, []cxv1.AttestationCounts{polled("Q03", all, 50, 100)},
			cxv1.OutcomeFalse, "AttestedFalse", true},
		{"five answers decide in a firm of six", 6, []cxv1.AttestationCounts{polled("Q03", all, 4, 5)}, cxv1.OutcomeTrue, "AttestedTrue", true},
		{"they don't in one of two thousand", 2000, []cxv1.AttestationCounts{polled("Q03", all, 4, 5)},
			cxv1.OutcomeUnknown, "TooFewAnswers", true},
		{"not even if all five say yes", 2000, []cxv1.AttestationCounts{polled("Q03", all, 5, 5)},
			cxv1.OutcomeUnknown, "TooFewAnswers", false},
		{"or no", 2000, []cxv1.AttestationCounts{polled("Q03", all, 0, 5)}, cxv1.OutcomeUnknown, "TooFewAnswers", false},
		{"nor where nobody said how many people there are", 0, []cxv1.AttestationCounts{polled("Q03", all, 9, 9)},
			cxv1.OutcomeUnknown, "TooFewAnswers", false},
		{"a session of everybody decides exactly: yes", 10, []cxv1.AttestationCounts{polled("Q03", all, 6, 10)},
			cxv1.OutcomeTrue, "AttestedTrue", true},
		{"a session of everybody decides exactly: no", 10, []cxv1.AttestationCounts{polled("Q03", all, 5, 10)},
			cxv1.OutcomeFalse, "AttestedFalse", true},
		{"a session of three decides and shows no number", 3, []cxv1.AttestationCounts{polled("Q03", all, 2, 3)},
			cxv1.OutcomeTrue, "AttestedTrue", false},
		{"one voice of eight in a joint session, all the same", 8, []cxv1.AttestationCounts{polled("Q03", all, 8, 8)},
			cxv1.OutcomeTrue, "AttestedTrue", false},
		{"the front line does not feel it", 0,
			[]cxv1.AttestationCounts{polled("Q07", "Staff", 10, 50), polled("Q07", "Manager", 95, 100)},
			cxv1.OutcomeFalse, "LevelBelowMinimum", true},
		{"a level at the minimum is fine", 0, []cxv1.AttestationCounts{polled("Q07", "Staff", 20, 50), polled("Q07", "Manager", 95, 100)},
			cxv1.OutcomeTrue, "AttestedTrue", true},
		{"a level of fewer than five decides nothing", 0,
			[]cxv1.AttestationCounts{polled("Q07", "Executive", 0, 4), polled("Q07", "Staff", 95, 100)}, cxv1.OutcomeTrue, "AttestedTrue", true},
		{"one of five does", 0, []cxv1.AttestationCounts{polled("Q07", "Executive", 1, 5), polled("Q07", "Staff", 95, 100)},
			cxv1.OutcomeFalse, "LevelBelowMinimum", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			status := judge(t, tt.headcount, tt.counts...)
			if len(status.Verdicts) != 1 {
				t.Fatalf("%d verdicts", len(status.Verdicts))
			}
			v := status.Verdicts[0]
			if v.Result != tt.result || v.Reason != tt.reason || (v.N != nil) != tt.shown {
				t.Errorf("%s/%s, n %v (%s); want %s/%s, shown %t", v.Result, v.Reason, v.N, v.Message, tt.result, tt.reason, tt.shown)
			}
			if (v.SharePercent != "") != tt.shown || (v.LowPercent != "") != tt.shown || (v.HighPercent != "") != tt.shown {
				t.Errorf("n and share are shown together or not at all: %+v", v)
			}
		})
	}
}

func TestAVerdictShowsShareIntervalAndNumber(t *testing.T) {
	got := judge(t, 45, polled("Q01", cxv1.AttestationAll, 30, 40)).Verdicts[0]
	want := cxv1.QuestionVerdict{
		Question: "Q01", AtLeast: 2, Result: cxv1.OutcomeTrue, Reason: "AttestedTrue", N: new(int64(40)),
		SharePercent: "75", LowPercent: "69.9", HighPercent: "78.6",
		Message: `30 of 40 answers reach "Defined practice, usually followed", needs 60 %`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if v := judge(t, 0, polled("Q03", cxv1.AttestationAll, 14999, 25000)).Verdicts[0]; v.SharePercent != "59.996" {
		t.Errorf("a share just below 60 %% is shown as %s", v.SharePercent)
	}
}

func TestALevelIsNamedOnlyWhenItHasEnoughAnswers(t *testing.T) {
	named := judge(t, 0, polled("Q07", "Executive", 0, 5), polled("Q07", "Staff", 95, 100)).Verdicts[0]
	if named.Message != `one organisational level falls short (Executive); 95 of 105 answers reach "Usually", needs 60 %` {
		t.Errorf("five executives: %s", named.Message)
	}
	for n := int64(1); n < 5; n++ {
		v := judge(t, 0, polled("Q07", "Executive", 0, n), polled("Q07", "Staff", 60, 100), polled("Q07", "Manager", 3, 10)).Verdicts[0]
		if v.Reason != "LevelBelowMinimum" || v.Message == "" || contains(v.Message, "Executive") || !contains(v.Message, "Manager") {
			t.Errorf("%d executives: %s, %s", n, v.Reason, v.Message)
		}
	}
}

// Not knowing is an answer to Q03 (who leads CX?) and none to Q01 (do those who raise a problem get an answer?).
func TestNotKnowingCountsAsNoOrNotAtAll(t *testing.T) {
	unsure := func(question string) cxv1.QuestionVerdict {
		counts := polled(question, cxv1.AttestationAll, 60, 60)
		counts.DontKnow = 60
		return judge(t, 0, counts).Verdicts[0]
	}
	if v := unsure("Q03"); v.Result != cxv1.OutcomeFalse || v.SharePercent != "50" || *v.N != 120 {
		t.Errorf("Q03: %+v", v)
	}
	if v := unsure("Q01"); v.Result != cxv1.OutcomeTrue || v.SharePercent != "100" || *v.N != 60 {
		t.Errorf("Q01: %+v", v)
	}
	everybody := polled("Q01", cxv1.AttestationAll, 6, 10)
	everybody.DontKnow = 10
	if v := judge(t, 20, everybody).Verdicts[0]; v.Result != cxv1.OutcomeTrue || v.LowPercent != "60" {
		t.Errorf("everybody was asked, half of them don't know: %+v; nothing is left to guess", v)
	}
	nobody := cxv1.AttestationCounts{Question: "Q01", Answers: []int64{0, 0, 0, 0}, DontKnow: 30}
	if v := judge(t, 0, nobody).Verdicts[0]; v.Result != cxv1.OutcomeUnknown || v.Reason != "TooFewAnswers" || v.N != nil {
		t.Errorf("nobody knows: %+v", v)
	}
}

func TestEachQuestionHasItsThreshold(t *testing.T) {
	counts := func(question string) cxv1.AttestationCounts {
		return cxv1.AttestationCounts{Question: question, Level: cxv1.AttestationAll, Answers: []int64{10, 90, 0, 0}}
	}
	status := judge(t, 0, counts("Q02"), counts("Q20"))
	got := map[string]cxv1.CriterionOutcome{}
	for _, v := range status.Verdicts {
		got[v.Question] = v.Result
	}
	want := map[string]cxv1.CriterionOutcome{"Q02": cxv1.OutcomeTrue, "Q20": cxv1.OutcomeFalse}
	if diff := cmp.Diff(want, got); diff != "" || status.Summary != "1/2" {
		t.Errorf("sometimes is enough for Q02 only; summary %s (-want +got):\n%s", status.Summary, diff)
	}
}

func TestOneQuestionAtTwoThresholdsHasTwoVerdicts(t *testing.T) {
	framework := *sixStages(t)
	stage := &framework.Stages[0]
	framework.Stages = append([]maturity.Stage{*stage}, framework.Stages[1:]...)
	framework.Stages[1].Criteria = append([]maturity.Criterion{{
		ID: "strict", Competency: "culture", Mode: maturity.ModeAttested, Questions: []string{"Q02"}, AtLeast: 3, Text: maturity.Text{EN: "Always"},
	}}, framework.Stages[1].Criteria...)
	a := build.Assessment("spring", func(a *cxv1.Assessment) {
		a.Spec.Counts = []cxv1.AttestationCounts{{Question: "Q02", Level: cxv1.AttestationAll, Answers: []int64{5, 55, 20, 20}}}
	})
	program.JudgeAssessment(program.AssessmentInput{Assessment: a, Framework: &framework, Program: firm(0), Now: build.Monday})
	var got []string
	for _, v := range a.Status.Verdicts {
		got = append(got, v.Question+" "+string(rune('0'+v.AtLeast))+" "+string(v.Result))
	}
	if diff := cmp.Diff([]string{"Q02 1 True", "Q02 3 False"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// reference is section 1.3 of the model, written once more: Wilson's interval, pulled in by the finite population correction.
func reference(yes, n, headcount int64) cxv1.CriterionOutcome {
	if n < 10 && 2*n <= headcount || n < 10 && headcount == 0 || n < 5 && n != headcount {
		return cxv1.OutcomeUnknown
	}
	const z = 1.959964
	p, m := float64(yes)/float64(n), float64(n)
	centre := (p + z*z/(2*m)) / (1 + z*z/m)
	margin := z / (1 + z*z/m) * math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	f := 1.0
	if headcount == n {
		f = 0
	} else if headcount > 0 {
		f = math.Sqrt(float64(headcount-n) / float64(headcount-1))
	}
	low, high := p+f*(centre-margin-p), p+f*(centre+margin-p)
	switch {
	case high < 0.6-1e-9:
		return cxv1.OutcomeFalse
	case p >= 0.6-1e-9 && low >= 0.5-1e-9:
		return cxv1.OutcomeTrue
	}
	return cxv1.OutcomeUnknown
}

var rank = map[cxv1.CriterionOutcome]int{cxv1.OutcomeFalse: 0, cxv1.OutcomeUnknown: 1, cxv1.OutcomeTrue: 2}

func TestVerdictsFollowTheRule(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64Range(1, 300).Draw(t, "n")
		yes := rapid.Int64Range(0, n).Draw(t, "yes")
		headcount := rapid.SampledFrom([]int64{0, n, n + 1, 2 * n, 3*n + 7, 20_000}).Draw(t, "headcount")
		verdict := func(yes, headcount int64) cxv1.CriterionOutcome {
			return judge(t, headcount, polled("Q03", cxv1.AttestationAll, yes, n)).Verdicts[0].Result
		}
		got := verdict(yes, headcount)
		if want := reference(yes, n, headcount); got != want {
			t.Fatalf("%d of %d among %d: %s, want %s", yes, n, headcount, got, want)
		}
		if yes < n && rank[verdict(yes+1, headcount)] < rank[got] {
			t.Fatalf("%d of %d among %d: one more yes makes it worse", yes, n, headcount)
		}
		// When everybody was asked there is nothing to guess.
		want := cxv1.OutcomeFalse
		if 10*yes >= 6*n {
			want = cxv1.OutcomeTrue
		}
		exact := verdict(yes, n)
		if exact != want {
			t.Fatalf("%d of all %d: %s", yes, n, exact)
		}
		if got != cxv1.OutcomeUnknown && got != exact {
			t.Fatalf("%d of %d among %d is %s, and %s when these are all", yes, n, headcount, got, exact)
		}
	})
}

func TestLevelsAddUpAndAreNeverShownBelowTheThreshold(t *testing.T) {
	levels := []cxv1.AttestationLevel{"Staff", "Manager", "SeniorManager", "Executive", "CEO"}
	rapid.Check(t, func(t *rapid.T) {
		var counts []cxv1.AttestationCounts
		var yes, n int64
		short := map[string]bool{}
		for _, level := range levels {
			here := rapid.Int64Range(0, 12).Draw(t, string(level))
			if here == 0 {
				continue
			}
			said := rapid.Int64Range(0, here).Draw(t, "yes")
			counts = append(counts, polled("Q03", level, said, here))
			yes, n = yes+said, n+here
			short[string(level)] = here >= 5 && 10*said < 4*here
		}
		if n == 0 {
			return
		}
		got := judge(t, 0, counts...).Verdicts[0]
		whole := judge(t, 0, polled("Q03", cxv1.AttestationAll, yes, n)).Verdicts[0]
		named := ""
		for _, level := range levels {
			if contains(got.Message, "("+string(level)+")") {
				named = string(level)
			}
		}
		anyShort := false
		for _, s := range short {
			anyShort = anyShort || s
		}
		switch {
		case named != "" && !short[named]:
			t.Fatalf("names %s, which is not short of anything or too small: %+v", named, counts)
		case got.Reason == "LevelBelowMinimum" && (named == "" || !anyShort):
			t.Fatalf("%+v: %+v", counts, got)
		case !anyShort && (got.Result != whole.Result || got.SharePercent != whole.SharePercent || got.HighPercent != whole.HighPercent):
			t.Fatalf("by level %+v, as a whole %+v", got, whole)
		case anyShort && got.Result == cxv1.OutcomeTrue:
			t.Fatalf("true although a level is below the minimum: %+v", counts)
		case got.N != nil && (*got.N < 5 || *got.N != n):
			t.Fatalf("shows n = %d of %d", *got.N, n)
		}
	})
}

func contains(text, part string) bool { return strings.Contains(text, part) }
