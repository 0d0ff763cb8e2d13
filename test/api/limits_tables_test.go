// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package api_test

import (
	"fmt"
	"strings"
)

// refs are n different names.
func refs(n int) []any { return list(n, func(i int) any { return fmt.Sprintf("owner-%d", i) }) }

// scalarLimits are the types that stand in many places, each in one of them.
var scalarLimits = []limit{
	{
		kind: "KPI", path: "spec.source.manual.value", // Decimal
		good: []any{int64(45), int64(-3), int64(0), "45", "42.5", "-12.345678", "123456789012.000001"},
		bad:  []any{42.5, "abc", "", "42,5", "1e3", "NaN", ".5", "5.", "+5", " 5", "1234567890123", "0.1234567", true},
	},
	{
		kind: "Survey", path: "spec.openFor", // Duration
		good: []any{"14d", "36h", "1d12h", "30s", "9999d", "1d2h3m4s", "0s"},
		bad:  []any{"", "d", "14", "2w", "1h1d", "1.5h", "-1d", "1d 2h", "10000d", "1000000h", "9999d999999h9999999m99999999s", int64(14)},
	},
	{
		kind: "Goal", path: "spec.due", // Date
		good: []any{"2027-03-31", "2028-02-29", "2027-12-01"},
		bad:  []any{"", "2027-02-29", "2027-04-31", "2027-13-01", "2027-3-1", "31.03.2027", "2027-03-31T00:00:00Z", int64(20270331)},
	},
	{
		kind: "Goal", path: "spec.ownerRef", // Ref
		good: []any{"a", "head-of-cx", "team.eu", "2nd-line", long(63)},
		bad:  []any{"", "Head", "-a", "a-", "a.", "a/b", "a_b", "а", long(64)},
	},
	{
		kind: "Owner", path: "spec.function", // Function
		good: []any{"hr", "X", "Sales & Service", "Отдел качества", long(60)},
		bad:  []any{"", " ", " hr", "hr ", "\thr", long(61)},
	},
	{
		kind: "Owner", path: "spec.identity.gitHandle", // stands in CODEOWNERS, where a space or a line break would name somebody else
		good: []any{"a", "head-of-cx", "_bot", "example-retail/cx-team", "group/sub.group/Team_1", long(255)},
		bad:  []any{"", "@head-of-cx", "head of cx", "a\nb", "/a", "a/", "a//b", "-a", "a@example.com", "#a", long(256)},
	},
	{
		kind: "Journey", path: "spec.stages[0].name", // TouchpointName
		good: []any{"c", "pickup-desk", "2nd-visit", long(40)},
		bad:  []any{"", "Pickup", "pickup desk", "pick.up", "-desk", long(41)},
	},
	{
		kind: "Program", path: "spec.budget.currency",
		with: fields{"spec.budget.amount": int64(120000), "spec.budget.year": int64(2027)},
		good: []any{"EUR", "USD"},
		bad:  []any{"", "eur", "EURO", "€", nil},
	},
}

var programLimits = []limit{
	{
		kind: "Program", path: "spec.id",
		good: []any{"abc", "example-retail", "2-be", long(40)},
		bad:  []any{"", "ab", "Example", "-abc", "abc-", "a.b.c", long(41), nil},
	},
	{
		kind: "Program", path: "spec.languages",
		good: []any{[]any{"en"}, []any{"ru", "en"}},
		bad:  []any{[]any{}, []any{"de"}, []any{"en", "en"}, []any{"en", "ru", "en"}},
	},
	{
		kind: "Program", path: "spec.languages[0]",
		good: []any{"en", "ru"},
		bad:  []any{"de", "EN", ""},
	},
	{
		kind: "Program", path: "spec.frameworks",
		good: []any{[]any{map[string]any{"name": "six-stages"}}},
		bad: []any{
			[]any{},
			[]any{map[string]any{"profile": "small"}},
			list(5, func(i int) any { return map[string]any{"name": fmt.Sprint("framework-", i)} }),
			list(2, func(int) any { return map[string]any{"name": "six-stages"} }),
		},
	},
	{
		kind: "Program", path: "spec.governance.members",
		good: []any{refs(1), refs(50)},
		bad:  []any{[]any{}, refs(51), []any{"ceo", "ceo"}},
	},
	{
		kind: "Program", path: "spec.workingGroup",
		good: []any{[]any{}, refs(50)},
		bad:  []any{refs(51), []any{"ceo", "ceo"}},
	},
	{
		kind: "Program", path: "spec.standard.url", with: fields{"spec.standard.version": "1.2"},
		good: []any{"https://wiki.example.com/cx", "http://wiki"},
		bad:  []any{"", "wiki", "ftp://wiki", "https://wiki/a b", "https://" + long(500), nil},
	},
	{
		kind: "Program", path: "spec.budget.year", with: fields{"spec.budget.amount": "99999.50", "spec.budget.currency": "EUR"},
		good: []any{int64(2000), int64(2200)},
		bad:  []any{int64(27), int64(2201), "2027"},
	},
	{
		kind: "Owner", path: "spec.sharePercent",
		good: []any{int64(0), int64(100)},
		bad:  []any{int64(-1), int64(101)},
	},
	{
		kind: "OwnerAssignment", path: "spec.proposed.approvers",
		good: []any{[]any{"user:head-of-cx", "group:cx"}, refs(20)},
		bad:  []any{refs(21), []any{"user:head-of-cx", "user:head-of-cx"}, []any{""}, []any{long(261)}},
	},
	{
		kind: "OwnerAssignment", path: "spec.subject.item", // and the criterion of an exemption
		good: []any{"budget", "mob-budget", "ISO-9001.4_2", "7", long(64)},
		bad:  []any{"", "a/b", "a b", "-a", ".a", "б", long(65)},
	},
	{
		kind: "OwnerAssignment", path: "spec.proposed.terms",
		good: []any{"budget 120000 EUR for 2027", long(500)},
		bad:  []any{"", long(501)},
	},
	{
		kind: "OwnerAssignment", path: "spec.proposed.offerID",
		good: []any{long(8), long(64)},
		bad:  []any{"", long(7), long(65), nil},
	},
}

var workLimits = []limit{
	{
		kind: "Journey", path: "spec.stages",
		good: []any{[]any{stage("buy")}, list(20, func(i int) any { return stage(fmt.Sprint("stage-", i)) })},
		bad:  []any{[]any{}, list(21, func(i int) any { return stage(fmt.Sprint("stage-", i)) }), []any{stage("buy"), stage("buy")}},
	},
	{
		kind: "Journey", path: "spec.stages[0].touchpoints[0].importance",
		good: []any{int64(1), int64(5)},
		bad:  []any{int64(0), int64(6)},
	},
	{
		kind: "KPI", path: "spec.metric",
		good: []any{"nps", "first-response-minutes", long(60)},
		bad:  []any{"", "NPS", "first response", long(61)},
	},
	{
		kind: "KPI", path: "spec.minResponses",
		good: []any{int64(3), int64(1000000)},
		bad:  []any{int64(2), int64(0)}, // below three, a number tells who said what
	},
	{
		kind: "KPI", path: "spec.scale",
		good: []any{scale(0, 10), scale(1, 2), scale(0, 100)},
		bad:  []any{scale(2, 5), scale(-1, 5), scale(1, 1), scale(0, 101), map[string]any{"min": int64(1)}},
	},
	{
		kind: "Initiative", path: "spec.publications[0].functions",
		with: fields{"spec.publications[0]": map[string]any{"date": "2027-03-31", "evidence": "https://wiki.example.com"}},
		good: []any{[]any{"hr"}, refs(30)},
		bad:  []any{[]any{}, refs(31), []any{"hr", "hr"}, nil},
	},
	{
		kind: "Initiative", path: "spec.rank",
		good: []any{int64(1), int64(1000)},
		bad:  []any{int64(0), int64(1001)},
	},
}

var choice = map[string]any{"id": "yes", "text": map[string]any{"en": "Yes"}}

func numbered(n int) []any {
	return list(n, func(i int) any {
		return map[string]any{"id": fmt.Sprint("id-", i), "text": map[string]any{"ru": "Да"}}
	})
}

var surveyLimits = []limit{
	{
		kind: "Survey", path: "spec.personaRefs",
		good: []any{refs(1), refs(20)},
		bad:  []any{[]any{}, refs(21), []any{"shopper", "shopper"}, nil},
	},
	{
		kind: "Survey", path: "spec.questionnaire.title",
		good: []any{map[string]any{"en": "Hello"}, map[string]any{"ru": "Привет"}, map[string]any{"en": "Hello", "ru": "Привет"}},
		bad:  []any{map[string]any{}, map[string]any{"de": "Hallo"}, map[string]any{"en": ""}, map[string]any{"en": long(1001)}},
	},
	{
		kind: "Survey", path: "spec.questionnaire.questions",
		good: []any{questions(1), questions(40)},
		bad:  []any{[]any{}, questions(41), append(questions(1), questions(1)...)},
	},
	{
		kind: "Survey", path: "spec.questionnaire.questions[0].options",
		with: fields{"spec.questionnaire.questions[0].type": "SingleChoice"},
		good: []any{numbered(2), numbered(30)},
		bad:  []any{numbered(1), numbered(31), []any{choice, choice}},
	},
	{
		kind: "SurveyWave", path: "spec.template.languages",
		good: []any{[]any{"en"}, []any{"ru", "en"}},
		bad:  []any{[]any{}, []any{"de"}, []any{"en", "en"}, []any{"en", "ru", "en"}},
	},
	{
		kind: "SurveyWave", path: "spec.template.audience",
		good: []any{[]any{"Customer"}, []any{"Customer", "Employee", "InternalCustomer", "Partner"}},
		bad:  []any{[]any{}, []any{"Customer", "Customer"}, []any{"Everybody"}},
	},
	{
		kind: "Survey", path: "spec.schedule.cron",
		good: []any{"* * * * *", "30 6-16/4 * JAN,JUL MON-FRI"},
		bad:  []any{"", "@daily", strings.Repeat("0,", 60) + " * * * *"},
	},
	{
		kind: "Survey", path: "spec.schedule.start",
		good: []any{"2027-01-04T09:00:00Z", "2027-01-04T09:00:00+03:00"},
		bad:  []any{"", "2027-01-04", "2027-01-04 09:00", "next week"},
	},
	{
		kind: "Survey", path: "spec.schedule.maxWaves",
		good: []any{int64(1)},
		bad:  []any{int64(0), int64(-1)},
	},
}

func questions(n int) []any {
	return list(n, func(i int) any {
		return map[string]any{"id": fmt.Sprint("q-", i), "type": "NPS", "text": map[string]any{"en": "Text"}}
	})
}
