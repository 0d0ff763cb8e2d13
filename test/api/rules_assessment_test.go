// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package api_test

// What people may attest, and from what a program may be exempted.

func counted(question, level string, answers ...int64) map[string]any {
	c := map[string]any{"question": question, "answers": list(len(answers), func(i int) any { return answers[i] })}
	if level != "" {
		c["level"] = level
	}
	return c
}

func exempted(criterion, until, approvedBy string) map[string]any {
	return map[string]any{
		"criterion": criterion, "reason": "The board decides in June", "requestedBy": "head-of-cx", "approvedBy": approvedBy, "until": until,
	}
}

var assessmentRules = []rule{
	shortName("Assessment"),
	{
		kind: "Assessment", path: "spec", says: "set counts, or exemptions, or both",
		accept: []attempt{
			{name: "counts"},
			{name: "exemptions", create: fields{"spec.counts": nil, "spec.exemptions[0]": exempted("mob-budget", "2027-06-30", "ceo")}},
			{name: "both", create: fields{"spec.exemptions[0]": exempted("mob-budget", "2027-06-30", "ceo")}},
		},
		refuse: []attempt{{name: "nothing", create: fields{"spec.counts": nil}}},
	},
	{
		kind: "Assessment", path: "spec", says: "set evidence, e.g. a link to the poll or to the minutes of the session",
		accept: []attempt{
			{name: "counts with a link"},
			{name: "an exemption needs none", create: fields{
				"spec.evidence": nil, "spec.counts": nil, "spec.exemptions[0]": exempted("mob-budget", "2027-06-30", "ceo"),
			}},
		},
		refuse: []attempt{{name: "counts from nowhere", create: fields{"spec.evidence": nil}}},
	},
	evidence("Assessment", "spec.evidence", nil),
	{
		kind: "Assessment", path: "spec", says: "set until to the date of the assessment or later",
		accept: []attempt{
			{name: "one day", create: fields{"spec.date": "2027-06-30", "spec.exemptions[0]": exempted("mob-budget", "2027-06-30", "ceo")}},
			{name: "over new year", create: fields{"spec.date": "2027-12-01", "spec.exemptions[0]": exempted("mob-budget", "2028-01-31", "ceo")}},
		},
		refuse: []attempt{{name: "the second one ended the day before", create: fields{
			"spec.date":          "2027-07-01",
			"spec.exemptions[0]": exempted("mob-lead", "2027-07-01", "ceo"),
			"spec.exemptions[1]": exempted("mob-budget", "2027-06-30", "ceo"),
		}}},
	},
	{
		kind: "Assessment", path: "spec.validFor", says: "set e.g. 180d, or leave validFor out",
		accept: []attempt{
			{name: "a year", create: fields{"spec.validFor": "365d"}},
			{name: "an hour, for a rehearsal", create: fields{"spec.validFor": "1h"}},
			{name: "as long as the framework says"},
		},
		refuse: []attempt{
			{name: "no days", create: fields{"spec.validFor": "0d"}},
			{name: "no time at all", create: fields{"spec.validFor": "0d0h0s"}},
		},
	},
	{
		kind: "Assessment", path: "spec.counts", says: "else people are counted twice: remove one of them",
		accept: []attempt{
			{name: "by level", create: fields{"spec.counts": []any{counted("Q03", "Staff", 1, 2, 3, 4), counted("Q03", "CEO", 0, 0, 0, 1)}}},
			{name: "one by level, another of all", create: fields{"spec.counts": []any{counted("Q03", "Staff", 1, 2, 3, 4), counted("Q04", "All", 1, 2, 3, 4)}}},
		},
		refuse: []attempt{
			{name: "all and one level", create: fields{"spec.counts": []any{counted("Q03", "All", 1, 2, 3, 4), counted("Q03", "Staff", 1, 2, 3, 4)}}},
			{name: "no level and one level", create: fields{"spec.counts": []any{counted("Q03", "Staff", 1, 2, 3, 4), counted("Q03", "", 1, 2, 3, 4)}}},
		},
	},
	{
		kind: "Assessment", path: "spec.counts[]", says: "nobody answered: correct answers, or remove the entry",
		accept: []attempt{
			{name: "one answer", create: fields{"spec.counts[0]": counted("Q03", "All", 0, 0, 1, 0)}},
			{name: "all that they don't know", create: fields{
				"spec.counts[0]": counted("Q03", "All", 0, 0, 0, 0), "spec.counts[0].dontKnow": int64(6),
			}},
		},
		refuse: []attempt{
			{name: "no answers", create: fields{"spec.counts[0]": counted("Q03", "All", 0, 0, 0, 0)}},
			{name: "no answers of any kind", create: fields{
				"spec.counts[0]": counted("Q03", "All", 0, 0, 0, 0), "spec.counts[0].dontKnow": int64(0),
			}},
		},
	},
	{
		kind: "Assessment", path: "spec.exemptions[]", says: "nobody approves their own exemption: name another owner in approvedBy",
		accept: []attempt{{name: "somebody else", create: fields{"spec.exemptions[0]": exempted("mob-budget", "2027-06-30", "ceo")}}},
		refuse: []attempt{{name: "oneself", create: fields{"spec.exemptions[0]": exempted("mob-budget", "2027-06-30", "head-of-cx")}}},
	},
}

// evidence is the rule on what shows that a claim is true, wherever a claim stands.
func evidence(kind, path string, with fields) rule {
	at := func(value string) fields {
		f := fields{indexed(path): value}
		for k, v := range with {
			f[k] = v
		}
		return f
	}
	return rule{
		kind: kind, path: path, says: "write a link, e.g. https://wiki.example.com/minutes/2027-03, or the number of a ticket or an invoice",
		accept: []attempt{
			{name: "a link", create: at("https://wiki.example.com/minutes")},
			{name: "a number", create: at("invoice 4711")},
		},
		refuse: []attempt{
			{name: "an excuse", create: at("to be written")},
			{name: "a stroke", create: at("-")},
		},
	}
}
