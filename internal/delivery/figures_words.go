// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package delivery

import cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"

// figureWords are the fixed texts of a mail with figures in one language.
type figureWords struct {
	// day is how a day is written, as time.Format reads it.
	day string
	// Those that are filled in, in this order: intro with title and two days, introOfOneDay with title and day, answers with answers
	// and invitations, rate with a percentage, satisfied with a percentage, share with an option and a percentage, mean with the
	// ends of the scale and the value, interval with its ends, n with a number.
	subject, intro, introOfOneDay, answers, rate string
	satisfied, share, mean, interval, n          string
	TooFew, KeepInMind, Promise, WhyYou          string
}

var figurePhrases = map[cxv1.Language]figureWords{
	cxv1.LanguageEN: {
		day: "2 January 2006", subject: "Results: ",
		intro:         "The survey “%s” was open from %s to %s. This is what came of it.",
		introOfOneDay: "The survey “%s” was open on %s. This is what came of it.",
		answers:       "Answers: %d. Invitations: %d.", rate: " Response rate: %s %% of those invited.",
		satisfied: "satisfied: %s %%", share: "chosen most: “%s”, %s %%", mean: "mean on a scale from %d to %d: %s",
		interval: ", with 95 %% confidence between %s and %s", n: "; answers: %d",
		TooFew: "too few answers to show", KeepInMind: "To keep in mind:",
		Promise: "Nothing here tells who answered what.",
		WhyYou:  "You get this mail because the survey names you among those to whom its results are sent.",
	},
	cxv1.LanguageRU: {
		day: "02.01.2006", subject: "Итоги: ",
		intro:         "Опрос «%s» был открыт с %s по %s. Вот что он показал.",
		introOfOneDay: "Опрос «%s» был открыт %s. Вот что он показал.",
		answers:       "Ответов: %d. Приглашений: %d.", rate: " Доля ответивших среди приглашённых: %s %%.",
		satisfied: "довольны: %s %%", share: "чаще всего выбирали «%s»: %s %%", mean: "среднее по шкале от %d до %d: %s",
		interval: ", с вероятностью 95 %% от %s до %s", n: "; ответов: %d",
		TooFew: "слишком мало ответов, чтобы их показать", KeepInMind: "О чём помнить:",
		Promise: "Кто что ответил, отсюда не узнать.",
		WhyYou:  "Письмо пришло вам, потому что опрос называет вас среди тех, кому отправляют итоги.",
	},
}
