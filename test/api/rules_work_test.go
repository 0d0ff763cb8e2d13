// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package api_test

// What may be said about journeys, goals and KPIs.

// shortName is the rule that leaves room for the names of objects made from this one.
func shortName(kind string) rule {
	return rule{
		kind:   kind,
		says:   "use at most 48 characters",
		accept: []attempt{{name: "48 characters", create: fields{"metadata.name": long(48)}}},
		refuse: []attempt{{name: "49 characters", create: fields{"metadata.name": long(49)}}},
	}
}

func stage(name string, touchpoints ...string) map[string]any {
	return map[string]any{
		"name":        name,
		"touchpoints": list(len(touchpoints), func(i int) any { return map[string]any{"name": touchpoints[i]} }),
	}
}

var journeyRules = []rule{
	shortName("Journey"),
	{
		kind: "Journey",
		says: "set state to Target, or leave targetOf out",
		accept: []attempt{
			{name: "a target journey", create: fields{"spec.state": "Target", "spec.targetOf": "buying-today"}},
			{name: "a target for something new", create: fields{"spec.state": "Target"}},
		},
		refuse: []attempt{
			{name: "a current journey with a target", create: fields{"spec.state": "Current", "spec.targetOf": "buying-today"}},
			{name: "a target without a state", create: fields{"spec.targetOf": "buying-today"}},
		},
	},
	{
		kind:   "Journey",
		says:   "name the current journey in targetOf",
		accept: []attempt{{name: "another journey", create: fields{"spec.state": "Target", "spec.targetOf": "buying-today"}}},
		refuse: []attempt{{name: "itself", create: fields{"spec.state": "Target", "spec.targetOf": "minimal"}}},
	},
	{
		kind: "Journey",
		path: "spec.stages",
		says: "touchpoint names must be unique within the journey",
		accept: []attempt{
			{name: "different touchpoints", create: fields{"spec.stages[1]": stage("collect", "pickup-desk", "car-park")}},
			{name: "a touchpoint named like a stage", create: fields{"spec.stages[1]": stage("collect", "collect")}},
			{name: "a stage without touchpoints", create: fields{"spec.stages[1]": map[string]any{"name": "collect"}}},
		},
		refuse: []attempt{{
			name: "a touchpoint in two stages",
			create: fields{
				"spec.stages[1]": map[string]any{"name": "wait"},
				"spec.stages[2]": stage("collect", "pickup-desk", "checkout"),
			},
		}},
	},
}

var goalRules = []rule{
	shortName("Goal"),
	{
		kind:   "Goal",
		says:   "name the goal above it in parentRef",
		accept: []attempt{{name: "another goal", create: fields{"spec.parentRef": "growth"}}, {name: "a top goal"}},
		refuse: []attempt{{name: "itself", create: fields{"spec.parentRef": "minimal"}}},
	},
}

func scale(least, most int64) map[string]any { return map[string]any{"min": least, "max": most} }

func scaleFrom(least, most, top int64) map[string]any {
	return map[string]any{"min": least, "max": most, "topFrom": top}
}

var kpiRules = []rule{
	shortName("KPI"),
	{
		kind: "KPI",
		path: "spec",
		says: "set journeyRef too",
		accept: []attempt{
			{name: "a place on a journey", create: fields{"spec.journeyRef": "buying", "spec.touchpoint": "checkout"}},
			{name: "a whole journey", create: fields{"spec.journeyRef": "buying"}},
		},
		refuse: []attempt{{name: "a place nowhere", create: fields{"spec.touchpoint": "checkout"}}},
	},
	{
		kind: "KPI",
		path: "spec",
		says: "set scale, e.g. {min: 1, max: 5}",
		accept: []attempt{
			{name: "CSAT with a scale", create: fields{"spec.method": "CSAT", "spec.scale": scale(1, 5)}},
			{name: "a mean without one", create: fields{"spec.method": "Mean"}},
		},
		refuse: []attempt{
			{name: "CSAT without one", create: fields{"spec.method": "CSAT"}},
			{name: "CESMean without one", create: fields{"spec.method": "CESMean"}},
			{name: "CESTopBox without one", create: fields{"spec.method": "CESTopBox"}},
			{name: "CESNet without one", create: fields{"spec.method": "CESNet"}},
		},
	},
	{
		kind: "KPI",
		path: "spec",
		says: "leave scale out, or choose another method",
		accept: []attempt{
			{name: "NPS without a scale", create: fields{"spec.method": "NPS"}},
			{name: "NPS on 0 to 10", create: fields{"spec.method": "NPS", "spec.scale": scale(0, 10)}},
		},
		refuse: []attempt{
			{name: "NPS on 1 to 10", create: fields{"spec.method": "NPS", "spec.scale": scale(1, 10)}},
			{name: "NPS on 0 to 5", create: fields{"spec.method": "NPS", "spec.scale": scale(0, 5)}},
		},
	},
	{
		kind: "KPI",
		path: "spec",
		says: "set scale {min: 1, max: 7}, or choose CESMean",
		accept: []attempt{
			{name: "CESTopBox on 1 to 7", create: fields{"spec.method": "CESTopBox", "spec.scale": scale(1, 7)}},
			{name: "CESNet on 1 to 7", create: fields{"spec.method": "CESNet", "spec.scale": scale(1, 7)}},
			{name: "CESMean on 1 to 5", create: fields{"spec.method": "CESMean", "spec.scale": scale(1, 5)}},
		},
		refuse: []attempt{
			{name: "CESTopBox on 1 to 5", create: fields{"spec.method": "CESTopBox", "spec.scale": scale(1, 5)}},
			{name: "CESNet on 0 to 7", create: fields{"spec.method": "CESNet", "spec.scale": scale(0, 7)}},
		},
	},
	topFrom("KPI", "spec.scale", fields{"spec.method": "CSAT"}),
	{
		kind: "KPI",
		path: "spec",
		says: "set target.confidence to Strict, or remove incentives",
		accept: []attempt{{name: "a target that chance cannot meet", create: fields{
			"spec.target": map[string]any{"value": "45", "confidence": "Strict"}, "spec.incentives[0]": bonus,
		}}},
		refuse: []attempt{
			{name: "a target that chance can meet", create: fields{
				"spec.target": map[string]any{"value": "45", "confidence": "Point"}, "spec.incentives[0]": bonus,
			}},
			{name: "any target", create: fields{"spec.target": map[string]any{"value": "45"}, "spec.incentives[0]": bonus}},
			{name: "no target", create: fields{"spec.incentives[0]": bonus}},
		},
	},
	evidence("KPI", "spec.incentives[].evidence", fields{
		"spec.target": map[string]any{"value": "45", "confidence": "Strict"}, "spec.incentives[0]": bonus,
	}),
	{
		kind: "KPI",
		path: "spec.source.manual",
		says: "enter either counts (better: they give an interval) or a bare value",
		accept: []attempt{
			{name: "a bare value"},
			{name: "counts", create: fields{
				"spec.source.manual.value":  nil,
				"spec.source.manual.counts": map[string]any{"chosen": int64(40), "total": int64(50)},
			}},
		},
		refuse: []attempt{
			{name: "neither", create: fields{"spec.source.manual.value": nil}},
			{name: "both", create: fields{"spec.source.manual.counts": map[string]any{"chosen": int64(40), "total": int64(50)}}},
		},
	},
	{
		kind: "KPI",
		path: "spec.target",
		says: "set one of value and changeFrom",
		accept: []attempt{
			{name: "a value", create: fields{"spec.target.value": int64(45)}},
			{name: "a change", create: fields{"spec.target.changeFrom": map[string]any{"baseline": "30", "by": "-5"}}},
		},
		refuse: []attempt{
			{name: "neither", create: fields{"spec.target.direction": "AtMost"}},
			{name: "both", create: fields{"spec.target": map[string]any{
				"value": "45", "changeFrom": map[string]any{"baseline": "30", "by": "5"},
			}}},
		},
	},
}

var bonus = map[string]any{
	"function": "stores", "level": "Staff", "scope": "Team", "evidence": "https://wiki.example.com/people/bonus",
}

// topFrom is the rule on the satisfied end of a scale, wherever a scale stands.
func topFrom(kind, path string, with fields) rule {
	at := func(value map[string]any) fields {
		f := fields{indexed(path): value}
		for k, v := range with {
			f[k] = v
		}
		return f
	}
	return rule{
		kind: kind,
		path: path,
		says: "it lies above min and not above max",
		accept: []attempt{
			{name: "the highest answer", create: at(scaleFrom(1, 5, 5))},
			{name: "all but the lowest answer", create: at(scaleFrom(1, 5, 2))},
		},
		refuse: []attempt{
			{name: "the lowest answer", create: at(scaleFrom(1, 5, 1))},
			{name: "an answer above the scale", create: at(scaleFrom(1, 5, 6))},
		},
	}
}
