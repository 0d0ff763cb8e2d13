// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package maturity

// CriterionDoc describes a criterion for the documentation.
type CriterionDoc struct {
	ID         string
	Stage      int
	StageName  Text
	Competency string
	Required   bool
	// Applies is false when the profile excludes the criterion; Facts are then empty.
	Applies bool
	Mode    Mode
	Title   Text
	// Rule as written, and the profile's parameters.
	Rule   string
	Params map[string]float64
	// Needs is the rule in words with the profile's parameters: one text for each part that must hold. A part that a profile
	// switches off is left out.
	Needs []Text
	// Facts that the rule reads, in order of first use.
	Facts []string
	// Questions asked, and the scale value that answers must reach (0 without questions).
	Questions []string
	AtLeast   int
}

// Describe lists the criteria of a model in order, with the facts that each rests on.
func Describe(m *Model) []CriterionDoc {
	docs := make([]CriterionDoc, 0, len(m.criteria))
	for i := range m.criteria {
		c := &m.criteria[i]
		doc := CriterionDoc{
			ID: c.ID, Stage: c.stage, StageName: m.StageName(c.stage), Competency: c.Competency, Required: c.Required,
			Applies: c.applicable, Mode: c.Mode, Title: c.Text, Rule: c.Rule, Params: c.Params[m.profile], Questions: c.Questions,
		}
		if len(c.Questions) > 0 {
			doc.AtLeast = c.atLeast
		}
		if c.rule != nil {
			for _, fact := range c.rule.facts {
				doc.Facts = append(doc.Facts, Facts[fact].Name)
			}
			doc.Needs = c.rule.logic.needs()
		}
		docs = append(docs, doc)
	}
	return docs
}

// IndicatorDoc describes a sign of the first stage for the documentation.
type IndicatorDoc struct {
	ID    string
	Title Text
	// Seed names the source document.
	Seed string
	// Rule as written, and in words: one text for each part that must hold for the sign to show.
	Rule  string
	Needs []Text
	// Facts that the rule reads, in order of first use.
	Facts []string
	// ClearedBy names the criteria that make the sign go away.
	ClearedBy []string
}

// DescribeIndicators lists the signs of the first stage in order.
func DescribeIndicators(m *Model) []IndicatorDoc {
	docs := make([]IndicatorDoc, 0, len(m.indicators))
	for i := range m.indicators {
		in := &m.indicators[i]
		doc := IndicatorDoc{
			ID: in.ID, Title: in.Text, Seed: in.Seed, Rule: in.Rule, Needs: in.rule.logic.needs(), ClearedBy: in.ClearedBy,
		}
		for _, fact := range in.rule.facts {
			doc.Facts = append(doc.Facts, Facts[fact].Name)
		}
		docs = append(docs, doc)
	}
	return docs
}

// Profile is the profile that the model was compiled for.
func (m *Model) Profile() string { return m.profile }

// Framework is the framework that the model was compiled from: read it only.
func (m *Model) Framework() *Framework { return m.framework }

// Cost is the worst-case CEL cost of all rules together, at most MaxModelCost.
func (m *Model) Cost() uint64 { return m.cost }
