// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package crdcheck_test

import (
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/cx-operator/cx-operator/config"
	"github.com/cx-operator/cx-operator/internal/crdcheck"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/testing/build"
	"github.com/cx-operator/cx-operator/internal/testing/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }

func builtin(t *testing.T) *crdcheck.Schemas {
	t.Helper()
	schemas, err := crdcheck.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	return schemas
}

// mistakes are objects that the API server refuses, each with what lint says about it.
var mistakes = map[string]struct{ object, says string }{
	"a field that is missing": {`{kind: Owner, metadata: {name: o}, spec: {displayName: o, level: CEO}}`, "f.yaml:2: Owner/o: spec.function: is required"},
	"a value that is not one of a few": {`{kind: Owner, metadata: {name: o}, spec: {displayName: o, function: it, level: Boss}}`,
		`f.yaml:2: Owner/o: spec.level: "Boss" is not one of the values it can have: "Staff", "Manager", "SeniorManager", "Executive", "CEO"`},
	"a number that is too large": {`{kind: Owner, metadata: {name: o}, spec: {displayName: o, function: it, level: CEO, sharePercent: 120}}`,
		"f.yaml:2: Owner/o: spec.sharePercent: 120 should be less than or equal to 100"},
	"another type": {`{kind: Owner, metadata: {name: o}, spec: {displayName: o, function: it, level: CEO, away: [1]}}`,
		`f.yaml:2: Owner/o: spec.away[0]: is a whole number, and takes an object with fields`},
	"a fraction that is no string": {`{kind: KPI, metadata: {name: k}, spec: {displayName: k, metric: m, class: Business, method: Value, target: {value: 42.5}, source: {manual: {asOf: "2027-01-04T09:00:00Z", value: 1}}}}`,
		`f.yaml:2: KPI/k: spec.target.value: is a fraction, and takes a whole number or a text: put it in quotes`},
	"a time that is none": {`{kind: KPI, metadata: {name: k}, spec: {displayName: k, metric: m, class: Business, method: Value, source: {manual: {asOf: yesterday, value: 1}}}}`,
		`f.yaml:2: KPI/k: spec.source.manual.asOf: "yesterday" is no time: write e.g. 2027-01-04T09:00:00Z`},
	"one thing twice in a set": {`{kind: Journey, metadata: {name: j}, spec: {displayName: j, personas: [p, p], stages: [{name: a}]}}`,
		`f.yaml:2: Journey/j: spec.personas[1]: "p" stands there twice`},
	"one name twice in a list": {`{kind: Journey, metadata: {name: j}, spec: {displayName: j, stages: [{name: a}, {name: a}]}}`,
		"f.yaml:2: Journey/j: spec.stages[1]: name:a stands there twice"},
	"a name that cannot be one": {`{kind: Goal, metadata: {name: Bad_Name}, spec: {displayName: g, kind: Business}}`,
		`f.yaml:2: Goal/Bad_Name: metadata.name: "Bad_Name" cannot be a name: use lower case letters, digits, '-' and '.', and begin and end with a letter or digit`},
	"a rule about the whole object": {`{kind: Program, metadata: {name: other}, spec: {id: abc, organization: o}}`,
		"f.yaml:2: Program/other: a namespace holds one Program and its name is 'program': set metadata.name to 'program'"},
	"an owner who reports to himself": {`{kind: Owner, metadata: {name: o}, spec: {displayName: o, function: it, level: CEO, reportsTo: o}}`,
		"f.yaml:2: Owner/o: an owner cannot report to themselves: name their manager in reportsTo, or leave it out at the top"},
	"a rule about one field": {`{kind: KPI, metadata: {name: k}, spec: {displayName: k, metric: m, class: Business, method: CSAT, source: {manual: {asOf: "2027-01-04T09:00:00Z", value: 1}}}}`,
		"f.yaml:2: KPI/k: spec: this method needs its answer scale: set scale, e.g. {min: 1, max: 5}"},
	"a word that YAML takes for true": {`{kind: Survey, metadata: {name: s}, spec: {displayName: s, personaRefs: [p], anonymity: yes, schedule: {cron: "0 9 * * MON"}, openFor: 1d, questionnaire: {title: {en: t}, questions: [{id: q, type: NPS, text: {en: t}}]}}}`,
		"f.yaml:2: Survey/s: spec.anonymity: is true or false, and takes a text: put it in quotes"},
	"one name instead of a list": {`{kind: Survey, metadata: {name: s}, spec: {displayName: s, personaRefs: p, schedule: {cron: "0 9 * * MON"}, openFor: 1d, questionnaire: {title: {en: t}, questions: [{id: q, type: NPS, text: {en: t}}]}}}`,
		"f.yaml:2: Survey/s: spec.personaRefs: is a text, and takes a list: write [one, two]"},
	"a duration in words": {`{kind: KPI, metadata: {name: k}, spec: {displayName: k, metric: m, class: Business, method: Value, ttl: 14 days, source: {manual: {asOf: "2027-01-04T09:00:00Z", value: 1}}}}`,
		`f.yaml:2: KPI/k: spec.ttl: "14 days" is no duration: write e.g. 14d, 36h or 1d12h`},
	"a number with a comma": {`{kind: KPI, metadata: {name: k}, spec: {displayName: k, metric: m, class: Business, method: Value, target: {value: "4,5"}, source: {manual: {asOf: "2027-01-04T09:00:00Z", value: 1}}}}`,
		`f.yaml:2: KPI/k: spec.target.value: "4,5" is no number: write e.g. 42 or 42.5, with a point and without a unit`},
	"a day that there is not": {`{kind: Goal, metadata: {name: g}, spec: {displayName: g, kind: Business, due: "2028-99-31"}}`,
		`f.yaml:2: Goal/g: spec.due: "2028-99-31" is no day that there is: write e.g. 2027-03-31`},
	"a Cyrillic letter in a name": {`{kind: Goal, metadata: {name: g}, spec: {displayName: g, kind: Business, ownerRef: head-of-сx}}`,
		`f.yaml:2: Goal/g: spec.ownerRef: "head-of-сx" cannot be a name: use lower case letters, digits and '-', and begin and end with a letter or digit; "с" is no letter from a to z`},
	"no spec at all": {`{kind: Goal, metadata: {name: g}}`, "f.yaml:1: Goal/g: spec: is required"},
}

const apiVersion = "apiVersion: cx-operator.io/v1alpha1\n"

// document puts a flow mapping on lines of its own: apiVersion on the first, everything else on the second.
func document(object string) string {
	kind, rest, _ := strings.Cut(strings.TrimPrefix(object, "{"), ", metadata: ")
	metadata, spec, found := strings.Cut(strings.TrimSuffix(rest, "}"), ", spec: ")
	text := "{" + strings.TrimSpace(apiVersion) + ", " + kind + ", metadata: " + metadata
	if found {
		text += ",\nspec: " + spec
	}
	return text + "}"
}

func TestMistakesAreNamedWithFileAndLine(t *testing.T) {
	schemas := builtin(t)
	for name, tc := range mistakes {
		t.Run(name, func(t *testing.T) {
			want := tc.says
			if strings.Contains(want, ": metadata.name: ") || strings.Count(want, ": spec") == 0 {
				want = strings.Replace(want, "f.yaml:2:", "f.yaml:1:", 1)
			}
			f := program.Load(fstest.MapFS{"f.yaml": {Data: []byte(document(tc.object))}}, schemas)
			var got []string
			for _, p := range f.Problems {
				got = append(got, p.String())
			}
			if diff := cmp.Diff([]string{want}, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// What is refused here is refused by the API server, and what is taken here is taken there with the same defaults.
func TestTheAPIServerSaysTheSame(t *testing.T) {
	h, schemas := harness.New(t), builtin(t)
	dry := client.NewDryRunClient(h.Client)
	for name, tc := range mistakes {
		t.Run("refused: "+name, func(t *testing.T) {
			object := &unstructured.Unstructured{}
			if err := yaml.Unmarshal([]byte(document(tc.object)), object); err != nil {
				t.Fatal(err)
			}
			object.SetNamespace(h.Namespace)
			if err := dry.Create(t.Context(), object); !apierrors.IsInvalid(err) && !apierrors.IsBadRequest(err) {
				t.Errorf("the API server says %v, lint says %s", err, tc.says)
			}
		})
	}
	all := build.All("minimal")
	for _, kind := range slices.Sorted(maps.Keys(all)) {
		t.Run("taken: "+kind, func(t *testing.T) {
			ours := asStored(t, all[kind])
			ours["kind"], ours["apiVersion"] = kind, "cx-operator.io/v1alpha1"
			theirs := &unstructured.Unstructured{Object: runtime.DeepCopyJSON(ours)}
			theirs.SetNamespace(h.Namespace)
			delete(ours, "status")
			if problems := schemas.Apply(kind, ours); len(problems) > 0 {
				t.Fatalf("lint refuses the smallest valid object: %v", problems)
			}
			if err := dry.Create(t.Context(), theirs); err != nil {
				t.Fatal(err)
			}
			for _, part := range []string{"spec", "status"} {
				if diff := cmp.Diff(theirs.Object[part], ours[part]); diff != "" {
					t.Errorf("%s (-API server +here):\n%s", part, diff)
				}
			}
		})
	}
}

// asStored is an object as it is read from JSON, without a status.
func asStored(t *testing.T, object client.Object) map[string]any {
	t.Helper()
	data, err := yaml.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	if data, err = yaml.YAMLToJSON(data); err != nil {
		t.Fatal(err)
	}
	var out map[string]any
	if err := utiljson.Unmarshal(data, &out); err != nil {
		t.Fatal(err)
	}
	delete(out, "status")
	return out
}

// A pattern that changes in a schema would silently fall back to being shown as it is.
func TestPatternsWithWordsAreThoseOfTheSchemas(t *testing.T) {
	files, err := fs.Glob(config.CRDs, "crd/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	var all strings.Builder
	for _, file := range files {
		data, err := config.CRDs.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(data)
	}
	for _, pattern := range crdcheck.Patterns() {
		if !strings.Contains(all.String(), "pattern: "+pattern+"\n") && !strings.Contains(all.String(), "pattern: '"+pattern+"'\n") {
			t.Errorf("no schema has the pattern %s", pattern)
		}
	}
}
