// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program_test

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/program"
)

func folder(files map[string]string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return fsys
}

func document(kind, name, spec string) string {
	return fmt.Sprintf("apiVersion: cx-operator.io/v1alpha1\nkind: %s\nmetadata:\n  name: %s\nspec:\n%s", kind, name, spec)
}

func problems(f *program.Folder) []string {
	var out []string
	for _, p := range f.Problems {
		out = append(out, p.String())
	}
	return out
}

func TestLoadReadsWhatKubectlWould(t *testing.T) {
	goal := document("Goal", "loyalty", "  kind: Experience\n  displayName: Loyalty\n")
	f := program.Load(folder(map[string]string{
		"program.yaml":    document("Program", "program", "  id: example-retail\n  organization: Example Retail\n"),
		"goals/goal.yml":  "# the first goal\n---\n" + goal + "---\n# nothing here\n---\n",
		"owners.yaml":     document("Owner", "a", "  function: it\n") + "\n---\n" + document("Owner", "b", "  function: hr\n"),
		"list.yaml":       "apiVersion: v1\nkind: List\nitems:\n- apiVersion: cx-operator.io/v1alpha1\n  kind: Persona\n  metadata: {name: shopper}\n  spec: {type: Customer}\n",
		"typed-list.yaml": "apiVersion: cx-operator.io/v1alpha1\nkind: KPIList\nitems:\n- apiVersion: cx-operator.io/v1alpha1\n  kind: KPI\n  metadata: {name: nps}\n  spec:\n    target: {value: 45}\n    source: {manual: {asOf: 2027-01-04T09:00:00Z, value: '42.5'}}\n",
		"namespace.yaml":  "apiVersion: v1\nkind: Namespace\nmetadata: {name: retail}\n",
		"windows.yaml":    "\xef\xbb\xbf" + strings.ReplaceAll("---\n"+document("Persona", "clerk", "  type: Employee\n"), "\n", "\r\n"),
		"notes.txt":       "kind: nonsense\n",
		"boss.json":       `{"apiVersion": "cx-operator.io/v1alpha1", "kind": "Owner",` + "\n\t" + `"metadata": {"name": "c"}, "spec": {"function": "top"}}`,
		"package.json":    `{"name": "somebody else's"}`,
		"labels.json":     `[{"op": "add", "path": "/metadata/labels", "value": {"cx-operator.io/program": "retail"}}]`,
		".git/x.yaml":     "{ not yaml",
		".hidden.yaml":    "{ not yaml",
	}), nil)
	if got := problems(f); got != nil {
		t.Fatalf("problems in a good folder:\n%s", strings.Join(got, "\n"))
	}
	want := []string{"Program/program", "Owner/a", "Owner/b", "Owner/c", "Persona/clerk", "Persona/shopper", "Goal/loyalty", "KPI/nps"}
	if diff := cmp.Diff(want, keys(f.Snapshot.All())); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	nps := f.Snapshot.KPI("nps")
	if nps.Spec.Target.Value != "45" || nps.Spec.Source.Manual.Value != "42.5" || nps.Spec.Source.Manual.AsOf.IsZero() {
		t.Errorf("numbers and times were lost: %+v", nps.Spec)
	}
}

func TestABrokenDocumentIsNamedAndTheOthersWork(t *testing.T) {
	good := document("Owner", "good", "  function: it\n") + "---\n"
	for name, tc := range map[string]struct{ text, want string }{
		"broken YAML":      {good + "kind: Goal\n  spec: {\n", "f.yaml:9: is not valid YAML: mapping values are not allowed in this context; look at the indentation and the quotes of this line and of the one before"},
		"a key twice":      {good + document("Goal", "g", "  kind: Experience\n  kind: Business\n"), `f.yaml:14: "kind" stands in this object twice: remove one`},
		"an unknown field": {good + document("Goal", "g", "  kind: Experience\n  onwerRef: good\n"), "f.yaml:14: Goal/g: spec.onwerRef: there is no such field: correct its name or its indentation, or remove it"},
		"an unknown field in a list": {good + document("Journey", "j", "  stages:\n  - name: buy\n    touchpoints:\n    - {name: pay}\n    - name: ask\n      chanel: Web\n"),
			"f.yaml:18: Journey/j: spec.stages[0].touchpoints[1].chanel: there is no such field: correct its name or its indentation, or remove it"},
		"a star without quotes": {good + document("Survey", "s", "  schedule:\n    cron: * 9 * * 1\n"),
			"f.yaml:14: is not valid YAML: did not find expected alphabetic or numeric character; put a text that begins with * in quotes"},
		"a colon in a text": {good + document("Goal", "g", "  displayName: Goal: be kind\n"),
			"f.yaml:13: is not valid YAML: mapping values are not allowed in this context; put a text that has a colon in quotes"},
		"what is left of a merge": {good + document("Goal", "g", "<<<<<<< HEAD\n  kind: Experience\n=======\n"),
			"f.yaml:13: is not valid YAML: could not find expected ':'; this line is left from a merge: keep one of the two sides"},
		"a template": {good + document("Goal", "g", "  kind: {{ .Values.kind }}\n"),
			"f.yaml:13: is not valid YAML: invalid map key: map[interface {}]interface {}{\".Values.kind\":interface {}(nil)}; {{ }} belongs to a template: write what the template makes of it, or put it in quotes"},
		"a field that YAML takes for false": {good + document("KPI", "k", "  source:\n    manual:\n      n: 450\n"),
			`f.yaml:15: KPI/k: spec.source.manual.false: there is no such field; unquoted y, n, yes, no, on and off are true or false to YAML, also where they stand for the name of a field`},
		"a field of another type": {good + document("Owner", "o", "  sharePercent: much\n"), "f.yaml:8: Owner/o: spec.sharePercent: is a string, and takes a int32"},
		"a fraction without quotes": {good + document("KPI", "k", "  target: {value: 42.5}\n"),
			`f.yaml:8: KPI/k: 42.5 is neither an integer nor a string: write a fraction in quotes, e.g. "42.5"`},
		"a kind that does not exist": {good + document("Goals", "g", ""),
			`f.yaml:8: Goals/g: there is no kind "Goals": did you mean Goal?`},
		"a kind like no other": {good + document("Deployment", "g", ""),
			`f.yaml:8: Deployment/g: there is no kind "Deployment": write one of Assessment, FollowUp, Framework, Goal, Initiative, Journey, KPI, Owner, OwnerAssignment, Persona, Program, Scorecard, Survey, SurveyWave`},
		"another version of ours": {good + "apiVersion: cx-operator.io/v1\nkind: Goal\nmetadata: {name: g}\n",
			`f.yaml:8: Goal/g: there is no version "v1": write apiVersion: cx-operator.io/v1alpha1`},
		"our kind in another group": {good + "kind: Goal\napiVersion: cx.io/v1alpha1\nmetadata: {name: g}\n",
			`f.yaml:9: Goal/g: Goal is a kind of cx-operator.io/v1alpha1, not of "cx.io/v1alpha1": correct apiVersion`},
		"no kind": {good + "apiVersion: cx-operator.io/v1alpha1\nmetadata: {name: g}\n",
			"f.yaml:8: g: has no apiVersion or no kind: write apiVersion: cx-operator.io/v1alpha1 and one of the kinds Assessment, FollowUp, Framework, Goal, Initiative, Journey, KPI, Owner, OwnerAssignment, Persona, Program, Scorecard, Survey, SurveyWave"},
		"no name":     {good + "apiVersion: cx-operator.io/v1alpha1\nkind: Goal\nmetadata: {}\n", "f.yaml:10: Goal: has no name: set metadata.name"},
		"just text":   {good + "hello\n", "f.yaml:8: is not an object: a document has apiVersion, kind, metadata and spec"},
		"a list item": {good + "apiVersion: v1\nkind: List\nitems:\n- hello\n", "f.yaml:11: is not an object: an item of a list has apiVersion, kind, metadata and spec"},
		"an object twice": {good + document("Owner", "good", "  function: hr\n"),
			"f.yaml:11: Owner/good: stands in the folder twice, also in f.yaml line 4: remove one"},
		"a second namespace": {document("Owner", "good", "  function: it\n") + "---\n" +
			strings.Replace(document("Owner", "o", "  function: it\n"), "  name: o\n", "  name: o\n  namespace: b\n", 1) + "---\n" +
			strings.Replace(document("Owner", "p", "  function: it\n"), "  name: p\n", "  name: p\n  namespace: c\n", 1),
			`f.yaml:20: Owner/p: is in namespace "c", others are in "b": a program is one namespace, give each a folder of its own`},
	} {
		t.Run(name, func(t *testing.T) {
			f := program.Load(folder(map[string]string{"f.yaml": tc.text, "z.yaml": document("Persona", "shopper", "  type: Customer\n")}), nil)
			if diff := cmp.Diff([]string{tc.want}, problems(f)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if f.Snapshot.Owner("good") == nil || f.Snapshot.Persona("shopper") == nil {
				t.Error("a good document beside the broken one was lost")
			}
		})
	}
}

func TestOneBrokenFileAmongForty(t *testing.T) {
	files := map[string]string{}
	for i := range 39 {
		files[fmt.Sprintf("goal-%02d.yaml", i)] = document("Goal", fmt.Sprintf("goal-%02d", i), "  kind: Experience\n")
	}
	files["goal-39.yaml"] = "apiVersion: cx-operator.io/v1alpha1\nkind: Goal\n metadata: {name: goal-39}\n"
	f := program.Load(folder(files), nil)
	if len(f.Snapshot.Goals) != 39 {
		t.Errorf("%d goals of 39 good ones", len(f.Snapshot.Goals))
	}
	want := []string{"goal-39.yaml:3: is not valid YAML: mapping values are not allowed in this context; " +
		"look at the indentation and the quotes of this line and of the one before"}
	if diff := cmp.Diff(want, problems(f)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAKustomizationNamesTheNamespace(t *testing.T) {
	f := program.Load(folder(map[string]string{
		"base/kustomization.yaml": "resources: [program.yaml]\nnamespace: from-base\n",
		"kustomization.yaml":      "resources: [base]\nnamespace: retail\n",
		"base/program.yaml":       strings.Replace(document("Program", "program", "  id: abc\n"), "  name: program\n", "  name: program\n  namespace: written\n", 1),
		"owner.yaml":              document("Owner", "a", "  function: it\n"),
	}), nil)
	if got := problems(f); got != nil {
		t.Fatal(got)
	}
	if f.Snapshot.Namespace != "retail" || f.Snapshot.Program.Namespace != "retail" || f.Snapshot.Owner("a").Namespace != "retail" {
		t.Errorf("namespace %q, Program in %q, want retail throughout", f.Snapshot.Namespace, f.Snapshot.Program.Namespace)
	}
}

// oneProblem is a schema that refuses one field and sets another.
type oneProblem struct{}

func (oneProblem) Apply(kind string, object map[string]any) []program.FieldProblem {
	spec := object["spec"].(map[string]any)
	if kind == "Owner" && spec["function"] == "bad" {
		return []program.FieldProblem{{Field: "spec.level", Message: "Required value"}}
	}
	spec["state"] = "Active"
	return nil
}

func TestTheSchemaFillsInDefaultsAndRefuses(t *testing.T) {
	f := program.Load(folder(map[string]string{
		"owners.yaml": document("Owner", "a", "  function: it\n") + "---\n" + document("Owner", "b", "  function: bad\n"),
	}), oneProblem{})
	if diff := cmp.Diff([]string{"owners.yaml:12: Owner/b: spec.level: Required value"}, problems(f)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if a := f.Snapshot.Owner("a"); a == nil || a.Spec.State != cxv1.OwnerActive || f.Snapshot.Owner("b") != nil {
		t.Errorf("owners %v: want a with its default, b left out", keys(f.Snapshot.All()))
	}
	if !f.Broken("Owner/b") || f.Broken("Owner/a") {
		t.Error("Broken does not tell the wrong object from the right one")
	}
}

func TestPlaceFindsFieldsAndElements(t *testing.T) {
	f := program.Load(folder(map[string]string{"j.yaml": "\n" + document("Journey", "j",
		"  personas:\n  - shopper\n  - clerk\n  stages:\n  - name: buy\n    touchpoints:\n    - name: pay\n      ownerRef: a\n    - name: ask\n      ownerRef: b\n")}), nil)
	for _, tc := range []struct {
		field, value string
		want         int
	}{
		{"", "", 2},
		{"spec.personas", "clerk", 9},
		{"spec.personas", "nobody", 7},
		{"spec.stages.touchpoints.ownerRef", "b", 16},
		{"spec.stages[0].touchpoints[1].ownerRef", "", 16},
		{"spec.stages[0].touchpoints[7].ownerRef", "", 12},
		{"spec.need", "", 6},
		{"metadata.name", "", 5},
	} {
		if file, line := f.Place("Journey/j", tc.field, tc.value); file != "j.yaml" || line != tc.want {
			t.Errorf("Place(%q, %q) = %s:%d, want line %d", tc.field, tc.value, file, line, tc.want)
		}
	}
	if file, line := f.Place("Journey/other", "", ""); file != "" || line != 0 {
		t.Errorf("an object that is nowhere stands in %s:%d", file, line)
	}
}

// Whatever a file holds, reading it ends, and every object that comes out stands somewhere.
func FuzzLoad(f *testing.F) {
	f.Add(document("Goal", "g", "  kind: Experience\n"))
	f.Add("apiVersion: v1\nkind: List\nitems:\n- {}\n- 1\n---\n--- # x\n...\n")
	f.Add("a: &x [*x]\n")
	f.Fuzz(func(t *testing.T, text string) {
		got := program.Load(folder(map[string]string{"f.yaml": text, "good.yaml": document("Owner", "good-one", "  function: it\n")}), nil)
		for _, obj := range got.Snapshot.All() {
			if file, line := got.Place(program.Key(obj), "spec", ""); file == "" || line == 0 {
				t.Errorf("%s stands nowhere", program.Key(obj))
			}
		}
		if got.Snapshot.Owner("good-one") == nil && !strings.Contains(text, "good-one") {
			t.Error("another file was lost")
		}
	})
}

func TestAFileInAnotherEncodingIsNotReadInPart(t *testing.T) {
	owner := document("Owner", "a", "  function: it\n") + "---\n" + document("Owner", "b", "  function: \u0446\u0435\u0445\n")
	wide := []byte{0xff, 0xfe}
	for _, unit := range utf16.Encode([]rune(owner)) {
		wide = binary.LittleEndian.AppendUint16(wide, unit)
	}
	narrow := strings.ReplaceAll(owner, "\u0446\u0435\u0445", "\xf6\xe5\xf5") // as Windows wrote it once
	for text, want := range map[string]string{
		string(wide): "f.yaml: is written in UTF-16: save it as UTF-8",
		narrow:       "f.yaml:13: has a character that is not written in UTF-8: save the file as UTF-8",
	} {
		f := program.Load(folder(map[string]string{"f.yaml": text}), nil)
		if diff := cmp.Diff([]string{want}, problems(f)); diff != "" || len(f.Snapshot.Owners) > 0 {
			t.Errorf("%d owners (-want +got):\n%s", len(f.Snapshot.Owners), diff)
		}
	}
}
