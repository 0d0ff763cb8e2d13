// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package api_test

import "maps"

// What may be said about frameworks.

// criterion is one that is observed, with fields added or taken away (nil).
func criterion(changes map[string]any) map[string]any {
	c := map[string]any{"id": "has-goal", "competency": "culture", "en": "There is a goal", "rule": "f.goals >= 1"}
	for name, value := range changes {
		c[name] = value
		if value == nil {
			delete(c, name)
		}
	}
	return c
}

// criterionRules are the rules on a criterion, in a stage or at the top. At is where the criterion stands in the object.
func criterionRules(path, at string, with fields) []rule {
	says := func(changes map[string]any) fields {
		f := maps.Clone(with)
		if f == nil {
			f = fields{}
		}
		f[at] = criterion(changes)
		return f
	}
	asked := []any{"Q01"}
	observed := attempt{name: "a rule alone", create: says(nil)}
	attested := attempt{name: "questions alone", create: says(map[string]any{"mode": "Attested", "questions": asked, "rule": nil})}
	both := attempt{name: "both", create: says(map[string]any{"mode": "Both", "questions": asked})}
	return []rule{
		{
			kind: "Framework", path: path, says: "set rule, e.g. 'f.journeys >= 1', or set mode to Attested",
			accept: []attempt{observed, attested, both},
			refuse: []attempt{
				{name: "nothing to decide by", create: says(map[string]any{"rule": nil})},
				{name: "half of both", create: says(map[string]any{"mode": "Both", "questions": asked, "rule": nil})},
			},
		},
		{
			kind: "Framework", path: path, says: "set questions, or set mode to Observed",
			accept: []attempt{observed, attested, both},
			refuse: []attempt{
				{name: "nobody to ask", create: says(map[string]any{"mode": "Attested", "rule": nil})},
				{name: "half of both", create: says(map[string]any{"mode": "Both"})},
			},
		},
		{
			kind: "Framework", path: path, says: "remove rule, or set mode to Both",
			accept: []attempt{attested, both},
			refuse: []attempt{{name: "a rule that decides nothing", create: says(map[string]any{"mode": "Attested", "questions": asked})}},
		},
		{
			kind: "Framework", path: path, says: "remove questions, or set mode to Both",
			accept: []attempt{observed, both},
			refuse: []attempt{
				{name: "questions that decide nothing", create: says(map[string]any{"mode": "Observed", "questions": asked})},
				{name: "questions without a mode", create: says(map[string]any{"questions": asked})},
			},
		},
		{
			kind: "Framework", path: path, says: "atLeast is about answers: remove it, or set questions",
			accept: []attempt{{name: "a yes that is a little less", create: says(map[string]any{
				"mode": "Attested", "questions": asked, "rule": nil, "atLeast": int64(1),
			})}},
			refuse: []attempt{{name: "a yes that nobody is asked for", create: says(map[string]any{"atLeast": int64(1)})}},
		},
		{
			kind: "Framework", path: path, says: "parameters are read by a rule: remove them, or set rule",
			accept: []attempt{
				{name: "a rule that reads", create: says(map[string]any{"rule": "f.goals >= p.goals", "parameters": parameters})},
				{name: "none of none", create: says(map[string]any{"mode": "Attested", "questions": asked, "rule": nil, "parameters": []any{}})},
			},
			refuse: []attempt{{name: "parameters that nothing reads", create: says(map[string]any{
				"mode": "Attested", "questions": asked, "rule": nil, "parameters": parameters,
			})}},
		},
	}
}

var parameters = []any{map[string]any{"profile": "standard", "name": "goals", "value": int64(3)}}

// ladder is a framework of n stages.
func ladder(numbers ...int64) []any {
	return list(len(numbers), func(i int) any { return map[string]any{"number": numbers[i], "name": "Stage"} })
}

func steps(values ...int64) []any {
	return list(len(values), func(i int) any { return map[string]any{"value": values[i], "en": "Now and then"} })
}

var frameworkRules = append(append(
	criterionRules("spec.stages[].criteria[]", "spec.stages[1].criteria[0]", nil),
	criterionRules("spec.criteria[]", "spec.criteria[0]", fields{"spec.stages": nil})...),
	shortName("Framework"),
	rule{
		kind: "Framework", path: "spec", says: "set one of stages and criteria",
		accept: []attempt{
			{name: "a ladder"},
			{name: "a standard", create: fields{"spec.stages": nil, "spec.criteria[0]": criterion(nil)}},
		},
		refuse: []attempt{
			{name: "neither", create: fields{"spec.stages": nil}},
			{name: "both", create: fields{"spec.criteria[0]": criterion(nil)}},
		},
	},
	rule{
		kind: "Framework", path: "spec.stages", says: "stages are numbered from 1 without a gap: renumber them",
		accept: []attempt{
			{name: "three", create: fields{"spec.stages": ladder(1, 2, 3)}},
			{name: "in another order", create: fields{"spec.stages": ladder(2, 1)}},
		},
		refuse: []attempt{
			{name: "a gap", create: fields{"spec.stages": ladder(1, 3)}},
			{name: "no first stage", create: fields{"spec.stages": ladder(2, 3, 4)}},
		},
	},
	rule{
		kind: "Framework", path: "spec.stages", says: "the first stage is where everybody starts: move its criteria to stage 2",
		accept: []attempt{{name: "none", create: fields{"spec.stages[0].criteria": []any{}}}},
		refuse: []attempt{{name: "one", create: fields{"spec.stages[0].criteria[0]": criterion(nil)}}},
	},
	rule{
		kind: "Framework", path: "spec.stages", says: "indicators explain the first stage: move them there, or make them criteria",
		accept: []attempt{{name: "a sign of the first stage", create: fields{"spec.stages[0].indicators[0]": sign}}},
		refuse: []attempt{{name: "a sign of the second one", create: fields{"spec.stages[1].indicators[0]": sign}}},
	},
	rule{
		kind: "Framework", path: "spec.scales[].steps", says: "the steps of a scale have the values 0, 1, 2 and so on: renumber them",
		accept: []attempt{
			{name: "yes and no", create: fields{"spec.scales[0]": map[string]any{"name": "yes-no", "steps": steps(0, 1)}}},
			{name: "eleven", create: fields{"spec.scales[0]": map[string]any{"name": "ten", "steps": steps(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)}}},
		},
		refuse: []attempt{
			{name: "from 1 on", create: fields{"spec.scales[0]": map[string]any{"name": "yes-no", "steps": steps(1, 2)}}},
			{name: "a gap", create: fields{"spec.scales[0]": map[string]any{"name": "three", "steps": steps(0, 1, 3)}}},
		},
	},
)

var sign = map[string]any{"id": "lone-voices", "rule": "f.acceptedOwners <= 1", "en": "Single voices"}
