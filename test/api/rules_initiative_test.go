// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package api_test

// What may be said about changes that are being made.

var initiativeRules = []rule{
	shortName("Initiative"),
	{
		kind:   "Initiative",
		says:   "remove its own name from dependsOn",
		accept: []attempt{{name: "other initiatives", create: fields{"spec.dependsOn": []any{"hire-a-lead", "choose-a-tool"}}}},
		refuse: []attempt{{name: "itself among others", create: fields{"spec.dependsOn": []any{"hire-a-lead", "minimal"}}}},
	},
	{
		kind: "Initiative",
		path: "spec",
		says: "write the hypothesis, e.g. 'If we ... then ... because ...'",
		accept: []attempt{
			{name: "an experiment with one", create: fields{"spec.type": "Experiment", "spec.hypothesis": "If we call back, they stay"}},
			{name: "a training without one", create: fields{"spec.type": "Training"}},
		},
		refuse: []attempt{{name: "an experiment without one", create: fields{"spec.type": "Experiment"}}},
	},
	{
		kind: "Initiative",
		path: "spec",
		says: "correct start or due",
		accept: []attempt{
			{name: "one day", create: fields{"spec.start": "2027-03-31", "spec.due": "2027-03-31"}},
			{name: "over new year", create: fields{"spec.start": "2027-12-01", "spec.due": "2028-01-31"}},
			{name: "no start", create: fields{"spec.due": "2027-03-31"}},
			{name: "no end", create: fields{"spec.start": "2027-03-31"}},
		},
		refuse: []attempt{{name: "an end before the start", create: fields{"spec.start": "2027-04-01", "spec.due": "2027-03-31"}}},
	},
	{
		kind: "Initiative",
		path: "spec",
		says: "remove result, or change type",
		accept: []attempt{
			{name: "the result of a study", create: fields{"spec.type": "Research", "spec.result": result}},
			{name: "the result of an improvement", create: fields{"spec.type": "Improvement", "spec.result": result}},
		},
		refuse: []attempt{
			{name: "the result of a training", create: fields{"spec.type": "Training", "spec.result": result}},
			{name: "the result of an idea", create: fields{"spec.type": "Idea", "spec.result": result}},
		},
	},
	{
		kind: "Initiative",
		path: "spec",
		says: "add rootCauses, or set origin to Plan",
		accept: []attempt{
			{name: "from follow-ups, with the cause", create: fields{"spec.origin": "FollowUps", "spec.rootCauses": []any{"long-wait"}}},
			{name: "from an idea of staff", create: fields{"spec.origin": "EmployeeIdea"}},
		},
		refuse: []attempt{{name: "from follow-ups of which nobody knows", create: fields{"spec.origin": "FollowUps"}}},
	},
	{
		kind: "Initiative",
		path: "spec",
		says: "add publications with date, functions and evidence",
		accept: []attempt{
			{name: "a training that was held", create: done("Training", fields{"spec.publications[0]": publication})},
			{name: "an event that was held", create: done("Event", fields{"spec.publications[0]": publication})},
			{name: "a training that will be held", create: fields{"spec.type": "Training", "spec.requestedPhase": "Active"}},
		},
		refuse: []attempt{
			{name: "a training that nobody saw", create: done("Training", nil)},
			{name: "an event that nobody saw", create: done("Event", fields{"spec.publications": []any{}})},
			{name: "a training that was held, later", create: fields{"spec.type": "Training"}, update: fields{"spec.requestedPhase": "Done"}},
		},
	},
	{
		kind: "Initiative",
		path: "spec",
		says: "add result with verdict, summary and evidence",
		accept: []attempt{
			{name: "a study with findings", create: done("Research", fields{"spec.result": result})},
			{name: "a decision that was taken", create: done("Decision", fields{"spec.result": result})},
			{name: "a change that was made", create: done("Improvement", fields{"spec.result": result})},
			{name: "a change of several units", create: done("Redesign", fields{"spec.result": result})},
			{name: "a study that goes on", create: fields{"spec.type": "Research", "spec.requestedPhase": "Active"}},
		},
		refuse: []attempt{
			{name: "a study without findings", create: done("Research", nil)},
			{name: "a decision on nothing", create: done("Decision", nil)},
			{name: "a change that nobody saw", create: done("Improvement", nil)},
			{name: "a change of several units that nobody saw", create: done("Redesign", fields{"spec.publications[0]": publication})},
		},
	},
	{
		kind: "Initiative",
		path: "spec",
		says: "set type to Improvement, Redesign or Experiment, or set requestedPhase to Cancelled",
		accept: []attempt{
			{name: "an idea that was taken up", create: fields{"spec.type": "Idea", "spec.requestedPhase": "Accepted"}},
			{name: "an idea that was given up", create: fields{"spec.type": "Idea", "spec.requestedPhase": "Cancelled"}},
		},
		refuse: []attempt{{name: "an idea that was carried out", create: done("Idea", fields{"spec.publications[0]": publication})}},
	},
	{
		kind:   "Initiative",
		path:   "spec",
		says:   "remove methods, or set type to Research",
		accept: []attempt{{name: "a study", create: fields{"spec.type": "Research", "spec.methods": []any{"Interviews", "Desk"}}}},
		refuse: []attempt{{name: "a training", create: fields{"spec.type": "Training", "spec.methods": []any{"Interviews"}}}},
	},
	{
		kind: "Initiative",
		path: "spec.insights[]",
		says: "exactly one of the fields in [survey initiativeRef rootCause] must be set",
		accept: []attempt{
			{name: "a wave", create: fields{"spec.insights[0]": map[string]any{"survey": "relationship", "wave": "20270104t0900"}}},
			{name: "a study", create: fields{"spec.insights[0]": map[string]any{"initiativeRef": "household-diaries"}}},
			{name: "a cause", create: fields{"spec.insights[0]": map[string]any{"rootCause": "order not ready"}}},
		},
		refuse: []attempt{
			{name: "nothing", create: fields{"spec.insights[0]": map[string]any{}}},
			{name: "two things", create: fields{"spec.insights[0]": map[string]any{"initiativeRef": "household-diaries", "rootCause": "late"}}},
		},
	},
	{
		kind:   "Initiative",
		path:   "spec.insights[]",
		says:   "set survey and wave together",
		accept: []attempt{{name: "both", create: fields{"spec.insights[0]": map[string]any{"survey": "relationship", "wave": "20270104t0900"}}}},
		refuse: []attempt{
			{name: "a survey without its wave", create: fields{"spec.insights[0]": map[string]any{"survey": "relationship"}}},
			{name: "a study with a wave", create: fields{"spec.insights[0]": map[string]any{"initiativeRef": "diaries", "wave": "20270104t0900"}}},
		},
	},
	evidence("Initiative", "spec.result.evidence", fields{"spec.result": result}),
	evidence("Initiative", "spec.publications[].evidence", fields{"spec.publications[0]": publication}),
}

// done is an initiative of this type whose people say that it is finished.
func done(typ string, with fields) fields {
	f := fields{"spec.type": typ, "spec.requestedPhase": "Done"}
	for k, v := range with {
		f[k] = v
	}
	return f
}

var publication = map[string]any{
	"date": "2027-03-31", "functions": []any{"stores"}, "evidence": "https://wiki.example.com/open-review",
}

var result = map[string]any{"verdict": "Delivered", "summary": "Shorter queues", "evidence": "https://wiki.example.com/queues"}
