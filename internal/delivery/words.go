// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	"strconv"
	"time"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
)

// words are the fixed texts of a letter in one language.
type words struct {
	anybody, body, reminder, trial string
	promises                       map[cxv1.Anonymity]string
	until                          func(time.Time) string
	// Those that templates show.
	Start, Or, Stop string
}

var phrases = map[cxv1.Language]words{
	cxv1.LanguageEN: {
		anybody:  "there",
		body:     "Hello {name},\n{organization} would like to know how you see it. It takes about half a minute.",
		reminder: "Reminder: ", trial: "[Test] ",
		promises: map[cxv1.Anonymity]string{
			cxv1.AnonymityIdentified:   "Your answer is linked to you, so that we can come back to you about it.",
			cxv1.AnonymityConfidential: "Your answer is confidential: nobody is shown who said what, unless you agree to be contacted.",
			cxv1.AnonymityAnonymous:    "Your answer is anonymous: nothing links it to you.",
		},
		until: func(t time.Time) string {
			return "The link is good until " + t.UTC().Format("2 January 2006, 15:04") + " UTC."
		},
		Start: "Answer", Or: "Or open this page:", Stop: "I do not want to be asked again",
	},
	cxv1.LanguageRU: {
		anybody:  "коллега",
		body:     "Здравствуйте, {name}!\n{organization} хочет узнать ваше мнение. Это займёт около полуминуты.",
		reminder: "Напоминание: ", trial: "[Проба] ",
		promises: map[cxv1.Anonymity]string{
			cxv1.AnonymityIdentified:   "Ответ связан с вами, чтобы мы могли к вам вернуться.",
			cxv1.AnonymityConfidential: "Ответ конфиденциален: кто что сказал, никому не показывают без вашего согласия на обратную связь.",
			cxv1.AnonymityAnonymous:    "Ответ анонимен: с вами его ничто не связывает.",
		},
		until: func(t time.Time) string {
			return "Ссылка действует до " + t.UTC().Format("02.01.2006 15:04") + " (UTC)."
		},
		Start: "Ответить", Or: "Или откройте страницу:", Stop: "Больше не спрашивать",
	},
}

func itoa(n int32) string { return strconv.Itoa(int(n)) }
