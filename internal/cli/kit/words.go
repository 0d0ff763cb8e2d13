// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package kit

import (
	"fmt"
	"time"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
)

// T is a text in the page's language, with arguments filled in as by fmt.Sprintf.
func (p *Page) T(en, ru string, args ...any) string {
	text := en
	if p.Lang == cxv1.LanguageRU {
		text = ru
	}
	if len(args) == 0 {
		return text
	}
	return fmt.Sprintf(text, args...)
}

// Word is a value of the API in the page's language; what has no other word there stays as it is.
func (p *Page) Word(value string) string {
	pair, known := vocabulary[value]
	switch {
	case !known:
		return value
	case p.Lang == cxv1.LanguageRU:
		return pair[1]
	}
	return pair[0]
}

// vocabulary has the values of the API as people call them, in English and in Russian.
var vocabulary = map[string][2]string{
	// outcomes
	"True": {"yes", "да"}, "False": {"no", "нет"}, "Unknown": {"unknown", "неизвестно"}, "Exempt": {"exempt", "исключение"},
	"NotApplicable": {"not applicable", "не применяется"},
	// grades of evidence
	"System": {"system", "система"}, "Attested": {"attested", "опрос"}, "Declared": {"declared", "заявлено"},
	// competencies of six-stages
	"culture": {"culture", "культура"}, "strategy": {"strategy", "стратегия"}, "metrics": {"metrics", "метрики"},
	"listening": {"listening", "слышать клиента"}, "change": {"change", "изменения"},
	// phases of assignments
	string(cxv1.AssignmentPending): {"waiting", "ждёт решения"}, string(cxv1.AssignmentActive): {"in force", "действует"},
	string(cxv1.AssignmentHandingOver): {"handing over", "передаётся"}, string(cxv1.AssignmentDeclined): {"declined", "отказ"},
	string(cxv1.AssignmentOrphaned): {"orphaned", "без владельца"},
	// roles
	string(cxv1.RoleAccountable): {"accountable", "отвечает"}, string(cxv1.RoleSponsor): {"sponsor", "спонсор"},
	string(cxv1.RoleLead): {"lead", "руководитель"}, string(cxv1.RoleGroupMember): {"group member", "рабочая группа"},
	string(cxv1.RoleGovernanceMember): {"committee member", "комитет"}, string(cxv1.RoleAmbassador): {"ambassador", "амбассадор"},
	string(cxv1.RoleApprover): {"approver", "утверждает"},
	// phases of initiatives, surveys, waves and follow-ups
	string(cxv1.InitiativeProposed): {"proposed", "предложена"}, string(cxv1.InitiativeAccepted): {"accepted", "принята"},
	string(cxv1.InitiativeDone): {"done", "завершена"}, string(cxv1.InitiativeCancelled): {"cancelled", "отменена"},
	string(cxv1.SurveyScheduled): {"scheduled", "по расписанию"}, string(cxv1.SurveyRunning): {"running", "идёт"},
	string(cxv1.SurveySuspended): {"suspended", "приостановлен"}, string(cxv1.SurveyCompleted): {"completed", "завершён"},
	string(cxv1.SurveyBlocked): {"blocked", "заблокирован"}, string(cxv1.WaveAwaiting): {"awaiting approval", "ждёт одобрения"},
	// what things are
	"Goal": {"goal", "цель"}, "KPI": {"KPI", "показатель"}, "Journey": {"journey", "путь"}, "Touchpoint": {"touchpoint", "точка"},
	"Initiative": {"initiative", "инициатива"}, "Survey": {"survey", "опрос"}, "Program": {"program", "программа"},
	"Owner": {"owner", "владелец"}, "Assessment": {"assessment", "оценка"}, "FollowUp": {"follow-up", "обращение"},
}

// Moment writes an instant by a zone's clock, to the minute, e.g. "2027-01-04 09:00 +0100".
func Moment(at time.Time, zone *time.Location) string {
	return at.In(zone).Format("2006-01-02 15:04 -0700")
}

// Day writes the day of an instant in a zone.
func Day(at time.Time, zone *time.Location) string { return at.In(zone).Format(time.DateOnly) }
