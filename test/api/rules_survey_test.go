// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package api_test

import "strings"

// What may be said about surveys, and what stays as it is in their waves.

// indexed puts an index into each list of a schema path: the first entry.
func indexed(path string) string { return strings.ReplaceAll(path, "[]", "[0]") }

// questionRules are the rules on a questionnaire at this path.
func questionRules(kind, questionnaire string) []rule {
	question := questionnaire + ".questions[]"
	at := func(typ string, rest fields) fields {
		f := fields{indexed(question) + ".type": typ}
		for k, v := range rest {
			f[indexed(question)+"."+k] = v
		}
		return f
	}
	options := list(2, func(i int) any {
		return map[string]any{"id": []string{"yes", "no"}[i], "text": map[string]any{"en": "Text"}}
	})
	return []rule{
		{
			kind: kind,
			path: question,
			says: "add options, or remove them, or change type",
			accept: []attempt{
				{name: "a single choice with options", create: at("SingleChoice", fields{"options": options})},
				{name: "a multiple choice with options", create: at("MultipleChoice", fields{"options": options})},
				{name: "free text without", create: at("FreeText", nil)},
			},
			refuse: []attempt{
				{name: "a single choice without", create: at("SingleChoice", nil)},
				{name: "a multiple choice without", create: at("MultipleChoice", nil)},
				{name: "NPS with options", create: at("NPS", fields{"options": options})},
			},
		},
		{
			kind: kind,
			path: question,
			says: "CSAT, CES and Scale questions need a scale, and only they have one",
			accept: []attempt{
				{name: "CSAT with a scale", create: at("CSAT", fields{"scale": scale(1, 5)})},
				{name: "CES with a scale", create: at("CES", fields{"scale": scale(1, 7)})},
				{name: "a free scale with a scale", create: at("Scale", fields{"scale": scale(0, 100)})},
				{name: "NPS without", create: at("NPS", nil)},
			},
			refuse: []attempt{
				{name: "CSAT without", create: at("CSAT", nil)},
				{name: "CES without", create: at("CES", nil)},
				{name: "a free scale without", create: at("Scale", nil)},
				{name: "NPS with a scale", create: at("NPS", fields{"scale": scale(0, 10)})},
			},
		},
		topFrom(kind, question+".scale", at("CSAT", nil)),
	}
}

var surveyRules = append(questionRules("Survey", "spec.questionnaire"),
	shortName("Survey"),
	rule{
		kind: "Survey",
		path: "spec",
		says: "set one of questionnaire and frameworkRef",
		accept: []attempt{
			{name: "questions of its own"},
			{name: "those of a framework", create: ofFramework("Confidential")},
		},
		refuse: []attempt{
			{name: "neither", create: fields{"spec.questionnaire": nil}},
			{name: "both", create: fields{"spec.frameworkRef": "six-stages"}},
			{name: "both, later", update: fields{"spec.frameworkRef": "six-stages"}},
		},
	},
	rule{
		kind: "Survey",
		path: "spec",
		says: "set anonymity to Confidential or Anonymous",
		accept: []attempt{
			{name: "confidential", create: ofFramework("Confidential")},
			{name: "anonymous", create: ofFramework("Anonymous")},
			{name: "what is not said, which is confidential", create: fields{"spec.questionnaire": nil, "spec.frameworkRef": "six-stages"}},
			{name: "questions of its own by name", create: fields{"spec.anonymity": "Identified"}},
		},
		refuse: []attempt{{name: "by name", create: ofFramework("Identified")}},
	},
	rule{
		kind: "Survey",
		path: "spec.schedule",
		says: "set one of cron and rrule",
		accept: []attempt{
			{name: "cron", create: fields{"spec.schedule": map[string]any{"cron": "0 9 * * MON"}}},
			{name: "rrule", create: fields{"spec.schedule": map[string]any{"rrule": "FREQ=WEEKLY", "start": "2027-01-04T09:00:00Z"}}},
		},
		refuse: []attempt{
			{name: "neither", create: fields{"spec.schedule": map[string]any{"timeZone": "Europe/Berlin"}}},
			{name: "both", create: fields{"spec.schedule": map[string]any{
				"cron": "0 9 * * MON", "rrule": "FREQ=WEEKLY", "start": "2027-01-04T09:00:00Z",
			}}},
		},
	},
	rule{
		kind: "Survey",
		path: "spec.schedule",
		says: "set schedule.start, e.g. 2027-01-04T09:00:00Z",
		accept: []attempt{
			{name: "rrule with start", create: fields{"spec.schedule": map[string]any{
				"rrule": "FREQ=MONTHLY;INTERVAL=3;BYDAY=1MO", "start": "2027-01-04T09:00:00Z",
			}}},
			{name: "cron without", create: fields{"spec.schedule": map[string]any{"cron": "0 9 * * MON"}}},
		},
		refuse: []attempt{{name: "rrule without", create: fields{"spec.schedule": map[string]any{"rrule": "FREQ=WEEKLY"}}}},
	},
	rule{
		kind: "Survey",
		path: "spec.schedule",
		says: "set end later than start",
		accept: []attempt{
			{name: "an end after the start", create: fields{
				"spec.schedule.start": "2027-01-04T09:00:00Z", "spec.schedule.end": "2027-01-04T09:00:01Z",
			}},
			{name: "a later instant that looks earlier", create: fields{
				"spec.schedule.start": "2027-01-04T09:00:00+02:00", "spec.schedule.end": "2027-01-04T08:00:00Z",
			}},
		},
		refuse: []attempt{{name: "an end at the start", create: fields{
			"spec.schedule.start": "2027-01-04T09:00:00Z", "spec.schedule.end": "2027-01-04T09:00:00Z",
		}}},
	},
	rule{
		kind: "Survey",
		path: "spec.schedule",
		says: "set schedule.timeZone",
		accept: []attempt{{name: "a zone of its own", create: fields{
			"spec.schedule.cron": "0 9 * * MON", "spec.schedule.timeZone": "Europe/Berlin",
		}}},
		refuse: []attempt{
			{name: "TZ", create: fields{"spec.schedule.cron": "TZ=Europe/Berlin 0 9 * * MON"}},
			{name: "CRON_TZ", create: fields{"spec.schedule.cron": "CRON_TZ=Europe/Berlin 0 9 * * MON"}},
		},
	},
)

// ofFramework asks the questions of a framework in place of its own.
func ofFramework(anonymity string) fields {
	return fields{"spec.questionnaire": nil, "spec.frameworkRef": "six-stages", "spec.anonymity": anonymity}
}

var cancelled = map[string]any{"cancel": map[string]any{"reason": "wrong audience"}}

var waveRules = append(questionRules("SurveyWave", "spec.template.questionnaire"),
	rule{
		kind:   "SurveyWave",
		path:   "spec.template",
		says:   "change the Survey for later waves, or cancel this one",
		accept: []attempt{{name: "a cancellation", update: fields{"spec.control": cancelled}}},
		refuse: []attempt{
			{name: "another question", update: fields{"spec.template.questionnaire.questions[0].text.en": "Are you happy?"}},
			{name: "another promise", update: fields{"spec.template.anonymity": "Identified"}},
			{name: "more time", update: fields{"spec.template.closesAt": "2027-12-31T00:00:00Z"}},
		},
	},
	rule{
		kind: "SurveyWave",
		path: "spec",
		says: "ask for a new one with the annotation cx-operator.io/wave-requested-at on the Survey",
		accept: []attempt{
			{name: "a cancellation", update: fields{"spec.control": cancelled}},
			{name: "a better reason", create: fields{"spec.control": cancelled}, update: fields{"spec.control.cancel.reason": "wrong list"}},
			{name: "other changes of a wave that runs", update: fields{"metadata.labels.team": "cx"}},
		},
		refuse: []attempt{
			{name: "taking cancel back", create: fields{"spec.control": cancelled}, update: fields{"spec.control.cancel": nil}},
			{name: "taking control away", create: fields{"spec.control": cancelled}, update: fields{"spec.control": nil}},
		},
	},
)
