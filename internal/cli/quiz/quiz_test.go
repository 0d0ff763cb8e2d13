// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package quiz_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/cli/kit"
	"github.com/cx-operator/cx-operator/internal/cli/quiz"
)

// run answers with lines and returns what is printed, what is asked, and the error.
func run(lines string, args ...string) (out, asked string, err error) {
	k := kit.New()
	cmd := quiz.Command(k)
	k.AddFlags(cmd.Flags())
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	var stdout, stderr bytes.Buffer
	cmd.SetIn(strings.NewReader(lines))
	cmd.SetOut(&stdout)
	cmd.SetErr(&stderr)
	cmd.SetArgs(append(args, "--now", "2027-01-04T09:00:00Z"))
	err = cmd.Execute()
	return stdout.String(), stderr.String(), err
}

func all(answer string) string { return strings.Repeat(answer+"\n", 20) }

func TestTheProfileIsThatOfTheAnswers(t *testing.T) {
	// Q03 is what stage 3 asks about, Q06, Q07, Q08 and Q09 are among those of stage 4.
	known := "0\n0\n2\n" + strings.Repeat("0\n", 17)
	for name, c := range map[string]struct{ lines, stage string }{
		"nothing is so":                        {all("0"), "stage 2, Explore"},
		"who leads is known":                   {known, "stage 3, Mobilize"},
		"everything is so":                     {all("3"), "stage 6, Embed"},
		"usually is enough":                    {all("2"), "stage 6, Embed"},
		"sometimes is not":                     {all("1"), "stage 2, Explore"},
		"not knowing who leads is an answer":   {all("?"), "stage 2, Explore"},
		"what is no answer is asked once more": {"7\nyes\n" + known, "stage 3, Mobilize"},
	} {
		out, _, err := run(c.lines)
		if err != nil || !strings.HasPrefix(out, "In your eyes: "+c.stage+"\n") {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}

func TestTheProfileInRussian(t *testing.T) {
	out, asked, err := run(all("1"), "--lang", "ru")
	if err != nil {
		t.Fatal(err)
	}
	const want = `Вашими глазами: этап 2, Исследование
Так видит один человек. Этап программы определяют ответы многих людей и дела; до этапа 2 людей не спрашивают.

КОМПЕТЕНЦИЯ       ТАК   НЕ ТАК   НЕ ЗНАЮ
`
	if !strings.HasPrefix(out, want) || !strings.Contains(out, "\nЧего пока нет, для этапа 3\n  Люди знают, кто руководит CX (Q03: хотя бы «Обычно»)\n") {
		t.Errorf("got:\n%s", out)
	}
	for _, text := range []string{"Вопросов: 20", "1/20  Сотрудник, сообщивший", "20/20  Клиентский опыт", "  3  Порядок есть, соблюдается всегда"} {
		if !strings.Contains(asked, text) {
			t.Errorf("%q is not asked", text)
		}
	}
}

func TestWhoQuitsLeavesNothing(t *testing.T) {
	for _, key := range []string{"q", "Й"} {
		out, asked, err := run("3\n3\n"+key+"\n", "-o", "yaml")
		if err != nil || out != "" || !strings.Contains(asked, "Nothing was kept") {
			t.Errorf("%s: %v, %q", key, err, out)
		}
	}
	if out, _, err := run("3\n3\n"); err == nil || out != "" || !strings.Contains(err.Error(), "before question 3 of 20") {
		t.Errorf("when the input ends: %v, %q", err, out)
	}
}

func TestAnswersOfSeveralAddUpToAnAssessment(t *testing.T) {
	var files []string
	for name, lines := range map[string]string{"a": all("3"), "b": all("?"), "c": all("0")} {
		out, _, err := run(lines, "-o", "json", "--level", "Staff")
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(file, []byte(out), 0o600); err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	out, _, err := run("", append(files, "--merge", "-o", "yaml")...)
	if err != nil {
		t.Fatal(err)
	}
	var r quiz.Result
	if err := yaml.UnmarshalStrict([]byte(out), &r); err != nil {
		t.Fatal(err)
	}
	want := cxv1.AttestationCounts{Question: "Q01", Level: "Staff", Answers: []int64{1, 0, 0, 1}, DontKnow: 1}
	if diff := cmp.Diff(want, r.Counts[0]); diff != "" || r.People != 3 || len(r.Counts) != 20 {
		t.Errorf("%d people, %d questions (-want +got):\n%s", r.People, len(r.Counts), diff)
	}
	table, _, err := run("", append(files, "--merge")...)
	if err != nil || !strings.Contains(table, "People who answered: 3") || !strings.Contains(table, "Q01        Staff   1   0   0   1   1   An employee") {
		t.Errorf("%v\n%s", err, table)
	}
}

func TestWhatCannotBeAddedUp(t *testing.T) {
	const right = "apiVersion: cli.cx-operator.io/v1\nkind: QuizAnswers\nframework: six-stages\npeople: 1\ncounts:\n"
	const q = "- {question: Q01, level: All, answers: [0, 0, 0, 1]}\n"
	for name, c := range map[string]struct{ text, says string }{
		"another kind":              {strings.Replace(right+q, "QuizAnswers", "Status", 1), "holds no QuizAnswers"},
		"another framework":         {strings.Replace(right+q, "six-stages", "mine", 1), "holds no QuizAnswers of six-stages"},
		"a question there is not":   {right + strings.Replace(q, "Q01", "Q99", 1), `no question "Q99"`},
		"a level there is not":      {right + strings.Replace(q, "All", "Boss", 1), `no level "Boss"`},
		"another scale":             {right + strings.Replace(q, "[0, 0, 0, 1]", "[0, 1]", 1), "2 answers to choose from"},
		"less than nothing":         {right + strings.Replace(q, "[0, 0, 0, 1]", "[0, 0, 0, -1]", 1), "fewer than nobody"},
		"with and without a level":  {right + q + strings.Replace(q, "All", "Staff", 1), "either by level or for All"},
		"a field that there is not": {right + q + "more: 1\n", "unknown field"},
	} {
		file := filepath.Join(t.TempDir(), "a.yaml")
		if err := os.WriteFile(file, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if out, _, err := run("", "--merge", file); err == nil || out != "" || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q; printed %q", name, err, c.says, out)
		}
	}
	for says, args := range map[string][]string{"needs the files": {"--merge"}, "are for --merge": {"a.yaml"}, "--level is": {"--level", "Boss"}} {
		if _, _, err := run(all("1"), args...); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v, want %q", args, err, says)
		}
	}
}
