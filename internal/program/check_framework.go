// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package program

import (
	"errors"
	"slices"
	"strings"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/maturity"
)

// checkFramework reports every problem where the criterion, the sign or the question stands.
func (c *checker) checkFramework(o *cxv1.Framework) {
	for _, problem := range JudgeFramework(o.DeepCopy()) {
		c.error(o, RuleFrameworkInvalid, fieldOf(o, problem.ID), problem.ID, cxv1.ReasonInvalidFramework, "%s", problem.String())
	}
}

// fieldOf is the list in which an id stands.
func fieldOf(o *cxv1.Framework, id string) string {
	switch {
	case id == "":
		return "spec"
	case slices.ContainsFunc(o.Spec.Questions, func(q cxv1.FrameworkQuestion) bool { return q.ID == id }):
		return "spec.questions.id"
	case len(o.Spec.Stages) == 0:
		return "spec.criteria.id"
	case slices.ContainsFunc(o.Spec.Stages[0].Indicators, func(in cxv1.FrameworkIndicator) bool { return in.ID == id }):
		return "spec.stages.indicators.id"
	}
	return "spec.stages.criteria.id"
}

// checkUses checks the frameworks by which the program is judged.
func (c *checker) checkUses(p *cxv1.Program) {
	models := &Models{}
	uses := Frameworks(p)
	for i, use := range uses {
		framework, err := FrameworkOf(c.s, use.Name)
		switch {
		case errors.Is(err, ErrNoFramework):
			c.error(p, RuleFrameworkNotFound, "spec.frameworks.name", use.Name, cxv1.ReasonFrameworkNotReady, "spec.frameworks: %v", err)
			c.found[len(c.found)-1].Names = "Framework/" + use.Name
			continue
		case err != nil:
			continue // reported on the Framework
		case !slices.Contains(framework.Profiles, use.Profile):
			c.error(p, RuleFrameworkProfile, "spec.frameworks.profile", use.Profile, cxv1.ReasonFrameworkNotReady,
				"spec.frameworks: %s has no profile %q: write one of %s", use.Name, use.Profile, strings.Join(framework.Profiles, ", "))
			continue
		case i == 0 && len(framework.Stages) == 0:
			c.warn(p, RuleFrameworkWithoutStage, "spec.frameworks.name", use.Name, cxv1.ReasonNoStages,
				"spec.frameworks: %q has no stages and decides none: name a framework with stages first, e.g. %s", use.Name, maturity.SixStages)
		}
		if _, err := models.Of(c.s, uses, use); err != nil && c.sound(use.Name) {
			c.error(p, RuleFrameworkInvalid, "spec.frameworks.name", use.Name, cxv1.ReasonFrameworkNotReady,
				"spec.frameworks: %s: %v", use.Name, err)
		}
	}
}

// sound tells whether nothing is wrong with a framework by itself.
func (c *checker) sound(name string) bool {
	own := c.s.Framework(name)
	return own == nil || len(JudgeFramework(own.DeepCopy())) == 0
}

func (c *checker) unusedFramework(o *cxv1.Framework) {
	if !slices.ContainsFunc(Frameworks(c.program), func(use cxv1.FrameworkUse) bool { return use.Name == o.Name }) {
		c.warn(o, RuleUnusedFramework, "", "", ReasonUnused,
			"the program is not judged by this framework: name it in spec.frameworks of the Program, or remove it")
	}
}
