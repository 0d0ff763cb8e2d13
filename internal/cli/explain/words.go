// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package explain

import (
	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
)

// changes say for the reason of a condition, or of a cause, what would change it, in English and in Russian.
var changes = map[string][2]string{
	// what is named and not there
	"NotFound": {
		"Create it, or correct the name.",
		"Создайте этот объект или исправьте имя."},
	"Wrong": {
		"It stands in the folder and is not right: see kubectl cx lint.",
		"Он есть в папке, но записан неверно: смотрите kubectl cx lint.",
	},
	cxv1.ReasonReferenceNotFound: {
		"Create what is named, or correct the name.",
		"Создайте объект с этим именем или исправьте имя."},
	cxv1.ReasonReferenceCycle: {
		"Take one step out of the circle.",
		"Уберите одно звено из круга."},
	cxv1.ReasonNoProgram: {
		"Create the Program of this namespace.",
		"Создайте Program в этом пространстве имён."},
	cxv1.ReasonUnknownTimeZone: {
		"Write an IANA time zone, e.g. Europe/Berlin.",
		"Укажите часовой пояс IANA, например Europe/Berlin."},
	cxv1.ReasonIDInUse: {
		"Choose another spec.id, or adopt the one in use.",
		"Выберите другой spec.id или перенимите занятый."},
	cxv1.ReasonStoreUnavailable: {
		"Look after the store: kubectl cx doctor.",
		"Проверьте хранилище: kubectl cx doctor."},
	cxv1.ReasonFrameworkNotReady: {
		"Correct the framework, or name another in spec.frameworks.",
		"Исправьте модель или укажите другую в spec.frameworks."},
	cxv1.ReasonInvalidFramework: {
		"Correct the criteria that status.problems names.",
		"Исправьте критерии, названные в status.problems."},
	cxv1.ReasonNoStages: {
		"Name a framework with stages first in spec.frameworks.",
		"Первой в spec.frameworks укажите модель с этапами."},
	cxv1.ReasonWordsAheadOfDeeds: {
		"Do what people say is done, or let them answer anew.",
		"Сделайте то, о чём говорят, или опросите заново."},
	cxv1.ReasonNotFelt: {
		"Tell people what was done.",
		"Расскажите людям, что сделано."},
	cxv1.ReasonNotAttested: {
		"Let people answer the framework's questions.",
		"Дайте людям ответить на вопросы модели."},
	cxv1.ReasonAttestationExpired: {
		"Ask again: the answers are too old.",
		"Опросите заново: ответы устарели."},
	// ownership
	cxv1.ReasonNoOwner: {
		"Name an owner in ownerRef.",
		"Укажите владельца в ownerRef."},
	cxv1.ReasonOwnerLeft: {
		"Name somebody who is there.",
		"Назовите того, кто на месте."},
	cxv1.ReasonOwnerNotFound: {
		"Create the Owner, or name another.",
		"Создайте Owner или назовите другого."},
	cxv1.ReasonAwaitingDecision: {
		"The one who is asked accepts or declines: kubectl cx accept.",
		"Тот, кого спросили, решает: kubectl cx accept."},
	cxv1.ReasonDeclined: {
		"Name somebody else on the subject.",
		"Назовите на объекте кого-то другого."},
	cxv1.ReasonUndecided: {
		"Remind the one who is asked, or name somebody else.",
		"Напомните тому, кого спросили, или назовите другого."},
	cxv1.ReasonEscalated: {
		"Name the one in force on the subject.",
		"Назовите на объекте того, кто принял."},
	cxv1.ReasonTrusted: {
		"Nothing has to be done; an explicit yes would count for maturity.",
		"Ничего; явное согласие учлось бы в зрелости."},
	cxv1.ReasonVerificationDue: {
		"The owner confirms that it is still theirs: kubectl cx accept.",
		"Владелец подтверждает: kubectl cx accept."},
	cxv1.ReasonOverloaded: {
		"Name other owners for some of it, or raise capacity.",
		"Передайте часть другим или увеличьте capacity."},
	cxv1.ReasonSomeTouchpointsUnowned: {
		"Name an owner at each touchpoint.",
		"Укажите владельца каждой точки контакта."},
	cxv1.ReasonOwnersMissing: {
		"See kubectl cx owners.",
		"Смотрите kubectl cx owners."},
	cxv1.ReasonNotEnforced: {
		"Let an administrator apply config/policy.",
		"Администратору нужно применить config/policy."},
	cxv1.ReasonForeignObject: {
		"Rename the object that is in the way.",
		"Переименуйте мешающий объект."},
	// measures
	"NoInitiative": {
		"Plan an Initiative that names the KPI in spec.kpiTargets.",
		"Запланируйте Initiative с этим показателем в spec.kpiTargets."},
	"InitiativeProposed": {
		"Accept it, and begin: spec.requestedPhase.",
		"Примите её и начните: spec.requestedPhase."},
	"InitiativeAccepted": {
		"Begin: set spec.requestedPhase to Active.",
		"Начните: spec.requestedPhase: Active."},
	"InitiativeActive": {
		"It is under way: wait for its effect, or do more.",
		"Она в работе: дождитесь эффекта или сделайте больше."},
	"InitiativeDone": {
		"It is done and the target is not met: plan another one.",
		"Она завершена, а цель не достигнута: запланируйте ещё одну."},
	"Wait": {
		"Wait for it.",
		"Дождитесь."},
	cxv1.ReasonNotProven: {
		"Collect more answers: the interval narrows. Or improve further.",
		"Соберите больше ответов, чтобы сузить интервал, или улучшайте дальше."},
	cxv1.ReasonNoTarget: {
		"Set spec.target.",
		"Задайте spec.target."},
	cxv1.ReasonNoData: {
		"Enter a figure in spec.source, or have the survey answered.",
		"Внесите значение в spec.source или проведите опрос."},
	cxv1.ReasonStale: {
		"Enter a newer figure, or raise spec.ttl.",
		"Внесите свежее значение или увеличьте spec.ttl."},
	cxv1.ReasonInsufficientData: {
		"Collect more answers than spec.minResponses.",
		"Соберите не меньше spec.minResponses ответов."},
	cxv1.ReasonIntervalUnknown: {
		"Enter counts instead of a bare value, or judge by Point (spec.target.confidence).",
		"Внесите количества вместо одного числа или судите по значению (spec.target.confidence: Point)."},
	cxv1.ReasonCountsInconsistent: {
		"Correct the counts: they do not add up.",
		"Исправьте количества: они не сходятся."},
	cxv1.ReasonInvalidQuery: {
		"Correct the PromQL: see kubectl cx lint.",
		"Исправьте PromQL: смотрите kubectl cx lint."},
	cxv1.ReasonUnusableAnswer: {
		"Try the query in Prometheus, and let it give one number.",
		"Проверьте запрос в Prometheus: нужно одно число."},
	cxv1.ReasonPrometheusUnavailable: {
		"Look after Prometheus: the operator asks again.",
		"Проверьте Prometheus: оператор спросит ещё раз."},
	cxv1.ReasonNoPrometheus: {
		"Let whoever runs the operator set --prometheus-url.",
		"Попросите задать оператору --prometheus-url."},
	cxv1.ReasonIncomplete: {
		"Add what the message names.",
		"Добавьте то, что названо."},
	cxv1.ReasonAssumed: {
		"Name evidence in spec.evidence.",
		"Укажите подтверждение в spec.evidence."},
	// surveys and sending
	cxv1.ReasonNoContacts: {
		"Import contacts: kubectl cx contacts import.",
		"Загрузите контакты: kubectl cx contacts import."},
	cxv1.ReasonNobodyReachable: {
		"Import contacts who can be written to.",
		"Загрузите контакты, которым можно писать."},
	cxv1.ReasonSuspended: {
		"Set spec.suspend to false.",
		"Уберите spec.suspend."},
	cxv1.ReasonCompleted: {
		"Raise spec.schedule.maxWaves, or move its end.",
		"Увеличьте spec.schedule.maxWaves или срок end."},
	cxv1.ReasonMissedWave: {
		"Ask for an extra wave: kubectl cx wave request.",
		"Запросите волну: kubectl cx wave request."},
	cxv1.ReasonWaveOverlaps: {
		"Shorten spec.openFor, or schedule waves further apart.",
		"Сократите spec.openFor или разнесите волны."},
	cxv1.ReasonInvalidSchedule: {
		"Correct spec.schedule.",
		"Исправьте spec.schedule."},
	cxv1.ReasonInvalidQuestionnaire: {
		"Correct the questionnaire.",
		"Исправьте анкету."},
	cxv1.ReasonAnonymityRequired: {
		"Set spec.anonymity to Confidential or Anonymous.",
		"Задайте spec.anonymity: Confidential или Anonymous."},
	cxv1.ReasonSendingOff: {
		"Whoever runs the operator turns sending on for the namespace.",
		"Рассылку включает тот, кто управляет оператором."},
	cxv1.ReasonStoreRestored: {
		"Do what the condition Sending says.",
		"Сделайте то, что сказано в условии Sending."},
	cxv1.ReasonNoChannel: {
		"Add a channel to the Program's spec.channels.",
		"Добавьте канал в spec.channels программы."},
	cxv1.ReasonChannelNotUsable: {
		"Repair the channel: its host or its Secret.",
		"Исправьте канал: адрес сервера или Secret."},
	// initiatives
	cxv1.ReasonOverdue: {
		"Write doneOn where it is done, or set a new date.",
		"Внесите doneOn, если сделано, или новую дату."},
	cxv1.ReasonAwaitingApproval: {
		"The approver accepts.",
		"Утверждающий принимает решение."},
	cxv1.ReasonWaitingForDependencies: {
		"Finish what it depends on.",
		"Завершите то, от чего она зависит."},
	cxv1.ReasonMilestonesOpen: {
		"Write doneOn for each milestone that is done.",
		"Внесите doneOn у каждого выполненного шага."},
	cxv1.ReasonNotStarted: {
		"Wait for its start, or move it.",
		"Дождитесь начала или перенесите его."},
	cxv1.ReasonResultMissing: {
		"Write spec.result.",
		"Внесите spec.result."},
	cxv1.ReasonOverBudget: {
		"Raise cost.planned, or spend less.",
		"Увеличьте cost.planned или тратьте меньше."},
}

// changeFor is the key of what a reason asks for; "" where the message has to do.
func changeFor(reason string) string {
	if _, known := changes[reason]; known {
		return reason
	}
	return ""
}
