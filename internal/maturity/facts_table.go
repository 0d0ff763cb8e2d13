// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package maturity

import "slices"

// Facts lists every fact a rule may read, in the order of the kinds they come from. Each has a Remedy.
//
// What a person is said to hold or to have approved counts only after that person accepted; waves count when they were
// sent and answered; follow-up rules count when they have worked. Numbers of surveys, questions or answers are not
// facts: activity is no merit.
var Facts = slices.Concat(peopleFacts, outcomeFacts, changeFacts)

func flag(name, en, ru, description string) FactDef {
	return FactDef{Name: name, Type: TypeBool, Label: Text{EN: en, RU: ru}, Description: description}
}

func count(name, unit, en, ru, description string) FactDef {
	return FactDef{Name: name, Type: TypeCount, Unit: unit, Label: Text{EN: en, RU: ru}, Description: description}
}

func number(name, unit, en, ru, description string) FactDef {
	return FactDef{Name: name, Type: TypeNumber, Unit: unit, Label: Text{EN: en, RU: ru}, Description: description}
}

func ratio(name, en, ru, description string) FactDef {
	return number(name, UnitRatio, en, ru, description)
}

// peopleFacts come from Owner, OwnerAssignment and Program.
var peopleFacts = []FactDef{
	count("acceptedOwners", "owners", "owners who accepted something", "владельцы, принявшие хотя бы одно назначение",
		"Active Owners with at least one explicitly accepted OwnerAssignment."),
	count("groupMembers", "people", "accepted members of the working group", "участники рабочей группы, принявшие роль",
		"Owners in Program.spec.workingGroup who accepted the role GroupMember."),
	count("groupFunctions", "functions", "functions in the working group", "подразделения, представленные в рабочей группе",
		"Distinct Owner.spec.function among accepted members of the working group."),
	count("ambassadorsStaff", "people", "ambassadors among staff", "амбассадоры среди сотрудников",
		"Accepted Program.spec.ambassadors whose level is Staff."),
	count("ambassadorsMiddle", "people", "ambassadors among managers", "амбассадоры среди руководителей среднего звена",
		"Accepted Program.spec.ambassadors whose level is Manager or SeniorManager."),
	flag("sponsorAccepted", "a manager accepted the sponsor role", "руководитель принял роль спонсора",
		"Program.spec.sponsor accepted and has level Manager or above."),
	flag("executiveSponsorAccepted", "a top manager accepted the sponsor role", "топ-менеджер принял роль спонсора",
		"Program.spec.sponsor accepted and has level Executive or CEO."),
	flag("cxLeadAccepted", "the CX lead accepted the role", "руководитель CX принял роль",
		"Program.spec.lead is an active Owner who accepted the role Lead."),
	ratio("cxLeadShare", "share of the lead's time given to CX", "доля времени, которую руководитель CX отдаёт этой работе",
		"Owner.spec.sharePercent of the lead, 0 to 1."),
	flag("cxDirectorAccepted", "a CX director accepted the role", "директор по CX принял роль",
		"An active Owner with role CXDirector and level Executive accepted to lead or sponsor the Program or to sit on its "+
			"committee."),
	flag("cxDirectorReportsToCeo", "the CX director reports to the CEO", "директор по CX подчиняется гендиректору",
		"Owner.spec.reportsTo of the CX director who accepted has level CEO."),
	flag("cxOwnerIsCeoOrDirectReport", "CX is led by the CEO or a direct report",
		"за CX отвечает гендиректор или его прямой подчинённый",
		"The accepted lead has level CEO, or reports to an Owner of level CEO."),
	count("steeringFunctions", "functions", "functions in the CX committee", "подразделения, представленные в CX-комитете",
		"Distinct functions among Owners in Program.spec.governance.members who accepted."),
	ratio("reviewsHeldOnTimeRatio", "reviews held on time", "заседания CX-комитета, проведённые в срок",
		"Program.spec.governance.reviews held by their due date, over reviews due in 365 d. One is due reviewEvery after the "+
			"one before; each time that reviewEvery passes without one, until the next or until now, counts as due and missed. "+
			"Null when none was due."),
	flag("budgetApproved", "this year's CX budget is approved", "бюджет CX на этот год утверждён",
		"Program.spec.budget is for the current year and its approvedBy, an Executive or CEO other than the lead (or the "+
			"CEO, when the lead), accepted."),
	number("budgetAmount", "money", "CX budget", "бюджет CX", "Program.spec.budget.amount of the current year."),
	number("ideaFundAmount", "money", "fund for employees' ideas", "фонд идей сотрудников",
		"Program.spec.ideaFund.amount; null without a fund."),
	number("ideaFundSpent365d", "money", "spent from the idea fund in a year", "потрачено из фонда идей за год",
		"Sum of Program.spec.ideaFund.spent dated in 365 d; null without a fund."),
	count("ideasDoneLevels365d", "levels", "levels whose ideas were carried out in a year",
		"уровни организации, чьи идеи воплощены за год",
		"Distinct Owner.spec.level of owners and participants of Initiatives with origin EmployeeIdea that became Done in 365 d."),
	flag("standardExists", "the company has its own CX standard, at least a draft", "есть свой CX-стандарт, хотя бы в черновике",
		"Program.spec.standard is present."),
	flag("standardInForce", "the CX standard is in force", "CX-стандарт введён в действие",
		"Program.spec.standard.state is InForce and its approver accepted."),
	flag("standardHasDataSection", "the standard covers customer data", "стандарт описывает работу с данными клиентов",
		"Program.spec.standard.sections contains DataHandling."),
	flag("standardHasChangeSection", "the standard covers changes", "стандарт описывает, как вносят изменения",
		"Program.spec.standard.sections contains ProcessChange, ServiceChange and ProductChange."),
	number("standardReviewedDaysAgo", "days", "days since the standard was reviewed", "дней с последнего пересмотра стандарта",
		"Days since Program.spec.standard.reviewedAt; null when that is not given or still to come."),
}

// outcomeFacts come from Goal, KPI, Survey, SurveyWave and FollowUp.
var outcomeFacts = []FactDef{
	count("experienceGoals", "goals", "experience goals", "CX-цели", "Goals of kind Experience."),
	count("experienceGoalsOwnerAccepted", "goals", "experience goals accepted by their owner", "CX-цели, принятые владельцем",
		"Goals of kind Experience whose owner accepted."),
	count("topGoals", "goals", "top experience goals", "CX-цели верхнего уровня",
		"Goals of kind Experience without a parent of kind Experience."),
	count("leafGoals", "goals", "lowest goals", "цели нижнего уровня", "Goals without children."),
	ratio("topGoalsWithBusinessOutcomeRatio", "top experience goals that serve a business outcome",
		"CX-цели верхнего уровня, которые служат бизнес-результату",
		"Top experience goals with businessOutcome or an ancestor of kind Business, over topGoals; null without top goals."),
	ratio("leafGoalsWithOperationalKpiRatio", "lowest goals with an operational KPI", "цели нижнего уровня с операционным KPI",
		"Lowest goals with at least one KPI of class Operational, over leafGoals; null without goals."),
	ratio("leafGoalsWithFreshKpiRatio", "lowest goals with a fresh KPI", "цели нижнего уровня со свежим KPI",
		"Lowest goals with at least one KPI whose value is inside its ttl, over leafGoals; null without goals."),
	count("experienceKpis", "KPIs", "experience KPIs", "CX-показатели", "KPIs of class Experience."),
	count("experienceKpisDefined", "KPIs", "experience KPIs with owner and source", "CX-показатели с владельцем и источником",
		"KPIs of class Experience with owner, source, method and scale."),
	count("experienceKpisWithInterval", "KPIs", "experience KPIs with sample size and margin",
		"CX-показатели с размером выборки и погрешностью",
		"KPIs of class Experience with status n of at least minResponses and an interval."),
	ratio("experienceKpisLinkedToBusinessRatio", "experience KPIs joined with a business KPI",
		"CX-показатели, связанные с бизнес-показателем",
		"KPIs of class Experience that share a Goal subtree with a KPI of class Business, over experienceKpis; null "+
			"without any."),
	ratio("experienceKpisLinkedToEmployeeRatio", "experience KPIs joined with an employee KPI",
		"CX-показатели, связанные с HR-показателем",
		"KPIs of class Experience that share a Goal subtree with a KPI of class Employee, over experienceKpis; null "+
			"without any."),
	ratio("kpisCompleteRatio", "KPIs with accepted owner, source, target and method",
		"KPI с источником, методом и целевым значением, принятые владельцем",
		"KPIs with accepted owner, source, target and method, over all KPIs; null without KPIs."),
	count("kpisWithTestedTrend", "KPIs", "KPIs with a tested trend", "KPI с проверенным трендом",
		"KPIs whose trend is neither InsufficientData nor Broken."),
	count("conflictingMetricDefinitions", "pairs", "metrics defined in two ways", "метрики, которые определены по-разному",
		"Pairs of KPIs of class Experience with one metric name but different method or scale."),
	count("incentiveLevels", "levels", "levels whose pay or goals depend on CX", "уровни организации, где цели или оплата зависят от CX",
		"Distinct levels in KPI.spec.incentives of KPIs of class Experience."),
	ratio("incentiveFunctionsRatio", "functions whose pay or goals depend on CX", "подразделения, где цели или оплата зависят от CX",
		"Functions in KPI.spec.incentives of KPIs of class Experience, over functions known; null when none is known."),
	count("wavesClosedOnTime365d", "waves", "answered survey waves closed on time in a year",
		"волны опросов, которые собрали ответы и закрылись в срок, за год",
		"SurveyWaves that were sent and answered and closed by their due time plus grace in 365 d."),
	count("insideWavesClosed365d", "waves", "answered waves of employees or partners in a year",
		"волны опросов сотрудников или партнёров, собравшие ответы, за год",
		"Closed, answered SurveyWaves whose personas are not of type Customer, in 365 d."),
	count("employeeWavesClosed365d", "waves", "answered waves of employees in a year", "волны опросов сотрудников, собравшие ответы, за год",
		"Closed, answered SurveyWaves whose personas are of type Employee or InternalCustomer, in 365 d."),
	number("publishLagDaysP90", "days", "days from closing a wave to publishing it (90th percentile)",
		"дней от закрытия волны до публикации (90-й процентиль)",
		"90th percentile of days from closing to publishing over waves closed in 365 d; an unpublished wave counts the "+
			"days until now; null without waves."),
	ratio("publishFunctionsRatio", "functions that received the results", "подразделения, получившие результаты",
		"Functions that a wave was published to, over functions known, mean over waves closed in 365 d; null without waves."),
	ratio("surveysConformingRatio", "surveys that follow the standard", "опросы, которые соответствуют стандарту",
		"Surveys with the standardVersion of Program.spec.standard.version, a retention, a minReport of at least 3 (5 when "+
			"employees or internal customers are asked, and these not as Identified), over Surveys that are neither suspended "+
			"nor completed; null without any."),
	count("followUpRulesWorking", "rules", "follow-up rules that have worked", "правила заведения кейсов, проверенные в деле",
		"Distinct follow-up rules that were applied to the answers of a wave that is open or closed in 365 d."),
	count("followUpsDue90d", "follow-ups", "follow-ups due in 90 days", "кейсы, срок которых пришёлся на последние 90 дней",
		"Follow-ups whose dueBy lies in the last 90 d."),
	ratio("firstResponseInTimeRatio90d", "follow-ups first answered in time", "кейсы с первым ответом в срок",
		"Follow-ups due in 90 d with a first response by dueBy, over followUpsDue90d; null when none was due."),
	ratio("customersReachedRatio90d", "follow-ups where the customer was reached", "кейсы, по которым с клиентом связались",
		"Follow-ups due in 90 d whose customer was reached, over followUpsDue90d; null when none was due."),
	ratio("rootCauseSpecificRatio90d", "closed follow-ups with a root cause", "закрытые кейсы, где указана первопричина",
		"Follow-ups closed in 90 d with a root cause other than \"other\", over those closed; null when none was closed."),
	ratio("repeatedCausesWithInitiativeRatio", "repeated causes that became an initiative",
		"повторяющиеся причины, по которым есть инициатива",
		"Root causes other than \"other\" of at least 3 follow-ups opened in 180 d that stand in spec.rootCauses of an Initiative "+
			"in phase Accepted or later, over such causes; 1 when there are follow-ups and no cause repeats; null without any."),
}

// changeFacts come from Journey and Initiative.
var changeFacts = []FactDef{
	count("journeys", "journeys", "journeys", "пути клиента", "Journeys."),
	count("journeysWithPersona", "journeys", "journeys with a persona", "пути с персоной",
		"Journeys with a persona that resolves."),
	ratio("journeysWithPersonaRatio", "journeys with a persona", "доля путей с персоной",
		"journeysWithPersona over journeys; null without journeys."),
	ratio("journeysWithNeedRatio", "journeys that state the person's need", "пути, в которых названа потребность человека",
		"Journeys with a need, over journeys; null without journeys."),
	ratio("journeysWithPersonaKpiRatio", "journeys whose KPI is read per persona", "пути, показатели которых смотрят в разрезе персон",
		"Journeys with a KPI of class Experience broken down by persona above the reporting threshold, over journeys; "+
			"null without journeys."),
	ratio("journeysOnStandardRatio", "journeys that follow the current standard", "пути по действующему стандарту",
		"Journeys with the standardVersion of Program.spec.standard.version, over journeys; null without journeys."),
	ratio("touchpointsOwnerAcceptedRatio", "touchpoints whose owner accepted",
		"точки контакта, владелец которых принял назначение",
		"Touchpoints whose owner accepted, over all touchpoints; null without touchpoints."),
	count("proposedInitiatives", "initiatives", "initiatives proposed", "предложенные инициативы",
		"Initiatives Proposed for more than 90 d, or in a later phase."),
	count("acceptedInitiatives", "initiatives", "initiatives accepted", "принятые инициативы",
		"Initiatives Accepted or in a later phase."),
	count("activeInitiatives", "initiatives", "active initiatives", "активные инициативы", "Initiatives in phase Active."),
	ratio("activeInitiativesRankedRatio", "active initiatives with a rank of their own", "активные инициативы с собственным рангом",
		"Active Initiatives whose rank no other has, over activeInitiatives; null without any."),
	count("experimentsPublished365d", "experiments", "experiments finished and told in a year",
		"эксперименты, завершённые и показанные за год",
		"Initiatives of type Experiment, Done, published to a function other than the owner's, in 365 d; a refuted one counts."),
	count("experimentsRefutedPublished365d", "experiments", "refuted experiments told in a year",
		"эксперименты с неподтвердившейся гипотезой, показанные за год", "experimentsPublished365d whose result is Refuted."),
	count("researchStarted365d", "studies", "studies of customers started in a year", "исследования клиентов, начатые за год",
		"Initiatives of type Research Active or later, and Surveys with a wave opened, in 365 d."),
	count("researchPublished365d", "studies", "studies finished and published in a year",
		"исследования, завершённые и показанные за год",
		"Initiatives of type Research Done and published, and answered waves closed and published, in 365 d."),
	count("researchAudienceFunctions", "functions", "other functions that were shown research",
		"другие подразделения, которым показали исследования",
		"Distinct functions outside the working group's own that research was published to in 365 d."),
	count("listeningActivities365d", "activities", "interviews, immersions and listening at events in a year",
		"интервью, погружения и наблюдения на местах за год",
		"Initiatives of type Research in phase Done whose methods have Interviews, Immersion or EventListening, published in 365 d."),
	count("trainingDone365d", "trainings", "trainings held in a year", "тренинги, проведённые за год",
		"Initiatives of type Training, Done in 365 d, with evidence."),
	count("trainingFunctions", "functions", "functions trained outside the CX team", "подразделения вне CX-команды, прошедшие обучение",
		"Distinct functions outside the CX team reached by trainings Done in 365 d."),
	count("internalEvents365d", "events", "internal CX events in a year", "внутренние CX-мероприятия за год",
		"Initiatives of type Event, Done in 365 d, with evidence."),
	count("redesignCrossFunctional365d", "initiatives", "redesigns by several units in a year",
		"проекты редизайна силами нескольких подразделений за год",
		"Initiatives of type Redesign, Active or Done in 365 d, with at least 2 functions."),
	count("redesignByPeople365d", "initiatives", "redesigns by several people in a year",
		"проекты редизайна силами нескольких человек за год",
		"Initiatives of type Redesign, Active or Done in 365 d, with at least 2 functions, or at least 2 Owners among owner and "+
			"participants: what counts in a firm too small for units (profile small)."),
	count("employeeInitiativesDone365d", "initiatives", "improvements for employees finished in a year",
		"улучшения для сотрудников, завершённые за год", "Initiatives with subject Employee, Done in 365 d."),
	count("customerDecisionsWithCost365d", "decisions", "decisions for the customer at a cost in a year",
		"решения в пользу клиента, ради которых пошли на затраты, за год",
		"Initiatives of type Decision, Done in 365 d, with cost.accepted above 0 and evidence."),
	count("startedInitiatives365d", "initiatives", "initiatives started in a year", "инициативы, начатые за год",
		"Initiatives of any type that became Active in 365 d."),
	ratio("startedInitiativesWithInsightRatio365d", "started initiatives that rest on customer insight",
		"начатые инициативы, опирающиеся на знание о клиенте",
		"startedInitiatives365d with at least one of spec.insights that resolves (an answered wave, an Initiative of type "+
			"Research in phase Done, a root cause of follow-ups), over all; null when none was started."),
	ratio("doneInitiativesAnnouncedRatio", "finished initiatives announced to customers",
		"завершённые инициативы, о которых рассказали клиентам",
		"Initiatives Done in 365 d whose announcement is dated today or before, over Initiatives Done in 365 d; null when none "+
			"was done."),
}
