// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gateway

import (
	"time"

	cxv1 "github.com/cx-operator/cx-operator/api/v1alpha1"
)

// decideTexts are what the pages of offers say, in one language. A text with %s gets a value.
type decideTexts struct {
	Take, Approve, Verify                string // headings of the question
	TakeText, ApproveText, VerifyText    string // %s asks %s
	Journey, Goal, KPI, Survey, Program  string // kinds of subject, before its name
	Initiative, Assessment               string
	Touchpoint, Item, Terms              string
	Budget, Standard, Exemption          string // items; %s is a criterion
	Role, Asked, DecideBy, InForce       string
	Nobody, InsteadOf, ApprovedBy        string
	Accountable, Lead, Sponsor           string // the roles
	GroupMember, GovernanceMember        string
	Ambassador, Approver                 string
	Means                                string // heading of what the role means
	AccountableMeans, LeadMeans          string
	SponsorMeans, GroupMeans             string
	GovernanceMeans, AmbassadorMeans     string
	ApproverMeans                        string
	Follows                              string // heading of what follows from an answer
	AcceptTake, AcceptHandover           string // %s is who holds the role until then
	AcceptApprove, AcceptVerify          string
	DeclineLine, DeclineHandover         string // %s as above
	DeclineShared, DeclineApprove        string
	DeclineVerify, Kept                  string
	Reason, ReasonHint                   string // %d characters
	NotYet                               string
	DoAccept, DoDecline                  string
	DoApprove, DoReject, DoKeep, DoLeave string

	Choose, WhyNot, ReasonLong string // problems; %d characters
	NotStored, NotStoredText   string

	Accepted, Declined, Approved, Rejected, Confirmed, Left string // headings of what was answered
	Recorded                                                string // when, and whose link it was
	AnsweredReason                                          string
	First                                                   string
	Newer                                                   string

	Gone, GoneText string
}

var decideEnglish = decideTexts{
	Take: "Will you take this on?", Approve: "Do you approve this?", Verify: "Is this still yours?",
	TakeText:    "%s asks %s to take on the following role.",
	ApproveText: "%s asks %s to approve the following.",
	VerifyText:  "%s asks %s to confirm the following role.",
	Journey:     "Customer journey", Goal: "Goal", KPI: "KPI", Survey: "Survey", Program: "Program", Initiative: "Initiative",
	Assessment: "Assessment", Touchpoint: "Touchpoint", Item: "To be approved", Terms: "On these terms",
	Budget: "the budget", Standard: "the customer experience standard", Exemption: "the exemption from the criterion %s",
	Role: "Role", Asked: "Asked since", DecideBy: "Please decide by", InForce: "In this role now", Nobody: "nobody",
	InsteadOf: "In place of", ApprovedBy: "Approved so far by",
	Accountable: "Accountable", Lead: "Lead", Sponsor: "Sponsor", GroupMember: "Member of the working group",
	GovernanceMember: "Member of the committee", Ambassador: "Ambassador", Approver: "Approver",
	Means: "What this means",
	AccountableMeans: "You answer for the result. You need not do the work yourself, but you see to it that it is done, you decide where " +
		"a decision is needed, and you are asked when it goes wrong. Nobody else holds this role at the same time.",
	LeadMeans: "You lead the program: you keep its plan, its owners and its figures together, and you are asked how it stands. Nobody " +
		"else holds this role at the same time.",
	SponsorMeans: "You back it in management: you stand up for its money and for people's time, and you clear away what it cannot clear " +
		"away by itself. Nobody else holds this role at the same time.",
	GroupMeans:      "You do a share of the program's work, together with the others in the group.",
	GovernanceMeans: "You take part in the committee's reviews and decide with the others where the program goes.",
	AmbassadorMeans: "You carry the topic into your own unit: you explain it there, and you bring back what customers and colleagues say.",
	ApproverMeans:   "Your yes covers exactly what stands here and nothing else. If any of it changes, you are asked again.",
	Follows:         "What follows",
	AcceptTake:      "If you accept, the role is yours from then on.",
	AcceptHandover:  "If you accept, the role passes from %s to you. Until then they keep it.",
	AcceptApprove:   "If you approve, this is recorded with its terms.",
	AcceptVerify:    "If you confirm, nothing changes.",
	DeclineLine:     "If you decline, give a reason: the next one in line is asked, usually whoever you report to, and reads it.",
	DeclineHandover: "If you decline, give a reason: %s keeps the role, and the next one in line is asked and reads it.",
	DeclineShared:   "If you decline, give a reason. Nobody is asked in your place.",
	DeclineApprove:  "If you do not approve, give a reason. It stays not approved; nobody else is asked.",
	DeclineVerify: "If it is not yours any more, give a reason: the next one in line is asked and reads it. You keep the role until " +
		"somebody accepts it.",
	Kept:   "Your answer is kept with the time, and with a note that it came by the link in the mail to %s. So do not pass on that mail.",
	Reason: "Reason", ReasonHint: "Needed when you decline. Up to %d characters.",
	NotYet:   "Nothing is decided until you press one of these buttons.",
	DoAccept: "Accept", DoDecline: "Decline", DoApprove: "Approve", DoReject: "Do not approve", DoKeep: "Yes, still mine",
	DoLeave: "No, not any more",

	Choose: "Nothing was decided: press one of the two buttons below.",
	WhyNot: "Please give a reason: a refusal needs one. Nothing was decided yet.",

	ReasonLong: "The reason is longer than %d characters. Please shorten it. Nothing was decided yet.",
	NotStored:  "Your answer could not be recorded just now", NotStoredText: "What you entered is still on this page. " +
		"Please try again in a minute.",

	Accepted: "You have accepted", Declined: "You have declined", Approved: "You have approved", Rejected: "You have not approved",
	Confirmed: "You have confirmed that it is still yours", Left: "You have said that it is not yours any more",
	Recorded:       "Recorded on %s, by the link in the mail to %s.",
	AnsweredReason: "Your reason",
	First:          "An answer was there already. The first one counts, and this is it.",
	Newer: "This link changes nothing any more. A newer offer on the same subject would take the place of this one and " +
		"of its answer.",

	Gone: "There is nothing to decide by this link", GoneText: "It has expired, or a newer offer has taken its place, or the address is " +
		"not complete. Look for a newer mail.",
}

var decideRussian = decideTexts{
	Take: "Возьмёте это на себя?", Approve: "Вы это одобряете?", Verify: "Это всё ещё ваше?",
	TakeText:    "%s просит взять на себя следующую роль. Кого просят: %s.",
	ApproveText: "%s просит одобрить следующее. Кого просят: %s.",
	VerifyText:  "%s просит подтвердить следующую роль. Кого просят: %s.",
	Journey:     "Путь клиента", Goal: "Цель", KPI: "Показатель", Survey: "Опрос", Program: "Программа", Initiative: "Инициатива",
	Assessment: "Оценка зрелости", Touchpoint: "Точка контакта", Item: "Что одобрить", Terms: "На таких условиях",
	Budget: "бюджет", Standard: "стандарт клиентского опыта", Exemption: "исключение из критерия %s",
	Role: "Роль", Asked: "Вопрос задан", DecideBy: "Просим решить до", InForce: "Сейчас в этой роли", Nobody: "никого",
	InsteadOf: "Вместо кого", ApprovedBy: "Пока одобрено (кем)",
	Accountable: "Ответственное лицо", Lead: "Руководство программой", Sponsor: "Спонсор", GroupMember: "Участие в рабочей группе",
	GovernanceMember: "Участие в комитете", Ambassador: "Амбассадор", Approver: "Одобрение",
	Means: "Что это значит",
	AccountableMeans: "Вы отвечаете за результат. Делать всё самим не нужно, но вы следите, чтобы это было сделано, принимаете решения, " +
		"когда они нужны, и с вас спрашивают, если что-то не так. Больше ни у кого этой роли одновременно нет.",
	LeadMeans: "Вы руководите программой: сводите вместе её план, ответственных и показатели, и вас спрашивают, как идут дела. Больше ни " +
		"у кого этой роли одновременно нет.",
	SponsorMeans: "Вы поддерживаете это в руководстве: отстаиваете деньги и время людей и убираете препятствия, с которыми другим не " +
		"справиться. Больше ни у кого этой роли одновременно нет.",
	GroupMeans:      "Вы делаете часть работы программы вместе с другими участниками группы.",
	GovernanceMeans: "Вы участвуете в заседаниях комитета и вместе с другими решаете, куда идёт программа.",
	AmbassadorMeans: "Вы представляете тему в своём подразделении: объясняете её там и передаёте, что говорят клиенты и коллеги.",
	ApproverMeans:   "Ваше «да» относится ровно к тому, что здесь написано, и ни к чему больше. Если что-то изменится, вас спросят снова.",
	Follows:         "Что будет дальше",
	AcceptTake:      "Если вы согласитесь, роль с этого момента ваша.",
	AcceptHandover:  "Если вы согласитесь, роль перейдёт к вам. До тех пор она остаётся за прежним лицом: %s.",
	AcceptApprove:   "Если вы одобрите, это будет записано вместе с условиями.",
	AcceptVerify:    "Если вы подтвердите, ничего не изменится.",
	DeclineLine:     "Если вы откажетесь, укажите причину: спросят следующего, обычно вашего руководителя, и он её прочтёт.",
	DeclineHandover: "Если вы откажетесь, укажите причину. Роль остаётся за прежним лицом: %s. Следующего спросят, и он прочтёт причину.",
	DeclineShared:   "Если вы откажетесь, укажите причину. Вместо вас никого не спросят.",
	DeclineApprove:  "Если вы не одобряете, укажите причину. Одобрения не будет; больше никого не спросят.",
	DeclineVerify: "Если это больше не ваше, укажите причину: спросят следующего, и он её прочтёт. Роль остаётся за вами, " +
		"пока её не примет другой.",
	Kept: "Ответ хранится вместе со временем и пометкой, что он дан по ссылке из письма. Кому письмо: %s. Поэтому не пересылайте " +
		"это письмо.",
	Reason: "Причина", ReasonHint: "Нужна, если вы отказываетесь. Не больше %d знаков.",
	NotYet:   "Пока вы не нажали одну из этих кнопок, ничего не решено.",
	DoAccept: "Согласиться", DoDecline: "Отказаться", DoApprove: "Одобрить", DoReject: "Не одобрять", DoKeep: "Да, всё ещё моё",
	DoLeave: "Нет, больше не моё",

	Choose: "Ничего не решено: нажмите одну из двух кнопок ниже.",
	WhyNot: "Укажите, пожалуйста, причину: без неё отказаться нельзя. Пока ничего не решено.",

	ReasonLong: "Причина длиннее %d знаков. Сократите её, пожалуйста. Пока ничего не решено.",
	NotStored:  "Сейчас не удалось записать ответ", NotStoredText: "Введённое осталось на этой странице. " +
		"Попробуйте, пожалуйста, ещё раз через минуту.",

	Accepted: "Вы согласились", Declined: "Вы отказались", Approved: "Вы одобрили", Rejected: "Вы не одобрили",
	Confirmed: "Вы подтвердили, что это всё ещё ваше", Left: "Вы сообщили, что это больше не ваше",
	Recorded:       "Записано %s по ссылке из письма. Кому письмо: %s.",
	AnsweredReason: "Ваша причина",
	First:          "Ответ уже был. Действует первый, вот он.",
	Newer:          "Эта ссылка больше ничего не меняет. Новое предложение на ту же тему заменит и это, и ответ на него.",

	Gone: "По этой ссылке решать нечего", GoneText: "Срок истёк, или её заменило новое предложение, или адрес неполный. Поищите письмо новее.",
}

func decideTextsIn(language cxv1.Language) decideTexts {
	if language == cxv1.LanguageRU {
		return decideRussian
	}
	return decideEnglish
}

// kind is what a kind of subject is called.
func (t decideTexts) kind(kind cxv1.SubjectKind) string {
	name, ok := map[cxv1.SubjectKind]string{
		cxv1.SubjectProgram: t.Program, cxv1.SubjectJourney: t.Journey, cxv1.SubjectGoal: t.Goal, cxv1.SubjectKPI: t.KPI,
		cxv1.SubjectSurvey: t.Survey, cxv1.SubjectInitiative: t.Initiative, cxv1.SubjectAssessment: t.Assessment,
	}[kind]
	if !ok {
		return string(kind) // of a newer version
	}
	return name
}

// role is what a role is called, and what it means.
func (t decideTexts) role(role cxv1.AssignmentRole) (name, means string) {
	known, ok := map[cxv1.AssignmentRole][2]string{
		cxv1.RoleAccountable: {t.Accountable, t.AccountableMeans}, cxv1.RoleLead: {t.Lead, t.LeadMeans},
		cxv1.RoleSponsor: {t.Sponsor, t.SponsorMeans}, cxv1.RoleGroupMember: {t.GroupMember, t.GroupMeans},
		cxv1.RoleGovernanceMember: {t.GovernanceMember, t.GovernanceMeans}, cxv1.RoleAmbassador: {t.Ambassador, t.AmbassadorMeans},
		cxv1.RoleApprover: {t.Approver, t.ApproverMeans},
	}[role]
	if !ok {
		return string(role), ""
	}
	return known[0], known[1]
}

// instant is a time as people write it, by the clock that it came with.
func instant(at time.Time, language cxv1.Language) string {
	day := "2 January 2006, 15:04 "
	if language == cxv1.LanguageRU {
		day = "02.01.2006, 15:04 "
	}
	if _, offset := at.Zone(); offset == 0 {
		return at.Format(day) + "(UTC)"
	}
	return at.Format(day + "(UTC-07:00)")
}
