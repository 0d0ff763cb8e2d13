// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program_test

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"github.com/cx-operator/cx-operator/internal/maturity"
	"github.com/cx-operator/cx-operator/internal/program"
	"github.com/cx-operator/cx-operator/internal/store"
)

// property is as much of an OpenAPI schema as it takes to follow a path.
type property struct {
	Properties map[string]*property `yaml:"properties"`
	Items      *property            `yaml:"items"`
}

// schemas are the schemas of all kinds as the API server gets them, by kind.
func schemas(t *testing.T) map[string]*property {
	t.Helper()
	files, err := filepath.Glob("../../config/crd/cx-operator.io_*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no CRDs: %v", err)
	}
	byKind := map[string]*property{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var crd struct {
			Spec struct {
				Names    struct{ Kind string }
				Versions []struct {
					Schema struct {
						OpenAPIV3Schema *property `yaml:"openAPIV3Schema"`
					}
				}
			}
		}
		if err := yaml.Unmarshal(text, &crd); err != nil {
			t.Fatal(err)
		}
		byKind[crd.Spec.Names.Kind] = crd.Spec.Versions[0].Schema.OpenAPIV3Schema
	}
	return byKind
}

// fieldExists follows a path such as KPI.spec.source through the CRDs, and one such as Evidence.waves.slot through the JSON
// names of the evidence.
func fieldExists(byKind map[string]*property, path string) error {
	kind, rest, _ := strings.Cut(path, ".")
	if kind == "Evidence" {
		return evidenceHas(rest)
	}
	at := byKind[kind]
	if at == nil {
		return fmt.Errorf("%s: there is no kind %q", path, kind)
	}
	if rest == "metadata.name" {
		return nil // every object has a name, and schemas do not say so
	}
	for _, step := range strings.Split(rest, ".") {
		for at != nil && at.Items != nil {
			at = at.Items
		}
		if at == nil || at.Properties[step] == nil {
			return fmt.Errorf("%s: there is no field %q", path, step)
		}
		at = at.Properties[step]
	}
	return nil
}

func evidenceHas(path string) error {
	typ := reflect.TypeFor[store.Evidence]()
	for _, step := range strings.Split(path, ".") {
		for typ.Kind() == reflect.Slice {
			typ = typ.Elem()
		}
		field, ok := typ.FieldByNameFunc(func(name string) bool {
			f, _ := typ.FieldByName(name)
			return strings.Split(f.Tag.Get("json"), ",")[0] == step
		})
		if !ok {
			return fmt.Errorf("Evidence.%s: there is no field %q in %s", path, step, typ)
		}
		typ = field.Type
	}
	return nil
}

func TestEveryFactHasASourceAndEveryFieldNamedExists(t *testing.T) {
	byKind := schemas(t)
	var declared, sourced []string
	for _, fact := range maturity.Facts {
		declared = append(declared, fact.Name)
	}
	for _, source := range program.FactSources {
		sourced = append(sourced, source.Fact)
		if source.Grade != maturity.GradeSystem && source.Grade != maturity.GradeDeclared {
			t.Errorf("%s: grade %q", source.Fact, source.Grade)
		}
		if len(source.Fields) == 0 {
			t.Errorf("%s: no field tells it", source.Fact)
		}
		for i, field := range source.Fields {
			if err := fieldExists(byKind, field); err != nil {
				t.Errorf("%s: %v", source.Fact, err)
			}
			if slices.Contains(source.Fields[:i], field) {
				t.Errorf("%s names %s twice", source.Fact, field)
			}
		}
	}
	if diff := cmp.Diff(declared, sourced); diff != "" {
		t.Errorf("facts and their sources differ (-maturity.Facts +FactSources):\n%s", diff)
	}
	if err := fieldExists(byKind, "Journey.spec.stages.touchpoints.colour"); err == nil {
		t.Error("a field that no schema has is found")
	}
	if err := fieldExists(byKind, "Evidence.waves.counts.guessed"); err == nil {
		t.Error("a field that the evidence does not have is found")
	}
}

// Fields that people are asked to fill in for the sake of the stage must bear on it.
func TestEveryFieldThatExistsForFactsIsRead(t *testing.T) {
	for _, field := range []string{
		"Program.spec.governance.reviewEvery", "Program.spec.governance.reviews.date", "Program.spec.governance.reviews.evidence",
		"Program.spec.ideaFund.amount", "Program.spec.ideaFund.spent.date", "Program.spec.ideaFund.spent.amount",
		"Program.spec.ideaFund.spent.evidence", "Program.spec.standard.version", "Program.spec.standard.sections",
		"Program.spec.standard.reviewedAt", "Program.spec.standard.reviewEvidence", "Owner.spec.roles",
		"KPI.spec.incentives.function", "KPI.spec.incentives.level", "KPI.spec.incentives.evidence",
		"Survey.spec.minReport", "Survey.spec.retention", "Survey.spec.standardVersion", "Journey.spec.standardVersion",
		"Initiative.spec.origin", "Initiative.spec.participants", "Initiative.spec.insights.survey", "Initiative.spec.insights.wave",
		"Initiative.spec.insights.initiativeRef", "Initiative.spec.insights.rootCause", "Initiative.spec.rootCauses",
		"Initiative.spec.methods", "Initiative.spec.announcement.date", "Initiative.spec.announcement.url",
		"Evidence.waves.followUpRules", "Evidence.followUps.openedAt", "Evidence.followUps.dueBy",
		"Evidence.followUps.firstResponseAt", "Evidence.followUps.reached", "Evidence.followUps.rootCause", "Evidence.followUps.closedAt",
	} {
		if !slices.ContainsFunc(program.FactSources, func(s program.FactSource) bool { return slices.Contains(s.Fields, field) }) {
			t.Errorf("%s: no fact reads it", field)
		}
	}
}

var fieldInText = regexp.MustCompile(`spec(\.[A-Za-z]+)+`)

// What a next step tells people to write must be there to be written: the field that the remedy names, and every field in its
// sentences, in a kind that the sentence names.
func TestRemediesNameFieldsThatExist(t *testing.T) {
	byKind := schemas(t)
	for _, def := range maturity.Facts {
		remedy := maturity.Remedies[def.Name]
		if err := fieldExists(byKind, remedy.Field); err != nil {
			t.Errorf("%s: %v", def.Name, err)
		}
		for _, sentence := range []string{remedy.EN, remedy.RU} {
			for _, field := range fieldInText.FindAllString(sentence, -1) {
				exists := false
				for kind := range byKind {
					exists = exists || strings.Contains(sentence, kind) && fieldExists(byKind, kind+"."+field) == nil
				}
				if !exists {
					t.Errorf("%s: no kind in %q has %s", def.Name, sentence, field)
				}
			}
		}
	}
}
