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
	{
		kind: "Program", path: "spec", says: "correct headcount or headcountByLevel",
		accept: []attempt{
			{name: "everybody", create: fields{"spec.headcount": int64(10), "spec.headcountByLevel": []any{people("Staff", 9), people("CEO", 1)}}},
			{name: "some levels", create: fields{"spec.headcount": int64(10), "spec.headcountByLevel": []any{people("CEO", 1)}}},
			{name: "no sum to compare with", create: fields{"spec.headcountByLevel": []any{people("Staff", 9)}}},
		},
		refuse: []attempt{{name: "one too many", create: fields{
			"spec.headcount": int64(10), "spec.headcountByLevel": []any{people("Staff", 10), people("CEO", 1)},
		}}},
	},
	{
		kind: "Program", path: "spec.governance", says: "set reviewEvery, e.g. 35d for once a month",
		accept: []attempt{
			{name: "a plan and a review", create: fields{"spec.governance": committee("35d", review)}},
			{name: "a plan and no review yet", create: fields{"spec.governance": committee("35d")}},
			{name: "a committee without a plan", create: fields{"spec.governance": committee("")}},
		},
		refuse: []attempt{{name: "a review without a plan", create: fields{"spec.governance": committee("", review)}}},
	},
	{
		kind: "Program", path: "spec.governance.reviewEvery", says: "set e.g. 35d for once a month",
		accept: []attempt{
			{name: "every day", create: fields{"spec.governance": committee("1d")}},
			{name: "every quarter and a bit", create: fields{"spec.governance": committee("100d12h")}},
		},
		refuse: []attempt{
			{name: "without a pause", create: fields{"spec.governance": committee("0d")}},
			{name: "every second", create: fields{"spec.governance": committee("1s")}},
		},
	},
	evidence("Program", "spec.governance.reviews[].evidence", fields{"spec.governance": committee("35d", review)}),
	evidence("Program", "spec.ideaFund.spent[].evidence", fields{"spec.ideaFund": map[string]any{
		"amount": int64(5000), "currency": "EUR", "spent": []any{map[string]any{"date": "2027-03-31", "amount": "120.50"}},
	}}),
	{
		kind: "Program", path: "spec.standard", says: "set approvedBy, or leave state at Draft",
		accept: []attempt{
			{name: "in force by somebody", create: fields{"spec.standard": standard("InForce", "ceo")}},
			{name: "a draft by nobody", create: fields{"spec.standard": standard("Draft", "")}},
		},
		refuse: []attempt{{name: "in force by nobody", create: fields{"spec.standard": standard("InForce", "")}}},
	},
	{
		kind: "Program", path: "spec.standard", says: "set reviewedAt and reviewEvidence together",
		accept: []attempt{
			{name: "a review with minutes", create: fields{
				"spec.standard": standard("Draft", ""), "spec.standard.reviewedAt": "2027-03-31",
				"spec.standard.reviewEvidence": "https://wiki.example.com/minutes",
			}},
			{name: "no review"},
		},
		refuse: []attempt{
			{name: "a review without minutes", create: fields{
				"spec.standard": standard("Draft", ""), "spec.standard.reviewedAt": "2027-03-31",
			}},
			{name: "minutes of no review", create: fields{
				"spec.standard": standard("Draft", ""), "spec.standard.reviewEvidence": "https://wiki.example.com/minutes",
			}},
		},
	},
	evidence("Program", "spec.standard.reviewEvidence", fields{
		"spec.standard": standard("Draft", ""), "spec.standard.reviewedAt": "2027-03-31",
	}),
}

func people(level string, count int64) map[string]any {
	return map[string]any{"level": level, "count": count}
}

func standard(state, approvedBy string) map[string]any {
	s := map[string]any{"version": "1.2", "url": "https://wiki.example.com/cx", "state": state}
	if approvedBy != "" {
		s["approvedBy"] = approvedBy
	}
	return s
}

var review = map[string]any{"date": "2027-03-31", "evidence": "https://wiki.example.com/minutes"}

func committee(every string, reviews ...any) map[string]any {
	c := map[string]any{"members": []any{"ceo"}}
	if every != "" {
		c["reviewEvery"] = every
	}
	if len(reviews) > 0 {
		c["reviews"] = reviews
	}
	return c
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
		path: "spec",
		says: "list user names in identity.users, or set type: Team",
		accept: []attempt{
			{name: "a person with user names", create: fields{"spec.identity.users": []any{"head-of-cx", "head-of-cx@example.com"}}},
			{name: "a person without identity"},
			{name: "a team with groups", create: fields{"spec.type": "Team", "spec.identity.groups": []any{"cx"}}},
			{name: "a team with both", create: fields{"spec.type": "Team", "spec.identity": map[string]any{
				"users": []any{"head-of-cx"}, "groups": []any{"cx"}}}},
		},
		refuse: []attempt{
			{name: "a person with a group", create: fields{"spec.type": "Person", "spec.identity.groups": []any{"cx"}}},
			{name: "whoever is no team, with a group", create: fields{"spec.identity.groups": []any{"cx"}}},
			{name: "a group that is added later", update: fields{"spec.identity.groups": []any{"cx"}}},
		},
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

var personaRules = []rule{
	{
		kind:   "Persona",
		says:   "use at most 63 characters",
		accept: []attempt{{name: "63 characters", create: fields{"metadata.name": long(63)}}},
		refuse: []attempt{{name: "64 characters", create: fields{"metadata.name": long(64)}}},
	},
	evidence("Persona", "spec.evidence[]", nil),
}

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
