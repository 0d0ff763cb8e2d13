// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/meta"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/program"
)

// KPI is a KPI that is measured otherwise.
type KPI struct {
	KPI string `json:"kpi"`
	// Fields are what differs under spec, e.g. "method" or "scale".
	Fields []string `json:"fields,omitempty"`
	// Measured says in words how it comes about: method, scale and unit.
	Measured Change[string] `json:"measured"`
	// BreaksTrend says that numbers before and after do not compare.
	BreaksTrend bool `json:"breaksTrend"`
}

// Target is a target that moves: of a KPI, of a Goal's date, or of what an Initiative shall bring.
type Target struct {
	// Object is "Kind/name"; What is "target", "due", or the KPI that an Initiative is to move.
	Object string `json:"object"`
	What   string `json:"what"`
	// Before and After are empty for none.
	Change[string] `json:",inline"`
	// Met is the KPI's condition TargetMet: True, False or Unknown; absent for other objects.
	Met *Change[string] `json:"met,omitempty"`
}

// measuredBy are the fields of a KPI that say how it is measured.
var measuredBy = []string{"metric", "class", "method", "scale", "unit", "source.survey", "source.prometheus",
	"minResponses", "ttl", "onNoData"}

// kpis finds KPIs that are measured otherwise. The number of one that is typed in is no way to measure it.
func (c *comparison) kpis() {
	for _, after := range c.after.s.KPIs {
		before := c.before.s.KPI(cxv1.Ref(after.Name))
		if before == nil {
			continue
		}
		asked := Change[*cxv1.Questionnaire]{c.before.askedFor(before), c.after.askedFor(after)}
		k := KPI{
			KPI: after.Name, Measured: Change[string]{measured(before), measured(after)},
			BreaksTrend: program.Measured(before, asked.Before) != program.Measured(after, asked.After),
		}
		if c.changed["KPI/"+after.Name] {
			k.Fields = measuring(before, after)
		}
		if k.BreaksTrend || len(k.Fields) > 0 {
			c.plan.KPIs = append(c.plan.KPIs, k)
		}
	}
}

// askedFor is the questionnaire of the survey that a KPI comes from.
func (v *side) askedFor(kpi *cxv1.KPI) *cxv1.Questionnaire {
	if kpi.Spec.Source.Survey == nil {
		return nil
	}
	return v.survey(string(kpi.Spec.Source.Survey.SurveyRef)).asked
}

func measuring(before, after *cxv1.KPI) []string {
	was, is := spread(before), spread(after)
	var fields []string
	for _, field := range measuredBy {
		if !equality.Semantic.DeepEqual(was[field], is[field]) {
			fields = append(fields, field)
		}
	}
	return fields
}

func spread(kpi *cxv1.KPI) map[string]any {
	spec := content(kpi)["spec"].(map[string]any)
	fields := maps.Clone(spec)
	if source, ok := spec["source"].(map[string]any); ok {
		fields["source.survey"], fields["source.prometheus"] = source["survey"], source["prometheus"]
	}
	return fields
}

func measured(kpi *cxv1.KPI) string {
	parts := []string{string(kpi.Spec.Method)}
	if scale := kpi.Spec.Scale; scale != nil {
		text := fmt.Sprintf("%d-%d", scale.Min, scale.Max)
		if scale.TopFrom != nil {
			text += fmt.Sprintf(" (%d and more)", *scale.TopFrom)
		}
		parts = append(parts, text)
	}
	if kpi.Spec.Unit != "" {
		parts = append(parts, kpi.Spec.Unit)
	}
	if source := kpi.Spec.Source.Survey; source != nil {
		parts = append(parts, "Survey/"+string(source.SurveyRef)+"/"+source.Question)
	}
	if source := kpi.Spec.Source.Prometheus; source != nil {
		parts = append(parts, "PromQL "+inShort(source.Query))
	}
	return strings.Join(parts, " ")
}

// inShort is a query on one line, and not all of it when it is long.
func inShort(query string) string {
	const most = 120
	text := []rune(strings.Join(strings.Fields(query), " "))
	if len(text) > most {
		return string(text[:most]) + "…"
	}
	return string(text)
}

func (c *comparison) targets() {
	for _, kpi := range c.after.judged.KPIs {
		before := c.before.judged.KPI(cxv1.Ref(kpi.Name))
		if before == nil {
			continue
		}
		moved := Change[string]{targetText(before), targetText(kpi)}
		met := Change[string]{metText(before), metText(kpi)}
		if moved.Before != moved.After || met.Before != met.After {
			c.plan.Targets = append(c.plan.Targets, Target{Object: program.Key(kpi), What: "target", Change: moved, Met: &met})
		}
	}
	for _, goal := range c.after.s.Goals {
		if before := c.before.s.Goal(cxv1.Ref(goal.Name)); before != nil {
			c.target(program.Key(goal), "due", string(before.Spec.Due), string(goal.Spec.Due))
		}
	}
	for _, i := range c.after.s.Initiatives {
		if before := c.before.s.Initiative(cxv1.Ref(i.Name)); before != nil {
			c.target(program.Key(i), "due", string(before.Spec.Due), string(i.Spec.Due))
			was, is := aims(before), aims(i)
			for _, kpi := range slices.Sorted(maps.Keys(union(was, is))) {
				c.target(program.Key(i), kpi, was[kpi], is[kpi])
			}
		}
	}
}

func (c *comparison) target(object, what, before, after string) {
	if before != after {
		c.plan.Targets = append(c.plan.Targets, Target{Object: object, What: what, Change: Change[string]{before, after}})
	}
}

func aims(i *cxv1.Initiative) map[string]string {
	aims := map[string]string{}
	for _, target := range i.Spec.KPITargets {
		aims["KPI/"+string(target.KPIRef)] = string(target.To)
	}
	return aims
}

// targetText is e.g. "AtLeast 45 Strict"; empty without a target.
func targetText(kpi *cxv1.KPI) string {
	target := kpi.Spec.Target
	if target == nil {
		return ""
	}
	direction, confidence := target.Direction, target.Confidence
	if direction == "" {
		direction = cxv1.AtLeast
	}
	if confidence == "" {
		confidence = cxv1.ConfidencePoint
	}
	return fmt.Sprintf("%s %s %s", direction, kpi.Status.Target, confidence)
}

func metText(kpi *cxv1.KPI) string {
	if met := meta.FindStatusCondition(kpi.Status.Conditions, cxv1.ConditionTargetMet); met != nil {
		return string(met.Status)
	}
	return "Unknown"
}
