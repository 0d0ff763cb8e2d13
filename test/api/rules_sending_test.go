// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package api_test

import "maps"

// On which terms people are asked, and what is followed up.

// termRules are the rules on the terms of a survey, or of a wave, which keeps those of its survey.
func termRules(kind, path string) []rule {
	at := func(field string, value any) fields { return fields{path + "." + field: value} }
	showIf := func(condition map[string]any) fields {
		c := maps.Clone(condition)
		c["question"] = "recommend"
		return fields{path + ".questionnaire.questions[0].showIf": c}
	}
	return []rule{
		{
			kind: kind, path: path + ".sampling", says: "set one of percent and size",
			accept: []attempt{
				{name: "a share", create: at("sampling", map[string]any{"percent": int64(20)})},
				{name: "a number", create: at("sampling", map[string]any{"size": int64(500)})},
			},
			refuse: []attempt{
				{name: "neither", create: at("sampling", map[string]any{})},
				{name: "both", create: at("sampling", map[string]any{"percent": int64(20), "size": int64(500)})},
			},
		},
		{
			kind: kind, path: path + ".quietHours", says: "set two times",
			accept: []attempt{
				{name: "a night", create: at("quietHours", map[string]any{"from": "20:00", "to": "08:00"})},
				{name: "a lunch", create: at("quietHours", map[string]any{"from": "12:00", "to": "12:30"})},
			},
			refuse: []attempt{{name: "no time or all day", create: at("quietHours", map[string]any{"from": "20:00", "to": "20:00"})}},
		},
		{
			kind: kind, path: path + ".privacyNotice", says: "set text, url or both",
			accept: []attempt{
				{name: "a text", create: at("privacyNotice", map[string]any{"text": map[string]any{"en": "We keep your answer a year"}})},
				{name: "a page", create: at("privacyNotice", map[string]any{"url": "https://www.example.com/privacy"})},
			},
			refuse: []attempt{{name: "nothing", create: at("privacyNotice", map[string]any{})}},
		},
		{
			kind: kind, path: path + ".questionnaire.questions[].showIf", says: "set one of oneOf, atMost and atLeast",
			accept: []attempt{
				{name: "some options", create: showIf(map[string]any{"oneOf": []any{"late", "broken"}})},
				{name: "low numbers", create: showIf(map[string]any{"atMost": int64(6)})},
				{name: "high numbers", create: showIf(map[string]any{"atLeast": int64(9)})},
			},
			refuse: []attempt{
				{name: "no answer", create: showIf(map[string]any{})},
				{name: "numbers from below and above", create: showIf(map[string]any{"atMost": int64(6), "atLeast": int64(3)})},
			},
		},
	}
}

var (
	unhappy   = map[string]any{"name": "unhappy", "when": "a.recommend <= 6"}
	reached   = map[string]any{"result": "Reached", "note": "A call"}
	closing   = map[string]any{"rootCause": "order not ready", "resolution": "A new promise"}
	sentTerms = append(termRules("Survey", "spec"), termRules("SurveyWave", "spec.template")...)
)

var sendingRules = append(sentTerms,
	rule{
		kind: "Survey", path: "spec", says: "remove followUpRules, or choose Confidential",
		accept: []attempt{
			{name: "a confidential survey", create: fields{
				"spec.followUpRules[0]": unhappy, "spec.contactConsent": "Ask", "spec.anonymity": "Confidential",
			}},
			{name: "an anonymous survey without", create: fields{"spec.anonymity": "Anonymous"}},
		},
		refuse: []attempt{{name: "an anonymous survey", create: fields{"spec.followUpRules[0]": unhappy, "spec.anonymity": "Anonymous"}}},
	},
	rule{
		kind: "Survey", path: "spec", says: "set contactConsent to Ask, or remove followUpRules",
		accept: []attempt{
			{name: "with consent", create: fields{"spec.followUpRules[0]": unhappy, "spec.contactConsent": "Ask"}},
			{name: "no rules, no consent"},
		},
		refuse: []attempt{
			{name: "without consent", create: fields{"spec.followUpRules[0]": unhappy}},
			{name: "against consent", create: fields{"spec.followUpRules[0]": unhappy, "spec.contactConsent": "DontAsk"}},
		},
	},
	rule{
		kind: "Survey", path: "spec", says: "set contactConsent to DontAsk, or choose Confidential",
		accept: []attempt{
			{name: "a confidential survey", create: fields{"spec.contactConsent": "Ask", "spec.anonymity": "Confidential"}},
			{name: "an anonymous survey that does not ask", create: fields{"spec.contactConsent": "DontAsk", "spec.anonymity": "Anonymous"}},
		},
		refuse: []attempt{{name: "an anonymous survey that asks", create: fields{"spec.contactConsent": "Ask", "spec.anonymity": "Anonymous"}}},
	},
	rule{
		kind: "Program", path: "spec.channels[]", says: "set one of smtp and file",
		accept: []attempt{
			{name: "a mail server", create: fields{"spec.channels[0]": map[string]any{"name": "mail", "smtp": mailServer}}},
			{name: "a file", create: fields{"spec.channels[0]": map[string]any{"name": "links", "file": map[string]any{}}}},
		},
		refuse: []attempt{
			{name: "neither", create: fields{"spec.channels[0]": map[string]any{"name": "mail"}}},
			{name: "both", create: fields{"spec.channels[0]": map[string]any{"name": "mail", "smtp": mailServer, "file": map[string]any{}}}},
		},
	},
	rule{
		kind: "KPI", path: "spec.source", says: "set one of manual, survey and prometheus",
		accept: []attempt{
			{name: "a number by hand"},
			{name: "a question", create: fields{"spec.source": map[string]any{"survey": map[string]any{"surveyRef": "pulse", "question": "recommend"}}}},
		},
		refuse: []attempt{
			{name: "neither", create: fields{"spec.source": map[string]any{}}},
			{name: "both", create: fields{"spec.source.survey": map[string]any{"surveyRef": "pulse", "question": "recommend"}}},
			{name: "a number by hand and a query", create: fields{"spec.source.prometheus": map[string]any{"query": "up"}}},
			{name: "all of them", create: fields{
				"spec.source.survey":     map[string]any{"surveyRef": "pulse", "question": "recommend"},
				"spec.source.prometheus": map[string]any{"query": "up"},
			}},
		},
	},
	rule{
		kind: "KPI", path: "spec.source.prometheus.every", says: "write whole hours and days, 1h at least",
		accept: []attempt{
			{name: "not said", create: fields{"spec.source": asks(nil)}},
			{name: "an hour", create: fields{"spec.source": asks("1h")}},
			{name: "half a day", create: fields{"spec.source": asks("12h")}},
			{name: "a day and a half", create: fields{"spec.source": asks("1d12h")}},
			{name: "a week", create: fields{"spec.source": asks("7d")}},
		},
		refuse: []attempt{
			{name: "a minute", create: fields{"spec.source": asks("1m")}},
			{name: "an hour in minutes", create: fields{"spec.source": asks("60m")}},
			{name: "an hour and a half", create: fields{"spec.source": asks("1h30m")}},
			{name: "never", create: fields{"spec.source": asks("0h")}},
		},
	},
	rule{
		kind: "FollowUp", path: "spec.case", says: "a case stays as it was opened: write spec.response and spec.closing",
		accept: []attempt{{name: "a response", update: fields{"spec.response": reached}}},
		refuse: []attempt{{name: "more time", update: fields{"spec.case.dueBy": "2027-12-31T00:00:00Z"}}},
	},
	rule{
		kind: "FollowUp", path: "spec", says: "the first response is recorded once: leave spec.response as it is",
		accept: []attempt{
			{name: "the first one", update: fields{"spec.response": reached}},
			{name: "closing after it", create: fields{"spec.response": reached}, update: fields{"spec.closing": closing}},
		},
		refuse: []attempt{
			{name: "another one", create: fields{"spec.response": reached}, update: fields{"spec.response.result": "NotReached"}},
			{name: "none after all", create: fields{"spec.response": reached}, update: fields{"spec.response": nil}},
		},
	},
	rule{
		kind: "FollowUp", path: "spec", says: "set spec.response, then spec.closing",
		accept: []attempt{{name: "both", create: fields{"spec.response": reached, "spec.closing": closing}}},
		refuse: []attempt{{name: "closing alone", create: fields{"spec.closing": closing}}},
	},
)

// asks is a source that asks a Prometheus.
func asks(every any) map[string]any {
	source := map[string]any{"query": "sum(up)"}
	if every != nil {
		source["every"] = every
	}
	return map[string]any{"prometheus": source}
}

var mailServer = map[string]any{"host": "smtp.example.com", "from": "Example Retail <feedback@example.com>"}
