// Copyright The cx-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package maturity

// Remedy says what to change so that a fact gets better.
type Remedy struct {
	// EN and RU are one imperative clause, without a full stop.
	EN, RU string
	// Field to change, as Kind.path: "Program.spec.workingGroup".
	Field string
}

// Remedies has one entry for every fact in Facts.
var Remedies = map[string]Remedy{
	// Owner, OwnerAssignment, Program
	"acceptedOwners": {"name an owner in each Goal and KPI (spec.ownerRef) and let them accept",
		"укажите владельца в каждой Goal и в каждом KPI (spec.ownerRef), и пусть он примет назначение", "Goal.spec.ownerRef"},
	"groupMembers": {"add owners to Program spec.workingGroup and let them accept",
		"добавьте владельцев в Program spec.workingGroup, и пусть они примут роль", "Program.spec.workingGroup"},
	"groupFunctions": {"add owners of other functions to Program spec.workingGroup (the function is Owner spec.function)",
		"добавьте в Program spec.workingGroup владельцев из других подразделений (подразделение указано в Owner spec.function)",
		"Program.spec.workingGroup"},
	"ambassadorsStaff": {"add an owner of level Staff to Program spec.ambassadors and let them accept",
		"добавьте в Program spec.ambassadors владельца уровня Staff, и пусть он примет роль", "Program.spec.ambassadors"},
	"ambassadorsMiddle": {"add an owner of level Manager or SeniorManager to Program spec.ambassadors and let them accept",
		"добавьте в Program spec.ambassadors владельца уровня Manager или SeniorManager, и пусть он примет роль",
		"Program.spec.ambassadors"},
	"sponsorAccepted": {"win a manager, name them in Program spec.sponsor and let them accept",
		"найдите союзника среди руководителей, укажите его в Program spec.sponsor, и пусть он примет роль", "Program.spec.sponsor"},
	"executiveSponsorAccepted": {"name an owner of level Executive or CEO in Program spec.sponsor and let them accept",
		"укажите в Program spec.sponsor владельца уровня Executive или CEO, и пусть он примет роль", "Program.spec.sponsor"},
	"cxLeadAccepted": {"name the CX lead in Program spec.lead and let them accept",
		"укажите руководителя CX в Program spec.lead, и пусть он примет роль", "Program.spec.lead"},
	"cxLeadShare": {"give the lead more time for CX and write it in Owner spec.sharePercent",
		"дайте руководителю CX больше времени на эту работу и запишите долю в Owner spec.sharePercent", "Owner.spec.sharePercent"},
	"cxDirectorAccepted": {
		"give an Owner of level Executive the role CXDirector (Owner spec.roles) and a place in Program spec.lead, spec.sponsor " +
			"or spec.governance.members, and let them accept",
		"дайте владельцу уровня Executive роль CXDirector (Owner spec.roles) и место в Program spec.lead, spec.sponsor или " +
			"spec.governance.members, и пусть он его примет", "Owner.spec.roles"},
	"cxDirectorReportsToCeo": {"let the CX director report to the CEO (Owner spec.reportsTo)",
		"подчините директора по CX гендиректору (Owner spec.reportsTo)", "Owner.spec.reportsTo"},
	"cxOwnerIsCeoOrDirectReport": {"name the CEO, or somebody who reports to the CEO, in Program spec.lead",
		"укажите в Program spec.lead гендиректора или его прямого подчинённого", "Program.spec.lead"},
	"steeringFunctions": {"add owners of other functions to Program spec.governance.members and let them accept",
		"добавьте в Program spec.governance.members владельцев из других подразделений, и пусть они примут роль",
		"Program.spec.governance.members"},
	"reviewsHeldOnTimeRatio": {
		"hold a review each time Program spec.governance.reviewEvery has passed and record it with evidence in its reviews",
		"проводите заседание каждый раз, когда проходит Program spec.governance.reviewEvery, и записывайте его с подтверждением " +
			"в reviews", "Program.spec.governance.reviews"},
	"budgetApproved": {
		"let a top manager approve this year's budget (Program spec.budget.year and approvedBy) and accept that role",
		"пусть топ-менеджер утвердит бюджет этого года (Program spec.budget.year и approvedBy) и примет эту роль",
		"Program.spec.budget.approvedBy"},
	"budgetAmount": {"write the amount in Program spec.budget.amount", "запишите сумму в Program spec.budget.amount",
		"Program.spec.budget.amount"},
	"ideaFundAmount": {"set up a fund for employees' ideas in Program spec.ideaFund",
		"создайте фонд идей сотрудников в Program spec.ideaFund", "Program.spec.ideaFund"},
	"ideaFundSpent365d": {"pay for employees' ideas from the fund and record it in Program spec.ideaFund.spent",
		"оплачивайте идеи сотрудников из фонда и записывайте расходы в Program spec.ideaFund.spent", "Program.spec.ideaFund.spent"},
	"ideasDoneLevels365d": {
		"carry out ideas of people on more levels: Initiative spec.origin EmployeeIdea, with these people in ownerRef and " +
			"participants",
		"воплотите идеи людей с разных уровней организации: Initiative со spec.origin EmployeeIdea, где эти люди указаны в " +
			"ownerRef и participants", "Initiative.spec.origin"},
	"standardExists": {"start your own CX standard and link it in Program spec.standard",
		"начните писать свой CX-стандарт и дайте на него ссылку в Program spec.standard", "Program.spec.standard"},
	"standardInForce": {"bring the standard into force: Program spec.standard.state InForce with approvedBy",
		"введите стандарт в действие: Program spec.standard.state InForce и approvedBy", "Program.spec.standard.state"},
	"standardHasDataSection": {"write the part on customer data and add DataHandling to Program spec.standard.sections",
		"опишите работу с данными клиентов и добавьте DataHandling в Program spec.standard.sections",
		"Program.spec.standard.sections"},
	"standardHasChangeSection": {
		"write the parts on changes and add ProcessChange, ServiceChange and ProductChange to Program spec.standard.sections",
		"опишите порядок изменений и добавьте ProcessChange, ServiceChange и ProductChange в Program spec.standard.sections",
		"Program.spec.standard.sections"},
	"standardReviewedDaysAgo": {"review the standard and set Program spec.standard.reviewedAt and reviewEvidence",
		"пересмотрите стандарт и обновите Program spec.standard.reviewedAt и reviewEvidence", "Program.spec.standard.reviewedAt"},

	// Goal, KPI
	"experienceGoals": {"write a Goal of spec.kind Experience", "опишите цель: Goal со spec.kind Experience", "Goal.spec.kind"},
	"experienceGoalsOwnerAccepted": {"give a Goal of spec.kind Experience an owner (spec.ownerRef) who accepts it",
		"дайте цели (Goal со spec.kind Experience) владельца в spec.ownerRef, и пусть он её примет", "Goal.spec.ownerRef"},
	"topGoals": {"write a Goal of spec.kind Experience at the top of the tree",
		"опишите Goal со spec.kind Experience на вершине дерева целей", "Goal.spec.kind"},
	"leafGoals": {"write at least one Goal and break it down with spec.parentRef",
		"опишите хотя бы одну Goal и разбейте её на подцели через spec.parentRef", "Goal.spec.parentRef"},
	"topGoalsWithBusinessOutcomeRatio": {
		"say which business result each top goal serves: Goal spec.businessOutcome, or a parent of kind Business",
		"укажите, какому бизнес-результату служит каждая цель верхнего уровня: Goal spec.businessOutcome или родительская цель с kind Business",
		"Goal.spec.businessOutcome"},
	"leafGoalsWithOperationalKpiRatio": {"give each lowest goal a KPI of spec.class Operational (KPI spec.goalRef)",
		"дайте каждой цели нижнего уровня KPI со spec.class Operational (KPI spec.goalRef)", "KPI.spec.goalRef"},
	"leafGoalsWithFreshKpiRatio": {"keep the KPIs of the lowest goals fresh: new figures in KPI spec.source within spec.ttl",
		"вовремя обновляйте KPI целей нижнего уровня: новые значения в KPI spec.source, пока не истёк spec.ttl", "KPI.spec.source"},
	"experienceKpis": {"write a KPI of spec.class Experience", "опишите KPI со spec.class Experience", "KPI.spec.class"},
	"experienceKpisDefined": {"define a KPI of spec.class Experience with ownerRef, source, method and scale",
		"определите KPI со spec.class Experience: ownerRef, source, method и scale", "KPI.spec.class"},
	"experienceKpisWithInterval": {
		"collect enough answers for a KPI of spec.class Experience (KPI spec.source, at least spec.minResponses)",
		"соберите достаточно ответов для KPI со spec.class Experience (KPI spec.source, не меньше spec.minResponses)",
		"KPI.spec.source"},
	"experienceKpisLinkedToBusinessRatio": {"put a KPI of spec.class Business into the same goal subtree (KPI spec.goalRef)",
		"добавьте KPI со spec.class Business в то же поддерево целей (KPI spec.goalRef)", "KPI.spec.goalRef"},
	"experienceKpisLinkedToEmployeeRatio": {"put a KPI of spec.class Employee into the same goal subtree (KPI spec.goalRef)",
		"добавьте KPI со spec.class Employee в то же поддерево целей (KPI spec.goalRef)", "KPI.spec.goalRef"},
	"kpisCompleteRatio": {"complete the KPIs: ownerRef that is accepted, source, target and method",
		"заполните KPI: ownerRef (и пусть владелец примет назначение), source, target и method", "KPI.spec.target"},
	"kpisWithTestedTrend": {"give a KPI enough points for a trend (KPI spec.source, at least two with sample size)",
		"накопите точки, чтобы проверить тренд KPI (KPI spec.source, хотя бы две с размером выборки)", "KPI.spec.source"},
	"conflictingMetricDefinitions": {"give KPIs with the same spec.metric the same method and scale",
		"задайте одинаковые method и scale всем KPI с одним и тем же spec.metric", "KPI.spec.method"},
	"incentiveLevels": {"tie goals or pay of people on more levels to CX (KPI spec.incentives)",
		"свяжите с CX цели или оплату людей ещё на нескольких уровнях (KPI spec.incentives)", "KPI.spec.incentives"},
	"incentiveFunctionsRatio": {"tie goals or pay in more functions to CX (KPI spec.incentives)",
		"свяжите с CX цели или оплату ещё в нескольких подразделениях (KPI spec.incentives)", "KPI.spec.incentives"},

	// Survey, SurveyWave, FollowUp
	"wavesClosedOnTime365d": {"schedule a Survey (spec.schedule) and let its waves be answered and close on time",
		"задайте опросу расписание (Survey spec.schedule), и пусть его волны соберут ответы и закроются в срок", "Survey.spec.schedule"},
	"insideWavesClosed365d": {
		"survey employees or partners: a Survey whose spec.personaRefs name a Persona of type Employee, Partner or " +
			"InternalCustomer",
		"опросите сотрудников или партнёров: Survey, у которого spec.personaRefs указывают на Persona типа Employee, Partner " +
			"или InternalCustomer", "Survey.spec.personaRefs"},
	"employeeWavesClosed365d": {
		"survey employees: a Survey whose spec.personaRefs name a Persona of type Employee or InternalCustomer",
		"опросите сотрудников: Survey, у которого spec.personaRefs указывают на Persona типа Employee или InternalCustomer",
		"Survey.spec.personaRefs"},
	"publishLagDaysP90": {"publish results soon after a wave closes (Survey spec.publishTo)",
		"публикуйте результаты вскоре после закрытия волны (Survey spec.publishTo)", "Survey.spec.publishTo"},
	"publishFunctionsRatio": {"publish results to more functions (Survey spec.publishTo)",
		"делитесь результатами с большим числом подразделений (Survey spec.publishTo)", "Survey.spec.publishTo"},
	"surveysConformingRatio": {
		"bring every Survey to the standard: anonymity, retention, minReport and the current standardVersion",
		"приведите каждый Survey в соответствие со стандартом: anonymity, retention, minReport и действующая standardVersion",
		"Survey.spec.standardVersion"},
	"followUpRulesWorking": {"let low scores of a Survey open follow-ups, and let people answer it (Survey spec.followUpRules)",
		"пусть по низким оценкам заводятся кейсы, а на опрос отвечают (Survey spec.followUpRules)", "Survey.spec.followUpRules"},
	"followUpsDue90d": {"let follow-up rules open cases from real answers (Survey spec.followUpRules)",
		"пусть правила заводят кейсы по настоящим ответам (Survey spec.followUpRules)", "Survey.spec.followUpRules"},
	"firstResponseInTimeRatio90d": {"respond to follow-ups before they are due (FollowUp spec.response)",
		"отвечайте по кейсам до срока (FollowUp spec.response)", "FollowUp.spec.response"},
	"customersReachedRatio90d": {"reach the customers of follow-ups and record it (FollowUp spec.response.result)",
		"связывайтесь с клиентами по кейсам и отмечайте это (FollowUp spec.response.result)", "FollowUp.spec.response.result"},
	"rootCauseSpecificRatio90d": {
		"record a root cause from the list when closing a follow-up (FollowUp spec.closing.rootCause)",
		"закрывая кейс, указывайте первопричину из списка (FollowUp spec.closing.rootCause)", "FollowUp.spec.closing.rootCause"},
	"repeatedCausesWithInitiativeRatio": {"start an Initiative for each cause that repeats and name it in spec.rootCauses",
		"по каждой повторяющейся причине начните Initiative и укажите причину в spec.rootCauses", "Initiative.spec.rootCauses"},

	// Journey
	"journeys": {"describe a Journey with stages and touchpoints", "опишите Journey с этапами и точками контакта",
		"Journey.spec.stages"},
	"journeysWithPersona": {"name an existing Persona in Journey spec.personas",
		"укажите существующую Persona в Journey spec.personas", "Journey.spec.personas"},
	"journeysWithPersonaRatio": {"name an existing Persona in spec.personas of every Journey",
		"укажите существующую Persona в spec.personas каждого Journey", "Journey.spec.personas"},
	"journeysWithNeedRatio": {"write the person's need in Journey spec.need",
		"запишите потребность человека в Journey spec.need", "Journey.spec.need"},
	"journeysWithPersonaKpiRatio": {
		"read a KPI of spec.class Experience per persona for each journey (KPI spec.journeyRef and personaRef)",
		"для каждого пути смотрите KPI со spec.class Experience в разрезе персон (KPI spec.journeyRef и personaRef)",
		"KPI.spec.personaRef"},
	"journeysOnStandardRatio": {"bring journeys to the current standard and set Journey spec.standardVersion",
		"приведите пути в соответствие с действующим стандартом и обновите Journey spec.standardVersion", "Journey.spec.standardVersion"},
	"touchpointsOwnerAcceptedRatio": {"give each touchpoint an owner who accepts (Journey spec.stages.touchpoints.ownerRef)",
		"дайте каждой точке контакта владельца, который примет назначение (Journey spec.stages.touchpoints.ownerRef)",
		"Journey.spec.stages.touchpoints.ownerRef"},

	// Initiative
	"proposedInitiatives": {"propose an Initiative", "предложите Initiative", "Initiative.spec.type"},
	"acceptedInitiatives": {"accept a proposed Initiative (spec.requestedPhase)",
		"примите предложенную Initiative (spec.requestedPhase)", "Initiative.spec.requestedPhase"},
	"activeInitiatives": {"start an Initiative (spec.requestedPhase Active)",
		"начните Initiative (spec.requestedPhase Active)", "Initiative.spec.requestedPhase"},
	"activeInitiativesRankedRatio": {"give each active Initiative a rank of its own (spec.rank)",
		"дайте каждой активной Initiative собственный ранг (spec.rank)", "Initiative.spec.rank"},
	"experimentsPublished365d": {
		"finish a small Initiative of spec.type Experiment and tell another function about it (spec.publications with evidence)",
		"завершите небольшую Initiative со spec.type Experiment и расскажите о ней другому подразделению (spec.publications с " +
			"подтверждением)", "Initiative.spec.publications"},
	"experimentsRefutedPublished365d": {
		"tell others about an Experiment that was refuted too (Initiative spec.result and publications)",
		"расскажите и об эксперименте, гипотеза которого не подтвердилась (Initiative spec.result и publications)",
		"Initiative.spec.publications"},
	"researchStarted365d": {"start an Initiative of spec.type Research, or have a wave of a Survey of customers answered",
		"начните Initiative со spec.type Research или получите ответы на волну опроса клиентов (Survey)", "Initiative.spec.type"},
	"researchPublished365d": {
		"finish an Initiative of spec.type Research and publish it (Initiative spec.publications)",
		"завершите Initiative со spec.type Research и покажите итоги (Initiative spec.publications)",
		"Initiative.spec.publications"},
	"researchAudienceFunctions": {
		"show research to more functions (Initiative spec.publications.functions)",
		"покажите исследования другим подразделениям (Initiative spec.publications.functions)",
		"Initiative.spec.publications.functions"},
	"listeningActivities365d": {
		"listen in person too: an Initiative of spec.type Research with spec.methods Interviews, Immersion or EventListening, " +
			"published",
		"слушайте людей и лично: Initiative со spec.type Research и spec.methods Interviews, Immersion или EventListening, с " +
			"публикацией", "Initiative.spec.methods"},
	"trainingDone365d": {"hold a training: an Initiative of spec.type Training, done, with evidence",
		"проведите обучение: завершённая Initiative со spec.type Training, с подтверждением", "Initiative.spec.type"},
	"trainingFunctions": {"train people of more functions (Initiative spec.type Training, spec.functions)",
		"обучите людей из большего числа подразделений (Initiative со spec.type Training, spec.functions)", "Initiative.spec.functions"},
	"internalEvents365d": {"hold an internal CX event: an Initiative of spec.type Event, done, with evidence",
		"проведите внутреннее CX-мероприятие: завершённая Initiative со spec.type Event, с подтверждением", "Initiative.spec.type"},
	"redesignCrossFunctional365d": {
		"redesign a process or service together: an Initiative of spec.type Redesign with at least two spec.functions",
		"переделайте процесс или услугу вместе: Initiative со spec.type Redesign, в которой не меньше двух spec.functions",
		"Initiative.spec.functions"},
	"redesignByPeople365d": {
		"redesign a process or service together: an Initiative of spec.type Redesign with an ownerRef and spec.participants",
		"переделайте процесс или услугу вместе: Initiative со spec.type Redesign, у которой указаны ownerRef и spec.participants",
		"Initiative.spec.participants"},
	"employeeInitiativesDone365d": {"improve something for employees: an Initiative of spec.subject Employee, done",
		"улучшите что-то для сотрудников: завершённая Initiative со spec.subject Employee", "Initiative.spec.subject"},
	"customerDecisionsWithCost365d": {
		"record a decision for the customer that cost something: an Initiative of spec.type Decision with cost.accepted " +
			"and evidence",
		"запишите решение в пользу клиента, ради которого пошли на затраты: Initiative со spec.type Decision, cost.accepted и " +
			"подтверждением", "Initiative.spec.cost.accepted"},
	"startedInitiatives365d": {"start an Initiative (spec.requestedPhase Active)",
		"начните Initiative (spec.requestedPhase Active)", "Initiative.spec.requestedPhase"},
	"startedInitiativesWithInsightRatio365d": {
		"start each Initiative from insight: in spec.insights an answered wave, a finished study or a cause of follow-ups",
		"начинайте каждую Initiative со знания о клиенте: в spec.insights волна с ответами, завершённое исследование или причина " +
			"из кейсов", "Initiative.spec.insights"},
	"doneInitiativesAnnouncedRatio": {"tell customers about finished initiatives (Initiative spec.announcement)",
		"рассказывайте клиентам о завершённых инициативах (Initiative spec.announcement)", "Initiative.spec.announcement"},
}
