// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package maturity is the verb that says how a program stands against each criterion, and on what evidence.
package maturity

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/cli/kit"
	"github.com/cx-operator/cx-operator/internal/maturity"
)

// Command lists criteria.
func Command(k *kit.Kit) *cobra.Command {
	var competency string
	cmd := &cobra.Command{
		Use:   "maturity [FOLDER]",
		Short: "List every criterion: result, evidence, advice",
		Long: "List the criteria of the framework that decides the stage, by competency: whether each is met, how good the evidence is " +
			"(system: the operator saw it; attested: people said so; declared: somebody typed it), on which objects it rests, and " +
			"what to do about those that stand between the program and its next stage.",
		Example:           "  kubectl cx maturity -n retail\n  kubectl cx maturity config/samples/retailer --competency metrics",
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: kit.Folders,
		RunE: func(cmd *cobra.Command, args []string) error {
			source, err := k.Load(cmd, args)
			if err != nil {
				return err
			}
			lang, err := k.Language(source.Snapshot.Program)
			if err != nil {
				return err
			}
			result, err := Of(source, lang, competency)
			if err != nil {
				return err
			}
			return k.Print(cmd, lang, result)
		},
	}
	cmd.Flags().StringVar(&competency, "competency", "", "show one competency only, e.g. culture")
	complete := k.Names(func() []string { return cmd.Flags().Args() }, competencies)
	err := cmd.RegisterFlagCompletionFunc("competency", func(c *cobra.Command, _ []string, part string) ([]string, cobra.ShellCompDirective) {
		return complete(c, nil, part)
	})
	if err != nil {
		panic(err) // the flag is there: it was made a line above
	}
	return cmd
}

func competencies(source *kit.Source) []string {
	var names []string
	if model := source.Model(); model != nil {
		names = model.Framework().Competencies
	}
	return names
}

// Result is how a program stands against a framework.
type Result struct {
	metav1.TypeMeta `json:",inline"`
	Organization    string `json:"organization"`
	// Evidence is Unknown for a folder without --evidence, else Known.
	Evidence  string `json:"evidence"`
	Framework string `json:"framework"`
	Profile   string `json:"profile"`
	// Stage is the one reached, ObservedStage what objects alone show, AttestedStage what people attest; absent where the
	// framework has none, or nobody was asked.
	Stage         *int32 `json:"stage,omitempty"`
	StageName     string `json:"stageName,omitempty"`
	ObservedStage *int32 `json:"observedStage,omitempty"`
	AttestedStage *int32 `json:"attestedStage,omitempty"`
	// Progress is how many required criteria of the next stage are met, e.g. "4/10".
	Progress     string                `json:"progress,omitempty"`
	Counts       *cxv1.CriterionCounts `json:"counts,omitempty"`
	Signs        []string              `json:"signs,omitempty"`
	Advice       []string              `json:"advice,omitempty"`
	Competencies []Competency          `json:"competencies"`
}

// Competency is one of the framework's.
type Competency struct {
	Name string `json:"name"`
	// Level is the highest stage whose required criteria here are all met; absent where the framework has no stages.
	Level    *int32      `json:"level,omitempty"`
	Criteria []Criterion `json:"criteria"`
}

// Criterion is how the program stands against one criterion.
type Criterion struct {
	cxv1.CriterionResult `json:",inline"`
	Title                string `json:"title,omitempty"`
	// Do is what would satisfy it, for those that are the next steps; of others the message says what they need.
	Do string `json:"do,omitempty"`
}

// Of reads how a program stands; competency restricts it to one, "" to none.
func Of(source *kit.Source, lang cxv1.Language, competency string) (*Result, error) {
	card, err := source.Scorecard()
	if err != nil {
		return nil, err
	}
	status := card.Status
	r := &Result{
		TypeMeta: kit.Type("Maturity"), Organization: source.Snapshot.Program.Spec.Organization, Evidence: "Known",
		Framework: card.Spec.Framework, Profile: card.Spec.Profile, Stage: status.Stage, StageName: status.StageName,
		ObservedStage: status.ObservedStage, AttestedStage: status.AttestedStage, Progress: status.Progress, Counts: status.Counts,
		Signs: status.Indicators, Advice: status.Advice,
	}
	if source.Blind() {
		r.Evidence = "Unknown"
	}
	model := source.Model()
	if model != nil && status.Stage != nil {
		r.StageName = cmp.Or(model.StageName(int(*status.Stage)).In(string(lang)), r.StageName)
	}
	known := r.read(card, model, lang)
	if competency == "" {
		return r, nil
	}
	r.Competencies = slices.DeleteFunc(r.Competencies, func(c Competency) bool { return c.Name != competency })
	if len(r.Competencies) == 0 {
		return nil, fmt.Errorf("--competency is %q: write one of %s", competency, strings.Join(known, ", "))
	}
	return r, nil
}

// read puts the criteria under their competencies, and returns the names of these.
func (r *Result) read(card *cxv1.Scorecard, model *maturity.Model, lang cxv1.Language) []string {
	docs := map[string]maturity.CriterionDoc{}
	if model != nil {
		for _, doc := range maturity.Describe(model) {
			docs[doc.ID] = doc
		}
	}
	steps := map[string]string{}
	for _, step := range card.Status.NextSteps {
		steps[step.Criterion] = step.Do
	}
	place := map[string]int{}
	var names []string
	at := func(name string) *Competency {
		i, known := place[name]
		if !known {
			i = len(r.Competencies)
			place[name], names = i, append(names, name)
			r.Competencies = append(r.Competencies, Competency{Name: name})
		}
		return &r.Competencies[i]
	}
	for _, level := range card.Status.Competencies {
		c := at(level.Name)
		if card.Status.Stage != nil {
			c.Level = &level.Level
		}
	}
	for _, result := range card.Status.Criteria {
		doc, c := docs[result.ID], at(result.Competency)
		result.Since = since(result.Since)
		c.Criteria = append(c.Criteria, Criterion{
			CriterionResult: result, Title: doc.Title.In(string(lang)), Do: steps[result.ID]})
	}
	return names
}

func since(t *metav1.Time) *metav1.Time {
	if t == nil {
		return nil
	}
	return new(metav1.NewTime(t.UTC()))
}
