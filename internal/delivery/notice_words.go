// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package delivery

import (
	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
	"github.com/cx-operator/cx-operator/internal/notice"
)

// noticeWords are the fixed texts of a notice in one language. Those with %s are filled in: with what it is about, the name of
// an owner, a day, or a number.
type noticeWords struct {
	day string
	// subjects are by kind of notice; each takes what it is about. many takes a number, and so
	// does more, of what a chat has no room for.
	subjects   map[notice.Kind]string
	many, more string
	// asks says what is asked, by role; each takes what it is about. verify takes the same.
	asks     map[cxv1.AssignmentRole]string
	verify   string
	orphaned string
	// reminders come before what is asked.
	reminders                                                map[notice.Kind]string
	insteadOf, inForce, nobody, terms, by, passesOn, overdue string
	kinds                                                    map[cxv1.SubjectKind]string
	// Those that templates show.
	Hello, Decide, InCluster, OneUse, WhyYou string
}

var noticePhrases = map[cxv1.Language]noticeWords{
	cxv1.LanguageEN: {
		day: "2 January 2006",
		subjects: map[notice.Kind]string{
			notice.Offered: "Please decide: %s", notice.Escalated: "Please decide: %s", notice.Verify: "Is it still yours? %s",
			notice.Waiting: "Reminder, please decide: %s", notice.Lapsing: "Last day to decide: %s", notice.Overdue: "Overdue: %s",
			notice.Orphaned: "Nobody answers for it: %s",
		},
		many: "%d things wait for you", more: "And %d more. To see them all: kubectl get cxoa",
		asks: map[cxv1.AssignmentRole]string{
			cxv1.RoleAccountable:      "You are asked to be accountable for %s.",
			cxv1.RoleLead:             "You are asked to lead %s.",
			cxv1.RoleSponsor:          "You are asked to sponsor %s.",
			cxv1.RoleGroupMember:      "You are asked to be in the working group of %s.",
			cxv1.RoleGovernanceMember: "You are asked to sit on the committee of %s.",
			cxv1.RoleAmbassador:       "You are asked to be an ambassador of %s.",
			cxv1.RoleApprover:         "You are asked to approve %s.",
		},
		verify:   "You answer for %s. Is it still yours?",
		orphaned: "Nobody answers for %s: %s left or is not there any more. Name somebody in its YAML, or wait for whoever is asked now.",
		reminders: map[notice.Kind]string{
			notice.Waiting: "This is a reminder.", notice.Lapsing: "Today is the last day.",
			notice.Overdue: "The time has passed, and nobody else is left to ask.",
		},
		insteadOf: "You are asked because %s declined, did not answer or is not there any more.",
		inForce:   "Until you accept, %s answers for it.",
		nobody:    "Until you accept, nobody answers for it.",
		terms:     "What exactly: %s.",
		by:        "Please decide by %s.",
		passesOn:  "Please decide by %s; after that others may be asked.",
		overdue:   "It stays with you until you decide.",
		kinds: map[cxv1.SubjectKind]string{
			cxv1.SubjectProgram: "the customer-experience program", cxv1.SubjectJourney: "journey", cxv1.SubjectGoal: "goal", cxv1.SubjectKPI: "KPI",
			cxv1.SubjectSurvey: "survey", cxv1.SubjectInitiative: "initiative", cxv1.SubjectAssessment: "assessment",
		},
		Hello: "Hello", Decide: "See it and decide", InCluster: "In the cluster:",
		OneUse: "Each link is for you alone and serves for one decision. Do not pass it on: whoever has it can decide in your name.",
		WhyYou: "You get this because the program names you as owner %s.",
	},
	cxv1.LanguageRU: {
		day: "02.01.2006",
		subjects: map[notice.Kind]string{
			notice.Offered: "Нужно ваше решение: %s", notice.Escalated: "Нужно ваше решение: %s", notice.Verify: "Это по-прежнему ваше? %s",
			notice.Waiting: "Напоминание, нужно решение: %s", notice.Lapsing: "Последний день для решения: %s", notice.Overdue: "Срок прошёл: %s",
			notice.Orphaned: "Никто не отвечает: %s",
		},
		many: "Ждут вашего внимания: %d", more: "И ещё: %d. Увидеть всё: kubectl get cxoa",
		asks: map[cxv1.AssignmentRole]string{
			cxv1.RoleAccountable:      "Вас просят взять на себя ответственность: %s.",
			cxv1.RoleLead:             "Вас просят стать руководителем: %s.",
			cxv1.RoleSponsor:          "Вас просят стать спонсором: %s.",
			cxv1.RoleGroupMember:      "Вас просят войти в рабочую группу: %s.",
			cxv1.RoleGovernanceMember: "Вас просят войти в комитет: %s.",
			cxv1.RoleAmbassador:       "Вас просят стать амбассадором: %s.",
			cxv1.RoleApprover:         "Вас просят утвердить: %s.",
		},
		verify:   "Вы отвечаете за это: %s. Это по-прежнему ваше?",
		orphaned: "Никто не отвечает: %s. Владельца %s больше нет. Назначьте другого в YAML или дождитесь ответа того, кого спросили.",
		reminders: map[notice.Kind]string{
			notice.Waiting: "Это напоминание.", notice.Lapsing: "Сегодня последний день.",
			notice.Overdue: "Срок прошёл, и больше спросить некого.",
		},
		insteadOf: "Спрашивают вас, потому что %s отказался, не ответил или больше не работает.",
		inForce:   "Пока вы не согласились, отвечает %s.",
		nobody:    "Пока вы не согласились, не отвечает никто.",
		terms:     "Что именно: %s.",
		by:        "Решите, пожалуйста, до %s.",
		passesOn:  "Решите, пожалуйста, до %s; потом могут спросить других.",
		overdue:   "Предложение остаётся за вами, пока вы не решите.",
		kinds: map[cxv1.SubjectKind]string{
			cxv1.SubjectProgram: "программа клиентского опыта", cxv1.SubjectJourney: "путь клиента", cxv1.SubjectGoal: "цель",
			cxv1.SubjectKPI:    "показатель",
			cxv1.SubjectSurvey: "опрос", cxv1.SubjectInitiative: "инициатива", cxv1.SubjectAssessment: "оценка",
		},
		Hello: "Здравствуйте", Decide: "Посмотреть и решить", InCluster: "В кластере:",
		OneUse: "Каждая ссылка только для вас и для одного решения. Не пересылайте её: кто её получит, сможет решить за вас.",
		WhyYou: "Вы получили это, потому что в программе вы указаны как владелец %s.",
	},
}
