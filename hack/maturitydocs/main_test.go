// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/cx-operator/cx-operator/internal/crdcheck"
	"github.com/cx-operator/cx-operator/internal/maturity"
	"github.com/cx-operator/cx-operator/internal/program"
)

const root = "../.."

var pageNames = []string{"docs/maturity.md", "docs/maturity.ru.md", "docs/reference/facts.md"}

func read(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func loaded(t *testing.T) *model {
	t.Helper()
	m, err := load()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestFill(t *testing.T) {
	begin := func(name string) string { return opening + name + ending + "\n" }
	end := func(name string) string { return closing + name + ending + "\n" }
	for _, tc := range []struct{ name, page, want, err string }{
		{"what stands between the markers is replaced, the rest stays",
			"# A\n" + begin("a") + "old\n\n| old |\n" + end("a") + "tail\n", "# A\n" + begin("a") + "\nnew\n\n" + end("a") + "tail\n", ""},
		{"markers with nothing between them are filled", begin("a") + end("a"), begin("a") + "\nnew\n\n" + end("a"), ""},
		{"a part without a place", "# A\n", "", "no line says " + opening + "a" + ending},
		{"a place without a part", begin("a") + end("a") + begin("b") + end("b"), "", `nothing is generated under the name "b"`},
		{"a part that stands there twice", begin("a") + end("a") + begin("a") + end("a"), "", "a stands there twice"},
		{"no end", begin("a") + "old\n", "", "a has no end"},
		{"another end", begin("a") + end("b"), "", `the end of "b" stands where that of "a" should`},
		{"a part within a part", begin("a") + begin("a") + end("a"), "", "a begins before the end of a"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := fill(tc.page, parts{"a": "new"})
			if tc.err != "" {
				if err == nil || err.Error() != tc.err {
					t.Fatalf("error %v, want %s", err, tc.err)
				}
				return
			}
			if diff := cmp.Diff(tc.want, got); diff != "" || err != nil {
				t.Fatalf("error %v (-want +got):\n%s", err, diff)
			}
			if again, err := fill(got, parts{"a": "new"}); again != got || err != nil {
				t.Errorf("filled again it is %q, error %v", again, err)
			}
		})
	}
}

func TestTable(t *testing.T) {
	want := "| a | b |\n|---|---|\n| x \\|\\| y | 1<br>2 |"
	if diff := cmp.Diff(want, table([]string{"a", "b"}, [][]string{{"x || y", "1\n2"}})); diff != "" {
		t.Errorf("bars and line ends would break the table (-want +got):\n%s", diff)
	}
}

func TestPagesAreWhatIsGenerated(t *testing.T) {
	dir := t.TempDir()
	for _, name := range pageNames {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(read(t, filepath.Join(root, name))), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := run(dir); err != nil {
		t.Fatal(err)
	}
	for _, name := range pageNames {
		if diff := cmp.Diff(read(t, filepath.Join(root, name)), read(t, filepath.Join(dir, name))); diff != "" {
			t.Errorf("%s: run make generate (-there +made):\n%s", name, diff)
		}
	}
}

func TestACriterionSaysWhatDecidesItInEachProfile(t *testing.T) {
	m := loaded(t)
	for _, tc := range []struct {
		name, id string
		words    *words
		want     string
	}{
		{"a threshold that differs stands in brackets", "exp-group", english,
			"accepted members of the working group: at least 3 (in `small`: at least 2)\n" +
				"functions in the working group: at least 2 (in `small`: at least 1)\n" +
				"`f.groupMembers >= p.members && f.groupFunctions >= p.functions`"},
		{"and in Russian", "exp-group", russian,
			"участники рабочей группы, принявшие роль: не меньше 3 (в `small`: не меньше 2)\n" +
				"подразделения, представленные в рабочей группе: не меньше 2 (в `small`: не меньше 1)\n" +
				"`f.groupMembers >= p.members && f.groupFunctions >= p.functions`"},
		{"a part that one profile switches off, and one that it adds", "ops-redesign", english,
			"redesigns by several units in a year: at least 2 (not in `small`)\n" +
				"in `small`: redesigns by several people in a year: at least 1\n" +
				"`f.redesignCrossFunctional365d >= p.byUnits && f.redesignByPeople365d >= p.byPeople`\n" +
				"people say Q09 “Units redesign processes together, starting from what customers say.”"},
		{"flags have no threshold", "emb-cx-director", english,
			"a CX director accepted the role\nthe CX director reports to the CEO\n`f.cxDirectorAccepted && f.cxDirectorReportsToCeo`"},
		{"a question alone", "mob-known", russian, "люди говорят: Q03 «Я знаю, кто отвечает за CX и как получить помощь.»"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			at := slices.IndexFunc(m.criteria, func(c criterion) bool { return c.ID == tc.id })
			if diff := cmp.Diff(tc.want, m.decides(tc.words, &m.criteria[at])); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	if table := m.criteriaTable(english, 6); !strings.Contains(table, "| strategy<br>required<br>profile small only |") {
		t.Error("it is not said which profile alone has a criterion")
	}
}

func TestNothingIsLeftOut(t *testing.T) {
	m := loaded(t)
	facts, err := m.factTables()
	if err != nil {
		t.Fatal(err)
	}
	all := strings.Join([]string{
		facts["facts-people"], facts["facts-goals"], facts["facts-surveys"], facts["facts-journeys"], facts["facts-initiatives"],
	}, "\n")
	for _, def := range maturity.Facts {
		if strings.Count(all, "| "+code(def.Name)+": ") != 1 {
			t.Errorf("the tables of facts have %s %d times", def.Name, strings.Count(all, "| "+code(def.Name)+": "))
		}
	}
	for _, w := range []*words{english, russian} {
		parts := m.stageTables(w)
		stages := ""
		for i := range m.framework.Stages {
			stages += parts[fmt.Sprintf("stage-%d", i+1)]
		}
		for _, c := range m.criteria {
			if !strings.Contains(stages, c.Text.In(w.lang)+"<br>"+code(c.ID)+" |") {
				t.Errorf("%s: the criterion %s is missing", w.lang, c.ID)
			}
		}
		for id, question := range m.framework.Questions {
			if !strings.Contains(parts["questions"], "| "+id+" | "+question.Text.In(w.lang)+" | ") {
				t.Errorf("%s: the question %s is missing", w.lang, id)
			}
		}
	}
	for name, part := range m.stageTables(russian) {
		if !strings.ContainsFunc(part, func(r rune) bool { return unicode.Is(unicode.Cyrillic, r) }) {
			t.Errorf("the Russian %s is not in Russian", name)
		}
	}
}

func TestFactsNameWhoReadsThem(t *testing.T) {
	users := loaded(t).users()
	want := []string{"ign-no-inside-feedback", "mob-inside-voice"}
	if diff := cmp.Diff(want, users["insideWavesClosed365d"]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"emb-ceo-owner"}, users["cxOwnerIsCeoOrDirectReport"]); diff != "" {
		t.Errorf("a criterion of the second profile only (-want +got):\n%s", diff)
	}
}

// Objects in the pages are what people copy first.
func TestObjectsInThePagesAreAccepted(t *testing.T) {
	schemas, err := crdcheck.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range pageNames[:2] {
		folder := fstest.MapFS{}
		for i, block := range strings.Split(read(t, filepath.Join(root, name)), "```yaml\n")[1:] {
			object, _, _ := strings.Cut(block, "```")
			if strings.HasPrefix(object, "apiVersion:") {
				folder[fmt.Sprintf("%d.yaml", i)] = &fstest.MapFile{Data: []byte(object)}
			}
		}
		loaded := program.Load(folder, schemas)
		for _, problem := range loaded.Problems {
			t.Errorf("%s: %v", name, problem)
		}
		if got := []int{len(loaded.Snapshot.Assessments), len(loaded.Snapshot.Frameworks)}; !slices.Equal(got, []int{2, 1}) {
			t.Fatalf("%s: %d assessments and frameworks", name, got)
		}
		framework, err := program.FrameworkOf(loaded.Snapshot, "our-ladder")
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if _, err := maturity.CompileAll(framework); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
