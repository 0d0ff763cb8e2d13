// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"slices"

	"github.com/cx-operator/cx-operator/internal/maturity"
)

// model is the built-in framework, with each criterion as every profile has it.
type model struct {
	framework *maturity.Framework
	criteria  []criterion
	signs     []maturity.IndicatorDoc
}

// criterion is one criterion, and what its rule asks for by profile.
type criterion struct {
	*maturity.Criterion
	stage     int
	inProfile map[string]maturity.CriterionDoc
}

func load() (*model, error) {
	framework, err := maturity.Builtin(maturity.SixStages)
	if err != nil {
		return nil, err
	}
	compiled, err := maturity.CompileAll(framework)
	if err != nil {
		return nil, err
	}
	m := &model{framework: framework, signs: maturity.DescribeIndicators(compiled[framework.Profiles[0]])}
	docs := map[string]map[string]maturity.CriterionDoc{}
	for profile, model := range compiled {
		for _, doc := range maturity.Describe(model) {
			if docs[doc.ID] == nil {
				docs[doc.ID] = map[string]maturity.CriterionDoc{}
			}
			docs[doc.ID][profile] = doc
		}
	}
	for i := range framework.Stages {
		stage := &framework.Stages[i]
		for j := range stage.Criteria {
			c := &stage.Criteria[j]
			m.criteria = append(m.criteria, criterion{Criterion: c, stage: stage.Number, inProfile: docs[c.ID]})
		}
	}
	return m, nil
}

// of lists the criteria of a stage.
func (m *model) of(stage int) []criterion {
	return slices.DeleteFunc(slices.Clone(m.criteria), func(c criterion) bool { return c.stage != stage })
}

// needs says in words what the rule of a criterion asks for in a profile; nil when the profile leaves the criterion out.
func (c *criterion) needs(profile, lang string) []string {
	var needs []string
	for _, text := range c.inProfile[profile].Needs {
		needs = append(needs, text.In(lang))
	}
	return needs
}

// atLeast is the answer from which a reply counts as a yes.
func (c *criterion) atLeast() int {
	for _, doc := range c.inProfile {
		return doc.AtLeast
	}
	return 0
}
