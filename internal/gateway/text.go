// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gateway

import cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"

// texts are all that the pages say by themselves, in one language. A text with %s or %d gets a value.
type texts struct {
	Name     string // of the language, in the language
	Switch   string // what the choice of languages is for
	Optional string // after a question that may be left out
	NewTab   string // after a link that opens a new tab
	LogoOf   string // %s is whose logo it is
	Trial    string // above pages that store nothing

	Before                              string // heading of what is promised
	Identified, Confidential, Anonymous string // %s is who asks
	ConfidentialUnless                  string // Confidential where people are asked if they may be contacted
	WholeNotice                         string // the link to the whole privacy notice

	Numbers        string // %d to %d: what can be entered
	End            string // %d and what it means
	NPSLow         string
	NPSHigh        string
	CSATLow        string
	CSATHigh       string
	CESLow         string
	CESHigh        string
	SeveralChoices string
	NoAnswer       string // the choice that takes another one back
	TextHint       string // %d characters

	Contact    string // heading of the consent
	ContactYes string
	Send       string
	Continue   string // instead of Send while there may be further questions
	Save       string

	Problem      string // before the page's title and before a problem
	ProblemTitle string
	Further      string // heading when questions follow from answers
	FurtherText  string // before these questions
	NotSaved     string // heading when the store is down
	NotSavedText string

	Thanks, ThanksText         string
	ClosePage                  string
	Saved, SavedText           string
	Gone, GoneText             string
	Nothing, NothingText       string
	Busy, BusyText             string
	Slow, SlowText             string
	Long, LongText             string
	Unreadable, UnreadableText string

	OptOutLink         string
	OptOut, OptOutText string // %s is whose mails end
	OptOutDo           string
	OptedOut, OptedTxt string // %s is whose mails ended
}

var english = texts{
	Name: "English", Switch: "Language", Optional: "(optional)", NewTab: "(opens in a new tab)", LogoOf: "Logo of %s",
	Trial: "Preview: nothing is stored.",

	Before:     "Before you start",
	Identified: "Your answers are linked to you: %s can see who gave them.",
	Confidential: "Your answers are confidential. %s links them to you only to remind you and to follow up on them; they are never " +
		"shown with your name.",
	ConfidentialUnless: "Your answers are confidential. %s links them to you only to remind you and to follow up on them; they are never " +
		"shown with your name, unless you agree below to be contacted about them.",
	Anonymous: "Your answers are anonymous: %s stores nothing that links them to you. Nobody can find, change or delete them for you " +
		"afterwards or reply to them, and you cannot pause and come back.",
	WholeNotice: "Read the privacy notice",

	Numbers: "A whole number from %d to %d", End: "%d: %s",
	NPSLow: "not at all likely", NPSHigh: "extremely likely",
	CSATLow: "very dissatisfied", CSATHigh: "very satisfied",
	CESLow: "very difficult", CESHigh: "very easy",
	SeveralChoices: "Choose all that apply", NoAnswer: "No answer", TextHint: "Up to %d characters",

	Contact: "May we contact you about this?", ContactYes: "Yes, you may contact me about my answers",
	Send: "Send", Continue: "Continue", Save: "Save and finish later",

	Problem: "Problem:", ProblemTitle: "Please look at these answers again",
	Further: "A little more, because of your answers", FurtherText: "Please answer this too:",
	NotSaved: "Your answers could not be stored just now", NotSavedText: "They are still on this page. Please send them again in a minute.",

	Thanks: "Thank you", ThanksText: "Your answers have arrived.", ClosePage: "You can close this page.",
	Saved: "Saved", SavedText: "Your answers so far are stored. Open the same link again to go on.",
	Gone: "This link takes no answers", GoneText: "It has expired, or was used already, or is not complete. If you have answered: " +
		"thank you, your answers have arrived.",
	Nothing: "There is nothing here", NothingText: "Please use the link in the mail that you got.",
	Busy: "We cannot take your answers just now", BusyText: "Please go back and try again in a minute: what you entered is still there.",
	Slow: "That was too often", SlowText: "Please wait a minute, then go back and try again: what you entered is still there.",
	Long: "That is too long", LongText: "Please go back and shorten your answers.",
	Unreadable: "That could not be read", UnreadableText: "Please open the link in your mail once more.",

	OptOutLink: "No more surveys by mail",
	OptOut:     "No more surveys?", OptOutText: "If you confirm, %s will not write to you about surveys any more.",
	OptOutDo: "Confirm: no more surveys",
	OptedOut: "You will get no more surveys", OptedTxt: "%s will not write to you about surveys any more.",
}

var russian = texts{
	Name: "Русский", Switch: "Язык", Optional: "(необязательно)", NewTab: "(откроется в новой вкладке)", LogoOf: "Логотип: %s",
	Trial: "Предварительный просмотр: ничего не сохраняется.",

	Before:     "Прежде чем начать",
	Identified: "Ваши ответы связаны с вами: %s видит, кто их дал.",
	Confidential: "Ваши ответы конфиденциальны. %s связывает их с вами только для напоминаний и для обратной связи; вместе с " +
		"вашим именем их никогда не показывают.",
	ConfidentialUnless: "Ваши ответы конфиденциальны. %s связывает их с вами только для напоминаний и для обратной связи; вместе с " +
		"вашим именем их никогда не показывают, если только вы ниже не согласитесь, чтобы с вами по ним связались.",
	Anonymous: "Ваши ответы анонимны: %s не хранит ничего, что связывало бы их с вами. Потом никто не сможет найти, изменить или " +
		"удалить их для вас и ответить на них; прерваться и вернуться позже нельзя.",
	WholeNotice: "Прочитать о защите данных",

	Numbers: "Целое число от %d до %d", End: "%d: %s",
	NPSLow: "совсем маловероятно", NPSHigh: "очень вероятно",
	CSATLow: "совсем не устраивает", CSATHigh: "полностью устраивает",
	CESLow: "очень трудно", CESHigh: "очень легко",
	SeveralChoices: "Выберите всё, что подходит", NoAnswer: "Без ответа", TextHint: "Не больше %d знаков",

	Contact: "Можно ли связаться с вами по этому поводу?", ContactYes: "Да, со мной можно связаться по поводу моих ответов",
	Send: "Отправить", Continue: "Продолжить", Save: "Сохранить и закончить позже",

	Problem: "Ошибка:", ProblemTitle: "Пожалуйста, посмотрите эти ответы ещё раз",
	Further: "Ещё немного, исходя из ваших ответов", FurtherText: "Пожалуйста, ответьте и на это:",
	NotSaved: "Сейчас не удалось сохранить ответы", NotSavedText: "Они остались на этой странице. " +
		"Отправьте их, пожалуйста, ещё раз через минуту.",

	Thanks: "Спасибо", ThanksText: "Ваши ответы получены.", ClosePage: "Страницу можно закрыть.",
	Saved: "Сохранено", SavedText: "Ваши ответы сохранены. Чтобы продолжить, откройте ту же ссылку ещё раз.",
	Gone: "По этой ссылке ответы не принимаются", GoneText: "Срок истёк, или ссылка уже использована, или она неполная. Если вы уже " +
		"ответили: спасибо, ваши ответы получены.",
	Nothing: "Здесь ничего нет", NothingText: "Пожалуйста, откройте ссылку из полученного письма.",
	Busy: "Сейчас не удаётся принять ответы", BusyText: "Пожалуйста, вернитесь назад и попробуйте через минуту: введённое сохранится.",
	Slow: "Слишком много попыток", SlowText: "Подождите минуту, вернитесь назад и попробуйте ещё раз: введённое сохранится.",
	Long: "Слишком длинно", LongText: "Пожалуйста, вернитесь назад и сократите ответы.",
	Unreadable: "Не удалось прочитать", UnreadableText: "Пожалуйста, откройте ссылку из письма ещё раз.",

	OptOutLink: "Больше не присылать опросы",
	OptOut:     "Больше не присылать опросы?", OptOutText: "Если вы подтвердите, %s больше не будет писать вам об опросах.",
	OptOutDo: "Подтвердить: больше не присылать",
	OptedOut: "Опросов больше не будет", OptedTxt: "%s больше не будет писать вам об опросах.",
}

// textsIn are the texts in a language that the API knows.
func textsIn(language cxv1.Language) texts {
	if language == cxv1.LanguageRU {
		return russian
	}
	return english
}

// spoken are the languages of pages that belong to no wave.
var spoken = []cxv1.Language{cxv1.LanguageEN, cxv1.LanguageRU}
