// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package api_test

import "fmt"

var frameworkLimits = []limit{
	{
		kind: "Framework", path: "spec.competencies",
		good: []any{[]any{"culture"}, refs(12)},
		bad:  []any{[]any{}, refs(13), []any{"culture", "culture"}, []any{""}, []any{long(41)}, nil},
	},
	{
		kind: "Framework", path: "spec.profiles",
		good: []any{[]any{"standard"}, refs(5), nil},
		bad:  []any{[]any{}, refs(6), []any{"small", "small"}, []any{long(33)}},
	},
	{
		kind: "Framework", path: "spec.stages",
		good: []any{ladder(1, 2), ladder(1, 2, 3, 4, 5, 6, 7, 8, 9, 10)},
		bad:  []any{ladder(1), ladder(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11), ladder(1, 2, 2), ladder(0, 1)},
	},
	{
		kind: "Framework", path: "spec.criteria", with: fields{"spec.stages": nil},
		good: []any{[]any{criterion(nil)}, criteria(100)},
		bad:  []any{[]any{}, criteria(101), []any{criterion(nil), criterion(nil)}, []any{map[string]any{"id": "has-goal"}}},
	},
	{
		kind: "Framework", path: "spec.stages[1].criteria[0].id",
		good: []any{"a", "mob-exec-sponsor", "p1-2", long(64)},
		bad:  []any{"", "Mob", "-a", "1-a", "mob_lead", long(65), nil},
	},
	{
		kind: "Framework", path: "spec.stages[1].criteria[0].parameters[0].name",
		with: fields{"spec.stages[1].criteria[0].parameters": parameters},
		good: []any{"n", "followUps", "days90"},
		bad:  []any{"", "9n", "follow-ups", "a.b", "größe", long(33), nil},
	},
	{
		kind: "Framework", path: "spec.stages[1].criteria[0].questions",
		with: fields{"spec.stages[1].criteria[0].mode": "Both"},
		good: []any{[]any{"Q01"}, refs(5)},
		bad:  []any{[]any{}, refs(6), []any{"Q01", "Q01"}, []any{""}},
	},
	{
		kind: "Framework", path: "spec.stages[1].criteria[0].appliesTo",
		good: []any{[]any{"small"}, refs(5)},
		bad:  []any{[]any{}, refs(6), []any{"small", "small"}},
	},
	{
		kind: "Framework", path: "spec.questions[0].id", with: withQuestion,
		good: []any{"Q", "Q01", "service-Q2", long(32)},
		bad:  []any{"", "1Q", "Q.1", "Q 1", long(33), nil},
	},
	{
		kind: "Framework", path: "spec.scales[0].steps", with: fields{"spec.scales[0].name": "practice"},
		good: []any{steps(0, 1), steps(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)},
		bad:  []any{steps(0), steps(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11), steps(0, 1, 1), []any{map[string]any{"value": int64(0)}, map[string]any{"value": int64(1)}}},
	},
	{
		kind: "Framework", path: "spec.evaluation.attestation.sharePercent",
		good: []any{int64(1), int64(100)},
		bad:  []any{int64(0), int64(101), "60"},
	},
}

func criteria(n int) []any {
	return list(n, func(i int) any { return criterion(map[string]any{"id": fmt.Sprint("criterion-", i)}) })
}

var assessmentLimits = []limit{
	{
		kind: "Assessment", path: "spec.counts",
		good: []any{
			[]any{counted("Q03", "All", 1, 2)},
			list(300, func(i int) any { return counted(fmt.Sprint("Q-", i), "All", 1, 2) }),
		},
		bad: []any{
			[]any{},
			list(301, func(i int) any { return counted(fmt.Sprint("Q-", i), "All", 1, 2) }),
			[]any{counted("Q03", "Staff", 1, 2), counted("Q03", "Staff", 3, 4)},
			[]any{counted("Q03", "All", 1, 2), counted("Q03", "", 3, 4)},
		},
	},
	{
		kind: "Assessment", path: "spec.counts[0].answers",
		good: []any{[]any{int64(0), int64(1)}, list(11, func(int) any { return int64(10_000_000) })},
		bad:  []any{[]any{int64(1)}, list(12, func(int) any { return int64(1) }), []any{int64(-1), int64(5)}, []any{int64(10_000_001), int64(1)}, []any{"1", "2"}, nil},
	},
	{
		kind: "Assessment", path: "spec.counts[0].dontKnow",
		good: []any{int64(0), int64(10_000_000), nil},
		bad:  []any{int64(-1), int64(10_000_001)},
	},
	{
		kind: "Assessment", path: "spec.exemptions",
		good: []any{[]any{exempted("mob-budget", "2027-06-30", "ceo")}},
		bad: []any{
			[]any{},
			[]any{exempted("mob-budget", "2027-06-30", "ceo"), exempted("mob-budget", "2027-07-31", "coo")},
			list(21, func(i int) any { return exempted(fmt.Sprint("criterion-", i), "2027-06-30", "ceo") }),
			[]any{map[string]any{"criterion": "mob-budget", "requestedBy": "head-of-cx", "approvedBy": "ceo", "until": "2027-06-30"}},
			[]any{map[string]any{"criterion": "mob-budget", "reason": "Later", "requestedBy": "head-of-cx", "until": "2027-06-30"}},
			[]any{map[string]any{"criterion": "mob-budget", "reason": "Later", "requestedBy": "head-of-cx", "approvedBy": "ceo"}},
		},
	},
}
