// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

// words are what the tables say in one language.
type words struct {
	lang string
	// Heads of tables.
	stages, criteria, signs, questions, scale, settings, profiles, verdicts []string
	// competencies by their name in the framework; one that is not there keeps its name.
	competencies                       map[string]string
	required, advisory, only           string
	inside, notIn                      string
	people, quoteFrom, quoteTo         string
	advice, dropped, counted, leftOut  string
	grace, yes, share, low, level, age string
	answer, days                       string
	outOf, interval, notShown, decimal string
}

var english = &words{
	lang:      "en",
	stages:    []string{"stage", "name", "required criteria", "advisory criteria"},
	criteria:  []string{"criterion", "competency", "what decides", "source"},
	signs:     []string{"sign", "it shows while", "cleared by", "source"},
	questions: []string{"", "statement", "scale", "a yes is at least", "“I don't know”", "asked by"},
	scale:     []string{"answer"},
	settings:  []string{"setting", "value"},
	profiles:  []string{"criterion"},
	required:  "required", advisory: "advisory", only: "profile %s only", inside: "in %s: ", notIn: "not in %s",
	people: "people say ", quoteFrom: "“", quoteTo: "”",
	advice: "How companies leave this stage:", dropped: "left out", counted: "counts as 0", leftOut: "does not apply",
	grace: "a lost stage is kept for", yes: "an answer is a yes from, unless the criterion says otherwise", share: "share of a yes, at least",
	low:   "lower end of its 95 % interval, at least",
	level: "share of a yes on each level that may be shown, at least", age: "answers count for",
	answer: "answer %d", days: "%d days",
	verdicts: []string{"a yes", "headcount", "share of a yes, with its interval", "verdict"},
	outOf:    "%d of %d", interval: "%s to %s", notShown: "not shown", decimal: ".",
}

var russian = &words{
	lang:      "ru",
	stages:    []string{"этап", "название", "обязательных критериев", "рекомендуемых"},
	criteria:  []string{"критерий", "компетенция", "чем решается", "источник"},
	signs:     []string{"признак", "виден, пока", "чем снимается", "источник"},
	questions: []string{"", "утверждение", "шкала", "«да» — это не ниже", "«не знаю»", "для критерия"},
	scale:     []string{"ответ"},
	settings:  []string{"настройка", "значение"},
	profiles:  []string{"критерий"},
	competencies: map[string]string{
		"culture": "культура", "strategy": "стратегия", "metrics": "метрики", "listening": "умение слушать", "change": "изменения",
	},
	required: "обязательный", advisory: "рекомендуемый", only: "только профиль %s", inside: "в %s: ", notIn: "не в %s",
	people: "люди говорят: ", quoteFrom: "«", quoteTo: "»",
	advice: "Как выходят с этого этапа:", dropped: "не учитывается", counted: "считается за 0", leftOut: "не применяется",
	grace: "сколько держится утраченный этап", share: "доля «да», не меньше",
	yes:   "с какого ответа считается «да», если критерий не говорит иного",
	low:   "нижняя граница её 95-процентного интервала, не меньше",
	level: "доля «да» на каждом уровне, который можно показывать, не меньше", age: "сколько действуют ответы",
	answer: "ответ %d", days: "%d дней",
	verdicts: []string{"ответили «да»", "численность", "доля «да» и её интервал", "вердикт"},
	outOf:    "%d из %d", interval: "от %s до %s", notShown: "не показывается", decimal: ",",
}
