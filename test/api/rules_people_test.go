// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package api_test

// What may be said about the program, its people and who answers for what.

var programRules = []rule{
	{
		kind:   "Program",
		says:   "set metadata.name to 'program'",
		accept: []attempt{{name: "the name program"}},
		refuse: []attempt{{name: "another name", create: fields{"metadata.name": "retail"}}},
	},
	{
		kind:   "Program",
		path:   "spec.id",
		says:   "restore the old value, or delete the Program and create one with a new id",
		accept: []attempt{{name: "other changes", update: fields{"spec.organization": "Example Wholesale"}}},
		refuse: []attempt{{name: "a new id", update: fields{"spec.id": "example-wholesale"}}},
	},
}

var ownerRules = []rule{
	{
		kind:   "Owner",
		says:   "use at most 63 characters",
		accept: []attempt{{name: "63 characters", create: fields{"metadata.name": long(63)}}},
		refuse: []attempt{{name: "64 characters", create: fields{"metadata.name": long(64)}}},
	},
	{
		kind:   "Owner",
		says:   "name their manager in reportsTo, or leave it out at the top",
		accept: []attempt{{name: "a manager", create: fields{"spec.reportsTo": "ceo"}}, {name: "nobody at the top"}},
		refuse: []attempt{
			{name: "oneself", create: fields{"spec.reportsTo": "minimal"}},
			{name: "oneself, later", update: fields{"spec.reportsTo": "minimal"}},
		},
	},
	{
		kind:   "Owner",
		says:   "their own deputy: name another owner",
		accept: []attempt{{name: "somebody else", create: fields{"spec.deputy": "ceo"}}},
		refuse: []attempt{{name: "oneself", create: fields{"spec.deputy": "minimal"}}},
	},
	{
		kind: "Owner",
		says: "name another owner as deputy of that absence",
		accept: []attempt{
			{name: "somebody else", create: fields{"spec.away[0]": absence("2027-07-01", "2027-07-15", "ceo")}},
			{name: "nobody", create: fields{"spec.away[0]": absence("2027-07-01", "2027-07-15", "")}},
		},
		refuse: []attempt{{
			name: "oneself in the second absence",
			create: fields{
				"spec.away[0]": absence("2027-07-01", "2027-07-15", "ceo"),
				"spec.away[1]": absence("2027-08-01", "2027-08-15", "minimal"),
			},
		}},
	},
	{
		kind:   "Owner",
		path:   "spec.away[]",
		says:   "set until later than from",
		accept: []attempt{{name: "a day", create: fields{"spec.away[0]": absence("2027-07-01", "2027-07-02", "")}}},
		refuse: []attempt{
			{name: "no time at all", create: fields{"spec.away[0]": absence("2027-07-01", "2027-07-01", "")}},
			{name: "an end before the beginning", create: fields{"spec.away[0]": absence("2027-07-02", "2027-07-01", "")}},
		},
	},
}

func absence(from, until, deputy string) map[string]any {
	a := map[string]any{"from": from + "T00:00:00Z", "until": until + "T00:00:00Z"}
	if deputy != "" {
		a["deputy"] = deputy
	}
	return a
}

var personaRules = []rule{{
	kind:   "Persona",
	says:   "use at most 63 characters",
	accept: []attempt{{name: "63 characters", create: fields{"metadata.name": long(63)}}},
	refuse: []attempt{{name: "64 characters", create: fields{"metadata.name": long(64)}}},
}}

var assignmentRules = []rule{
	{
		kind: "OwnerAssignment",
		path: "spec.subject",
		says: "change the owner on the subject itself",
		accept: []attempt{{
			name:   "another proposal",
			update: fields{"spec.proposed": map[string]any{"owner": "ceo", "offerID": "offer-0002"}},
		}},
		refuse: []attempt{
			{name: "another subject", update: fields{"spec.subject.name": "growth"}},
			{name: "a touchpoint", update: fields{"spec.subject.touchpoint": "checkout"}},
		},
	},
	{
		kind:   "OwnerAssignment",
		path:   "spec.role",
		says:   "change the roles on the subject itself",
		accept: []attempt{{name: "an owner in force", update: fields{"spec.owner": "head-of-cx"}}},
		refuse: []attempt{{name: "another role", update: fields{"spec.role": "Sponsor"}}},
	},
	{
		kind: "OwnerAssignment",
		path: "spec.decision",
		says: "set decision.reason",
		accept: []attempt{
			{name: "a yes without a reason", update: fields{"spec.decision": decision("Accepted", "")}},
			{name: "a no with a reason", update: fields{"spec.decision": decision("Declined", "not my area")}},
		},
		refuse: []attempt{{name: "a no without a reason", update: fields{"spec.decision": decision("Declined", "")}}},
	},
}

func decision(result, reason string) map[string]any {
	d := map[string]any{"offerID": "offer-0001", "result": result}
	if reason != "" {
		d["reason"] = reason
	}
	return d
}
