// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package maturity

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// Framework says what good looks like. With stages it is a maturity ladder; without them, a standard whose criteria
// stand in Criteria. Exactly one of the two is set.
type Framework struct {
	// Name is metadata.name, e.g. "six-stages".
	Name string `yaml:"-"`
	// Competencies in display order. Each criterion belongs to one.
	Competencies []string `yaml:"competencies"`
	// Profiles that thresholds may differ by, e.g. standard and small.
	Profiles []string `yaml:"profiles"`
	// Evaluation holds grace and attestation thresholds.
	Evaluation Evaluation `yaml:"evaluation"`
	// Scales by name; each is a list of steps with values 0, 1, 2, ...
	Scales map[string][]ScaleStep `yaml:"scales"`
	// Questions by id, e.g. Q03.
	Questions map[string]Question `yaml:"questions"`
	// Stages numbered 1..n without a gap. Stage 1 is the floor and has no criteria.
	Stages []Stage `yaml:"stages"`
	// Criteria of a framework without stages.
	Criteria []Criterion `yaml:"criteria"`

	// lines maps an id to its line in the parsed file, so that a message can point at it.
	lines map[string]int
}

// Text is one sentence in two languages. RU may be empty; In falls back to EN.
type Text struct {
	EN string `yaml:"en"`
	RU string `yaml:"ru"`
}

// In returns the text in the language "en" or "ru"; any other language gives English.
func (t Text) In(lang string) string {
	if lang == "ru" && t.RU != "" {
		return t.RU
	}
	return t.EN
}

// Evaluation holds what applies to the whole framework.
type Evaluation struct {
	// DemotionGrace is how long a lost stage is kept. Default 0: demotion is at once.
	DemotionGrace Duration `yaml:"demotionGrace"`
	// Attestation says when people's answers make a criterion True.
	Attestation Attestation `yaml:"attestation"`
}

// Attestation holds the thresholds of a question's verdict.
type Attestation struct {
	// AtLeast is the scale value an answer must reach to count, e.g. 2. A criterion may override it.
	AtLeast int `yaml:"atLeast"`
	// Share (0..1) of answers that must reach AtLeast.
	Share float64 `yaml:"share"`
	// LowerBound (0..1) that the interval's lower end must reach.
	LowerBound float64 `yaml:"lowerBound"`
	// MinLevelShare (0..1) that every organisational level must reach.
	MinLevelShare float64 `yaml:"minLevelShare"`
	// ValidFor is how long answers count.
	ValidFor Duration `yaml:"validFor"`
}

// ScaleStep is one answer of a scale.
type ScaleStep struct {
	Value int  `yaml:"value"`
	Text  Text `yaml:",inline"`
}

// Question is one statement that people rate.
type Question struct {
	Scale string `yaml:"scale"`
	// DontKnow is "exclude" (the answer is dropped) or "zero" (not knowing is itself the answer).
	DontKnow string `yaml:"dontKnow"`
	Text     Text   `yaml:",inline"`
}

// Stage is one step of the ladder.
type Stage struct {
	Number int    `yaml:"number"`
	Name   string `yaml:"name"`
	RU     string `yaml:"ru"`
	// Indicators explain the floor; they never decide a stage.
	Indicators []Indicator `yaml:"indicators"`
	Criteria   []Criterion `yaml:"criteria"`
	// Advance is advice for leaving the stage, line by line.
	Advance Advance `yaml:"advance"`
}

// Advance holds advice lines; RU, when present, has as many lines as EN.
type Advance struct {
	EN []string `yaml:"en"`
	RU []string `yaml:"ru"`
}

// Indicator is a sign of stage 1 and the criteria that clear it.
type Indicator struct {
	ID        string   `yaml:"id"`
	Seed      string   `yaml:"seed"`
	Text      Text     `yaml:",inline"`
	Rule      string   `yaml:"rule"`
	ClearedBy []string `yaml:"clearedBy"`
}

// Mode says what decides a criterion.
type Mode string

// Modes of a criterion.
const (
	// ModeObserved: a rule over facts decides.
	ModeObserved Mode = "observed"
	// ModeAttested: the verdicts of its questions decide.
	ModeAttested Mode = "attested"
	// ModeBoth: False if either is False, else Unknown if either is Unknown, else True.
	ModeBoth Mode = "both"
)

// Criterion is one requirement.
type Criterion struct {
	ID         string `yaml:"id"`
	Competency string `yaml:"competency"`
	// Required criteria decide the stage; the others are advisory.
	Required bool `yaml:"required"`
	// Seed names the source document. Optional.
	Seed      string   `yaml:"seed"`
	Mode      Mode     `yaml:"mode"`
	Questions []string `yaml:"questions"`
	// AtLeast overrides Attestation.AtLeast when above zero.
	AtLeast int    `yaml:"atLeast"`
	Text    Text   `yaml:",inline"`
	Rule    string `yaml:"rule"`
	// Params by profile and name; p.name in Rule reads the chosen profile's value.
	Params map[string]map[string]float64 `yaml:"p"`
	// AppliesTo lists profiles; empty means all.
	AppliesTo []string `yaml:"appliesTo"`
}

// appliesTo tells whether the criterion counts in the profile.
func (c *Criterion) appliesTo(profile string) bool {
	if len(c.AppliesTo) == 0 {
		return true
	}
	for _, p := range c.AppliesTo {
		if p == profile {
			return true
		}
	}
	return false
}

// Duration is a time span written as days ("14d") or as Go writes it ("36h").
type Duration time.Duration

// UnmarshalYAML reads the written form. It refuses negative spans.
func (d *Duration) UnmarshalYAML(node *yaml.Node) error {
	span, err := parseDuration(node.Value)
	if err != nil {
		return fmt.Errorf("line %d: %w", node.Line, err)
	}
	*d = Duration(span)
	return nil
}

// maxDays keeps days far from the range where a time.Duration overflows.
const maxDays = 36500

func parseDuration(s string) (time.Duration, error) {
	if number, ok := strings.CutSuffix(s, "d"); ok {
		days, err := strconv.Atoi(number)
		if err == nil && days >= 0 && days <= maxDays {
			return time.Duration(days) * 24 * time.Hour, nil
		}
	} else if span, err := time.ParseDuration(s); err == nil && span >= 0 {
		return span, nil
	}
	return 0, fmt.Errorf("%q is not a duration: write days such as 14d, or hours such as 36h", s)
}
